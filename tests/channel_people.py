"""The people of the scenarios, each on one real channel: what they say goes over HTTP to our server (or is asked for by polling),
what they hear is what the fake platform delivered to them.
"""

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx
import uvicorn
from sqlalchemy import func, select

from bot.channels.configuration import values
from bot.channels.protocol import Channel, Rates
from bot.channels.telegram import Telegram
from bot.channels.zalo_bot import SETTINGS as ZALO_BOT
from bot.channels.zalo_bot import make as make_zalo_bot
from bot.channels.zalo_oa import SETTINGS as ZALO_OA
from bot.channels.zalo_oa import make as make_zalo_oa
from bot.chat import PLAYED
from bot.intake import Intake
from bot.office import Office
from bot.running import poll
from bot.sender import Sender
from bot.token_store import DatabaseTokens
from bot.web.server import Server
from intents.messages import Kind
from intents.people import Role
from storage import outbox, people
from storage.database import reading, writing
from storage.reminders import remind
from storage.schema import OUTBOX
from tests.conftest import People
from tests.fakes.server import Fake
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.zalo_bot import TOKEN as ZALO_TOKEN
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOA

QUICK = Rates(overall=5000, one=5000)
SECRET = "a-secret-of-the-tests-only"
PATIENCE = 20.0


@dataclass(frozen=True)
class Told:
    """What a person was told: the words on the wire, and the reply they came from."""

    text: str
    kind: Kind
    task: str | None
    buttons: tuple[str, ...] = ()


class Platform(Protocol):
    """One fake platform as the scenarios use it."""

    name: str
    fake: Fake

    def channel(self, office: Office) -> Channel: ...
    def write(self, server: str, key: str, text: str) -> None: ...
    def delivered(self) -> list[tuple[str, str]]: ...


def key_of(who: str) -> str:
    return str(1_000_000 + zlib.crc32(who.encode()) % 1_000_000)


class OnTelegram:
    name = "telegram"

    def __init__(self, *, webhook: bool) -> None:
        self.fake, self.webhook, self.number = FakeTelegram(), webhook, 0

    def channel(self, office: Office) -> Channel:
        hook = "https://donghanh.example.vn/webhook/telegram" if self.webhook else ""
        return Telegram(TOKEN, self.fake.url, hook, SECRET)

    def write(self, server: str, key: str, text: str) -> None:
        if not self.webhook:
            self.fake.feed_text(int(key), text)
            return
        self.number += 1
        person = {"id": int(key), "first_name": "Người thử"}
        chat = {**person, "type": "private"}
        message = {"message_id": self.number, "date": 1_795_000_000, "chat": chat, "from": {**person, "is_bot": False}, "text": text}
        update = {"update_id": 9_000 + self.number, "message": message}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        assert httpx.post(f"{server}/webhook/telegram", json=update, headers=headers).status_code == 200

    def delivered(self) -> list[tuple[str, str]]:
        return [(str(one.chat), one.text) for one in self.fake.delivered]


class OnZaloOA:
    name = "zalo_oa"

    def __init__(self) -> None:
        self.fake = FakeZaloOA()

    def channel(self, office: Office) -> Channel:
        environment = self.fake.environment() | {"DONGHANH_ZALO_REFRESH_TOKEN": self.fake.refresh}
        return make_zalo_oa(values(ZALO_OA, environment), DatabaseTokens(office))

    def write(self, server: str, key: str, text: str) -> None:
        body = self.fake.event("user_send_text", key, {"text": text})
        assert httpx.post(f"{server}/webhook/zalo_oa", content=body, headers=self.fake.sign(body)).status_code == 200

    def delivered(self) -> list[tuple[str, str]]:
        return [(one.key, one.text) for one in self.fake.delivered]


class OnZaloBot:
    name = "zalo_bot"

    def __init__(self) -> None:
        self.fake = FakeZaloBot()

    def channel(self, office: Office) -> Channel:
        environment = {"DONGHANH_ZALO_BOT_TOKEN": ZALO_TOKEN, "DONGHANH_ZALO_BOT_API": self.fake.url}
        return make_zalo_bot(values(ZALO_BOT, environment), DatabaseTokens(office))

    def write(self, server: str, key: str, text: str) -> None:
        self.fake.write(key, text)

    def delivered(self) -> list[tuple[str, str]]:
        return [(one.chat_id, one.text) for one in self.fake.delivered]


PLATFORMS: dict[str, Callable[[], Platform]] = {
    "telegram webhook": lambda: OnTelegram(webhook=True),
    "telegram polling": lambda: OnTelegram(webhook=False),
    "zalo_oa": OnZaloOA,
    "zalo_bot": OnZaloBot,
}


class QuickClock:
    """The scenario's time and what has really passed since the start, with real waiting."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._started = now, time.monotonic()

    def now(self) -> datetime:
        return self._now() + timedelta(seconds=time.monotonic() - self._started)

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(woken.wait(), min(seconds, 0.02))
        except TimeoutError:
            return


@dataclass
class ChannelPeople(People):
    """Like `People`, but everybody is on one real channel. `running` starts and stops everything."""

    platform: Platform = field(default_factory=lambda: OnTelegram(webhook=True))
    _seen: int = 0
    _waiting: dict[str, list[str]] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.office = Office(self.assistant)
        for who, (role, area, name) in PLAYED.items():
            if role is not Role.HOUSEHOLD:
                with writing(self.assistant.engine) as connection:
                    number = people.of_account(connection, self.platform.name, key_of(who), self.now)
                    people.give_role(connection, self.assistant.vault, number, role, area, name)

    def appoint(self, *_more: Any) -> int:
        """Nobody is on the terminal here."""
        return 0

    def say(self, who: str, text: str, message: str = "", photos: tuple[Any, ...] = ()) -> Any:
        """What the person was told on the wire."""
        key = key_of(who)
        self._said.add(who)
        before = self._heard(key)
        self.platform.write(self.server_url, key, text)
        self._wait_until(lambda: self._heard(key) > before and self._settled())
        self._sort()
        with reading(self.assistant.engine) as connection:
            person = people.find_account(connection, self.platform.name, key)
            last = outbox.latest_reply(connection, self.assistant.vault, person) if person else None
        heard = self._waiting.get(who, [])
        if last is None or last.reply is None:  # the person has erased everything: what came is all there is
            return Told(heard.pop(), Kind.TASK, None)
        spoken = next((number for number, one in enumerate(heard) if one.startswith(last.text[:60])), None)
        assert spoken is not None, f"{who} was not told {last.text!r} but {heard}"
        return Told(heard.pop(spoken), last.reply.kind, last.reply.task)

    def news(self, who: str) -> list[str]:
        """The notices that came to the person since they were asked for last, and those that wait because the platform does not let
        us write any more: they come with the person's next message."""
        remind(self.assistant.engine, self.assistant.vault, self.now)
        self.sender.wake()
        self._wait_until(self._settled)
        self._sort()
        return self._waiting.pop(who, []) + self._outside_window(who)

    def _outside_window(self, who: str) -> list[str]:
        query = select(OUTBOX).where(OUTBOX.c.state == "waiting", OUTBOX.c.reason == "window")
        with reading(self.assistant.engine) as connection:
            person = people.find_account(connection, self.platform.name, key_of(who))
            rows = connection.execute(query.where(OUTBOX.c.person_id == person)).all()
            return [outbox.read(self.assistant.vault, row).text for row in rows]

    def _sort(self) -> None:
        """Takes note of what the platform has delivered since the last look."""
        names = {key_of(who): who for who in [*PLAYED, *self._said]}
        delivered = self.platform.delivered()
        for key, text in delivered[self._seen :]:
            self._waiting.setdefault(names.get(key, key), []).append(text)
        self._seen = len(delivered)

    def _heard(self, key: str) -> int:
        """How many messages have reached the person."""
        return sum(to == key for to, _ in self.platform.delivered())

    def _settled(self) -> bool:
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state.in_(("due", "sending")), OUTBOX.c.channel == self.platform.name)
        with reading(self.assistant.engine) as connection:
            return not connection.execute(query).scalar_one()

    def _unsettled(self) -> list[tuple[str, str, str, str]]:
        query = select(OUTBOX.c.kind, OUTBOX.c.key, OUTBOX.c.state, OUTBOX.c.reason).where(OUTBOX.c.state != "sent")
        with reading(self.assistant.engine) as connection:
            return [(row.kind, row.key, row.state, row.reason) for row in connection.execute(query)]

    def _wait_until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"{self.platform.name}: nothing came within {PATIENCE} s; unsettled: {self._unsettled()}"
            time.sleep(0.005)

    # -- everything that runs ----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> ChannelPeople:
        self.platform.fake.start()
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(PATIENCE), "the server did not start"
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        self.platform.fake.stop()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        channel = self.platform.channel(self.office)
        channel.rates = QUICK
        await channel.started()
        channels = {channel.name: channel}
        self.sender = Sender(self.office, channels, QuickClock(lambda: self.now))
        intake = Intake(self.office, self.sender.wake)
        app = Server(self.office, intake, self.sender, channels, False).app()
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.server_url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        work = [asyncio.create_task(self.sender.run())]
        asks = [asyncio.create_task(poll(channel, intake))] if not channel.webhook else []
        ready.set()
        await self._stop.wait()
        for task in asks:
            task.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        self.sender.stop()
        await asyncio.gather(*work)
        server.should_exit = True
        await serving
        await channel.stopped()


