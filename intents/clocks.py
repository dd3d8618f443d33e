"""Days by which things must be answered: the law's for people's data, our own promise for the rest.

Sources: Nghị định 356/2025/NĐ-CP (answer to a person's data request in 2 working days; withdrawal of consent done in 15
days). Registrations: 15 days, as the commune has for a review form (Quyết định 24/2021/QĐ-TTg). Questions: 2 working days,
reports: 15 days, complaints about an answer: 2 working days; these three are a promise of this service, not law.
Public holidays move, so they are data: knowledge/holidays.toml.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import knowledge
from intents.records import CaseKind
from knowledge.calendar import ZONE
from knowledge.load import table

ANSWER_WORKING_DAYS = 2
WITHDRAW_DAYS = 15
CASE_DAYS = {CaseKind.REGISTRATION: 15, CaseKind.REPORT: 15, CaseKind.DRAFT: 15}


@lru_cache(maxsize=1)
def holidays() -> frozenset[date]:
    """The public holidays of knowledge/holidays.toml."""
    days: set[date] = set()
    for row in table(Path(knowledge.__file__).parent / "holidays.toml")["holiday"]:
        first, last = row["first"], row.get("last", row["first"])
        days |= {first + timedelta(days=step) for step in range((last - first).days + 1)}
    return frozenset(days)


def working_days_after(start: datetime, days: int) -> datetime:
    """The end of the `days`-th working day after the day of `start`, in Việt Nam."""
    day, left = start.astimezone(ZONE).date(), days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays()
    return _end_of(day)


def days_after(start: datetime, days: int) -> datetime:
    return _end_of(start.astimezone(ZONE).date() + timedelta(days=days))


def due(kind: CaseKind, start: datetime) -> datetime:
    """When a new case of this kind has to be answered."""
    return days_after(start, CASE_DAYS[kind]) if kind in CASE_DAYS else working_days_after(start, ANSWER_WORKING_DAYS)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), ZONE)
