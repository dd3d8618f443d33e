"""Keeps each person's conversation."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from intents.messages import Choice
from intents.state import Conversation, SelfCheck
from storage.tables import ConversationRow, now


def load(session: Session, person: str) -> Conversation:
    """The person's conversation; a new one where nothing is kept, or what is kept cannot be read any more."""
    row = session.get(ConversationRow, person)
    if row is None:
        return Conversation()
    try:
        return _read(json.loads(row.state))
    except (ValueError, TypeError, KeyError):
        return Conversation()


def save(session: Session, person: str, conversation: Conversation) -> None:
    """Keeps the conversation; the caller commits."""
    state = json.dumps(asdict(conversation), ensure_ascii=False)
    row = session.get(ConversationRow, person)
    if row is None:
        session.add(ConversationRow(person=person, state=state))
    else:
        row.state, row.changed_at = state, now()
        session.add(row)


def _read(data: dict[str, Any]) -> Conversation:
    data["plans"] = tuple(data["plans"])
    data["choices"] = tuple(Choice(**choice) for choice in data["choices"])
    data["check"] = SelfCheck(**data["check"]) if data.get("check") else None
    return Conversation(**data)
