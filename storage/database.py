"""Opens the database and brings its tables up to date: SQLite with a write-ahead log by default, PostgreSQL by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 15_000  # how long a writer waits for another before it gives up


class StorageError(Exception):
    """The database cannot be opened; the message says where and what to do."""


def open_database(where: Path | str) -> Engine:
    """The engine for a SQLite file, or for a URL ("postgresql://…"), with every migration applied."""
    try:
        url = _url(where)
        waiting = {"timeout": BUSY_MS / 1000} if url.startswith("sqlite") else {}
        engine = create_engine(url, connect_args=waiting, hide_parameters=True)  # no personal data in an error's text
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _sqlite_settings)
            event.listen(engine, "begin", _begin_deferred)
        migrate(engine)
    except Exception as error:
        shown = where if isinstance(where, Path) else make_url(where).render_as_string(hide_password=True)
        raise StorageError(f"Không mở được cơ sở dữ liệu {shown}: {error}. Xin kiểm tra đường dẫn và quyền ghi.") from error
    return engine


def _url(where: Path | str) -> str:
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{where}"
    return where.replace("postgresql://", "postgresql+psycopg://", 1)


def migrations(engine: Engine) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine, to: str = "head") -> None:
    """Applies the migrations that are missing."""
    command.upgrade(migrations(engine), to)


def must_try_again(error: DBAPIError) -> bool:
    """Whether PostgreSQL gave a transaction up because of another (deadlock, serialisation); nothing of it was kept."""
    return getattr(error.orig, "sqlstate", "") in ("40P01", "40001")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed at the end, undone on any error.

    On SQLite it takes the write lock at once, so that what is read in it is still true when it is written; on PostgreSQL the
    caller locks the rows it needs.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(immediate=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A view of the database that changes nothing, and does not change while it is looked at."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _sqlite_settings(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_deferred(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
