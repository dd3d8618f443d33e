"""Several messages, people and officers at the same moment, on real SQLite and real PostgreSQL: each thing happens once."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, func, select

from bot.opening import open_assistant
from bot.settings import settings
from intents.dialogue import Dialogue
from intents.messages import Incoming, Reply
from intents.people import Role
from intents.records import Case
from intents.state import Form
from intents.wording import say
from knowledge.units import Area
from storage import audit, cases, conversations, outbox, people
from storage.database import reading, writing
from storage.schema import ACCOUNT, ACTIVITY, CASE, CONSENT, CONVERSATION, INBOX, PERSON, VERSION
from tests.conftest import NOW, People
from tests.killed import CHANNEL, REGISTRATION, Script
from tests.postgres import at_once, crowd, postgres, postgres_server
from tests.test_durability import CODE, left, shown

__all__ = ["crowd", "postgres", "postgres_server"]  # the fixtures

AT_ONCE = 8
LINGERING = 0.1  # seconds
DONG_THINH = Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc")
GIFT = "hôm qua đoàn thanh niên xã tặng 5 triệu cho 3 hộ thôn Đông Thịnh"
STEPS = {  # the answer to each step of the registration, in whatever order they are asked
    "intro": "làm tiếp",
    "consent": "đồng ý",
    "name": "Nguyễn Văn Tư",
    "village": "thôn Đông Thịnh",
    "commune": "xã Thiên Lộc",
    "household_type": "hộ nghèo",
    "members": "4 người",
    "reasons": "7",
    "needs": "1",
    "target_year": "2027",
    "phone": "0912345678",
    "unit": "1",
    "province": "Hà Tĩnh",
    "helper_name": "Lê Văn Bình",
    "proof": "1",
    "review": "đúng",
}


def hear(crowd: People, who: str, text: str, message: str = "") -> Callable[[], Reply]:
    """A job: one person sends one message."""
    incoming = Incoming(CHANNEL, who, message or f"{who}: {text}", text)
    return lambda: crowd.assistant.handle(incoming)


@contextmanager
def lingering(crowd: People) -> Iterator[None]:
    """Every transaction stays open for a while before its commit, so that those begun at once really overlap: a value read
    without a lock is then out of date when it is used."""

    def linger(_connection: Any) -> None:
        time.sleep(LINGERING)

    event.listen(crowd.assistant.engine, "commit", linger)
    try:
        yield
    finally:
        event.remove(crowd.assistant.engine, "commit", linger)


def race(crowd: People, *jobs: Callable[[], Reply]) -> list[Reply]:
    with lingering(crowd):
        return at_once(*jobs)


def late(job: Callable[[], Reply]) -> Callable[[], Reply]:
    """The job begun while the others are open but not committed."""

    def begin() -> Reply:
        time.sleep(LINGERING / 2)
        return job()

    return begin


def audited(crowd: People) -> None:
    """Begins the audit: its first line is a case of its own, tested below."""
    with writing(crowd.assistant.engine) as connection:
        audit.write(connection, crowd.assistant.vault, NOW, 0, "test", "")


def opened(crowd: People, *lines: str, who: str = "ho") -> People:
    """The same people after somebody has sent these lines, one after the other."""
    for line in lines:
        crowd.say(who, line)
    return crowd


def kept(crowd: People) -> list[Case]:
    with reading(crowd.assistant.engine) as connection:
        rows = connection.execute(select(CASE).order_by(CASE.c.id)).all()
        return [cases.read(connection, crowd.assistant.vault, row) for row in rows]


def versions(crowd: People, code: str) -> list[tuple[int, str]]:
    """The versions before the present one: number and state."""
    with reading(crowd.assistant.engine) as connection:
        query = select(VERSION.c.version, VERSION.c.state).join(CASE, CASE.c.id == VERSION.c.case_id).where(CASE.c.code == code)
        return [(row.version, row.state) for row in connection.execute(query.order_by(VERSION.c.version))]


def count(crowd: People, table: Table) -> int:
    with reading(crowd.assistant.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def holds(crowd: People) -> int:
    """The number of lines of the audit, which must hold."""
    with reading(crowd.assistant.engine) as connection:
        found = audit.verify(connection, crowd.assistant.vault)
    assert found.problem == ""
    return found.lines


def form_of(crowd: People, who: str) -> Form | None:
    with writing(crowd.assistant.engine) as connection:
        number = people.of_account(connection, CHANNEL, who, NOW)
        return conversations.load(connection, crowd.assistant.vault, number).form


# -- one message, several times ------------------------------------------------------------------------------------------------------


def test_the_same_message_in_eight_threads_takes_effect_once(crowd: People) -> None:
    opened(crowd, *REGISTRATION[:-1])
    replies = at_once(*[hear(crowd, "ho", "đúng", "last")] * AT_ONCE)
    assert len({reply.text for reply in replies}) == 1 and "Đã gửi đơn" in replies[0].text
    assert [case.code for case in kept(crowd)] == CODE.findall(replies[0].text)[:1]
    assert form_of(crowd, "ho") is None and holds(crowd) == 2


def test_the_same_first_message_in_eight_threads_makes_one_person(crowd: People) -> None:
    before = [count(crowd, table) for table in (ACCOUNT, PERSON, INBOX)]
    replies = race(crowd, *[hear(crowd, "moi", "đăng ký thoát nghèo", "first")] * AT_ONCE)
    assert len({reply.text for reply in replies}) == 1
    assert [count(crowd, table) for table in (ACCOUNT, PERSON, INBOX)] == [number + 1 for number in before]
    form = form_of(crowd, "moi")
    assert form is not None and form.step == "intro"


def test_the_same_message_in_eight_processes_takes_effect_once(crowd: People) -> None:
    opened(crowd, *REGISTRATION[:-1])
    crowd.assistant.engine.dispose()  # a connection does not survive a fork
    forks = multiprocessing.get_context("fork")
    start, told = forks.Barrier(AT_ONCE), forks.SimpleQueue()

    def worker() -> None:
        assistant = open_assistant(crowd.where, crowd.dialogue, lambda: NOW)
        start.wait(30)
        told.put(assistant.handle(Incoming(CHANNEL, "ho", "last", "đúng")).text)

    workers = [forks.Process(target=worker) for _ in range(AT_ONCE)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert [one.exitcode for one in workers] == [0] * AT_ONCE
    assert len({told.get() for _ in workers}) == 1
    assert len(kept(crowd)) == 1 and form_of(crowd, "ho") is None and holds(crowd) == 2


def test_a_whole_registration_with_every_message_delivered_three_times_at_once(crowd: People, tmp_path: Path, dialogue: Dialogue) -> None:
    script = Script("ho", REGISTRATION)
    alone = People(settings({}, tmp_path / "alone.sqlite3"), dialogue)
    expected = [shown(reply) for reply in script.play(alone.assistant)]
    for number, text in enumerate(expected):
        replies = at_once(*[hear(crowd, "ho", script.lines[number], script.incoming(number).message)] * 3)
        assert {shown(reply) for reply in replies} == {text}
        assert len({reply.text for reply in replies}) == 1
    assert left(crowd.assistant, "ho") == left(alone.assistant, "ho")


def test_two_people_may_have_messages_of_the_same_number(crowd: People) -> None:
    """Message numbers are the channel's, and on some channels each conversation counts its own."""
    opened(crowd, *REGISTRATION[:-1])
    mine, theirs = at_once(hear(crowd, "ho", "đúng", "17"), hear(crowd, "ho2", "đăng ký thoát nghèo", "17"))
    assert "Đã gửi đơn" in mine.text and "Tự nguyện đăng ký" in theirs.text


@pytest.mark.parametrize("ending", ["xóa hết", "{code}"], ids=["erased", "linked"])
def test_a_message_after_which_the_person_is_gone_is_answered_the_same_when_it_comes_again(crowd: People, ending: str) -> None:
    opened(crowd, "Can Lộc", "xóa dữ liệu của tôi")
    if ending == "{code}":
        ending = CODE.findall(opened(crowd, "thôi").say("ho2", "nối kênh").text)[0]
    first, again = (crowd.say("ho", ending, "last") for _ in range(2))
    assert again == first


# -- several messages of one person ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "texts"),
    [(3, ("Nguyễn Văn Tư", "thôn Đông Thịnh")), (6, ("hộ nghèo", "4 người")), (12, ("đúng", "dung")), (12, ("đúng", "thôi")), (0, ("Can Lộc", "hạn báo cáo"))],
)  # fmt: skip
def test_two_messages_of_one_person_at_once_are_taken_one_after_the_other(
    crowd: People, tmp_path: Path, dialogue: Dialogue, before: int, texts: tuple[str, str]
) -> None:
    serial = []
    for order in (texts, texts[::-1]):
        alone = opened(People(settings({}, tmp_path / f"{order[0]}.sqlite3"), dialogue), *REGISTRATION[:before])
        replies = {text: shown(alone.say("ho", text)) for text in order}
        serial.append((replies, left(alone.assistant, "ho")["cases"], form_of(alone, "ho")))
    opened(crowd, *REGISTRATION[:before])
    found = at_once(*(hear(crowd, "ho", text) for text in texts))
    outcome = (dict(zip(texts, map(shown, found), strict=True)), left(crowd.assistant, "ho")["cases"], form_of(crowd, "ho"))
    assert outcome in serial
    holds(crowd)


@pytest.mark.parametrize("late", range(1, len(REGISTRATION)))
def test_neighbouring_messages_in_the_wrong_order_lose_and_double_nothing(people_of: People, late: int) -> None:
    """An answer may land under another question, but nothing is sent that was not shown on the card before, or sent twice."""
    lines = list(REGISTRATION)
    lines[late - 1 : late + 1] = lines[late], lines[late - 1]
    replies = [people_of.say("ho", line, str(number)) for number, line in enumerate(lines)]
    texts = [reply.text for reply in replies]
    while form := form_of(people_of, "ho"):
        texts.append(people_of.say("ho", STEPS[form.step]).text)
    (case,) = kept(people_of)
    card = texts[next(number for number, text in enumerate(texts) if case.code in text) - 1]
    assert all(f": {case.body[slot]}\n" in card for slot in ("name", "village", "members", "target_year"))
    assert [people_of.say("ho", line, str(number)) for number, line in enumerate(lines)] == replies, "an old message changes nothing"
    assert kept(people_of) == [case] and form_of(people_of, "ho") is None and holds(people_of) == 2


# -- several people --------------------------------------------------------------------------------------------------------------------------


def with_open_case(crowd: People) -> str:
    """A registration that two officers have open, neither of them holding it any more; its code."""
    opened(crowd, *REGISTRATION)
    code = kept(crowd)[0].code
    for officer in ("can-bo", "can-bo-2"):
        assert "Nguyễn Văn Tư" in crowd.say(officer, f"mở {code}").text
        crowd.later(minutes=31)
    crowd.news("ho")
    return code


@pytest.mark.parametrize("other", [("ghi nhận",), ("trả lại", "thôn", "Chưa rõ thôn, bà con ghi lại.", "đồng ý")], ids=["same", "opposite"])
def test_of_two_officers_who_decide_at_once_one_wins_and_the_other_is_told(crowd: People, other: tuple[str, ...]) -> None:
    code = with_open_case(crowd)
    opened(crowd, *other[:-1], who="can-bo-2")
    lines = holds(crowd)
    replies = race(crowd, hear(crowd, "can-bo", "ghi nhận"), hear(crowd, "can-bo-2", other[-1]))
    (case,) = kept(crowd)
    conflict = say("officer", "conflict", code=code, state=say("registration_state", case.state.value))
    done = say("officer", "done", code=code, state=say("registration_state", case.state.value))
    assert sorted(reply.text for reply in replies) == sorted([conflict, done])
    assert case.version == 2 and versions(crowd, code) == [(1, "submitted")]
    assert len(crowd.news("ho")) == 1 and holds(crowd) == lines + 1


def test_two_officers_who_verify_everything_at_once_verify_each_report_once(crowd: People) -> None:
    for day in range(1, 9):
        opened(crowd, f"ngày {day}/11/2026 tặng {day} triệu cho {day} hộ", "bỏ qua", "bỏ qua", "đúng", who="truong-thon")
    reports = [case.code for case in kept(crowd)]
    assert len(reports) == 8
    for officer in ("can-bo", "can-bo-2"):
        opened(crowd, "xác minh tất cả", who=officer)
    race(crowd, hear(crowd, "can-bo", "đồng ý"), hear(crowd, "can-bo-2", "đồng ý"))
    assert [(case.code, str(case.state), case.version) for case in kept(crowd)] == [(code, "verified", 2) for code in reports]
    assert [versions(crowd, code) for code in reports] == [[(1, "submitted")]] * 8
    assert len(crowd.news("truong-thon")) == 8
    holds(crowd)


def test_a_household_that_withdraws_and_an_officer_who_approves_at_once_lose_nothing(crowd: People) -> None:
    code = with_open_case(crowd)
    opened(crowd, f"rút đơn {code}")
    race(crowd, hear(crowd, "ho", "rút"), hear(crowd, "can-bo", "ghi nhận"))
    (case,) = kept(crowd)
    assert str(case.state) == "withdrawn", "the household has the last word, whichever came first"
    assert [number for number, _ in versions(crowd, code)] == list(range(1, case.version))
    holds(crowd)


def test_a_report_approved_while_its_head_was_changing_it_stays_approved(crowd: People) -> None:
    opened(crowd, GIFT, "bỏ qua", "đúng", who="truong-thon")
    (case,) = kept(crowd)
    opened(crowd, f"sửa báo cáo {case.code}", "sửa số hộ thành 2", who="truong-thon")
    opened(crowd, f"xác minh {case.code}", f"duyệt {case.code}", who="can-bo")
    assert [str(case.state) for case in kept(crowd)] == ["approved"]
    reply = crowd.say("truong-thon", "đúng")
    assert [str(case.state) for case in kept(crowd)] == ["approved"], reply.text


def test_the_same_gift_reported_at_once_by_two_heads_counts_once(crowd: People) -> None:
    crowd.appoint("truong-thon-2", Role.VILLAGE_HEAD, DONG_THINH, "bác An")
    audited(crowd)
    heads = ("truong-thon", "truong-thon-2")
    for head in heads:
        assert "đúng" in [choice.means for choice in opened(crowd, GIFT, who=head).say(head, "bỏ qua").choices]
    race(crowd, *(hear(crowd, head, "đúng") for head in heads))
    assert len(kept(crowd)) == 2
    with reading(crowd.assistant.engine) as connection:
        counted = connection.execute(select(ACTIVITY.c.counted)).scalars().all()
    assert sorted(counted) == [False, True]
    assert "(5.000.000 đồng)" in crowd.say("can-bo", "số liệu").text
    holds(crowd)


def test_of_two_people_with_one_invitation_one_gets_the_role(crowd: People) -> None:
    code = CODE.findall(crowd.say("can-bo", "/moi trưởng thôn thôn Đông Hà xã Can Lộc").text)[0]
    for who in ("an", "binh"):
        opened(crowd, code, who=who)
    before = roles(crowd)
    race(crowd, hear(crowd, "an", "bác An"), hear(crowd, "binh", "bác Bình"))
    assert roles(crowd).count("village_head") == before.count("village_head") + 1
    holds(crowd)


def roles(crowd: People) -> list[str]:
    with reading(crowd.assistant.engine) as connection:
        return list(connection.execute(select(PERSON.c.role)).scalars())


def test_of_two_people_with_one_link_code_one_is_linked(crowd: People) -> None:
    code = CODE.findall(crowd.say("ho", "nối kênh").text)[0]
    opened(opened(crowd, "xin chào", who="an"), "xin chào", who="binh")
    race(crowd, hear(crowd, "an", code), hear(crowd, "binh", code))
    with reading(crowd.assistant.engine) as connection:
        owners = [people.find_account(connection, CHANNEL, who) for who in ("ho", "an", "binh")]
    assert len(set(owners)) == 2 and owners.count(owners[0]) == 2


def test_of_two_people_with_one_confirmation_code_one_confirms(crowd: People) -> None:
    opened(crowd, "đăng ký giúp hộ ông Nguyễn Văn Tư thôn Đông Thịnh xã Thiên Lộc")
    while form := form_of(crowd, "ho"):
        code = CODE.findall(crowd.say("ho", STEPS[form.step]).text)[-1:]
    for who in ("an", "binh"):
        opened(crowd, *code, who=who)
    race(crowd, hear(crowd, "an", "đồng ý"), hear(crowd, "binh", "đồng ý"))
    (case,) = kept(crowd)
    assert (str(case.state), case.version, versions(crowd, case.code)) == ("submitted", 2, [(1, "waiting")])
    assert count(crowd, CONSENT) == 2, "the helper's and that of one household"


def test_many_households_at_once_each_get_their_own_case(crowd: People) -> None:
    audited(crowd)
    script = [Script(f"ho-{number}", REGISTRATION) for number in range(AT_ONCE)]
    lives = at_once(*[lambda one=one: list(one.play(crowd.assistant)) for one in script])
    codes = [CODE.findall(life[-1].text)[0] for life in lives]
    assert sorted(case.code for case in kept(crowd)) == sorted(codes) and len(set(codes)) == AT_ONCE
    assert holds(crowd) == 1 + 2 * AT_ONCE
    assert len(crowd.news("can-bo")) == AT_ONCE


def test_reports_sent_and_verified_at_the_same_time_do_not_stand_in_each_others_way(crowd: People) -> None:
    """Every head sends the same gift again and again while officers verify: one sum, locks in many orders, no deadlock."""
    heads = [f"head-{number}" for number in range(4)]
    for number, head in enumerate(heads):
        crowd.appoint(head, Role.VILLAGE_HEAD, DONG_THINH, f"bác {number}")
    opened(crowd, GIFT, "bỏ qua", "đúng", who="truong-thon")
    for turn in range(4):
        for head in heads:
            opened(crowd, GIFT, "bỏ qua", *(["đúng"] if turn else []), who=head)
        code = kept(crowd)[-1].code
        last = "việc khác" if turn else "đúng"
        at_once(
            *(hear(crowd, head, last, f"{head} {turn}") for head in heads), hear(crowd, "can-bo", f"xác minh {code}", f"officer {turn}")
        )
    with reading(crowd.assistant.engine) as connection:
        assert sum(connection.execute(select(ACTIVITY.c.counted)).scalars()) == 1
    holds(crowd)


def test_what_was_said_while_one_erased_everything_is_not_kept(crowd: People) -> None:
    opened(crowd, *REGISTRATION, "xóa dữ liệu của tôi")
    with reading(crowd.assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, "ho")
    assert person is not None
    race(crowd, hear(crowd, "ho", "xóa hết"), late(hear(crowd, "ho", "Tôi là Nguyễn Văn Tư, số 0912345678")))
    with reading(crowd.assistant.engine) as connection:
        gone = connection.execute(select(PERSON.c.erased_at).where(PERSON.c.id == person)).scalar_one()
        assert gone is not None
        assert connection.execute(select(CONVERSATION).where(CONVERSATION.c.person_id == person)).all() == []
        assert "Nguyễn Văn Tư" not in str(outbox.due(connection, crowd.assistant.vault, person, ("reply", "notice")))


def test_questions_asked_by_many_at_once_are_answered_as_when_asked_alone(people_of: People) -> None:
    """The dialogue is one for all threads, and keeps what it has understood lately."""
    questions = [
        f"{asked} {place}" for asked in ("hạn báo cáo", "tiêu chí hộ", "ai được vay vốn") for place in ("Ninh Bình", "Kbang", "Lạng Sơn")
    ]
    alone = [people_of.say(f"alone {text}", text) for text in questions]
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for turn in range(3):
            asked = at_once(*(hear(people_of, f"{turn} {one} {text}", text) for text in questions for one in range(3)))
            assert asked == [reply for reply in alone for _ in range(3)]
    finally:
        sys.setswitchinterval(switching)


# -- the audit -------------------------------------------------------------------------------------------------------------------------------


def test_many_writers_of_an_empty_audit_make_one_chain(crowd: People) -> None:
    def write(actor: int) -> None:
        for number in range(2):
            with writing(crowd.assistant.engine) as connection:
                audit.write(connection, crowd.assistant.vault, NOW, actor, "test", f"{actor}/{number}")

    with lingering(crowd):
        at_once(*[lambda actor=actor: write(actor) for actor in range(AT_ONCE)])
    assert holds(crowd) == 2 * AT_ONCE


def test_a_check_of_the_audit_while_others_write_finds_nothing_wrong(crowd: People) -> None:
    def write() -> str:
        for number in range(60):
            with writing(crowd.assistant.engine) as connection:
                audit.write(connection, crowd.assistant.vault, NOW, 1, "test", str(number))
        return ""

    def check() -> str:
        for _ in range(60):
            with reading(crowd.assistant.engine) as connection:
                if problem := audit.verify(connection, crowd.assistant.vault).problem:
                    return problem
        return ""

    write()
    assert at_once(write, check, check) == ["", "", ""]
