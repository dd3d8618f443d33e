"""The sender's side of the outbox: rows are claimed before they are sent and settled afterwards, each step in a transaction.

A row that a dead sender had claimed may have been sent or not: talk is sent again (at least once), an announcement is marked
"unknown" and not sent again blindly.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, literal, or_, select, update

from intents.announcements import Run
from intents.messages import Reply
from storage.outbox import TALK, announced, read
from storage.schema import ACCOUNT, ANNOUNCEMENT, OUTBOX, PERSON
from storage.vault import Vault, VaultError

LOG = logging.getLogger(__name__)

EARLIER = OUTBOX.alias("earlier")
TALKING = ("reply", "notice", "test", "aside")
UNREADABLE, READ_AGAIN, MOST_READS = "unreadable", timedelta(minutes=15), 12


@dataclass(frozen=True)
class Job:
    """One row to be sent now. `silent_for` are the seconds since the person wrote by this account, None where it is not known
    any more; `gone` is why the account cannot be written to, "" while it can; `waited` the seconds since the row was made.
    `claimed` is the mark of this claim: only it can be settled by it."""

    id: int
    person: int
    channel: str
    key: str
    kind: str
    lane: int
    text: str
    reply: Reply | None
    attempts: int
    part: int
    silent_for: float | None
    gone: str
    waited: float
    platform: str = ""
    template: bool = False
    locked: bool = False
    claimed: datetime | None = None


@dataclass(frozen=True)
class Settled:
    """What became of a job: its row's new state, and when it is due again. `claimed` is the job's."""

    id: int
    state: str
    due_at: datetime
    attempts: int
    part: int = 0
    reason: str = ""
    platform: str = ""
    sent_at: datetime | None = None
    claimed: datetime | None = None


def claim(
    connection: Connection,
    vault: Vault,
    channel: str,
    lane: int,
    most: int,
    at: datetime,
    until: datetime,
    busy: Collection[str] = (),
    quiet: bool = False,
) -> list[Job]:
    """The next rows of a channel and lane, oldest first, one for each account and none of the `busy` ones; they are claimed. Talk
    keeps its order for each account. At `quiet` hours only urgent announcements are claimed."""
    before = and_(
        EARLIER.c.channel == OUTBOX.c.channel,
        EARLIER.c.key == OUTBOX.c.key,
        EARLIER.c.lane == OUTBOX.c.lane,
        EARLIER.c.state.in_(("due", "sending")),
        EARLIER.c.id < OUTBOX.c.id,
    )
    query = (
        select(OUTBOX, ACCOUNT.c.used_at, ACCOUNT.c.gone, PERSON.c.pin_hash, PERSON.c.unlocked_until)
        .join(ACCOUNT, and_(ACCOUNT.c.channel == OUTBOX.c.channel, ACCOUNT.c.key == OUTBOX.c.key), isouter=True)
        .join(PERSON, PERSON.c.id == OUTBOX.c.person_id, isouter=True)
        .where(OUTBOX.c.channel == channel, OUTBOX.c.lane == lane, OUTBOX.c.state == "due", OUTBOX.c.due_at <= at)
        .order_by(OUTBOX.c.id)
        .limit(most)
    )
    if busy:
        query = query.where(OUTBOX.c.key.not_in(sorted(busy)))
    if lane == TALK:
        query = query.where(~exists().where(before))
    else:
        query = query.join(ANNOUNCEMENT, ANNOUNCEMENT.c.case_id == OUTBOX.c.announcement_id)
        runs = and_(ANNOUNCEMENT.c.run == Run.RUNNING.value, or_(ANNOUNCEMENT.c.urgent, literal(not quiet)))
        query = query.where(or_(runs, OUTBOX.c.kind == "recall"))
    rows = _one_each(connection.execute(query).all())
    if not rows:
        return []
    still = and_(OUTBOX.c.id.in_([row.id for row in rows]), OUTBOX.c.state == "due")  # it may have been cancelled at this moment
    mine = update(OUTBOX).where(still).values(state="sending", claimed_until=until).returning(OUTBOX.c.id)
    claimed = set(connection.execute(mine).scalars())
    texts: dict[int, str] = {}
    jobs = [_read(connection, vault, row, at, texts) for row in rows if row.id in claimed]
    return [replace(job, claimed=until) for job in jobs if job is not None]


def _one_each(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The first row of each account."""
    first: dict[str, Row[Any]] = {}
    for row in rows:
        first.setdefault(row.key, row)
    return list(first.values())


def _read(connection: Connection, vault: Vault, row: Row[Any], at: datetime, texts: dict[int, str]) -> Job | None:
    """The job of a claimed row. One that cannot be read (its key is missing, another version wrote it) is put off, and given up in
    the end: it must not keep the others waiting."""
    try:
        return _job(connection, vault, row, at, texts)
    except (VaultError, ValueError, TypeError, KeyError, AttributeError) as error:
        LOG.error("outbox row %s cannot be read: %s", row.id, type(error).__name__)
        state = "due" if row.attempts + 1 < MOST_READS else "failed"
        values = {"state": state, "reason": UNREADABLE, "due_at": at + READ_AGAIN, "attempts": row.attempts + 1, "claimed_until": None}
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(**values))
        return None


def _job(connection: Connection, vault: Vault, row: Row[Any], at: datetime, texts: dict[int, str]) -> Job:
    kept = read(vault, row)
    text = kept.text
    if row.announcement_id is not None and row.kind == "announcement":
        if row.announcement_id not in texts:
            texts[row.announcement_id] = announced(connection, vault, row.announcement_id)
        text = texts[row.announcement_id]
    silent = (at - row.used_at).total_seconds() if row.used_at else None
    numbers = (
        row.attempts,
        row.part,
        silent,
        row.gone or "",
        (at - row.created_at).total_seconds(),
        row.platform,
        row.reason == "template",
        bool(row.pin_hash) and not (row.unlocked_until and row.unlocked_until > at),
    )
    return Job(row.id, row.person_id, row.channel, row.key, row.kind, row.lane, text, kept.reply, *numbers)


SETTLE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"), OUTBOX.c.state == "sending", OUTBOX.c.claimed_until == bindparam("claim"))
    .values(
        state=bindparam("new"),
        due_at=bindparam("due"),
        attempts=bindparam("tried"),
        part=bindparam("parts"),
        reason=bindparam("why"),
        platform=bindparam("number"),
        sent_at=bindparam("sent"),
        claimed_until=None,
    )
)


def settle(connection: Connection, done: Sequence[Settled]) -> None:
    """Writes down what became of the jobs; a settled reply forgets its account, which its person may have erased. A row that was
    taken from a sender that had fallen silent, and perhaps claimed anew, is left as it is."""
    if not done:
        return
    names = ("row", "claim", "new", "due", "tried", "parts", "why", "number", "sent")
    rows = [(one.id, one.claimed, one.state, one.due_at, one.attempts, one.part, one.reason, one.platform, one.sent_at) for one in done]
    connection.execute(SETTLE, [dict(zip(names, row, strict=True)) for row in rows])
    over = and_(OUTBOX.c.id.in_([one.id for one in done]), OUTBOX.c.state.not_in(("due", "sending", "waiting")))
    connection.execute(update(OUTBOX).where(over, OUTBOX.c.kind.in_(("reply", "aside"))).values(key=""))
    again = and_(OUTBOX.c.id.in_([one.id for one in done if one.state == "due"]), OUTBOX.c.kind == "announcement", OUTBOX.c.state == "due")
    ended = select(ANNOUNCEMENT.c.case_id).where(ANNOUNCEMENT.c.run == Run.CANCELLED.value)
    cancelled = update(OUTBOX).where(again, OUTBOX.c.announcement_id.in_(ended))  # it was on its way when the officer cancelled
    connection.execute(cancelled.values(state="cancelled", reason="cancelled"))


def bring_forward(connection: Connection, at: datetime) -> int:
    """The clock was set back: what would be due only when it comes to that time again is due now; gives how many rows."""
    later = update(OUTBOX).where(OUTBOX.c.state == "due", OUTBOX.c.due_at > at)
    return connection.execute(later.values(due_at=at)).rowcount


def recover(connection: Connection, at: datetime, but: Collection[int] = ()) -> int:
    """Takes back what is claimed, `but` for rows that are being sent by whoever holds the lease and asks; gives how many rows."""
    dead = OUTBOX.c.state == "sending"
    if but:
        dead = and_(dead, OUTBOX.c.id.not_in(sorted(but)))
    talk = update(OUTBOX).where(dead, OUTBOX.c.kind.in_((*TALKING, "recall"))).values(state="due", due_at=at, claimed_until=None)
    other = update(OUTBOX).where(dead, OUTBOX.c.kind == "announcement").values(state="unknown", reason="stopped", claimed_until=None)
    return connection.execute(talk).rowcount + connection.execute(other).rowcount


def address_old_notices(connection: Connection) -> None:
    """Notices made before rows named their account get the one their person used last."""
    last = (
        select(ACCOUNT).where(ACCOUNT.c.person_id == OUTBOX.c.person_id).order_by(ACCOUNT.c.gone != "", ACCOUNT.c.used_at.desc()).limit(1)
    )
    where = and_(OUTBOX.c.channel == "", OUTBOX.c.state == "due", OUTBOX.c.person_id.in_(select(PERSON.c.id)))
    found = exists().where(ACCOUNT.c.person_id == OUTBOX.c.person_id)
    channel = last.with_only_columns(ACCOUNT.c.channel).scalar_subquery()
    key = last.with_only_columns(ACCOUNT.c.key).scalar_subquery()
    connection.execute(update(OUTBOX).where(where, found).values(channel=channel, key=key))
