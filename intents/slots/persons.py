"""The persons a message names, one after the other, with how many each is: "mệ già", "hai vợ chồng", "ba đứa con".

They are found on a line of plain words in which spoken numbers are figures and words whose accents say that they are
neither kin nor numbers ("bỏ", "đi", "bà" after "hai") are marked as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from intents.slots.form_text import FormText, Unit, whole_number
from intents.slots.registration_data import table
from knowledge.vietnamese import tone_last

AUNT = "aunt"
CONNECTORS = ("co", "voi", "va", "gom", "cung", "con", "conlai", "them")


@dataclass(frozen=True)
class Person:
    """Some persons of a list: what they are (total, group, couple, children, one, self), how many, and where."""

    kind: str
    count: int
    start: int
    end: int


def counted_line(text: FormText) -> str:
    """The plain words with every spoken number as a figure, and words that only look like kin or numbers blanked out ("_")."""
    units, out, index = text.units, [""], 0
    words = [_as_counted(unit, text) for unit in units]
    figures = ["_" if _is_grandmother(text, index) else word for index, word in enumerate(words)]
    while index < len(units):
        number = whole_number(figures, index)
        if number and _is_number(text, words, index, number.end):
            out.append(str(number.value) if number.upper is None else "_")
            index = number.end
        else:
            out.append(words[index])
            index += 1
    return " ".join(out).lstrip() + " "


@lru_cache(maxsize=1)
def kin_words() -> frozenset[str]:
    return table().folded("kin_marked")


@lru_cache(maxsize=1)
def _meant_marks() -> frozenset[str]:
    return frozenset(tone_last(word) for name in ("kin_marked", "number_words_marked") for word in table().words[name])


def _as_counted(unit: Unit, text: FormText) -> str:
    """The word, "_" before it where its accents say that it is neither the kin nor the number it looks like, AUNT for cô and o."""
    meant = _is_as_meant(unit, text)
    if unit.word in ("co", "o"):
        return AUNT if meant and text.accented else unit.word
    return unit.word if meant else "conlai" if unit.word == "con" else f"_{unit.word}"


def _is_as_meant(unit: Unit, text: FormText) -> bool:
    """Whether a word that could be kin or a number has their accents, or none where the message lacks them."""
    if unit.given or (unit.word not in kin_words() and unit.word not in table().words["number_words"]):
        return True
    if unit.marked != unit.word and unit.marked in {mark.rstrip("12345") for mark in _meant_marks()}:
        return True
    return unit.marked in _meant_marks() or (unit.marked == unit.word and (not text.accented or unit.word not in kin_words()))


def _is_grandmother(text: FormText, index: int) -> bool:
    """Whether "ba" after a number is bà, no figure of it ("hai bà cháu" is not "hai ba")."""
    unit = text.units[index]
    before = text.words[index - 1] if index else ""
    following = text.words[index + 1] if index + 1 < len(text.words) else ""
    return unit.word == "ba" and before in ("hai", "2", "ba", "bon", "nam") and (unit.marked == "ba2" or following in ("chau", "gia"))


def _is_number(text: FormText, words: list[str], index: int, end: int) -> bool:
    """Whether the number word at `index` counts: "ba" may be bà, "năm" a year, "tám" a name."""
    unit = text.units[index]
    if unit.word.isdigit() or end > index + 1:
        return True
    if unit.given:
        return False
    following = words[end] if end < len(words) else ""
    if unit.word == "ba" and unit.marked not in ("ba", unit.word):
        return False
    if unit.word == "ba":
        before = words[index - 1] if index else ""
        parents = following == "me" and words[end + 1 : end + 2] != ["con"]
        return (
            ((unit.marked == "ba" and text.accented) or following in table().words["after_three"])
            and not parents
            and not re.fullmatch(r"\d+|hai|mot", before)
        )
    return following in table().words["after_number"] or not following.isalpha()


def persons_in(line: str) -> list[Person]:
    """Everyone named, in order; those gone are left out, and taken off the children counted before."""
    found: list[Person] = []
    end = 0
    for match in _expression().finditer(line):
        kind = match.lastgroup or ""
        count = re.match(r"(\d{1,2}) ", match[0]) or re.search(r" (\d{1,2}) ", match[0])
        number = int(count[1]) if count else 1
        before = line[: match.start()].split()[-1:]
        if match.start() < end or (kind == "one" and before and before[0] in table().words["not_one_after"]):
            continue
        if kind == "one" and (_is_introduced(line, match.start(), match.end(), found) or _is_couples(line, match.start(), found)):
            continue
        if kind == "one" and re.match(r"(?:_?han|hen|_?no|chung _?no) ", line[match.end() :].lstrip() ) and "con" not in match[0]:
            continue
        if _is_gone(line, match.end()):
            if kind == "children" and found and found[-1].kind == "children" and number < found[-1].count:
                found[-1] = Person("children", found[-1].count - number, found[-1].start, match.end())
            continue
        if kind == "sexes":
            number = sum(int(one) for one in re.findall(r"\d+", match[0]))
        if kind == "couple":
            number = 2 * number if "cap" in match[0] and count else 2
        if match[0][0].isdigit() and before and before[0] in table().words["numbered_words"]:
            continue
        if kind == "bare" and not (before and before[0] in CONNECTORS):
            if not (match[0] == "em" and _is_listed_self(line, match.start(), match.end())):
                continue
            kind = "self"
        if kind != "self" or _is_listed_self(line, match.start(), match.end()):
            found.append(Person(kind, number, match.start(), match.end()))
            end = match.end()
    return found


def _is_introduced(line: str, start: int, end: int, found: list[Person]) -> bool:
    """Whether the first person named is only said to be the one registered ("con trai tôi là _", names being blanked out)."""
    named = re.match(r" (?:toi |em |minh |chau |tui |nha )?(?:la|ten|ten la|ho ten|ho ten la) _", line[end:])
    return bool(named) and not found and line[:start].split()[-1:] not in (["co"], ["gom"], ["voi"])


def _is_couples(line: str, start: int, found: list[Person]) -> bool:
    """Whether a couple is just said to be that person's ("vợ chồng con trai")."""
    return bool(found) and found[-1].kind == "couple" and found[-1].end + 1 == start


def _is_listed_self(line: str, start: int, end: int) -> bool:
    """Whether "tôi" is one of a list ("tui với 3 đứa cháu"), not the subject of a sentence or "của tôi"."""
    before, after = line[:start].split()[-1:], line[end:].split()[:2]
    opens = not before or before[0] in (",", ".", "voi", "va", "cung", "co", "conlai", "chi", "moi", "gom", "la", "roi", ":", "them", "-", "+")
    closes = (
        not after or after[0] in (",", ".", "voi", "va", "cung", "nua", "+", "-", "la", "thoi") or after in (["o", "voi"], ["song", "voi"])
    )
    return opens and closes


@lru_cache(maxsize=1)
def _expression() -> re.Pattern[str]:
    """Every way persons are named, as one expression with a group for each kind."""
    choice = {
        name: "|".join(sorted(table().words[name], key=len, reverse=True)) for name in ("elders", "children", "couples", "ones", "own")
    }
    child = rf"(?:{choice['children']})(?: (?:{choice['children']}|nho|gai|trai|noi|ngoai|be))*"
    kinds = (
        ("group", rf"\d{{1,2}} (?:{choice['elders']}) (?:con|chau)(?! (?:nho|gai|trai|dau|re) )"),
        ("couple", rf"(?:\d (?:cap )?|cap )?(?:{choice['couples']})(?: gia| noi| ngoai)?(?: \d nguoi)?"),
        ("siblings", r"\d{1,2} (?:anh|chi|anh chi) em(?: (?:em|toi|minh|chau))?"),
        ("sexes", r"\d (?:nguoi )?lon (?:, |va |voi )?\d (?:be|tre con|tre em|tre nho|tre|dua nho|con nit|nho|con nho)|\d (?:con |chau |dua )?(?:trai|gai) (?:, |va |voi )?\d (?:con |chau |dua )?(?:trai|gai)"),
        (
            "children",
            rf"(?:con|chau|dua)(?: nho| gai| trai| cai| be)? (?:thi |co |duoc )?\d{{1,2}} (?:dua|chau|thang|con)(?: (?:con|nho|be|gai|trai))*|\d{{1,2}} (?:nguoi )?{child}",
        ),
        ("many", rf"\d{{1,2}} (?:nguoi )?(?:{choice['ones']}|cu|co gia)"),
        ("one", rf"(?:{choice['ones']})(?: (?:gia|ruot))?"),
        ("bare", r"anh|chi|chu|bac|di|cau|em"),
        ("self", rf"(?:{choice['own']})"),
    )
    return re.compile(r"(?<![\w'])(?:" + "|".join(f"(?P<{kind}>{expression})" for kind, expression in kinds) + ")(?= )")


def _is_gone(line: str, end: int) -> bool:
    """Whether the person is dead or lives elsewhere ("ck mất rồi", "con gái đi lấy chồng", "tách khẩu")."""
    after = line[end : end + 60].replace("_", "").split()
    skip = next((index for index, word in enumerate(after) if word not in table().words["before_gone"]), len(after))
    rest = " ".join(after[skip:]).replace("_", "")
    return bool(re.match("|".join(rf"{gone}(?!\w)" for gone in table().words["gone"]), rest))
