"""Village, commune, district and province as a message writes them, the word for the kind kept ("thôn 4", "xã Tùng Lộc").

Nothing is completed from the gazetteer: it only tells where a name without capitals ends and what a bare name in a list is.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from intents.slots.form_text import FormText
from intents.slots.place_words import LEVELS, LONGEST, gazetteer_at, is_capital, is_listed, name_start, type_at
from intents.slots.registration_data import table
from knowledge.places import Place
from knowledge.vietnamese import tone_last

KINDS = {"commune": ("commune",), "district": ("district", "plan"), "province": ("province", "plan")}
HIGHEST_NUMBER = 40  # villages are numbered; a larger figure is something else


@dataclass(frozen=True)
class Part:
    """One part of an address: its level, the tokens it covers (kind word included) and its text."""

    level: str
    start: int
    end: int
    text: str


@dataclass
class Address:
    """The parts found, by level; `spans` are the tokens they cover."""

    parts: dict[str, Part] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    named: list[Part] = field(default_factory=list)

    def get(self, level: str) -> str | None:
        return self.parts[level].text if level in self.parts else None

    def covers(self, token: int) -> bool:
        return any(start <= token < end for start, end in self.spans)


def parse_address(text: FormText, taken: Collection[int] = ()) -> Address:
    """The address of a message; `taken` are tokens that belong to something else (a phone number)."""
    address = Address()
    index = 0
    while index < len(text.tokens):
        part = _part_at(text, index) if index not in taken else None
        if part is None:
            index += 1
            continue
        _keep(address, part, text)
        index = _bare_after(text, part.end, address)
    _without_types(text, address, taken)
    return address


def _keep(address: Address, part: Part, text: FormText) -> None:
    """Takes a part over unless its level has one; a person's office ("trưởng thôn X") gives way to the address proper."""
    address.spans.append((part.start, part.end))
    address.named.append(part)
    before = address.parts.get(part.level)
    if before is None or is_office(text, before.start) or (part.level == "village" and _is_smaller(text, before, part)):
        address.parts[part.level] = part


def is_former(text: FormText, part: Part) -> bool:
    """Whether a place's name is the one it had before ("xóm 3 cũ", "trước là xóm 5"), not the one it has ("nay là")."""
    start = part.start
    while start and part.start - start < 3 and not text.tokens[start - 1].is_mark:
        start -= 1
    before = {token.word for token in text.tokens[start : part.start]}
    after = text.tokens[part.end].word if part.end < len(text.tokens) else ""
    if before & set(table().words["present"]):
        return False
    return bool(before & set(table().words["former"])) or after in ("cu", "xua", "truoc")


def is_office(text: FormText, start: int) -> bool:
    return start > 0 and is_listed(text.tokens[start - 1], text, "offices")


def _is_smaller(text: FormText, before: Part, part: Part) -> bool:
    """ "tổ 3, thôn Nà Pàn": the village is the thôn."""
    return text.tokens[before.start].word in ("to", "doi") and text.tokens[part.start].word not in ("to", "doi", "khu")


def _part_at(text: FormText, index: int) -> Part | None:
    found = type_at(text, index)
    if found is None:
        return None
    level, after = found
    start = name_start(text, after)
    end = name_end(text, start, level)
    if end is None:
        return None
    if level == "district" and text.tokens[index].word in ("thanh", "tp"):
        at = gazetteer_at(text, start)
        level = "district" if at and any(place.kind == "district" for place in at[1]) else "province"
    kind = " ".join(table().type_names.get(token.text.lower(), token.text) for token in text.tokens[index:after] if token.text != ".")
    return Part(level, index, end, f"{kind} {text.typed(start, end)}")


def name_end(text: FormText, start: int, level: str) -> int | None:
    """Where a place's name that starts at a token ends, or None if none starts there."""
    if start >= len(text.tokens) or text.tokens[start].is_mark:
        return None
    first = text.tokens[start]
    if first.text.isdigit() and _is_count(text, start):
        return None
    if first.text.isdigit():
        return _number_end(text, start) if level != "province" and int(first.text[:9]) <= HIGHEST_NUMBER else None
    if level != "village":
        known = gazetteer_at(text, start)
        sure = known and (known[0] - start > 1 or is_capital(first) or is_capital(text.tokens[start - 1]))
        if known and sure and any(place.kind in KINDS[level] for place in known[1]) and not _goes_on(text, known[0]):
            return known[0]
    capital = text.cased and is_capital(first)
    person = not capital and (is_listed(first, text, "titles") or is_listed(first, text, "selves"))
    person = person and not (not text.accented and first.word in table().words["place_starts"] and _is_named_so(text, start))
    listed = is_listed(first, text, "after_name") and not capital and not (not text.accented and _is_closed(text, start + 1) and not type_at(text, start))
    if (person or listed) and not _is_number_word(text, start):
        return None
    end = start + 1
    while end < len(text.tokens) and end - start < LONGEST + 1 and _belongs(text, start, end, capital, level):
        end += 1
    return end if capital or not (text.cased and text.accented) or _is_closed(text, end) else None


def _is_named_so(text: FormText, start: int) -> bool:
    """Whether a title's letters begin a place's name in a text without accents ("thon bac son"): no name of a person follows."""
    following = text.tokens[start + 1] if start + 1 < len(text.tokens) else None
    return following is not None and following.text.isalpha() and not any(is_listed(following, text, name) for name in ("surnames", "after_name", "selves"))


def _is_count(text: FormText, start: int) -> bool:
    """Whether the figure counts persons ("cùng thôn: 3 người")."""
    return start + 1 < len(text.tokens) and text.tokens[start + 1].word in ("nguoi", "khau", "nk", "nhan") and text.tokens[start - 1].text == ":"


def _is_closed(text: FormText, end: int) -> bool:
    """Whether a mark, another kind word or the end follows: a small letter among capitals is a name only then."""
    return end >= len(text.tokens) or text.tokens[end].is_mark or bool(type_at(text, end))


def _goes_on(text: FormText, end: int) -> bool:
    """Whether a name of the gazetteer is only the first words of the name typed."""
    return (
        text.cased
        and end < len(text.tokens)
        and not _higher_place(text, end)
        and is_capital(text.tokens[end])
        and text.tokens[end].text.isalpha()
        and not type_at(text, end)
    )


def _higher_place(text: FormText, index: int) -> bool:
    """Whether a district or province of two words or more starts at a token."""
    known = gazetteer_at(text, index)
    return bool(
        known
        and any(place.kind in ("plan", "district", "province") and place.plans and (known[0] - index > 1 or place.kind == "plan") for place in known[1])
    )


def _number_end(text: FormText, start: int) -> int:
    """ "thôn 4", "xóm 4A", "thôn 1 Bắc Sơn" keeps its number only."""
    end = start + 1
    if end < len(text.tokens) and text.tokens[end].text in ("A", "B", "C", "D", "a", "b", "c", "d"):
        adjacent = re.search(rf"(?<!\d){text.tokens[start].text}{text.tokens[end].text}(?!\w)", text.raw)
        return end + 1 if adjacent or text.tokens[end].text.isupper() else end
    return end


def _is_number_word(text: FormText, index: int) -> bool:
    """A spoken number that belongs to the place: what follows is nothing that is counted."""
    end = index
    while end < len(text.tokens) and text.tokens[end].word in table().words["number_words"]:
        end += 1
    return end > index and (end == len(text.tokens) or text.tokens[end].word not in table().words["counted"])


def _belongs(text: FormText, start: int, index: int, capital: bool, level: str) -> bool:
    token = text.tokens[index]
    if token.is_mark or type_at(text, index) or (level != "province" and _higher_place(text, index)):
        return False
    if level == "village" and token.marked in ("sô1", "so") and index + 1 < len(text.tokens) and text.tokens[index + 1].text.isdigit():
        return len(text.tokens[index + 1].text) < 3
    if token.text.isdigit():
        following = text.tokens[index + 1].word if index + 1 < len(text.tokens) else ""
        return level == "village" and int(token.text[:9]) <= HIGHEST_NUMBER and (following not in table().words["counted"] or _is_addressed(text, index + 1))
    if (
        token.word in table().words["number_words"]
        and (not text.accented or token.marked in _number_marks())
        and not (text.cased and is_capital(token))
    ):
        return _is_number_word(text, index) and not text.cased
    if capital:
        return is_capital(token)
    if text.accented and (is_listed(token, text, "titles") or is_listed(token, text, "selves")):
        return index + 1 == len(text.tokens) and index == start + 1 and not is_listed(token, text, "selves")
    if is_listed(token, text, "after_name") or (text.cased and is_capital(token) and not is_capital(text.tokens[start])):
        return False
    known = gazetteer_at(text, index)
    local = known and known[0] - index > 1 and any(place.plans for place in known[1])
    return not (local and level in ("village", "commune"))


def _is_addressed(text: FormText, index: int) -> bool:
    """Whether the word only addresses the reader at the end ("bản Sấm 3 em nhé"), and is not counted."""
    rest = [token for token in text.tokens[index:] if not token.is_mark]
    return text.tokens[index].word in ("em", "anh", "chi", "ba", "ong") and len(rest) < 3 and all(is_listed(token, text, "fillers") for token in rest[1:])


@lru_cache(maxsize=1)
def _number_marks() -> frozenset[str]:
    return frozenset(tone_last(word) for word in table().words["number_words_marked"])


def _bare_after(text: FormText, index: int, address: Address) -> int:
    """Reads on after a part: bare names of higher levels ("thôn 3, Đồng Lộc, Can Lộc, Hà Tĩnh"). Gives the next token."""
    while True:
        start = index
        while start < len(text.tokens) and (text.tokens[start].text in (",", "-", "/") or text.tokens[start].word in ("thuoc", "cua")):
            start += 1
        part = _bare_part(text, start, address) if start < len(text.tokens) else None
        part = part or (_between_levels(text, start, address) if start < len(text.tokens) else None)
        if part is None:
            return index
        _keep(address, part, text)
        index = part.end


def _between_levels(text: FormText, start: int, address: Address) -> Part | None:
    """Capitals between the village and a district of the gazetteer are the commune ("làng Kon Von 1 - Đăk Roong - Kbang")."""
    end = start
    while end < len(text.tokens) and not text.tokens[end].is_mark and end - start <= LONGEST:
        end += 1
    tokens = text.tokens[start:end]
    plain = 0 < len(tokens) <= LONGEST and all(is_capital(token) and token.text[0].isalpha() for token in tokens)
    if not plain or set(address.parts) != {"village"} or end + 1 >= len(text.tokens) or type_at(text, start):
        return None
    higher = _bare_part(text, end + 1, address)
    return Part("commune", start, end, text.typed(start, end)) if higher and higher.level == "district" else None


def _bare_part(text: FormText, start: int, address: Address) -> Part | None:
    if type_at(text, start):
        return None
    token = text.tokens[start]
    short = table().short_places.get(token.text) or table().short_places.get(token.text.upper() if not text.cased else "")
    if short:
        level = "province" if short in table().words["provinces"] else "district"
        return Part(level, start, start + 1, short) if level not in address.parts else None
    known = gazetteer_at(text, start)
    if known is None or (known[0] - start < 2 and token.word != "kbang" and not _is_listed_town(text, start, address, known[1])):
        return None
    whole = known[0] == len(text.tokens) or text.tokens[known[0]].is_mark
    if text.cased and not is_capital(token) and not (whole and any(place.plans for place in known[1])):
        return None
    highest = max((LEVELS.index(level) for level in address.parts), default=-1)
    for near, level in ((near, level) for near in (True, False) for level in ("province", "district", "commune")):
        places = [place for place in known[1] if place.plans or not near]
        if LEVELS.index(level) > highest and any(place.kind in KINDS[level] and _fits(place, level) for place in places):
            return Part(level, start, known[0], text.typed(start, known[0]))
    return None


def _is_listed_town(text: FormText, start: int, address: Address, places: tuple[Place, ...]) -> bool:
    """Whether a name of one word is all of a part that follows the village ("TDP 3 / Nghèn / hộ nghèo")."""
    marked = text.tokens[start - 1].is_mark and (start + 1 == len(text.tokens) or text.tokens[start + 1].is_mark)
    local = any(place.kind == "commune" and place.plans for place in places)
    return set(address.parts) == {"village"} and marked and local and is_capital(text.tokens[start])


def _fits(place: Place, level: str) -> bool:
    """A plan's place is a district where the plan is a district's."""
    return place.kind != "plan" or bool(place.district) == (level == "district")


def _without_types(text: FormText, address: Address, taken: Collection[int]) -> None:
    """A village named without its kind ("nhà ở Nà Bủa"), and names that fill a whole part of a list."""
    for index, token in enumerate(text.tokens[:-1]):
        following = text.tokens[index + 1]
        if "village" not in address.parts and _says_where(text, index):
            if (
                text.cased
                and is_capital(following)
                and not type_at(text, index + 1)
                and index + 1 not in taken
                and not address.covers(index + 1)
            ):
                _bare_village(text, index + 1, address)
            elif not text.cased and not type_at(text, index + 1) and index + 1 not in taken:
                _low_village(text, index + 1, address)
        elif token.is_mark and index + 1 not in taken and not address.covers(index + 1):
            part = _bare_part(text, index + 1, address)
            if part and (part.end == len(text.tokens) or text.tokens[part.end].is_mark):
                _keep(address, part, text)
                _listed_village(text, index, part, address, taken)


def _listed_village(text: FormText, mark: int, part: Part, address: Address, taken: Collection[int]) -> None:
    """A part of capitals between the name and a bare commune is the village ("Phan Văn Cảnh, Kim Thịnh, Kim Song Trường")."""
    start = mark
    while start and not text.tokens[start - 1].is_mark:
        start -= 1
    tokens = text.tokens[start:mark]
    named = 0 < len(tokens) <= LONGEST and all(is_capital(token) and token.text.isalpha() for token in tokens)
    free = not any(index in taken or address.covers(index) for index in range(start, mark))
    if part.level == "commune" and "village" not in address.parts and start > 1 and named and free and not {"van", "thi"} & {t.word for t in tokens}:
        _keep(address, Part("village", start, mark, text.typed(start, mark)), text)


def _low_village(text: FormText, start: int, address: Address) -> None:
    """ "ở khuổi phầy, xã …": a village without its kind and without capitals is sure only before its commune."""
    end = name_end(text, start, "village")
    if end is None or end - start < 2:
        return
    following = end
    while following < len(text.tokens) and (text.tokens[following].is_mark or is_listed(text.tokens[following], text, "fillers")):
        following += 1
    kind = type_at(text, following) if following < len(text.tokens) else None
    if kind and kind[0] == "commune":
        _keep(address, Part("village", start, end, text.typed(start, end)), text)


def _says_where(text: FormText, index: int) -> bool:
    """ "ở", "tại", "trú" ("o" alone is a title where the message has accents)."""
    token = text.tokens[index]
    if index and text.tokens[index - 1].word in ("cho", "giup", "ho", "ba", "me", "gium", "thay", "la"):
        return False
    return token.marked in ("ơ3", "tai5", "tru1", "bên", "quê", "dươi1") or (not text.accented and token.marked in ("o", "tai", "tru"))


def _bare_village(text: FormText, start: int, address: Address) -> None:
    known = _bare_part(text, start, address)
    end = name_end(text, start, "village")
    if known:
        _keep(address, known, text)
        _bare_after(text, known.end, address)
    elif end:
        _keep(address, Part("village", start, end, text.typed(start, end)), text)
        _bare_after(text, end, address)
