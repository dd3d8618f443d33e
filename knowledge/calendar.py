"""Dates: today in Việt Nam, the dates and years a text states, and the time between two days.

A deadline that recurs ("30/11 hằng năm") recurs only inside its plan's period.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FULL = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
SPELLED = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})")
DAY_MONTH = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
YEAR = re.compile(r"(?<![\d/])(20\d\d)(?![\d/])")


@dataclass(frozen=True)
class Deadline:
    """The next day a recurring date falls on, or None when none is left; `last` is the last it fell on.

    `over` tells that the plan's period is over, so that the date recurs no more.
    """

    next: date | None
    last: date
    over: bool


def today_in_vietnam() -> date:
    return datetime.now(ZONE).date()


def full_dates(text: str) -> list[date]:
    """Dates with day, month and year, in order; impossible ones (31/2) are left out."""
    found = [(m.start(), m.groups()) for pattern in (FULL, SPELLED) for m in pattern.finditer(text)]
    dates = []
    for _, (day, month, year) in sorted(found):
        try:
            dates.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return dates


def day_months(text: str) -> list[tuple[int, int]]:
    """Days of the year without a year, as (day, month)."""
    pairs = [(int(m[1]), int(m[2])) for m in DAY_MONTH.finditer(text)]
    return [(day, month) for day, month in pairs if 1 <= day <= 31 and 1 <= month <= 12]


def years(text: str) -> list[int]:
    return [int(m[1]) for m in YEAR.finditer(text)]


def recurring(day: int, month: int, period: tuple[int, int], today: date, *, inclusive: bool = True) -> Deadline:
    """A yearly date inside a plan's period, seen from `today`; "trước ngày 30/11" is not `inclusive`: that day is late."""
    days = [date(year, month, day) for year in range(period[0], period[1] + 1)]
    following = [found for found in days if found > today or (inclusive and found == today)]
    past = [found for found in days if found not in following]
    return Deadline(following[0] if following else None, past[-1] if past else days[0], today.year > period[1])


def coming(day: int, month: int, today: date) -> date:
    """The next such day of the year, today included, whatever any plan says."""
    found = date(today.year, month, day)
    return found if found >= today else date(today.year + 1, month, day)


def between(start: date, end: date) -> tuple[int, int, int]:
    """Whole years and months, and all the days, from `start` to `end` (start <= end)."""
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return months // 12, months % 12, (end - start).days


def in_words(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
