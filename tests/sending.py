"""What tests of the sender share: an office without a dialogue, people with Telegram accounts, announcements begun, a driven clock.

`python -m tests.sending DATABASE TELEGRAM-URL RATE` sends in a process of its own, which a test may kill.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from bot.assistant import Assistant
from bot.channels.protocol import Channel
from bot.channels.telegram import Telegram
from bot.clock import RealClock
from bot.office import Office
from bot.sender import Sender
from bot.settings import Settings, settings
from intents.announcements import Audience, Start
from intents.people import Role
from intents.records import CaseKind, State, Submit
from knowledge.units import Area
from storage import announcements, audiences, cases
from storage.database import open_database, reading, writing
from storage.photos import PhotoStore
from storage.schema import ACCOUNT, OUTBOX, PERSON
from storage.vault import open_vault
from tests.conftest import NOW
from tests.fakes.telegram import TOKEN

HERE = Area("Hà Tĩnh", "xã Can Lộc")
CODE = "TB-2345-678"
TEXT = "Sáng mai họp thôn, mời bà con đến đông đủ."


def office_on(where: Settings, now: datetime | None = None) -> Office:
    """An office that sends and keeps, and cannot talk."""
    clock = (lambda: now) if now else (lambda: datetime.now(UTC))
    return Office(Assistant(open_database(where.database), open_vault(where.key_file), None, PhotoStore(where.photos), clock))  # type: ignore[arg-type]


def people_on_telegram(office: Office, count: int, first: int = 1, at: datetime = NOW) -> None:
    """That many village heads of one commune; their Telegram numbers count from `first`."""
    numbers = range(first, first + count)
    head = {"created_at": at, "role": Role.VILLAGE_HEAD.value, "province": HERE.province, "commune": HERE.commune, "name": b""}
    with writing(office.assistant.engine) as connection:
        connection.execute(insert(PERSON), [head | {"id": number} for number in numbers])
        rows = [{"channel": "telegram", "key": str(number), "person_id": number, "used_at": at} for number in numbers]
        connection.execute(insert(ACCOUNT), rows)


def announce(office: Office, code: str = CODE, text: str = TEXT, author: int = 1, at: datetime = NOW, *, urgent: bool = False) -> int:
    """Begins an announcement to all village heads of the commune; gives how many there are."""
    vault, audience = office.assistant.vault, Audience(HERE, (Role.VILLAGE_HEAD,))
    body = {"text": text, "audience": audience.kept(), "urgent": urgent}
    with writing(office.assistant.engine) as connection:
        submit = Submit(code, CaseKind.ANNOUNCEMENT, HERE, body, at + timedelta(days=2), State.APPROVED)
        cases.submit(connection, vault, author, submit, at)
        reach = audiences.reach(connection, vault, audience, at, frozenset())
        assert announcements.begin(connection, vault, Start(code, reach.count, reach.who), text, at, frozenset())
    return reach.count


def states(office: Office, kind: str = "announcement") -> Counter[str]:
    with reading(office.assistant.engine) as connection:
        return Counter(connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.kind == kind)).scalars())


@dataclass
class DrivenClock:
    """Time that passes only when the sender waits, once everything under way has come back."""

    at: datetime
    sender: Sender | None = None
    until: datetime | None = None
    ticks: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        while self.sender and self.sender.working:
            await asyncio.sleep(0.001)
        if self.sender and self.sender.has_news:
            return
        self.at += timedelta(seconds=seconds)
        if self.sender and self.until and self.at >= self.until:
            self.sender.stop()


def telegram_at(url: str, rate: float = 30, timeout: float = 10.0) -> Telegram:
    return Telegram(TOKEN, url, rate=rate, timeout=timeout)


async def run_until(sender: Sender, channels: dict[str, Channel], done: object, seconds: float = 60) -> None:
    """Runs a sender on real time until `done()`, at most so many seconds."""
    task = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(seconds):
            while not done():  # type: ignore[operator]
                await asyncio.sleep(0.2)
    finally:
        sender.stop()
        await task
        for channel in channels.values():
            await channel.stopped()


async def main(database: str, url: str, rate: float) -> None:
    """Sends everything there is, then ends."""
    office = office_on(settings({}, Path(database)))
    channels: dict[str, Channel] = {"telegram": telegram_at(url, rate, 0.5)}
    await channels["telegram"].started()
    sender = Sender(office, channels, RealClock(), send_seconds=1.0)

    def done() -> bool:
        left = states(office)
        return not left["due"] and not left["sending"]

    await run_until(sender, channels, done, 120)
    office.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
