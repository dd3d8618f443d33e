"""Messages that wait to be sent, or were: in order for each person, kept with the turn that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from intents.compose import split
from intents.messages import Choice, Document, Kind, Reply
from knowledge.model import Citation
from storage.schema import OUTBOX, PERSON
from storage.vault import Vault

MessageKey = tuple[str, str, str]  # channel, sender (see inbox), the channel's number of the message


@dataclass(frozen=True)
class Outgoing:
    """A message to a person; `reply` is the answer to one of theirs, or None for a notice, whose text is `text`."""

    id: int
    person: int
    text: str
    reply: Reply | None = None


KEEP = insert(OUTBOX).returning(OUTBOX.c.id)


def answer(connection: Connection, vault: Vault, person: int, to: MessageKey, reply: Reply, at: datetime) -> int:
    """Keeps the reply to an incoming message; gives its number."""
    body = vault.seal({"text": reply.text, "reply": asdict(reply)})
    channel, sender, message = to
    values = {"person_id": person, "channel": channel, "sender": sender, "message": message, "kind": "reply", "body": body, "due_at": at}
    return int(connection.execute(KEEP, values).scalar_one())


def notice(connection: Connection, vault: Vault, person: int, text: str, at: datetime) -> None:
    """A message that answers nothing: a decision, a reminder; a long one in parts. A person who erased everything gets none."""
    alive = connection.execute(select(PERSON.c.erased_at).where(PERSON.c.id == person)).one_or_none()
    if alive is None or alive.erased_at is not None:
        return
    while text:
        part, text = split(text)
        connection.execute(insert(OUTBOX).values(person_id=person, kind="notice", body=vault.seal({"text": part}), due_at=at))


def reply_to(connection: Connection, vault: Vault, to: MessageKey) -> Outgoing | None:
    """The reply that was given to a message, for when the same message comes again."""
    channel, sender, message = to
    found = and_(OUTBOX.c.channel == channel, OUTBOX.c.sender == sender, OUTBOX.c.message == message)
    row = connection.execute(select(OUTBOX).where(found).order_by(OUTBOX.c.id).limit(1)).one_or_none()
    return _read(vault, row) if row is not None else None


def due(connection: Connection, vault: Vault, person: int, kinds: Sequence[str] = ("notice",)) -> list[Outgoing]:
    """What waits for one person, oldest first."""
    waiting = and_(OUTBOX.c.person_id == person, OUTBOX.c.state == "due", OUTBOX.c.kind.in_(kinds))
    return [_read(vault, row) for row in connection.execute(select(OUTBOX).where(waiting).order_by(OUTBOX.c.id)).all()]


def sent(connection: Connection, numbers: Sequence[int], at: datetime) -> None:
    if numbers:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(numbers)).values(state="sent", sent_at=at))


def _read(vault: Vault, row: Any) -> Outgoing:
    body = vault.open(row.body)
    if body is None:  # erased
        return Outgoing(row.id, row.person_id, "")
    return Outgoing(row.id, row.person_id, body["text"], _reply(body["reply"]) if "reply" in body else None)


def _reply(data: dict[str, Any]) -> Reply:
    lists = {"citations": Citation, "choices": Choice}
    made = {name: tuple(of(**one) for one in data[name]) for name, of in lists.items()}
    document = Document(**data["document"]) if data.get("document") else None
    return Reply(**(data | made | {"kind": Kind(data["kind"]), "plans": tuple(data["plans"]), "document": document}))
