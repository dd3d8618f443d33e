"""How far the sending of announcements has come: begun, frozen, paused, ended; each person's row is in the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from intents.announcements import RECALLED_WITHIN, Announcement, Audience, Delivery, Run, Schedule, Start
from intents.flows.announcing_card import phrase
from intents.flows.moment import dotted, when
from intents.people import Role
from intents.records import Case, State
from intents.wording import say
from knowledge.calendar import ZONE
from storage import audiences, cases, outbox, people
from storage.schema import ANNOUNCEMENT, CASE, OUTBOX, PERSON, REACTION
from storage.vault import Vault

SPEED = {"telegram": 24.0, "zalo_oa": 53.0, "zalo_bot": 4.0}  # messages a second at 80 % of the usual rates, until it is measured
MEASURED_OVER = timedelta(minutes=1)
LEAST_MEASURED = 30  # messages
QUIET_FROM, QUIET_UNTIL = time(21), time(6)  # local; the issue's own rule
TOLD_AT = (1, 10, 100, 1_000, 10_000)  # reactions after which the officer is told
TOLD_OF = ("sent", "waiting", "failed", "unknown", "cancelled")  # states that its officer is told at the end
OPEN = ("due", "sending")
LATEST_START = timedelta(hours=3)  # what was held up longer may not be true any more, and is asked again


def is_quiet(at: datetime) -> bool:
    """Whether nothing but urgent announcements may go out."""
    local = at.astimezone(ZONE).time()
    return local >= QUIET_FROM or local < QUIET_UNTIL


def number_of(connection: Connection, code: str) -> int | None:
    found = connection.execute(select(CASE.c.id).where(CASE.c.code == code)).scalar_one_or_none()
    return int(found) if found is not None else None


# -- beginning ---------------------------------------------------------------------------------------------------------------------


def schedule(connection: Connection, vault: Vault, wanted: Schedule, framed: str) -> None:
    """Notes when it begins, and for whom the officer said yes."""
    values = {"people": wanted.count, "who": wanted.who, "starts_at": wanted.at, "urgent": wanted.urgent}
    _keep(connection, vault, wanted.code, Run.SCHEDULED, framed, values)


def begin(connection: Connection, vault: Vault, wanted: Start, framed: str, at: datetime, templates: frozenset[str]) -> bool:
    """Freezes the audience and lets the sender begin; False, and nothing done, where the people are not those of the yes."""
    case = cases.find(connection, vault, wanted.code)
    assert case is not None, "the dialogue has looked the case up in this transaction"
    audience = Audience.read(case.body["audience"])
    reach = audiences.reach(connection, vault, audience, at, templates)
    if (reach.who, reach.count) != (wanted.who, wanted.count):
        _keep(connection, vault, wanted.code, Run.ASKING, framed, {})
        return False
    values = {"people": reach.count, "who": reach.who, "frozen_at": at, "urgent": bool(case.body.get("urgent"))}
    number = _keep(connection, vault, wanted.code, Run.RUNNING, framed, values)
    _freeze(connection, number, audiences.ways(connection, vault, audience, at, templates), at)
    return True


def _keep(connection: Connection, vault: Vault, code: str, run: Run, framed: str, values: dict[str, Any]) -> int:
    number = number_of(connection, code)
    author = select(CASE.c.owner_id).where(CASE.c.id == number).scalar_subquery()
    new = {"case_id": number, "author_id": author, "run": run.value, "body": vault.seal(framed), "urgent": False} | values
    row = people.upsert(connection, ANNOUNCEMENT).values(**new)
    kept = {name: value for name, value in new.items() if name != "case_id"}
    connection.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=kept if values else {"run": run.value}))
    return int(number or 0)


def _freeze(connection: Connection, number: int, ways: Iterable[audiences.Way], at: datetime) -> None:
    """One row for each person who can be written to. Where people have to come and look, it waits for them."""
    made = {"announcement_id": number, "kind": "announcement", "lane": outbox.ANNOUNCED, "body": b"", "created_at": at, "due_at": at}
    rows = [
        made
        | {"person_id": way.person, "channel": way.channel, "key": way.key, "state": "waiting" if way.channel in outbox.PULLED else "due"}
        | {"reason": "page" if way.channel in outbox.PULLED else "template" if way.template else ""}
        for way in ways
        if not way.reason
    ]
    if rows:
        connection.execute(insert(OUTBOX), rows)


def start_due(connection: Connection, vault: Vault, framed_of: Any, at: datetime, templates: frozenset[str]) -> list[str]:
    """Begins what is scheduled for now; asks the officer again where the people have changed. Gives the codes begun."""
    due = and_(ANNOUNCEMENT.c.run == Run.SCHEDULED.value, ANNOUNCEMENT.c.starts_at <= at)
    query = select(ANNOUNCEMENT, CASE.c.code).join(CASE, CASE.c.id == ANNOUNCEMENT.c.case_id).where(due).with_for_update()
    begun = []
    for row in connection.execute(query).all():
        if is_quiet(at) and not row.urgent:
            continue
        case = cases.find(connection, vault, row.code)
        assert case is not None, "the row has a foreign key to the case"
        if case.state is not State.APPROVED:  # withdrawn, or its officer has erased everything
            cancel(connection, row.code)
            outbox.notice(connection, vault, row.author_id, say("sending", "unapproved", code=row.code), at)
        elif at - row.starts_at > LATEST_START:
            turn(connection, row.code, (Run.SCHEDULED,), Run.ASKING)
            told = when(row.starts_at, at.astimezone(ZONE).date())
            outbox.notice(connection, vault, row.author_id, say("sending", "late", code=row.code, when=told), at)
        elif begin(connection, vault, Start(row.code, row.people, row.who), framed_of(case), at, templates):
            begun.append(row.code)
        else:
            outbox.notice(connection, vault, row.author_id, say("sending", "asking", code=row.code, before=dotted(row.people)), at)
    return begun


# -- while it runs -----------------------------------------------------------------------------------------------------------------


def turn(connection: Connection, code: str, before: tuple[Run, ...], to: Run) -> bool:
    """Moves the sending on if it is where the officer saw it."""
    states = [run.value for run in before]
    row = update(ANNOUNCEMENT).where(ANNOUNCEMENT.c.case_id == number_of(connection, code), ANNOUNCEMENT.c.run.in_(states))
    return connection.execute(row.values(run=to.value)).rowcount > 0


def pause(connection: Connection, code: str) -> bool:
    return turn(connection, code, (Run.RUNNING,), Run.PAUSED)


def resume(connection: Connection, code: str) -> bool:
    return turn(connection, code, (Run.PAUSED,), Run.RUNNING)


def cancel(connection: Connection, code: str) -> bool:
    """Whoever has not been written to is left out."""
    mine = and_(OUTBOX.c.announcement_id == number_of(connection, code), OUTBOX.c.kind == "announcement")
    left = and_(mine, OUTBOX.c.state.in_(("due", "waiting")))
    connection.execute(update(OUTBOX).where(left).values(state="cancelled", reason="cancelled"))
    return turn(connection, code, (Run.SCHEDULED, Run.ASKING, Run.RUNNING, Run.PAUSED), Run.CANCELLED)


def recall(connection: Connection, vault: Vault, code: str, at: datetime) -> int:
    """Stops the rest, and asks the platforms to take back what they still can; gives of how many."""
    cancel(connection, code)
    turn(connection, code, (Run.DONE,), Run.CANCELLED)
    number = number_of(connection, code)
    rows = connection.execute(select(OUTBOX).where(_recallable(number, at))).all()
    made = {"announcement_id": number, "kind": "recall", "lane": outbox.ANNOUNCED, "body": b"", "created_at": at, "due_at": at}
    again = [made | {name: getattr(row, name) for name in ("person_id", "channel", "key", "platform")} for row in rows]
    if again:
        connection.execute(insert(OUTBOX), again)
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_([row.id for row in rows])).values(reason="recalling"))
    return len(again)


def _recallable(number: int | None, at: datetime) -> Any:
    recent = [and_(OUTBOX.c.channel == channel, OUTBOX.c.sent_at > at - span) for channel, span in RECALLED_WITHIN.items()]
    sent = and_(OUTBOX.c.announcement_id == number, OUTBOX.c.kind == "announcement", OUTBOX.c.state == "sent", OUTBOX.c.reason == "")
    return and_(sent, OUTBOX.c.platform != "", or_(*recent))


def recalled(connection: Connection, numbers: list[int]) -> None:
    """The messages of these recall rows are gone from the people's screens."""
    for row in connection.execute(select(OUTBOX).where(OUTBOX.c.id.in_(numbers), OUTBOX.c.kind == "recall")).all():
        same = (OUTBOX.c.announcement_id == row.announcement_id, OUTBOX.c.platform == row.platform, OUTBOX.c.key == row.key)
        connection.execute(update(OUTBOX).where(*same, OUTBOX.c.kind == "announcement").values(reason="recalled"))


def send_unknown(connection: Connection, code: str, at: datetime) -> int:
    """Those of whom nothing is known are written to once more."""
    unknown = and_(OUTBOX.c.announcement_id == number_of(connection, code), OUTBOX.c.kind == "announcement", OUTBOX.c.state == "unknown")
    count = connection.execute(update(OUTBOX).where(unknown).values(state="due", due_at=at, reason="", attempts=0)).rowcount
    if count:
        turn(connection, code, (Run.DONE, Run.CANCELLED), Run.RUNNING)
    return count


def finish(connection: Connection, vault: Vault, at: datetime) -> list[str]:
    """Ends what has nobody left to write to, and tells its officer."""
    left = select(OUTBOX.c.id).where(OUTBOX.c.announcement_id == ANNOUNCEMENT.c.case_id, OUTBOX.c.state.in_(OPEN))
    query = select(ANNOUNCEMENT, CASE.c.code).join(CASE, CASE.c.id == ANNOUNCEMENT.c.case_id)
    rows = connection.execute(query.where(ANNOUNCEMENT.c.run == Run.RUNNING.value, ~left.exists())).all()
    for row in rows:
        ended = {"run": Run.DONE.value, "finished_at": at}
        connection.execute(update(ANNOUNCEMENT).where(ANNOUNCEMENT.c.case_id == row.case_id).values(**ended))
        counts = _states(connection, row.case_id)
        parts = ", ".join(f"{dotted(counts[state])} {phrase(state)}" for state in TOLD_OF if counts.get(state))
        text = say("sending", "finished", code=row.code, count=dotted(row.people), parts=parts)
        outbox.notice(connection, vault, row.author_id, text, at)
    return [row.code for row in rows]


# -- what an officer sees -----------------------------------------------------------------------------------------------------------


def standing(connection: Connection, code: str, at: datetime) -> Announcement:
    """Where an announcement stands."""
    number = number_of(connection, code)
    row = connection.execute(select(ANNOUNCEMENT).where(ANNOUNCEMENT.c.case_id == number)).one_or_none()
    if row is None:
        return Announcement(code, Run.NONE)
    mine = and_(OUTBOX.c.announcement_id == number, OUTBOX.c.kind == "announcement")
    reasons = select(OUTBOX.c.reason, func.count()).where(mine, OUTBOX.c.reason != "").group_by(OUTBOX.c.reason)
    reactions = select(REACTION.c.icon, func.count()).where(REACTION.c.announcement_id == number, REACTION.c.icon != "")
    running = row.run == Run.RUNNING.value
    return Announcement(
        code,
        Run(row.run),
        row.people,
        row.starts_at,
        row.urgent,
        _states(connection, number),
        {str(reason): int(count) for reason, count in connection.execute(reasons).all()},
        _minutes_left(connection, number, at) if running else None,
        {str(icon): int(count) for icon, count in connection.execute(reactions.group_by(REACTION.c.icon)).all()},
        row.replies,
        int(connection.execute(select(func.count()).select_from(OUTBOX).where(_recallable(number, at))).scalar_one()),
    )


def _states(connection: Connection, number: int | None) -> dict[str, int]:
    query = select(OUTBOX.c.state, func.count()).where(OUTBOX.c.announcement_id == number, OUTBOX.c.kind == "announcement")
    return {str(state): int(count) for state, count in connection.execute(query.group_by(OUTBOX.c.state)).all()}


def _minutes_left(connection: Connection, number: int | None, at: datetime) -> int:
    """By the speed of the last minute where it is known, otherwise by the usual one; channels run side by side."""
    mine = and_(OUTBOX.c.announcement_id == number, OUTBOX.c.kind == "announcement")
    settled = func.count().filter(OUTBOX.c.sent_at > at - MEASURED_OVER)
    left = func.count().filter(OUTBOX.c.state.in_(OPEN))
    longest = 0.0
    for channel, lately, due in connection.execute(select(OUTBOX.c.channel, settled, left).where(mine).group_by(OUTBOX.c.channel)):
        speed = lately / MEASURED_OVER.total_seconds() if lately >= LEAST_MEASURED else SPEED.get(channel, 10.0)
        longest = max(longest, due / speed)
    return max(1, round(longest / 60)) if longest else 0


def deliveries(connection: Connection, vault: Vault, case: Case) -> list[Delivery]:
    """What became of it for each person."""
    number = number_of(connection, case.code)
    mine = (OUTBOX.c.announcement_id == number, OUTBOX.c.kind == "announcement")
    rows = connection.execute(select(OUTBOX).where(*mine).order_by(OUTBOX.c.id)).all()
    named = audiences.recipients(connection, vault, case.area, [(row.person_id, row.channel) for row in rows])
    return [Delivery(who, row.state, row.reason, row.sent_at) for who, row in zip(named, rows, strict=True)]


def answered(connection: Connection, person: int, message: str) -> str | None:
    """The code of the announcement that came to this person as the platform's message `message`."""
    query = select(CASE.c.code).join(OUTBOX, OUTBOX.c.announcement_id == CASE.c.id)
    found = query.where(OUTBOX.c.person_id == person, OUTBOX.c.platform == message, OUTBOX.c.kind == "announcement").limit(1)
    return connection.execute(found).scalar_one_or_none()


def react(connection: Connection, vault: Vault, person: int, message: str, icon: str, at: datetime) -> None:
    """Notes a person's reaction; the officer is told of the first, the tenth, the hundredth…"""
    code = answered(connection, person, message)
    number = number_of(connection, code) if code else None
    if number is None:
        return
    row = people.upsert(connection, REACTION).values(announcement_id=number, person_id=person, icon=icon, at=at)
    kept = row.on_conflict_do_update(index_elements=["announcement_id", "person_id"], set_={"icon": icon, "at": at})
    before = _reactions(connection, number)
    connection.execute(kept)
    after = _reactions(connection, number)
    if after > before and after in TOLD_AT:
        author = connection.execute(select(ANNOUNCEMENT.c.author_id).where(ANNOUNCEMENT.c.case_id == number)).scalar_one()
        outbox.notice(connection, vault, int(author), say("sending", "reactions", code=code, count=dotted(after), icon=icon), at)


def _reactions(connection: Connection, number: int) -> int:
    counted = select(func.count()).select_from(REACTION).where(REACTION.c.announcement_id == number, REACTION.c.icon != "")
    return int(connection.execute(counted).scalar_one())


def replied(connection: Connection, code: str) -> None:
    row = update(ANNOUNCEMENT).where(ANNOUNCEMENT.c.case_id == number_of(connection, code))
    connection.execute(row.values(replies=ANNOUNCEMENT.c.replies + 1))


def tell_administrators(connection: Connection, vault: Vault, text: str, at: datetime) -> int:
    """A notice to everybody who runs the machine; gives how many there are."""
    admins = select(PERSON.c.id).where(PERSON.c.role == Role.ADMIN.value, PERSON.c.erased_at.is_(None))
    numbers = [int(number) for number in connection.execute(admins).scalars()]
    for number in numbers:
        outbox.notice(connection, vault, number, text, at)
    return len(numbers)
