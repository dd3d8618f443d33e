"""The Vietnamese lunar calendar: a lunar day of a year turned into a day of the common calendar.

Hồ Ngọc Đức's method ("Tính lịch âm", after Jean Meeus): a month begins on the day of the new moon at UTC+7, month 11 holds
the winter solstice, and in a year of 13 months the first month without a principal term is the leap month.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

UTC_OFFSET = 7 / 24
EPOCH = 2415021  # Julian day number of 1/1/1900, from which new moons are counted
SYNODIC = 29.530588853
JULIAN_OF_ORDINAL = 1721425  # Julian day number of date.fromordinal(0)


def lunar_date(day: int, month: int, year: int) -> date | None:
    """The day on which lunar `day`/`month` of lunar `year` falls (leap months are left out), or None if it has none."""
    if not (1 <= month <= 12 and 1 <= day <= 30 and 1900 < year < 2200):
        return None
    start = month_start(month, year)
    found = start + timedelta(days=day - 1)
    return found if day <= 29 or found < _next_moon(start) else None


@lru_cache(maxsize=512)
def month_start(month: int, year: int) -> date:
    """The first day of a lunar month."""
    eleventh = _eleventh_month(year - 1) if month < 11 else _eleventh_month(year)
    offset = (month - 11) % 12
    index = _moon_index(eleventh) + offset
    following = _eleventh_month(eleventh.year + 1)
    if (following - eleventh).days > 365:
        leap = _leap_offset(eleventh)
        if offset >= leap:
            index += 1
    return _new_moon(index)


def _leap_offset(eleventh: date) -> int:
    """How many months after month 11 the leap month comes."""
    first = _moon_index(eleventh)
    for offset in range(1, 14):
        if _sun_sector(_new_moon(first + offset)) == _sun_sector(_new_moon(first + offset + 1)):
            return offset
    return 14


def _eleventh_month(year: int) -> date:
    """The first day of the lunar month that holds the winter solstice of a year."""
    index = int((_julian(date(year, 12, 31)) - EPOCH) / SYNODIC)
    start = _new_moon(index)
    return _new_moon(index - 1) if _sun_sector(start) >= 9 else start


def _next_moon(start: date) -> date:
    return _new_moon(_moon_index(start) + 1)


def _moon_index(start: date) -> int:
    """The number of the new moon on a day that begins a month."""
    return math.floor(0.5 + (_julian(start) - EPOCH) / SYNODIC)


def _julian(day: date) -> int:
    return day.toordinal() + JULIAN_OF_ORDINAL


@lru_cache(maxsize=2048)
def _new_moon(index: int) -> date:
    """The day, at UTC+7, of the new moon number `index` since 1/1/1900 (Meeus, mean new moon with its main corrections)."""
    t = index / 1236.85
    mean = 2415020.75933 + 29.53058868 * index + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * _sin(166.56 + 132.87 * t - 0.009173 * t**2)
    sun = 359.2242 + 29.10535608 * index - 0.0000333 * t**2 - 0.00000347 * t**3
    moon = 306.0253 + 385.81691806 * index + 0.0107306 * t**2 + 0.00001236 * t**3
    node = 21.2964 + 390.67050646 * index - 0.0016528 * t**2 - 0.00000239 * t**3
    change = (0.1734 - 0.000393 * t) * _sin(sun) + 0.0021 * _sin(2 * sun) - 0.4068 * _sin(moon) + 0.0161 * _sin(2 * moon)
    change += -0.0004 * _sin(3 * moon) + 0.0104 * _sin(2 * node) - 0.0051 * _sin(sun + moon) - 0.0074 * _sin(sun - moon)
    change += 0.0004 * _sin(2 * node + sun) - 0.0004 * _sin(2 * node - sun) - 0.0006 * _sin(2 * node + moon)
    change += 0.0010 * _sin(2 * node - moon) + 0.0005 * _sin(2 * moon + sun)
    delta = -0.000278 + 0.000265 * t + 0.000262 * t**2
    return date.fromordinal(math.floor(mean + change - delta + 0.5 + UTC_OFFSET) - JULIAN_OF_ORDINAL)


def _sun_sector(day: date) -> int:
    """In which of twelve parts of its yearly way the sun stands at midnight; the winter solstice begins part 9."""
    t = (_julian(day) - 0.5 - UTC_OFFSET - 2451545.0) / 36525
    anomaly = 357.52910 + 35999.05030 * t - 0.0001559 * t**2 - 0.00000048 * t**3
    length = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    length += (1.914600 - 0.004817 * t - 0.000014 * t**2) * _sin(anomaly)
    length += (0.019993 - 0.000101 * t) * _sin(2 * anomaly) + 0.000290 * _sin(3 * anomaly)
    return int((length % 360) / 30)


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))
