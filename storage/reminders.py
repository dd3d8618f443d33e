"""Reminders the system gives by itself, once each: a form left open, a returned form that waits, a plan's reporting day.

Who has stopped announcements gets no reminder of a reporting day or of a returned form; that of an open form answers their own
last words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, func, insert, select, update

from intents.records import CaseKind, State
from intents.reporting_dates import ReportDue, reports_due
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.load import knowledge
from knowledge.places import gazetteer
from knowledge.units import Area
from storage import outbox
from storage.announcements import is_quiet
from storage.database import writing
from storage.schema import CASE, CONVERSATION, PERSON, REMINDER
from storage.vault import Vault

SILENT_FOR = timedelta(days=2)
RETURNED_FOR = timedelta(days=3)


def remind(engine: Engine, vault: Vault, at: datetime) -> int:
    """Puts the reminders that are due into the outbox; gives how many. At night there are none."""
    if is_quiet(at):
        return 0
    with writing(engine) as connection:
        due = [*_returned_forms(connection, at), *_reporting_days(connection, at)]
        given = sum(_once(connection, vault, person, what, text, at) for person, what, text in due)
        return given + _open_forms(connection, vault, at)


def _once(connection: Connection, vault: Vault, person: int, what: str, text: str, at: datetime) -> bool:
    known = select(REMINDER.c.person_id).where(REMINDER.c.person_id == person, REMINDER.c.what == what)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(REMINDER).values(person_id=person, what=what, at=at))
    outbox.notice(connection, vault, person, text, at)
    return True


def _open_forms(connection: Connection, vault: Vault, at: datetime) -> int:
    silent = and_(CONVERSATION.c.form_since < at - SILENT_FOR, CONVERSATION.c.reminded.is_(False))
    found = [int(one) for one in connection.execute(select(CONVERSATION.c.person_id).where(silent)).scalars()]
    for person in found:
        outbox.notice(connection, vault, person, say("reminder", "form"), at)
    connection.execute(update(CONVERSATION).where(CONVERSATION.c.person_id.in_(found)).values(reminded=True))
    return len(found)


def _returned_forms(connection: Connection, at: datetime) -> Iterator[tuple[int, str, str]]:
    """Households whose registration was returned and waits for them: person, occasion, words."""
    household = func.coalesce(CASE.c.subject_id, CASE.c.owner_id)
    waits = and_(
        CASE.c.kind == CaseKind.REGISTRATION.value,
        CASE.c.state == State.RETURNED.value,
        CASE.c.changed_at < at - RETURNED_FOR,
        PERSON.c.opted_out.is_(False),
        PERSON.c.erased_at.is_(None),
    )
    query = select(household.label("person"), CASE).join(PERSON, PERSON.c.id == household).where(waits)
    for row in connection.execute(query):
        day = in_words(row.changed_at.astimezone(ZONE).date())
        yield int(row.person), f"returned {row.code} v{row.version}", say("reminder", "returned", code=row.code, day=day)


def _reporting_days(connection: Connection, at: datetime) -> Iterator[tuple[int, str, str]]:
    """Those in the area of a valid plan who owe its report soon."""
    today = at.astimezone(ZONE).date()
    for due in reports_due():
        plan = knowledge().plans[due.plan]
        if (on := due.is_near(plan, today)) is None:
            continue
        text = say("reminder", "report", plan=plan.name, quote=due.quote, section=due.section, day=in_words(on))
        yield from ((person, f"report {due.plan} {on.year}", text) for person in _who_owe(connection, due))


def _who_owe(connection: Connection, due: ReportDue) -> Iterator[int]:
    province = next(place.province for place in gazetteer().short.values() if due.plan in place.plans)
    roles = PERSON.c.role.in_([role.value for role in due.roles])
    query = select(PERSON).where(roles, PERSON.c.opted_out.is_(False), PERSON.c.erased_at.is_(None))
    for row in connection.execute(query):
        if Area(province).covers(Area(row.province, row.commune)):
            yield int(row.id)
