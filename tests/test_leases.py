"""Work that one process does at a time: who holds it, who may take it, and when it falls."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.settings import settings
from storage import leases
from storage.database import open_database, writing
from tests.conftest import NOW
from tests.postgres import at_once, on_postgres, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]  # the fixtures


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    where = settings({}, tmp_path / "lease.sqlite3")
    if request.param == "postgresql":
        where = on_postgres(request.getfixturevalue("postgres"), tmp_path)
    made = open_database(where.database)
    yield made
    made.dispose()


def take(engine: Engine, holder: str, seconds: float = 0.0, hold: float = 20.0) -> bool | None:
    """Takes the lease so many seconds from now."""
    with writing(engine) as connection:
        return leases.take(connection, "sender", holder, NOW + timedelta(seconds=seconds), hold)


def test_whoever_comes_first_holds_it_and_renews_it_and_nobody_else_gets_it(engine: Engine) -> None:
    mine, other = leases.new_holder(), leases.new_holder()
    assert take(engine, mine) is True
    assert take(engine, other, 1) is False
    assert take(engine, mine, 15) is None
    assert take(engine, other, 34) is False
    assert take(engine, other, 36) is True
    assert take(engine, mine, 37) is False


def test_a_holder_who_slept_and_was_not_replaced_has_never_lost_it(engine: Engine) -> None:
    mine = leases.new_holder()
    take(engine, mine)
    assert take(engine, mine, 3600) is None


def test_a_holder_who_was_replaced_takes_it_anew(engine: Engine) -> None:
    mine, other = leases.new_holder(), leases.new_holder()
    take(engine, mine)
    take(engine, other, 30)
    assert take(engine, mine, 60) is True


def test_given_back_it_is_free_and_only_its_holder_can_give_it_back(engine: Engine) -> None:
    mine, other = leases.new_holder(), leases.new_holder()
    take(engine, mine)
    for holder, free in ((other, False), (mine, True)):
        with writing(engine) as connection:
            leases.give_back(connection, "sender", holder)
        assert take(engine, other, 1) is free


def test_a_process_of_this_host_that_has_ended_holds_nothing_and_of_another_host_nothing_is_known(engine: Engine) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from storage.leases import new_holder; print(new_holder())"], capture_output=True, text=True
    )
    dead = told.stdout.strip()
    assert dead.startswith(f"{leases.HOST}/")
    take(engine, dead)
    assert take(engine, leases.new_holder(), 1) is True
    take(engine, f"elsewhere{dead.removeprefix(leases.HOST)}", 30)
    assert take(engine, leases.new_holder(), 31) is False


def test_a_process_that_is_there_keeps_it(engine: Engine) -> None:
    take(engine, f"{leases.HOST}/{os.getppid()}/x")
    assert take(engine, leases.new_holder(), 1) is False


def test_another_container_of_the_same_name_counts_as_another_host(engine: Engine) -> None:
    """Its process numbers mean nothing here."""
    name = leases.HOST.partition("[")[0]
    assert name != leases.HOST, "Linux tells the number space"
    take(engine, f"{name}[1]/99999999/x")
    assert take(engine, leases.new_holder(), 1) is False


def test_its_holder_keeps_it_when_the_clock_is_set_back_and_a_dead_one_does_not(engine: Engine) -> None:
    mine, other = leases.new_holder(), leases.new_holder()
    take(engine, mine)
    assert take(engine, mine, -3600) is None
    assert take(engine, other, -3590) is False
    assert take(engine, other, -3570) is True
    take(engine, f"{leases.HOST}/99999999/x", 0)
    assert take(engine, mine, -3600) is True


def test_of_many_who_ask_at_once_one_gets_it(engine: Engine) -> None:
    for _ in range(5):
        holders = [leases.new_holder() for _ in range(6)]
        got = at_once(*[lambda holder=holder: take(engine, holder) for holder in holders])
        assert sorted(got, key=bool) == [False] * 5 + [True]
        with writing(engine) as connection:
            leases.give_back(connection, "sender", holders[got.index(True)])


def test_of_many_who_see_it_fall_one_gets_it(engine: Engine) -> None:
    take(engine, leases.new_holder())
    holders = [leases.new_holder() for _ in range(6)]
    got = at_once(*[lambda holder=holder: take(engine, holder, 30) for holder in holders])
    assert sorted(got, key=bool) == [False] * 5 + [True]


def test_leases_of_different_names_do_not_touch(engine: Engine) -> None:
    with writing(engine) as connection:
        assert leases.take(connection, "a", "elsewhere/1/x", NOW, 20) is True
        assert leases.take(connection, "b", "elsewhere/1/y", NOW, 20) is True
