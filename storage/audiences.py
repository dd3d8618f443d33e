"""Whom an announcement is for, and by which account each of them can be written to now.

People of an area are those with a role in it, those whose registration lies in it, and (down to the commune) those who told
the chat that they live there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from intents.announcements import BILLED_AFTER, WINDOW, Audience, Delivery, Reach, Recipient
from intents.people import Role
from intents.records import LIVE, CaseKind, State
from knowledge.units import Area
from storage import cases
from storage.schema import ACCOUNT, CASE, CONVERSATION, OUTBOX, PERSON
from storage.vault import Vault

MOST_NAMED = 5_000  # values of one IN list
SAMPLE = 5
WRITTEN_TO = ("sent", "unknown", "waiting")  # states of those who have an announcement, may have it, or find it on their page


@dataclass(frozen=True)
class Way:
    """One person of an audience and the account that is used; `reason` tells why none can be. `template`: only by an approved
    template; `billed`: the platform takes money."""

    person: int
    channel: str = ""
    key: str = ""
    reason: str = ""
    template: bool = False
    billed: bool = False


def reach(connection: Connection, vault: Vault, audience: Audience, at: datetime, templates: frozenset[str]) -> Reach:
    """The counts, a sample, and the seal of exactly these people."""
    found = list(ways(connection, vault, audience, at, templates))
    written = [one for one in found if not one.reason]
    step = max(1, len(written) // SAMPLE)
    shown = written[::step][:SAMPLE]
    who = vault.sign("\n".join(sorted(f"{one.person} {one.channel} {one.key}" for one in written)).encode())[:32]
    return Reach(
        Counter(one.channel for one in written),
        Counter(one.reason for one in found if one.reason),
        sum(one.template for one in written),
        sum(one.billed for one in written),
        recipients(connection, vault, audience.area, [(one.person, one.channel) for one in shown]),
        who,
    )


def unreached(connection: Connection, vault: Vault, audience: Audience, at: datetime, templates: frozenset[str]) -> list[Delivery]:
    """Those of the audience whom nothing can reach now, with the reason."""
    left = [one for one in ways(connection, vault, audience, at, templates) if one.reason]
    named = recipients(connection, vault, audience.area, [(one.person, one.channel) for one in left])
    return [Delivery(person, "failed", way.reason) for person, way in zip(named, left, strict=True)]


def ways(connection: Connection, vault: Vault, audience: Audience, at: datetime, templates: frozenset[str]) -> Iterator[Way]:
    """Everyone of the audience, each with the account used last that can be written to."""
    people = _same_people(connection, audience.same_as) if audience.same_as else _people(connection, vault, audience)
    numbers = sorted(people)
    accounts: dict[int, list[Any]] = {}
    out: set[int] = set()
    for some in _batches(numbers):
        query = select(ACCOUNT).where(ACCOUNT.c.person_id.in_(some)).order_by(ACCOUNT.c.used_at.desc(), ACCOUNT.c.key)
        for row in connection.execute(query):
            accounts.setdefault(row.person_id, []).append(row)
        opted = select(PERSON.c.id).where(PERSON.c.id.in_(some), PERSON.c.opted_out)
        out |= {int(number) for number in connection.execute(opted).scalars()}
    for person in numbers:
        before = people[person]
        usable = [row for row in accounts.get(person, ()) if before is None or (row.channel, row.key) == before]
        if audience.channels and not (usable := [row for row in usable if row.channel in audience.channels]):
            continue
        yield Way(person, reason="opted_out") if person in out else _way(person, usable, at, templates)


def _way(person: int, accounts: Sequence[Any], at: datetime, templates: frozenset[str]) -> Way:
    """The first account that can be written to; otherwise the reason of the one used last."""
    reasons: list[tuple[str, Any]] = []
    for row in accounts:
        silent = at - row.used_at
        if row.gone:
            reasons.append((row.gone, row))
        elif row.channel in WINDOW and silent > WINDOW[row.channel]:
            reasons.append(("window", row))
        else:
            billed = row.channel in BILLED_AFTER and silent > BILLED_AFTER[row.channel]
            return Way(person, row.channel, row.key, billed=billed)
    for reason, row in reasons:
        if reason == "window" and row.channel in templates:
            return Way(person, row.channel, row.key, template=True, billed=True)
    if not reasons:
        return Way(person, reason="no_account")
    reason, row = reasons[0]
    return Way(person, row.channel, row.key, reason)


# -- who they are --------------------------------------------------------------------------------------------------------------


def _same_people(connection: Connection, code: str) -> dict[int, tuple[str, str] | None]:
    """Those an announcement was written to, by the same accounts."""
    query = select(OUTBOX.c.person_id, OUTBOX.c.channel, OUTBOX.c.key).join(CASE, CASE.c.id == OUTBOX.c.announcement_id)
    written = query.where(CASE.c.code == code, OUTBOX.c.kind == "announcement", OUTBOX.c.state.in_(WRITTEN_TO), OUTBOX.c.person_id != 0)
    return {int(row.person_id): (row.channel, row.key) for row in connection.execute(written)}


def _people(connection: Connection, vault: Vault, audience: Audience) -> dict[int, tuple[str, str] | None]:
    roles = audience.roles or tuple(role for role in Role if role is not Role.ADMIN)
    narrowed = bool(audience.registration or audience.needs)  # these speak of households
    found: set[int] = set()
    if not narrowed:
        found |= set(_with_roles(connection, audience.area, [role for role in roles if role is not Role.HOUSEHOLD]))
    if Role.HOUSEHOLD in roles:
        found |= set(_households(connection, vault, audience))
    return dict.fromkeys(found)


def _with_roles(connection: Connection, area: Area, roles: Sequence[Role]) -> Iterator[int]:
    query = select(PERSON).where(PERSON.c.role.in_([role.value for role in roles]), PERSON.c.erased_at.is_(None))
    for row in connection.execute(query):
        if area.covers(Area(row.province, row.commune, row.village, row.former)):
            yield int(row.id)


def _households(connection: Connection, vault: Vault, audience: Audience) -> Iterator[int]:
    registered = _registered(connection, vault, audience)
    wanted = {state for state in audience.registration if state != "none"}
    for person, (state, body) in registered.items():
        if audience.registration and state not in wanted:
            continue
        if audience.needs and not set(audience.needs) & set((vault.open(body) or {}).get("body", {}).get("needs") or ()):
            continue
        yield person
    if audience.needs or (audience.registration and "none" not in audience.registration):
        return
    elsewhere = _registered_anywhere(connection)
    yield from (person for person in _told_the_chat(connection, audience.area) if person not in elsewhere)


def household() -> ColumnElement[Any]:
    """The person a registration is about: the household itself, also where somebody else filled it in."""
    return func.coalesce(CASE.c.subject_id, CASE.c.owner_id)


LIVE_REGISTRATION = and_(
    CASE.c.kind == CaseKind.REGISTRATION.value, CASE.c.state.in_([state.value for state in LIVE if state is not State.WAITING])
)


def _registered(connection: Connection, vault: Vault, audience: Audience) -> dict[int, tuple[str, bytes]]:
    """The last live registration of each household of the area: its state and sealed content."""
    here = and_(cases.within(vault, audience.area), LIVE_REGISTRATION)
    person = household()
    query = select(person.label("person"), CASE.c.state, CASE.c.body).join(PERSON, PERSON.c.id == person)
    rows = connection.execute(query.where(here, PERSON.c.role == Role.HOUSEHOLD.value).order_by(CASE.c.id))
    seen = {State.VERIFIED.value: State.SUBMITTED.value}
    return {int(row.person): (seen.get(row.state, row.state), row.body) for row in rows}


def _registered_anywhere(connection: Connection) -> set[int]:
    return {int(number) for number in connection.execute(select(household()).where(LIVE_REGISTRATION)).scalars()}


def _told_the_chat(connection: Connection, area: Area) -> Iterator[int]:
    """Households that said where they live; nobody for a village, which the chat does not ask."""
    province, commune, village, _ = area.keys
    if village or not province:
        return
    here = [CONVERSATION.c.home_province == province, PERSON.c.role == Role.HOUSEHOLD.value, PERSON.c.erased_at.is_(None)]
    if commune:
        here.append(CONVERSATION.c.home_commune == commune)
    query = select(PERSON.c.id).join(CONVERSATION, CONVERSATION.c.person_id == PERSON.c.id).where(*here)
    yield from (int(number) for number in connection.execute(query).scalars())


# -- names for the officer --------------------------------------------------------------------------------------------------------


def recipients(connection: Connection, vault: Vault, area: Area, people: Sequence[tuple[int, str]]) -> list[Recipient]:
    """How an officer of the area knows these people: by their registration there, or their role; otherwise without a name."""
    named: dict[int, tuple[str, str]] = {}
    for some in _batches([person for person, _ in people]):
        named |= _named_by_role(connection, vault, some)
        named |= _named_by_registration(connection, vault, area, some)
    return [Recipient(person, *named.get(person, ("", "")), channel) for person, channel in people]


def _named_by_role(connection: Connection, vault: Vault, people: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    rows = connection.execute(select(PERSON).where(PERSON.c.id.in_(people), PERSON.c.role != Role.HOUSEHOLD.value))
    return {
        int(row.id): ((vault.open(row.name) or "") if row.name else "", Area(row.province, row.commune, row.village, row.former).label)
        for row in rows
    }


def _named_by_registration(connection: Connection, vault: Vault, area: Area, people: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    person = household()
    here = and_(cases.within(vault, area), CASE.c.kind == CaseKind.REGISTRATION.value, person.in_(people))
    newest = case((CASE.c.state == State.WITHDRAWN.value, 0), else_=1)
    rows = connection.execute(select(person.label("person"), CASE).where(here).order_by(newest, CASE.c.id))
    found = {}
    for row in rows:
        sealed = vault.open(row.body) or {}
        place = Area("", row.commune, sealed.get("village", ""), sealed.get("former", "")).label
        found[int(row.person)] = (str(sealed.get("body", {}).get("name") or ""), place)
    return found


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := list(islice(left, MOST_NAMED)):
        yield some
