"""Days of work in a report: said as such ("12 công"), or people times the days that they worked."""

from __future__ import annotations

from intents.slots.dates import When
from intents.slots.gather import JOINS
from intents.slots.lexing import Line
from intents.slots.money import countable
from intents.slots.numbers import number_at
from intents.slots.quantities import Count
from knowledge.vietnamese import fold

MOST_DAYS = 32
ADDED_WITHIN = 8  # words


def labour_days(line: Line, people: int | None, *, worked: bool, busy: bool) -> int | None:
    """Days of work: said as such, or people times whole days."""
    for index, token in enumerate(line.tokens):
        if token.tag == "cong" and isinstance(token.value, int):
            rate = next((str(before.value) for before in line.tokens[max(0, index - 3) : index + 2] if before.tag == "each"), None)
            return token.value * _workers(line, people, rate) if rate else token.value + _more_labour(line, index)
    days = [
        token.value
        for index, token in enumerate(line.tokens)
        if token.tag == "days" and isinstance(token.value, float) and not (index and line.tokens[index - 1].tag == "money")
    ]
    spans = [token.value.days for token in line.tokens if isinstance(token.value, When) and token.value.days]
    spans += [count for index in range(1, len(line.tokens)) if (count := _days_before_date(line, index))]
    if people and worked and spans and not days:
        return people * spans[0]
    if people and (worked or not busy) and days and days[0] >= 1 and people * days[0] == int(people * days[0]):
        return int(people * days[0])
    return None


def _more_labour(line: Line, index: int) -> int:
    """Days of work that are added to those at `index` ("1 công cấy với 2 công nhổ mạ")."""
    for at in range(index + 1, min(len(line.tokens), index + ADDED_WITHIN)):
        token = line.tokens[at]
        if token.gap.strip() in (".", ";", "|", "-"):
            return 0
        if token.tag == "cong" and isinstance(token.value, int):
            joined = token.gap.strip() == "," or line.tokens[at - 1].plain in JOINS
            return token.value + _more_labour(line, at) if joined else 0
    return 0


def _workers(line: Line, people: int | None, per: str) -> int:
    """How many a rate of labour days is for: the people, or the households that work."""
    counts = [token.value.value for token in line.tokens if token.tag == per and isinstance(token.value, Count) and token.value.value]
    return people if people and per == "people" else counts[0] if counts else people or 1


def _days_before_date(line: Line, index: int) -> int | None:
    """ "hai ngày thứ bảy, chủ nhật": a number right before a date that begins with "ngày"."""
    token = line.tokens[index]
    if token.tag != "date" or not fold(token.raw).startswith("ngay ") or token.gap != " " or line.tokens[index - 1].tag:
        return None
    number = number_at(countable(line.tokens), index - 1)
    return number.value if number and number.end == index and 1 < number.value < MOST_DAYS else None
