"""What is remembered of one person's conversation between two messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from intents.messages import Choice, Reply
from intents.records import Effect

LINES_KEPT = 6  # of what was said last, for the officer who takes a question over
LINE_LENGTH = 300


@dataclass(frozen=True)
class SelfCheck:
    """The poverty self-check under way: what is known so far (income in đồng a person a month)."""

    urban: bool | None = None
    income: int | None = None
    lacks: int | None = None


@dataclass(frozen=True)
class Form:
    """A form under way: its name, the step that was asked last, what is filled in (JSON values).

    `history` are the steps answered, for "quay lại"; `skipped` those passed over; `code` is the case that is being changed;
    `version` the version it was opened at; `touched` (ISO, UTC) when the person last did something with it.
    """

    name: str
    step: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    history: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    code: str = ""
    version: int = 0
    touched: str = ""

    def filled(self, **values: Any) -> Form:
        return replace(self, values={**self.values, **values})

    def at(self, step: str) -> Form:
        return replace(self, step=step)


@dataclass(frozen=True)
class Conversation:
    """`plan` covers the person's place, `place` is its label; the rest is the last question, for follow-ups.

    `question` is the canonical question that was answered, `asked` its text, `plans` whose answers were given;
    `choices` are still open to be tapped or typed; `rest` waits for "xem tiếp"; `parked` is a question that waits for
    its place; `open_task` is the task the person is in, `form` its form; `lines` are the
    last things said, each with what was answered.
    """

    plan: str | None = None
    place: str = ""
    unknown_place: str = ""
    question: str = ""
    asked: str = ""
    plans: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    rest: str = ""
    parked: str = ""
    open_task: str = ""
    check: SelfCheck | None = None
    form: Form | None = None
    lines: tuple[tuple[str, str], ...] = ()

    def after(self, reply: Reply) -> Conversation:
        """This conversation with the reply's choices and remainder open, and the older ones closed."""
        return replace(self, choices=reply.choices, rest=reply.rest)


@dataclass(frozen=True)
class Turn:
    """What one message leads to; `effects` are what storage has to do for it."""

    conversation: Conversation
    reply: Reply
    effects: tuple[Effect, ...] = ()
