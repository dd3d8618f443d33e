"""The sender at its worst: killed, stopped and woken, two at once, without its database, with channels that misbehave."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import Connection, event, func, insert, select, update
from sqlmodel import SQLModel

from bot.channels.protocol import Later, NeedsPerson, Outcome, Part, Reason
from bot.channels.telegram import Telegram
from bot.clock import RealClock
from bot.intake import Intake
from bot.office import Office
from bot.sender import CLAIM_SECONDS, Sender
from bot.settings import settings
from bot.web.server import Server
from intents.messages import Kind, Reply
from intents.people import Role
from knowledge.units import Area
from storage import announcements, outbox, people, sending
from storage.database import reading, writing
from storage.outbox import ANNOUNCED, TALK
from storage.schema import ACCOUNT, ANNOUNCEMENT, OUTBOX, PERSON
from tests.conftest import NOW
from tests.fakes.server import Fault
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.killed import WRITES, Points
from tests.postgres import on_postgres, postgres, postgres_server
from tests.sending import CODE, DrivenClock, announce, office_on, people_on_telegram, run_until, states

__all__ = ["postgres", "postgres_server"]  # the fixtures
HEADS = 3
LONG = "Câu này dài. " * 400  # two parts
LEASE, SENDING = 1.5, 0.7  # seconds, where time is real


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    if request.param == "sqlite":
        made = office_on(settings({}, tmp_path / "sender.sqlite3"), NOW)
    else:
        made = office_on(on_postgres(request.getfixturevalue("postgres"), tmp_path / "postgres"), NOW)
    yield made
    made.close()


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        httpx.get(fake.url)  # its thread has everything loaded and is idle: a process may be forked
        yield fake


@dataclass
class Only(Points):
    """Counts the points of one name."""

    what: str = ""

    def reached(self, what: str) -> None:
        if what == self.what:
            super().reached(what)


class Watched(Telegram):
    """Telegram that passes a point before each request and after its answer."""

    def __init__(self, url: str, points: Points, name: str = "telegram") -> None:
        super().__init__(TOKEN, url, rate=30, timeout=5.0)
        self.points, self.name = points, name

    async def send(self, key: str, part: Part) -> Outcome:
        self.points.reached("request")
        outcome = await super().send(key, part)
        self.points.reached("answer")
        return outcome


@dataclass
class WatchedClock(RealClock):
    """Real time; every look at it is a point, passed before the time is read."""

    points: Points
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        self.points.reached("clock")
        return super().now() + self.ahead


def watch_writes(office: Office, points: Points) -> None:
    """Counts what is written, but for the renewals of the lease: to stop after one is to stop before the next statement."""

    def executed(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        words = statement.split()
        if words[0].upper() in WRITES and "lease" not in words[:2]:
            points.reached(" ".join(words[:3]))

    event.listen(office.assistant.engine, "after_cursor_execute", executed)


def in_child(office: Office, work: Callable[[Office], int]) -> int:
    """Forks a process that works on the same database by connections of its own and ends with what `work` gives; its number."""
    office.assistant.engine.dispose()  # no connection is open while the process divides
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = work(Office(office.assistant))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def drive(office: Office, channel: Telegram, seconds: float, at: datetime = NOW, clock: DrivenClock | None = None) -> DrivenClock:
    """Runs a sender for so many seconds of driven time."""
    clock = clock or DrivenClock(at)
    sender = Sender(office, {channel.name: channel}, clock)
    clock.sender, clock.until = sender, clock.at + timedelta(seconds=seconds)

    async def run() -> None:
        await sender.run()
        await channel.stopped()

    asyncio.run(run())
    return clock


def fill(office: Office, at: datetime = NOW, *, urgent: bool = False) -> None:
    """An empty database, then a small announcement and some talk, one of it long."""
    with writing(office.assistant.engine) as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(table.delete())
    people_on_telegram(office, HEADS, at=at)
    announce(office, at=at, urgent=urgent)
    with writing(office.assistant.engine) as connection:
        vault = office.assistant.vault
        outbox.answer(connection, vault, 1, ("telegram", "s", "1"), "1", Reply(Kind.ANSWER, "một"), at)
        outbox.notice(connection, vault, 1, "hai", at)
        outbox.answer(connection, vault, 1, ("telegram", "s", "2"), "1", Reply(Kind.ANSWER, "ba"), at)
        outbox.answer(connection, vault, 2, ("telegram", "t", "1"), "2", Reply(Kind.ANSWER, LONG), at)


def check(office: Office, fake: FakeTelegram, where: str, *, ordered: bool = True) -> Counter[str]:
    """Nobody has got the announcement twice, who counts as reached has it; talk is complete. Gives the announcement's states."""
    talk = states(office, "reply") + states(office, "notice")
    assert talk == {"sent": 4}, (where, talk)
    heard: dict[int, list[str]] = {1: [], 2: []}
    for one in fake.delivered:
        if not announced(one.text):
            heard[one.chat].append(one.text)
    if ordered:
        assert [text for text, _ in groupby(heard[1])] == ["một", "hai", "ba"], where
        assert len([text for text, _ in groupby(heard[2])]) == 2, where
    assert set(heard[1]) == {"một", "hai", "ba"} and len(set(heard[2])) == 2, where
    times = Counter(str(one.chat) for one in fake.delivered if announced(one.text))
    with reading(office.assistant.engine) as connection:
        found = connection.execute(select(OUTBOX.c.key, OUTBOX.c.state).where(OUTBOX.c.kind == "announcement")).all()
    assert len(found) == HEADS
    for key, state in found:
        assert state in ("sent", "unknown") and times[key] in {"sent": (1,), "unknown": (0, 1)}[state], (where, key, state, times[key])
    return Counter(state for _, state in found)


def announced(text: str) -> bool:
    return "họp thôn" in text


# -- killed ----------------------------------------------------------------------------------------------------------------------


def test_killed_after_any_statement_or_request_nobody_is_lost_and_nobody_gets_an_announcement_twice(
    office: Office, telegram: FakeTelegram
) -> None:
    unknown = 0
    for stop in count(1):
        fill(office)
        telegram.delivered.clear()
        telegram.faults.planned.clear()
        telegram.faults.plan("/sendMessage", Fault("429", 1))

        def work(mine: Office, stop: int = stop) -> int:
            points = Points(stop, lambda: os.kill(os.getpid(), signal.SIGKILL))
            watch_writes(mine, points)
            drive(mine, Watched(telegram.url, points), seconds=5)
            return 0

        _, status = os.waitpid(in_child(office, work), 0)
        killed = os.WIFSIGNALED(status)
        assert killed or os.WEXITSTATUS(status) == 0, f"point {stop}"
        drive(office, Watched(telegram.url, Points()), seconds=20, at=NOW + timedelta(seconds=10))
        unknown += check(office, telegram, f"point {stop}")["unknown"]
        if not killed:
            break
    assert stop > 25 and unknown  # otherwise the points were not where it hurts


# -- asleep, and two at once -------------------------------------------------------------------------------------------------------


def send_until_done(office: Office, channel: Telegram, clock: RealClock) -> None:
    """Runs a sender on real time, with a short lease, until nothing is due or claimed."""
    sender = Sender(office, {"telegram": channel}, clock, send_seconds=SENDING, lease_seconds=LEASE)

    def done() -> bool:
        with reading(office.assistant.engine) as connection:
            return not connection.execute(select(func.count()).where(OUTBOX.c.state.in_(("due", "sending")))).scalar_one()

    asyncio.run(run_until(sender, {"telegram": channel}, done))


# In the order they are passed: the clock as the first round begins, after its claims are committed, before each send is set off;
# a request that is about to leave; an answer that is not noted yet.
@pytest.mark.parametrize(("what", "number"), [("clock", 2), ("clock", 3), ("request", 1), ("request", 2), ("answer", 1)])
def test_a_sender_that_sleeps_longer_than_its_lease_sends_nobody_anything_twice(
    office: Office, telegram: FakeTelegram, what: str, number: int
) -> None:
    fill(office, datetime.now(NOW.tzinfo), urgent=True)

    def work(mine: Office) -> int:
        points = Only(number, lambda: os.kill(os.getpid(), signal.SIGSTOP), what=what)
        send_until_done(mine, Watched(telegram.url, points), WatchedClock(points))
        return 0

    sleeper = in_child(office, work)
    _, status = os.waitpid(sleeper, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    try:
        send_until_done(office, Watched(telegram.url, Points()), RealClock())
    finally:
        os.kill(sleeper, signal.SIGCONT)
    _, status = os.waitpid(sleeper, 0)
    assert os.WEXITSTATUS(status) == 0
    ended = check(office, telegram, what, ordered=what != "request")
    if what == "clock":  # it has seen on waking that its time is over: talk went once too
        assert telegram.twice() == [] and sum(announced(one.text) for one in telegram.delivered) == ended["sent"]


def test_what_another_sender_has_taken_over_cannot_be_settled_by_the_one_before(office: Office) -> None:
    people_on_telegram(office, 2)
    announce(office)
    with writing(office.assistant.engine) as connection:
        outbox.answer(connection, office.assistant.vault, 1, ("telegram", "s", "m"), "1", Reply(Kind.ANSWER, "một"), NOW)

    def claimed(at: datetime) -> list[sending.Job]:
        with writing(office.assistant.engine) as connection:
            return [
                job
                for lane in (TALK, ANNOUNCED)
                for job in sending.claim(connection, office.assistant.vault, "telegram", lane, 9, at, at + timedelta(seconds=60))
            ]

    def settle(jobs: list[sending.Job], state: str) -> None:
        with writing(office.assistant.engine) as connection:
            sending.settle(connection, [sending.Settled(job.id, state, NOW, 0, claimed=job.claimed) for job in jobs])

    first = claimed(NOW)
    with writing(office.assistant.engine) as connection:
        assert sending.recover(connection, NOW) == 3
        assert announcements.send_unknown(connection, CODE, NOW) == 2  # the officer asks for them at this moment
    second = claimed(NOW + timedelta(seconds=30))
    assert [job.id for job in first] == [job.id for job in second] and len(first) == 3
    settle(first, "due")
    assert states(office) == {"sending": 2} and states(office, "reply") == {"sending": 1}
    settle(first, "failed")
    with reading(office.assistant.engine) as connection:
        assert connection.execute(select(OUTBOX.c.key).where(OUTBOX.c.kind == "reply")).scalar_one() == "1"
    settle(second, "sent")
    assert states(office) == {"sent": 2} and states(office, "reply") == {"sent": 1}


def test_of_two_processes_on_one_database_one_sends(office: Office, telegram: FakeTelegram) -> None:
    at = datetime.now(NOW.tzinfo)
    people_on_telegram(office, 40, at=at)
    announce(office, at=at, urgent=True)

    def work(mine: Office) -> int:
        points = Points()
        send_until_done(mine, Watched(telegram.url, points), RealClock())
        return points.passed.count("request")

    children = [in_child(office, work) for _ in range(2)]
    assert sorted(os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children) == [0, 40]
    assert telegram.twice() == [] and states(office) == {"sent": 40}


def test_a_sender_that_slept_alone_goes_on_with_what_it_had_in_hand(office: Office, telegram: FakeTelegram) -> None:
    """Nobody took its lease: what was on its way is not called unknown, and is settled by its answer."""
    people_on_telegram(office, 1)
    announce(office)
    gate, clock = asyncio.Event(), DrivenClock(NOW)

    class Slow(Watched):
        async def send(self, key: str, part: Part) -> Outcome:
            await gate.wait()
            return await super().send(key, part)

    sender = Sender(office, {"telegram": Slow(telegram.url, Points())}, clock)

    async def run() -> None:
        await sender.step()
        await asyncio.sleep(0.05)  # it is on its way now
        clock.at += timedelta(hours=8)
        await sender.step()
        gate.set()
        while sender.working:
            await asyncio.sleep(0.01)
        await sender.step()
        await sender.channels["telegram"].stopped()

    asyncio.run(run())
    assert states(office) == {"sent": 1} and len(telegram.delivered) == 1


# -- the database ------------------------------------------------------------------------------------------------------------------


def test_an_error_of_the_database_at_any_statement_loses_no_outcome(
    office: Office, telegram: FakeTelegram, request: pytest.FixtureRequest
) -> None:
    """Locked on SQLite, all connections lost on PostgreSQL: everything still arrives, and exactly once."""
    engine, errors = office.assistant.engine, 0

    def fail() -> None:
        nonlocal errors
        errors += 1
        if engine.dialect.name == "sqlite":
            raise sqlite3.OperationalError("database is locked")
        with psycopg.connect(request.getfixturevalue("postgres"), autocommit=True) as other:
            own = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            other.execute(own)

    points = Points(0, fail)
    watch_writes(office, points)
    for stop in count(1):
        points.stop = 0
        fill(office)
        telegram.delivered.clear()
        points.passed.clear()
        points.stop, before = stop, errors
        drive(office, Watched(telegram.url, Points()), seconds=25)
        points.stop = 0
        assert check(office, telegram, f"error {stop}") == {"sent": HEADS}
        assert telegram.twice() == [], f"error {stop}"
        if errors == before:
            break
    assert stop > 10


def test_the_last_outcomes_are_written_down_although_the_database_fails_at_the_end(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    announce(office)
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, DrivenClock(NOW))

    def fail() -> None:
        raise sqlite3.OperationalError("database is locked")

    async def run() -> None:
        await sender.step()
        points = Points(1, fail)
        watch_writes(office, points)
        sender.stop()
        await sender.run()
        await sender.channels["telegram"].stopped()
        assert len(points.passed) > 1

    asyncio.run(run())
    assert states(office) == {"sent": 2} and not sender.has_news


def test_claims_that_were_kept_although_the_database_said_no_are_found_again(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    announce(office)
    with writing(office.assistant.engine) as connection:
        outbox.notice(connection, office.assistant.vault, 1, "tin", NOW)
    clock = DrivenClock(NOW)
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, clock)

    async def run() -> None:
        with writing(office.assistant.engine) as connection:
            connection.execute(update(OUTBOX).values(channel="elsewhere"))
        await sender.step()  # it holds the lease
        with writing(office.assistant.engine) as connection:
            connection.execute(update(OUTBOX).values(channel="telegram", state="sending", claimed_until=NOW + timedelta(hours=9)))
        clock.sender, clock.until = sender, clock.at + timedelta(seconds=CLAIM_SECONDS + 10)
        await sender.run()
        await sender.channels["telegram"].stopped()

    asyncio.run(run())
    assert states(office, "notice") == {"sent": 1} and states(office) == {"unknown": 2}


def test_the_administrators_are_told_although_the_first_try_to_write_it_down_failed(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 1)
    admin = administrator(office)
    with writing(office.assistant.engine) as connection:
        outbox.notice(connection, office.assistant.vault, 1, "tin", NOW)
    telegram.faults.share("/sendMessage", 1.0, Fault("401"))

    def fail() -> None:
        raise sqlite3.OperationalError("database is locked")

    points = Only(1, fail, what="INSERT INTO outbox")  # the notice to the administrator
    watch_writes(office, points)
    drive(office, Watched(telegram.url, Points()), seconds=30)
    assert len(points.passed) == 2
    assert told(office, admin) == 1


def test_a_slow_database_does_not_let_two_rounds_leave_in_one_second(tmp_path: Path, telegram: FakeTelegram) -> None:
    office = office_on(settings({}, tmp_path / "slow.sqlite3"), NOW)
    people_on_telegram(office, 100)
    announce(office)
    clock = DrivenClock(NOW)
    telegram.clock = clock.seconds
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, clock)
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(office.assistant.engine):
            locked.set()
            release.wait(10)

    async def run() -> None:
        holding = threading.Thread(target=hold)
        holding.start()
        locked.wait(10)
        first = asyncio.create_task(sender.step())
        await asyncio.sleep(0.3)
        clock.at += timedelta(seconds=5)
        release.set()
        await first
        holding.join()
        clock.at += timedelta(milliseconds=20)
        await sender.step()
        while sender.working:
            await asyncio.sleep(0.01)
        await sender.channels["telegram"].stopped()

    asyncio.run(run())
    assert telegram.busiest(0.999) == 24
    office.close()


# -- channels that misbehave ---------------------------------------------------------------------------------------------------------


async def _raise() -> Any:
    raise RuntimeError("a bug")


async def _cancel() -> Any:
    raise asyncio.CancelledError


async def _hang() -> Any:
    await asyncio.sleep(3600)


async def _nothing() -> Any:
    return None


async def _endless() -> Any:
    return Later(Reason.BROKEN, float("inf"))


@pytest.mark.parametrize("odd", [_raise, _cancel, _hang, _nothing, _endless])
def test_a_channel_with_a_bug_loses_nothing_and_stops_no_other(office: Office, telegram: FakeTelegram, odd: Callable[[], Any]) -> None:
    class Odd(Watched):
        well = False

        async def send(self, key: str, part: Part) -> Outcome:
            return await super().send(key, part) if self.well else await odd()

    people_on_telegram(office, 3)
    with writing(office.assistant.engine) as connection:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.key == "3").values(channel="zalo_bot"))
    announce(office)
    with writing(office.assistant.engine) as connection:
        for person in (1, 3):
            outbox.notice(connection, office.assistant.vault, person, f"tin {person}", NOW)
    odd_one = Odd(telegram.url, Points())
    channels = {"telegram": odd_one, "zalo_bot": Watched(telegram.url, Points(), "zalo_bot")}
    clock = DrivenClock(NOW)
    sender = Sender(office, channels, clock, send_seconds=0.5)
    clock.sender, clock.until = sender, NOW + timedelta(seconds=4)

    async def run() -> None:
        await sender.run()
        assert not sender.working
        assert {one.chat for one in telegram.delivered} == {3}
        odd_one.well = True
        again = Sender(office, channels, clock)
        clock.sender, clock.until = again, clock.at + timedelta(seconds=30)
        await again.run()
        for channel in channels.values():
            await channel.stopped()

    asyncio.run(run())
    assert states(office, "notice") == {"sent": 2}
    assert states(office) == {"unknown": 2, "sent": 1}
    assert telegram.twice() == []


def on_the_page(connection: Connection) -> int:
    """Somebody who uses the web page, under a number that the others do not have."""
    connection.execute(insert(PERSON).values(id=9_999, created_at=NOW, name=b""))
    connection.execute(insert(ACCOUNT).values(channel="web", key="w1", person_id=9_999, used_at=NOW))
    return 9_999


def administrator(office: Office) -> int:
    with writing(office.assistant.engine) as connection:
        admin = on_the_page(connection)
        people.give_role(connection, office.assistant.vault, admin, Role.ADMIN, Area(), "quản trị")
    return admin


def told(office: Office, admin: int) -> int:
    with reading(office.assistant.engine) as connection:
        return len(outbox.due(connection, office.assistant.vault, admin))


def test_a_channel_that_needs_a_person_in_the_middle_of_an_announcement_goes_on_once_it_is_mended(
    office: Office, telegram: FakeTelegram
) -> None:
    people_on_telegram(office, 80)
    admin = administrator(office)
    announce(office)

    class Tired(Watched):
        mended = False

        async def send(self, key: str, part: Part) -> Outcome:
            well = self.mended or len(telegram.delivered) < 30
            return await super().send(key, part) if well else NeedsPerson("Gói dịch vụ đã hết hạn.")

    channel, clock = Tired(telegram.url, Points()), DrivenClock(NOW)
    drive(office, channel, 60, clock=clock)
    before = states(office)
    assert before["sent"] == len(telegram.delivered) < 80 and before["due"] == 80 - before["sent"]
    assert told(office, admin) == 1
    channel = Tired(telegram.url, Points())
    channel.mended = True
    drive(office, channel, 260, clock=clock)
    assert states(office) == {"sent": 80} and telegram.twice() == []


def test_what_waits_for_a_channel_that_does_not_run_stays_and_is_told(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    with writing(office.assistant.engine) as connection:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.key == "2").values(channel="zalo_oa"))
        for person in (1, 2):
            outbox.notice(connection, office.assistant.vault, person, "tin", NOW)
        outbox.notice(connection, office.assistant.vault, on_the_page(connection), "tin", NOW)
    drive(office, Watched(telegram.url, Points()), 10)
    assert [one.chat for one in telegram.delivered] == [1]
    assert states(office, "notice") == {"sent": 1, "due": 2}
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, DrivenClock(NOW))
    server = Server(office, Intake(office, sender.wake), sender, sender.channels, secure=False)

    async def ask() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server.app()), base_url="http://127.0.0.1") as http:
            return (await http.get("/health")).json()

    assert asyncio.run(ask())["stranded"] == {"zalo_oa": 1}


def test_a_row_that_cannot_be_read_keeps_nobody_else_waiting(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    with writing(office.assistant.engine) as connection:
        outbox.notice(connection, office.assistant.vault, 1, "tin", NOW)
        connection.execute(update(OUTBOX).values(body=b"of another key"))
        outbox.notice(connection, office.assistant.vault, 2, "tin", NOW)
    clock = drive(office, Watched(telegram.url, Points()), 10)
    assert [one.chat for one in telegram.delivered] == [2]
    assert states(office, "notice") == {"due": 1, "sent": 1}
    clock.at += timedelta(hours=1)
    for _ in range(20):
        clock.at += timedelta(hours=1)
        drive(office, Watched(telegram.url, Points()), 1, clock=clock)
    assert states(office, "notice") == {"failed": 1, "sent": 1}


# -- officers in the middle ----------------------------------------------------------------------------------------------------------


def test_what_was_on_its_way_when_the_officer_cancelled_does_not_hang_about(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 3)
    announce(office)
    clock = DrivenClock(NOW)
    telegram.faults.share("/sendMessage", 1.0, Fault("429", 2))
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, clock)

    async def run() -> None:
        await sender.step()
        with writing(office.assistant.engine) as connection:
            announcements.cancel(connection, CODE)
        assert states(office) == {"sending": 3}
        while sender.working:
            await asyncio.sleep(0.01)
        await sender.step()
        await sender.channels["telegram"].stopped()

    asyncio.run(run())
    assert states(office) == {"cancelled": 3}


# -- many --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", [TALK, ANNOUNCED])
def test_one_person_with_five_hundred_messages_does_not_keep_the_others_waiting(office: Office, telegram: FakeTelegram, lane: int) -> None:
    people_on_telegram(office, 30)
    announce(office)
    with writing(office.assistant.engine) as connection:
        connection.execute(OUTBOX.delete())
        kind = "notice" if lane == TALK else "announcement"
        number = connection.execute(select(ANNOUNCEMENT.c.case_id)).scalar_one() if lane else None
        body = office.assistant.vault.seal({"text": "tin"}) if lane == TALK else b""
        made = {
            "channel": "telegram",
            "kind": kind,
            "lane": lane,
            "announcement_id": number,
            "body": body,
            "created_at": NOW,
            "due_at": NOW,
        }
        mine = [made | {"person_id": 1, "key": "1"}] * 500
        connection.execute(insert(OUTBOX), [*mine, *[made | {"person_id": who, "key": str(who)} for who in range(2, 31)]])
    drive(office, Watched(telegram.url, Points()), 4)
    assert {one.chat for one in telegram.delivered} == set(range(1, 31))


def test_of_ten_thousand_rows_the_next_are_found_by_the_index(office: Office) -> None:
    """Every claim in a line of the plan, on both databases: nothing reads the whole outbox."""
    engine, count_of = office.assistant.engine, 10_000
    people_on_telegram(office, count_of)
    announce(office)
    with writing(office.assistant.engine) as connection:
        made = {"channel": "telegram", "kind": "notice", "body": b"", "created_at": NOW, "due_at": NOW}
        states_of = [("due", number) for number in range(1, count_of + 1)] + [("sent", number) for number in range(1, 3 * count_of + 1)]
        connection.execute(insert(OUTBOX), [made | {"state": state, "person_id": who, "key": str(who)} for state, who in states_of])
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters))
    )
    with writing(engine) as connection:
        for lane in (TALK, ANNOUNCED):
            busy = {str(number) for number in range(1, 60)}
            jobs = sending.claim(connection, office.assistant.vault, "telegram", lane, 30, NOW, NOW + timedelta(seconds=60), busy)
            assert [job.key for job in jobs] == [str(number) for number in range(60, 90)]
        sending.recover(connection, NOW)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    wanted = [one for one in asked if "outbox" in one[0] and ("earlier" in one[0] or "announcement" in one[0] or "claimed_until" in one[0])]
    assert len(wanted) >= 4
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")
        for statement, parameters in wanted:
            plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))
            assert "SCAN outbox" not in plan and "SCAN earlier" not in plan and "Seq Scan on outbox" not in plan, f"{statement}\n{plan}"


# -- the clock ---------------------------------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_by_an_hour_keeps_nobody_waiting_for_an_hour(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 40)
    announce(office)
    telegram.faults.plan("/sendMessage", *[Fault("429", 5)] * 3)
    with writing(office.assistant.engine) as connection:
        outbox.notice(connection, office.assistant.vault, 1, LONG, NOW)
    clock = DrivenClock(NOW)
    sender = Sender(office, {"telegram": Watched(telegram.url, Points())}, clock)

    async def run() -> None:
        for hours, seconds in ((0, 1.0), (-1, 30)):
            clock.at += timedelta(hours=hours)
            clock.sender, clock.until, sender._stopping = sender, clock.at + timedelta(seconds=seconds), False
            with writing(office.assistant.engine) as connection:
                outbox.notice(connection, office.assistant.vault, 2, f"tin {hours}", clock.at)
            await sender.run()
        await sender.channels["telegram"].stopped()

    asyncio.run(run())
    assert set(states(office, "notice")) == {"sent"}
    assert states(office) == {"sent": 40}


def test_an_announcement_that_runs_while_the_clock_is_set_back_reaches_everybody_once(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 100)
    announce(office)

    class SetBack(DrivenClock):
        async def wait(self, seconds: float, woken: asyncio.Event) -> None:
            await super().wait(seconds, woken)
            if len(telegram.delivered) >= 48 and self.at >= NOW:
                self.at -= timedelta(hours=1)
                self.until = self.at + timedelta(seconds=20)

    clock = SetBack(NOW)
    drive(office, Watched(telegram.url, Points()), 20, clock=clock)
    assert states(office) == {"sent": 100} and telegram.twice() == []
    assert clock.at < NOW
