"""Handles one message of one person: load, understand, decide, save, in one transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session

from intents.dialogue import Dialogue
from intents.messages import Reply
from storage import conversations


def handle(engine: Engine, dialogue: Dialogue, person: str, text: str, today: date) -> Reply:
    """The reply to `text`; the conversation is saved before it is given back."""
    with Session(engine) as session, session.begin():
        turn = dialogue.take_turn(conversations.load(session, person), text, today)
        conversations.save(session, person, turn.conversation)
    return turn.reply
