"""One person on several channels: codes that join them, notices that follow, and a shared phone that keeps its secrets."""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select

from bot.chat import PLAYED
from bot.intake import Intake
from bot.office import Office
from bot.running import poll
from bot.sender import Sender
from bot.settings import settings
from bot.web import chat
from bot.web.server import Server
from intents.dialogue import Dialogue
from intents.wording import say
from storage import people
from storage.database import reading, writing
from storage.schema import OUTBOX
from tests.channel_people import PATIENCE, QUICK, OnTelegram, OnZaloBot, OnZaloOA, Platform, QuickClock, key_of
from tests.conftest import People

PUSHED = ("telegram", "zalo_oa", "zalo_bot")
PIN = "2580"
HOUSEHOLD = ("Nguyễn Thị Lan", "thôn Đông Thịnh", "Thiên Lộc", "1", "4 người", "thiếu vốn", "vay vốn", "2027", "không có", "đúng")


class Everywhere(People):
    """All channels at once on one server, as `donghanh run` has them; "hoa" is the commune's officer, on Telegram."""

    def __enter__(self) -> Everywhere:
        self.office = Office(self.assistant)
        platforms: tuple[Platform, ...] = (OnTelegram(webhook=True), OnZaloOA(), OnZaloBot())
        self.platforms = {platform.name: platform for platform in platforms}
        self._seen: dict[tuple[str, str], int] = {}
        self._visitors: dict[str, httpx.Client] = {}
        for platform in platforms:
            platform.fake.start()
        with writing(self.assistant.engine) as connection:
            officer = people.of_account(connection, "telegram", key_of("hoa"), self.now)
            people.give_role(connection, self.assistant.vault, officer, *PLAYED["can-bo"])
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(PATIENCE), "the server did not start"
        return self

    def __exit__(self, *_error: object) -> None:
        for visitor in self._visitors.values():
            visitor.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        for platform in self.platforms.values():
            platform.fake.stop()
        self.office.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        channels = {name: platform.channel(self.office) for name, platform in self.platforms.items()}
        for channel in channels.values():
            channel.rates = QUICK
            await channel.started()
        self._sender = Sender(self.office, channels, QuickClock(lambda: self.now))
        intake = Intake(self.office, self._sender.wake)
        app = Server(self.office, intake, self._sender, channels, False).app()
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
        serving, sending = asyncio.create_task(server.serve()), asyncio.create_task(self._sender.run())
        while not server.started:
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        asks = [asyncio.create_task(poll(channel, intake)) for channel in channels.values() if not channel.webhook]
        ready.set()
        await self._stop.wait()
        for task in asks:
            task.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        self._sender.stop()
        await sending
        server.should_exit = True
        await serving
        for channel in channels.values():
            await channel.stopped()

    # -- talking -----------------------------------------------------------------------------------------------------------------------

    def tell(self, where: str, who: str, text: str) -> str:
        """Writes on one channel, a minute after the last message; gives what was answered there."""
        self.later(minutes=1)
        if where == "web":
            answer = self._visitor(who).post(f"{self.url}/api/chat", json={"message": uuid.uuid4().hex, "text": text}).json()
            return str(answer["text"])
        before = len(self._delivered(where, who))
        self.platforms[where].write(self.url, key_of(who), text)
        self._wait_until(lambda: len(self._delivered(where, who)) > before and self._settled())
        said = self.heard(where, who)
        return "\n".join(said)

    def heard(self, where: str, who: str) -> list[str]:
        """What has come to a person on one channel since the last look there."""
        if where == "web":
            news = self._visitor(who).get(f"{self.url}/api/news").json()
            self._visitor(who).get(f"{self.url}/api/news", params={"seen": news["up_to"]})
            return list(news["news"])
        self._sender.wake()
        self._wait_until(self._settled)
        delivered = self._delivered(where, who)
        seen, self._seen[where, who] = self._seen.get((where, who), 0), len(delivered)
        return delivered[seen:]

    def link(self, old: str, new: str, who: str) -> str:
        """Takes a code on one channel and types it on another, as people copy it: small letters, no hyphens."""
        return self.tell(new, who, self.code(old, who).lower().replace("-", " "))

    def code(self, where: str, who: str) -> str:
        return found(r"NK-\w{4}-\w{3}", self.tell(where, who, "noi kenh"))

    def register(self, where: str, who: str) -> str:
        """A whole registration; gives its code."""
        for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý", *HOUSEHOLD):
            told = self.tell(where, who, said)
        return found(r"DK-\w{4}-\w{3}", told)

    def acknowledge(self, code: str) -> None:
        """The officer records a registration, which its household is told."""
        self.tell("telegram", "hoa", f"mở {code}")
        told = self.tell("telegram", "hoa", "1")
        assert say("registration_state", "approved") in told, told

    def person(self, where: str, who: str) -> int | None:
        key = chat.account_of(self._visitor(who).cookies[chat.COOKIE]) if where == "web" else key_of(who)
        with reading(self.assistant.engine) as connection:
            return people.find_account(connection, where, key)

    def _visitor(self, who: str) -> httpx.Client:
        if who not in self._visitors:
            self._visitors[who] = httpx.Client(cookies={chat.COOKIE: secrets.token_urlsafe(32)}, trust_env=False, timeout=60)
        return self._visitors[who]

    def _delivered(self, where: str, who: str) -> list[str]:
        return [text for key, text in self.platforms[where].delivered() if key == key_of(who)]

    def _settled(self) -> bool:
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state.in_(("due", "sending")), OUTBOX.c.channel.in_(PUSHED))
        with reading(self.assistant.engine) as connection:
            return not connection.execute(query).scalar_one()

    @staticmethod
    def _wait_until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"nothing came within {PATIENCE} s"
            time.sleep(0.005)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[0]


@pytest.fixture
def town(tmp_path: Path, dialogue: Dialogue) -> Iterator[Everywhere]:
    with Everywhere(settings({}, tmp_path / "test.sqlite3"), dialogue) as running:
        yield running


# -- one person ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", PUSHED)
def test_a_form_begun_on_the_web_goes_on_where_the_code_was_typed(town: Everywhere, channel: str) -> None:
    for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý", *HOUSEHOLD[:4]):
        town.tell("web", "lan", said)
    assert town.link("web", channel, "lan") == say("link", "done")
    for said in HOUSEHOLD[4:]:
        told = town.tell(channel, "lan", said)
    code = found(r"DK-\w{4}-\w{3}", told)
    assert code in town.tell("web", "lan", "đơn của tôi")
    assert town.person("web", "lan") == town.person(channel, "lan") is not None


def test_three_channels_are_one_person_and_what_each_had_is_kept(town: Everywhere) -> None:
    code = town.register("zalo_bot", "lan")
    assert town.link("zalo_oa", "zalo_bot", "lan") == say("link", "done")
    assert town.link("zalo_bot", "web", "lan") == say("link", "done")
    assert {town.person(channel, "lan") for channel in ("zalo_oa", "web")} == {town.person("zalo_bot", "lan")}
    for channel in ("zalo_oa", "zalo_bot", "web"):
        assert code in town.tell(channel, "lan", "đơn của tôi")
    assert say("link", "same") in town.link("web", "zalo_oa", "lan")


def test_a_code_joins_once_and_for_a_quarter_of_an_hour(town: Everywhere) -> None:
    code = town.code("web", "lan")
    assert town.tell("zalo_bot", "lan", code) == say("link", "done")
    assert town.tell("zalo_oa", "tu", code) == say("link", "wrong")
    late = town.code("web", "lan")
    town.later(minutes=15)
    assert town.tell("zalo_oa", "tu", late) == say("link", "wrong")
    assert town.person("zalo_oa", "tu") != town.person("web", "lan")


def test_what_is_being_filled_in_is_not_lost_by_a_code(town: Everywhere) -> None:
    for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý", "Trần Văn Tư"):
        asked = town.tell("zalo_oa", "tu", said)
    told = town.link("web", "zalo_oa", "tu")
    assert say("register", "busy") in told and told.endswith(asked)
    town.tell("zalo_oa", "tu", "thôi")
    assert town.link("web", "zalo_oa", "tu") == say("link", "done")


def test_an_officer_loses_no_role_by_a_code_and_can_give_a_second_channel(town: Everywhere) -> None:
    code = town.register("web", "lan")
    assert len(town.heard("telegram", "hoa")) == 1  # that there is a new registration
    refused = town.tell("telegram", "hoa", town.code("web", "lan"))
    assert refused == say("link", "has_role", role=say("role", "commune_officer"))
    town.tell("zalo_oa", "hoa", town.code("telegram", "hoa"))
    assert code in town.tell("zalo_oa", "hoa", "hàng đợi")


# -- notices -----------------------------------------------------------------------------------------------------------------------------


def test_a_notice_goes_to_the_channel_that_was_used_last(town: Everywhere) -> None:
    first = town.register("web", "lan")
    town.link("web", "zalo_bot", "lan")
    town.link("web", "telegram", "lan")
    town.tell("zalo_bot", "lan", "alo")
    town.acknowledge(first)
    (notice,) = town.heard("zalo_bot", "lan")
    assert first in notice
    assert town.heard("telegram", "lan") == town.heard("web", "lan") == []
    town.tell("web", "lan", "gặp cán bộ: bao giờ xã họp bình xét?")
    question = found(r"CH-\w{4}-\w{3}", town.tell("web", "lan", "chuyển đi"))
    town.tell("telegram", "hoa", f"mở {question}")
    for said in ("trả lời", "Xã họp vào chiều thứ năm tuần sau.", "1"):
        town.tell("telegram", "hoa", said)
    (answer,) = town.heard("web", "lan")
    assert "chiều thứ năm tuần sau" in answer
    assert town.heard("zalo_bot", "lan") == town.heard("telegram", "lan") == []


@pytest.mark.parametrize("channel", PUSHED)
def test_a_locked_shared_phone_is_told_only_that_there_is_news_until_its_pin(town: Everywhere, channel: str) -> None:
    code = town.register(channel, "lan")
    for said in ("máy dùng chung", PIN, "khóa"):
        town.tell(channel, "lan", said)
    town.acknowledge(code)
    assert town.heard(channel, "lan") == [say("sending", "locked")]
    assert town.tell(channel, "lan", "1111") == say("phone", "wrong")
    assert town.tell(channel, "lan", PIN).split("\n") == [say("status", "approved_notice", code=code), say("phone", "unlocked")]
    assert town.heard(channel, "lan") == []


def test_a_locked_phone_keeps_to_itself_on_the_web_too(town: Everywhere) -> None:
    code = town.register("web", "lan")
    for said in ("máy dùng chung", PIN, "khóa"):
        town.tell("web", "lan", said)
    town.acknowledge(code)
    assert town.heard("web", "lan") == []
    assert town.tell("web", "lan", "đơn của tôi") == say("phone", "locked")
    town.tell("web", "lan", PIN)
    assert town.heard("web", "lan") == [say("status", "approved_notice", code=code)]
