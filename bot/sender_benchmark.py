"""`donghanh bench`, last part: how fast announcements leave, and how near to the configured rate.

First with a rate that nobody reaches, in real time; then with Telegram's usual rate for five minutes of driven time.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from bot.channels.telegram import Telegram
from bot.clock import RealClock, SenderClock
from bot.office import Office
from bot.opening import open_assistant
from bot.sender import Sender
from bot.settings import settings
from intents.announcements import Audience, Start
from intents.dialogue import Dialogue
from intents.people import Role
from intents.records import CaseKind, State, Submit
from knowledge.calendar import ZONE
from knowledge.units import Area
from storage import announcements, audiences, cases
from storage.database import reading, writing
from storage.schema import ACCOUNT, OUTBOX, PERSON

HERE, CODE = Area("Hà Tĩnh", "xã Can Lộc"), "TB-2345-678"
TEXT = "Sáng mai họp thôn ở nhà văn hóa, mời bà con đến đông đủ."
ROWS, FASTEST = 5_000, 2_000
RATE, DRIVEN_SECONDS = 30, 300
MORNING = datetime(2026, 11, 21, 9, tzinfo=ZONE)


@dataclass
class DrivenClock:
    """Time that passes only when the sender waits, once everything under way has come back."""

    at: datetime
    until: datetime
    sender: Sender | None = None

    def now(self) -> datetime:
        return self.at

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        assert self.sender is not None
        while self.sender.working:
            await asyncio.sleep(0.001)
        if self.sender.has_news:
            return
        self.at += timedelta(seconds=seconds)
        if self.at >= self.until:
            self.sender.stop()


def fastest(folder: Path, dialogue: Dialogue, url: str) -> float:
    """Messages a second of an announcement, when nothing but our own work holds it back."""
    office = _announced(folder / "fast.sqlite3", dialogue, ROWS, datetime.now(UTC))
    begun = time.perf_counter()
    asyncio.run(_send(office, Telegram("1:no-token", url, rate=FASTEST), RealClock(), ROWS))
    took = time.perf_counter() - begun
    office.close()
    return ROWS / took


def share_of_rate(folder: Path, dialogue: Dialogue, url: str) -> float:
    """How much of what the rate leaves to announcements is used, in percent."""
    telegram = Telegram("1:no-token", url, rate=RATE)
    may = round(RATE * telegram.rates.share * DRIVEN_SECONDS)
    office = _announced(folder / "driven.sqlite3", dialogue, may + 500, MORNING)
    asyncio.run(_send(office, telegram, DrivenClock(MORNING, MORNING + timedelta(seconds=DRIVEN_SECONDS)), may + 500))
    sent = _sent(office)
    office.close()
    return 100 * sent / may


async def _send(office: Office, telegram: Telegram, clock: SenderClock, count: int) -> None:
    """Sends until so many have left, or a driven clock says it is over."""
    sender = Sender(office, {"telegram": telegram}, clock)
    if isinstance(clock, DrivenClock):
        clock.sender = sender
    work = asyncio.create_task(sender.run())
    while not work.done() and await office.run(_sent, office) < count:
        await asyncio.sleep(0.1)
    sender.stop()
    await work
    await telegram.stopped()


def _announced(path: Path, dialogue: Dialogue, people: int, at: datetime) -> Office:
    """A database whose announcement to that many village heads begins now."""
    assistant = open_assistant(settings({}, path), dialogue)
    numbers = range(1, people + 1)
    audience = Audience(HERE, (Role.VILLAGE_HEAD,))
    head = {"created_at": at, "role": Role.VILLAGE_HEAD.value, "province": HERE.province, "commune": HERE.commune, "name": b""}
    body = {"text": TEXT, "audience": audience.kept(), "urgent": True}
    with writing(assistant.engine) as connection:
        connection.execute(insert(PERSON), [head | {"id": number} for number in numbers])
        accounts = [{"channel": "telegram", "key": str(number), "person_id": number, "used_at": at} for number in numbers]
        connection.execute(insert(ACCOUNT), accounts)
        submit = Submit(CODE, CaseKind.ANNOUNCEMENT, HERE, body, at + timedelta(days=2), State.APPROVED)
        cases.submit(connection, assistant.vault, 1, submit, at)
        reach = audiences.reach(connection, assistant.vault, audience, at, frozenset())
        begun = announcements.begin(connection, assistant.vault, Start(CODE, reach.count, reach.who), TEXT, at, frozenset())
    if not begun or reach.count != people:
        raise RuntimeError("the announcement does not begin")
    return Office(assistant)


def _sent(office: Office) -> int:
    """How many have left, each with a number of its own from the far end."""
    left = select(func.count(func.distinct(OUTBOX.c.platform))).where(OUTBOX.c.state == "sent", OUTBOX.c.platform != "")
    with reading(office.assistant.engine) as connection:
        return int(connection.execute(left).scalar_one())
