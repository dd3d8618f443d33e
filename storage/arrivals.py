"""Messages that were taken from a platform and wait for their photo or for another try, and those behind them of the same person,
in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from intents.messages import Incoming
from storage.inbox import sender_of
from storage.schema import ARRIVAL
from storage.vault import Vault


@dataclass(frozen=True)
class Arrival:
    """A message and what its photos are fetched by."""

    id: int
    incoming: Incoming
    photos: tuple[str, ...]
    attempts: int


def keep(connection: Connection, vault: Vault, incoming: Incoming, photos: Sequence[str], at: datetime) -> None:
    """Keeps a message until it can be handled; once, however often it is delivered."""
    sender = sender_of(vault, incoming.channel, incoming.key)
    waiting = connection.execute(select(ARRIVAL.c.body).where(ARRIVAL.c.sender == sender)).scalars()
    if any(vault.open(body)["message"] == incoming.message for body in waiting):
        return
    names = ("channel", "key", "message", "text", "location", "quotes", "pressed", "edited")
    body = vault.seal({name: getattr(incoming, name) for name in names} | {"fetch": list(photos)})
    row = insert(ARRIVAL).values(channel=incoming.channel, body=body, received_at=at, due_at=at)
    connection.execute(row.values(sender=sender))


WAITING = select(ARRIVAL.c.id).where(ARRIVAL.c.sender == bindparam("sender")).limit(1)  # built once: every message asks


def is_waiting(connection: Connection, vault: Vault, channel: str, key: str) -> bool:
    """Whether something of this account still waits: what comes after it waits behind it."""
    return connection.execute(WAITING, {"sender": sender_of(vault, channel, key)}).first() is not None


def due(connection: Connection, vault: Vault, at: datetime, channels: Collection[str], most: int = 8) -> list[Arrival]:
    """The oldest message of each account of these channels that has any, if it is due."""
    earlier = ARRIVAL.alias("earlier")
    before = select(earlier.c.id).where(earlier.c.sender == ARRIVAL.c.sender, earlier.c.id < ARRIVAL.c.id).exists()
    ready = and_(ARRIVAL.c.channel.in_(channels), ARRIVAL.c.due_at <= at, ~before)
    rows = connection.execute(select(ARRIVAL).where(ready).order_by(ARRIVAL.c.due_at, ARRIVAL.c.id).limit(most)).all()
    found = []
    for row in rows:
        body = vault.open(row.body)
        fetch, location = tuple(body.pop("fetch")), body.pop("location")
        incoming = Incoming(**body, location=(location[0], location[1]) if location else None)
        found.append(Arrival(row.id, incoming, fetch, row.attempts))
    return found


def later(connection: Connection, number: int, due_at: datetime) -> None:
    connection.execute(update(ARRIVAL).where(ARRIVAL.c.id == number).values(due_at=due_at, attempts=ARRIVAL.c.attempts + 1))


def done(connection: Connection, number: int) -> None:
    connection.execute(delete(ARRIVAL).where(ARRIVAL.c.id == number))
