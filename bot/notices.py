"""Shows a person the notices that wait for them, on a channel that is read rather than sent to (terminal)."""

from __future__ import annotations

from sqlalchemy import select

from bot.assistant import Assistant
from storage import outbox
from storage.database import writing
from storage.schema import ACCOUNT


def deliver(assistant: Assistant, channel: str, key: str) -> list[str]:
    """The texts of the notices that are due for the person of this account, marked as sent; so are the replies, which such a
    channel has shown already."""
    with writing(assistant.engine) as connection:
        query = select(ACCOUNT.c.person_id).where(ACCOUNT.c.channel == channel, ACCOUNT.c.key == key)
        person = connection.execute(query).scalar_one_or_none()
        if person is None:
            return []
        waiting = outbox.due(connection, assistant.vault, int(person), ("notice", "reply"))
        outbox.sent(connection, [one.id for one in waiting], assistant.clock())
    return [one.text for one in waiting if one.reply is None]
