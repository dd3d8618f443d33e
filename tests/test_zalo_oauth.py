"""The token pair of Zalo: renewed once however many want it, never lost, never printed; a person is asked when it is dead."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.channels import zalo_oauth
from bot.channels.configuration import values
from bot.channels.protocol import Later, NeedsPerson, Part, Reason, Sent
from bot.channels.tokens import Body
from bot.channels.zalo_oa import SETTINGS, ZaloOA, make
from bot.channels.zalo_oauth import NAME, TokenDead, TokenLater, Tokens
from bot.settings import SettingsError
from tests.fakes.server import Fault
from tests.fakes.zalo_oa import FakeZaloOA

OAUTH = "/v4/oa/access_token"
KEY = "246845883529197922"


@dataclass
class Shelf:
    """What the workers of one database share, at a time that the test sets."""

    now: datetime = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    kept: dict[str, Body] = field(default_factory=dict)
    alarms: list[tuple[str, str]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


@dataclass
class Memory:
    """A token store of one worker; `dies_after_saving` is the crash between saving and use."""

    shelf: Shelf
    dies_after_saving: bool = False

    def now(self) -> datetime:
        return self.shelf.now

    async def load(self, name: str) -> Body | None:
        await asyncio.sleep(0)
        return self.shelf.kept.get(name)

    async def save(self, name: str, body: Body) -> None:
        await asyncio.sleep(0)
        assert self.shelf.locks[zalo_oauth.LOCK].locked(), "a pair is changed by whoever holds the lock"
        self.shelf.kept[name] = dict(body)
        self.shelf.told.discard(name)
        if self.dies_after_saving:
            raise ConnectionError("the worker is gone")

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        assert seconds > zalo_oauth.CALL_SECONDS
        async with self.shelf.locks[name]:
            yield

    async def alarm(self, name: str, text: str) -> None:
        if name not in self.shelf.told:
            self.shelf.told.add(name)
            self.shelf.alarms.append((name, text))


@pytest.fixture
def fake() -> Iterator[FakeZaloOA]:
    with FakeZaloOA() as running:
        yield running


def configured(fake: FakeZaloOA, **more: str) -> dict[str, str]:
    given = {f"DONGHANH_ZALO_{name}": value for name, value in more.items()}
    return values(SETTINGS, {**fake.environment(), "DONGHANH_ZALO_REFRESH_TOKEN": "refresh-0", **given})


@asynccontextmanager
async def workers(settings: Mapping[str, str], shelf: Shelf, count: int = 1) -> AsyncIterator[list[ZaloOA]]:
    made = [make(settings, Memory(shelf)) for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            await one.stopped()


async def say(channel: ZaloOA) -> Any:
    return await channel.send(KEY, Part("Xin chào"))


def test_the_first_refresh_token_comes_from_the_settings_and_the_pair_is_saved_from_there(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> None:
        async with workers(configured(fake), shelf) as [channel]:
            assert isinstance(await say(channel), Sent)
        async with workers(configured(fake), shelf) as [restarted]:
            assert isinstance(await say(restarted), Sent)

    asyncio.run(run())
    assert (fake.minted, fake.reused) == (1, 0)
    assert shelf.kept[NAME]["refresh"] == fake.refresh == "refresh-1"


def test_the_refresh_is_asked_for_as_zalo_describes_it(fake: FakeZaloOA) -> None:
    async def run() -> None:
        async with workers(configured(fake), Shelf()) as [channel]:
            await channel.tokens.access()

    asyncio.run(run())
    (asked,) = fake.asked
    assert asked.body == {"refresh_token": "refresh-0", "grant_type": "refresh_token", "app_id": fake.app}
    assert asked.headers["secret_key"] == fake.app_secret and fake.app_secret not in str(asked.body)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_token_is_renewed_ahead_of_its_end_and_not_before(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> list[str]:
        async with workers(configured(fake), shelf) as [channel]:
            found = [await channel.tokens.access()]
            for hours in (23.9, 0.2):
                shelf.now += timedelta(hours=hours)
                found.append(await channel.tokens.access())
            return found

    assert asyncio.run(run()) == ["access-1", "access-1", "access-2"]


def test_the_life_of_a_token_is_the_string_that_zalo_gives(fake: FakeZaloOA) -> None:
    shelf = Shelf()
    fake.life = 7200

    async def run() -> None:
        async with workers(configured(fake), shelf) as [channel]:
            await channel.tokens.access()

    asyncio.run(run())
    assert datetime.fromisoformat(shelf.kept[NAME]["expires"]) == shelf.now + timedelta(hours=2)


def test_many_senders_of_two_workers_use_the_refresh_token_once(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> list[Any]:
        async with workers(configured(fake), shelf, 2) as both:
            await asyncio.gather(*(say(channel) for channel in both))
            fake.expire()
            return await asyncio.gather(*(say(channel) for channel in both * 10))

    outcomes = asyncio.run(run())
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert (fake.minted, fake.reused, len(fake.delivered)) == (2, 0, 22)


def test_a_worker_that_dies_after_saving_the_pair_loses_nothing(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> Any:
        dying = make(configured(fake), Memory(shelf, dies_after_saving=True))
        with pytest.raises(ConnectionError):
            await say(dying)
        await dying.stopped()
        async with workers(configured(fake), shelf) as [restarted]:
            return await say(restarted)

    assert isinstance(asyncio.run(run()), Sent)
    assert (fake.minted, fake.reused) == (1, 0)


def test_a_cancelled_sender_does_not_lose_the_pair_that_is_on_its_way(fake: FakeZaloOA) -> None:
    shelf = Shelf()
    fake.faults.delay = 0.3

    async def run() -> None:
        async with workers(configured(fake), shelf) as [channel]:
            sending = asyncio.create_task(say(channel))
            while not fake.asked:
                await asyncio.sleep(0.01)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(run())
    assert shelf.kept[NAME]["refresh"] == fake.refresh == "refresh-1"


def test_a_dead_token_alarms_once_and_needs_a_person(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> list[Any]:
        async with workers(configured(fake, REFRESH_TOKEN="refresh-of-last-year"), shelf, 2) as both:
            return [await say(channel) for channel in both * 3]

    outcomes = asyncio.run(run())
    assert all(isinstance(outcome, NeedsPerson) and "donghanh channels authorize" in outcome.detail for outcome in outcomes)
    assert [name for name, _text in shelf.alarms] == [NAME]
    assert len(fake.asked) == 1, "a dead token is not tried again"


def test_after_a_person_has_authorised_anew_running_workers_send_again(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> Any:
        async with workers(configured(fake, REFRESH_TOKEN="refresh-of-last-year"), shelf, 2) as [channel, command]:
            assert isinstance(await say(channel), NeedsPerson)
            await authorise(command.tokens)
            return await say(channel)

    assert isinstance(asyncio.run(run()), Sent)


async def authorise(tokens: Tokens, verifier: str = "", other: str = "") -> None:
    verifier = verifier or secrets.token_urlsafe(32)
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(tokens.permission_url("trang-thai", verifier))
    found = parse_qs(urlsplit(answer.headers["location"]).query)
    assert found["state"] == ["trang-thai"]
    await tokens.exchange(found["code"][0], other or verifier)


def test_the_code_of_the_permission_page_becomes_the_first_pair(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> Any:
        async with workers(configured(fake, REFRESH_TOKEN=""), shelf) as [channel]:
            with pytest.raises(SettingsError, match="donghanh channels authorize"):
                await channel.started()
            await authorise(channel.tokens)
            await channel.started()
            return await say(channel)

    assert isinstance(asyncio.run(run()), Sent)
    assert shelf.kept[NAME]["access"] == "access-1"


def test_the_challenge_is_the_hash_of_the_verifier_without_padding() -> None:
    assert zalo_oauth.challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_with_another_verifier_is_refused_and_the_pair_stays(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> None:
        async with workers(configured(fake), shelf) as [channel]:
            await channel.tokens.access()
            with pytest.raises(TokenDead, match="10 phút"):
                await authorise(channel.tokens, other="another-verifier")

    asyncio.run(run())
    assert shelf.kept[NAME]["access"] == "access-1" and not shelf.alarms


def test_without_the_callback_address_there_is_no_permission_page(fake: FakeZaloOA) -> None:
    with pytest.raises(SettingsError, match="DONGHANH_ZALO_CALLBACK"):
        make(configured(fake) | {"DONGHANH_ZALO_CALLBACK": ""}, Memory(Shelf())).tokens.permission_url("s", "v")


@pytest.mark.parametrize("fault", [Fault("nonsense"), Fault("nonsense", 502), Fault("http", 503), Fault("http", 429), Fault("cut")])
def test_an_answer_that_tells_nothing_is_tried_again_later(fake: FakeZaloOA, fault: Fault) -> None:
    shelf = Shelf()
    fake.faults.plan(OAUTH, fault)

    async def run() -> tuple[Any, Any, Any]:
        async with workers(configured(fake), shelf) as [channel]:
            first, second = await say(channel), await say(channel)
            shelf.now += timedelta(seconds=first.seconds)
            return first, second, await say(channel)

    first, at_once, later = asyncio.run(run())
    assert isinstance(first, Later) and isinstance(at_once, Later) and first.everyone and first.seconds
    assert isinstance(later, Sent) and len(fake.payloads(OAUTH)) == 2 and not shelf.alarms


def test_an_answer_that_was_lost_after_the_token_was_used_up_ends_with_a_person(fake: FakeZaloOA) -> None:
    shelf = Shelf()
    fake.faults.plan(OAUTH, Fault("cut", done=True))

    async def run() -> tuple[Any, Any]:
        async with workers(configured(fake), shelf) as [channel]:
            first = await say(channel)
            shelf.now += timedelta(seconds=first.seconds)
            return first, await say(channel)

    first, second = asyncio.run(run())
    assert isinstance(first, Later) and isinstance(second, NeedsPerson)
    assert fake.reused == 1 and len(shelf.alarms) == 1


def test_no_connection_to_the_token_server_is_no_death(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> Any:
        settings = configured(fake) | {"DONGHANH_ZALO_OAUTH": "http://127.0.0.1:9"}
        async with workers(settings, shelf) as [channel]:
            for _ in range(5):
                outcome = await say(channel)
                shelf.now += timedelta(hours=1)
            return outcome

    assert asyncio.run(run()) == Later(Reason.BROKEN, zalo_oauth.FIRST_PAUSE, everyone=True, detail="token")
    assert not shelf.alarms and not shelf.kept


def test_an_old_token_is_used_to_its_end_while_it_cannot_be_renewed(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def run() -> list[Any]:
        async with workers(configured(fake), shelf) as [channel]:
            await channel.tokens.access()
            fake.faults.plan(OAUTH, Fault("http", 503), Fault("code", 1))
            shelf.now += timedelta(hours=24, minutes=30)
            while_away = await channel.tokens.access()
            shelf.now += timedelta(minutes=10)
            refused = await channel.tokens.access()
            shelf.now += timedelta(hours=1)
            with pytest.raises(TokenDead):
                await channel.tokens.access()
            return [while_away, refused]

    assert asyncio.run(run()) == ["access-1", "access-1"]
    assert len(shelf.alarms) == 1


@pytest.mark.parametrize(
    "body", [{}, {"access_token": "a"}, {"access_token": "", "refresh_token": ""}, {"access_token": 1, "refresh_token": 2}, {"error": 0}]
)
def test_an_answer_without_both_tokens_is_refused(fake: FakeZaloOA, body: dict[str, Any]) -> None:
    shelf = Shelf()
    fake.token_answer = body

    async def run() -> Any:
        async with workers(configured(fake), shelf) as [channel]:
            return await say(channel)

    assert isinstance(asyncio.run(run()), NeedsPerson)
    assert len(shelf.alarms) == 1


@pytest.mark.parametrize("fault", [Fault("nonsense"), Fault("http", 500), Fault("cut"), Fault("code", -14014), None])
def test_no_secret_is_logged_or_told_by_an_exception(fake: FakeZaloOA, fault: Fault | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    async def run() -> None:
        async with workers(configured(fake), Shelf()) as [channel]:
            if fault:
                fake.faults.plan(OAUTH, fault)
            try:
                await channel.tokens.access()
            except (TokenDead, TokenLater) as error:
                told.extend((str(error), repr(error), repr(error.__cause__), repr(error.__context__)))
            told.extend((repr(await say(channel)), repr(await channel.tokens.pair()), repr(await channel.check()), repr(channel)))

    asyncio.run(run())
    for secret in (fake.app_secret, fake.oa_secret, "refresh-0", "refresh-1", "access-1"):
        assert secret not in caplog.text and secret not in "".join(told)
