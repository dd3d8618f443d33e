"""What every flow is given: the conversation, the message, and the desk; and what it gives back: a turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from intents.compose import split
from intents.messages import MOST_CHARACTERS, Choice, Document, Kind, Reply
from intents.people import Person
from intents.records import Desk, Effect, Photo
from intents.slots.answers import parse_slot
from intents.slots.yes_no import yes_or_no
from intents.state import Conversation, Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.model import Citation, Knowledge
from knowledge.vietnamese import read

SHORT_LABEL = 60
LEAST_SHOWN = 100  # characters of a text beside long choices


@dataclass(frozen=True)
class Moment:
    """One message of one person, as a flow sees it."""

    conversation: Conversation
    text: str
    desk: Desk
    knowledge: Knowledge
    photos: tuple[Photo, ...] = ()
    location: tuple[float, float] | None = None

    @property
    def person(self) -> Person:
        return self.desk.person

    @property
    def now(self) -> datetime:
        return self.desk.now.astimezone(ZONE)

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def line(self) -> str:
        """The message folded, abbreviations written out."""
        return read(self.text).line

    @property
    def agrees(self) -> bool | None:
        """A plain yes or a plain no, and nothing else; None otherwise."""
        return yes_or_no(self.text)

    @property
    def form(self) -> Form | None:
        return self.conversation.form

    def touched(self, form: Form) -> Form:
        return replace(form, touched=self.desk.now.astimezone(UTC).isoformat())

    def turn(
        self,
        task: str,
        text: str,
        *effects: Effect,
        form: Form | None = None,
        choices: Sequence[Choice] = (),
        citations: Sequence[Citation] = (),
        document: Document | None = None,
        contact: bool = False,
    ) -> Turn:
        """The turn that says `text` and leaves `form` open (None: none). Choices are numbered at the end of the text; what
        does not fit into one message waits for "xem tiếp"."""
        numbered = [f"{number}. {choice.label}" for number, choice in enumerate(choices, 1)]
        room = MOST_CHARACTERS - sum(len(line) + 1 for line in numbered)
        rest = ""
        if len(text) > room:
            text, rest = split(text, max(room - len(say("register", "more")) - 1, LEAST_SHOWN))
            text = f"{text}\n{say('register', 'more')}"
        shown = "\n".join([text, *numbered])
        reply = Reply(Kind.TASK, shown, tuple(citations), task=task, choices=tuple(choices), rest=rest, document=document, contact=contact)
        kept = replace(self.conversation, form=self.touched(form) if form else None, open_task="", parked="", check=None)
        return Turn(kept.after(reply), reply, effects)


QUESTION = re.compile(
    r"\b(?:bao nhieu|the nao|nhu nao|la gi|lam gi|gi vay|duoc gi|can gi|khi nao|bao gio|ngay nao|han|o dau|den dau|tai sao|vi sao|lam sao|ra sao|"
    r"phai khong|duoc khong|co phai|co duoc|ai duoc|ai la|cho hoi|hoi la|muon hoi|bao lau|may ngay|tieu chi)\b|\b(?:gi|nao|sao|khong|a|chua)$"
)


WISH = re.compile(
    r"^(?:(?:toi|em|con|chau|minh|cho|muon|xin|can) )*(?:gap|noi chuyen|hoi|goi) (?:voi )?can bo\b|\bdang ky\b|\bbao cao\b|^don cua\b|\bngung nhan\b|"
    r"\bxoa (?:het |toan bo )?(?:thong tin|du lieu)\b|\bdoi noi o\b|^(?:tro giup|huong dan|giup toi)\b|\brut don\b"
)
STOPS = frozenset(
    ("thoi", "huy", "huy bo", "dung lai", "thoi khong lam nua", "thoi khong lam", "khong lam nua", "thoi de sau", "thoat", "bo di")
)


def stops(moment: Moment) -> bool:
    """Whether the person wants to leave what is under way."""
    words = moment.line.split()
    if moment.line in STOPS or (len(words) <= 4 and words[-1:] in (["thoi"], ["huy"])):
        return True
    return len(words) <= 5 and parse_slot("confirm", moment.text, moment.now).interrupt == "cancel"


HESITATES = re.compile(
    r"^(?:khoan|nham|a nham|cho(?: ty| chut| da)|de (?:toi |minh |em )?(?:hoi|xem|nghi|coi) |khong (?:tra lai|tu choi|gui|tra loi) nua)|\bnham roi$"
)


def hesitates(moment: Moment) -> bool:
    """Words an officer says to the machine, not to the person: they are never sent on."""
    return bool(HESITATES.search(moment.line))


def asks_something(moment: Moment) -> bool:
    """Whether a message that answers nothing sounds like a question or a wish of its own."""
    return "?" in moment.text or bool(QUESTION.search(moment.line)) or bool(WISH.search(moment.line))


def choices(*pairs: tuple[str, str]) -> tuple[Choice, ...]:
    """Choices from (label, what it means) pairs."""
    return tuple(Choice(label, means) for label, means in pairs)


def when(moment: datetime, today: date) -> str:
    """A moment as people say it: "10:05 hôm nay", "9:00 ngày 3/11/2026"."""
    local = moment.astimezone(ZONE)
    clock = f"{local.hour}:{local.minute:02d}"
    return f"{clock} hôm nay" if local.date() == today else f"{clock} ngày {in_words(local.date())}"


def dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def clipped(text: str, length: int = SHORT_LABEL) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
