"""Whole numbers as people say and write them: "12", "1.500", "hai mươi mốt", "mười lăm", "trăm rưỡi", "năm sáu", "3 chục".

Works on folded words (no accents), because that is what all matching uses. Scales of money (triệu, củ) are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.vietnamese import fold

DIGITS = {
    "khong": 0,
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "nham": 5,
    "sau": 6,
    "bay": 7,
    "bat": 7,
    "tam": 8,
    "chin": 9,
}
SPOKEN_DIGITS = {
    "khong": "0",
    "mot": "1",
    "hai": "2",
    "ba": "3",
    "bon": "4",
    "tu": "4",
    "nam": "5",
    "lam": "5",
    "sau": "6",
    "bay": "7",
    "tam": "8",
    "chin": "9",
}  # digits said one by one
STARTS = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin")
TENS = "muoi"
SHORT_TENS = {"ham": 20, "bam": 30}  # "hăm lăm", "băm mốt"
FIVES = ("lam", "nham")
AFTER_FIVE = frozenset(
    "ky ki kg can yen ta tan trieu tr cu nghin ngan k ho nha nguoi chau em cu dua con cai bao goi thung suat phan cong bo lit met".split()
)
DOZEN = "chuc"
HUNDRED = "tram"
THOUSANDS = ("nghin", "ngan")
ZERO_TENS = ("linh", "le")
FIGURE = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d+")


@dataclass(frozen=True)
class Number:
    """A number that ends before word `end`; `upper` is set for a span such as "năm sáu" (5 to 6)."""

    value: int
    end: int
    upper: int | None = None


def number_at(words: Sequence[str], start: int) -> Number | None:
    """The number that starts at word `start`, or None. "1.500" is 1500; "12" is 12; a decimal ("1,5") is None."""
    if start >= len(words):
        return None
    if words[start][:1].isdigit():
        return _figures(words, start)
    return _spoken(words, start)


def _figures(words: Sequence[str], start: int) -> Number | None:
    if not FIGURE.fullmatch(words[start]):
        return None
    value, end = int(re.sub(r"[.,]", "", words[start])), start + 1
    following = words[end] if end < len(words) else ""
    if following == DOZEN:
        return Number(value * 10, end + 1)
    if following == HUNDRED and value < 10:
        return Number(value * 100, end + 1)
    return Number(value, end)


def _spoken(words: Sequence[str], start: int) -> Number | None:
    below = _below_thousand(words, start)
    if below is None:
        return None
    value, end = below
    if end < len(words) and words[end] in THOUSANDS:
        rest = _below_thousand(words, end + 1)
        return Number(value * 1000 + rest[0], rest[1]) if rest and rest[0] >= 100 else Number(value * 1000, end + 1)
    if end == start + 1 and words[start] in STARTS and end < len(words) and words[end] in STARTS:
        upper = DIGITS[words[end]]
        if upper == value + 1 and (end + 1 >= len(words) or words[end + 1] != TENS):
            return Number(value, end + 1, upper)
    return Number(value, end)


def _below_thousand(words: Sequence[str], start: int) -> tuple[int, int] | None:
    """A spoken number below 1000 at `start`, and where it ends."""
    word = words[start] if start < len(words) else ""
    following = words[start + 1] if start + 1 < len(words) else ""
    if word in (TENS, DOZEN) or (word in STARTS and following in (TENS, DOZEN, HUNDRED)) or word == HUNDRED:
        if word == HUNDRED:
            return _after_hundred(words, 100, start + 1) if following == "ruoi" else None
        if following == HUNDRED and word in STARTS:
            return _after_hundred(words, DIGITS[word] * 100, start + 2)
        tens, end = (10, start + 1) if word in (TENS, DOZEN) else (DIGITS[word] * 10, start + 2)
        return _after_tens(words, tens, end)
    if word in SHORT_TENS and following in DIGITS and following not in ("khong", "bat"):
        return SHORT_TENS[word] + DIGITS[following], start + 2
    if word in STARTS and following in FIVES and start + 2 < len(words) and fold(words[start + 2]) in AFTER_FIVE:
        return DIGITS[word] * 10 + 5, start + 2  # "hai lăm ký"
    return (DIGITS[word], start + 1) if word in STARTS else None


def _after_tens(words: Sequence[str], tens: int, end: int) -> tuple[int, int]:
    unit = words[end] if end < len(words) else ""
    after = words[end + 1] if end + 1 < len(words) else ""
    if unit in DIGITS and unit not in ("khong", "bat") and after not in (TENS, DOZEN, HUNDRED):
        return tens + DIGITS[unit], end + 1
    return tens, end


def _after_hundred(words: Sequence[str], hundreds: int, end: int) -> tuple[int, int]:
    following = words[end] if end < len(words) else ""
    if following == "ruoi":
        return hundreds + 50, end + 1
    if following in ZERO_TENS and end + 1 < len(words) and words[end + 1] in DIGITS:
        return hundreds + DIGITS[words[end + 1]], end + 2
    rest = _below_thousand(words, end)
    if rest and rest[0] >= 10:
        return hundreds + rest[0], rest[1]
    if rest:  # "hai trăm rưởi" is above; "trăm hai" is 120
        return hundreds + rest[0] * 10, rest[1]
    return hundreds, end
