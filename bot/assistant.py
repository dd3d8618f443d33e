"""Handles one message of one person: dedupe, load, understand, decide, save, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from intents.codes import find_code
from intents.dialogue import Dialogue
from intents.messages import Incoming, Kind, Reply
from intents.people import Person
from intents.records import ErasePerson, LinkTo
from intents.state import Conversation, Turn
from intents.wording import say
from knowledge.calendar import ZONE
from storage import conversations, effects, inbox, outbox, people
from storage.database import must_try_again, reading, writing
from storage.desk import DatabaseDesk
from storage.photos import PhotoStore
from storage.vault import Vault

TRIES = 3
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Assistant:
    """The dialogue on a database. `clock` is the only source of time."""

    engine: Engine
    vault: Vault
    dialogue: Dialogue
    photos: PhotoStore
    clock: Clock = system_clock
    templates: frozenset[str] = frozenset()  # channels with an approved template for people outside their window
    link: str = ""  # where people find the assistant, for posters

    def with_templates(self, templates: frozenset[str]) -> Assistant:
        return replace(self, templates=templates)

    def handle(self, incoming: Incoming) -> Reply:
        """The reply to a message; everything it led to is committed before it is given back.

        A message that was taken before gets the reply it got then, and has no second effect.
        """
        self._prepare(incoming)
        for _ in range(TRIES):
            try:
                return self._take(incoming)
            except DBAPIError as error:
                if not must_try_again(error):
                    raise
        return self._take(incoming)

    def _take(self, incoming: Incoming) -> Reply:
        """The one transaction of a message."""
        taken = (incoming.channel, inbox.sender_of(self.vault, incoming.channel, incoming.key), incoming.message)
        with writing(self.engine) as connection:
            at = self.clock()
            if not inbox.first_time(connection, *taken, at):
                return self._given_before(connection, taken)
            known = self._known(connection, incoming, at)
            desk = DatabaseDesk(connection, self.vault, known, at, self.templates, self.link)
            conversation = conversations.load(connection, self.vault, known.id)
            turn = self._turn(connection, desk, conversation, incoming)
            effects.perform(effects.Acting(connection, self.vault, known, at, incoming.channel, self.photos, self.templates), turn.effects)
            self._keep(connection, known.id, turn, at)
            outbox.answer(connection, self.vault, known.id, taken, incoming.key, turn.reply, at)
        return turn.reply

    def _turn(self, connection: Connection, desk: DatabaseDesk, conversation: Conversation, incoming: Incoming) -> Turn:
        """The dialogue's turn; buttons become the words they stand for, an answer to an announcement carries its code."""
        text = incoming.text
        if incoming.pressed:
            last = outbox.latest_reply(connection, self.vault, desk.person.id)
            meant = pressed(last, incoming.pressed)
            if meant is None:
                return Turn(conversation, Reply(Kind.SMALLTALK, say("intake", "old_button"), choices=conversation.choices))
            text = meant
        if incoming.edited and conversation.form is not None:
            return Turn(conversation, Reply(Kind.SMALLTALK, say("intake", "edited"), choices=conversation.choices))
        if incoming.quotes and (case := desk.answered(incoming.quotes)) is not None and text and find_code(text) == (None, False):
            text = f"{case.code} {text}"
        today = desk.now.astimezone(ZONE).date()
        return self.dialogue.take_turn(conversation, text, today, desk, incoming.photos, incoming.location)

    def _known(self, connection: Connection, incoming: Incoming, at: datetime) -> Person:
        """The person behind the account, locked. While the lock was waited for, the account may have gone (erased) or gone
        over to somebody else (linked): then it is looked up again."""
        while True:
            person = people.of_account(connection, incoming.channel, incoming.key, at)
            known = people.load(connection, self.vault, person, at, lock=True)
            if people.find_account(connection, incoming.channel, incoming.key) == person:
                people.used(connection, incoming.channel, incoming.key, at)
                outbox.release(connection, person, incoming.channel, incoming.key, at)
                return known

    def _prepare(self, incoming: Incoming) -> None:
        """Understands the message before the write lock is taken: the dialogue keeps what it understood for the turn that
        follows, so that other people's turns do not wait for it. Nothing depends on it."""
        with reading(self.engine) as connection:
            person = people.find_account(connection, incoming.channel, incoming.key)
            conversation = conversations.load(connection, self.vault, person) if person is not None else Conversation()
        self.dialogue.prepare(conversation, incoming.text)

    def _given_before(self, connection: Connection, taken: outbox.MessageKey) -> Reply:
        given = outbox.reply_to(connection, self.vault, taken)
        if given is None or given.reply is None:
            return Reply(Kind.SMALLTALK, say("smalltalk", "already_taken"))
        return given.reply

    def _keep(self, connection: Connection, person: int, turn: Turn, at: datetime) -> None:
        """Saves the conversation, unless the person is gone or has become somebody else by this turn."""
        if not any(isinstance(effect, ErasePerson | LinkTo) for effect in turn.effects):
            conversations.save(connection, self.vault, person, turn.conversation, at)


def pressed(last: outbox.Outgoing | None, button: str) -> str | None:
    """What a button of the last reply means; None for a button of an older message, which means nothing any more."""
    row, _, number = button.partition(".")
    if last is None or last.reply is None or row != str(last.id) or not number.isdecimal():
        return None
    choices = last.reply.choices
    return choices[int(number) - 1].means if 1 <= int(number) <= len(choices) else None
