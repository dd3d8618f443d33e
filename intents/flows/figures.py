"""Finds dates, sums of money and percentages in a text; hours, telephone numbers, codes, document numbers and counts are none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from intents.codes import SHAPED
from intents.flows.figure_dates import DATES
from intents.flows.figure_values import COUNTED, Found, Kind, Reader, Value
from intents.slots.form_text import whole_number
from intents.slots.lexing import clean, lex
from intents.slots.money import Amount, tag_money
from knowledge.vietnamese import fold

NUMBER = r"\d+(?:[.,]\d+)?"
UNITS = "nguoi|khau|nhan khau|ho|thang|nam|ngay|tuan|quy|suat|con|lan|hoc sinh|em|chau|lao dong|ha|sao"

NO_FIGURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d/])\d+/(?:\d{1,2}/)?\d{4}/[a-z][\w-]*",  # documents: 24/2021/QĐ-TTg, 35/12/2016/NQ-HĐND
        r"\b(?:nghi dinh|quyet dinh|thong tu|nghi quyet|chi thi|cong van|luat|nd|qd|tt|nq)\s+(?:so\s*)?\d+/\d{4}\b",
        r"(?<![\d/])\d+\s?[/-]\s?[a-z]{2,}-[a-z]\w*",  # 165/KH-UBND
        r"(?<!\d)(?:\+?84|0)(?:[\s.-]?\d){8,10}(?!\d)",  # telephones
        r"(?<!\d)1[89]00(?:[\s.]?\d{2,4}){1,3}(?![\d.])(?!\s*(?:dong|d\b|vnd))",
        r"(?<![\d.,])\d{9,}(?![\d.,]|\s*(?:dong|d\b|vnd|trieu))",  # identity cards, accounts
        r"(?<![\d/.,])\d{1,2}\s?(?:h|g)\s?(?:\d{1,2}(?![\d/]))?(?:\s?(?:p|phut)\b)?(?![^\W\d_])",
        r"(?<![\d/.,])\d{1,2}\s?gio(?:\s(?:\d{1,2}(?![\d/.,])(?:\s?phut)?|ruoi))?\b",
        r"(?<![\d/.,])\d{1,2}:\d{2}(?!\d)",
        SHAPED.pattern,
    )
)
PERCENT = re.compile(
    rf"(?<![\d.,/])(?P<low>{NUMBER})\s*(?:%|phan tram)?(?:\s*(?:-|–|—|~|den|toi)\s*(?P<high>{NUMBER}))?\s*(?:%|phan tram\b)"
)
SPOKEN_PERCENT = re.compile(r"\b(?P<words>[a-z]+(?: [a-z]+){0,4}) phan tram\b")
SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,]|\s*\d)(?=\s*(?:đ|d\b|vn|Đ|$|[.;,)]))", re.IGNORECASE)  # 20 000 000 đồng
RATE = re.compile(rf"\s*/\s*(?:{UNITS})\b")
PER_AFTER = re.compile(rf"(?:\s*/\s*|\s+(?:moi|mot|tren|hang|tung|binh quan)\s+(?:mot\s+)?)({UNITS})\b")
PER_BEFORE = re.compile(rf"\b(?:moi|hang|tung|dau)\s+({UNITS})\b(?:\s*/\s*({UNITS})\b)?(?:\s+\w+){{0,3}}\s*$")
PER = re.compile(rf"(?:/\s*|\b(?:moi|mot|hang|dau|tung)\s+)({UNITS})\b")
SAME_UNIT = {"khau": "nguoi", "nhan khau": "nguoi", "lao dong": "nguoi"}


@dataclass(frozen=True)
class Figure:
    """A figure as written, at start..end of `Figure.source(text)`. `value` can be compared within a kind; `per` is what a rate is
    for ("nam", "nguoi")."""

    written: str
    kind: Kind
    value: Value
    start: int
    end: int
    per: frozenset[str] = frozenset()

    @staticmethod
    def source(text: str) -> str:
        """The text that places refer to."""
        return clean(text)

    @property
    def yearly(self) -> Value | None:
        """A day with its year as that day of the year."""
        return ("day", None, *self.value[2:]) if self.value[:1] == ("day",) and self.value[1] and len(self.value) == 4 else None

    @property
    def is_period(self) -> bool:
        return self.value[0] in ("period", "year")


def figures_of(text: str, today: date) -> list[Figure]:
    """Every date, sum and percentage of a text in order; "năm nay" after a day is the year of `today`."""
    source = clean(text)
    line = flat(source)
    for pattern in NO_FIGURES:
        line = _blanked(line, pattern)
    found: list[Found] = []
    for pattern, read in (*PERCENTS, *DATES):
        for match in list(pattern.finditer(line)):
            one = read(match, source, today)
            if one and line[one.start : one.end] == match.string[one.start : one.end]:
                found.append(one)
                line = f"{line[: one.start]}{'_' * (one.end - one.start)}{line[one.end :]}"
    masked = "".join(char if kept != "_" or char == "_" else "_" for char, kept in zip(source, line, strict=True))
    found += _sums(masked, line)
    found.sort(key=lambda one: one.start)
    limits = [*(one.start for one in found[1:]), len(source)][: len(found)]
    return [_figure(one, source, flat(source)[:limit]) for one, limit in zip(found, limits, strict=True)]


def flat(text: str) -> str:
    """The text folded, each character in its place."""
    return "".join((fold(char) or " ")[0] for char in text)


def per_units(line: str) -> frozenset[str]:
    """Everything that rates in a folded sentence are for."""
    return frozenset(SAME_UNIT.get(match[1], match[1]) for match in PER.finditer(line))


def _blanked(line: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: "_" * len(match[0]), line)


def _figure(found: Found, source: str, line: str) -> Figure:
    """The figure with what its rate is for; `line` ends where the next one begins."""
    end = found.end
    while found.kind != "date" and (rate := RATE.match(line, end)):
        end = rate.end()
    per: set[str] = set()
    if found.kind != "date":
        at = found.end
        while match := PER_AFTER.match(line, at):
            per.add(match[1])
            at = match.end()
        before = PER_BEFORE.search(line[max(0, found.start - 40) : found.start])
        per |= {unit for unit in before.groups() if unit} if before else set()
    units = frozenset(SAME_UNIT.get(unit, unit) for unit in per)
    return Figure(source[found.start : end], found.kind, found.value, found.start, end, units)


# -- percentages ---------------------------------------------------------------------------------------------------------------------


def _percent(match: re.Match[str], source: str, today: date) -> Found | None:
    low = float(match["low"].replace(",", "."))
    high = float(match["high"].replace(",", ".")) if match["high"] else low
    return Found("percent", ("share", low, high), match.start(), match.end())


def _spoken_percent(match: re.Match[str], source: str, today: date) -> Found | None:
    words = match["words"].split()
    for first in range(len(words)):
        number = whole_number(words, first)
        if number and number.end == len(words):
            start = match.end() - len(" ".join(words[first:]) + " phan tram")
            return Found("percent", ("share", float(number.value), float(number.value)), start, match.end())
    return None


PERCENTS: tuple[tuple[re.Pattern[str], Reader], ...] = ((PERCENT, _percent), (SPOKEN_PERCENT, _spoken_percent))

# -- money ------------------------------------------------------------------------------------------------------------------------------


def _sums(masked: str, line: str) -> list[Found]:
    """Sums by `intents.slots.money`; what is counted ("2 triệu cây") is none."""
    found = []
    masked = SPACED.sub(lambda match: match[0].replace(" ", "."), masked)
    for token in tag_money(lex(masked)).tokens:
        amount = token.value
        if not isinstance(amount, Amount) or "_" in line[token.start : token.end] or re.match(COUNTED, line[token.end :]):
            continue
        value: Value = ("foreign", line[token.start : token.end]) if amount.foreign else ("dong", amount.low, amount.high)
        found.append(Found("money", value, token.start, token.end))
    return found
