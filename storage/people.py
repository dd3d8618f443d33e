"""People and their accounts on the channels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from intents.people import Person, Role
from knowledge.units import Area
from storage.schema import ACCOUNT, PERSON
from storage.vault import Vault

UNLOCKED_FOR = timedelta(minutes=10)


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that can say ON CONFLICT, in the database's own dialect."""
    return postgresql_insert(table) if connection.dialect.name == "postgresql" else sqlite_insert(table)


OF_ACCOUNT = select(ACCOUNT.c.person_id).where(ACCOUNT.c.channel == bindparam("channel"), ACCOUNT.c.key == bindparam("key"))
ONE_PERSON = select(PERSON).where(PERSON.c.id == bindparam("number"))
ONE_PERSON_LOCKED = ONE_PERSON.with_for_update()


def find_account(connection: Connection, channel: str, key: str) -> int | None:
    """The number of the person behind an account, None for one that has not written yet."""
    found = connection.execute(OF_ACCOUNT, {"channel": channel, "key": key}).scalar_one_or_none()
    return int(found) if found is not None else None


def of_account(connection: Connection, channel: str, key: str, at: datetime) -> int:
    """The number of the person behind an account; both are made at the first message. Safe when two come at once."""
    found = find_account(connection, channel, key)
    if found is not None:
        return found
    made = connection.execute(insert(PERSON).values(created_at=at).returning(PERSON.c.id)).scalar_one()
    account = upsert(connection, ACCOUNT).values(channel=channel, key=key, person_id=made, used_at=at)
    if connection.execute(account.on_conflict_do_nothing().returning(ACCOUNT.c.person_id)).first() is not None:
        return int(made)
    connection.execute(delete(PERSON).where(PERSON.c.id == made))  # the same first message came twice at once
    return int(connection.execute(select(ACCOUNT.c.person_id).where(ACCOUNT.c.channel == channel, ACCOUNT.c.key == key)).scalar_one())


USED = (
    update(ACCOUNT)
    .where(ACCOUNT.c.channel == bindparam("by"), ACCOUNT.c.key == bindparam("named"))
    .values(used_at=bindparam("at"), gone="")
)


def used(connection: Connection, channel: str, key: str, at: datetime) -> None:
    """Notes by which account the person has written last: notices go there, and it can be written to."""
    connection.execute(USED, {"by": channel, "named": key, "at": at})


def gone(connection: Connection, channel: str, key: str, why: str) -> int | None:
    """Notes that an account cannot be written to any more ("blocked", "left"), or can again (""); gives its person."""
    row = update(ACCOUNT).where(ACCOUNT.c.channel == channel, ACCOUNT.c.key == key).values(gone=why).returning(ACCOUNT.c.person_id)
    found = connection.execute(row).scalar_one_or_none()
    return int(found) if found is not None else None


def load(connection: Connection, vault: Vault, number: int, at: datetime, *, lock: bool = False) -> Person:
    """The person; `lock` keeps every other turn of the same person waiting until this transaction ends."""
    row = connection.execute(ONE_PERSON_LOCKED if lock else ONE_PERSON, {"number": number}).one()
    return _person(row, vault, at)


def _person(row: Row[Any], vault: Vault, at: datetime) -> Person:
    shared = bool(row.pin_hash)
    return Person(
        row.id,
        Role(row.role),
        Area(row.province, row.commune, row.village, row.former),
        (vault.open(row.name) or "") if row.name else "",
        shared,
        shared and not (row.unlocked_until and row.unlocked_until > at),
        row.blocked_until if row.blocked_until and row.blocked_until > at else None,
    )


def officers_over(connection: Connection, vault: Vault, area: Area, at: datetime) -> list[Person]:
    """The officers and, where there are none, the administrators who answer for an area; the nearest level first."""
    roles = (Role.COMMUNE_OFFICER.value, Role.PROVINCE_OFFICER.value)
    rows = connection.execute(select(PERSON).where(PERSON.c.role.in_(roles)).order_by(PERSON.c.role, PERSON.c.id))
    people = [person for row in rows if (person := _person(row, vault, at)).area.covers(area)]
    if people:
        nearest = Role.COMMUNE_OFFICER if any(one.role is Role.COMMUNE_OFFICER for one in people) else Role.PROVINCE_OFFICER
        return [one for one in people if one.role is nearest]
    admins = connection.execute(select(PERSON).where(PERSON.c.role == Role.ADMIN.value))
    return [_person(row, vault, at) for row in admins]


def give_role(connection: Connection, vault: Vault, number: int, role: Role, area: Area, name: str) -> None:
    sealed = vault.seal(name) if name else b""
    values = {"province": area.province, "commune": area.commune, "village": area.village, "former": area.former}
    connection.execute(update(PERSON).where(PERSON.c.id == number).values(role=role.value, name=sealed, **values))


def last_account(connection: Connection, number: int) -> tuple[str, str]:
    """The channel and key the person wrote from last, one that they have left only where there is no other; two empty texts when
    there is none."""
    query = select(ACCOUNT.c.channel, ACCOUNT.c.key).where(ACCOUNT.c.person_id == number)
    row = connection.execute(query.order_by(ACCOUNT.c.gone != "", ACCOUNT.c.used_at.desc()).limit(1)).one_or_none()
    return (row.channel, row.key) if row is not None else ("", "")
