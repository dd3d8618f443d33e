"""What is remembered of one person's conversation between two messages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intents.messages import Choice, Reply


@dataclass(frozen=True)
class SelfCheck:
    """The poverty self-check under way: what is known so far (income in đồng a person a month)."""

    urban: bool | None = None
    income: int | None = None
    lacks: int | None = None


@dataclass(frozen=True)
class Conversation:
    """`plan` covers the person's place, `place` is its label; the rest is the last question, for follow-ups.

    `question` is the canonical question that was answered, `asked` its text, `plans` whose answers were given;
    `choices` are still open to be tapped or typed; `rest` waits for "xem tiếp"; `parked` is a question that waits for
    its place; `open_task` is the task the person is in.
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

    def after(self, reply: Reply) -> Conversation:
        """This conversation with the reply's choices and remainder open, and the older ones closed."""
        return replace(self, choices=reply.choices, rest=reply.rest)


@dataclass(frozen=True)
class Turn:
    """What one message leads to."""

    conversation: Conversation
    reply: Reply
