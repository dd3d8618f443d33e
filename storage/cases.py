"""Cases: made, changed with their versions kept, claimed, found again by keyed hash; money of likely duplicates once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from intents.duplicates import HOUSEHOLD, SAME_SUM, household_line
from intents.people import Person
from intents.records import LIVE, Case, CaseKind, Change, State, Submit
from knowledge.units import Area
from storage.schema import ACTIVITY, ASKER, CASE, HASH, HELPED, PERSON, PHOTO, VERSION
from storage.vault import Vault


def read(connection: Connection, vault: Vault, row: Row[Any]) -> Case:
    """A case from its row."""
    sealed = vault.open(row.body) or {}
    name = connection.execute(select(PERSON.c.name).where(PERSON.c.id == row.claimed_by)).scalar() if row.claimed_by else b""
    return Case(
        row.code,
        CaseKind(row.kind),
        State(row.state),
        row.owner_id,
        Area(row.province, row.commune, sealed.get("village", ""), sealed.get("former", "")),
        row.version,
        sealed.get("body", {}),
        row.created_at,
        row.changed_at,
        row.due_at,
        row.subject_id,
        row.claimed_by,
        row.claimed_until,
        (vault.open(name) or "") if name else "",
        row.opened_at,
        sealed.get("note", ""),
        sealed.get("note_field", ""),
    )


def find(connection: Connection, vault: Vault, code: str, *, lock: bool = False) -> Case | None:
    query = select(CASE).where(CASE.c.code == code)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return read(connection, vault, row) if row is not None else None


def within(vault: Vault, area: Area) -> ColumnElement[bool]:
    """The condition that a case lies in an area."""
    province, commune, village, former = area.keys
    conditions: list[ColumnElement[bool]] = []
    if province:
        conditions.append(CASE.c.province_key == province)
    if commune:
        conditions.append(CASE.c.commune_key == commune)
    if village:
        conditions.append(CASE.c.village_hash == vault.hash("village", village))
        if former:
            conditions.append(or_(CASE.c.former_key == former, CASE.c.former_key == ""))
    return and_(True, *conditions)


def seen_by(vault: Vault, person: Person) -> ColumnElement[bool]:
    """The condition that a person may see a case: officers and village heads their area, everyone their own."""
    own = or_(CASE.c.owner_id == person.id, CASE.c.subject_id == person.id)
    return within(vault, person.area) if person.is_officer or person.reports else own


def _sealed(vault: Vault, area: Area, body: Mapping[str, Any], note: str, note_field: str) -> bytes:
    kept = {"body": dict(body), "village": area.village, "former": area.former, "note": note, "note_field": note_field}
    return vault.seal(kept)


def _area_columns(vault: Vault, area: Area) -> dict[str, str]:
    province, commune, village, former = area.keys
    named = {"province": area.province, "commune": area.commune, "province_key": province, "commune_key": commune}
    return named | {"village_hash": vault.hash("village", village), "former_key": former}


def submit(connection: Connection, vault: Vault, owner: int, new: Submit, at: datetime) -> int:
    """Writes a new case and gives its row's number."""
    number = connection.execute(
        insert(CASE)
        .values(
            code=new.code,
            kind=new.kind.value,
            state=new.state.value,
            owner_id=owner,
            subject_id=new.subject,
            version=1,
            body=_sealed(vault, new.area, new.body, "", ""),
            created_at=at,
            changed_at=at,
            due_at=new.due_at,
            **_area_columns(vault, new.area),
        )
        .returning(CASE.c.id)
    ).scalar_one()
    _set_hashes(connection, vault, number, new.hashed)
    if new.kind is CaseKind.REPORT:
        _count(connection, vault, number, new.area, new.body)
        _name_photos(connection, number, new.body)
    if new.kind is CaseKind.QUESTION:
        connection.execute(insert(ASKER).values(case_id=number, person_id=owner))
    return int(number)


def change(connection: Connection, vault: Vault, by: int, wanted: Change, at: datetime) -> Row[Any]:
    """Writes the change and keeps what was before it; gives the row as it was."""
    row = connection.execute(select(CASE).where(CASE.c.code == wanted.code).with_for_update()).one()
    case = read(connection, vault, row)
    connection.execute(insert(VERSION).values(case_id=row.id, version=row.version, state=row.state, body=row.body, by_id=by, at=at))
    area = wanted.area or case.area
    body = case.body if wanted.body is None else wanted.body
    values: dict[str, Any] = {
        "version": row.version + 1,
        "changed_at": at,
        "body": _sealed(vault, area, body, wanted.note, wanted.note_field),
        **_area_columns(vault, area),
    }
    if wanted.state:
        values |= {"state": wanted.state.value, "claimed_by": None, "claimed_until": None}
        values |= {"decided_at": at} if wanted.state not in (State.SUBMITTED, State.WAITING) else {"opened_at": None}
    if wanted.due_at:
        values["due_at"] = wanted.due_at
    if wanted.subject is not None:
        values["subject_id"] = wanted.subject
    connection.execute(update(CASE).where(CASE.c.id == row.id).values(**values))
    if wanted.hashed is not None:
        _set_hashes(connection, vault, row.id, wanted.hashed)
    if case.kind is CaseKind.REPORT:
        _count(connection, vault, row.id, area, body)
        _name_photos(connection, row.id, body)
    return row


def _set_hashes(connection: Connection, vault: Vault, number: int, hashed: Mapping[str, str]) -> None:
    connection.execute(delete(HASH).where(HASH.c.case_id == number))
    rows = [{"case_id": number, "name": name, "value": _hash(vault, name, value)} for name, value in hashed.items() if value.strip()]
    if rows:
        connection.execute(insert(HASH), rows)


def _name_photos(connection: Connection, number: int, body: Mapping[str, Any]) -> None:
    connection.execute(delete(PHOTO).where(PHOTO.c.case_id == number))
    if rows := [{"case_id": number, "sha256": name} for name in body.get("photo_sums") or ()]:
        connection.execute(insert(PHOTO), rows)


def _hash(vault: Vault, name: str, value: str) -> str:
    """Photos of one report are numbered, and compared without their numbers."""
    return vault.hash("photo" if name.startswith("photo") else name, value)


def _count(connection: Connection, vault: Vault, number: int, area: Area, body: Mapping[str, Any]) -> None:
    """Keeps the countable part of a report, and lets one of several likely duplicates count."""
    connection.execute(delete(ACTIVITY).where(ACTIVITY.c.case_id == number))
    connection.execute(delete(HELPED).where(HELPED.c.case_id == number))
    day = datetime.fromisoformat(body["occurred_on"]).date() if body.get("occurred_on") else None
    month = str(body.get("occurred_on") or body.get("occurred_month") or "")[:7]
    names = ("amount_vnd", "households", "people", "labour_days")
    counted = {name: body.get(name) for name in names}
    connection.execute(
        insert(ACTIVITY).values(case_id=number, kind=body.get("kind") or "", month=month, occurred_on=day, counted=True, **counted)
    )
    homes = {_hash(vault, HOUSEHOLD, household_line(name, area)) for name in body.get("beneficiary_names") or ()}
    if homes:
        connection.execute(insert(HELPED), [{"case_id": number, "household": home, "month": month} for home in sorted(homes)])
    sums = [str(one) for one in connection.execute(select(HASH.c.value).where(HASH.c.case_id == number, HASH.c.name == SAME_SUM)).scalars()]
    for value in sums:
        _count_once(connection, vault, value)


def _count_once(connection: Connection, vault: Vault, value: str) -> None:
    """Of the live reports with one village, day, kind and sum, the first counts, and each that an officer told apart."""
    live = [state.value for state in LIVE]
    rows = connection.execute(
        select(CASE).join(HASH, HASH.c.case_id == CASE.c.id).where(HASH.c.value == value, HASH.c.name == SAME_SUM).order_by(CASE.c.id)
    ).all()
    counted = False
    for row in rows:
        alive = row.state in live
        apart = bool((vault.open(row.body) or {}).get("body", {}).get("told_apart"))
        counts = alive and (apart or not counted)
        counted = counted or (alive and not apart)
        connection.execute(update(ACTIVITY).where(ACTIVITY.c.case_id == row.id).values(counted=counts))


def likely_same(connection: Connection, vault: Vault, kind: CaseKind, code: str, hashed: Mapping[str, str]) -> list[Case]:
    """Live cases that share one of the hashed values, the oldest first."""
    values = [_hash(vault, name, value) for name, value in hashed.items() if value.strip()]
    if not values:
        return []
    rows = connection.execute(
        select(CASE)
        .where(CASE.c.id.in_(select(HASH.c.case_id).where(HASH.c.value.in_(values))))
        .where(CASE.c.kind == kind.value, CASE.c.code != code, CASE.c.state.in_([state.value for state in LIVE]))
        .order_by(CASE.c.id)
        .limit(5)
    )
    return [read(connection, vault, row) for row in rows]


def claim(connection: Connection, code: str, person: int, until: datetime, at: datetime) -> None:
    connection.execute(
        update(CASE)
        .where(CASE.c.code == code)
        .values(claimed_by=person, claimed_until=until, opened_at=func.coalesce(CASE.c.opened_at, at))
    )


def release(connection: Connection, code: str, person: int) -> None:
    connection.execute(update(CASE).where(CASE.c.code == code, CASE.c.claimed_by == person).values(claimed_by=None, claimed_until=None))
