"""The Zalo Official Account: its webhook proven and read, its messages as Zalo documents them, each of its errors understood."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import zalo_errors, zalo_events
from bot.channels.configuration import is_configured, values
from bot.channels.protocol import (
    Aside,
    Back,
    Channel,
    Event,
    FetchFailed,
    File,
    Gone,
    Heard,
    HumanReplied,
    Ignored,
    Later,
    Malformed,
    NeedsPerson,
    Never,
    Part,
    Reacted,
    Reason,
    Refused,
    Sent,
    Unknown,
)
from bot.channels.zalo_oa import SETTINGS, TEMPLATE_TEXT, TITLE, ZaloOA, make
from bot.settings import SettingsError
from intents.messages import Choice, Incoming
from intents.wording import say
from storage.photos import MOST_BYTES
from tests.fakes.server import Fault
from tests.fakes.zalo_oa import Delivered, FakeZaloOA
from tests.test_zalo_oauth import Memory, Shelf, configured, workers

WIRE = Path(__file__).parent / "wire" / "zalo_oa"
VECTOR = (WIRE / "event_signed_vector.json").read_bytes()
MAC = "ab4b0e2a6c0bfecfed24f7757d116d9cace0199541d673cafcebf6c36c2ee468"
APP, KEY, MESSAGE, TIME = "360846524940903967", "246845883529197922", "96d3cdf3af150460909", "1540000000000"
CS, TEMPLATE, UPLOAD = "/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/v2.0/oa/upload/file"
DAY = 86_400.0
PDF = File("thong-bao.pdf", b"%PDF-1.7\r\n\x00\xff\xfe\n--x\r\n%%EOF", "application/pdf")


@pytest.fixture
def fake() -> Iterator[FakeZaloOA]:
    with FakeZaloOA() as running:
        yield running


def channel_of(**more: str) -> ZaloOA:
    """A channel that talks to nobody, with the secret of the test vector."""
    given = {"APP_ID": APP, "APP_SECRET": "s", "OA_SECRET": "test_oa_secret", **more}
    return make(values(SETTINGS, {f"DONGHANH_ZALO_{name}": value for name, value in given.items()}), Memory(Shelf()))


def with_channel(fake: FakeZaloOA, work: Callable[[ZaloOA], Awaitable[Any]], shelf: Shelf | None = None, **more: str) -> Any:
    async def run() -> Any:
        async with workers(configured(fake, **more), shelf or Shelf()) as [channel]:
            return await work(channel)

    return asyncio.run(run())


def sending(fake: FakeZaloOA, part: Part, shelf: Shelf | None = None, **more: str) -> Any:
    return with_channel(fake, lambda channel: channel.send(KEY, part), shelf, **more)


def wire(name: str) -> Any:
    return json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))


# -- settings ----------------------------------------------------------------------------------------------------------------------


def test_it_is_a_channel_and_its_rate_is_the_minute_s() -> None:
    channel: Channel = channel_of(RATE_PER_MINUTE="1200")
    assert (channel.name, channel.webhook, channel.limits.characters, channel.rates.overall) == ("zalo_oa", True, 2000, 20)


@pytest.mark.parametrize("missing", ["APP_ID", "APP_SECRET", "OA_SECRET"])
def test_a_missing_setting_names_itself_and_says_where_to_get_it(missing: str, fake: FakeZaloOA) -> None:
    environment = {name: value for name, value in fake.environment().items() if name != f"DONGHANH_ZALO_{missing}"}
    assert is_configured(SETTINGS, environment)
    with pytest.raises(SettingsError, match=rf"DONGHANH_ZALO_{missing}\b.*developers\.zalo\.me"):
        values(SETTINGS, environment)


# -- proof -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [f"mac={MAC}", MAC, f"mac={MAC.upper()}", f" mac= {MAC}"])
def test_the_documented_signature_is_accepted(header: str) -> None:
    assert len(VECTOR) == 266
    channel_of().prove({"x-zevent-signature": header}, VECTOR)


def test_any_changed_byte_is_refused() -> None:
    channel = channel_of()
    for place in range(len(VECTOR)):
        changed = VECTOR[:place] + bytes([VECTOR[place] ^ 1]) + VECTOR[place + 1 :]
        with pytest.raises(Refused):
            channel.prove({"x-zevent-signature": f"mac={MAC}"}, changed)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"x-zevent-signature": ""},
        {"x-zevent-signature": "mac="},
        {"x-zevent-signature": f"mac={MAC[:-1]}0"},
        {"x-zevent-signature": "\udcff"},
    ],
)
def test_a_missing_or_wrong_signature_is_refused(header: dict[str, str]) -> None:
    with pytest.raises(Refused):
        channel_of().prove(header, VECTOR)


def signed(body: bytes, term: str, timestamp: str) -> dict[str, str]:
    return {"x-zevent-signature": hashlib.sha256(term.encode() + body + timestamp.encode() + b"test_oa_secret").hexdigest()}


def test_an_event_of_another_application_is_refused_though_it_is_signed() -> None:
    body = VECTOR.replace(APP.encode(), b"1")
    with pytest.raises(Refused, match="another application"):
        channel_of().prove(signed(body, APP, TIME), body)


def test_the_time_comes_from_the_header_only_where_the_body_has_none() -> None:
    body = json.dumps({"app_id": APP, "event_name": "follow"}).encode()
    channel_of().prove(signed(body, APP, "77") | {"x-zevent-timestamp": "77"}, body)
    with pytest.raises(Refused):
        channel_of().prove(signed(VECTOR, APP, "77") | {"x-zevent-timestamp": "77"}, VECTOR)
    with pytest.raises(Refused):
        channel_of().prove(signed(body, APP, ""), body)


@pytest.mark.parametrize("name", ["user_send_text", "oa_send_text_echo", "follow"])
def test_signed_by_the_account_is_accepted_where_the_setting_says_so_and_only_there(name: str) -> None:
    body = (WIRE / f"event_{name}.json").read_bytes()
    headers = signed(body, "388613280878808645", TIME)
    channel_of(SIGNED_BY="oa_id").prove(headers, body)
    with pytest.raises(Refused):
        channel_of().prove(headers, body)
    with pytest.raises(Refused):
        channel_of(SIGNED_BY="oa_id").prove(signed(body, "", TIME), body)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"1", b"\xff", b"[" * 200_000, b'{"timestamp":"1"}', b" " * 1_000_001])
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        channel_of().prove(signed(body, APP, "1"), body)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_made_up_request_is_proven(body: bytes, header: str) -> None:
    with pytest.raises(Refused):
        zalo_events.Signature(APP, "test_oa_secret").prove({"x-zevent-signature": header}, body)


def test_what_the_fake_sends_is_what_zalo_would_send(fake: FakeZaloOA) -> None:
    body = fake.event("user_send_text", KEY, {"text": "xin chào"})
    make(configured(fake), Memory(Shelf())).prove({name.lower(): value for name, value in fake.sign(body).items()}, body)


# -- reading -----------------------------------------------------------------------------------------------------------------------


def heard(text: str = "", message: str = MESSAGE, photos: tuple[str, ...] = (), **more: Any) -> list[Event]:
    return [Heard(Incoming("zalo_oa", KEY, message, text, **more), photos)]


UNREADABLE: list[Event] = [Aside(KEY, MESSAGE, say("channel", "cannot_read"))]
READ: dict[str, list[Event]] = {
    "signed_vector": heard("xin chào"),
    "user_send_text": heard("Nhà tôi muốn đăng ký"),
    "user_send_text_quoting": heard("Đúng rồi", quotes="63ecf43f0df7dba892e6"),
    "user_send_text_button": heard(pressed="12.2"),
    "user_send_text_button_bare": heard(pressed="1250.2"),
    "user_send_text_decimal": heard("1.5"),
    "user_send_image": heard("Ruộng nhà tôi", photos=("https://photo.example/a.jpg", "https://photo.example/b.jpg")),
    "user_send_location": heard(location=(10.762622, 106.660172)),
    **{f"user_send_{kind}": UNREADABLE for kind in ("link", "audio", "video", "sticker", "gif", "file", "business_card")},
    "follow": [Back(KEY), *heard("trợ giúp", f"follow-{TIME}")],
    "unfollow": [Gone(KEY, "left")],
    "user_withdraw": [*heard("xóa hết thông tin của tôi", f"withdraw-{TIME}"), Gone(KEY, "left")],
    "user_submit_info_new": heard("0900000001", f"info-{TIME}"),
    "user_submit_info_old": heard("0900000001", f"info-{TIME}"),
    "user_submit_info_without_phone": [Ignored("info without phone")],
    "oa_send_text_echo": [Ignored("echo")],
    "oa_send_file_echo": [Ignored("echo")],
    "oa_send_text_human": [HumanReplied(KEY, MESSAGE, "Mai xã làm việc từ 8 giờ")],
    "oa_send_image_human": [HumanReplied(KEY, MESSAGE, "")],
    "user_received_message": [Ignored("received")],
    "user_seen_message": [Ignored("seen")],
    "user_reacted_message": [Reacted(KEY, f"reaction-{MESSAGE}-{TIME}", MESSAGE, "/-strong")],
    "user_reacted_message_taken_back": [Reacted(KEY, f"reaction-{MESSAGE}-{TIME}", MESSAGE, "")],
    "oa_reacted_message": [Ignored("our reaction")],
    "user_click_chatnow": [Ignored("chat opened")],
    "anonymous_send_text": [Ignored("anonymous")],
    "oa_send_anonymous_text": [Ignored("anonymous")],
    "user_send_group_text": [Ignored("group")],
    "oa_send_group_text": [Ignored("group")],
    "permission_revoked": [Ignored("permission revoked")],
    "change_template_status": [Ignored("template status")],
    "user_click_button": [Ignored("unknown event")],
}


def test_every_recorded_event_has_its_meaning_here() -> None:
    assert {path.stem.removeprefix("event_") for path in WIRE.glob("event_*.json")} == READ.keys()


@pytest.mark.parametrize("name", READ)
def test_an_event_is_read_as(name: str) -> None:
    assert list(channel_of().read(wire(f"event_{name}"))) == READ[name]


@pytest.mark.parametrize(
    ("prefix", "text", "pressed"),
    [
        ("#", "#7.1", "7.1"),
        ("#", " #7.1 ", "7.1"),
        ("#", "7.1", ""),
        ("#", "1234.5", "1234.5"),
        ("#", "#7.0", ""),
        ("#", "#7", ""),
        ("#", "##7.1", ""),
        ("none", "7.1", "7.1"),
        ("none", "#7.1", "7.1"),
        ("nut:", "nut:7.1", "7.1"),
        ("nut:", "#7.1", "7.1"),
        ("nut:", "nut:1.5 ha", ""),
    ],
)
def test_what_a_button_gives_back_is_known_in_every_way_it_may_be_written(prefix: str, text: str, pressed: str) -> None:
    event = wire("event_user_send_text")
    event["message"]["text"] = text
    assert list(channel_of(BUTTON_PREFIX=prefix).read(event)) == heard("" if pressed else text, pressed=pressed)


@pytest.mark.parametrize(
    ("given", "text"),
    [("84900000001", "0900000001"), ("+84 900 000 001", "0900000001"), ("0900000001", "0900000001"), (84900000001, "0900000001")],
)
def test_a_shared_phone_is_heard_as_people_write_it(given: Any, text: str) -> None:
    event = wire("event_user_submit_info_new")
    event["info"]["phone"] = given
    assert list(channel_of().read(event)) == heard(text, f"info-{TIME}")


@pytest.mark.parametrize(
    "place",
    [
        {"latitude": "91", "longitude": "0"},
        {"latitude": "0", "longitude": "-181"},
        {"latitude": "nan", "longitude": "0"},
        {"latitude": "0"},
        "10,20",
        None,
    ],
)
def test_a_place_that_is_none_is_malformed(place: Any) -> None:
    event = wire("event_user_send_location")
    event["message"]["attachments"][0]["payload"]["coordinates"] = place
    with pytest.raises(Malformed):
        channel_of().read(event)


NEEDED = [
    ("user_send_text", "sender"),
    ("user_send_text", "sender", "id"),
    ("user_send_text", "message", "msg_id"),
    ("user_send_text", "message", "text"),
    ("user_send_text", "event_name"),
    ("user_send_image", "message", "attachments"),
    ("user_send_image", "message", "attachments", 0, "payload", "url"),
    ("user_send_sticker", "message", "msg_id"),
    ("follow", "follower", "id"),
    ("follow", "timestamp"),
    ("unfollow", "follower"),
    ("user_withdraw", "user_id"),
    ("user_withdraw", "timestamp"),
    ("user_submit_info_new", "info"),
    ("oa_send_text_human", "recipient", "id"),
    ("user_reacted_message", "message", "msg_id"),
]
WRONG: list[Any] = [7, True, [], {}, {"id": 7}]


@pytest.mark.parametrize(("name", *["path"]), [(name, path) for name, *path in NEEDED])
def test_a_missing_field_or_one_of_another_type_is_malformed_and_not_quoted(name: str, path: list[Any]) -> None:
    for wrong in (None, *WRONG):
        event = wire(f"event_{name}")
        place = event
        for step in path[:-1]:
            place = place[step]
        if (path[-1] == "timestamp" and wrong == 7) or (path[-1] == "info" and isinstance(wrong, dict)):
            continue  # a time may be a number, a person need not tell a phone
        place[path[-1]] = wrong
        with pytest.raises(Malformed) as found:
            channel_of().read(event)
        assert KEY not in str(found.value) and MESSAGE not in str(found.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KNOWN = st.sampled_from(sorted(zalo_events.EVENTS))


@st.composite
def almost_events(draw: st.DrawFn) -> Any:
    """Real events of which one or two parts are anything."""
    event = json.loads(draw(st.sampled_from(sorted(WIRE.glob("event_*.json")))).read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = event
        while True:
            steps: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
            step = draw(st.sampled_from(steps))
            if isinstance(place[step], dict | list) and place[step] and draw(st.booleans()):
                place = place[step]
            else:
                place[step] = draw(JSON | KNOWN)
                break
    return event


@settings(max_examples=600, deadline=None)
@given(JSON | almost_events())
def test_any_json_is_read_or_malformed(update: Any) -> None:
    try:
        events = zalo_events.read(update)
    except Malformed:
        return
    for event in events:
        if isinstance(event, Heard):
            assert event.incoming.key.isprintable() and event.incoming.message and "\x00" not in event.incoming.text


# -- sending -----------------------------------------------------------------------------------------------------------------------

YES_NO = (Choice("Có", "có"), Choice("Không", "không"))


def test_a_text_is_sent_as_documented(fake: FakeZaloOA) -> None:
    outcome = sending(fake, Part("Xin chào bà con"))
    assert outcome == Sent(fake.delivered[0].message) and outcome.message
    assert fake.payloads(CS) == [wire("request_text")]
    assert [asked.headers["access_token"] for asked in fake.asked if asked.path == CS] == ["access-1"]


def test_choices_are_buttons_as_documented_and_a_tap_comes_back_as_pressed(fake: FakeZaloOA) -> None:
    sending(fake, Part("Chọn:\n1. Có\n2. Không", YES_NO, tag="12"))
    assert fake.payloads(CS) == [wire("request_buttons")]
    tapped = fake.event("user_send_text", KEY, {"text": fake.delivered[0].buttons[1]["payload"]})
    (event,) = make(configured(fake), Memory(Shelf())).read(json.loads(tapped))
    assert isinstance(event, Heard) and (event.incoming.pressed, event.incoming.text) == ("12.2", "")


def test_buttons_follow_the_settings_and_titles_are_cut(fake: FakeZaloOA) -> None:
    sending(fake, Part("Chọn", (Choice("dài " * 20, "x"),), tag="12"), BUTTON_HIDDEN="0", BUTTON_PREFIX="none")
    (shown,) = fake.delivered[0].buttons
    assert (shown["type"], shown["payload"], len(shown["title"])) == ("oa.query.show", "12.1", TITLE)


def test_a_file_is_uploaded_then_sent_after_its_text(fake: FakeZaloOA) -> None:
    outcome = sending(fake, Part("Xem tệp", tag="5", file=PDF))
    text, file = fake.delivered
    assert (text.kind, text.text, file.kind, file.file) == ("text", "Xem tệp", "file", (PDF.name, PDF.content))
    assert outcome == Sent(text.message)
    assert fake.payloads(CS)[1] == wire("request_file") and list(fake.payloads(UPLOAD)[0]) == ["file"]


def test_a_file_without_text_goes_alone_and_gets_its_ending(fake: FakeZaloOA) -> None:
    outcome = sending(fake, Part("", file=File("giấy mời", PDF.content, PDF.media)))
    (file,) = fake.delivered
    assert outcome == Sent(file.message) and file.file == ("giấy mời.pdf", PDF.content)


@pytest.mark.parametrize("file", [File("a.txt", b"x", "text/plain"), File("a.pdf", b"x" * 5_000_001, "application/pdf")])
def test_a_file_that_zalo_does_not_take_is_never_sent(fake: FakeZaloOA, file: File) -> None:
    assert isinstance(sending(fake, Part("Xem", file=file)), Never)
    assert not fake.asked


@pytest.mark.parametrize("fault", [Fault("hang", 40), Fault("cut"), Fault("http", 503), Fault("code", -32)])
def test_an_upload_that_fails_has_sent_nothing_and_may_be_tried_again(fake: FakeZaloOA, fault: Fault) -> None:
    async def work(channel: ZaloOA) -> Any:
        channel._http.timeout = 1
        return await channel.send(KEY, Part("Xem", file=PDF))

    fake.faults.plan(UPLOAD, fault)
    assert isinstance(with_channel(fake, work), Later)
    assert not fake.delivered


def test_another_try_of_a_file_does_not_repeat_its_text(fake: FakeZaloOA) -> None:
    async def work(channel: ZaloOA) -> tuple[Any, Any]:
        part = Part("Xem tệp", tag="5", file=PDF)
        await channel.tokens.access()
        fake.faults.planned = [(CS, Fault("pass")), (CS, Fault("code", -32))]
        return await channel.send(KEY, part), await channel.send(KEY, part)

    first, second = with_channel(fake, work)
    assert isinstance(first, Later) and isinstance(second, Sent)
    assert [delivered.kind for delivered in fake.delivered] == ["text", "file"]


def test_contact_data_is_asked_for_with_the_card_and_in_words(fake: FakeZaloOA) -> None:
    part = Part("Xin số điện thoại", contact=True)
    sending(fake, part, OA_NAME="Xã Bản Mới", CONTACT_IMAGE="https://xa.example/anh.png")
    assert [delivered.kind for delivered in fake.delivered] == ["text", "contact"]
    assert fake.payloads(CS)[1] == wire("request_contact")


def test_without_a_picture_or_where_the_card_fails_contact_data_is_asked_for_in_words(fake: FakeZaloOA) -> None:
    assert isinstance(sending(fake, Part("Xin số", contact=True)), Sent)
    fake.faults.plan(CS, Fault("pass"), Fault("code", -201))
    assert isinstance(
        sending(fake, Part("Xin số", contact=True), REFRESH_TOKEN=fake.refresh, OA_NAME="Xã", CONTACT_IMAGE="https://xa.example/anh.png"),
        Sent,
    )
    assert [delivered.kind for delivered in fake.delivered] == ["text", "text"]


def test_a_template_reaches_whom_a_message_does_not(fake: FakeZaloOA) -> None:
    fake.last_seen = {KEY: fake.clock() - 8 * DAY, "someone": fake.clock() - 6 * DAY}

    async def work(channel: ZaloOA) -> list[Any]:
        assert channel.has_template
        template = await channel.send_template(KEY, "Họp bản\nlúc  8 giờ")
        return [await channel.send(KEY, Part("Chào")), await channel.send("someone", Part("Chào")), template]

    late, in_time, template = with_channel(fake, work, TEMPLATE="T-1")
    assert late == Never(Reason.WINDOW, "-230") and isinstance(in_time, Sent) and isinstance(template, Sent)
    assert fake.payloads(TEMPLATE) == [wire("request_template")]


def test_a_template_text_is_cut_and_without_a_template_there_is_none(fake: FakeZaloOA) -> None:
    with_channel(fake, lambda channel: channel.send_template(KEY, "a" * 999), TEMPLATE="T-1")
    assert len(fake.delivered[0].text) == TEMPLATE_TEXT

    async def without(channel: ZaloOA) -> Any:
        assert not channel.has_template
        return await channel.send_template(KEY, "a")

    assert with_channel(fake, without) == Never(Reason.WINDOW, "no template")


@pytest.mark.parametrize(
    ("silent", "reason", "billed"),
    [(0, None, False), (2 * DAY, None, False), (2 * DAY + 1, None, True), (7 * DAY, None, True), (7 * DAY + 1, Reason.WINDOW, False)],
)
def test_whom_it_reaches_and_when_it_costs_money(silent: float, reason: Reason | None, billed: bool) -> None:
    channel = channel_of()
    assert (channel.reachable(KEY, silent), channel.billed(silent)) == (reason, billed)


def test_nothing_can_be_taken_back_and_nothing_is_polled() -> None:
    async def run() -> tuple[Any, list[Any]]:
        channel = channel_of()
        return await channel.recall(KEY, "m"), [update async for update in channel.poll()]

    assert asyncio.run(run()) == (Never(Reason.BAD_REQUEST, "zalo has no recall"), [])


# -- errors ------------------------------------------------------------------------------------------------------------------------

NIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # 23:00 in Vietnam
FACTS: dict[str, str] = {  # the codes of the fact sheet (A6), in the classes it gives them
    "later": "-32 -100 -211 -218 -234 -320 -321 -115 -133 -144 -147",
    "never": "-200 -201 -210 -213 -227 -230 -232 -233 -244 -248 -249 -108 -109 -112 -1121 -114 -117 -118 -119 -131 -135 -139 -141 -999",
    "person": "-204 -205 -209 -212 -219 -221 -223 -224 -235 -240 -242",
}
CLASSES: dict[str, type[Later | Never | NeedsPerson]] = {"later": Later, "never": Never, "person": NeedsPerson}


@pytest.mark.parametrize(("code", "kind"), [(int(code), kind) for kind, codes in FACTS.items() for code in codes.split()])
def test_every_code_has_its_outcome_and_says_itself(fake: FakeZaloOA, code: int, kind: str) -> None:
    fake.faults.plan(CS, Fault("code", code))
    outcome = sending(fake, Part("Xin chào"), Shelf(NIGHT))
    assert isinstance(outcome, CLASSES[kind]) and str(code) in outcome.detail
    assert not fake.delivered and len(fake.payloads(CS)) == 1
    if isinstance(outcome, Later):
        assert outcome.seconds and outcome.everyone == (code == -32)


def test_the_table_has_no_code_that_is_not_tested() -> None:
    tested = {int(code) for codes in FACTS.values() for code in codes.split()} - {-999} | {-216, -220, -124}
    assert zalo_errors.TABLE.keys() - set(zalo_errors.PARAMETERS) == tested - set(zalo_errors.PARAMETERS)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(-213, Reason.LEFT), (-230, Reason.WINDOW), (-232, Reason.WINDOW), (-244, Reason.REFUSED), (-118, Reason.WRONG_NUMBER)],
)
def test_the_reason_is_the_one_that_officers_are_told(fake: FakeZaloOA, code: int, reason: Reason) -> None:
    fake.faults.plan(CS, Fault("code", code))
    assert sending(fake, Part("Xin chào")) == Never(reason, str(code))


@pytest.mark.parametrize(
    ("hour", "minute", "seconds"),
    [(15, 0, 8 * 3600 + 300), (22, 30, 35 * 60), (16, 59, 6 * 3600 + 6 * 60), (23, 0, 3600.0), (5, 0, 3600.0)],
)
def test_at_night_it_waits_for_the_morning_in_vietnam(hour: int, minute: int, seconds: float) -> None:
    assert zalo_errors.until_morning(datetime(2026, 11, 21, hour, minute, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("code", [-216, -220, -124])
def test_a_token_that_has_died_is_renewed_once_and_the_message_sent_once(fake: FakeZaloOA, code: int) -> None:
    fake.faults.plan(CS, Fault("code", code))
    assert isinstance(sending(fake, Part("Xin chào")), Sent)
    assert [delivered.text for delivered in fake.delivered] == ["Xin chào"]
    assert [asked.headers["access_token"] for asked in fake.asked if asked.path == CS] == ["access-1", "access-2"]


def test_an_expired_token_is_renewed_for_uploads_and_templates_too(fake: FakeZaloOA) -> None:
    async def work(channel: ZaloOA) -> list[Any]:
        await channel.tokens.access()
        fake.expire()
        file = await channel.send(KEY, Part("", file=PDF))
        fake.expire()
        return [file, await channel.send_template(KEY, "Họp")]

    assert all(isinstance(outcome, Sent) for outcome in with_channel(fake, work, TEMPLATE="T-1"))
    assert (fake.minted, fake.reused) == (3, 0)


def test_a_renewed_token_that_is_refused_too_needs_a_person(fake: FakeZaloOA) -> None:
    fake.faults.plan(CS, Fault("code", -216), Fault("code", -216))
    assert isinstance(sending(fake, Part("Xin chào")), NeedsPerson)
    assert fake.minted == 2 and len(fake.payloads(CS)) == 2


def test_no_money_is_told_once_a_month_and_does_not_stop_the_others(fake: FakeZaloOA) -> None:
    shelf = Shelf()

    async def work(channel: ZaloOA) -> list[Any]:
        fake.faults.plan(CS, Fault("code", -321), Fault("code", -321), Fault("pass"))
        return [await channel.send(KEY, Part("Xin chào")) for _ in range(3)]

    first, second, third = with_channel(fake, work, shelf)
    assert first == second == Later(Reason.QUOTA, 6 * 3600, detail="-321") and isinstance(third, Sent)
    assert shelf.alarms == [("zalo_oa-321.2026-11", zalo_errors.TOLD[-321])]


NO_ACCESS = "Máy chủ Zalo từ chối mọi yêu cầu (HTTP 401). Kiểm tra DONGHANH_ZALO_API và tường lửa."


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("http", 429), Later(Reason.RATE, 7, everyone=True, detail="http 429")),
        (Fault("http", 500), Unknown(detail="http 500")),
        (Fault("http", 503), Unknown(detail="http 503")),
        (Fault("http", 400), Never(Reason.BAD_REQUEST, "http 400")),
        (Fault("http", 302), Later(Reason.BROKEN, 300, everyone=True, detail="http 302")),
        (Fault("json", 503), Unknown(detail="http 503")),
        (Fault("json", 401), NeedsPerson(NO_ACCESS)),
        (Fault("nonsense"), Unknown(detail="nonsense")),
        (Fault("nonsense", 502), Unknown(detail="http 502")),
        (Fault("cut"), Unknown(detail="RemoteProtocolError")),
    ],
)
def test_an_answer_that_is_not_zalo_s_is_understood(fake: FakeZaloOA, fault: Fault, outcome: Any) -> None:
    fake.faults.plan(CS, fault)
    assert sending(fake, Part("Xin chào")) == outcome


def test_no_answer_in_time_is_unknown_and_no_connection_is_later(fake: FakeZaloOA) -> None:
    async def work(channel: ZaloOA) -> tuple[Any, Any]:
        await channel.tokens.access()
        channel._http.timeout = 1
        fake.faults.plan(CS, Fault("hang", 40, done=True))
        hung = await channel.send(KEY, Part("Xin chào"))
        fake.stop()
        return hung, await channel.send(KEY, Part("Xin chào"))

    hung, away = with_channel(fake, work)
    assert hung == Unknown(detail="ReadTimeout") and away == Later(Reason.BROKEN, everyone=True, detail="ConnectError")


# -- photos ------------------------------------------------------------------------------------------------------------------------


def test_a_photo_is_brought_without_showing_our_token(fake: FakeZaloOA) -> None:
    assert with_channel(fake, lambda channel: channel.fetch(f"{fake.url}/photo.jpg")) == fake.image
    assert all("access_token" not in asked.headers for asked in fake.asked)


@pytest.mark.parametrize(
    ("fault", "again"), [(Fault("http", 404), False), (Fault("http", 302), False), (Fault("http", 503), True), (Fault("cut"), True)]
)
def test_a_photo_that_does_not_come_says_whether_to_ask_again(fake: FakeZaloOA, fault: Fault, again: bool) -> None:
    fake.faults.plan("/photo.jpg", fault)
    with pytest.raises(FetchFailed) as found:
        with_channel(fake, lambda channel: channel.fetch(f"{fake.url}/photo.jpg"))
    assert found.value.again is again


def test_a_photo_that_is_too_large_is_left(fake: FakeZaloOA) -> None:
    fake.image = b"x" * (MOST_BYTES + 1)
    with pytest.raises(FetchFailed, match="too large") as found:
        with_channel(fake, lambda channel: channel.fetch(f"{fake.url}/photo.jpg"))
    assert not found.value.again


INSIDE = [
    "file:///etc/hostname",
    "ftp://127.0.0.1/a",
    "http://127.0.0.1/a",
    "https://127.0.0.1/a",
    "https://10.0.0.1/a",
    "https://[::1]/a",
    "https://169.254.169.254/a",
]


@pytest.mark.parametrize("address", [*INSIDE, "", "anh.jpg", "https://", "https://[", "//photo.example/a", "data:,x"])
def test_a_photo_is_not_brought_from_inside_or_from_what_is_no_web_address(address: str) -> None:
    async def run() -> None:
        await channel_of().fetch(address)

    with pytest.raises(FetchFailed) as found:
        asyncio.run(run())
    assert not found.value.again


# -- check -------------------------------------------------------------------------------------------------------------------------


def test_check_tells_how_the_token_is_and_which_address_to_enter(fake: FakeZaloOA) -> None:
    fake.followers = {"a", "b"}
    shelf = Shelf()
    token, account, template, webhook = with_channel(fake, lambda channel: channel.check(), shelf, TEMPLATE="T-1")
    assert all(finding.well for finding in (token, account, template))
    assert "25 giờ" in token.text and "09:00 21/11/2026" in token.text
    assert "2 người" in account.text and "/webhook/zalo_oa" in webhook.text


def test_check_explains_what_is_wrong_by_the_table(fake: FakeZaloOA) -> None:
    fake.faults.plan("/getlist", Fault("code", -224))
    fake.template_status = "REJECT"
    _token, account, template, _webhook = with_channel(fake, lambda channel: channel.check(), TEMPLATE="T-1")
    assert not account.well and "-224" in account.text and "Gói dịch vụ" in account.text
    assert not template.well and "REJECT" in template.text


def test_check_of_a_dead_token_says_which_command_to_run(fake: FakeZaloOA) -> None:
    token, account, _webhook = with_channel(fake, lambda channel: channel.check(), REFRESH_TOKEN="refresh-of-last-year")
    assert not token.well and not account.well and "donghanh channels authorize" in token.text


# -- silence -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault("pass"), Fault("code", -201), Fault("code", -321), Fault("http", 500), Fault("cut"), Fault("nonsense")]
)
def test_neither_secrets_nor_people_are_logged(fake: FakeZaloOA, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.faults.plan(CS, fault)
    outcome = sending(fake, Part("Bà Thử ơi", YES_NO, tag="12"), TEMPLATE="T-1")
    for private in (fake.app_secret, fake.oa_secret, "access-1", "refresh-1", KEY, "Bà Thử"):
        assert private not in caplog.text and private not in repr(outcome)
    for body in (b"{}", VECTOR):
        with pytest.raises(Refused) as found:
            make(configured(fake), Memory(Shelf())).prove({"x-zevent-signature": MAC}, body)
        assert fake.oa_secret not in repr(found.value) + repr(make(configured(fake), Memory(Shelf()))._signature)


def test_the_fake_refuses_what_zalo_refuses(fake: FakeZaloOA) -> None:
    buttons = tuple(Choice(str(number), "x") for number in range(9))
    assert isinstance(sending(fake, Part("Chọn", buttons, tag="1")), Sent), "more than five buttons are not sent"
    assert len(fake.delivered[-1].buttons) == 5
    assert sending(fake, Part("x" * 2001), REFRESH_TOKEN=fake.refresh) == Never(Reason.BAD_REQUEST, "-210")
    assert isinstance(fake.delivered[-1], Delivered) and len(fake.delivered) == 1
