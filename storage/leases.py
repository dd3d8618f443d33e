"""Work that one process of this database does at a time: whoever holds the lease does it, until it gives it back or falls silent."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from storage import people
from storage.schema import LEASE


def _processes() -> str:
    """The number space that processes here have their numbers in ("" where there is one only): containers may share a name."""
    try:
        return os.readlink("/proc/self/ns/pid").removeprefix("pid:")
    except OSError:
        return ""


HOST = f"{socket.gethostname()}{_processes()}"


def new_holder() -> str:
    """A name for one holder: the host and process tell whether it still lives."""
    return f"{HOST}/{os.getpid()}/{uuid.uuid4().hex}"


def take(connection: Connection, name: str, holder: str, at: datetime, seconds: float) -> bool | None:
    """Takes or renews the lease: True newly taken, None renewed by its holder, False held by somebody else.

    A holder whose time has passed, or whose process on this host has ended, holds nothing.
    """
    until = at + timedelta(seconds=seconds)
    row = connection.execute(select(LEASE).where(LEASE.c.name == name).with_for_update()).one_or_none()
    if row is None:
        new = people.upsert(connection, LEASE).values(name=name, holder=holder, until=until).on_conflict_do_nothing()
        return bool(connection.execute(new.returning(LEASE.c.name)).first())
    if row.holder != holder and row.until > at and _lives(row.holder):
        return False
    connection.execute(update(LEASE).where(LEASE.c.name == name).values(holder=holder, until=until))
    return None if row.holder == holder else True  # nobody else has had it meanwhile, however long that was


def give_back(connection: Connection, name: str, holder: str) -> None:
    connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.holder == holder))


def _lives(holder: str) -> bool:
    """Whether the holder's process may still be there; of another host nothing is known."""
    host, _, rest = holder.partition("/")
    process = rest.partition("/")[0]
    if host != HOST or not process.isdigit():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
