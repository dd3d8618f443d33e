"""What an outcome leads to: sent, again later, given up, unknown. Pure; `settled` is the whole of it.

Talk (replies, notices, tests) is sent at least once: what is not known to have arrived is sent again. An announcement of which
that is not known stays "unknown", because nobody shall get it twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from math import isfinite

from bot.channels.protocol import Later, NeedsPerson, Never, Outcome, Rates, Reason, Sent, Unknown
from storage.sending import Job, Settled

LOG = logging.getLogger(__name__)
BACKOFF = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)  # seconds before the next try, by the number of tries so far
MOST_TRIES = 12
MENDING = 300.0  # seconds before a channel that needs a person is tried again
LATEST = timedelta(hours=24)  # after which a reply answers nothing any more
COMES_BACK = (Reason.BLOCKED, Reason.LEFT, Reason.WINDOW, Reason.LOCKED)  # a notice waits until the person is there again
GONE = {Reason.BLOCKED: "blocked", Reason.LEFT: "left", Reason.WRONG_NUMBER: "left"}
LATE = "late"
TOO_OFTEN = "too_often"


def settled(job: Job, outcome: Outcome, at: datetime, rates: Rates, parts: int = 1) -> Settled:
    """The row's next state. `parts` is how many the message has; the one numbered `job.part` was tried."""
    match outcome:
        case Sent(message):
            if job.part + 1 < parts:
                again = at + timedelta(seconds=1 / rates.one)
                return Settled(job.id, "due", again, 0, job.part + 1, platform=message)
            return Settled(job.id, "sent", at, job.attempts, job.part + 1, _kept_reason(job), message or job.platform, at)
        case Later(reason, seconds):
            tries = job.attempts + (reason is not Reason.RATE)
            return _again(job, at, seconds if seconds is not None else _pause(tries), tries, reason.value)
        case NeedsPerson(_, reason):
            return _again(job, at, MENDING, job.attempts, reason.value)
        case Unknown(reason):
            if job.kind == "announcement":
                return Settled(job.id, "unknown", at, job.attempts, job.part, reason.value, sent_at=at)
            return _again(job, at, _pause(job.attempts + 1), job.attempts + 1, reason.value)
        case Never(reason):
            if job.kind in ("notice", "test") and reason in COMES_BACK:
                return Settled(job.id, "waiting", at, job.attempts, job.part, reason.value)
            return Settled(job.id, "failed", at, job.attempts, job.part, reason.value, job.platform)


def sound(outcome: object) -> Outcome:
    """The outcome, if a channel may give it; what cannot be written down (not an outcome at all, seconds without end) is told as
    unknown: a bug of one channel must not stop the others."""
    match outcome:
        case Sent(message) if isinstance(message, str) and "\0" not in message:
            return outcome
        case Later(reason, None | float() | int() as seconds) if isinstance(reason, Reason) and isfinite(seconds or 0):
            return outcome
        case Never(reason) | Unknown(reason) | NeedsPerson(_, reason) if isinstance(reason, Reason):
            return outcome
        case Sent(message):
            return Sent(str(message).replace("\0", ""))
    LOG.error("an outcome that is none: %s", type(outcome).__name__)
    return Unknown(Reason.BROKEN, "nonsense")


def gone(job: Job, outcome: Outcome) -> str:
    """Why the account cannot be written to any more, "" where it can or is known to be gone already."""
    return GONE.get(outcome.reason, "") if isinstance(outcome, Never) and not job.gone and job.kind != "aside" else ""


def _again(job: Job, at: datetime, seconds: float, tries: int, reason: str) -> Settled:
    """Due again, unless it is too late or was tried too often."""
    seconds = min(max(seconds, 0.0), LATEST.total_seconds())
    if job.kind == "reply" and timedelta(seconds=job.waited + seconds) > LATEST:
        return Settled(job.id, "failed", at, tries, job.part, LATE)
    if tries >= MOST_TRIES:
        return Settled(job.id, "failed", at, tries, job.part, TOO_OFTEN)
    platform = job.platform if job.kind == "recall" else ""
    return Settled(job.id, "due", at + timedelta(seconds=seconds), tries, job.part, "template" if job.template else reason, platform)


def _pause(tries: int) -> float:
    return BACKOFF[min(max(tries, 1), len(BACKOFF)) - 1]


def _kept_reason(job: Job) -> str:
    return "template" if job.template else ""
