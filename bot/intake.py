"""What comes in from the channels: each event takes effect once, committed before the platform is told.

A photo is fetched before its message is handled; one that takes longer than the platform waits is kept and fetched beside, and
what the same person sends meanwhile waits behind it. So does a message over which we stumble: the platform would send it again and
again and in the end give our webhook up, or the polling would never get past it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels.protocol import Aside, Back, Channel, Event, FetchFailed, Gone, Heard, HumanReplied, Ignored, Malformed, Reacted
from bot.metrics import TAKEN, TURNS
from bot.office import Office
from intents.messages import Incoming
from intents.records import Photo
from intents.state import LINE_LENGTH, LINES_KEPT
from intents.wording import say
from storage import announcements, arrivals, audit, conversations, inbox, outbox, people
from storage.arrivals import Arrival
from storage.database import reading, writing
from storage.photos import PhotoError, received

LOG = logging.getLogger(__name__)
FETCH_NOW_SECONDS = 1.0  # Zalo wants its answer within two
FETCH_LATER_SECONDS = 30.0
PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0)  # seconds before the next try
ROUNDS = 5  # so many messages of one person are caught up with at once; housekeeping has other work too
AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout, OSError)  # the database or the disk, not the message
LONGEST_ID = 256


def events_of(channel: Channel, update: Any) -> Sequence[Event]:
    """The events of an update. Raises Malformed, also where the channel stumbles over it or an id cannot be kept."""
    try:
        events = channel.read(update)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"reading it failed: {type(error).__name__}") from None
    if not all(0 < len(one) <= LONGEST_ID and one.isprintable() for event in events for one in _ids(event)):
        raise Malformed("an id that cannot be kept")
    return events


def _ids(event: Event) -> Sequence[str]:
    match event:
        case Heard(incoming):
            return [incoming.key, incoming.message, *filter(None, (incoming.quotes, incoming.pressed))]
        case Reacted(key, message, to):
            return [key, message, to]
        case Aside(key, message) | HumanReplied(key, message):
            return [key, message]
        case Gone(key) | Back(key):
            return [key]
        case Ignored():
            return []


@dataclass(frozen=True)
class Intake:
    """Takes events into one office. `wake` tells the sender that there is something to send."""

    office: Office
    wake: Callable[[], None]
    _turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False, compare=False)

    async def take(self, channel: Channel, event: Event) -> None:
        """Carries out one event. Raises where it could not be kept: then the platform has to send it again."""
        TAKEN.labels(channel.name, event.what if isinstance(event, Ignored) else type(event).__name__.lower()).inc()
        if isinstance(event, Heard):
            turn = self._turns.setdefault((channel.name, event.incoming.key), asyncio.Lock())
            async with turn:  # a word must not overtake the photo before it
                await self._hear(channel, event)
        elif not isinstance(event, Ignored):
            await self._noted(channel, event)
        self.wake()

    # -- messages ------------------------------------------------------------------------------------------------------------------

    async def _hear(self, channel: Channel, heard: Heard) -> None:
        try:
            kept = await (self._photos_heard(channel, heard) if heard.photos else self.office.run(self._handled, heard.incoming))
        except AWAY:
            raise
        except Exception as error:
            LOG.error("%s: a message could not be handled and is tried again: %s", channel.name, type(error).__name__)
            kept = False
        if not kept:
            await self.office.run(self._keep, heard)

    async def _photos_heard(self, channel: Channel, heard: Heard) -> bool:
        """Fetches the photos and handles their message, unless it has to wait for them or for an earlier one."""
        if await self.office.run(self._is_taken, heard.incoming):  # the address of its photo may lead nowhere by now
            return True
        if await self.office.run(self._waits, heard.incoming):
            return False
        try:
            await self._with_photos(channel, heard.incoming, heard.photos, FETCH_NOW_SECONDS)
        except FetchFailed as error:
            LOG.info("%s: a photo is fetched later: %s", channel.name, error)
            return False
        return True

    def _handled(self, incoming: Incoming) -> bool:
        """Handles a message, unless an earlier one of the same account waits for its photo."""
        if self._waits(incoming):
            return False
        self._handle(incoming)
        return True

    def _handle(self, incoming: Incoming) -> None:
        with TURNS.labels(incoming.channel).time():
            self.office.assistant.handle(incoming)

    def _is_taken(self, incoming: Incoming) -> bool:
        """Whether a message with photos was taken before; without words all there was to do may have been to say why not."""
        assistant = self.office.assistant
        sender = inbox.sender_of(assistant.vault, incoming.channel, incoming.key)
        numbers = [incoming.message] if incoming.text else [incoming.message, _about_photo(incoming)]
        with reading(assistant.engine) as connection:
            return any(inbox.is_taken(connection, incoming.channel, sender, number) for number in numbers)

    def _waits(self, incoming: Incoming) -> bool:
        assistant = self.office.assistant
        with reading(assistant.engine) as connection:
            return arrivals.is_waiting(connection, assistant.vault, incoming.channel, incoming.key)

    def _keep(self, heard: Heard) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            arrivals.keep(connection, assistant.vault, heard.incoming, heard.photos, assistant.clock())

    async def _with_photos(self, channel: Channel, incoming: Incoming, photos: Sequence[str], seconds: float) -> None:
        """Handles a message with its pictures; of one that is none the person is told, and the words are taken all the same. Raises
        FetchFailed, also when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                pictures = tuple([await _picture(channel, photo) for photo in photos])
        except TimeoutError as error:
            raise FetchFailed("no answer in time") from error
        except PhotoError as error:
            await self._without_photos(incoming, str(error))
        else:
            await self.office.run(self._handle, replace(incoming, photos=pictures))

    async def _without_photos(self, incoming: Incoming, why: str) -> None:
        said = Aside(incoming.key, _about_photo(incoming), why)
        await self.office.run(self._aside, incoming.channel, said)
        if incoming.text:
            await self.office.run(self._handle, incoming)

    async def catch_up(self, channels: Mapping[str, Channel]) -> int:
        """Handles what waited and is due, each person's messages in order and those of several people at once; gives how many it
        looked at."""
        looked = 0
        for _ in range(ROUNDS):
            due = await self.office.run(self._due, tuple(channels))
            looked += len(due)
            over = await asyncio.gather(*(self._caught_up(channels[arrival.incoming.channel], arrival) for arrival in due))
            self.wake()
            if not any(over):
                break
        return looked

    def _due(self, channels: Sequence[str]) -> list[Arrival]:
        assistant = self.office.assistant
        with reading(assistant.engine) as connection:
            return arrivals.due(connection, assistant.vault, assistant.clock(), channels)

    async def _caught_up(self, channel: Channel, arrival: Arrival) -> bool:
        """Whether a message that waited does so no longer. Nothing is raised: others are being caught up with at the same time."""
        try:
            over = await self._tried(channel, arrival)
            await self.office.run(self._done if over else self._later, arrival)
        except Exception as error:
            LOG.error("%s: a message that waited was not kept: %s", channel.name, type(error).__name__)
            return False
        return over

    async def _tried(self, channel: Channel, arrival: Arrival) -> bool:
        """Handles a message that waited; after the last try it is given up, and its person told. False: it has to wait on."""
        last, incoming = arrival.attempts >= len(PAUSES), arrival.incoming
        try:
            try:
                await self._with_photos(channel, incoming, arrival.photos, FETCH_LATER_SECONDS)
            except FetchFailed as error:
                if error.again and not last:
                    return False
                await self._without_photos(incoming, say("intake", "no_photo"))
        except AWAY:
            raise
        except Exception as error:
            LOG.error("%s: a message that waited could not be handled: %s", channel.name, type(error).__name__)
            if not last:
                return False
            unread = Aside(incoming.key, f"{incoming.message}/given-up", say("out_of_scope", "unreadable"))
            await self.office.run(self._aside, incoming.channel, unread)
        return True

    def _later(self, arrival: Arrival) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            arrivals.later(connection, arrival.id, assistant.clock() + timedelta(seconds=PAUSES[arrival.attempts]))

    def _done(self, arrival: Arrival) -> None:
        with writing(self.office.assistant.engine) as connection:
            arrivals.done(connection, arrival.id)

    # -- everything else -------------------------------------------------------------------------------------------------------------

    async def _noted(self, channel: Channel, event: Gone | Back | Reacted | Aside | HumanReplied) -> None:
        try:
            await self.office.run(self._note, channel.name, event)
        except AWAY:
            raise
        except Exception as error:  # not worth losing the webhook for
            LOG.error("%s: %s could not be noted: %s", channel.name, type(event).__name__.lower(), type(error).__name__)

    def _note(self, channel: str, event: Gone | Back | Reacted | Aside | HumanReplied) -> None:
        if isinstance(event, Aside):
            self._aside(channel, event)
            return
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            at = assistant.clock()
            person = people.find_account(connection, channel, event.key)
            if person is None:
                return
            match event:
                case Gone(key, why):
                    people.gone(connection, channel, key, why)
                case Back(key):
                    people.gone(connection, channel, key, "")
                    outbox.release(connection, person, channel, key, at)
                case Reacted(_, message, to, icon):
                    if self._is_new(connection, channel, event.key, message):
                        announcements.react(connection, assistant.vault, person, to, icon, at)
                case HumanReplied(_, message, text):
                    if self._is_new(connection, channel, event.key, message):
                        self._answered_by_hand(connection, person, channel, text)

    def _is_new(self, connection: Connection, channel: str, key: str, message: str) -> bool:
        """Notes an event as taken; False when it had been."""
        assistant = self.office.assistant
        sender = inbox.sender_of(assistant.vault, channel, key)
        return inbox.first_time(connection, channel, sender, message, assistant.clock())

    def _answered_by_hand(self, connection: Connection, person: int, channel: str, text: str) -> None:
        """Puts what the officer wrote among the last lines, which another officer sees when the person asks for one."""
        assistant = self.office.assistant
        at = assistant.clock()
        people.load(connection, assistant.vault, person, at, lock=True)
        audit.write(connection, assistant.vault, at, 0, "answered by hand", str(person), channel)
        conversation = conversations.load(connection, assistant.vault, person)
        asked = conversation.lines[-1][0] if conversation.lines else ""  # stays what "gặp cán bộ" offers to pass on
        line = (asked, f"{say('intake', 'human')} {text}"[:LINE_LENGTH])
        kept = replace(conversation, lines=(*conversation.lines, line)[-LINES_KEPT:])
        conversations.save(connection, assistant.vault, person, kept, at)

    def _aside(self, channel: str, event: Aside) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            if self._is_new(connection, channel, event.key, event.message):
                outbox.aside(connection, assistant.vault, channel, event.key, event.text, assistant.clock())


def _about_photo(incoming: Incoming) -> str:
    """The number of what is said about the photos of a message."""
    return f"{incoming.message}/photo"


async def _picture(channel: Channel, photo: str) -> Photo:
    """A picture, fit to keep. Raises FetchFailed and PhotoError."""
    content = await channel.fetch(photo)
    try:
        return await asyncio.to_thread(received, content)
    except PhotoError:
        raise
    except Exception as error:  # made to break the reader of pictures
        LOG.warning("%s: a picture could not be read: %s", channel.name, type(error).__name__)
        raise PhotoError(say("intake", "no_photo")) from None
