"""Messages that wait to be sent, or were: in order for each account, kept with the turn that made them.

On a channel that is read rather than sent to (terminal, web page) a reply is shown with its message and never waits; a notice
waits until the person looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select, update

from intents.compose import split
from intents.messages import Choice, Document, Kind, Reply
from knowledge.model import Citation
from storage import people
from storage.schema import ANNOUNCEMENT, OUTBOX, PERSON
from storage.vault import Vault

MessageKey = tuple[str, str, str]  # channel, sender (see inbox), the channel's number of the message
PULLED = ("terminal", "web", "bench")  # channels where people look, and nothing can be pushed
TALK, ANNOUNCED = 0, 1  # lanes
LOCKED = "locked"  # the reason of what waits for a shared phone to be unlocked
NOBODY = 0  # the person of an aside: words into a group


@dataclass(frozen=True)
class Outgoing:
    """A message to a person; `reply` is the answer to one of theirs, or None for a notice, whose text is `text`."""

    id: int
    person: int
    text: str
    reply: Reply | None = None


KEEP = insert(OUTBOX).returning(OUTBOX.c.id)


def answer(connection: Connection, vault: Vault, person: int, to: MessageKey, key: str, reply: Reply, at: datetime) -> int:
    """Keeps the reply to an incoming message of the account `key`; gives its number."""
    channel, sender, message = to
    pulled = channel in PULLED
    values = {
        "person_id": person,
        "channel": channel,
        "key": "" if pulled else key,
        "sender": sender,
        "message": message,
        "kind": "reply",
        "body": vault.seal({"text": reply.text, "reply": asdict(reply)}),
        "state": "sent" if pulled else "due",
        "sent_at": at if pulled else None,
        "created_at": at,
        "due_at": at,
    }
    return int(connection.execute(KEEP, values).scalar_one())


def notice(connection: Connection, vault: Vault, person: int, text: str, at: datetime, kind: str = "notice") -> None:
    """A message that answers nothing: a decision, a reminder; a long one in parts. It goes to the account the person used last; a
    person who erased everything gets none."""
    alive = connection.execute(select(PERSON.c.erased_at).where(PERSON.c.id == person)).one_or_none()
    if alive is None or alive.erased_at is not None:
        return
    channel, key = people.last_account(connection, person)
    while text:
        part, text = split(text)
        values = {"person_id": person, "channel": channel, "key": key, "kind": kind, "created_at": at, "due_at": at}
        connection.execute(insert(OUTBOX).values(body=vault.seal({"text": part}), **values))


def aside(connection: Connection, vault: Vault, channel: str, key: str, text: str, at: datetime) -> None:
    """Words into a group: no person, no personal data."""
    values = {"channel": channel, "key": key, "kind": "aside", "created_at": at, "due_at": at}
    connection.execute(insert(OUTBOX).values(person_id=NOBODY, body=vault.seal({"text": text}), **values))


def reply_to(connection: Connection, vault: Vault, to: MessageKey) -> Outgoing | None:
    """The reply that was given to a message, for when the same message comes again."""
    channel, sender, message = to
    found = and_(OUTBOX.c.channel == channel, OUTBOX.c.sender == sender, OUTBOX.c.message == message)
    row = connection.execute(select(OUTBOX).where(found).order_by(OUTBOX.c.id).limit(1)).one_or_none()
    return read(vault, row) if row is not None else None


def latest_reply(connection: Connection, vault: Vault, person: int) -> Outgoing | None:
    """The last reply this person was given, by whatever channel: only its buttons still mean something."""
    mine = select(func.max(OUTBOX.c.id)).where(OUTBOX.c.person_id == person, OUTBOX.c.kind == "reply").scalar_subquery()
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.id == mine)).one_or_none()
    return read(vault, row) if row is not None else None


def pulled(connection: Connection, vault: Vault, person: int, channel: str) -> list[tuple[int, str]]:
    """What waits for a person who is looking now, oldest first, each with its number; nothing while a shared phone is locked."""
    rows = connection.execute(select(OUTBOX).where(_waits(person, channel)).order_by(OUTBOX.c.id)).all()
    return [(row.id, text) for row in rows if (text := read(vault, row).text or announced(connection, vault, row.announcement_id))]


def taken(connection: Connection, person: int, channel: str, up_to: int, at: datetime) -> None:
    """The person has seen what waited, up to a number."""
    seen = and_(_waits(person, channel), OUTBOX.c.id <= up_to)
    connection.execute(update(OUTBOX).where(seen).values(state="sent", sent_at=at, reason=""))


PAUSED = select(ANNOUNCEMENT.c.case_id).where(ANNOUNCEMENT.c.run == "paused")


def _waits(person: int, channel: str) -> ColumnElement[bool]:
    return and_(
        OUTBOX.c.person_id == person,
        OUTBOX.c.channel.in_((channel, "")),
        OUTBOX.c.state.in_(("due", "waiting")),
        OUTBOX.c.kind.in_(("notice", "test", "announcement")),
        or_(OUTBOX.c.announcement_id.is_(None), OUTBOX.c.announcement_id.not_in(PAUSED)),
    )


def announced(connection: Connection, vault: Vault, number: int | None) -> str:
    """The framed text of an announcement, "" for none."""
    sealed = connection.execute(select(ANNOUNCEMENT.c.body).where(ANNOUNCEMENT.c.case_id == number)).scalar_one_or_none()
    return str(vault.open(sealed) or "") if sealed else ""


RELEASE = (  # built once: every message does it
    update(OUTBOX)
    .where(OUTBOX.c.person_id == bindparam("person"), OUTBOX.c.state == "waiting", OUTBOX.c.kind.in_(("notice", "test")))
    .where(OUTBOX.c.reason != LOCKED)
    .values(state="due", due_at=bindparam("at"), channel=bindparam("by"), key=bindparam("to"), reason="", attempts=0)
)


def release(connection: Connection, person: int, channel: str, key: str, at: datetime) -> None:
    """The person is there again: what waited for them goes to the account they use now, in its order. Announcements that waited for
    a page to be opened stay with that page; what waits for the phone to be unlocked goes on waiting."""
    connection.execute(RELEASE, {"person": person, "at": at, "by": channel, "to": key})


def unlocked(connection: Connection, person: int, at: datetime) -> None:
    """The shared phone is unlocked: what waited for that is due."""
    mine = and_(OUTBOX.c.person_id == person, OUTBOX.c.state == "waiting", OUTBOX.c.reason == LOCKED)
    connection.execute(update(OUTBOX).where(mine).values(state="due", due_at=at, reason="", attempts=0))


def due(connection: Connection, vault: Vault, person: int, kinds: Sequence[str] = ("notice",)) -> list[Outgoing]:
    """What waits to be sent to one person, oldest first."""
    waiting = and_(OUTBOX.c.person_id == person, OUTBOX.c.state == "due", OUTBOX.c.kind.in_(kinds))
    return [read(vault, row) for row in connection.execute(select(OUTBOX).where(waiting).order_by(OUTBOX.c.id)).all()]


def sent(connection: Connection, numbers: Sequence[int], at: datetime) -> None:
    if numbers:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(numbers)).values(state="sent", sent_at=at))


def read(vault: Vault, row: Any) -> Outgoing:
    """A row with its content; an empty text for one whose content is erased."""
    body = vault.open(row.body)
    if body is None:
        return Outgoing(row.id, row.person_id, "")
    return Outgoing(row.id, row.person_id, body["text"], _reply(body["reply"]) if "reply" in body else None)


def _reply(data: dict[str, Any]) -> Reply:
    lists = {"citations": Citation, "choices": Choice}
    made = {name: tuple(of(**one) for one in data[name]) for name, of in lists.items()}
    document = Document(**data["document"]) if data.get("document") else None
    return Reply(**(data | made | {"kind": Kind(data["kind"]), "plans": tuple(data["plans"]), "document": document}))
