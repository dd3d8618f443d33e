"""Several messages, people and officers at the same moment, on real SQLite and real PostgreSQL: each thing happens once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Table, func, select

from bot.opening import open_assistant
from bot.settings import settings
from intents.dialogue import Dialogue
from intents.messages import Incoming, Reply
from intents.people import Role
from intents.records import Case
from intents.state import Form
from intents.wording import say
from knowledge.units import Area
from storage import audit, cases, conversations, people
from storage.database import reading, writing
from storage.schema import ACCOUNT, CASE, INBOX, PERSON, VERSION
from tests.conftest import NOW, People
from tests.killed import CHANNEL, REGISTRATION, Script
from tests.postgres import on_postgres, postgres, postgres_server
from tests.test_durability import CODE, left, masked, shown

__all__ = ["postgres", "postgres_server"]  # the fixtures

AT_ONCE = 8
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
    "review": "đúng",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path, dialogue: Dialogue, people_of: People) -> Iterator[People]:
    """Several people on one database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield people_of
        return
    made = People(on_postgres(request.getfixturevalue("postgres"), tmp_path / "postgres"), dialogue)
    yield made
    made.assistant.engine.dispose()


Result = TypeVar("Result")


def at_once(*jobs: Callable[[], Result]) -> list[Result]:
    """Does all jobs in threads of their own that start together; their results in order. Raises what the first of them raised."""
    start = Barrier(len(jobs))

    def begin(job: Callable[[], Result]) -> Result:
        start.wait(30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result(60) for done in [pool.submit(begin, job) for job in jobs]]


def hear(crowd: People, who: str, text: str, message: str = "") -> Callable[[], Reply]:
    """A job: one person sends one message."""
    incoming = Incoming(CHANNEL, who, message or f"{who}: {text}", text)
    return lambda: crowd.assistant.handle(incoming)


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
    replies = at_once(*[hear(crowd, "moi", "đăng ký thoát nghèo", "first")] * AT_ONCE)
    assert len({reply.text for reply in replies}) == 1
    assert count(crowd, ACCOUNT) == count(crowd, INBOX) == count(crowd, PERSON) == 1
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
        replies = at_once(*[lambda sent=script.incoming(number): crowd.assistant.handle(sent)] * 3)
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
    lines = list(REGISTRATION)
    lines[late - 1 : late + 1] = lines[late], lines[late - 1]
    sent = [(f"{number}", line) for number, line in enumerate(lines)]
    replies = [people_of.say("ho", line, number) for number, line in sent]
    while form := form_of(people_of, "ho"):
        people_of.say("ho", STEPS[form.step])
    assert [(case.version, case.body["name"], case.body["members"]) for case in kept(people_of)] == [(1, "Nguyễn Văn Tư", 4)]
    assert [people_of.say("ho", line, number) for number, line in sent] == replies, "an old message again changes nothing"
    assert len(kept(people_of)) == 1 and form_of(people_of, "ho") is None and holds(people_of) == 2
