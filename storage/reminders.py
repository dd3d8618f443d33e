"""One reminder to a person whose form has been open for days, then quiet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, and_, select, update

from intents.wording import say
from storage import outbox
from storage.database import writing
from storage.schema import CONVERSATION
from storage.vault import Vault

SILENT_FOR = timedelta(days=2)


def remind(engine: Engine, vault: Vault, at: datetime) -> int:
    """Puts the reminders that are due into the outbox; gives how many."""
    silent = and_(CONVERSATION.c.form_since < at - SILENT_FOR, CONVERSATION.c.reminded.is_(False))
    with writing(engine) as connection:
        found = [int(one) for one in connection.execute(select(CONVERSATION.c.person_id).where(silent)).scalars()]
        for person in found:
            outbox.notice(connection, vault, person, say("reminder", "form"), at)
        connection.execute(update(CONVERSATION).where(CONVERSATION.c.person_id.in_(found)).values(reminded=True))
    return len(found)
