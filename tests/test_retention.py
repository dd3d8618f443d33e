"""Everything ends when its time is over, not before; what was agreed is kept to. Whole runs: test_retention_runs."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from intents.records import CaseKind, Photo, State
from intents.state import Conversation, Form
from intents.wording import group, say
from knowledge.calendar import ZONE
from storage import cases, conversations, outbox, retention
from storage.database import reading, writing
from storage.schema import (
    ACTIVITY,
    ASKER,
    CASE,
    CONVERSATION,
    DATA_REQUEST,
    HASH,
    HELPED,
    INBOX,
    INVITATION,
    LINK,
    OUTBOX,
    PERSON,
    PHOTO,
    VERSION,
)
from tests.conftest import NOW, People
from tests.made import ACTIVITY as REPORT
from tests.made import HOUSEHOLD, Kept, kept
from tests.postgres import postgres, postgres_server

__all__ = ["kept", "postgres", "postgres_server"]  # the fixtures

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HELPER = (
    "đăng ký giùm hộ ông Tư thôn Đông Thịnh xã Thiên Lộc huyện Can Lộc, hộ nghèo, 2 người, thiếu vốn, cần vay vốn, thoát nghèo năm 2027",
    "1",
    "đồng ý",
    "không có",
    "Phan Bốn",
    "1",
    "đúng",
)


def run(kept: Kept, at: datetime, *, dry: bool = False) -> dict[str, int]:
    """What ended, by kind; kinds of which nothing did are left out."""
    counts = retention.run(kept.engine, kept.vault, kept.photos, at, dry=dry)
    return {kind: count for kind, count in counts.items() if count}


def count(kept: Kept, table: Any) -> int:
    with reading(kept.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def in_viet_nam(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZONE)  # type: ignore[arg-type, misc]


def leftovers(kept: Kept) -> str:
    return json.dumps([value for _, value in kept.opened()], ensure_ascii=False)


# -- registrations -----------------------------------------------------------------------------------------------------------


def test_the_words_agreed_to_are_those_kept_to() -> None:
    assert "Giữ: đến hết năm đăng ký và 2 năm sau đó rồi xóa." in say("consent", "wording")
    assert "quá 30 ngày đơn tự hủy" in group("register")["sent_waiting"]
    assert retention.__doc__ is not None and "đến hết năm đăng\nký và 2 năm sau đó rồi xóa" in retention.__doc__


@pytest.mark.parametrize(
    ("told", "state", "last"),
    (
        ({"target_year": 2027}, State.SUBMITTED, in_viet_nam(2030, 1, 1)),
        ({"target_year": 2027}, State.EXITED, in_viet_nam(2030, 1, 1)),
        ({"target_year": None}, State.APPROVED, in_viet_nam(2029, 1, 1)),
        ({"target_year": 2025}, State.SUBMITTED, in_viet_nam(2029, 1, 1)),
        ({"target_year": 9999}, State.SUBMITTED, in_viet_nam(2049, 1, 1)),
        ({"target_year": "2027"}, State.SUBMITTED, in_viet_nam(2029, 1, 1)),
    ),
)
def test_a_registration_ends_two_years_after_its_year(kept: Kept, told: dict[str, Any], state: State, last: datetime) -> None:
    code = kept.case({**HOUSEHOLD, **told})
    kept.change(code, state, NOW + DAY)
    assert run(kept, last - SECOND) == {} and kept.codes() == [code]
    assert run(kept, last) == {"registration": 1} and kept.codes() == []
    assert "Mùa" not in leftovers(kept) and count(kept, HASH) == count(kept, VERSION) == 0


def test_a_late_change_does_not_make_it_stay_longer_than_agreed(kept: Kept) -> None:
    code = kept.case()
    kept.change(code, State.EXITED, in_viet_nam(2029, 6, 1))
    assert run(kept, in_viet_nam(2030, 1, 1)) == {"registration": 1}


@pytest.mark.parametrize("state", (State.WITHDRAWN, State.DECLINED))
def test_one_that_is_over_goes_two_years_after(kept: Kept, state: State) -> None:
    kept.change(kept.case({**HOUSEHOLD, "target_year": 2030}), state, NOW + DAY)
    late = kept.case({**HOUSEHOLD, "target_year": 2026})
    kept.change(late, state, in_viet_nam(2028, 6, 1))
    assert run(kept, in_viet_nam(2028, 11, 22, 8, 59)) == {}
    assert run(kept, in_viet_nam(2028, 11, 22, 9)) == {"registration": 1} and kept.codes() == [late]
    assert run(kept, in_viet_nam(2029, 1, 1)) == {"registration": 1}, "never longer than agreed"


def test_a_year_ends_in_viet_nam(kept: Kept) -> None:
    kept.case({**HOUSEHOLD, "target_year": None}, at=in_viet_nam(2027, 1, 1, 0, 30))  # still 2026 in UTC
    assert run(kept, in_viet_nam(2029, 6, 1)) == {}
    assert run(kept, in_viet_nam(2030, 1, 1)) == {"registration": 1}


def test_one_that_nobody_confirmed_is_emptied_after_30_days(kept: Kept) -> None:
    code = kept.case({**HOUSEHOLD, "confirm": "XN-2222-222"}, state=State.WAITING)
    kept.change(code, None, NOW + DAY, checks={"income": True})
    assert run(kept, NOW + 30 * DAY) == {} and "Mùa" in leftovers(kept)
    assert run(kept, NOW + 30 * DAY + SECOND) == {"unconfirmed registration": 1}
    assert "Mùa" not in leftovers(kept) and "Đông Thịnh" not in leftovers(kept) and count(kept, HASH) == count(kept, VERSION) == 0
    with reading(kept.engine) as connection:
        case = cases.find(connection, kept.vault, code)
        row = connection.execute(select(CASE)).one()
    assert case is not None and case.state is State.WITHDRAWN and case.version == 3 and case.body == {} and row.village_hash == ""
    assert run(kept, NOW + 31 * DAY) == {}
    assert run(kept, in_viet_nam(2029, 1, 1)) == {"registration": 1} and kept.codes() == []


def test_one_that_the_household_refused_is_emptied_at_once(kept: Kept) -> None:
    refused = kept.case({**HOUSEHOLD, "confirm": "XN-2222-222"}, state=State.WAITING)
    kept.change(refused, State.WITHDRAWN)
    own = kept.case(owner="ho2")
    kept.change(own, State.WITHDRAWN)
    assert run(kept, NOW + SECOND) == {"unconfirmed registration": 1}
    with reading(kept.engine) as connection:
        bodies = [case.body for code in (refused, own) if (case := cases.find(connection, kept.vault, code))]
    assert bodies[0] == {} and bodies[1]["name"] == HOUSEHOLD["name"]


def test_one_that_was_confirmed_stays(kept: Kept) -> None:
    code = kept.case({**HOUSEHOLD, "confirm": "XN-2222-222"}, state=State.WAITING)
    kept.change(code, State.SUBMITTED, NOW + DAY, confirm="")
    assert run(kept, NOW + 100 * DAY) == {}


def test_the_helper_sees_what_became_of_it_and_the_code_is_dead(people_of: People) -> None:
    said = [people_of.say("Bốn", text).text for text in HELPER][-1]
    confirm = said.split("mã xác nhận ")[1][:11]
    assistant = people_of.assistant
    retention.run(assistant.engine, assistant.vault, assistant.photos, NOW + 31 * DAY)
    people_of.later(days=31)
    assert "đã rút" in people_of.say("Bốn", "đơn của tôi").text
    assert "Tư" not in people_of.say("Bốn", "dữ liệu của tôi").text.replace("Thứ Tư", "")
    assert people_of.say("Tư", confirm).text.startswith(say("register", "not_found")[:20])
    assert "rút" in people_of.say("Bốn", "sửa đơn " + said.split("Mã đơn: ")[1][:11]).text


# -- reports and questions -----------------------------------------------------------------------------------------------------


def test_a_report_keeps_its_figures_and_loses_names_and_words_after_five_years(kept: Kept) -> None:
    body = {**REPORT, "photo_sums": ["ab" * 32]}
    code = kept.case(body, CaseKind.REPORT)
    kept.change(code, State.APPROVED, NOW + DAY)
    last = in_viet_nam(2031, 11, 22, 9)
    assert run(kept, last) == {} and "Chín" in leftovers(kept)
    with reading(kept.engine) as connection:
        before = connection.execute(select(ACTIVITY)).one()
    assert run(kept, last + SECOND) == {"report": 1}
    with reading(kept.engine) as connection:
        assert connection.execute(select(ACTIVITY)).one() == before and before.amount_vnd == 45_000_000
        case = cases.find(connection, kept.vault, code)
    assert case is not None and case.state is State.APPROVED and case.area.village == "thôn Đông Thịnh"
    assert case.body == {name: body[name] for name in ("kind", "occurred_on", "amount_vnd", "households", "items")}
    assert [word for word in ("Mùa", "Sáu", "Chín", "sáng nay", "lời cán bộ") if word in leftovers(kept)] == []
    assert [table.name for table in (HASH, HELPED, VERSION, PHOTO) if count(kept, table)] == []
    assert run(kept, last + DAY) == {}


@pytest.mark.parametrize("kind", (CaseKind.QUESTION, CaseKind.FLAG, CaseKind.DRAFT))
def test_a_question_goes_after_two_years(kept: Kept, kind: CaseKind) -> None:
    kept.change(kept.case({"text": "bà Mùa hỏi bao giờ phát gạo"}, kind), State.ANSWERED, NOW + DAY)
    last = in_viet_nam(2028, 11, 22, 9)
    assert run(kept, last) == {}
    assert run(kept, last + SECOND) == {"question": 1} and kept.codes() == [] and count(kept, ASKER) == 0


# -- conversations and messages --------------------------------------------------------------------------------------------------


def talk(kept: Kept, who: str, conversation: Conversation, at: datetime = NOW) -> int:
    number = kept.person(who)
    with writing(kept.engine) as connection:
        conversations.save(connection, kept.vault, number, conversation, at)
    return number


def form(name: str, step: str, at: datetime = NOW, **values: Any) -> Conversation:
    return Conversation(place="Can Lộc", form=Form(name, step, values or {"name": "Hoàng Thị Mùa"}, touched=at.isoformat()))


@pytest.mark.parametrize("step", ("intro", "consent"))
def test_a_form_without_consent_goes_after_a_day_and_the_place_stays(kept: Kept, step: str) -> None:
    number = talk(kept, "ho", form("registration", step))
    assert run(kept, NOW + DAY) == {}
    assert run(kept, NOW + DAY + SECOND) == {"unconsented form": 1} and "Mùa" not in leftovers(kept)
    with reading(kept.engine) as connection:
        assert conversations.load(connection, kept.vault, number) == Conversation(place="Can Lộc")
        row = connection.execute(select(CONVERSATION)).one()
    assert row.form_since is None and row.changed_at == NOW


@pytest.mark.parametrize(("name", "step"), (("registration", "members"), ("registration", "review"), ("report", "card")))
def test_a_form_with_consent_waits(kept: Kept, name: str, step: str) -> None:
    talk(kept, "ho", form(name, step))
    assert run(kept, NOW + 300 * DAY) == {}


def test_a_real_form_without_consent_is_forgotten(people_of: People) -> None:
    people_of.say("ho", "tôi tên Hoàng Thị Mùa, thôn Đông Thịnh xã Thiên Lộc huyện Can Lộc, hộ nghèo, 2 người, xin đăng ký thoát nghèo")
    people_of.say("ho", "1")
    assistant = people_of.assistant
    counts = retention.run(assistant.engine, assistant.vault, assistant.photos, NOW + DAY + SECOND)
    assert counts["unconsented form"] == 1
    people_of.later(days=2)
    assert "Mùa" not in people_of.say("ho", "1").text + people_of.say("ho", "đồng ý").text
    with reading(assistant.engine) as connection:
        assert connection.execute(select(func.count()).select_from(CASE)).scalar_one() == 0


def test_a_conversation_goes_after_a_silent_year(kept: Kept) -> None:
    talk(kept, "a", Conversation(place="Can Lộc"))
    talk(kept, "b", Conversation(place="Kbang"), NOW + DAY)
    assert run(kept, in_viet_nam(2027, 11, 21, 9)) == {}
    assert run(kept, in_viet_nam(2027, 11, 21, 9) + SECOND) == {"conversation": 1}
    assert count(kept, CONVERSATION) == 1 and count(kept, PERSON) == 2


def test_taken_messages_are_forgotten_after_30_days(kept: Kept) -> None:
    with writing(kept.engine) as connection:
        rows = [{"channel": "t", "sender": "s", "message": f"{n}", "received_at": NOW + n * SECOND} for n in range(3)]
        connection.execute(insert(INBOX), rows)
    assert run(kept, NOW + 30 * DAY) == {}
    assert run(kept, NOW + 30 * DAY + 2 * SECOND) == {"taken message": 2} and count(kept, INBOX) == 1


def test_the_words_of_sent_messages_go_after_90_days_and_those_that_wait_stay(kept: Kept) -> None:
    number = kept.person("ho")
    with writing(kept.engine) as connection:
        for words in ("đã gửi", "gửi sau", "còn chờ", "bỏ cuộc"):
            outbox.notice(connection, kept.vault, number, words, NOW)
        outbox.sent(connection, [1], NOW)
        outbox.sent(connection, [2], NOW + DAY)
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == 4).values(state="given up"))
    assert run(kept, NOW + 90 * DAY) == {}
    assert run(kept, NOW + 90 * DAY + SECOND) == {"sent message": 2}
    left = [value and value["text"] for name, value in kept.opened() if name == "outbox.body"]
    assert left == [None, "gửi sau", "còn chờ", None]
    with reading(kept.engine) as connection:
        assert [one.text for one in outbox.due(connection, kept.vault, number)] == ["còn chờ"]


def test_a_reply_of_long_ago_is_emptied_though_no_sender_marked_it(people_of: People) -> None:
    people_of.say("ho", "xin chào", message="m1")
    assistant = people_of.assistant
    counts = retention.run(assistant.engine, assistant.vault, assistant.photos, NOW + 91 * DAY)
    assert counts["sent message"] == 1 and counts["taken message"] == 1


@pytest.mark.parametrize("table", (INVITATION, LINK))
def test_codes_go_90_days_after_they_expired(kept: Kept, table: Any) -> None:
    with writing(kept.engine) as connection:
        row = {"code_hash": "x", "expires_at": NOW}
        more = {"role": "admin", "issued_by": 0, "issued_at": NOW} if table is INVITATION else {"person_id": 1}
        connection.execute(insert(table).values(**row, **more))
    assert run(kept, NOW + 90 * DAY) == {}
    assert run(kept, NOW + 90 * DAY + SECOND) == {"invitation" if table is INVITATION else "link code": 1} and count(kept, table) == 0


def test_what_was_asked_under_the_data_law_goes_two_years_after_it_was_done(kept: Kept) -> None:
    with writing(kept.engine) as connection:
        for done in (NOW, None):
            row = {"person_id": 1, "what": kept.vault.seal("bà Mùa xin bản sao"), "case_code": "", "asked_at": NOW, "due_at": NOW}
            connection.execute(insert(DATA_REQUEST).values(done_at=done, province_key="", commune_key="", **row))
    assert run(kept, in_viet_nam(2028, 11, 21, 9)) == {}
    assert run(kept, in_viet_nam(2028, 11, 21, 9) + SECOND) == {"data request": 1}
    assert [value for name, value in kept.opened() if name == "data_request.what"] == [None, "bà Mùa xin bản sao"]


# -- photos ----------------------------------------------------------------------------------------------------------------------


def test_photos_that_nothing_names_go_after_seven_days(kept: Kept) -> None:
    sums = [hashlib.sha256(name.encode()).hexdigest() for name in ("named", "being written", "left", "fresh")]
    kept.photos.keep([Photo(b"x", one) for one in sums])
    draft = kept.photos.path(sums[0]).with_suffix(".4711.new")
    others = [kept.photos.folder / "ab" / "notes.jpg", kept.photos.folder / "zz" / f"{sums[2]}.jpg", kept.photos.folder / f"{sums[2]}.jpg"]
    for path in (draft, *others):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    kept.case({**REPORT, "photo_sums": [sums[0]]}, CaseKind.REPORT)
    talk(kept, "truong-thon", form("report", "card", todo=[{"photo_sums": [sums[1]]}], number=1))
    old = NOW.timestamp()
    for path in (draft, *others, *map(kept.photos.path, sums[:3])):
        os.utime(path, (old, old))
    assert run(kept, NOW + 7 * DAY) == {}
    assert run(kept, NOW + 7 * DAY + SECOND, dry=True) == {"photo": 2} and kept.photos.path(sums[2]).exists()
    assert run(kept, NOW + 7 * DAY + SECOND) == {"photo": 2}
    assert [kept.photos.path(one).exists() for one in sums] == [True, True, False, True]
    assert not draft.exists() and all(path.exists() for path in others), "nothing but photos is ever removed"


def test_a_folder_that_is_not_there_is_no_trouble(kept: Kept) -> None:
    assert not kept.photos.folder.exists() and run(kept, NOW) == {}
