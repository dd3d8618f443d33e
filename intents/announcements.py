"""Announcements as the dialogue sees them: whom they are for, whom they reach, where they stand, and what may be done to them.

An announcement is a case of kind ANNOUNCEMENT (code TB-…): its body holds the text, the audience and the checks, its state
says whether it was approved. How far its sending has come is `Announcement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from intents.people import Role
from knowledge.units import Area

MOST_TEXT = 1200  # characters of an officer's text: with the frame one message on every channel
WINDOW = {"zalo_oa": timedelta(days=7)}  # how long after a person's last message the platform lets us write (channels.md A4)
BILLED_AFTER = {"zalo_oa": timedelta(hours=48)}  # after which the platform takes money (channels.md A4)
RECALLED_WITHIN = {"telegram": timedelta(hours=48)}  # how long a message can be taken back (channels.md C)


@dataclass(frozen=True)
class Audience:
    """Whom an announcement is for; what is empty does not narrow. All must hold.

    `registration` are states of a household's registration: "none", "submitted", "approved", "returned", "exited"; `needs` are
    the values of the registration's slot `needs` ("loan", "livestock"…: what the household is interested in); `channels` are channel names;
    `same_as` is the code of an announcement: the people that one went to, and nobody else, whatever the rest says.
    """

    area: Area
    roles: tuple[Role, ...] = ()
    registration: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    same_as: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON values, for a case's body or a form."""
        area = {"province": self.area.province, "commune": self.area.commune, "village": self.area.village, "former": self.area.former}
        return {
            "area": area,
            "roles": [role.value for role in self.roles],
            "registration": list(self.registration),
            "needs": list(self.needs),
            "channels": list(self.channels),
            "same_as": self.same_as,
        }

    @staticmethod
    def read(kept: Mapping[str, Any]) -> Audience:
        roles = tuple(Role(one) for one in kept.get("roles", ()))
        lists = {name: tuple(kept.get(name, ())) for name in ("registration", "needs", "channels")}
        return Audience(Area(**kept["area"]), roles, **lists, same_as=kept.get("same_as", ""))


@dataclass(frozen=True)
class Recipient:
    """One person of an audience: how an officer knows them ("" where they never told a name), where they live, by what."""

    person: int
    name: str
    place: str
    channel: str


@dataclass(frozen=True)
class Reach:
    """Whom an audience reaches now. `by_channel` counts who will be written to, `unreachable` by reason who cannot be (window,
    blocked, left, opted_out, no_account); `template` are those of `by_channel` who are written to by an approved Zalo template,
    because they are outside its window; `billed` those whom Zalo takes money for; `sample` are up to five; `who` is the same exactly while the people are the same."""

    by_channel: Mapping[str, int] = field(default_factory=dict, hash=False)
    unreachable: Mapping[str, int] = field(default_factory=dict, hash=False)
    template: int = 0
    billed: int = 0
    sample: Sequence[Recipient] = ()
    who: str = ""

    @property
    def count(self) -> int:
        return sum(self.by_channel.values())


class Run(StrEnum):
    """How far the sending has come. ASKING: the audience changed before it began, an officer has to say yes again."""

    NONE = "none"
    SCHEDULED = "scheduled"
    ASKING = "asking"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True)
class Announcement:
    """An announcement's sending: `by_state` counts its people by state (due, sending, sent, failed, unknown, cancelled, waiting,
    which add up to `count`), `by_reason` the failed ones by reason; `minutes_left` is None where nothing is running."""

    code: str
    run: Run
    count: int = 0
    starts_at: datetime | None = None
    urgent: bool = False
    by_state: Mapping[str, int] = field(default_factory=dict, hash=False)
    by_reason: Mapping[str, int] = field(default_factory=dict, hash=False)
    minutes_left: int | None = None
    reactions: Mapping[str, int] = field(default_factory=dict, hash=False)
    replies: int = 0
    recallable: int = 0


@dataclass(frozen=True)
class Delivery:
    """What became of an announcement for one person; `what_next` is for the officer, "" where nothing is to be done."""

    recipient: Recipient
    state: str
    reason: str = ""
    at: datetime | None = None


# -- effects -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SendTest:
    """The announcement as it will look, to the officer alone, at once; `text` is the whole framed text."""

    text: str


@dataclass(frozen=True)
class Start:
    """Freezes the audience and begins to send now; `who` and `count` are those of the Reach that the officer said yes to."""

    code: str
    count: int
    who: str


@dataclass(frozen=True)
class Schedule:
    """Begins at `at`, unless the audience is another by then: then it asks (Run.ASKING)."""

    code: str
    at: datetime
    count: int
    who: str
    urgent: bool = False


@dataclass(frozen=True)
class Pause:
    code: str


@dataclass(frozen=True)
class Resume:
    code: str


@dataclass(frozen=True)
class CancelRun:
    """Whoever has not been written to is left out; a scheduled one does not begin."""

    code: str


@dataclass(frozen=True)
class Recall:
    """Stops the rest and takes back what the platforms let us take back."""

    code: str


@dataclass(frozen=True)
class SendUnknown:
    """Once more to those of whom it is not known whether it arrived; the officer has said yes to some getting it twice."""

    code: str


@dataclass(frozen=True)
class Replied:
    """Somebody answered an announcement; counted, and the words go to the officer by Notify."""

    code: str


@dataclass(frozen=True)
class TellHeads:
    """The village heads are asked to visit those whom the announcement does not reach."""

    code: str


Announcing = SendTest | Start | Schedule | Pause | Resume | CancelRun | Recall | SendUnknown | Replied | TellHeads
