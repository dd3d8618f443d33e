"""When plans want their yearly reports, and who of ours owes them; read from intents/flows/reporting_dates.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from intents.people import Role
from knowledge.load import table
from knowledge.model import Plan

DATA = Path(__file__).parent / "flows" / "reporting_dates.toml"


@dataclass(frozen=True)
class ReportDue:
    """A plan's yearly reporting day: the section and words that say so, and the roles that owe it."""

    plan: str
    section: str
    day: int
    month: int
    roles: tuple[Role, ...]
    quote: str

    def is_near(self, plan: Plan, today: date) -> date | None:
        """The day, if it is near enough to remind and the plan is valid then; None otherwise."""
        on = date(today.year, self.month, self.day)
        near = timedelta(0) < on - today <= timedelta(days=days_before())
        return on if near and plan.period[0] <= on.year <= plan.period[1] else None


@lru_cache(maxsize=1)
def reports_due() -> tuple[ReportDue, ...]:
    rows = table(DATA)["due"]
    return tuple(ReportDue(**(row | {"roles": tuple(Role(role) for role in row["roles"])})) for row in rows)


@lru_cache(maxsize=1)
def days_before() -> int:
    return int(table(DATA)["days_before"])
