"""Registrations and activity reports as a file for those who count (formats: see sheets.py).

What tells who somebody is (name, phone, village, reasons, needs, helper, those helped, donor, free words) is masked unless
asked for: a head's or helper's name as "N***", the rest as "***". Left out are cases that were withdrawn, that belong to
a person who erased everything, and that wait for a household's own consent. Rows are read in chunks, so that memory does
not grow with their number. The file is put in place only when it is whole and its line in the audit is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, select

from intents.flows.report_card import things
from intents.records import CaseKind, State
from knowledge.calendar import ZONE
from knowledge.units import Area
from storage import audit, cases
from storage.database import reading, writing
from storage.schema import ACTIVITY, CASE, PERSON
from storage.sheets import WRITERS, Heading, whole_file
from storage.vault import Vault

COMMAND_LINE = 0  # the actor in the audit: nobody who writes
CHUNK = 500  # rows read at once
MASK = "***"
LEFT_OUT = (State.WITHDRAWN.value, State.WAITING.value)


@dataclass(frozen=True)
class Wanted:
    """What to export: registrations or reports, of which area, sent on or after which day (Việt Nam), with personal data or not."""

    kind: CaseKind
    area: Area = field(default_factory=Area)
    since: date | None = None
    personal: bool = False


@dataclass(frozen=True)
class Record:
    """One case as it is kept: its row, what was told, and what is sealed beside it (village, officer's note)."""

    row: Any
    body: dict[str, Any]
    sealed: dict[str, Any]


@dataclass(frozen=True)
class Column(Heading):
    """A heading, where its value is found, and what hides the value where it is personal (None: it is not)."""

    read: Callable[[Record], Any]
    mask: Callable[[str], str] | None = field(default=None, kw_only=True)

    def value(self, record: Record, personal: bool) -> Any:
        """The value as JSON shows it; None where nothing was told."""
        found = self.read(record)
        if found in (None, "", []):
            return None
        return self.mask(str(found)) if self.mask and not personal else found


def _initial(name: str) -> str:
    return f"{name.strip()[:1].upper()}{MASK}"


def _hidden(_value: str) -> str:
    return MASK


def _told(name: str) -> Callable[[Record], Any]:
    return lambda record: record.body.get(name)


def _kept(name: str) -> Callable[[Record], Any]:
    return lambda record: getattr(record.row, name)


def _beside(name: str) -> Callable[[Record], Any]:
    return lambda record: record.sealed.get(name)


def _day(name: str) -> Callable[[Record], Any]:
    return lambda record: getattr(record.row, name).astimezone(ZONE).date()


def _phone(record: Record) -> Any:
    told = record.body.get("phone")
    return None if told == "none" else told


def _done_on(record: Record) -> date | None:
    told = record.body.get("occurred_on")
    return date.fromisoformat(told) if told else None


def _month(record: Record) -> str:
    return str(record.body.get("occurred_on") or record.body.get("occurred_month") or "")[:7]


FIRST = (
    Column("code", "mã", _kept("code")),
    Column("province", "tỉnh", _kept("province")),
    Column("commune", "xã", _kept("commune")),
    Column("village", "thôn", _beside("village"), mask=_hidden),
)
LAST = (
    Column("note", "lời cán bộ", _beside("note"), mask=_hidden),
    Column("version", "bản", _kept("version")),
    Column("sent_on", "ngày gửi", _day("created_at")),
    Column("changed_on", "ngày thay đổi", _day("changed_at")),
    Column("due_on", "hạn trả lời", _day("due_at")),
)
COLUMNS: dict[CaseKind, tuple[Column, ...]] = {
    CaseKind.REGISTRATION: (
        *FIRST,
        Column("state", "trạng thái", _kept("state"), words="registration_state"),
        Column("name", "chủ hộ", _told("name"), mask=_initial),
        Column("household_type", "loại hộ", _told("household_type"), words="household_type"),
        Column("members", "số người", _told("members")),
        Column("reasons", "nguyên nhân", _told("reasons"), words="reason", mask=_hidden),
        Column("needs", "nhu cầu", _told("needs"), words="need", mask=_hidden),
        Column("target_year", "năm phấn đấu", _told("target_year")),
        Column("phone", "điện thoại", _phone, mask=_hidden),
        Column("on_behalf", "có người điền giúp", lambda record: bool(record.body.get("on_behalf"))),
        Column("helper_name", "người điền giúp", _told("helper_name"), mask=_initial),
        Column("proof_text", "hộ đồng ý thế nào", _told("proof_text"), mask=_hidden),
        *LAST,
    ),
    CaseKind.REPORT: (
        *FIRST,
        Column("state", "trạng thái", _kept("state"), words="report_state"),
        Column("kind", "việc", _told("kind"), words="report_kind"),
        Column("occurred_on", "ngày làm", _done_on),
        Column("month", "tháng làm", _month),
        Column("amount_vnd", "số tiền (đồng)", _told("amount_vnd")),
        Column("amount_range", "khoảng tiền (đồng)", _told("amount_range")),
        Column("items", "hiện vật", lambda record: things(record.body)),
        Column("households", "số hộ", _told("households")),
        Column("people", "số người", _told("people")),
        Column("labour_days", "ngày công", _told("labour_days")),
        Column("counted", "được tính", _kept("counted")),
        Column("photos", "số ảnh", lambda record: len(record.body.get("photo_sums") or ())),
        Column("donor", "bên giúp", _told("donor"), mask=_hidden),
        Column("beneficiary_names", "người nhận", _told("beneficiary_names"), mask=_hidden),
        Column("said", "lời kể", _told("said"), mask=_hidden),
        *LAST,
    ),
}


def records(connection: Connection, vault: Vault, wanted: Wanted) -> Iterator[Record]:
    """The cases that are wanted, in the order they were sent, `CHUNK` in memory at a time."""
    erased = select(PERSON.c.id).where(PERSON.c.erased_at.is_not(None))
    conditions: list[ColumnElement[bool]] = [CASE.c.kind == wanted.kind.value, CASE.c.state.not_in(LEFT_OUT)]
    conditions += [CASE.c.owner_id.not_in(erased), cases.within(vault, wanted.area)]
    if wanted.since:
        conditions.append(CASE.c.created_at >= datetime.combine(wanted.since, time(), ZONE))
    query = select(CASE, ACTIVITY.c.counted).join(ACTIVITY, ACTIVITY.c.case_id == CASE.c.id, isouter=True).where(*conditions)
    last = 0
    while rows := connection.execute(query.where(CASE.c.id > last).order_by(CASE.c.id).limit(CHUNK)).all():
        for row in rows:
            sealed = vault.open(row.body) or {}
            yield Record(row, sealed.get("body", {}), sealed)
        last = rows[-1].id


def export(engine: Engine, vault: Vault, wanted: Wanted, form: str, path: Path, at: datetime) -> int:
    """Writes the file and gives its number of rows. `form` is a name in WRITERS.

    Raises ExportError where the format cannot hold it, OSError where the file cannot be written.
    """
    columns = COLUMNS[wanted.kind]
    count = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal count
        for record in records(connection, vault, wanted):
            count += 1
            yield [column.value(record, wanted.personal) for column in columns]

    with whole_file(path) as draft:
        with reading(engine) as connection:
            WRITERS[form](draft, columns, rows())
        with writing(engine) as connection:
            shown = "with personal data" if wanted.personal else "masked"
            where = "/".join(key for key in wanted.area.keys[:2] if key) or "everywhere"
            audit.write(connection, vault, at, COMMAND_LINE, f"export {wanted.kind.value}", shown, f"{count} rows, {form}, {where}")
    return count
