"""The Zalo Bot channel against a fake platform over real HTTP: every event, every outcome, news by asking and by webhook."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.configuration import is_configured, values
from bot.channels.parts import Files, parts_of
from bot.channels.protocol import (
    Aside,
    Event,
    FetchFailed,
    File,
    Finding,
    Heard,
    Ignored,
    Later,
    Malformed,
    NeedsPerson,
    Never,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
)
from bot.channels.zalo_bot import SETTINGS, ZaloBot, make
from bot.channels.zalo_bot_answers import DEAD_TOKEN, NO_QUOTA
from bot.settings import SettingsError
from intents.messages import Choice, Incoming, Kind, Reply
from intents.wording import say
from storage.photos import MOST_BYTES
from tests.fakes.server import Fault
from tests.fakes.zalo_bot import TOKEN, Delivered, FakeZaloBot

WIRE = Path(__file__).parent / "wire" / "zalo_bot"
WHO, GROUP = "6edeaa0b11c2f3d4", "9a0b11c2f3d46ede"
SECRET = "khoa-webhook-thu"
HOOK = "https://donghanh.example/webhook/zalo_bot"
T = TypeVar("T")


def channel(api: str, **more: str) -> ZaloBot:
    """The channel as an operator configures it; it waits a moment only after failed questions."""
    environment = {"DONGHANH_ZALO_BOT_TOKEN": TOKEN, "DONGHANH_ZALO_BOT_API": api}
    environment |= {f"DONGHANH_ZALO_BOT_{name}": value for name, value in more.items()}
    made = make(values(SETTINGS, environment), None)  # type: ignore[arg-type]
    made.pauses = (0.01, 0.02)
    return made


def using(bot: ZaloBot, work: Callable[[ZaloBot], Awaitable[T]]) -> T:
    async def run() -> T:
        try:
            return await work(bot)
        finally:
            await bot.stopped()

    return asyncio.run(run())


def send(fake: FakeZaloBot, text: str = "Chào bà con.", to: str = WHO) -> Outcome:
    return using(channel(fake.url), lambda bot: bot.send(to, Part(text)))


async def news(bot: ZaloBot, count: int) -> list[Any]:
    found: list[Any] = []
    asking = bot.poll()
    async for update in asking:
        found.append(update)
        if len(found) == count:
            break
    await asking.aclose()  # type: ignore[attr-defined]
    return found


def numbers(updates: list[Any]) -> list[str]:
    return [update["message"]["message_id"] for update in updates]


# -- what comes in ---------------------------------------------------------------------------------------------------------------


def heard(number: str, text: str, *photos: str) -> Event:
    return Heard(Incoming("zalo_bot", WHO, number, text), photos)


def unread(number: str) -> Event:
    return Aside(WHO, number, say("channel", "cannot_read"))


EVENTS = {
    "text_flat": heard("2d750001", "xin chào, tiêu chí hộ gia đình ở Can Lộc là gì?"),
    "text_wrapped": heard("2d750002", "đăng ký thoát nghèo"),
    "image": heard("2d750003", "hội phụ nữ tặng bò", "https://photo.example/tang-bo.jpg"),
    "image_without_caption": heard("2d750004", "", "https://photo.example/tang-ga.jpg"),
    "sticker": unread("2d750005"),
    "unsupported": unread("2d750006"),
    "voice": unread("2d750007"),
    "link": unread("2d750008"),
    "group": Aside(GROUP, "2d750009", say("zalo_bot", "group_plain")),
    "reaction": Ignored("reaction"),
    "another_bot": Ignored("bot"),
    "unknown": Ignored("unknown"),
}
BOT = channel("http://127.0.0.1:9")


def wire(name: str) -> Any:
    return json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))


def test_every_kept_body_has_an_event() -> None:
    assert {path.stem for path in WIRE.glob("*.json")} == EVENTS.keys()


@pytest.mark.parametrize("name", EVENTS)
def test_a_body_becomes_its_event_bare_or_wrapped(name: str) -> None:
    body = wire(name)
    bare = body.get("result", body)
    assert list(BOT.read(body)) == list(BOT.read(bare)) == list(BOT.read({"ok": True, "result": bare})) == [EVENTS[name]]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(("ok", "result", "event_name", "message")), inner),
    max_leaves=20,
)


@given(json_values)
def test_whatever_json_comes_it_is_read_or_malformed(body: Any) -> None:
    try:
        assert isinstance(BOT.read(body), list)
    except Malformed as error:
        assert str(error)


PLACES = (
    ("event_name",),
    ("message",),
    *(("message", name) for name in ("message_id", "text", "chat", "from", "photo_url", "caption")),
    ("message", "from", "id"),
    ("message", "from", "is_bot"),
    ("message", "chat", "id"),
    ("message", "chat", "chat_type"),
)


@given(st.sampled_from(("text_flat", "image", "group", "sticker")), st.sampled_from(PLACES), json_values)
def test_an_update_with_one_wrong_field_is_read_or_malformed(name: str, path: tuple[str, ...], wrong: Any) -> None:
    body = wire(name)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = wrong
    try:
        assert len(BOT.read(body)) == 1
    except Malformed as error:
        assert re.fullmatch(r"(the update|\w+) is (missing or not a text|not an object)", str(error)), "it does not quote what was sent"


@pytest.mark.parametrize("path", [("message", "message_id"), ("message", "from", "id"), ("message", "chat", "id"), ("message", "text")])
def test_ids_and_text_are_strings(path: tuple[str, ...]) -> None:
    body = wire("text_flat")
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = 5
    with pytest.raises(Malformed):
        BOT.read(body)


def test_a_caption_may_be_null_and_a_text_may_not() -> None:
    picture, text = wire("image"), wire("text_flat")
    picture["message"]["caption"] = text["message"]["text"] = None
    assert BOT.read(picture) == [heard("2d750003", "", "https://photo.example/tang-bo.jpg")]
    with pytest.raises(Malformed):
        BOT.read(text)


def test_only_the_secret_proves_that_zalo_calls() -> None:
    bot = channel("http://127.0.0.1:9", WEBHOOK=HOOK, SECRET=SECRET)
    bot.prove({"x-bot-api-secret-token": SECRET}, b"{}")
    for headers in ({}, {"x-bot-api-secret-token": ""}, {"x-bot-api-secret-token": SECRET + "x"}, {"x-bot-api-secret-token": "khóa"}):
        with pytest.raises(Refused):
            bot.prove(headers, b"{}")


def test_without_a_secret_nobody_is_believed() -> None:
    with pytest.raises(Refused):
        BOT.prove({"x-bot-api-secret-token": ""}, b"{}")


# -- what goes out ---------------------------------------------------------------------------------------------------------------


def test_a_message_arrives() -> None:
    with FakeZaloBot() as fake:
        assert send(fake, "a" * 2000) == Sent("out1")
        assert fake.delivered == [Delivered(WHO, "a" * 2000, "out1")]
        assert fake.asked[0].body == {"chat_id": WHO, "text": "a" * 2000}
        assert fake.asked[0].headers["content-type"] == "application/json"


def test_a_long_reply_with_choices_arrives_whole_and_numbered() -> None:
    def none(document: object) -> File:
        raise AssertionError("no file is made here")

    with FakeZaloBot() as fake:
        bot = channel(fake.url)
        reply = Reply(Kind.TASK, "Hộ nghèo được vay vốn. " * 200, choices=(Choice("Đúng", "đúng"), Choice("Sai", "sai")))

        async def work(bot: ZaloBot) -> list[Outcome]:
            return [await bot.send(WHO, part) for part in parts_of(reply, bot.limits, "4", Files(none, none))]

        assert all(isinstance(outcome, Sent) for outcome in using(bot, work))
        said = " ".join(one.text for one in fake.delivered)
        assert len(fake.delivered) == 3 and said.split() == f"{reply.text} 1. Đúng 2. Sai".split()


OUTCOMES: list[tuple[Fault, Outcome]] = [
    (Fault("429", 7), Later(Reason.RATE, 7, everyone=True, detail="429")),
    (Fault("429"), Later(Reason.RATE, None, everyone=True, detail="429")),
    (Fault("403"), Never(Reason.BLOCKED, "403")),
    (Fault("401"), NeedsPerson(DEAD_TOKEN)),
    (Fault("400"), Never(Reason.BAD_REQUEST, "400")),
    (Fault("404"), Never(Reason.BAD_REQUEST, "404")),
    (Fault("408"), Unknown(detail="408")),
    (Fault("quota"), NeedsPerson(NO_QUOTA, Reason.QUOTA)),
    (Fault("http", 503, done=True), Unknown(detail="503")),
]


@pytest.mark.parametrize("statuses", [True, False])
@pytest.mark.parametrize(("fault", "outcome"), OUTCOMES)
def test_every_error_has_its_outcome_with_or_without_its_http_status(fault: Fault, outcome: Outcome, statuses: bool) -> None:
    with FakeZaloBot(statuses=statuses) as fake:
        fake.faults.plan("/sendMessage", fault)
        assert send(fake) == outcome
        assert len(fake.delivered) == fault.done
        assert isinstance(send(fake), Sent), "the next one is not touched by it"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("nonsense", 200, done=True), Unknown(detail="nonsense 200")),
        (Fault("nonsense", 404), Unknown(detail="nonsense 404")),
        (Fault("nonsense", 502), Unknown(detail="nonsense 502")),
        (Fault("nonsense", 429), Later(Reason.RATE, None, everyone=True, detail="429")),
        (Fault("cut", done=True), Unknown(detail="RemoteProtocolError")),
    ],
)
def test_without_a_readable_answer_nobody_knows_whether_it_arrived(fault: Fault, outcome: Outcome) -> None:
    with FakeZaloBot() as fake:
        fake.faults.plan("/sendMessage", fault)
        assert send(fake) == outcome


def test_an_answer_that_comes_too_late_is_unknown() -> None:
    with FakeZaloBot() as fake:
        fake.faults.plan("/sendMessage", Fault("hang", 2, done=True))
        bot = channel(fake.url)
        bot.patience = 0.3
        assert using(bot, lambda bot: bot.send(WHO, Part("a"))) == Unknown(detail="ReadTimeout")
        assert len(fake.delivered) == 1


def test_without_a_connection_it_is_surely_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = using(channel(f"http://127.0.0.1:{free.getsockname()[1]}"), lambda bot: bot.send(WHO, Part("a")))
    assert outcome == Later(Reason.BROKEN, everyone=True, detail="ConnectError")


def test_a_chat_that_is_not_found_has_left() -> None:
    with FakeZaloBot() as fake:
        fake.gone.add(WHO)
        assert send(fake) == Never(Reason.LEFT, "404")
        assert isinstance(send(fake, to="another"), Sent)


def test_a_wrong_token_needs_a_person_and_is_said_in_plain_words() -> None:
    with FakeZaloBot(token="9:another") as fake:
        outcome = send(fake)
        assert isinstance(outcome, NeedsPerson) and "DONGHANH_ZALO_BOT_TOKEN" in outcome.detail and TOKEN not in outcome.detail


def test_what_the_platform_cannot_do_is_refused_without_asking_it() -> None:
    with FakeZaloBot() as fake:
        bot = channel(fake.url)
        file = Part("", file=File("a.pdf", b"%PDF", "application/pdf"))

        async def work(bot: ZaloBot) -> list[Outcome]:
            return [await bot.send(WHO, file), await bot.recall(WHO, "out1")]

        assert all(isinstance(outcome, Never) and outcome.reason is Reason.BAD_REQUEST for outcome in using(bot, work))
        assert fake.asked == []
        assert bot.reachable(WHO, 90 * 86400) is None


# -- pictures ----------------------------------------------------------------------------------------------------------------------


def fetch(fake: FakeZaloBot, photo: str) -> bytes:
    return using(channel(fake.url), lambda bot: bot.fetch(photo))


def test_a_picture_is_fetched_up_to_the_limit() -> None:
    with FakeZaloBot() as fake:
        fake.pictures = {"good": b"x" * MOST_BYTES, "large": b"x" * (MOST_BYTES + 1)}
        assert fetch(fake, f"{fake.url}/photo/good") == fake.pictures["good"]
        with pytest.raises(FetchFailed) as failed:
            fetch(fake, f"{fake.url}/photo/large")
        assert not failed.value.again


@pytest.mark.parametrize(
    ("fault", "again"), [(Fault("http", 503), True), (Fault("http", 429), True), (Fault("http", 403), False), (Fault("cut"), True)]
)
def test_a_picture_that_fails_tells_whether_to_try_again(fault: Fault, again: bool) -> None:
    with FakeZaloBot() as fake:
        fake.faults.plan("/photo/good", fault)
        with pytest.raises(FetchFailed) as failed:
            fetch(fake, f"{fake.url}/photo/good")
        assert failed.value.again is again


@pytest.mark.parametrize("photo", ["file:///etc/hostname", "ftp://photo.example/a.jpg", "data:,a", "", "http://", "http://a:b:c/"])
def test_only_web_addresses_are_fetched(photo: str) -> None:
    with FakeZaloBot() as fake, pytest.raises(FetchFailed) as failed:
        fetch(fake, photo)
    assert not failed.value.again


# -- news by asking ----------------------------------------------------------------------------------------------------------------


def test_updates_come_one_by_one_through_idle_answers_and_replays() -> None:
    for statuses in (True, False):
        with FakeZaloBot(replays=1, idle=0, statuses=statuses) as fake:
            fake.faults.plan("/getUpdates", Fault("408"), Fault("408"))
            for name in ("text_flat", "image"):
                fake.feed(wire(name))
            found = using(channel(fake.url), lambda bot: news(bot, 4))
            assert numbers(found) == ["2d750001", "2d750003"] * 2, "the inbox knows repeated ones by their id"
            assert [BOT.read(update) for update in found[:2]] == [[EVENTS["text_flat"]], [EVENTS["image"]]]
            assert {asked.body["timeout"] for asked in fake.asked} == {"30"}


def test_the_next_is_asked_for_only_after_the_one_before_was_taken() -> None:
    with FakeZaloBot() as fake:
        fake.write(WHO, "một")
        fake.write(WHO, "hai")
        assert len(using(channel(fake.url), lambda bot: news(bot, 1))) == 1
        assert len(fake.asked) == 1


def test_asking_survives_whatever_goes_wrong() -> None:
    with FakeZaloBot() as fake:
        faults = [Fault("http", 500), Fault("cut"), Fault("nonsense", 502), Fault("429", 1), Fault("403"), Fault("http", 200)]
        fake.faults.plan("/getUpdates", *faults)
        fake.write(WHO, "xin chào")
        (update,) = using(channel(fake.url), lambda bot: news(bot, 1))
        assert update["message"]["text"] == "xin chào"
        assert len(fake.asked) == len(faults) + 1


def test_a_dead_token_is_logged_once_and_plainly_and_no_log_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeZaloBot() as fake:
        fake.faults.plan("/getUpdates", *[Fault("401")] * 4)
        fake.write(WHO, "xin chào")
        using(channel(fake.url), lambda bot: news(bot, 1))
    told = [record.getMessage() for record in caplog.records]
    assert sum(DEAD_TOKEN in line for line in told) == 1
    assert not any(TOKEN in line or TOKEN.partition(":")[2] in line for line in told)


def test_asking_takes_a_webhook_away_that_would_keep_it_from_being_answered() -> None:
    async def work(bot: ZaloBot) -> list[Any]:
        await bot.started()
        return await news(bot, 1)

    with FakeZaloBot() as fake:
        fake.webhook = {"url": HOOK, "secret_token": SECRET}
        fake.write(WHO, "xin chào")
        bot = channel(fake.url)
        assert not bot.webhook
        assert len(using(bot, work)) == 1 and fake.webhook is None


# -- news by webhook ---------------------------------------------------------------------------------------------------------------


def test_the_webhook_is_set_with_its_secret() -> None:
    with FakeZaloBot() as fake:
        bot = channel(fake.url, WEBHOOK=HOOK, SECRET=SECRET)
        assert bot.webhook
        using(bot, lambda bot: bot.started())
        assert fake.webhook == {"url": HOOK, "secret_token": SECRET}
        answer = httpx.post(f"{fake.url}/bot{TOKEN}/getUpdates", json={"timeout": "30"}).json()
        assert answer["ok"] is False, "the fake is as strict as the platform"


@pytest.mark.parametrize("webhook", [True, False])
def test_a_start_with_a_dead_token_stops_and_says_what_to_do(webhook: bool) -> None:
    with FakeZaloBot(token="9:another") as fake:
        bot = channel(fake.url, **({"WEBHOOK": HOOK, "SECRET": SECRET} if webhook else {}))
        with pytest.raises(SettingsError, match="DONGHANH_ZALO_BOT_TOKEN"):
            using(bot, lambda bot: bot.started())


def test_a_webhook_that_zalo_refuses_stops_the_start() -> None:
    with FakeZaloBot() as fake:
        fake.faults.plan("/setWebhook", Fault("400"))
        with pytest.raises(SettingsError, match="DONGHANH_ZALO_BOT_WEBHOOK"):
            using(channel(fake.url, WEBHOOK=HOOK, SECRET=SECRET), lambda bot: bot.started())


def test_a_platform_that_is_down_does_not_stop_the_start(caplog: pytest.LogCaptureFixture) -> None:
    with FakeZaloBot() as fake:
        fake.faults.plan("/setWebhook", Fault("http", 503))
        using(channel(fake.url, WEBHOOK=HOOK, SECRET=SECRET), lambda bot: bot.started())
        assert "503" in caplog.text and SECRET not in caplog.text


# -- settings and check ------------------------------------------------------------------------------------------------------------


def test_webhook_mode_does_not_start_without_a_secret_and_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match=r"DONGHANH_ZALO_BOT_SECRET.*token_urlsafe"):
        channel("http://127.0.0.1:9", WEBHOOK=HOOK)


@pytest.mark.parametrize(
    "wrong",
    [
        {"TOKEN": "khong-co-hai-cham"},
        {"TOKEN": "12:a/../b"},
        {"WEBHOOK": "http://donghanh.example/webhook/zalo_bot"},
        {"SECRET": "ngan"},
        {"SECRET": "khóa có dấu và cách"},
        {"API": "bot-api.example"},
        {"API": "https://a:b:c"},
        {"RATE": "0"},
        {"RATE": "nhanh"},
    ],
)
def test_a_wrong_setting_names_itself_and_not_its_value(wrong: dict[str, str]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(SettingsError, match=f"DONGHANH_ZALO_BOT_{name}") as error:
        channel(**({"api": value} if name == "API" else {"api": "http://127.0.0.1:9", **wrong}))
    assert value not in str(error.value).replace("DONGHANH_ZALO_BOT_", "") or value == "0"


def test_a_token_is_all_it_takes() -> None:
    assert is_configured(SETTINGS, {"DONGHANH_ZALO_BOT_TOKEN": TOKEN})
    assert not is_configured(SETTINGS, {"DONGHANH_ZALO_BOT_SECRET": SECRET})
    bot = make(values(SETTINGS, {"DONGHANH_ZALO_BOT_TOKEN": TOKEN}), None)  # type: ignore[arg-type]
    assert bot.base == f"https://bot-api.zaloplatforms.com/bot{TOKEN}"
    assert (bot.name, bot.rates.overall, bot.limits.characters, bot.limits.buttons, bot.limits.files) == ("zalo_bot", 5, 2000, 0, ())
    assert TOKEN not in repr(bot)
    assert channel("http://127.0.0.1:9", RATE="0.5").rates.overall == 0.5


def check(fake: FakeZaloBot, **more: str) -> list[Finding]:
    return using(channel(fake.url, **more), lambda bot: bot.check())


def test_check_tells_who_the_bot_is_where_zalo_calls_and_what_the_plan_allows() -> None:
    with FakeZaloBot() as fake:
        who, where, plan = check(fake)
        assert who.well and "Bot Đồng Hành Thử" in who.text and "BASIC" in who.text
        assert where.well and "Không đặt webhook" in where.text
        assert "50 người" in plan.text and "3.000" in plan.text
        fake.webhook = {"url": HOOK, "secret_token": SECRET}
        assert check(fake, WEBHOOK=HOOK, SECRET=SECRET)[1] == Finding(True, f"Zalo gọi đến {HOOK}.")


def test_check_finds_a_webhook_that_is_not_the_one_set() -> None:
    with FakeZaloBot() as fake:
        assert not check(fake, WEBHOOK=HOOK, SECRET=SECRET)[1].well
        fake.webhook = {"url": "https://elsewhere.example/", "secret_token": SECRET}
        found = check(fake)[1]
        assert not found.well and "https://elsewhere.example/" in found.text


def test_check_tells_a_dead_token_and_a_platform_that_cannot_be_reached() -> None:
    with FakeZaloBot(token="9:another") as fake:
        who, where, _plan = check(fake)
        assert not who.well and DEAD_TOKEN in who.text and not where.well
    who, where, _plan = check(fake)
    assert not who.well and "ConnectError" in who.text and not where.well
