"""Telegram over real HTTP against a fake Bot API; aiogram, a second implementation of the wire, agrees with all that comes and goes."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import aiogram
import httpx
import pytest
from aiogram import methods as aiogram_methods
from aiogram import types as aiogram_types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramConflictError, TelegramForbiddenError, TelegramRetryAfter
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as some
from telegram.error import TimedOut

from bot.channels.configuration import is_configured, values
from bot.channels.protocol import (
    Aside,
    Back,
    Event,
    FetchFailed,
    File,
    Finding,
    Gone,
    Heard,
    Ignored,
    Later,
    Malformed,
    NeedsPerson,
    Never,
    Outcome,
    Part,
    Reacted,
    Reason,
    Refused,
    Sent,
    Unknown,
)
from bot.channels.telegram import CAPTION, HEADER, LABEL, SETTINGS, Telegram, make
from bot.channels.telegram_answers import DEAD_TOKEN, outcome
from bot.channels.telegram_polling import TAKEN
from bot.channels.telegram_updates import ASKED_FOR, Us, events
from bot.channels.tokens import TokenStore
from bot.settings import SettingsError
from intents.messages import Choice, Incoming
from intents.wording import say
from storage.photos import MOST_BYTES
from tests.fakes.server import Fault
from tests.fakes.telegram import BOT, TOKEN, FakeTelegram, Upload

US = Us(int(str(BOT["id"])), str(BOT["username"]))
PERSON, GROUP = "6000001234", "-1001234567890"
SECRET = "mot-ma-bi-mat-de-thu_0123456789"
ADDRESS = "https://xa.example/webhook/telegram"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WIRE = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "wire" / "telegram").glob("*.json")}
ENVIRONMENT = {"DONGHANH_TELEGRAM_TOKEN": TOKEN}
T = TypeVar("T")


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram() as running:
        yield running


def made(api: str, **more: Any) -> Telegram:
    return Telegram(more.pop("token", TOKEN), api, now=lambda: NOW, **more)


def run(channel: Telegram, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, the channel closed afterwards."""

    async def whole() -> T:
        try:
            return await work()
        finally:
            await channel.stopped()

    return asyncio.run(whole())


def sent(fake: FakeTelegram, part: Part, key: str = PERSON, **more: Any) -> Outcome:
    channel = made(fake.url, **more)
    return run(channel, lambda: channel.send(key, part))


def body_of(fake: FakeTelegram, method: str) -> dict[str, Any]:
    """The fields of the last request for the method."""
    return dict(next(one.body for one in reversed(fake.asked) if one.path.endswith(f"/{method}")))


# -- what comes in -------------------------------------------------------------------------------------------------------------------


def heard(message: str, text: str = "", photos: tuple[str, ...] = (), **more: Any) -> Heard:
    return Heard(Incoming("telegram", PERSON, message, text, **more), photos)


def hint(message: str, name: str) -> Aside:
    return Aside(PERSON, message, say("channel", name))


def led(message: str) -> Aside:
    return Aside(GROUP, message, say("channel", "group", bot=US.username))


MEANS: dict[str, Event] = {
    "text": heard("41", "Hạn báo cáo khi nào?"),
    "start": heard("42", "/start"),
    "answer_to_ours": heard("43", "1", quotes="37"),
    "answer_to_own": heard("44", "ý tôi là thôn 2"),
    "photo": heard("45", "Trao bò cho hộ ở thôn 3", ("AgACAgUAAxlarge",)),
    "photo_without_words": heard("46", "", ("AgACAgUAAxonly",)),
    "photo_as_file": heard("47", "", ("BQACAgUAAxfile",)),
    "own_contact": heard("48", "84900000001", quotes="37"),
    "foreign_contact": hint("49", "foreign_contact"),
    "contact_without_account": hint("50", "foreign_contact"),
    "location": heard("51", location=(18.44, 105.77)),
    "forwarded_location": hint("52", "foreign_location"),
    "live_location_moves": Ignored("live_location"),
    "edited": heard("41e1795000045", "Hạn báo cáo năm 2026 khi nào?", edited=True),
    "pressed": heard("c4382bfdwdsb323b2d9", pressed="812.2"),
    "pressed_too_late": heard("c4382bfdwdsb323b2da", pressed="12.1"),
    "pressed_in_group": Ignored("button"),
    "reaction": Reacted(PERSON, "r881018", "37", "👍"),
    "reaction_taken_back": Reacted(PERSON, "r881019", "37", ""),
    "reaction_of_ones_own": Reacted(PERSON, "r881020", "37", "custom_emoji"),
    "blocked": Gone(PERSON, "blocked"),
    "unblocked": Back(PERSON),
    "put_into_group": Ignored("group"),
    "group_mention": led("55"),
    "group_named": led("56"),
    "group_photo_mention": led("57"),
    "group_answer_to_ours": led("58"),
    "group_command": led("59"),
    "group_command_for_us": led("60"),
    "group_command_for_another": Ignored("group"),
    "group_mention_of_another": Ignored("group"),
    "group_chatter": Ignored("group"),
    "group_bot": Ignored("group"),
    "group_edited": Ignored("group"),
    "group_reaction": Ignored("group"),
    "channel_post": Ignored("channel"),
    "poll": Ignored("unknown"),
    "voice": hint("66", "cannot_read"),
    "sticker": hint("67", "cannot_read"),
    "video": hint("68", "cannot_read"),
    "document": hint("69", "cannot_read"),
    "service": Ignored("service"),
}


@pytest.mark.parametrize("name", sorted(WIRE))
def test_an_update_means_what_is_written_beside_its_name(name: str) -> None:
    assert events(WIRE[name], US) == [MEANS[name]]


@pytest.mark.parametrize("name", sorted(WIRE))
def test_aiogram_accepts_the_update_and_reads_the_same_words_and_numbers(name: str) -> None:
    update = aiogram_types.Update.model_validate(WIRE[name])
    assert not update.model_extra
    assert update.update_id == WIRE[name]["update_id"]
    match MEANS[name]:
        case Heard(incoming) if incoming.pressed:
            pressed = update.callback_query
            assert pressed and (str(pressed.from_user.id), f"c{pressed.id}", pressed.data) == (
                incoming.key,
                incoming.message,
                incoming.pressed,
            )
        case Heard(incoming, photos):
            message = update.edited_message or update.message
            assert message and str(message.chat.id) == incoming.key and incoming.message.partition("e")[0] == str(message.message_id)
            words = message.text or message.caption or (message.contact.phone_number if message.contact else "")
            assert incoming.text == ("/start" if words.startswith("/start") else words)
            sizes = {size.file_id: size.width for size in message.photo or ()} or (
                {message.document.file_id: 1} if message.document else {}
            )
            assert list(photos) == ([max(sizes, key=lambda one: sizes[one])] if sizes else [])
        case Reacted(key, _, to, _):
            reaction = update.message_reaction
            assert reaction and reaction.user and (str(reaction.user.id), str(reaction.message_id)) == (key, to)
        case Gone(key) | Back(key):
            assert update.my_chat_member and str(update.my_chat_member.chat.id) == key
        case Aside(key, number, _):
            assert update.message and (str(update.message.chat.id), str(update.message.message_id)) == (key, number)


def test_an_update_that_comes_again_or_out_of_order_is_the_same_message() -> None:
    def identity(event: Event) -> tuple[str, str] | None:
        match event:
            case Heard(incoming):
                return incoming.key, incoming.message
            case Reacted(key, message) | Aside(key, message):
                return key, message
        return None

    names = sorted(WIRE) * 3
    random.Random(5).shuffle(names)
    told = [(name, identity(events(copy.deepcopy(WIRE[name]), US)[0])) for name in names]
    by_name = {name: number for name, number in told if number}
    assert all(by_name[name] == number for name, number in told if number)
    assert len(set(by_name.values())) == len(by_name), "two updates would be taken for one message"


def test_a_group_is_led_to_the_bot_before_the_bot_knows_its_name() -> None:
    [event] = events(WIRE["group_answer_to_ours"], Us(US.id))
    assert event == Aside(GROUP, "58", say("channel", "group_without_link"))
    assert events(WIRE["group_mention"], Us(US.id)) == [Ignored("group")]


ANY = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read_or_refused(body: Any) -> None:
    try:
        found = events(body, US)
    except Malformed:
        return
    for event in found:
        if isinstance(event, Heard):
            one = event.incoming
            texts = (one.key, one.message, one.text, one.quotes, one.pressed, *event.photos)
            assert all(isinstance(text, str) for text in texts)
            assert one.key.lstrip("-").isdigit()


@given(ANY)
@checked(max_examples=150, deadline=None)
def test_whatever_json_comes_it_is_read_or_called_malformed(body: Any) -> None:
    read_or_refused(body)


@given(some.sampled_from(sorted(WIRE)), some.data())
@checked(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_update_with_anything_in_place_of_anything_is_read_or_called_malformed(name: str, data: some.DataObject) -> None:
    body = copy.deepcopy(WIRE[name])
    inside: Any = body
    while True:
        place = data.draw(some.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
        if not isinstance(inside[place], (dict, list)) or not inside[place] or data.draw(some.booleans()):
            break
        inside = inside[place]
    inside[place] = data.draw(ANY)
    read_or_refused(body)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "update",
        {},
        {"update_id": "7"},
        {"update_id": 7, "message": "xin chào"},
        {"update_id": 7, "message": {"message_id": 1}},
        {"update_id": 7, "message": {**WIRE["text"]["message"], "text": ["xin chào"]}},
        {"update_id": 7, "message": {**WIRE["text"]["message"], "chat": {"id": "1", "type": "private"}}},
        {"update_id": 7, "message": {**WIRE["location"]["message"], "location": {"latitude": 95, "longitude": 5}}},
        {"update_id": 7, "edited_message": WIRE["text"]["message"]},
    ],
)
def test_what_is_no_update_is_malformed_and_not_quoted(body: Any) -> None:
    with pytest.raises(Malformed) as told:
        events(body, US)
    assert "xin chào" not in str(told.value)


# -- proof ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET.upper()}, {HEADER: "mã bí mật"}, {HEADER: "\udcff"}]
)
def test_a_request_without_the_secret_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Refused):
        made("http://127.0.0.1:9", webhook=ADDRESS, secret=SECRET).prove(headers, b"{}")


def test_the_secret_proves_a_request_but_nothing_does_where_there_is_none() -> None:
    made("http://127.0.0.1:9", webhook=ADDRESS, secret=SECRET).prove({HEADER: SECRET}, b"{}")
    with pytest.raises(Refused):
        made("http://127.0.0.1:9").prove({HEADER: ""}, b"{}")


# -- settings ------------------------------------------------------------------------------------------------------------------------


class Clock:
    def now(self) -> datetime:
        return NOW


def configured(**more: str) -> Telegram:
    return make(values(SETTINGS, ENVIRONMENT | more), cast(TokenStore, Clock()))


def test_a_token_alone_makes_a_channel_that_asks_for_updates() -> None:
    channel = configured()
    assert not is_configured(SETTINGS, {"DONGHANH_TELEGRAM_RATE": "5"}) and is_configured(SETTINGS, ENVIRONMENT)
    assert (channel.name, channel.webhook, channel.rates.overall) == ("telegram", False, 30)
    assert channel._bot.base_url == f"https://api.telegram.org/bot{TOKEN}"
    assert channel._bot.base_file_url == f"https://api.telegram.org/file/bot{TOKEN}"
    assert channel.reachable(PERSON, 1e9) is None


def test_a_webhook_needs_a_secret_and_the_message_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match=r"DONGHANH_TELEGRAM_SECRET.*token_urlsafe"):
        configured(DONGHANH_TELEGRAM_WEBHOOK=ADDRESS)
    assert configured(DONGHANH_TELEGRAM_WEBHOOK=ADDRESS, DONGHANH_TELEGRAM_SECRET=SECRET, DONGHANH_TELEGRAM_RATE="12").webhook


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DONGHANH_TELEGRAM_TOKEN", "not-a-token"),
        ("DONGHANH_TELEGRAM_WEBHOOK", "http://xa.example/webhook/telegram"),
        ("DONGHANH_TELEGRAM_SECRET", "ngắn"),
        ("DONGHANH_TELEGRAM_SECRET", "short"),
        ("DONGHANH_TELEGRAM_API", "api.telegram.org"),
        ("DONGHANH_TELEGRAM_RATE", "nhanh"),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as told:
        configured(**{name: value})
    assert value not in str(told.value).replace(name, "")


# -- what goes out -------------------------------------------------------------------------------------------------------------------

CHOICES = (Choice("Có", "có"), Choice("Không, để tôi xem lại toàn bộ danh sách các hộ của thôn rồi mới gửi lên xã", "không"))


def test_a_text_arrives_with_its_choices_as_buttons_and_without_previews(fake: FakeTelegram) -> None:
    assert sent(fake, Part("Gửi nhé? https://xa.example", CHOICES, tag="812")) == Sent("501")
    assert fake.delivered[0][:3] == (int(PERSON), "Gửi nhé? https://xa.example", 501)
    fields = body_of(fake, "sendMessage")
    [[yes], [no]] = json.loads(fields["reply_markup"])["inline_keyboard"]
    assert yes == {"text": "Có", "callback_data": "812.1"}
    assert no["callback_data"] == "812.2" and no["text"].startswith("Không, để tôi") and len(no["text"]) == LABEL
    assert json.loads(fields["link_preview_options"]) == {"is_disabled": True}


def test_where_the_number_is_asked_for_there_is_a_button_that_gives_it(fake: FakeTelegram) -> None:
    assert sent(fake, Part("Số điện thoại của bà con?", CHOICES, contact=True)) == Sent("501")
    markup = json.loads(body_of(fake, "sendMessage")["reply_markup"])
    assert markup["keyboard"] == [[{"text": say("channel", "share_contact"), "request_contact": True}]] and markup["one_time_keyboard"]


@pytest.mark.parametrize("text", ["", "Biểu mẫu của xã", "dài " * 500])
def test_a_file_arrives_whole_with_a_caption_that_is_not_too_long(fake: FakeTelegram, text: str) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--x\r\n\n"
    assert sent(fake, Part(text, file=File("báo-cáo.pdf", content, "application/pdf"))) == Sent("501")
    assert fake.documents == [(int(PERSON), Upload("báo-cáo.pdf", content, "application/pdf"))]
    assert len(fake.delivered[0].text) == min(len(text), CAPTION)


def test_a_message_within_the_limit_arrives_and_a_longer_one_is_our_mistake(fake: FakeTelegram) -> None:
    assert sent(fake, Part("ạ" * 4096)) == Sent("501")
    assert sent(fake, Part("ạ" * 4097)) == Never(Reason.BAD_REQUEST, "BadRequest: Message is too long")
    assert len(fake.delivered) == 1


OUTCOMES = [
    (Fault("429", 17), Later(Reason.RATE, 17)),
    (Fault("slow_down"), Later(Reason.RATE)),
    (Fault("403"), Never(Reason.BLOCKED)),
    (Fault("deactivated"), Never(Reason.LEFT)),
    (Fault("gone"), Never(Reason.LEFT)),
    (Fault("peer"), Never(Reason.LEFT)),
    (Fault("migrated"), Never(Reason.LEFT)),
    (Fault("400"), Never(Reason.BAD_REQUEST)),
    (Fault("413"), Never(Reason.BAD_REQUEST)),
    (Fault("401"), NeedsPerson(DEAD_TOKEN)),
    (Fault("409"), Later(Reason.BROKEN)),
    (Fault("5xx", 500), Unknown()),
    (Fault("5xx", 502), Unknown()),
    (Fault("nonsense"), Unknown()),
    (Fault("nonsense", 502), Unknown()),
    (Fault("nonsense", done=True), Unknown()),
    (Fault("cut"), Unknown()),
    (Fault("cut", done=True), Unknown()),
    (Fault("hang", 1), Unknown()),
    (Fault("hang", 1, done=True), Unknown()),
    (Fault("5xx", 504, done=True), Unknown()),
]


def told(result: Outcome) -> tuple[object, ...]:
    """An outcome without the detail for the log."""
    match result:
        case Later(reason, seconds, everyone):
            return Later, reason, seconds, everyone
        case Never(reason) | Unknown(reason):
            return type(result), reason
    return (result,)


@pytest.mark.parametrize(("fault", "expected"), OUTCOMES, ids=str)
@pytest.mark.parametrize("part", [Part("Xin chào"), Part("", file=File("a.txt", b"a", "text/plain"))], ids=["text", "file"])
def test_a_failed_send_has_the_outcome_of_its_fault(fake: FakeTelegram, fault: Fault, expected: Outcome, part: Part) -> None:
    fake.faults.plan("/sendMessage", fault)
    fake.faults.plan("/sendDocument", fault)
    assert told(sent(fake, part, timeout=0.3)) == told(expected)
    assert len(fake.delivered) == fault.done


def test_what_never_left_the_machine_is_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    channel = made(f"http://127.0.0.1:{port}")
    assert told(run(channel, lambda: channel.send(PERSON, Part("Xin chào")))) == told(Later(Reason.BROKEN, everyone=True))
    for cause, expected in (
        (httpx.ConnectTimeout, Later),
        (httpx.PoolTimeout, Later),
        (httpx.ReadTimeout, Unknown),
        (httpx.WriteTimeout, Unknown),
    ):
        error = TimedOut()
        error.__cause__ = cause("")
        assert isinstance(outcome(error), expected)


def test_unknown_and_blocking_people_and_foreign_keys_are_never_written_to(fake: FakeTelegram) -> None:
    fake.known, fake.blocked = {1, 2}, {2}
    assert told(sent(fake, Part("a"), "1")) == (Sent("501"),)
    assert told(sent(fake, Part("a"), "2")) == told(Never(Reason.BLOCKED))
    assert told(sent(fake, Part("a"), "3")) == told(Never(Reason.LEFT))
    asked = len(fake.asked)
    assert told(sent(fake, Part("a"), "@kenh_thu")) == told(Never(Reason.BAD_REQUEST))
    assert len(fake.asked) == asked


def test_a_message_is_taken_back_unless_it_is_too_old(fake: FakeTelegram) -> None:
    channel = made(fake.url)

    async def work() -> list[Outcome]:
        for text in "abc":
            await channel.send(PERSON, Part(text))
        fake.undeletable = {502}
        fake.faults.plan("/deleteMessage", Fault("cut", done=True))
        return [await channel.recall(PERSON, number) for number in ("501", "501", "502", "503", "nothing")]

    results = [told(result) for result in run(channel, work)]
    refused = told(Never(Reason.BAD_REQUEST))
    assert results == [told(Unknown()), (Sent("501"),), refused, (Sent("503"),), refused]
    assert fake.deleted == [(int(PERSON), 501), (int(PERSON), 503)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(Fault("429", 3), Later(Reason.RATE, 3)), (Fault("401"), NeedsPerson(DEAD_TOKEN)), (Fault("403"), Never(Reason.BLOCKED))],
)
def test_taking_back_fails_as_sending_does(fake: FakeTelegram, fault: Fault, expected: Outcome) -> None:
    fake.faults.plan("/deleteMessage", fault)
    channel = made(fake.url)
    assert told(run(channel, lambda: channel.recall(PERSON, "501"))) == told(expected)


def test_a_pressed_button_stops_waiting_and_nothing_comes_of_it_if_it_does_not(fake: FakeTelegram) -> None:
    channel = made(fake.url)

    async def work() -> None:
        fake.faults.plan("/answerCallbackQuery", Fault("400"), Fault("cut"))
        for body in (WIRE["pressed"], WIRE["pressed"], WIRE["pressed"], WIRE["text"], None, {"callback_query": 5}):
            await channel.acknowledge(body)

    run(channel, work)
    assert fake.acknowledged == ["4382bfdwdsb323b2d9"]
    assert len(fake.asked) == 3


# -- pictures ------------------------------------------------------------------------------------------------------------------------


def fetched(fake: FakeTelegram, photo: str) -> bytes:
    channel = made(fake.url, timeout=2)
    return run(channel, lambda: channel.fetch(photo))


def test_a_picture_is_brought_up_to_ten_megabytes(fake: FakeTelegram) -> None:
    fake.files = {"small": b"\xff\xd8picture", "limit": bytes(MOST_BYTES), "big": bytes(MOST_BYTES + 1), "huge": bytes(20_000_001)}
    assert fetched(fake, "small") == b"\xff\xd8picture"
    assert len(fetched(fake, "limit")) == MOST_BYTES
    for told_size in (True, False):
        fake.tells_sizes = told_size
        for name in ("big", "huge", "missing"):
            with pytest.raises(FetchFailed) as failed:
                fetched(fake, name)
            assert not failed.value.again
    assert not any(one.path.endswith(("photos/huge", "photos/missing")) for one in fake.asked)


@pytest.mark.parametrize(
    ("fault", "again"), [(Fault("5xx", 502), True), (Fault("429", 2), True), (Fault("cut"), True), (Fault("401"), False)], ids=str
)
@pytest.mark.parametrize("ending", ["/getFile", "/photos/one"])
def test_a_picture_that_did_not_come_is_worth_another_try_or_not(fake: FakeTelegram, ending: str, fault: Fault, again: bool) -> None:
    fake.files = {"one": b"picture"}
    fake.faults.plan(ending, fault)
    with pytest.raises(FetchFailed) as failed:
        fetched(fake, "one")
    assert failed.value.again is again and TOKEN not in str(failed.value)


# -- polling -------------------------------------------------------------------------------------------------------------------------


async def take(updates: AsyncIterator[Any], count: int) -> list[int]:
    async with asyncio.timeout(30):  # an update that never comes is a failure, not a wait without end
        return [(await anext(updates))["update_id"] for _ in range(count)]


def test_an_update_is_confirmed_only_after_it_was_taken(fake: FakeTelegram) -> None:
    numbers = [fake.feed(WIRE[name]) for name in ("answer_to_ours", "pressed", "reaction")]
    channel = made(fake.url)

    async def work() -> None:
        updates = channel.poll()
        assert await take(updates, 3) == numbers
        assert fake.waiting == numbers
        following = asyncio.ensure_future(take(updates, 1))
        while fake.waiting:
            await asyncio.sleep(0.01)
        late = fake.feed_text(int(PERSON), "Xin chào")
        assert await following == [late]

    run(channel, work)
    assert set(json.loads(body_of(fake, "getUpdates")["allowed_updates"])) == set(ASKED_FOR)


def test_whoever_starts_anew_gets_again_what_was_not_confirmed(fake: FakeTelegram) -> None:
    numbers = [fake.feed(WIRE[name]) for name in ("answer_to_ours", "pressed", "reaction")]
    for expected in (numbers[:2], numbers):
        channel = made(fake.url)

        async def work(channel: Telegram = channel, count: int = len(expected)) -> list[int]:
            return await take(channel.poll(), count)

        assert run(channel, work) == expected


def test_an_update_that_was_being_taken_when_asking_broke_off_comes_again(fake: FakeTelegram) -> None:
    numbers = [fake.feed(WIRE[name]) for name in ("answer_to_ours", "pressed", "reaction")]
    channel = made(fake.url)

    async def work() -> None:
        broken_off = channel.poll()
        assert await take(broken_off, 2) == numbers[:2]
        assert await take(channel.poll(), 2) == numbers[1:]

    run(channel, work)


def test_a_channel_can_be_started_again_and_stopped_without_a_start(fake: FakeTelegram) -> None:
    channel = made(fake.url)

    async def work() -> Outcome:
        await channel.stopped()
        await channel.started()
        await channel.stopped()
        await channel.started()
        return await channel.send(PERSON, Part("Xin chào"))

    assert run(channel, work) == Sent("501")


def test_an_update_comes_as_it_was_sent_even_if_it_cannot_be_read(fake: FakeTelegram) -> None:
    strange = {"update_id": 881500, "message": {"message_id": "x", "text": 5}}
    fake.feed(strange)
    fake.feed({**WIRE["text"], "update_id": 881501})
    channel = made(fake.url)

    async def work() -> list[Any]:
        updates = channel.poll()
        return [await anext(updates), await anext(updates)]

    first, second = run(channel, work)
    assert first == strange
    assert channel.read(second) == [MEANS["text"]]
    with pytest.raises(Malformed):
        channel.read(first)


def test_polling_outlives_every_failure_with_growing_pauses(fake: FakeTelegram, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    fake.faults.plan(
        "/getUpdates", Fault("5xx", 502), Fault("cut"), Fault("nonsense"), Fault("nonsense", 502), Fault("401"), Fault("409"), Fault("409")
    )
    fake.faults.plan("/getUpdates", Fault("429", 7))
    channel = made(fake.url, pause=pause)

    async def work() -> None:
        updates = channel.poll()
        fake.feed_text(int(PERSON), "Số nhà của tôi")
        await take(updates, 1)
        fake.faults.plan("/getUpdates", Fault("5xx", 500))
        fake.feed_text(int(PERSON), "Xin chào")
        await take(updates, 1)

    run(channel, work)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 7, 1]
    assert caplog.text.count(TAKEN) == 2 and DEAD_TOKEN in caplog.text
    assert TOKEN not in caplog.text and "Số nhà" not in caplog.text


# -- start and check -----------------------------------------------------------------------------------------------------------------


def started(channel: Telegram) -> None:
    run(channel, channel.started)


def test_starting_to_poll_removes_a_webhook_and_learns_the_name(fake: FakeTelegram) -> None:
    fake.webhook = {"url": "https://cu.example/bot"}
    channel = made(fake.url)
    started(channel)
    assert fake.webhook["url"] == ""
    assert channel.read(WIRE["group_mention"]) == [MEANS["group_mention"]]


def test_starting_with_a_webhook_sets_it_with_its_secret(fake: FakeTelegram) -> None:
    started(made(fake.url, webhook=ADDRESS, secret=SECRET))
    assert fake.webhook == {"url": ADDRESS, "secret_token": SECRET}
    assert set(json.loads(body_of(fake, "setWebhook")["allowed_updates"])) == set(ASKED_FOR)


def test_starting_waits_for_a_network_that_comes_late(fake: FakeTelegram) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    fake.faults.plan("/getMe", Fault("cut"), Fault("nonsense"))
    fake.faults.plan("/deleteWebhook", Fault("429", 9))
    started(made(fake.url, pause=pause))
    assert pauses == [1, 2, 9]


@pytest.mark.parametrize(
    ("ending", "faults", "words"),
    [
        ("/getMe", [Fault("401")], "@BotFather"),
        ("/setWebhook", [Fault("400")], "DONGHANH_TELEGRAM_WEBHOOK"),
        ("/getMe", [Fault("5xx", 502)] * 4, "DONGHANH_TELEGRAM_API"),
    ],
)
def test_a_start_that_cannot_succeed_says_what_to_do(fake: FakeTelegram, ending: str, faults: list[Fault], words: str) -> None:
    async def pause(seconds: float) -> None: ...

    fake.faults.plan(ending, *faults)
    with pytest.raises(SettingsError, match=words) as failed:
        started(made(fake.url, webhook=ADDRESS, secret=SECRET, pause=pause))
    assert TOKEN not in str(failed.value) and failed.value.__suppress_context__


def found(channel: Telegram) -> Sequence[Finding]:
    return run(channel, channel.check)


def test_a_check_of_a_good_bot_finds_all_well(fake: FakeTelegram) -> None:
    polling = found(made(fake.url))
    assert [one.well for one in polling] == [True, True] and f"@{US.username}" in polling[0].text
    fake.webhook = {"url": ADDRESS}
    pushed = found(made(fake.url, webhook=ADDRESS, secret=SECRET))
    assert [one.well for one in pushed] == [True, True] and ADDRESS in pushed[1].text


def test_a_check_with_a_dead_token_or_without_network_says_what_to_do(fake: FakeTelegram) -> None:
    [dead] = found(made(fake.url, token="110201543:AAFakeTokenThatWasReplacedLongAgo"))
    assert dead == Finding(False, DEAD_TOKEN)
    fake.faults.plan("/getMe", Fault("nonsense", 502))
    [broken] = found(made(fake.url))
    assert not broken.well and "DONGHANH_TELEGRAM_API" in broken.text and TOKEN not in broken.text


def test_a_check_shows_a_webhook_that_is_not_ours(fake: FakeTelegram) -> None:
    assert "(chưa đặt)" in found(made(fake.url, webhook=ADDRESS, secret=SECRET))[1].text
    fake.webhook = {"url": "https://cu.example/bot"}
    for channel in (made(fake.url), made(fake.url, webhook=ADDRESS, secret=SECRET)):
        wrong = found(channel)[1]
        assert not wrong.well and "https://cu.example/bot" in wrong.text


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Wrong response from the webhook: 403 Forbidden", "DONGHANH_TELEGRAM_SECRET"),
        ("Wrong response from the webhook: 404 Not Found", "/webhook/telegram"),
        ("Wrong response from the webhook: 502 Bad Gateway", "nhật ký"),
        ("Connection timed out", "quá chậm"),
        ("Read timeout expired", "quá chậm"),
        ("Connection refused", "tường lửa"),
        ("SSL error {error:0A000086:SSL routines::certificate verify failed}", "chứng chỉ"),
        ("Failed to resolve host: Name or service not known", "tên miền"),
        ("Something new", "“Something new”"),
    ],
)
def test_a_check_tells_the_last_error_of_the_webhook_plainly(fake: FakeTelegram, message: str, words: str) -> None:
    fake.webhook, fake.webhook_error = {"url": ADDRESS}, (int(NOW.timestamp()) - 7200, message)
    past = found(made(fake.url, webhook=ADDRESS, secret=SECRET))[-1]
    assert past.well and words in past.text and "07:00 21/11/2026" in past.text
    fake.feed(WIRE["text"])
    _, _, waiting, error = found(made(fake.url, webhook=ADDRESS, secret=SECRET))
    assert waiting.well and "1 tin" in waiting.text
    assert not error.well and words in error.text


# -- the second implementation -------------------------------------------------------------------------------------------------------

STRUCTURED = ("reply_markup", "link_preview_options", "allowed_updates")


def test_aiogram_accepts_every_request_that_we_make(fake: FakeTelegram) -> None:
    fake.files = {"one": b"picture"}
    channels = [made(fake.url), made(fake.url, webhook=ADDRESS, secret=SECRET)]

    async def work() -> None:
        for channel in channels:
            await channel.started()
        await channels[0].started()
        await channels[0].check()
        for part in (
            Part("a", CHOICES, tag="9"),
            Part("b", contact=True),
            Part("c"),
            Part("d", CHOICES, "9", File("d.txt", b"d", "text/plain")),
        ):
            assert isinstance(await channels[0].send(PERSON, part), Sent)
        await channels[0].recall(PERSON, "501")
        await channels[0].fetch("one")
        await channels[0].acknowledge(WIRE["pressed"])
        await channels[1].stopped()
        fake.webhook = {"url": ""}
        fake.feed_text(int(PERSON), "Xin chào")
        fake.feed_text(int(PERSON), "Xin chào")
        updates = channels[0].poll()
        await take(updates, 2)
        fake.feed_text(int(PERSON), "Xin chào")
        await take(updates, 1)

    run(channels[0], work)
    methods = set()
    for one in fake.asked:
        if not one.path.startswith("/file/"):
            name = one.path.rpartition("/")[2]
            built = getattr(aiogram_methods, name[0].upper() + name[1:])(
                **{field: decoded(field, value) for field, value in one.body.items()}
            )
            assert not built.model_extra, f"{name} has no {built.model_extra}"
            methods.add(name)
    assert methods == {
        "getMe",
        "deleteWebhook",
        "setWebhook",
        "getWebhookInfo",
        "sendMessage",
        "sendDocument",
        "deleteMessage",
        "getFile",
        "answerCallbackQuery",
        "getUpdates",
    }


def decoded(field: str, value: Any) -> Any:
    if isinstance(value, Upload):
        return aiogram_types.BufferedInputFile(value.content, value.name)
    return json.loads(value) if field in STRUCTURED else value


def test_aiograms_own_bot_gets_on_with_the_fake(fake: FakeTelegram) -> None:
    fake.files = {"one": b"picture"}
    fake.feed(WIRE["text"])
    fake.feed(WIRE["own_contact"])

    async def work() -> None:
        async with aiogram.Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(fake.url))) as bot:
            assert (await bot.get_me()).username == US.username
            button = aiogram_types.InlineKeyboardButton(text="Có", callback_data="1.1")
            message = await bot.send_message(5, "Xin chào", reply_markup=aiogram_types.InlineKeyboardMarkup(inline_keyboard=[[button]]))
            assert (message.message_id, message.text, message.chat.id) == (501, "Xin chào", 5)
            file = await bot.send_document(5, aiogram_types.BufferedInputFile(b"\x00\r\n\xff", "mẫu.pdf"), caption="Mẫu")
            assert file.caption == "Mẫu" and fake.documents[0][1].content == b"\x00\r\n\xff"
            assert await bot.delete_message(5, 501) and fake.deleted == [(5, 501)]
            first = await bot.get_updates(limit=1)
            assert [one.update_id for one in first] == [WIRE["text"]["update_id"]]
            [second] = await bot.get_updates(offset=first[0].update_id + 1)
            assert second.message and second.message.contact
            assert await bot.get_updates(offset=second.update_id + 1, timeout=1) == []
            path = (await bot.get_file("one")).file_path
            assert path
            content = await bot.download_file(path)
            assert content and content.read() == b"picture"
            assert await bot.answer_callback_query("c1")
            assert await bot.set_webhook(ADDRESS, secret_token=SECRET)
            assert (await bot.get_webhook_info()).url == ADDRESS
            with pytest.raises(TelegramConflictError):
                await bot.get_updates()
            assert await bot.delete_webhook()
            fake.faults.plan("/sendMessage", Fault("429", 11), Fault("403"))
            with pytest.raises(TelegramRetryAfter) as later:
                await bot.send_message(5, "a")
            assert later.value.retry_after == 11
            with pytest.raises(TelegramForbiddenError):
                await bot.send_message(5, "a")

    asyncio.run(work())


def test_the_fake_counts_the_busiest_second() -> None:
    times = iter([0.0, 0.1, 0.2, 0.2, 0.9, 1.0, 1.15, 1.15, 3.0, 3.0])
    with FakeTelegram(clock=lambda: next(times)) as fake:
        channel = made(fake.url)

        async def work() -> None:
            for key in "12112":
                await channel.send(key, Part("a"))

        run(channel, work)
        assert [one.at for one in fake.delivered] == [0.1, 0.2, 1.0, 1.15, 3.0]
        assert (fake.busiest(1), fake.busiest_chat(1), fake.busiest(10), fake.busiest(0.05)) == (3, 2, 5, 1)
        assert fake.twice() == [(1, "a"), (2, "a")]
