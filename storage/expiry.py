"""What is over, and how it ends: the parts that the table of retention.py is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, or_, select, tuple_, update

from intents.flows import registration
from intents.records import CaseKind, State
from knowledge.calendar import ZONE
from storage import conversations
from storage.photos import PhotoStore
from storage.schema import ACTIVITY, ASKER, CASE, CONVERSATION, HASH, HELPED, PHOTO, VERSION
from storage.vault import Vault

BATCH = 200  # rows of one transaction
MOST_YEARS_AHEAD = 20  # of the year a household aims at; what is further is a slip
OF_CASE = (VERSION, HASH, PHOTO, ASKER, HELPED)  # what hangs on a case and may tell who somebody is
COUNTABLE = frozenset(
    "kind occurred_on occurred_month amount_vnd amount_each_vnd amount_range households people labour_days items told_apart".split()
)
UNCONSENTED = ("intro", "consent")  # steps of a registration before its consent
PHOTO_FILE = re.compile(r"([0-9a-f]{64})\.(?:jpg|\d+\.new)")  # see PhotoStore; any other file in the folder is left alone


@dataclass(frozen=True)
class View:
    """What a rule sees and works on. Rows are locked only where they are going to be changed."""

    connection: Connection
    vault: Vault
    photos: PhotoStore
    at: datetime
    locks: bool


After = tuple[Any, ...] | None
Batch = Callable[[View, After], tuple[Sequence[Any], After]]
Ending = Callable[[View, Sequence[Any]], None]


def years(moment: datetime, count: int) -> datetime:
    """The moment `count` years later (29/2 becomes 28/2)."""
    try:
        return moment.replace(year=moment.year + count)
    except ValueError:
        return moment.replace(year=moment.year + count, day=28)


# -- what is due -------------------------------------------------------------------------------------------------------------


def rows_of(
    table: Table, when: Callable[[datetime], ColumnElement[bool]], holds: Callable[[View, Any], bool] = lambda _view, _row: True
) -> Batch:
    """The rows of a table for which `when` is true at a moment, and `holds` where that needs what is sealed."""
    keys = list(table.primary_key.columns)

    def due(view: View, after: After) -> tuple[Sequence[Any], After]:
        query = select(table).where(when(view.at)).order_by(*keys).limit(BATCH)
        query = query.where(tuple_(*keys) > tuple_(*after)) if after else query
        rows = view.connection.execute(query.with_for_update() if view.locks else query).all()
        last = tuple(getattr(rows[-1], key.name) for key in keys) if rows else None
        return [row for row in rows if holds(view, row)], last

    return due


def never_confirmed(at: datetime) -> ColumnElement[bool]:
    """Registrations filled in for a household that has not agreed: 30 days old, or over already."""
    unconfirmed = select(HASH.c.case_id).where(HASH.c.name == "confirm")
    waiting = and_(CASE.c.state == State.WAITING.value, CASE.c.created_at < at - timedelta(days=30))
    over = and_(CASE.c.state == State.WITHDRAWN.value, CASE.c.id.in_(unconfirmed))
    return and_(CASE.c.kind == CaseKind.REGISTRATION.value, or_(waiting, over))


def registered_long_ago(at: datetime) -> ColumnElement[bool]:
    """Those that may be over; none is within two years."""
    return and_(CASE.c.kind == CaseKind.REGISTRATION.value, CASE.c.created_at <= years(at, -2))


def registration_over(view: View, row: Any) -> bool:
    """Whether its time is over; what nobody has agreed to tells no year."""
    told = None if row.state == State.WAITING.value else (view.vault.open(row.body) or {}).get("body", {}).get("target_year")
    first = row.created_at.astimezone(ZONE).year
    year = min(max(first, told), first + MOST_YEARS_AHEAD) if isinstance(told, int) else first
    end = datetime(year + 1 + 2, 1, 1, tzinfo=ZONE)
    if row.state in (State.WITHDRAWN.value, State.DECLINED.value):
        end = min(end, years(row.changed_at, 2))
    return view.at >= end


def registration_not_over(view: View, row: Any) -> bool:
    return not registration_over(view, row)


def unconsented(view: View, row: Any) -> bool:
    form = conversations.load(view.connection, view.vault, row.person_id).form
    return form is not None and form.name == registration.NAME and form.step in UNCONSENTED


def unnamed_photos(view: View, _after: After) -> tuple[Sequence[Path], After]:
    """Old files that neither a case nor a report under way names, and drafts of files."""
    oldest = (view.at - timedelta(days=7)).timestamp()
    found = [path for path in view.photos.folder.glob("??/*") if PHOTO_FILE.fullmatch(path.name) and path.parent.name == path.name[:2]]
    old = [path for path in found if path.is_file() and path.stat().st_mtime < oldest]
    named = set(view.connection.execute(select(PHOTO.c.sha256)).scalars()) if old else set()
    writers = view.connection.execute(select(CONVERSATION.c.person_id).where(CONVERSATION.c.form_since.is_not(None))) if old else ()
    for (person,) in writers:
        form = conversations.load(view.connection, view.vault, person).form
        named.update(name for one in (form.values.get("todo") or () if form else ()) for name in one.get("photo_sums") or ())
    return [path for path in old if path.suffix == ".new" or path.stem not in named], None


# -- how it ends -------------------------------------------------------------------------------------------------------------


def remove(table: Table) -> Ending:
    keys = list(table.primary_key.columns)

    def end(view: View, rows: Sequence[Any]) -> None:
        which = [tuple(getattr(row, key.name) for key in keys) for row in rows]
        view.connection.execute(delete(table).where(tuple_(*keys).in_(which)))

    return end


def erase_cases(view: View, rows: Sequence[Any]) -> None:
    numbers = [row.id for row in rows]
    for table in (*OF_CASE, ACTIVITY):
        view.connection.execute(delete(table).where(table.c.case_id.in_(numbers)))
    view.connection.execute(delete(CASE).where(CASE.c.id.in_(numbers)))


def _empty(view: View, row: Any, kept: dict[str, Any], **columns: Any) -> None:
    """Leaves of a case what `kept` says; its versions and what it was found by go. A form open on it finds another version."""
    for table in OF_CASE:
        view.connection.execute(delete(table).where(table.c.case_id == row.id))
    values = {"body": view.vault.seal(kept), "version": row.version + 1, "changed_at": view.at, **columns}
    view.connection.execute(update(CASE).where(CASE.c.id == row.id).values(**values))


def withdraw(view: View, rows: Sequence[Any]) -> None:
    for row in rows:
        nowhere = {"village_hash": "", "former_key": "", "claimed_by": None, "claimed_until": None}
        _empty(view, row, {"body": {}}, state=State.WITHDRAWN.value, **nowhere)


def keep_countable(view: View, rows: Sequence[Any]) -> None:
    """A report keeps its village and what its figures are made of."""
    for row in rows:
        sealed = view.vault.open(row.body) or {}
        body = {name: value for name, value in sealed.get("body", {}).items() if name in COUNTABLE}
        _empty(view, row, {"body": body, "village": sealed.get("village", ""), "former": sealed.get("former", "")})


def drop_forms(view: View, rows: Sequence[Any]) -> None:
    for row in rows:
        left = replace(conversations.load(view.connection, view.vault, row.person_id), form=None, choices=())
        one = update(CONVERSATION).where(CONVERSATION.c.person_id == row.person_id)
        view.connection.execute(one.values(state=view.vault.seal(asdict(left)), form_since=None))


def emptied(column: Column[Any]) -> Ending:
    """Empties a sealed column; the rest of the row stays."""

    def end(view: View, rows: Sequence[Any]) -> None:
        table = column.table
        view.connection.execute(update(table).where(table.c.id.in_([row.id for row in rows])).values({column: b""}))

    return end


def anonymous(table: Table) -> Ending:
    """Whose row it was is forgotten; what became of it stays."""

    def end(view: View, rows: Sequence[Any]) -> None:
        nobody = {"person_id": 0, "key": "", "platform": ""}
        view.connection.execute(update(table).where(table.c.id.in_([row.id for row in rows])).values(**nobody))

    return end


def unlink(_view: View, paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
