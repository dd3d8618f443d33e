"""Dates, periods, quarters, months and years in a text: the patterns of a folded text, and how each is read."""

from __future__ import annotations

import re
from datetime import date

from intents.flows.figure_values import COUNTED, Found, Reader, Value
from intents.slots.form_text import whole_number

SPOKEN = r"(?:(?:hai |ba )?muoi(?: (?:mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin))?|mot|hai|ba|bon|tu|nam|sau|bay|tam|chin)"
N = rf"(?:\d{{1,2}}|{SPOKEN})"
Y = r"(?:19|20)\d\d"
YEAR = rf"(?:\s*(?:/|-|,)?\s*(?:nam\s+)?(?P<year>{Y}|nam\s+nay|nam\s+sau|nam\s+toi)(?![\d/]))?"
FRACTION = r"\s*(?:so\b|tong\b|chi so|thanh vien|dai bieu|dien tich|dan so|chi tieu|ho\b|lop\b|thon\b|xa\b|nguoi\b|khau\b)"
QUARTER_WORDS = frozenset("quý qúy quy i ii iii iv một mot hai ba bốn bon tư tu".split())


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


def _day(match: re.Match[str], source: str, today: date) -> Found | None:
    day, month = _number(match["day"]), _number(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    lunar = re.match(r"\s*\(?\s*(?:am lich|al\b|am\b)", match.string[match.end() :])
    value: Value = ("day", _year(match.groupdict().get("year"), today), month, day)
    return Found("date", (*value, "lunar") if lunar else value, match.start(), match.end())


def _days(match: re.Match[str], source: str, today: date) -> Found | None:
    first, last, month = int(match["first"]), int(match["last"]), int(match["month"])
    fits = 1 <= first < last <= 31 and 1 <= month <= 12
    return Found("date", ("days", _year(match["year"], today), month, first, last), match.start(), match.end()) if fits else None


def _period(match: re.Match[str], source: str, today: date) -> Found | None:
    first, last = int(match["first"]), int(match["last"])
    return Found("date", ("period", first, last if last > 99 else first // 100 * 100 + last), match.start(), match.end())


def _quarter(match: re.Match[str], source: str, today: date) -> Found | None:
    if not QUARTER_WORDS.issuperset(source[match.start() : match.end("quarter")].casefold().split()) and not match["quarter"].isdecimal():
        return None  # "quỹ", "quý bà con"
    said = match["quarter"]
    number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(said) or _number(said)
    return Found("date", ("quarter", _year(match["year"], today), number), match.start(), match.end())


def _month(match: re.Match[str], source: str, today: date) -> Found | None:
    month = {"gieng": 1, "chap": 12}.get(match["month"]) or _number(match["month"])
    return Found("date", ("month", _year(match["year"], today), month), match.start(), match.end()) if 1 <= month <= 12 else None


def _day_alone(match: re.Match[str], source: str, today: date) -> Found | None:
    day = _number(match["day"])
    return Found("date", ("day of month", day), match.start(), match.end()) if 1 <= day <= 31 else None


def _one_year(match: re.Match[str], source: str, today: date) -> Found | None:
    return Found("date", ("year", int(match["year"])), match.start(), match.end())


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
    (
        re.compile(rf"(?<!moi )(?<!mot )(?<!trong )\bngay\s+(?P<day>\d{{1,2}})\b(?![/.,-]\d|\s?(?:trieu|nghin|k|dong|gio|h)\b|{COUNTED})"),
        _day_alone,
    ),
    (re.compile(rf"(?<![\d/.,-])(?:nam\s+)?(?<!\w)(?P<year>{Y})(?![\d/]|[.,]\d|\s*(?:dong|d|vnd|trieu|nghin|k)\b|{COUNTED})"), _one_year),
)
