"""Puts a new key into the ring and seals everything anew with it; the old keys go once nothing needs them.

Every table is walked in batches of their own transaction. A run that was killed leaves the old keys in the ring, so that
everything stays readable, and the next run goes on: a ring of several keys means that no further key is added, and what the
newest key opens is passed over. The old keys go after a whole pass that found nothing left to do.

No other process may have the database open when the key is added: one that has read the old ring would go on sealing with
a key that is about to go, and could not open what is sealed anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, LargeBinary, Row, Table, bindparam, select, text, tuple_, update
from sqlmodel import SQLModel

from storage import audit
from storage import schema as schema  # the import registers the tables
from storage.database import StorageError, reading, writing
from storage.vault import Vault, VaultError, add_key, keep_newest, open_vault, vault_from

COMMAND_LINE = 0  # the actor in the audit: nobody who writes
BATCH = 200  # rows of one transaction
IN_USE = "Cơ sở dữ liệu đang được chương trình khác mở. Xin dừng trợ lý lại, đổi khóa, rồi mở lại."


def sealed_columns() -> dict[Table, list[Column[Any]]]:
    """Every column that is sealed, by table: all binary ones are."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, LargeBinary)] for table in SQLModel.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def rotate(engine: Engine, key_file: Path, at: datetime, batch: int = BATCH) -> int:
    """Seals everything with a new key and gives how many values this run sealed anew.

    Raises StorageError where another process has the database open, VaultError where a value is opened by no key; the old
    keys stay then.
    """
    with _nobody_else(engine):
        if len(_keys(key_file)) == 1:
            add_key(key_file)
    vault, newest = open_vault(key_file), _newest_only(key_file)
    _note(engine, newest, at, "started", f"key {_keys(key_file)[0].partition(':')[0]}")
    total = 0
    while changed := sum(_reseal(engine, vault, newest, table, columns, batch) for table, columns in sealed_columns().items()):
        total += changed
    _note(engine, newest, at, "finished", f"{total} values")
    keep_newest(key_file)
    return total


def _note(engine: Engine, vault: Vault, at: datetime, what: str, detail: str) -> None:
    with writing(engine) as connection:
        audit.write(connection, vault, at, COMMAND_LINE, "rotate keys", what, detail)


def _lines(key_file: Path) -> list[str]:
    return [line.strip() for line in key_file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _keys(key_file: Path) -> list[str]:
    return [line for line in _lines(key_file) if not line.startswith("hash:")]


def _newest_only(key_file: Path) -> Vault:
    """A vault that opens nothing but what the newest key has sealed."""
    return vault_from("\n".join([_keys(key_file)[0], *(line for line in _lines(key_file) if line.startswith("hash:"))]))


# -- one table ---------------------------------------------------------------------------------------------------------------


def _reseal(engine: Engine, vault: Vault, newest: Vault, table: Table, columns: Sequence[Column[Any]], batch: int) -> int:
    """Walks a table by its primary key; gives how many values were sealed anew."""
    changed, after = 0, None
    while True:
        with writing(engine) as connection:
            rows = _rows(connection, table, columns, after, batch)
            changed += _write(connection, vault, newest, table, columns, rows)
        if not rows:
            return changed
        after = tuple(getattr(rows[-1], key.name) for key in table.primary_key.columns)


def _rows(connection: Connection, table: Table, columns: Sequence[Column[Any]], after: Any, batch: int) -> Sequence[Row[Any]]:
    keys = list(table.primary_key.columns)
    query = select(*keys, *columns).order_by(*keys).limit(batch).with_for_update()
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return connection.execute(query).all()


def _write(
    connection: Connection, vault: Vault, newest: Vault, table: Table, columns: Sequence[Column[Any]], rows: Sequence[Row[Any]]
) -> int:
    """Seals anew what of these rows the newest key does not open."""
    keys = list(table.primary_key.columns)
    updates, changed = [], 0
    for row in rows:
        old = {column.name: bytes(getattr(row, column.name) or b"") for column in columns}
        new = {name: _sealed_anew(vault, newest, value, f"{table.name} {tuple(row)[: len(keys)]}") for name, value in old.items()}
        if new != old:
            changed += sum(new[name] != old[name] for name in old)
            updates.append({f"at_{key.name}": getattr(row, key.name) for key in keys} | {f"to_{name}": new[name] for name in new})
    if updates:
        here = [key == bindparam(f"at_{key.name}") for key in keys]
        connection.execute(update(table).where(*here).values({column: bindparam(f"to_{column.name}") for column in columns}), updates)
    return changed


def _sealed_anew(vault: Vault, newest: Vault, value: bytes, where: str) -> bytes:
    """The value under the newest key; itself where it is already, or empty. What was kept before there was a vault is sealed."""
    if not value:
        return value
    if value[:1] == b"{":
        return newest.seal(json.loads(value))
    try:
        newest.open(value)
    except VaultError:
        try:
            return newest.seal(vault.open(value))
        except VaultError as error:
            raise VaultError(f"{where}: {error}") from error
    return value


# -- alone with the database ---------------------------------------------------------------------------------------------------


@contextmanager
def _nobody_else(engine: Engine) -> Iterator[None]:
    """Holds while no other connection to the database is open. Raises StorageError where one is."""
    engine.dispose()
    if engine.dialect.name == "sqlite":
        with _alone_with_file(str(engine.url.database)):
            yield
        return
    _no_other_sessions(engine)
    yield
    _no_other_sessions(engine)  # one that came meanwhile may have read the old ring; the next run goes on from here


@contextmanager
def _alone_with_file(path: str) -> Iterator[None]:
    """SQLite gives the exclusive lock of a database with a write-ahead log only while nobody else has it open."""
    connection = sqlite3.connect(path, timeout=1, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StorageError(IN_USE) from error
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _no_other_sessions(engine: Engine) -> None:
    """PostgreSQL tells which other clients are connected to this database; a session of ours that is ending gets a second."""
    query = text(
        "SELECT count(*), pg_sleep(0.2) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with reading(engine) as connection:
        for _ in range(5):
            if not connection.execute(query).first()[0]:  # type: ignore[index]
                return
            connection.rollback()  # a transaction sees the sessions as they were when it first looked
    raise StorageError(IN_USE)
