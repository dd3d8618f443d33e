"""What the system does by itself while it runs: begins and ends announcements, reminds, and fetches photos that came late."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from bot.channels.protocol import Channel
from bot.intake import Intake
from bot.sender import Sender
from intents.flows.announcing import framed
from intents.records import Case
from storage import announcements
from storage.database import writing
from storage.reminders import remind

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 3.0
REMIND_EVERY = 200  # rounds: ten minutes


def framed_of(case: Case) -> str:
    """An announcement's text as people get it."""
    return framed(str(case.body["text"]), case.code, case.area)


@dataclass
class Housekeeping:
    """Rounds of work beside the sender, only in the process whose sender holds the lease."""

    sender: Sender
    intake: Intake
    channels: dict[str, Channel]
    rounds: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.step()
            except Exception as error:  # the next round does what this one could not
                LOG.error("housekeeping: %s", type(error).__name__)
            try:
                await asyncio.wait_for(self._stopping.wait(), EVERY_SECONDS)
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stopping.set()

    async def step(self) -> None:
        """One round."""
        if not self.sender.holds:
            return
        await self.intake.catch_up(self.channels)
        await self.sender.office.run(self._announcements)
        if self.rounds % REMIND_EVERY == 0:
            assistant = self.sender.office.assistant
            await self.sender.office.run(remind, assistant.engine, assistant.vault, assistant.clock())
        self.rounds += 1
        self.sender.wake()

    def _announcements(self) -> None:
        assistant = self.sender.office.assistant
        with writing(assistant.engine) as connection:
            at = assistant.clock()
            announcements.start_due(connection, assistant.vault, framed_of, at, assistant.templates)
            announcements.finish(connection, assistant.vault, at)
