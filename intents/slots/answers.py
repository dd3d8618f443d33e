"""Reads an answer to one question of the registration form, or what interrupts it (a question, "sửa tên", "để sau" …)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from intents.slots.addresses import parse_address
from intents.slots.bare_answers import chosen_numbers, name_answer, place_answer
from intents.slots.causes import household_type, needs_in, reasons_in
from intents.slots.form_text import FormText, form_text
from intents.slots.household import members_in
from intents.slots.phones import NONE, phone_in
from intents.slots.phrases import Hit, find, labels
from intents.slots.registration_data import table
from intents.slots.years import years_in
from knowledge.calendar import ZONE

Value = str | int | tuple[str, ...] | None
ABOUT_FORM = ("edit", "cancel", "back", "skip", "complaint")
CLEAR = ("name", "village", "commune", "members", "phone", "target_year")  # an answer to these outweighs words of asking
FIGURES = ("members", "phone", "target_year")
SHORT = 4  # words of an answer that "không" alone can be


@dataclass(frozen=True)
class SlotAnswer:
    """The value of a slot, or what interrupts; both None: ask again. `interrupt_target` is the slot an "edit" means."""

    value: Value
    interrupt: str | None
    interrupt_target: str | None


def parse_slot(slot: str, text: str, sent_at: datetime) -> SlotAnswer:
    """Reads `text` as the answer to the question for `slot`. Never raises for any text; an unknown slot has no value."""
    message = form_text(text)
    now = sent_at.astimezone(ZONE).year if sent_at.tzinfo else sent_at.year
    interrupt, target = interruption(message, slot)
    if interrupt in ABOUT_FORM:
        return SlotAnswer(None, interrupt, target)
    value = READERS[slot](message, now) if slot in READERS else None
    said = labels(message, "edit_targets")[:1] if slot == "confirm" and {"chua", "sai", "nham"} & set(message.words) else ()
    if interrupt == "question" and said and "?" not in message.words:
        return SlotAnswer(None, "edit", said[0])
    if interrupt == "question" and (not _is_clear(message, slot, value) or "?" in message.words or value is None):
        return SlotAnswer(None, "question", None)
    if value is not None and not _is_unsure(message, slot, value):
        return SlotAnswer(value, None, None)
    fields = labels(message, "edit_targets")[:1] if slot == "confirm" else ()
    if fields and "?" not in message.words:
        return SlotAnswer(None, "edit", fields[0])
    return SlotAnswer(None, interrupt or late_interruption(message), None)


def interruption(message: FormText, slot: str) -> tuple[str | None, str | None]:
    """What surely interrupts: the form itself is spoken of, or a question is asked. With the slot an edit means."""
    hits = find(message, "interrupts")
    if _is_bare_stop(message):
        return "cancel", None
    for label in ABOUT_FORM:
        mine = [hit for hit in hits if hit.label == label and not _is_answer(message, slot, hit)]
        if mine and label == "edit":
            target = edit_target(message, slot, mine)
            if target:
                return "edit", target
        elif mine:
            return label, None
    return ("question" if _asks(message) else None), None


def _is_bare_stop(message: FormText) -> bool:
    """ "thôi" with nothing but courtesy around it."""
    if any(unit.word.isdigit() or unit.word in table().words["number_words"] for unit in message.units):
        return False
    said = [unit for unit in message.units if unit.word.isalpha() and unit.word not in table().words["stop_courtesy"]]
    return bool(said) and all(unit.word == "thoi" and unit.marked in ("thôi", "thoi") for unit in said)


def _is_answer(message: FormText, slot: str, hit: Hit) -> bool:
    """Words of interruption that answer just this question."""
    words = message.words[hit.start : hit.end]
    if hit.label == "complaint" and message.words[hit.end : hit.end + 1] in (("gi",), ("chi",)):
        return True
    if hit.label == "cancel" and slot == "household_type" and "ngheo" in message.words[hit.end - 1 :]:
        return True
    if hit.label == "cancel" and slot == "reasons" and {"duoc", "noi", "suc"} & set(words):
        return True
    if hit.label == "complaint" and slot == "reasons" and "tieng" in message.words:
        return True
    if hit.label == "complaint":
        return slot in ("reasons", "needs") and ("met" in words or "lam" in words) and "hoi" not in words and "khai" not in words
    return hit.label in ("cancel", "skip") and slot == "needs" and "vay" in message.words


def edit_target(message: FormText, slot: str, hits: list[Hit]) -> str | None:
    """The field to be mended: the one named next to the words for mending."""
    fields = find(message, "edit_targets")
    named = [field for field in fields if not any(o.start <= field.start and field.end <= o.end and o.end - o.start > field.end - field.start for o in fields)]
    near = [
        (min(abs(field.start - hit.end), abs(hit.start - field.end)), -(field.end - field.start), field.label)
        for field in named
        for hit in hits
    ]
    if slot != "confirm":
        near = [one for one in near if one[2] != slot or "lai" in message.words]
    return min(near)[2] if near else None


def _asks(message: FormText) -> bool:
    return "strong" in labels(message, "questions") or ("?" in message.words and bool(labels(message, "questions")))


def _is_clear(message: FormText, slot: str, value: Value) -> bool:
    """Whether an answer to the slot outweighs words of asking: a figure, a name with capitals or with văn or thị in it."""
    if slot == "name" and {"văn", "thị", "van", "thi"} & set(str(value).lower().split()):
        return True
    return slot in CLEAR and (slot in FIGURES or any(token.text[0].isupper() for token in message.tokens[1:]))


def _is_unsure(message: FormText, slot: str, value: Value) -> bool:
    """ "nhớ xã chi nữa mô": words after "xã" that are no name."""
    return slot in ("village", "commune") and value == str(value).lower() and "dont_know" in labels(message, "interrupts")


def late_interruption(message: FormText) -> str | None:
    """What interrupts where no answer was found."""
    if "dont_know" in labels(message, "interrupts"):
        return "dont_know"
    return "question" if "?" in message.words or labels(message, "questions") else None


def read_phone(message: FormText, now: int) -> Value:
    phone = phone_in(message)
    if phone:
        return phone.number
    if any(word.isdigit() for word in message.words):
        return None
    refused = (
        {"khong", "chua"} & set(message.words) and ("co" in message.words or len(message.words) <= SHORT) and not late_interruption(message)
    )
    return NONE if refused or find(message, "no_phone") or find(message, "only_no_phone") else None


def read_year(message: FormText, now: int) -> Value:
    years = years_in(message, now, bare=True)
    either = {"hoac", "hay"} & set(message.words)
    return years[0 if either else -1].value if years else None


def read_members(message: FormText, now: int) -> Value:
    """The count an answer gives; of a sum ("5 - 1 = 4") its result."""
    result = re.search(r"=\s*(\d{1,2})(?!\d)", message.raw)
    return int(result[1]) if result else members_in(message, answer=True)


def read_type(message: FormText, now: int) -> Value:
    numbers = chosen_numbers(message, len(TYPES))
    return TYPES[numbers[0] - 1] if len(numbers) == 1 else household_type(message, answer=True)


def read_reasons(message: FormText, now: int) -> Value:
    return numbered(message, "reasons") or reasons_in(message, (), answer=True) or None


def read_needs(message: FormText, now: int) -> Value:
    return numbered(message, "needs") or needs_in(message, (), answer=True) or None


def numbered(message: FormText, name: str) -> tuple[str, ...]:
    """The labels that an answer of mere numbers chooses, in official order."""
    official = tuple(table().phrases[name])
    return tuple(official[number - 1] for number in sorted(set(chosen_numbers(message, len(official)))))


def read_confirm(message: FormText, now: int) -> Value:
    hits = find(message, "confirm")
    kept = [
        hit for hit in hits if not any(o.start <= hit.start and hit.end <= o.end and o.end - o.start > hit.end - hit.start for o in hits)
    ]
    found = [hit.label for hit in kept]
    signs = any(sign in message.raw for sign in table().words["yes_signs"])
    return "no" if "no" in found else "yes" if found or signs else None


def read_village(message: FormText, now: int) -> Value:
    return place_answer(message, parse_address(message), "village")


def read_commune(message: FormText, now: int) -> Value:
    return place_answer(message, parse_address(message), "commune")


TYPES = ("poor", "near_poor", "escaped_poor")
READERS: dict[str, Callable[[FormText, int], Value]] = {
    "name": lambda message, now: name_answer(message),
    "village": read_village,
    "commune": read_commune,
    "household_type": read_type,
    "members": read_members,
    "phone": read_phone,
    "target_year": read_year,
    "reasons": read_reasons,
    "needs": read_needs,
    "confirm": read_confirm,
}
