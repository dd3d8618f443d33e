"""What comes in from the channels: each event takes effect once, committed before the platform is told.

A photo is fetched before its message is handled; one that takes longer than the platform waits is kept and fetched beside, and
what the same person sends meanwhile waits behind it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.channels.protocol import Aside, Back, Channel, Event, FetchFailed, Gone, Heard, HumanReplied, Ignored, Reacted
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
FETCH_LATER_SECONDS = 60.0
PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0)  # seconds before the next try to fetch


@dataclass(frozen=True)
class Intake:
    """Takes events into one office. `wake` tells the sender that there is something to send."""

    office: Office
    wake: Callable[[], None]

    async def take(self, channel: Channel, event: Event) -> None:
        """Carries out one event. Raises what the database raises: then the platform has to send it again."""
        TAKEN.labels(channel.name, event.what if isinstance(event, Ignored) else type(event).__name__.lower()).inc()
        if isinstance(event, Heard):
            await self._hear(channel, event)
        elif not isinstance(event, Ignored):
            await self.office.run(self._note, channel.name, event)
        self.wake()

    # -- messages ------------------------------------------------------------------------------------------------------------------

    async def _hear(self, channel: Channel, heard: Heard) -> None:
        if not heard.photos:
            if not await self.office.run(self._handled, heard.incoming):
                await self.office.run(self._keep, heard)
            return
        waits = await self.office.run(self._waits, heard.incoming)
        try:
            photos = () if waits else await self._fetched(channel, heard.photos, FETCH_NOW_SECONDS)
        except FetchFailed as error:
            LOG.info("%s: a photo is fetched later: %s", channel.name, error)
            waits = True
        await (self.office.run(self._keep, heard) if waits else self._with_photos(heard.incoming, photos))

    def _handled(self, incoming: Incoming) -> bool:
        """Handles a message, unless an earlier one of the same account waits for its photo."""
        if self._waits(incoming):
            return False
        self._handle(incoming)
        return True

    def _handle(self, incoming: Incoming) -> None:
        with TURNS.labels(incoming.channel).time():
            self.office.assistant.handle(incoming)

    def _waits(self, incoming: Incoming) -> bool:
        assistant = self.office.assistant
        with reading(assistant.engine) as connection:
            return arrivals.is_waiting(connection, assistant.vault, incoming.channel, incoming.key)

    def _keep(self, heard: Heard) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            arrivals.keep(connection, assistant.vault, heard.incoming, heard.photos, assistant.clock())

    async def _fetched(self, channel: Channel, photos: Sequence[str], seconds: float) -> tuple[bytes, ...]:
        """The pictures. Raises FetchFailed, also when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                return tuple([await channel.fetch(photo) for photo in photos])
        except TimeoutError as error:
            raise FetchFailed("no answer in time") from error

    async def _with_photos(self, incoming: Incoming, contents: Sequence[bytes]) -> None:
        """Handles a message with its pictures; one that is none is told, and the words are taken all the same."""
        try:
            photos: tuple[Photo, ...] = tuple([await asyncio.to_thread(received, content) for content in contents])
        except PhotoError as error:
            await self._without_photos(incoming, str(error))
            return
        await self.office.run(self._handle, replace(incoming, photos=photos))

    async def _without_photos(self, incoming: Incoming, why: str) -> None:
        said = Aside(incoming.key, f"{incoming.message}/photo", why)
        await self.office.run(self._aside, incoming.channel, said)
        if incoming.text:
            await self.office.run(self._handle, incoming)

    async def catch_up(self, channels: dict[str, Channel]) -> int:
        """Handles what waited for its photo and is due; gives how many messages it looked at."""
        due = await self.office.run(self._due)
        for arrival in due:
            if channel := channels.get(arrival.incoming.channel):
                await self._catch_up(channel, arrival)
                self.wake()
        return len(due)

    def _due(self) -> list[Arrival]:
        assistant = self.office.assistant
        with reading(assistant.engine) as connection:
            return arrivals.due(connection, assistant.vault, assistant.clock())

    async def _catch_up(self, channel: Channel, arrival: Arrival) -> None:
        try:
            contents = await self._fetched(channel, arrival.photos, FETCH_LATER_SECONDS)
        except FetchFailed as error:
            if error.again and arrival.attempts < len(PAUSES):
                await self.office.run(self._later, arrival)
                return
            await self._without_photos(arrival.incoming, say("intake", "no_photo"))
        else:
            await self._with_photos(arrival.incoming, contents)
        await self.office.run(self._done, arrival)

    def _later(self, arrival: Arrival) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            arrivals.later(connection, arrival.id, assistant.clock() + timedelta(seconds=PAUSES[arrival.attempts]))

    def _done(self, arrival: Arrival) -> None:
        with writing(self.office.assistant.engine) as connection:
            arrivals.done(connection, arrival.id)

    # -- everything else -------------------------------------------------------------------------------------------------------------

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
                case Reacted(_, _, to, icon):
                    announcements.react(connection, assistant.vault, person, to, icon, at)
                case HumanReplied(key, message, text):
                    sender = inbox.sender_of(assistant.vault, channel, key)
                    if inbox.first_time(connection, channel, sender, message, at):
                        conversation = conversations.load(connection, assistant.vault, person)
                        line = (say("intake", "human"), text[:LINE_LENGTH])
                        kept = replace(conversation, lines=(*conversation.lines, line)[-LINES_KEPT:])
                        conversations.save(connection, assistant.vault, person, kept, at)
                        audit.write(connection, assistant.vault, at, 0, "answered by hand", str(person), channel)

    def _aside(self, channel: str, event: Aside) -> None:
        assistant = self.office.assistant
        with writing(assistant.engine) as connection:
            at = assistant.clock()
            sender = inbox.sender_of(assistant.vault, channel, event.key)
            if inbox.first_time(connection, channel, sender, event.message, at):
                outbox.aside(connection, assistant.vault, channel, event.key, event.text, at)
