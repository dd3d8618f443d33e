"""The hour at which an announcement is to be sent, with the part of the day that tells morning from evening."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intents.slots.sending_words import Impossible, N, number

PART = r"(?P<part>sang som|som|sang|trua|chieu toi|chieu|toi|dem|khuya)"
HOURS = re.compile(
    rf"\b(?P<hour>\d{{1,2}}|{N}) ?(?:(?:h|g|gio|:) ?(?:(?P<ruoi>ruoi)|kem (?P<kem>{N})|(?P<minute>\d{{1,2}}|{N})?)(?: ?(?:p|ph|phut|'))?(?![a-z0-9])|(?P<half>ruoi)(?! [a-z]*tieng))"
)
ZERO_PADDED = re.compile(r"\b0\d ?[:hg]")


@dataclass(frozen=True)
class Clock:
    """An hour as said; 24 is the midnight that ends the day."""

    hour: int
    minute: int
    exact: bool  # written on the 24-hour clock


def clock_of(match: re.Match[str], *, exact: bool) -> Clock:
    """The hour of a match of HOURS. Raises Impossible."""
    hour = number(match["hour"])
    minute = 30 if match["ruoi"] or match["half"] else number(match["minute"]) if match["minute"] else 0
    if match["kem"]:
        hour, minute = hour - 1, 60 - number(match["kem"])
    if not (0 <= hour <= 24 and 0 <= minute < 60) or (hour == 24 and minute):
        raise Impossible
    return Clock(hour, minute, exact)


HOURS_OF = {
    "sang": (range(1, 12), 0),
    "trua": (range(10, 13), 0),
    "chieu": (range(1, 8), 12),
    "toi": (range(5, 12), 12),
    "dem": (range(8, 12), 12),
}  # the hours people say with a part of the day, and what makes them those of 24


def hour_of(said: Clock, part: str) -> int | None:
    """The hour of 24, None where it could be two, `Impossible` where there is none ("14 giờ sáng")."""
    if not part:
        return said.hour if said.exact or said.hour > 5 or said.hour == 0 else None
    kind = {"sang som": "sang", "som": "sang", "khuya": "dem", "chieu toi": "chieu"}.get(part, part)
    hours, more = HOURS_OF[kind]
    if said.hour in hours:
        return said.hour + more
    if kind == "trua" and said.hour in (1, 2):
        return said.hour + 12
    fits = {"trua": range(10, 15), "chieu": range(12, 20), "toi": range(17, 24), "dem": range(20, 25)}.get(kind, range(0))
    if (said.hour in fits and said.hour != 12) or (kind == "chieu" and said.hour == 12):
        return said.hour
    if kind == "dem" and (said.hour in range(5) or said.hour == 12):
        return None
    raise Impossible
