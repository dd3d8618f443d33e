"""The sender: the next due rows of the outbox leave at each channel's pace, replies first; what became of them is written down.

One process of a database sends at a time (a lease). A row is claimed, and that is committed, before anything is sent: after a
crash it is known which rows may have left. A process that was asleep for longer than its lease sends nothing it claimed before,
and settles nothing that another has taken over. Rounds follow each other; sends run beside them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.channels.parts import Files, parts_of, parts_of_text
from bot.channels.protocol import Channel, Later, NeedsPerson, Never, Outcome, Part, Reason, Sent, Unknown
from bot.clock import SenderClock
from bot.delivery import MENDING, gone, settled, sound
from bot.documents import file_of, pdf_of
from bot.metrics import SENT
from bot.office import Office
from bot.pace import Pace
from intents.wording import say
from storage import announcements, leases, outbox, people, sending
from storage.database import writing
from storage.sending import Job, Settled

LOG = logging.getLogger(__name__)
FILES = Files(file_of, pdf_of)
LEASE, LEASE_SECONDS = "sender", 20.0
CLAIM_SECONDS = 60.0
LEAVE_TRIES = 3  # to write down the last outcomes before the process ends
SEND_SECONDS = 15.0  # a send that takes longer has an unknown outcome; shorter than the lease, so that nobody else sends it meanwhile
IDLE_SECONDS = 0.5
SHORTEST_WAIT = 0.02
GATHER_SECONDS = 0.005  # real time between rounds, so that what comes back together is written down together
BEFORE = datetime.min.replace(tzinfo=UTC)
MOST_AT_ONCE = 40  # sends of one channel that are under way
TOO_LATE = Later(Reason.RATE, 0.0, detail="the lease has run out")  # nothing was sent, nothing was tried


@dataclass(frozen=True)
class Done:
    """A job and what became of it; `parts` is how many messages it has in all."""

    job: Job
    outcome: Outcome
    parts: int


@dataclass
class Sender:
    """Sends what waits in one database by the given channels."""

    office: Office
    channels: Mapping[str, Channel]
    clock: SenderClock
    send_seconds: float = SEND_SECONDS
    lease_seconds: float = LEASE_SECONDS
    holder: str = field(default_factory=leases.new_holder)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    holds: bool = False
    _paces: dict[str, Pace] = field(default_factory=dict)
    _under_way: dict[asyncio.Task[None], Job] = field(default_factory=dict)
    _done: list[Done] = field(default_factory=list)
    _needs_person: set[str] = field(default_factory=set)
    _stopping: bool = False
    _look_again: datetime = BEFORE
    _held_until: datetime = BEFORE
    _latest: datetime = BEFORE
    _set_back: bool = False

    def __post_init__(self) -> None:
        self._paces = {name: Pace(channel.rates) for name, channel in self.channels.items()}

    async def run(self) -> None:
        """Sends until `stop`; an error of the database is told and tried again, and loses nothing."""
        while not self._stopping:
            self.woken.clear()  # before the round: what comes while it runs is seen by the next
            failed = False
            try:
                pause = await self.step()
            except Exception as error:  # the next round starts from what is committed
                LOG.error("sender: %s", type(error).__name__, exc_info=LOG.isEnabledFor(logging.DEBUG))
                pause, failed = 5.0, True
            if failed or not self._done:
                await self.clock.wait(pause, self.woken)
            await asyncio.sleep(GATHER_SECONDS)
        await self._finish()

    def wake(self) -> None:
        """There is something new to send."""
        self.woken.set()

    def stop(self) -> None:
        self._stopping = True
        self.woken.set()

    @property
    def working(self) -> int:
        """How many sends are under way."""
        return len(self._under_way)

    @property
    def has_news(self) -> bool:
        """Whether something has come back that is not written down yet."""
        return bool(self._done)

    async def step(self) -> float:
        """One round: settles what is done, claims what may leave now, sets it off. Gives the seconds until the next makes sense."""
        at = self.clock.now()
        self._set_back, self._latest = self._set_back or at < self._latest, at
        done, self._done = self._done, []
        under_way = [job.id for job in self._under_way.values()]
        try:
            jobs = await self.office.run(self._round, at, done, self._wanted(at.timestamp()), under_way)
        except BaseException:
            self._done = done + self._done  # nothing of it was kept, as far as is known
            self._look_again = BEFORE
            raise
        self._kept(done)
        now = self.clock.now().timestamp()  # the round may have waited long for the database
        for job in jobs:
            self._paces[job.channel].sent(job.lane, job.key, now)
            task = asyncio.create_task(self._send(job))
            self._under_way[task] = job
        if jobs:
            full = [pace.wait(now) for pace in self._paces.values()]
            return max(min([wait for wait in full if wait > 0], default=0.0), SHORTEST_WAIT)
        waits = [wait for pace in self._paces.values() if (wait := pace.wait(now)) > 0]
        return max(min([IDLE_SECONDS, *waits]), SHORTEST_WAIT)

    def _wanted(self, now: float) -> list[tuple[str, int, int, set[str]]]:
        """Channel, lane, how many, and which accounts are busy; talk first."""
        wanted = []
        for lane in (outbox.TALK, outbox.ANNOUNCED):
            for name, pace in self._paces.items():
                jobs = [job for job in self._under_way.values() if job.channel == name]
                room = min(pace.room(lane, now), MOST_AT_ONCE - len(jobs))
                if room > 0:
                    wanted.append((name, lane, room, pace.busy(now) | {job.key for job in jobs}))
        return wanted

    # -- in the office's thread, one transaction -----------------------------------------------------------------------------------

    def _round(
        self, at: datetime, done: Sequence[Done], wanted: Sequence[tuple[str, int, int, set[str]]], under_way: Sequence[int]
    ) -> list[Job]:
        with writing(self.office.assistant.engine) as connection:
            held = leases.take(connection, LEASE, self.holder, at, self.lease_seconds)
            self._settle(connection, at, done)
            look = held is True or self._set_back or at >= self._look_again
            jobs = [] if held is False else self._claim(connection, at, wanted, under_way, look=look)
        self.holds = held is not False  # all of it is committed now
        self._held_until = at + timedelta(seconds=self.lease_seconds) if self.holds else BEFORE
        if self.holds and look:
            self._look_again, self._set_back = at + timedelta(seconds=CLAIM_SECONDS), False
        return jobs

    def _claim(
        self,
        connection: Connection,
        at: datetime,
        wanted: Sequence[tuple[str, int, int, set[str]]],
        under_way: Sequence[int],
        *,
        look: bool,
    ) -> list[Job]:
        if look:  # another sender may have died with rows in its hands, or a claim of ours was kept although the database said no
            sending.recover(connection, at, under_way)
        if self._set_back:
            sending.bring_forward(connection, at)
        until, quiet = at + timedelta(seconds=CLAIM_SECONDS), announcements.is_quiet(at)
        vault = self.office.assistant.vault
        jobs: list[Job] = []
        for channel, lane, most, busy in wanted:
            left = most - sum(job.channel == channel for job in jobs)
            taken = busy | {job.key for job in jobs if job.channel == channel}
            if left > 0:
                jobs += sending.claim(connection, vault, channel, lane, left, at, until, taken, quiet)
        return jobs

    def _settle(self, connection: Connection, at: datetime, done: Sequence[Done]) -> None:
        rows = [self._settled(one, at) for one in done]
        sending.settle(connection, rows)
        told = set(self._needs_person)
        for one in done:
            if why := gone(one.job, one.outcome):
                people.gone(connection, one.job.channel, one.job.key, why)
            if isinstance(one.outcome, NeedsPerson) and one.job.channel not in told:
                told.add(one.job.channel)
                text = say("sending", "channel_dead", channel=one.job.channel, detail=one.outcome.detail)
                announcements.tell_administrators(connection, self.office.assistant.vault, text, at)
        announcements.recalled(
            connection, [row.id for row, one in zip(rows, done, strict=True) if one.job.kind == "recall" and row.state == "sent"]
        )

    def _settled(self, one: Done, at: datetime) -> Settled:
        return replace(settled(one.job, one.outcome, at, self.channels[one.job.channel].rates, one.parts), claimed=one.job.claimed)

    def _kept(self, done: Sequence[Done]) -> None:
        """These outcomes are committed: they are counted, and whoever was told need not be told again."""
        for one in done:
            SENT.labels(one.job.channel, one.job.kind, self._settled(one, self._latest).state).inc()
            if isinstance(one.outcome, NeedsPerson):
                self._needs_person.add(one.job.channel)
            elif isinstance(one.outcome, Sent):
                self._needs_person.discard(one.job.channel)

    # -- beside the rounds -----------------------------------------------------------------------------------------------------------

    async def _send(self, job: Job) -> None:
        channel, parts = self.channels[job.channel], 1
        outcome: Outcome
        try:
            async with asyncio.timeout(self.send_seconds):
                outcome, parts = (TOO_LATE, 1) if self.clock.now() >= self._held_until else await self._sent(channel, job)
        except TimeoutError:
            outcome = Unknown(Reason.BROKEN, "no answer in time")
        except (Exception, asyncio.CancelledError) as error:  # a bug in a channel must not lose the row
            LOG.error("%s: sending failed: %s", job.channel, type(error).__name__)
            outcome = Unknown(Reason.BROKEN, type(error).__name__)
        outcome = sound(outcome)
        if outcome is not TOO_LATE:
            self._note(job, outcome)
        self._done.append(Done(job, outcome, parts))
        task = asyncio.current_task()
        if task is not None:
            self._under_way.pop(task, None)
        self.woken.set()

    async def _sent(self, channel: Channel, job: Job) -> tuple[Outcome, int]:
        """Sends the next part of a message, unless the person cannot be written to."""
        if job.kind == "recall":
            return await channel.recall(job.key, job.platform), 1
        if job.gone:
            return Never(Reason(job.gone)), 1
        if job.locked and job.kind == "notice":
            told = await channel.send(job.key, Part(say("sending", "locked"), tag=str(job.id)))
            return (Never(Reason.LOCKED) if isinstance(told, Sent) else told), 1
        closed = channel.reachable(job.key, job.silent_for) if job.silent_for is not None else None
        template = getattr(channel, "send_template", None) if job.template or closed is Reason.WINDOW else None
        if template is not None and getattr(channel, "has_template", False) and job.kind == "announcement":
            return await template(job.key, job.text), 1
        if closed is not None:
            return Never(closed), 1
        parts = _parts(channel, job)
        if job.part >= len(parts):  # nothing left to say (an empty text, or fewer parts than before)
            return Sent(), 1
        return await channel.send(job.key, parts[job.part]), len(parts)

    def _note(self, job: Job, outcome: Outcome) -> None:
        """What the outcome means for the pace."""
        pace, now = self._paces[job.channel], self.clock.now().timestamp()
        if isinstance(outcome, NeedsPerson):
            pace.close(MENDING, now)
            LOG.error("%s: %s", job.channel, outcome.detail)
        elif isinstance(outcome, Later) and outcome.reason is Reason.RATE:
            pace.told_to_wait(outcome.seconds or 1.0, now, everyone=outcome.everyone)
        elif isinstance(outcome, Later) and outcome.everyone:
            pace.close(outcome.seconds or 5.0, now)

    async def _finish(self) -> None:
        """Waits for what has left, writes it down, and gives the lease back."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=self.send_seconds + 1)
        done, self._done = self._done, []
        for tries in range(1, LEAVE_TRIES + 1):
            try:
                await self.office.run(self._leave, self.clock.now(), done)
                return self._kept(done)
            except Exception as error:
                LOG.error("sender: the last outcomes are not written down: %s", type(error).__name__)
                if tries == LEAVE_TRIES:
                    raise
                await self.clock.wait(1.0, asyncio.Event())

    def _leave(self, at: datetime, done: Sequence[Done]) -> None:
        with writing(self.office.assistant.engine) as connection:
            self._settle(connection, at, done)
            leases.give_back(connection, LEASE, self.holder)


def _parts(channel: Channel, job: Job) -> list[Part]:
    tag = str(job.id)
    return parts_of(job.reply, channel.limits, tag, FILES) if job.reply else parts_of_text(job.text, channel.limits, tag)
