"""Erases a person: everything that tells who they are, in one transaction; the audit keeps the fact without the content."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from intents.records import State
from storage.schema import (
    ACCOUNT,
    ACTIVITY,
    ASKER,
    CASE,
    CONSENT,
    CONVERSATION,
    DATA_REQUEST,
    HASH,
    HELPED,
    LINK,
    OUTBOX,
    PERSON,
    PHOTO,
    REACTION,
    REMINDER,
    VERSION,
)
from storage.vault import Vault


def erase(connection: Connection, vault: Vault, person: int, at: datetime) -> list[str]:
    """Erases the person and gives the checksums of photos that nobody else's case holds any more.

    A report's countable part (kind, month, sums, without names) stays, because the village's figures are not the
    reporter's own data; the consent row stays as proof, without how it was told.
    """
    _leave_to_their_households(connection, vault, person)
    own = select(CASE.c.id).where(or_(CASE.c.owner_id == person, CASE.c.subject_id == person))
    numbers = [int(number) for number in connection.execute(own).scalars()]
    photos = [str(one) for one in connection.execute(select(PHOTO.c.sha256).where(PHOTO.c.case_id.in_(numbers))).scalars()]
    for table in (VERSION, HASH, PHOTO, ASKER, HELPED):
        connection.execute(delete(table).where(table.c.case_id.in_(numbers)))
    counted = {int(number) for number in connection.execute(select(ACTIVITY.c.case_id).where(ACTIVITY.c.case_id.in_(numbers))).scalars()}
    blank = {"body": vault.seal({"body": {}}), "claimed_by": None, "claimed_until": None, "changed_at": at}
    gone = [number for number in numbers if number not in counted]
    connection.execute(update(CASE).where(CASE.c.id.in_(numbers)).values(**blank))
    connection.execute(update(CASE).where(CASE.c.id.in_(gone)).values(state=State.WITHDRAWN.value, village_hash="", former_key=""))
    connection.execute(delete(ASKER).where(ASKER.c.person_id == person))
    connection.execute(update(DATA_REQUEST).where(DATA_REQUEST.c.person_id == person).values(what=b""))
    announced = (OUTBOX.c.person_id == person, OUTBOX.c.announcement_id.is_not(None))  # counted, without telling whose row it was
    pending = update(OUTBOX).where(*announced, OUTBOX.c.state.in_(("due", "waiting", "sending")))
    connection.execute(pending.values(state="cancelled", reason="erased"))
    connection.execute(update(OUTBOX).where(*announced).values(person_id=0, key="", platform=""))
    for table in (REACTION, REMINDER):
        connection.execute(delete(table).where(table.c.person_id == person))
    for table in (CONVERSATION, OUTBOX, LINK):
        connection.execute(delete(table).where(table.c.person_id == person))
    connection.execute(delete(ACCOUNT).where(ACCOUNT.c.person_id == person))
    connection.execute(update(CONSENT).where(CONSENT.c.person_id == person).values(how=b"", withdrawn_at=at))
    emptied = {"role": "household", "province": "", "commune": "", "village": "", "former": "", "name": b"", "pin_hash": ""}
    connection.execute(update(PERSON).where(PERSON.c.id == person).values(erased_at=at, **emptied))
    kept = set(connection.execute(select(PHOTO.c.sha256).where(PHOTO.c.sha256.in_(photos))).scalars())
    return [name for name in photos if name not in kept]


def _leave_to_their_households(connection: Connection, vault: Vault, helper: int) -> None:
    """What the person filled in for others who confirmed it themselves belongs to those; only the helper's name goes."""
    others = (CASE.c.owner_id == helper, CASE.c.subject_id.is_not(None), CASE.c.subject_id != helper)
    for row in connection.execute(select(CASE).where(*others)).all():
        kept = vault.open(row.body) or {}
        told = {name: value for name, value in kept.get("body", {}).items() if name not in ("helper_name", "proof_text")}
        sealed = vault.seal({**kept, "body": told})
        connection.execute(update(CASE).where(CASE.c.id == row.id).values(owner_id=row.subject_id, body=sealed))
