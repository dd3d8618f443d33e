"""The day on which an announcement is to be sent: dates, days from now, days of the week, today and tomorrow."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from intents.slots.date_readers import WEEKDAYS
from intents.slots.sending_words import FARTHEST, Impossible, N, Vague, number

LONG_PAST = timedelta(days=180)  # a day of the year that passed longer ago than this is next year's

DAYS_AHEAD = re.compile(rf"(?<!thu )(?<!t )\b(?P<count>{N}) (?P<unit>ngay|NGAY|hom|tuan) (?:nua|sau|SAU)\b")
FULL = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b")
SPELLED = re.compile(rf"\b(?:NGAY |ngay |mung )?(?P<day>{N}) thang (?P<month>{N}|nay|sau|SAU|TOI|toi)\b(?: nam (?P<year>20\d\d)\b)?")
DAY_MONTH = re.compile(r"(?<![\d/.:])(\d{1,2})[/](\d{1,2})(?![\d/])|\b(?:ngay|NGAY|hom) (\d{1,2})\.(\d{1,2})\b")
DAY_ALONE = re.compile(r"\b(?:ngay|NGAY) (\d{1,2})\b(?! ?(?:gio|h|g|phut|nua|:))")
WEEKDAY = re.compile(
    r"\b(?:(?:thu|t) ?(?P<number>[2-7]|hai|ba|tu|nam|sau|bay)|(?P<sunday>chu nhat|cn))\b(?: (?P<which>tuan (?:nay|sau|SAU|TOI|toi|den)|nay|TOI|SAU))?"
)
WEEK_BEFORE = re.compile(r"\b(?P<qua>(?:QUA|sang) tuan|tuan (?:sau|SAU|TOI|toi|den))\b")
NAMED_DAYS = (
    (re.compile(r"\b(?:NGAY|ngay|hom)? ?(?:KIA|kia)\b|\b(?:ngay|sang|trua|chieu|toi) mot\b(?! gio)"), 2),
    (re.compile(r"\b(?:NGAY |ngay |hom )?mai\b"), 1),
    (re.compile(r"\b(?:NGAY |ngay |LIEN |trong )?hom nay\b|(?<=sang )nay\b|(?<=trua )nay\b|(?<=chieu )nay\b|(?<=toi )nay\b|(?<=dem )nay\b"), 0),
    (re.compile(r"\bhom qua\b"), -1),
)
NO_WEEKDAY = re.compile(r"\bthu ?(?:[0189]|\d\d)\b")


def day_of(line: str, now: datetime) -> tuple[date | None, str]:
    """The day said, None where none is, and the line without its words. Of two days it has to be asked which; a weekday that is
    not the date's cannot be."""
    today, found = now.date(), []
    rest = line
    for pattern, read in ((FULL, _full), (SPELLED, _spelled), (DAY_MONTH, _day_month), (DAYS_AHEAD, _days_ahead), (DAY_ALONE, _day_alone)):
        for match in pattern.finditer(rest):
            found.append(read(match, today))
        rest = pattern.sub(" ", rest)
    if len(set(found)) > 1:
        raise Vague
    for match in WEEKDAY.finditer(rest):
        found.append(_weekday(match, today, found, later=WEEK_BEFORE.search(rest) is not None))
    rest = WEEKDAY.sub(" ", rest)
    for pattern, days in NAMED_DAYS:
        if pattern.search(rest):
            found.append(today + timedelta(days=days))
            rest = pattern.sub(" ", rest)
    if len(set(found)) > 1 or NO_WEEKDAY.search(rest):
        raise Impossible
    return (found[0] if found else None), rest


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Impossible from error


def _full(match: re.Match[str], today: date) -> date:
    day, month, year = map(int, match.groups())
    return _date(year if year > 99 else 2000 + year, month, day)


def _yearly(day: int, month: int, today: date) -> date:
    """Such a day of this year, or of the next where this year's is long past."""
    found = _date(today.year, month, day)
    return found if today - found < LONG_PAST else _date(today.year + 1, month, day)


def _day_month(match: re.Match[str], today: date) -> date:
    return _yearly(int(match[1] or match[3]), int(match[2] or match[4]), today)


def _spelled(match: re.Match[str], today: date) -> date:
    day, said = number(match["day"]), match["month"]
    if said in ("nay", "sau", "SAU", "TOI", "toi"):
        month = today.month if said == "nay" else today.month % 12 + 1
        return _date(today.year + (month < today.month), month, day)
    return _date(int(match["year"]), number(said), day) if match["year"] else _yearly(day, number(said), today)


def _days_ahead(match: re.Match[str], today: date) -> date:
    count = number(match["count"])
    if count > FARTHEST:
        raise Impossible
    return today + timedelta(days=count * (7 if match["unit"] == "tuan" else 1))


def _day_alone(match: re.Match[str], today: date) -> date:
    """ "ngày 25": the next such day, today included."""
    day = int(match[1])
    if day >= today.day:
        return _date(today.year, today.month, day)
    return _date(today.year + today.month // 12, today.month % 12 + 1, day)


def _weekday(match: re.Match[str], today: date, stated: list[date], *, later: bool) -> date:
    number = 6 if match["sunday"] else WEEKDAYS[match["number"]]
    which = match["which"] or ""
    for day in stated:
        if day.weekday() == number:
            return day
    monday = today - timedelta(days=today.weekday())
    if which.startswith("tuan") or later:
        return monday + timedelta(days=number + (0 if which == "tuan nay" else 7))
    ahead = (number - today.weekday()) % 7
    if ahead == 0 and which in ("", "SAU"):
        raise Vague
    return today + timedelta(days=ahead or (7 if which == "TOI" else 0))
