"""The year a household aims at: "năm 2028", "sang năm", "2 năm nữa", "cuối năm nay", "năm mùi", "hai không hai bảy".

Years are read from plain words against the year of sending; a year that is over is None (the conversation asks again).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from intents.slots.form_text import FormText, whole_number
from intents.slots.numbers import SPOKEN_DIGITS
from intents.slots.phrases import pattern
from intents.slots.registration_data import table
from knowledge.vietnamese import fold, tone_last

BRANCHES = ("than", "dau", "tuat", "hoi", "ty", "suu", "dan", "mao", "thin", "ti", "ngo", "mui")  # 2016 was Bính Thân
FARTHEST = 15  # years ahead that a registration can mean


@dataclass(frozen=True)
class Year:
    """A year said, and the units it covers."""

    value: int
    start: int
    end: int


def years_in(text: FormText, now: int, *, bare: bool = False) -> list[Year]:
    """Every year said that is not over, in order. `bare`: the message answers the question for the year ("28", "2 năm")."""
    found: list[Year] = []
    index = 0
    while index < len(text.words):
        year = _year_at(text, index, now, bare)
        if year and now <= year.value <= now + FARTHEST:
            found.append(year)
        index = max(index + 1, year.end if year else 0)
    return found


def _year_at(text: FormText, index: int, now: int, bare: bool) -> Year | None:
    words = text.words
    before = words[index - 1] if index else ""
    for value, end in (
        _spoken(words, index),
        _figures(words, index, now, before, bare),
        _after(words, index, now, bare),
        _branch(text, index, now, bare),
    ):
        if value is not None:
            return Year(value, index, end)
    return _relative(text, index, now)


def _figures(words: tuple[str, ...], index: int, now: int, before: str, bare: bool) -> tuple[int | None, int]:
    """ "2028", "2k28", and "28" after "năm"."""
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else ""
    if re.fullmatch(r"(19|20)\d\d", word):
        return int(word), index + 1
    if (
        word == "2"
        and following in ("k", "khau", "khong", "nghin")
        and index + 2 < len(words)
        and re.fullmatch(r"\d{1,2}", words[index + 2])
    ):
        return 2000 + int(words[index + 2]), index + 3
    pair = words[index : index + 2]
    if (
        (before == "nam" or (bare and len(words) <= 3 and pair[-1:] != ("nam",)))
        and len(pair) == 2
        and pair[0] == "hai"
        and pair[1] != "khong"
        and pair[1] in SPOKEN_DIGITS
        and words[index + 2 : index + 3] not in (("nguoi",), ("khau",), ("nam",))
    ):
        return 2000 + int(SPOKEN_DIGITS[pair[0]] + SPOKEN_DIGITS[pair[1]]), index + 2
    if (
        re.fullmatch(r"\d\d", word)
        and (before == "nam" or bare)
        and now % 100 - 3 <= int(word) <= now % 100 + FARTHEST
        and following not in ("nam", "nguoi", "khau")
    ):
        return 2000 + int(word), index + 1
    return None, index


def _spoken(words: tuple[str, ...], index: int) -> tuple[int | None, int]:
    """ "hai không hai tám", "hai nghìn không trăm hai mươi tám", "hai nghìn hai tám"."""
    if words[index] not in ("hai", "2"):
        return None, index
    end, digits = index, ""
    while end < len(words) and words[end] in SPOKEN_DIGITS and len(digits) < 4:
        digits, end = digits + SPOKEN_DIGITS[words[end]], end + 1
    if len(digits) == 4 and digits.startswith("20"):
        return int(digits), end
    if digits == "202" and words[end : end + 1] == ("muoi",) and words[end + 1 : end + 2] and words[end + 1] in SPOKEN_DIGITS:
        return 2020 + int(SPOKEN_DIGITS[words[end + 1]]), end + 2
    if words[index + 1 : index + 2] and words[index + 1] in ("nghin", "ngan"):
        return _spoken_rest(words, index + 2)
    return None, index


def _spoken_rest(words: tuple[str, ...], index: int) -> tuple[int | None, int]:
    """What follows "hai nghìn": tens and units of a year of this century."""
    while index < len(words) and words[index] in ("khong", "tram", "le", "linh"):
        index += 1
    number = whole_number(words, index)
    if number and 10 <= number.value < 100:
        return 2000 + number.value, number.end
    pair = words[index : index + 2]
    if len(pair) == 2 and all(word in SPOKEN_DIGITS for word in pair):
        return 2000 + int(SPOKEN_DIGITS[pair[0]] + SPOKEN_DIGITS[pair[1]]), index + 2
    return None, index


def _after(words: tuple[str, ...], index: int, now: int, bare: bool) -> tuple[int | None, int]:
    """ "2 năm nữa", "trong 3 năm tới", "vài ba năm" is nothing: a number of years from now."""
    single = (
        words[index] in SPOKEN_DIGITS and words[index + 1 : index + 2] == ("nam",) and words[index + 2 : index + 3] in (("nua",), ("toi",))
    )
    if single and (not index or words[index - 1] not in SPOKEN_DIGITS) and words[index] != "khong":
        return now + int(SPOKEN_DIGITS[words[index]]), index + 3
    number = whole_number(words, index)
    if number is None or number.upper or not 0 < number.value <= FARTHEST or words[number.end : number.end + 1] != ("nam",):
        return None, index
    following = words[number.end + 1] if number.end + 1 < len(words) else ""
    ahead = following in ("nua", "toi", "sau") or (index and words[index - 1] in ("trong", "sau", "khoang", "vong", "qua"))
    if following in ("nay", "roi", "lien", "qua", "truoc", "tuoi") or not (ahead or bare):
        return None, index
    return now + number.value, number.end + (2 if following in ("nua", "toi", "sau") else 1)


def _branch(text: FormText, index: int, now: int, bare: bool) -> tuple[int | None, int]:
    """ "năm mùi", "năm Đinh Mùi", "năm con dê": the next such year, this year included."""
    words = text.words
    led = words[index] in ("nam", "tet")
    if not led and not bare:
        return None, index
    start = index + led
    start += words[start : start + 1] == ("con",)
    start += bool(words[start : start + 1]) and words[start] in table().words["stems"]
    word = words[start] if start < len(words) else ""
    animal = _animal(text, start) if start and words[start - 1] in ("con", "nam") else None
    branch = animal or (word if words[start - 1 : start] != ("con",) else None)
    if branch not in BRANCHES or (bare and not led and start == index):
        return None, index
    snake = branch == "ty" and (text.units[start].marked == "ty5" or words[start - 1] == "at")
    return now + (BRANCHES.index("ti" if snake else branch) + 2016 - now) % 12, start + 1


def _animal(text: FormText, index: int) -> str | None:
    """The branch of the animal named: "khỉ", or "khi" without accents where no other word is meant."""
    if index >= len(text.words):
        return None
    unit = text.units[index]
    found = next((name for name in table().animals if fold(name) == unit.word), None)
    meant = found is not None and (unit.marked == tone_last(found) or (unit.marked == unit.word and not text.accented))
    return table().animals[found] if found and meant and (unit.word != "ho" or text.words[index - 1] == "con") else None


def _relative(text: FormText, index: int, now: int) -> Year | None:
    line = "".join(f"{unit.word}={unit.marked} " for unit in text.units[index : index + 6])
    matches = [(match.end(), years) for years, expression in _relative_patterns() if (match := expression.match(line))]
    if not matches:
        return None
    length, years = max(matches)
    end = index + line[:length].count(" ")
    after = text.words[end] if end < len(text.words) else ""
    named = years == 0 and (
        after.isdigit()
        or after in ("hai", "toi", "sau", "con", "ngoai", "truoc", "kia", "qua", "xua")
        or after in table().words["stems"]
        or _animal(text, end)
    )
    counted = index > 0 and (text.words[index - 1].isdigit() or text.words[index - 1] in table().words["number_words"])
    named = named or (years == 0 and counted and text.words[index] == "nam")
    named = named or (years == 0 and index > 0 and text.words[index - 1] in ("may", "nhieu", "bao", "nhung", "may nam"))
    return None if named else Year(now + years, index, end)


@lru_cache(maxsize=1)
def _relative_patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple(
        (int(years), re.compile("|".join(pattern(one) for one in phrases))) for years, phrases in table().phrases["relative_years"].items()
    )
