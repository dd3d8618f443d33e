"""Finds dates, sums of money and percentages in a text; hours, telephone numbers, codes, document numbers and counts are none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from intents.codes import SHAPED
from intents.slots.form_text import whole_number
from intents.slots.lexing import clean, lex
from intents.slots.money import Amount, tag_money
from knowledge.vietnamese import fold

Kind = Literal["date", "money", "percent"]
Value = tuple[str | int | float | None, ...]

NUMBER = r"\d+(?:[.,]\d+)?"
SPOKEN = r"(?:(?:hai |ba )?muoi(?: (?:mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin))?|mot|hai|ba|bon|tu|nam|sau|bay|tam|chin)"
N = rf"(?:\d{{1,2}}|{SPOKEN})"
Y = r"(?:19|20)\d\d"
YEAR = rf"(?:\s*(?:/|-|,)?\s*(?:nam\s+)?(?P<year>{Y}|nam\s+nay|nam\s+sau|nam\s+toi)(?![\d/]))?"
UNITS = "nguoi|khau|nhan khau|ho|thang|nam|ngay|tuan|quy|suat|con|lan|hoc sinh|em|chau|lao dong|ha|sao"
COUNTED = r"\s*(?:ho|nguoi|khau|con|cay|em|chau|suat|lan|buoi|thanh vien|dai bieu|luot|ban|bo|chiec|lao dong|hoc sinh|kg|ha|tan|xa|thon)\b"
FRACTION = r"\s*(?:so\b|tong\b|chi so|thanh vien|dai bieu|dien tich|dan so|chi tieu|ho\b|lop\b|thon\b|xa\b|nguoi\b|khau\b)"

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
PERCENT = re.compile(rf"(?<![\d.,/])(?P<low>{NUMBER})\s*(?:%|phan tram)?(?:\s*(?:-|–|—|~|den|toi)\s*(?P<high>{NUMBER}))?\s*(?:%|phan tram\b)")
SPOKEN_PERCENT = re.compile(r"\b(?P<words>[a-z]+(?: [a-z]+){0,4}) phan tram\b")
SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,]|\s*\d)(?=\s*(?:đ|d\b|vn|Đ|$|[.;,)]))", re.IGNORECASE)  # 20 000 000 đồng
RATE = re.compile(rf"\s*/\s*(?:{UNITS})\b")
PER_AFTER = re.compile(rf"(?:\s*/\s*|\s+(?:moi|mot|tren|hang|tung|binh quan)\s+(?:mot\s+)?)({UNITS})\b")
PER_BEFORE = re.compile(rf"\b(?:moi|hang|tung|dau)\s+({UNITS})\b(?:\s*/\s*({UNITS})\b)?(?:\s+\w+){{0,3}}\s*$")
PER = re.compile(rf"(?:/\s*|\b(?:moi|mot|hang|dau|tung)\s+)({UNITS})\b")
QUARTER_WORDS = frozenset("quý qúy quy i ii iii iv một mot hai ba bốn bon tư tu".split())
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


@dataclass(frozen=True)
class _Found:
    kind: Kind
    value: Value
    start: int
    end: int


def figures_of(text: str, today: date) -> list[Figure]:
    """Every date, sum and percentage of a text in order; "năm nay" after a day is the year of `today`."""
    source = clean(text)
    line = flat(source)
    for pattern in NO_FIGURES:
        line = _blanked(line, pattern)
    found: list[_Found] = []
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


def _figure(found: _Found, source: str, line: str) -> Figure:
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


def _percent(match: re.Match[str], source: str, today: date) -> _Found | None:
    low = float(match["low"].replace(",", "."))
    high = float(match["high"].replace(",", ".")) if match["high"] else low
    return _Found("percent", ("share", low, high), match.start(), match.end())


def _spoken_percent(match: re.Match[str], source: str, today: date) -> _Found | None:
    words = match["words"].split()
    for first in range(len(words)):
        number = whole_number(words, first)
        if number and number.end == len(words):
            start = match.end() - len(" ".join(words[first:]) + " phan tram")
            return _Found("percent", ("share", float(number.value), float(number.value)), start, match.end())
    return None


Reader = Callable[[re.Match[str], str, date], _Found | None]
PERCENTS: tuple[tuple[re.Pattern[str], Reader], ...] = ((PERCENT, _percent), (SPOKEN_PERCENT, _spoken_percent))

# -- dates -----------------------------------------------------------------------------------------------------------------------------


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    number = whole_number(text.split(), 0)
    return number.value if number else {"tu": 4}.get(text, 0)


def _year(text: str | None, today: date) -> int | None:
    if not text:
        return None
    if text.isdecimal():
        return int(text) if len(text) == 4 else 2000 + int(text)
    return today.year + (0 if text.endswith("nay") else 1)


def _day(match: re.Match[str], source: str, today: date) -> _Found | None:
    day, month = _number(match["day"]), _number(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    lunar = re.match(r"\s*\(?\s*(?:am lich|al\b|am\b)", match.string[match.end() :])
    value: Value = ("day", _year(match.groupdict().get("year"), today), month, day)
    return _Found("date", (*value, "lunar") if lunar else value, match.start(), match.end())


def _days(match: re.Match[str], source: str, today: date) -> _Found | None:
    first, last, month = int(match["first"]), int(match["last"]), int(match["month"])
    fits = 1 <= first < last <= 31 and 1 <= month <= 12
    return _Found("date", ("days", _year(match["year"], today), month, first, last), match.start(), match.end()) if fits else None


def _period(match: re.Match[str], source: str, today: date) -> _Found | None:
    first, last = int(match["first"]), int(match["last"])
    return _Found("date", ("period", first, last if last > 99 else first // 100 * 100 + last), match.start(), match.end())


def _quarter(match: re.Match[str], source: str, today: date) -> _Found | None:
    if not QUARTER_WORDS.issuperset(source[match.start() : match.end("quarter")].casefold().split()) and not match["quarter"].isdecimal():
        return None  # "quỹ", "quý bà con"
    said = match["quarter"]
    number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(said) or _number(said)
    return _Found("date", ("quarter", _year(match["year"], today), number), match.start(), match.end())


def _month(match: re.Match[str], source: str, today: date) -> _Found | None:
    month = {"gieng": 1, "chap": 12}.get(match["month"]) or _number(match["month"])
    return _Found("date", ("month", _year(match["year"], today), month), match.start(), match.end()) if 1 <= month <= 12 else None


def _day_alone(match: re.Match[str], source: str, today: date) -> _Found | None:
    day = _number(match["day"])
    return _Found("date", ("day of month", day), match.start(), match.end()) if 1 <= day <= 31 else None


def _one_year(match: re.Match[str], source: str, today: date) -> _Found | None:
    return _Found("date", ("year", int(match["year"])), match.start(), match.end())


DATES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(rf"(?<![\d/.,])(?P<first>\d{{1,2}})\s?[-–]\s?(?P<last>\d{{1,2}})/(?P<month>\d{{1,2}}){YEAR}(?![\d/]|[.,]\d)"), _days),
    (re.compile(r"(?<![\d/.,])(?P<day>\d{1,2})\s?([/.-])\s?(?P<month>\d{1,2})\s?\2\s?(?P<year>\d{4}|\d\d)(?![\d/]|[.,]\d)"), _day),
    (re.compile(rf"\b(?:ngay|mung|hom)\s+(?P<day>{N})\s+thang\s+(?P<month>{N})\b{YEAR}"), _day),
    (re.compile(rf"(?<![\d/.,])(?P<day>\d{{1,2}})\s+thang\s+(?P<month>\d{{1,2}})\b(?!/?\d){YEAR}(?!{COUNTED})"), _day),
    (re.compile(rf"(?<![\d/.,])(?P<first>{Y})\s*(?:-|–|—|den(?:\s+het)?|toi)\s*(?:nam\s+)?(?P<last>{Y}|\d\d)(?![\d/.,]\d|\d)"), _period),
    (re.compile(rf"\bquy\s+(?P<quarter>iii|ii|iv|i|[1-4]|mot|hai|ba|bon|tu)\b(?! con\b){YEAR}"), _quarter),
    (
        re.compile(
            rf"(?<!\d )(?<!moi )(?<!hang )(?<!mot )(?<!tung )\bthang\s+(?P<month>\d{{1,2}}|gieng|chap|muoi(?: mot| hai)?|hai|ba|tu|sau|bay|tam|chin)\b"
            rf"(?![\d.,]*\d|\s?(?:trieu|tr|nghin|ngan|k|dong|ngay|gio)\b|{COUNTED}){YEAR}"
        ),
        _month,
    ),
    (re.compile(rf"(?<![\d/.,])(?P<month>\d{{1,2}})[/-](?P<year>{Y})(?![\d/])"), _month),
    (re.compile(rf"(?<![\d/.,])(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?![\d/]|[.,]\d|{FRACTION}){YEAR}"), _day),
    (re.compile(r"(?<=ngay )(?P<day>\d{1,2})[.-](?P<month>\d{1,2})(?!\d|[.,/-]\d)"), _day),
    (re.compile(rf"(?<!moi )(?<!mot )(?<!trong )\bngay\s+(?P<day>\d{{1,2}})\b(?![/.,-]\d|\s?(?:trieu|nghin|k|dong|gio|h)\b|{COUNTED})"), _day_alone),
    (re.compile(rf"(?<![\d/.,-])(?:nam\s+)?(?<!\w)(?P<year>{Y})(?![\d/]|[.,]\d|\s*(?:dong|d|vnd|trieu|nghin|k)\b|{COUNTED})"), _one_year),
)

# -- money ------------------------------------------------------------------------------------------------------------------------------


def _sums(masked: str, line: str) -> list[_Found]:
    """Sums by `intents.slots.money`; what is counted ("2 triệu cây") is none."""
    found = []
    masked = SPACED.sub(lambda match: match[0].replace(" ", "."), masked)
    for token in tag_money(lex(masked)).tokens:
        amount = token.value
        if not isinstance(amount, Amount) or "_" in line[token.start : token.end] or re.match(COUNTED, line[token.end :]):
            continue
        value: Value = ("foreign", line[token.start : token.end]) if amount.foreign else ("dong", amount.low, amount.high)
        found.append(_Found("money", value, token.start, token.end))
    return found
