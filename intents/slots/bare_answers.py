"""Answers that are nothing but the thing asked for: a name, a place, numbers of a list."""

from __future__ import annotations

from intents.slots.addresses import Address, is_former, is_office
from intents.slots.form_text import FormText, whole_number
from intents.slots.names import as_name, candidates, names_in
from intents.slots.person_names import is_common
from intents.slots.place_words import gazetteer_at, is_capital, is_listed
from intents.slots.registration_data import table

LONGEST_NAME = 5
KINDS = ("to", "khu", "doi", "ban", "thon", "xom", "lang", "buon", "khoi", "pho", "ap", "xa")
FORMER = ("nay", "gio", "truoc", "xua", "cu", "truoc day", "nhap", "thanh")  # words of a place's former name


def chosen_numbers(message: FormText, most: int) -> list[int]:
    """The numbers of an answer that is only numbers ("1, 3", "số 2 và 4"); [] if it says anything else."""
    numbers: list[int] = []
    index = 0
    while index < len(message.words):
        number = whole_number(message.words, index)
        if number and number.upper is None and 0 < number.value <= most:
            numbers.append(number.value)
            index = number.end
        elif message.words[index] in table().words["between_numbers"]:
            index += 1
        else:
            return []
    return numbers


def name_answer(message: FormText) -> str | None:
    """The name an answer gives; None for a description of a person ("con mệ Bảy đầu xóm")."""
    if {unit.word for unit in message.units if unit.word[0].isalpha()} <= set(table().words["agreement"]):
        return None
    spelled = _spelled_name(message)
    if spelled:
        return spelled
    found = [one for one in candidates(message, ()) if one.cue != "relation"]
    if any(one.full for one in found):
        return names_in(message, (), None).name or as_name(message, found[0].start, found[0].end)
    start, end = stripped(message)
    tokens = message.tokens[start:end]
    while tokens and len(tokens) > 1 and is_listed(tokens[0], message, "titles"):
        start, tokens = start + 1, tokens[1:]
    plain = tokens and len(tokens) <= LONGEST_NAME and not any(token.is_mark or token.text.isdigit() for token in tokens)
    if plain and not any(
        is_common(message, index) and not (message.cased and is_capital(message.tokens[index])) for index in range(start, end)
    ):
        return as_name(message, start, end)
    return names_in(message, (), None).name


def _spelled_name(message: FormText) -> str | None:
    """ "họ Phan, tên đệm là Đình, tên Tùng" is one name in three parts."""
    parts: dict[str, int] = {}
    for index in range(len(message.tokens) - 1):
        words = tuple(token.word for token in message.tokens[index : index + 3])
        kind = (
            "middle"
            if words[:2] in (("ten", "dem"), ("chu", "dem"), ("ten", "lot"), ("chu", "lot"))
            else "last"
            if words[0] == "ten"
            else "first"
            if words[0] == "ho"
            else ""
        )
        after = index + (2 if kind == "middle" else 1)
        after += after < len(message.tokens) and message.tokens[after].text.lower() in ("là", "la", ":")
        if kind and kind not in parts and after < len(message.tokens) and words[1] not in ("ten", "va"):
            parts[kind] = after
    if "first" not in parts or "last" not in parts or parts["last"] < parts["first"]:
        return None
    return " ".join(as_name(message, parts[kind], parts[kind] + 1) for kind in ("first", "middle", "last") if kind in parts)


def place_answer(message: FormText, address: Address, level: str) -> str | None:
    """The village or commune an answer gives, as typed; of a former and a present name the present one."""
    named = [part for part in address.named if part.level == level and not is_office(message, part.start)]
    if named:
        present = [part for part in named if not is_former(message, part)]
        if len(named) > 1 and len(present) == 1:
            return present[0].text
        return named[-1].text if set(FORMER) & set(message.words) and len(present) != 1 else address.parts[level].text
    if level in address.parts:
        return address.parts[level].text if level == "commune" else None
    whole = gazetteer_at(message, 0)
    if whole and whole[0] == len(message.tokens) and whole[0] > 1:
        return message.typed(0, whole[0])
    start, end = stripped(message)
    stop = next((index for index in range(start, end) if message.tokens[index].is_mark), end)
    stop = next((index for index in range(start + 1, stop) if _ends_place(message, index)), stop)
    while (
        stop > start + 1
        and is_listed(message.tokens[stop - 1], message, "fillers")
        and not (message.cased and is_capital(message.tokens[stop - 1]))
    ):
        stop -= 1
    tokens = message.tokens[start:stop]
    if not tokens or len(tokens) > LONGEST_NAME:
        return None
    known = gazetteer_at(message, start)
    if known and known[0] == stop:
        return message.typed(start, stop)
    kind = len(tokens) > 1 and tokens[0].word in KINDS
    if any(is_listed(token, message, "after_name") for token in tokens[kind:]) or (level == "commune" and tokens[0].text.isdigit()):
        return None
    return message.typed(start, stop)


def _ends_place(message: FormText, index: int) -> bool:
    """A word that goes on after a place typed with capitals ("Nà Pàn gần cầu")."""
    token = message.tokens[index]
    named = is_capital(message.tokens[index - 1]) and not is_capital(token)
    return named and (is_listed(token, message, "after_name") or token.word in ("ngay", "ke", "canh", "cho", "doan", "chu", "dau", "thuoc"))


def stripped(message: FormText) -> tuple[int, int]:
    """The tokens of an answer without the words of courtesy around them."""
    start, end = 0, len(message.tokens)
    while start < end and (message.tokens[start].is_mark or is_listed(message.tokens[start], message, "fillers")):
        start += 1
    while end > start and (message.tokens[end - 1].is_mark or is_listed(message.tokens[end - 1], message, "fillers")):
        end -= 1
    return start, end
