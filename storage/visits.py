"""Those whom no message reaches: their village heads are asked to go and tell them. Who has stopped announcements is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, select

from intents.announcements import Audience
from intents.people import Role
from intents.records import Case, CaseKind
from intents.wording import say
from knowledge.units import Area
from storage import announcements, audiences, cases, outbox
from storage.audiences import LIVE_REGISTRATION, household
from storage.schema import CASE, OUTBOX, PERSON
from storage.vault import Vault

LEFT_ALONE = ("opted_out",)


def tell_heads(connection: Connection, vault: Vault, case: Case, at: datetime, templates: frozenset[str]) -> tuple[int, int]:
    """Asks each village head of the area to visit the households of the village; gives how many heads, and how many households."""
    missed = {way.person for way in audiences.ways(connection, vault, Audience.read(case.body["audience"]), at, templates) if way.reason}
    missed -= _opted_out(connection)
    missed |= _failed(connection, case.code)
    homes = _homes(connection, vault, case.area, missed)
    asked = told = 0
    heads = select(PERSON).where(PERSON.c.role == Role.VILLAGE_HEAD.value, PERSON.c.erased_at.is_(None), PERSON.c.village != "")
    for head in connection.execute(heads).all():
        village = Area(head.province, head.commune, head.village, head.former)
        names = sorted(name for name, home in homes if village.covers(home))
        if case.area.covers(village) and names:
            parts = {"code": case.code, "count": len(names), "names": "; ".join(names), "text": case.body["text"]}
            outbox.notice(connection, vault, head.id, say("sending", "visit", **parts), at)
            asked, told = asked + 1, told + len(names)
    return asked, told


def _opted_out(connection: Connection) -> set[int]:
    return {int(number) for number in connection.execute(select(PERSON.c.id).where(PERSON.c.opted_out)).scalars()}


def _failed(connection: Connection, code: str) -> set[int]:
    """Those whom the announcement was sent to in vain."""
    mine = and_(OUTBOX.c.announcement_id == announcements.number_of(connection, code), OUTBOX.c.kind == "announcement")
    failed = select(OUTBOX.c.person_id).where(mine, OUTBOX.c.state == "failed")
    return {int(number) for number in connection.execute(failed).scalars()}


def _homes(connection: Connection, vault: Vault, area: Area, people: Iterable[int]) -> list[tuple[str, Area]]:
    """Name and village of the households among these people, by their live registration in the area."""
    person = household()
    here = and_(cases.within(vault, area), LIVE_REGISTRATION, CASE.c.kind == CaseKind.REGISTRATION.value)
    wanted, found = set(people), {}
    for row in connection.execute(select(person.label("person"), CASE).where(here).order_by(CASE.c.id)):
        if row.person in wanted:
            sealed = vault.open(row.body) or {}
            home = Area(row.province, row.commune, sealed.get("village", ""), sealed.get("former", ""))
            found[row.person] = (str(sealed.get("body", {}).get("name") or say("sending", "nameless")), home)
    return list(found.values())
