"""The tables. One so far: the conversation of each person, so that a restart loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Field, SQLModel


def now() -> datetime:
    return datetime.now(UTC)


class ConversationRow(SQLModel, table=True):
    """A person's conversation as JSON. `person` is the channel's own key ("terminal:local"), no name and no number."""

    __tablename__ = "conversation"

    person: str = Field(primary_key=True)
    state: str
    changed_at: datetime = Field(default_factory=now)
