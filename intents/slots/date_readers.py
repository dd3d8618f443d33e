"""What an expression of time stands for: readers from a match of `date_patterns` and the day of sending to a `When`.

Each reader gives None where the match is no date after all; what cannot be (31/2, a day to come) is a `When` with a doubt.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from intents.slots.lunar import lunar_date
from intents.slots.numbers import number_at

PAIR = r"(?:hai|ba) (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin)"  # "ngày hai bảy" is the 27th
WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
FEASTS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "feasts.toml").read_text(encoding="utf-8"))

EVES = ("noel", "giang sinh")  # kept on the night before


@dataclass(frozen=True)
class When:
    """A day, or a month "YYYY-MM", or neither ("hôm nọ"). `doubt` names what cannot be; `last` ends a span of days."""

    day: date | None = None
    month: str | None = None
    doubt: str | None = None
    weak: bool = False
    days: int | None = None  # how many, where the first and the last are said

    @property
    def known(self) -> bool:
        return bool(self.day or self.month or self.doubt)


Reader = Callable[[re.Match[str], date], "When | None"]


def _number(text: str | None) -> int:
    if not text:
        return 0
    words = text.split()
    if len(words) == 2 and (words[0] == "ham" or re.fullmatch(PAIR, text)):
        return {"ham": 20, "hai": 20, "ba": 30}[words[0]] + ({"tu": 4}.get(words[1]) or _number(words[1]))
    found = number_at(words, 0)
    return found.value if found else {"tu": 4, "lam": 5, "nham": 5}.get(text, 0)


def _day(day: int, month: int, year: int, today: date) -> When:
    """A stated day: impossible ones and those after today are doubtful."""
    try:
        found = date(year, month, day)
    except ValueError:
        return When(doubt="no_such_day")
    return When(found, doubt="future_date" if found > today else None)


def _latest(day: int, month: int, today: date) -> When:
    """The latest such day not after today; 29/2 looks back as far as it has to."""
    for year in range(today.year, today.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            if (day, month) != (29, 2):
                return When(doubt="no_such_day")
            if year == today.year and today.month > 2:
                return When(doubt="no_such_day")
            continue
        if found <= today:
            return When(found)
    return When(doubt="no_such_day")


def _year(text: str | None) -> int | None:
    return None if not text else int(text) if len(text) == 4 else 2000 + int(text)


def read_stated(match: re.Match[str], today: date) -> When | None:
    day, month, year = _number(match["day"]), _number(match["month"]), _year(match["year"])
    from_word = match["day"] == "tu" and not re.match(r"(?:\w+ )*(?:ngay|mung|mong|hom) tu\b", match[0])  # "từ tháng 9"
    if not day or not month or from_word:
        return None
    if match.groupdict().get("lunar"):
        return _lunar(day, month, year, today)
    if this := match.groupdict().get("this"):
        year = today.year - 1 if this.endswith(("ngoai", "truoc")) else today.year
    return _day(day, month, year, today) if year else _latest(day, month, today)


def _lunar(day: int, month: int, year: int | None, today: date) -> When:
    years = [year] if year else [today.year, today.year - 1]
    for lunar_year in years:
        found = lunar_date(day, month, lunar_year)
        if found is None and day == 30 and month == 12:
            found = lunar_date(29, month, lunar_year)  # people call New Year's eve the 30th even in a short month
        if found and found <= today:
            return When(found)
        if found and year:
            return When(found, doubt="future_date")
    return When(doubt="no_such_day")


def _months_back(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - count
    return months // 12, months % 12 + 1


def read_day_of_month(match: re.Match[str], today: date) -> When | None:
    """ "25 tháng trước", "mùng 3 vừa rồi", "ngày 12": a day without its month."""
    day = _number(match["day"])
    if not 1 <= day <= 31:
        return None
    which = match.groupdict().get("which") or ""
    if which.startswith("thang"):
        year, month = _months_back(today, 0 if which == "thang nay" else 1)
        return _day(day, month, year, today)
    for back in range(0, 3):
        year, month = _months_back(today, back)
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return When(found)
    return None


def read_weekday(match: re.Match[str], today: date, name: str = "weekday") -> When:
    number = WEEKDAYS.get(re.sub(r"^(?:thu|t|-) ?", "", match[name]), 6)
    which = match["which"] or ""
    monday = today - timedelta(days=today.weekday())
    if which.startswith("tuan"):
        weeks = 2 if which.endswith(("nua", "kia")) else 0 if which.endswith("nay") else -1 if which.endswith(("sau", "toi")) else 1
        found = monday + timedelta(days=number - 7 * weeks)
        return When(found, doubt="future_date" if found > today else None)
    if which in ("nay", "hom nay") and today.weekday() == number:
        return When(today)
    if which in ("toi", "sap toi", "sap den"):
        return When(monday + timedelta(days=7 + number), doubt="future_date")
    back = (today.weekday() - number - 1) % 7 + 1
    return When(today - timedelta(days=back))


def read_weekday_span(match: re.Match[str], today: date) -> When:
    """ "từ thứ hai đến thứ tư tuần trước": the first day, and how many; it does not come after the last."""
    first, last = read_weekday(match, today).day, read_weekday(match, today, "last" if match["last"] else "bare").day
    assert first and last
    while first > last:
        first -= timedelta(days=7)
    return When(first, doubt="future_date" if first > today else None, days=(last - first).days + 1)


def read_week_start(match: re.Match[str], today: date) -> When:
    """ "đầu tuần này": its Monday."""
    which = match["which"]
    weeks = 0 if which in ("tuan", "tuan nay") else 2 if which.endswith(("nua", "kia")) else 1
    if which.endswith(("sau", "toi")):
        return When(doubt="future_date")
    return When(today - timedelta(days=today.weekday() + 7 * weeks))


def read_ago(match: re.Match[str], today: date) -> When | None:
    count, unit = _number(match["count"]), match["unit"]
    if not count:
        return None
    days = {"tuan": 7 * count}.get(unit, count)
    if unit == "thang":
        year, month = _months_back(today, count)
        return When(month=f"{year}-{month:02}")
    return When(today - timedelta(days=days))


def read_month(match: re.Match[str], today: date) -> When | None:
    """A month alone: the latest one not after this month."""
    names = {"gieng": 1, "mot": 11, "chap": 12}
    text = match["month"]
    if text in ("gieng", "chap"):
        return When(weak=True)
    month, year = _number(text) or names.get(text, 0), _year(match["year"])
    if not 1 <= month <= 12:
        return When(doubt="no_such_day") if month > 12 else None
    if match["past"]:
        year = today.year - 1
    if year is None:
        year = today.year if month <= today.month else today.year - 1
    return When(month=f"{year}-{month:02}", doubt="future_date" if (year, month) > (today.year, today.month) else None)


def read_relative_month(back: int) -> Reader:
    def read(match: re.Match[str], today: date) -> When:
        year, month = _months_back(today, back)
        return When(month=f"{year}-{month:02}")

    return read


def read_days_back(back: int) -> Reader:
    return lambda match, today: When(today - timedelta(days=back), doubt="future_date" if back < 0 else None)


def read_vague(match: re.Match[str], today: date) -> When:
    return When(weak=True)


def read_future(match: re.Match[str], today: date) -> When:
    return When(doubt="future_date")


def read_tet(match: re.Match[str], today: date) -> When | None:
    """Days around the lunar New Year: "27 tết" is of the last month, "mùng 3 tết" of the first."""
    day = _number(match["day"])
    first = (bool(match["first"]) and day <= 15) or day <= 10
    return _lunar(day, 1 if first else 12, None, today) if 1 <= day <= 30 else None


def read_feast(match: re.Match[str], today: date) -> When | None:
    """A feast by its name, of either calendar: the latest one not after today."""
    name = match["feast"]
    kind = "lunar" if name in FEASTS["lunar"] else "solar"
    day, month = map(int, FEASTS[kind][name].split("/"))
    if name in EVES and re.search(r"\b(?:dem|toi) (?:le )?" + name, match[0]):
        day -= 1
    return _lunar(day, month, None, today) if kind == "lunar" else _latest(day, month, today)


def read_full_moon(match: re.Match[str], today: date) -> When | None:
    names = {"gieng": 1, "chap": 12}
    text = match["month"]
    if text:
        month = names.get(text) or _number(text)
        return _lunar(15, month, None, today) if 1 <= month <= 12 else None
    found = [lunar_date(15, month, year) for year in (today.year - 1, today.year) for month in range(1, 13)]
    past = [day for day in found if day and day <= today]
    return When(max(past)) if past else None


def read_lunar_day(match: re.Match[str], today: date) -> When | None:
    """The latest such day of a lunar month ("hôm 15 âm")."""
    day = _number(match["day"])
    found = [lunar_date(day, month, year) for year in (today.year - 1, today.year) for month in range(1, 13)]
    return When(max(past)) if (past := [one for one in found if one and one <= today]) else None


def read_lunar_month_day(match: re.Match[str], today: date) -> When | None:
    month = {"gieng": 1, "chap": 12, "mot": 11}.get(match["month"]) or _number(match["month"])
    day = 15 if match["day"] == "ram" else _number(match["day"])
    return _lunar(day, month, None, today) if day and month else None


def read_first_of_span(match: re.Match[str], today: date) -> When | None:
    """ "5-6/9", "từ 3/8 đến 28/8": the first day, in the month and year of the last where it has none."""
    year, month = _year(match["year"]), _number(match.groupdict().get("first_month")) or _number(match["month"])
    day, last = _number(match["day"]), _number(match.groupdict().get("last"))
    when = _day(day, month, year, today) if year else _latest(day, month, today)
    days = last - day + 1 if last > day and month == _number(match["month"]) else None
    return replace(when, days=days) if days and when.day else when


def read_first_of_this(match: re.Match[str], today: date) -> When | None:
    """ "từ 1-5 tháng này", "mùng 3 đến mùng 5 vừa rồi": the first day, and how many."""
    when, days = read_day_of_month(match, today), _number(match["last"]) - _number(match["day"]) + 1
    return replace(when, days=days) if when and days > 1 else None
