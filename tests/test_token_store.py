"""The token store on a real database: sealed, one refresh however many processes want one, an alarm that is told once."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select

from bot.channels.configuration import values
from bot.channels.protocol import Part, Sent
from bot.channels.zalo_oa import SETTINGS, make
from bot.channels.zalo_oauth import LOCK, NAME
from bot.office import Office
from bot.settings import settings
from bot.token_store import DatabaseTokens
from intents.people import Role
from knowledge.units import Area
from storage import leases, outbox, people
from storage.database import reading, writing
from storage.schema import LEASE, TOKEN
from tests.conftest import NOW
from tests.fakes.zalo_oa import FakeZaloOA
from tests.postgres import on_postgres, postgres, postgres_server
from tests.sending import office_on

__all__ = ["postgres", "postgres_server"]  # the fixtures


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    where = settings({}, tmp_path / "tokens.sqlite3")
    if request.param == "postgresql":
        where = on_postgres(request.getfixturevalue("postgres"), tmp_path)
    made = office_on(where)
    yield made
    made.close()


@pytest.fixture
def fake() -> Iterator[FakeZaloOA]:
    with FakeZaloOA() as running:
        httpx.get(running.url)  # its thread has everything loaded and is idle: a process may be forked
        yield running


def in_child(office: Office, work: Callable[[Office], bool]) -> int:
    """Forks a process with connections of its own; it ends with 0 where `work` was well. Its number."""
    office.assistant.engine.dispose()  # no connection is open while the process divides
    child = os.fork()
    if child == 0:
        well = False
        try:
            well = work(Office(office.assistant))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0 if well else 1)
    return child


def test_what_is_saved_is_found_and_lies_sealed(office: Office) -> None:
    async def run() -> Any:
        tokens = DatabaseTokens(office)
        assert await tokens.load("pair") is None
        await tokens.save("pair", {"access": "một mã bí mật"})
        await tokens.save("pair", {"access": "mã sau"})
        return await DatabaseTokens(office).load("pair")

    assert asyncio.run(run()) == {"access": "mã sau"}
    with reading(office.assistant.engine) as connection:
        assert "mã sau".encode() not in bytes(connection.execute(select(TOKEN.c.body)).scalar_one())


def test_two_processes_and_many_messages_refresh_once(office: Office, fake: FakeZaloOA) -> None:
    wanted = values(SETTINGS, {**fake.environment(), "DONGHANH_ZALO_REFRESH_TOKEN": "refresh-0"})

    def work(mine: Office) -> bool:
        async def run() -> bool:
            channel = make(wanted, DatabaseTokens(mine))
            outcomes = await asyncio.gather(*[channel.send(str(2468458835290000 + number), Part("tin")) for number in range(8)])
            await channel.stopped()
            return all(isinstance(outcome, Sent) for outcome in outcomes)

        return asyncio.run(run())

    children = [in_child(office, work) for _ in range(2)]
    assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert (fake.minted, fake.reused) == (1, 0) and len(fake.delivered) == 16
    with reading(office.assistant.engine) as connection:
        assert connection.execute(select(LEASE)).all() == []


def test_the_lock_falls_when_its_holder_dies(office: Office) -> None:
    def work(mine: Office) -> bool:
        async def run() -> bool:
            async with DatabaseTokens(mine).alone(LOCK, 3600):
                os.kill(os.getpid(), signal.SIGKILL)
            return False

        return asyncio.run(run())

    assert os.WIFSIGNALED(os.waitpid(in_child(office, work), 0)[1])
    with reading(office.assistant.engine) as connection:
        assert len(connection.execute(select(LEASE)).all()) == 1

    async def after() -> None:
        async with asyncio.timeout(30), DatabaseTokens(office).alone(LOCK, 60):
            pass

    asyncio.run(after())


def test_while_one_has_the_lock_the_others_wait_in_line(office: Office) -> None:
    inside: list[str] = []

    async def work(name: str) -> None:
        async with DatabaseTokens(office).alone(LOCK, 60):
            inside.append(f"{name} in")
            await asyncio.sleep(0.05)
            inside.append(f"{name} out")

    async def run() -> None:
        await asyncio.gather(*[work(name) for name in "abc"])

    asyncio.run(run())
    assert len(inside) == 6
    assert all(first[0] == second[0] for first, second in zip(inside[::2], inside[1::2], strict=True))


def test_work_under_the_lock_that_fails_gives_the_lock_back(office: Office) -> None:
    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            async with DatabaseTokens(office).alone(LOCK, 60):
                raise ZeroDivisionError
        async with asyncio.timeout(30), DatabaseTokens(office).alone(LOCK, 60):
            pass

    asyncio.run(run())


def test_a_lock_that_cannot_be_given_back_does_not_undo_the_work_and_falls_by_itself(office: Office) -> None:
    engine = office.assistant.engine

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("DELETE FROM lease"):
            raise OSError("the database is away")

    event.listen(engine, "before_cursor_execute", fail)

    async def run() -> str:
        async with DatabaseTokens(office).alone(LOCK, 60):
            done = "done"
        return done

    assert asyncio.run(run()) == "done"
    with writing(engine) as connection:
        later = office.assistant.clock() + timedelta(seconds=61)
        assert leases.take(connection, LOCK, leases.new_holder(), later, 60) is True


def test_the_alarm_is_told_once_by_however_many_processes_until_something_is_saved(office: Office) -> None:
    with writing(office.assistant.engine) as connection:
        admin = people.of_account(connection, "web", "w1", NOW)
        people.give_role(connection, office.assistant.vault, admin, Role.ADMIN, Area(), "quản trị")

    def told() -> int:
        with reading(office.assistant.engine) as connection:
            return len(outbox.due(connection, office.assistant.vault, admin))

    def work(mine: Office) -> bool:
        async def run() -> bool:
            await asyncio.gather(*[DatabaseTokens(mine).alarm(NAME, "Token hỏng.") for _ in range(5)])
            return True

        return asyncio.run(run())

    for round_number in (1, 2):
        children = [in_child(office, work) for _ in range(2)]
        assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
        assert told() == round_number
        asyncio.run(DatabaseTokens(office).save(NAME, {"access": "mới"}))


def test_an_alarm_for_what_was_never_saved_is_no_token(office: Office) -> None:
    async def run() -> Any:
        await DatabaseTokens(office).alarm("zalo_oa-213", "Chưa có quyền.")
        return await DatabaseTokens(office).load("zalo_oa-213")

    assert asyncio.run(run()) is None
