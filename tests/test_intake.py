"""What comes in takes effect in its order: photos before what follows them, buttons of the latest reply only, groups never; what an
officer has to know of reactions, answers and people who left reaches them. On the real server, by each platform's own events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

import bot.intake
import bot.running
from bot.channels.telegram import Telegram
from bot.clock import RealClock
from bot.intake import PAUSES, Intake
from bot.office import Office
from bot.running import listen
from bot.sender import Sender
from bot.settings import settings
from intents.announcements import Audience, Start
from intents.codes import new_code
from intents.dialogue import Dialogue
from intents.messages import Incoming
from intents.people import Role
from intents.records import CaseKind, State, Submit
from intents.wording import say
from knowledge.units import Area
from storage import announcements, arrivals, audiences, cases, inbox, people
from storage.database import reading, writing
from storage.schema import ACCOUNT, OUTBOX
from tests.conftest import People
from tests.fakes.server import Fault
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.test_photos import picture
from tests.test_webhooks import KEY, NAME, PATIENCE, PHONE, WIRES, House, locked, until

OTHER = str(int(KEY) + 1)
OFFICER = str(int(KEY) + 2)
GROUP = "-100200300400"
HERE = Area("Hà Tĩnh", "xã Can Lộc")
REPORT = "sáng nay MTTQ xã tặng 3 con bò cho 3 hộ, trị giá 45 triệu"
FETCHED = {"telegram": "/getFile", "zalo_oa": "/photo.jpg", "zalo_bot": "/photo/photo.jpg"}  # what is asked of the platform for a photo
PHOTO = "photo.jpg"


@pytest.fixture
def house(tmp_path: Path, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(bot.intake, "FETCH_NOW_SECONDS", PATIENCE)  # however busy the machine is
    with House(settings({}, tmp_path / "test.sqlite3"), dialogue) as running:
        yield running


def appoint(house: House, wire: str, key: str, role: Role, area: Area, name: str) -> int:
    with writing(house.assistant.engine) as connection:
        number = people.of_account(connection, wire, key, house.now)
        people.give_role(connection, house.assistant.vault, number, role, area, name)
    return number


def appoint_head(house: House, wire: str) -> None:
    appoint(house, wire, KEY, Role.VILLAGE_HEAD, Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc"), "bác Thử")


def put_photo(house: House, wire: str, content: bytes) -> None:
    fake = house.wires[wire].fake
    if wire == "telegram":
        fake.files[PHOTO] = content
    elif wire == "zalo_oa":
        fake.image = content
    else:
        fake.pictures[PHOTO] = content


def fetches(house: House, wire: str) -> int:
    return sum(asked.path.endswith(FETCHED[wire]) for asked in house.wires[wire].fake.asked)


def breaks(house: House, wire: str, times: int) -> None:
    """The platform does not give the photo, so many times."""
    fault = {"telegram": Fault("5xx", 502), "zalo_oa": Fault("http", 502), "zalo_bot": Fault("http", 502)}[wire]
    house.wires[wire].fake.faults.plan(FETCHED[wire], *[fault] * times)


def hangs(house: House, wire: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform takes longer over the photo than we wait."""
    monkeypatch.setattr(bot.intake, "FETCH_NOW_SECONDS", 0.3)
    house.wires[wire].fake.faults.plan(FETCHED[wire], Fault("hang", PATIENCE))


def sent_reports(house: House) -> list[int]:
    """How many photos each report has."""
    with reading(house.assistant.engine) as connection:
        rows = connection.execute(
            text("select count(photo.sha256) from activity left join photo on photo.case_id = activity.case_id group by activity.case_id")
        )
        return [int(count) for count in rows.scalars()]


def waiting(house: House) -> int:
    return house.count("select count(*) from arrival")


# -- photos ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_is_fetched_before_its_message_is_handled(wire: str, house: House) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    house.push(wire, house.wires[wire].text(KEY, 1, REPORT))
    house.push(wire, house.wires[wire].photo(KEY, 2, PHOTO))
    assert "ảnh: 1" in house.wires[wire].heard(KEY)[-1]
    house.push(wire, house.wires[wire].text(KEY, 3, "đúng"))
    assert sent_reports(house) == [1] and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_what_follows_a_slow_photo_waits_behind_it_and_nobody_else_does(wire: str, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    house.push(wire, house.wires[wire].text(KEY, 1, REPORT))
    hangs(house, wire, monkeypatch)
    house.push(wire, house.wires[wire].photo(KEY, 2, PHOTO))
    house.push(wire, house.wires[wire].text(KEY, 3, "đúng"))
    house.push(wire, house.wires[wire].text(KEY, 4, "báo cáo của tôi"))
    assert waiting(house) == 3 and len(house.wires[wire].heard(KEY)) == 1 and sent_reports(house) == []
    house.push(wire, house.wires[wire].text(OTHER, 5, "xin chào"))
    assert len(house.wires[wire].heard(OTHER)) == 1
    house.keep_house()
    assert waiting(house) == 0 and sent_reports(house) == [1]
    _, card, sent, mine = house.wires[wire].heard(KEY)
    assert "ảnh: 1" in card and "BC-" in sent and "BC-" in mine
    house.push(wire, house.wires[wire].text(KEY, 6, "xin chào"))
    assert len(house.wires[wire].heard(KEY)) == 5


@pytest.mark.parametrize("wire", WIRES)
def test_words_that_come_while_a_photo_is_being_fetched_do_not_overtake_it(
    wire: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    house.push(wire, house.wires[wire].text(KEY, 1, REPORT))
    hangs(house, wire, monkeypatch)
    with ThreadPoolExecutor(1) as beside:
        photo = beside.submit(house.post, wire, house.wires[wire].photo(KEY, 2, PHOTO))
        until(lambda: fetches(house, wire) == 1)
        assert house.post(wire, house.wires[wire].text(KEY, 3, "đúng")) == 200
        assert photo.result(PATIENCE) == 200
    house.keep_house()
    assert sent_reports(house) == [1] and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_that_fails_is_tried_again_and_in_the_end_the_person_is_told_and_the_words_are_taken(wire: str, house: House) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    breaks(house, wire, 2 + len(PAUSES))
    house.push(wire, house.wires[wire].photo(KEY, 1, PHOTO, REPORT))
    house.push(wire, house.wires[wire].text(KEY, 2, "đúng"))
    for pause in PAUSES:
        house.keep_house()
        assert house.wires[wire].heard(KEY) == [] and waiting(house) == 2
        house.keep_house()  # too early for another try
        house.later(seconds=pause)
    house.keep_house()
    assert fetches(house, wire) == 2 + len(PAUSES) and waiting(house) == 0
    told, card, sent = house.wires[wire].heard(KEY)
    assert told == say("intake", "no_photo") and "3 con bò" in card and "BC-" in sent
    assert sent_reports(house) == [0]


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_that_was_away_for_a_while_comes_later(wire: str, house: House) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    breaks(house, wire, 2)
    house.push(wire, house.wires[wire].photo(KEY, 1, PHOTO, REPORT))
    house.keep_house()
    house.later(seconds=PAUSES[0])
    house.keep_house()
    assert [("ảnh: 1" in told) for told in house.wires[wire].heard(KEY)] == [True] and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("content", [b"%PDF-1.7 no picture at all", picture()[:400], b""], ids=["a PDF", "half a picture", "nothing"])
def test_what_is_no_picture_is_told_and_the_words_are_taken(wire: str, content: bytes, house: House) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, content)
    body = house.wires[wire].photo(KEY, 1, PHOTO, REPORT)
    house.push(wire, body)
    house.push(wire, body)
    told, card = house.wires[wire].heard(KEY)
    assert "JPEG, PNG hay WebP" in told and "3 con bò" in card and "ảnh:" not in card
    assert waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_that_the_platform_does_not_have_is_told_after_one_try_more(wire: str, house: House) -> None:
    house.wires[wire].fake.faults.plan(FETCHED[wire], *[Fault("400") if wire == "telegram" else Fault("http", 404)] * 2)
    house.push(wire, house.wires[wire].photo(KEY, 1, PHOTO))
    house.keep_house()
    assert house.wires[wire].heard(KEY) == [say("intake", "no_photo")] and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_that_is_sent_again_is_not_fetched_again_and_holds_nobody_up(wire: str, house: House) -> None:
    appoint_head(house, wire)
    put_photo(house, wire, picture())
    body = house.wires[wire].photo(KEY, 1, PHOTO, REPORT)
    house.push(wire, body)
    breaks(house, wire, 20)
    house.push(wire, body)
    house.push(wire, house.wires[wire].text(KEY, 2, "đúng"))
    assert fetches(house, wire) == 1 and sent_reports(house) == [1] and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_a_photo_that_waits_and_is_sent_again_waits_once(wire: str, house: House) -> None:
    put_photo(house, wire, picture())
    breaks(house, wire, 1)
    body, more = house.wires[wire].photo(KEY, 1, PHOTO, "xin chào"), house.wires[wire].text(KEY, 2, "cảm ơn")
    for again in (body, more, body, more):
        house.push(wire, again)
    assert waiting(house) == 2
    house.keep_house()
    house.push(wire, body)
    assert len(house.wires[wire].heard(KEY)) == 2 and waiting(house) == 0


@pytest.mark.parametrize("wire", WIRES)
def test_one_photo_that_never_comes_does_not_keep_the_others_from_coming(wire: str, house: House) -> None:
    put_photo(house, wire, picture())
    breaks(house, wire, 4)
    keys = [str(int(KEY) + number) for number in range(4)]
    for number, key in enumerate(keys):
        house.push(wire, house.wires[wire].photo(key, number, PHOTO, "xin chào"))
    assert waiting(house) == 4
    house.wires[wire].fake.faults.plan(FETCHED[wire], Fault("hang", 10 * PATIENCE))
    catching_up = house.begin(house.keeping.step())
    until(lambda: sum(len(house.wires[wire].heard(key)) for key in keys) == 3)
    assert waiting(house) == 1 and not catching_up.done()
    catching_up.cancel()


def test_what_waits_on_a_channel_that_is_gone_does_not_stand_before_the_others(house: House) -> None:
    with writing(house.assistant.engine) as connection:
        for number in range(30):
            arrivals.keep(connection, house.assistant.vault, Incoming("viber", f"nobody {number}", "1", "xin chào"), ["photo"], house.now)
    put_photo(house, "zalo_oa", picture())
    breaks(house, "zalo_oa", 1)
    house.push("zalo_oa", house.wires["zalo_oa"].photo(KEY, 1, PHOTO, "xin chào"))
    house.keep_house()
    assert len(house.wires["zalo_oa"].heard(KEY)) == 1 and waiting(house) == 30


# -- what we stumble over ------------------------------------------------------------------------------------------------------------


def stumble(house: House, wire: str, message: str) -> None:
    """From now on the database refuses what this message leads to, whatever is tried: a mistake of ours, not a failure of its."""
    sender = inbox.sender_of(house.assistant.vault, wire, KEY)
    with writing(house.assistant.engine) as connection:
        when = f"NEW.sender = '{sender}' AND NEW.message = '{message}'"
        refusal = "SELECT RAISE(ABORT, 'a mistake of ours')"
        connection.exec_driver_sql(f"CREATE TRIGGER stumble BEFORE INSERT ON outbox WHEN {when} BEGIN {refusal}; END")


def mend(house: House) -> None:
    with writing(house.assistant.engine) as connection:
        connection.exec_driver_sql("DROP TRIGGER stumble")


@pytest.mark.parametrize("wire", WIRES)
def test_a_message_we_stumble_over_is_kept_and_the_platform_does_not_give_us_up(wire: str, house: House) -> None:
    stumble(house, wire, "1" if wire == "telegram" else "in-1")
    house.push(wire, house.wires[wire].text(KEY, 1, "xin chào"))
    house.push(wire, house.wires[wire].text(KEY, 2, "cảm ơn"))
    house.push(wire, house.wires[wire].text(OTHER, 3, "xin chào"))
    assert (waiting(house), len(house.wires[wire].heard(KEY)), len(house.wires[wire].heard(OTHER))) == (2, 0, 1)
    house.keep_house()
    assert waiting(house) == 2
    mend(house)
    house.later(seconds=PAUSES[0])
    house.keep_house()
    assert waiting(house) == 0 and len(house.wires[wire].heard(KEY)) == 2


@pytest.mark.parametrize("wire", WIRES)
def test_a_message_we_always_stumble_over_is_given_up_in_the_end_and_the_next_is_taken(wire: str, house: House) -> None:
    stumble(house, wire, "1" if wire == "telegram" else "in-1")
    house.push(wire, house.wires[wire].text(KEY, 1, "xin chào"))
    house.push(wire, house.wires[wire].text(KEY, 2, "cảm ơn"))
    for pause in PAUSES:
        house.keep_house()
        house.later(seconds=pause)
    house.keep_house()
    told, thanked = house.wires[wire].heard(KEY)
    assert told == say("out_of_scope", "unreadable") != thanked
    assert waiting(house) == 0


# -- groups, contacts, places --------------------------------------------------------------------------------------------------------


def group_telegram(house: House, number: int, words: str) -> bytes:
    wire = house.wires["telegram"]
    mention = {"type": "mention", "offset": 0, "length": len("@dong_hanh_thu_bot")}
    message = wire.message(KEY, number, text=f"@dong_hanh_thu_bot {words}", entities=[mention])
    return bytes(wire.update(number, **message | {"chat": {"id": int(GROUP), "type": "supergroup", "title": "Xóm Thử"}}))


def test_a_telegram_group_is_told_where_to_go_once_and_nothing_is_kept_of_who_asked(house: House) -> None:
    before, wire = house.rows(), house.wires["telegram"]
    body = group_telegram(house, 1, f"nhà {NAME} số {PHONE} xin đăng ký thoát nghèo")
    house.push("telegram", body)
    house.push("telegram", body)
    chatter = {"chat": {"id": int(GROUP), "type": "group", "title": "Xóm Thử"}}
    house.push("telegram", wire.update(2, **wire.message(KEY, 2, text=f"chào {NAME}") | chatter))
    assert wire.heard(GROUP) == [say("channel", "group", bot="dong_hanh_thu_bot")]
    assert wire.heard(KEY) == []
    after = house.rows()
    assert {name for name in after if after[name] != before[name]} == {"inbox", "outbox"}


def test_a_zalo_bot_group_is_told_where_to_go_and_nothing_is_kept_of_who_asked(house: House) -> None:
    before, wire = house.rows(), house.wires["zalo_bot"]
    body = wire.event("message.text.received", KEY, 1, "GROUP", "nhom-thu", text=f"{NAME} {PHONE} xin đăng ký")
    house.push("zalo_bot", body)
    house.push("zalo_bot", body)
    assert wire.heard("nhom-thu") == [say("zalo_bot", "group_plain")] and wire.heard(KEY) == []
    after = house.rows()
    assert {name for name in after if after[name] != before[name]} == {"inbox", "outbox"}


def test_groups_of_a_zalo_account_are_none_of_our_business(house: House) -> None:
    before, wire = house.rows(), house.wires["zalo_oa"]
    for number, name in enumerate(("user_send_group_text", "anonymous_send_text", "oa_send_group_text"), 1):
        house.push("zalo_oa", wire.event(name, KEY, number, message={"msg_id": f"in-{number}", "text": PHONE}))
    assert house.rows() == before and wire.heard(KEY) == []


def contact(house: House, number: int, owner: int | None) -> bytes:
    wire = house.wires["telegram"]
    card: dict[str, Any] = {"phone_number": PHONE, "first_name": NAME} | ({"user_id": owner} if owner else {})
    return bytes(wire.update(number, **wire.message(KEY, number, contact=card)))


@pytest.mark.parametrize("owner", [int(OTHER), None], ids=["somebody else's", "nobody's"])
def test_a_contact_that_is_not_the_senders_own_is_not_taken(owner: int | None, house: House) -> None:
    before = house.rows()
    house.push("telegram", contact(house, 1, owner))
    assert house.wires["telegram"].heard(KEY) == [say("channel", "foreign_contact")]
    assert house.rows()["conversation"] == before["conversation"]


def test_a_contact_of_the_sender_is_taken_as_their_words(house: House) -> None:
    house.push("telegram", contact(house, 1, int(KEY)))
    by_contact = house.wires["telegram"].heard(KEY)
    house.push("telegram", house.wires["telegram"].text(OTHER, 2, PHONE))
    assert by_contact == house.wires["telegram"].heard(OTHER) and len(by_contact) == 1


def test_a_forwarded_place_is_not_taken_and_the_senders_own_is(house: House) -> None:
    appoint_head(house, "telegram")
    wire, place = house.wires["telegram"], {"latitude": 18.44, "longitude": 105.77}
    house.push("telegram", wire.text(KEY, 1, REPORT))
    origin = {"type": "hidden_user", "sender_user_name": "Ai Đó", "date": 1_795_000_000}
    house.push("telegram", wire.update(2, **wire.message(KEY, 2, location=place, forward_origin=origin)))
    assert wire.heard(KEY)[-1] == say("channel", "foreign_location")
    house.push("telegram", wire.update(3, **wire.message(KEY, 3, location=place)))
    assert "18.44" in wire.heard(KEY)[-1]


def test_a_place_from_zalo_is_put_on_the_card(house: House) -> None:
    appoint_head(house, "zalo_oa")
    wire = house.wires["zalo_oa"]
    house.push("zalo_oa", wire.text(KEY, 1, REPORT))
    place = {"type": "location", "payload": {"coordinates": {"latitude": "18.44", "longitude": "105.77"}}}
    house.push("zalo_oa", wire.event("user_send_location", KEY, 2, message={"msg_id": "in-2", "attachments": [place]}))
    assert "18.44" in wire.heard(KEY)[-1]


# -- edited messages and buttons -----------------------------------------------------------------------------------------------------


def edited(house: House, number: int, words: str, at: int = 1_795_000_100) -> bytes:
    wire = house.wires["telegram"]
    return bytes(wire.update(100 + number, "edited_message", **wire.message(KEY, number, text=words, edit_date=at)))


def test_a_message_edited_in_a_form_changes_nothing_and_says_so(house: House) -> None:
    appoint_head(house, "telegram")
    wire = house.wires["telegram"]
    house.push("telegram", wire.text(KEY, 1, REPORT))
    house.push("telegram", edited(house, 1, REPORT.replace("45", "90")))
    house.push("telegram", edited(house, 1, REPORT.replace("45", "90")))
    assert [told.partition("\n")[0] for told in wire.heard(KEY)[1:]] == [say("intake", "edited")]
    house.push("telegram", wire.text(KEY, 2, "đúng"))
    assert house.count("select amount_vnd from activity") == 45_000_000


def test_a_message_edited_outside_a_form_is_answered_as_a_new_one(house: House) -> None:
    wire = house.wires["telegram"]
    house.push("telegram", wire.text(KEY, 1, "han gui bao cao"))
    house.push("telegram", edited(house, 1, "hạn gửi báo cáo ở Kbang"))
    house.push("telegram", wire.text(OTHER, 2, "hạn gửi báo cáo ở Kbang"))
    assert wire.heard(KEY)[1:] == wire.heard(OTHER)


def pressed(house: House, wire: str, number: int, what: str, key: str = KEY) -> bytes:
    if wire == "zalo_oa":
        return bytes(house.wires[wire].text(key, number, what))
    person = {"id": int(key), "first_name": NAME, "is_bot": False}
    fields = {"id": f"77{number}", "from": person, "data": what, "chat_instance": "1"}
    message = {"message_id": 1, "date": 1_795_000_000, "chat": {"id": int(key), "type": "private", "first_name": NAME}}
    return bytes(house.wires[wire].update(number, "callback_query", message=message, **fields))


def button_of_latest(house: House, number: int, wire: str) -> str:
    with reading(house.assistant.engine) as connection:
        person = people.find_account(connection, wire, KEY)
        query = select(OUTBOX.c.id).where(OUTBOX.c.person_id == person, OUTBOX.c.kind == "reply").order_by(OUTBOX.c.id.desc()).limit(1)
        return f"{connection.execute(query).scalar_one()}.{number}"


FORMS = [("telegram", ""), ("zalo_oa", "#"), ("zalo_oa", "")]


@pytest.mark.parametrize(("wire", "mark"), FORMS, ids=["telegram", "zalo with its mark", "zalo without"])
def test_a_button_of_the_latest_reply_is_taken_and_one_of_an_older_changes_nothing(wire: str, mark: str, house: House) -> None:
    with writing(house.assistant.engine) as connection:  # from here rows have numbers of five figures, as they have after a month
        row = "insert into outbox (id, person_id, channel, key, sender, message, kind, lane, body, state, attempts, part, reason, platform, created_at, due_at) "
        row += "values (20000, 0, '', '', '', '', 'aside', 0, '', 'sent', 0, 0, '', '', :at, :at)"
        connection.execute(text(row), {"at": "2026-11-21 02:00:00"})
    appoint_head(house, wire)
    house.push(wire, house.wires[wire].text(KEY, 1, REPORT))
    first = mark + button_of_latest(house, 1, wire)
    house.push(wire, pressed(house, wire, 2, first))
    assert "BC-" in house.wires[wire].heard(KEY)[1] and len(sent_reports(house)) == 1
    cases_before = house.rows()["case_file"]
    house.push(wire, pressed(house, wire, 3, first))
    house.push(wire, pressed(house, wire, 4, mark + "19999.1"))
    assert [told.partition("\n")[0] for told in house.wires[wire].heard(KEY)[2:]] == [say("intake", "old_button")] * 2
    assert house.rows()["case_file"] == cases_before
    if wire == "telegram":
        until(lambda: house.wires[wire].fake.acknowledged == ["772", "773", "774"])


def test_a_button_pressed_once_and_told_twice_is_taken_once(house: House) -> None:
    appoint_head(house, "telegram")
    house.push("telegram", house.wires["telegram"].text(KEY, 1, REPORT))
    body = pressed(house, "telegram", 2, button_of_latest(house, 1, "telegram"))
    house.push("telegram", body)
    house.push("telegram", body)
    assert len(house.wires["telegram"].heard(KEY)) == 2 and len(sent_reports(house)) == 1


@pytest.mark.parametrize("forged", ["{row}.²", "{row}.99999999", "{row}.0", "{row}.-1", "{row}.", "không", "{row}.1.1", "\ud800.1"])
def test_a_button_that_nobody_was_shown_changes_nothing_and_hurts_nobody(forged: str, house: House) -> None:
    """A changed Telegram client may give back what it likes."""
    appoint_head(house, "telegram")
    wire = house.wires["telegram"]
    house.push("telegram", wire.text(KEY, 1, REPORT))
    row = button_of_latest(house, 1, "telegram").partition(".")[0]
    body = pressed(house, "telegram", 2, forged.format(row=row)) if forged.isprintable() else forged_half(house)
    house.push("telegram", body)
    assert sent_reports(house) == []
    house.push("telegram", wire.text(OTHER, 3, "xin chào"))
    assert len(wire.heard(OTHER)) == 1


def forged_half(house: House) -> bytes:
    return pressed(house, "telegram", 2, "HALF").replace(b"HALF", b"\\ud800.1")


# -- people who leave and come back --------------------------------------------------------------------------------------------------


def membership(house: House, number: int, status: str) -> bytes:
    person = {"id": int(KEY), "first_name": NAME}
    us = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Đồng Hành"}
    states = {"member": {"user": us, "status": "member"}, "kicked": {"user": us, "status": "kicked", "until_date": 0}}
    old = states["member" if status == "kicked" else "kicked"]
    fields = {"chat": {**person, "type": "private"}, "date": 1_795_000_000, "old_chat_member": old, "new_chat_member": states[status]}
    return bytes(house.wires["telegram"].update(number, "my_chat_member", **fields | {"from": {**person, "is_bot": False}}))


LEAVING = {
    "blocked on Telegram": ("telegram", "blocked", lambda house: membership(house, 50, "kicked")),
    "unfollowed on Zalo": ("zalo_oa", "left", lambda house: house.wires["zalo_oa"].event("unfollow", KEY, 50, follower={"id": KEY})),
    "withdrew from Zalo": ("zalo_oa", "left", lambda house: house.wires["zalo_oa"].event("user_withdraw", KEY, 50, user_id=KEY)),
}
COMING = {
    "telegram": lambda house: membership(house, 60, "member"),
    "zalo_oa": lambda house: house.wires["zalo_oa"].event("follow", KEY, 60, follower={"id": KEY}),
}


def gone(house: House, wire: str) -> str:
    with reading(house.assistant.engine) as connection:
        return str(connection.execute(select(ACCOUNT.c.gone).where(ACCOUNT.c.channel == wire, ACCOUNT.c.key == KEY)).scalar_one())


@pytest.mark.parametrize("way", LEAVING)
def test_who_left_is_not_written_to_and_gets_what_waited_when_they_are_back(way: str, house: House) -> None:
    wire, why, leave = LEAVING[way]
    appoint_head(house, wire)
    house.push(wire, house.wires[wire].text(KEY, 1, REPORT))
    house.push(wire, house.wires[wire].text(KEY, 2, "đúng"))
    code = next(word.strip(".,") for word in house.wires[wire].heard(KEY)[-1].split() if word.startswith("BC-"))
    house.push(wire, leave(house))
    assert gone(house, wire) == why
    before = house.wires[wire].heard(KEY)
    house.say("can-bo", f"xác minh {code}")
    house.say("can-bo", f"trả lại {code} thiếu ảnh")
    house.sender.wake()
    house.settle()
    held = house.count("select count(*) from outbox where state = 'waiting' and kind = 'notice' and channel = :wire", wire=wire)
    assert held and house.wires[wire].heard(KEY) == before
    body = COMING[wire](house)
    house.push(wire, body)
    house.push(wire, body)
    assert gone(house, wire) == ""
    new = house.wires[wire].heard(KEY)[len(before) :]
    assert sum(code in told for told in new) == held
    assert len(new) == held + (wire == "zalo_oa")  # who follows is greeted, once


@pytest.mark.parametrize("way", ["blocked on Telegram", "unfollowed on Zalo"])  # who withdraws is asked whether to erase
def test_somebody_who_never_wrote_leaves_without_a_trace(way: str, house: House) -> None:
    wire, _, leave = LEAVING[way]
    before = house.rows()
    house.push(wire, leave(house))
    assert house.rows() == before


# -- what an officer has to know -------------------------------------------------------------------------------------------------------


def announced(house: House, wire: str) -> tuple[str, str]:
    """An officer's announcement, arrived at one person; gives its code and the platform's number of the message."""
    appoint(house, wire, OFFICER, Role.COMMUNE_OFFICER, HERE, "chị Thử")
    appoint_head(house, wire)
    code, words, audience = new_code("TB"), "Sáng mai họp thôn.", Audience(HERE, (Role.VILLAGE_HEAD,), channels=(wire,))
    vault, at = house.assistant.vault, house.now
    with writing(house.assistant.engine) as connection:
        author = people.find_account(connection, wire, OFFICER)
        assert author is not None
        body = {"text": words, "audience": audience.kept(), "urgent": False}
        cases.submit(connection, vault, author, Submit(code, CaseKind.ANNOUNCEMENT, HERE, body, at, State.APPROVED), at)
        reach = audiences.reach(connection, vault, audience, at, frozenset())
        assert reach.count == 1 and announcements.begin(connection, vault, Start(code, 1, reach.who), words, at, frozenset())
    house.sender.wake()
    house.settle()
    assert house.wires[wire].heard(KEY) == [words]
    with reading(house.assistant.engine) as connection:
        return code, str(connection.execute(select(OUTBOX.c.platform).where(OUTBOX.c.kind == "announcement")).scalar_one())


def reaction(house: House, wire: str, number: int, to: str, icon: str) -> bytes:
    if wire == "zalo_oa":
        return bytes(house.wires[wire].event("user_reacted_message", KEY, number, message={"msg_id": to, "react_icon": icon or "/-remove"}))
    person = {"id": int(KEY), "first_name": NAME}
    new = [{"type": "emoji", "emoji": icon}] if icon else []
    fields = {"chat": {**person, "type": "private"}, "user": {**person, "is_bot": False}, "message_id": int(to), "date": 1_795_000_000}
    return bytes(house.wires[wire].update(number, "message_reaction", old_reaction=[], new_reaction=new, **fields))


@pytest.mark.parametrize(("wire", "icon"), [("telegram", "👍"), ("zalo_oa", "/-strong")])
def test_a_reaction_to_an_announcement_is_counted_once_and_told_to_its_officer(wire: str, icon: str, house: House) -> None:
    code, to = announced(house, wire)
    house.push(wire, reaction(house, wire, 71, to, icon))
    house.push(wire, reaction(house, wire, 71, to, icon))
    assert house.wires[wire].heard(OFFICER) == [say("sending", "reactions", code=code, count="1", icon=icon)]
    house.push(wire, reaction(house, wire, 72, to, ""))
    house.push(wire, reaction(house, wire, 71, to, icon))  # the first one once more, late
    assert house.count("select count(*) from reaction where icon <> ''") == 0
    house.push(wire, reaction(house, wire, 73, "123456", icon))
    assert house.rows()["reaction"] == 1 and len(house.wires[wire].heard(KEY)) == 1


@pytest.mark.parametrize("wire", ["telegram", "zalo_oa"])
def test_words_that_quote_an_announcement_reach_its_officer(wire: str, house: House) -> None:
    code, to = announced(house, wire)
    ours = {"message_id": int(to) if wire == "telegram" else 0, "date": 1_795_000_000, "chat": {"id": int(KEY), "type": "private"}}
    us = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Đồng Hành"}
    quote = {"reply_to_message": ours | {"from": us, "text": "Sáng mai họp thôn."}} if wire == "telegram" else {"quote_msg_id": to}
    body = house.wires[wire].text(KEY, 71, "mai tôi bận đi nương, xin vắng", **quote)
    house.push(wire, body)
    house.push(wire, body)
    told = house.wires[wire].heard(OFFICER)
    assert len(told) == 1 and code in told[0] and "bận đi nương" in told[0]
    assert house.count("select replies from announcement") == 1


def test_what_an_officer_wrote_by_hand_is_seen_at_the_hand_over(house: House) -> None:
    wire = house.wires["zalo_oa"]
    house.push("zalo_oa", wire.text(KEY, 1, "xã Thiên Lộc, Can Lộc, Hà Tĩnh có hỗ trợ nuôi ong không"))
    ends = {"sender": {"id": wire.fake.oa, "admin_id": "9001"}, "recipient": {"id": KEY}}
    by_hand = wire.event("oa_send_text", KEY, 2, message={"msg_id": "out-77", "text": "Thứ hai bác ra xã gặp chị nhé."}, **ends)
    echo = wire.event(
        "oa_send_text", KEY, 3, message={"msg_id": "out-78", "text": "Tin của máy."}, sender={"id": wire.fake.oa}, recipient={"id": KEY}
    )
    for body in (by_hand, by_hand, echo):
        house.push("zalo_oa", body)
    assert len(wire.heard(KEY)) == 1 and house.count("select count(*) from audit where action = 'answered by hand'") == 1
    house.push("zalo_oa", wire.text(KEY, 4, "gặp cán bộ"))
    offered = wire.heard(KEY)[-1]
    assert say("intake", "human") not in offered
    for number, words in enumerate(("xã Thiên Lộc, Can Lộc, Hà Tĩnh", "1", "chuyển"), 5):
        if not house.count("select count(*) from case_file where kind = 'question'"):
            house.push("zalo_oa", wire.text(KEY, number, words))
    code = house.assistant.engine.connect().exec_driver_sql("select code from case_file where kind = 'question'").scalar_one()
    seen = house.say("can-bo", f"xem {code}").text
    assert "nuôi ong" in seen and seen.count("Thứ hai bác ra xã gặp chị nhé.") == 1 and "Tin của máy" not in seen


# -- asking instead of being told ----------------------------------------------------------------------------------------------------


class Asking:
    """A process that asks Telegram for updates; it ends as a killed one does, with whatever it was at."""

    def __init__(self, people_of: People, fake: FakeTelegram) -> None:
        self.people, self.fake = people_of, fake
        self.ready = threading.Event()

    def __enter__(self) -> Asking:
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(PATIENCE)

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        channel = Telegram(TOKEN, self.fake.url)
        office = Office(self.people.assistant)
        intake = Intake(office, Sender(office, {"telegram": channel}, RealClock()).wake)
        self.task = asyncio.create_task(listen(channel, intake))
        self.ready.set()
        await asyncio.gather(self.task, return_exceptions=True)
        await channel.stopped()


def taken(people_of: People) -> int:
    with reading(people_of.assistant.engine) as connection:
        return int(connection.execute(text("select count(*) from inbox where channel = 'telegram'")).scalar_one())


def test_an_update_is_confirmed_only_after_it_was_kept_and_survives_a_crash(
    people_of: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.running, "AGAIN_SECONDS", 0.05)
    with FakeTelegram() as fake:
        numbers = [fake.feed_text(int(KEY), words) for words in ("xin chào", "cảm ơn")]
        with locked(people_of):
            with Asking(people_of, fake):
                until(lambda: len([said for said in caplog.messages if "was not kept" in said]) >= 3)
            assert fake.waiting == numbers and taken(people_of) == 0
        with Asking(people_of, fake):
            until(lambda: not fake.waiting)
        assert taken(people_of) == 2 and KEY not in caplog.text


def test_an_update_that_was_kept_and_not_confirmed_takes_effect_once(people_of: People) -> None:
    with FakeTelegram() as fake:
        number = fake.feed_text(int(KEY), "xin chào")
        with Asking(people_of, fake):
            until(lambda: taken(people_of) == 1)
            fake.faults.share("/getUpdates", 1.0, Fault("5xx", 502))  # the confirmation does not get through any more
        waited = fake.waiting
        fake.faults.shares.clear()
        if not waited:  # it had got through just before
            fake.feed({"update_id": number, "message": fake_message(number)})
        with Asking(people_of, fake):
            until(lambda: not fake.waiting)
        with reading(people_of.assistant.engine) as connection:
            assert connection.execute(text("select count(*) from outbox where kind = 'reply' and channel = 'telegram'")).scalar_one() == 1


def fake_message(_number: int) -> dict[str, Any]:
    person = {"id": int(KEY), "first_name": "Người thử"}
    message = {"message_id": 501, "date": 1_795_000_000, "chat": {**person, "type": "private"}, "from": {**person, "is_bot": False}}
    return message | {"text": "xin chào"}


def test_an_update_that_cannot_be_read_does_not_stop_the_others(people_of: People) -> None:
    with FakeTelegram() as fake:
        fake.feed({"message": {"message_id": "một", "text": PHONE}})
        fake.feed({"message": {**fake_message(0), "message_id": 10**400}})
        fake.feed_text(int(KEY), "xin chào")
        with Asking(people_of, fake):
            until(lambda: not fake.waiting)
        assert taken(people_of) == 1


def test_a_channel_that_cannot_start_is_begun_again(people_of: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.running, "START_AGAIN_SECONDS", 0.05)
    with FakeTelegram() as fake:
        fake.faults.plan("/getMe", Fault("401"), Fault("401"))
        fake.feed_text(int(KEY), "xin chào")
        with Asking(people_of, fake):
            until(lambda: not fake.waiting)
        assert taken(people_of) == 1
