"""Messages that have been taken: each takes effect once, however often it is delivered."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import INBOX
from storage.vault import Vault


@lru_cache(maxsize=2)
def _taking(dialect: str) -> Any:
    taken = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(INBOX).on_conflict_do_nothing()
    return taken.returning(INBOX.c.message)  # a row only where it was new; psycopg counts no rows of an INSERT


def sender_of(vault: Vault, channel: str, key: str) -> str:
    """The account as the inbox knows it."""
    return vault.hash("sender", f"{channel}\x00{key}")


def first_time(connection: Connection, channel: str, sender: str, message: str, at: datetime) -> bool:
    """Notes the message as taken; False when it had been. The row commits with everything the message led to."""
    row = {"channel": channel, "sender": sender, "message": message, "received_at": at}
    return connection.execute(_taking(connection.dialect.name), row).first() is not None


def is_taken(connection: Connection, channel: str, sender: str, message: str) -> bool:
    """Whether the message has been taken before."""
    same = (INBOX.c.channel == channel, INBOX.c.sender == sender, INBOX.c.message == message)
    return connection.execute(select(INBOX.c.message).where(*same)).first() is not None
