"""What comes in and what goes out, on every channel alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
class Choice:
    """One thing a person can tap, type as its number or type as its words. `means` is the message it stands for."""

    label: str
    means: str


@dataclass(frozen=True)
class Reply:
    """One message to the person. `rest` is what "xem tiếp" brings; `plans` are those the reply speaks of."""

    kind: Kind
    text: str
    citations: tuple[Citation, ...] = ()
    plans: tuple[str, ...] = ()
    task: str | None = None
    choices: tuple[Choice, ...] = ()
    rest: str = ""
