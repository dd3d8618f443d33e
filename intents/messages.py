"""What comes in and what goes out, on every channel alike."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from intents.records import Photo
from knowledge.model import Citation

TASKS = (
    "register",
    "register_for_other",
    "registration_status",
    "withdraw_registration",
    "report_activity",
    "my_reports",
    "ask_officer",
    "unsubscribe",
    "change_place",
    "privacy_delete",
    "privacy_export",
    "help",
    "cancel",
)
MOST_CHARACTERS = 1000


class Kind(StrEnum):
    """What a reply is. The words are part of the `ask --json` format."""

    ANSWER = "answer"
    NOT_IN_PLAN = "not_in_plan"
    CLARIFY = "clarify"
    PLACE_UNKNOWN = "place_unknown"
    OUT_OF_SCOPE = "out_of_scope"
    SMALLTALK = "smalltalk"
    TASK = "task"


@dataclass(frozen=True)
class Incoming:
    """A message as it came by a channel. `key` is the channel's own id of the sender, `message` that of the message: the same
    two on the same channel are the same message, however often it is delivered. `location` is latitude and longitude in degrees.

    `quotes` is the platform's number of our message that this one answers; `pressed` is what a button gave back
    ("<outbox row>.<number of the choice>"), and `text` is empty then; `edited` tells that the words of an older message were changed.
    """

    channel: str
    key: str
    message: str
    text: str
    photos: tuple[Photo, ...] = ()
    location: tuple[float, float] | None = None
    quotes: str = ""
    pressed: str = ""
    edited: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", printable(self.text))


def printable(text: str) -> str:
    """The text without control characters and half characters, which no keyboard sends and a terminal would obey; lines stay."""
    return "".join(char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") else " " for char in text)


@dataclass(frozen=True)
class Choice:
    """One thing a person can tap, type as its number or type as its words. `means` is the message it stands for."""

    label: str
    means: str


@dataclass(frozen=True)
class Document:
    """A file that goes with a reply. `kind` tells how it is made from `content` when it is sent (see bot.documents): "text" as it
    is, "poster" a PDF page of what `content` (JSON) names."""

    name: str
    content: str
    kind: str = "text"


@dataclass(frozen=True)
class Reply:
    """One message to the person. `rest` is what "xem tiếp" brings; `plans` are those the reply speaks of; `contact` tells that it asks
    for a phone number, which some channels can send by a tap."""

    kind: Kind
    text: str
    citations: tuple[Citation, ...] = ()
    plans: tuple[str, ...] = ()
    task: str | None = None
    choices: tuple[Choice, ...] = ()
    rest: str = ""
    document: Document | None = None
    contact: bool = False
