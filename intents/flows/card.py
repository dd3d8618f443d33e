"""How a registration is shown: its card, who holds it, what comes next, and the plan's criteria beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from intents.compose import shorten
from intents.records import Case, State
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.model import Citation, Fact, Plan
from knowledge.units import Area
from knowledge.vietnamese import fold

CRITERIA = ("register", "initiative", "income", "loan", "sustained_exit", "rich", "help_others")
QUOTE_ROOM = 110
SLOTS = ("name", "village", "commune", "household_type", "members", "reasons", "needs", "target_year", "phone")


def told(slot: str, values: Mapping[str, Any], *, hide: bool = False) -> str:
    """One slot's value in words, "" where nothing was told."""
    value = values.get(slot)
    if value in (None, "", []):
        return ""
    if slot == "household_type":
        return say("household_type", str(value))
    if slot in ("reasons", "needs"):
        said = values.get(f"{slot}_said")
        labels = ", ".join(say(slot.removesuffix("s"), one) for one in value)
        return f"{labels} (“{said}”)" if said and fold(said) != fold(labels) else labels
    if slot == "phone":
        if value == "none":
            return "không có"
        return f"{str(value)[:3]}****{str(value)[-3:]}" if hide else str(value)
    if slot == "commune":
        return place(values) or str(value)
    return str(value)


def place(values: Mapping[str, Any]) -> str:
    """The commune as it was written and as it is today."""
    unit = values.get("unit")
    if not unit:
        return ""
    area = Area(unit["province"], unit["commune"], "", unit["former"])
    return area.label


def area_of(values: Mapping[str, Any]) -> Area:
    """The area a registration or report belongs to."""
    unit = values.get("unit") or {"province": values.get("province_now", ""), "commune": str(values.get("commune") or ""), "former": ""}
    return Area(unit["province"], unit["commune"], str(values.get("village") or ""), unit["former"])


def card(values: Mapping[str, Any], *, hide: bool = False) -> str:
    """The form as lines "chủ hộ: …", what was not told left out."""
    lines = [f"- {say('field', slot)}: {shown}" for slot in SLOTS if (shown := told(slot, values, hide=hide))]
    if values.get("helper_name"):
        lines.append(f"- {say('field', 'helper_name')}: {values['helper_name']}")
    return "\n".join(lines)


def known(values: Mapping[str, Any]) -> str:
    """What has been understood so far, in one line, to be read back."""
    return "; ".join(f"{say('field', slot)}: {shown}" for slot in SLOTS if (shown := told(slot, values)))


def holder(area: Area) -> str:
    """Who looks at what comes from this area."""
    if area.commune:
        return say("status", "holder", commune=area.commune)
    return say("status", "holder_province", province=area.province) if area.province else say("status", "holder_none")


def state_of(case: Case) -> str:
    """The state's name in the wording: a submitted case that an officer has opened is "opened"."""
    return "opened" if case.state is State.SUBMITTED and case.opened_at else case.state.value


def status(case: Case, today: date) -> str:
    """Who holds a registration, since when, and what is next."""
    name = state_of(case)
    due = in_words(case.due_at.astimezone(ZONE).date())
    following = say(
        "registration_next", name, holder=holder(case.area), due=due, code=case.code, field=say("field", case.note_field or "name")
    )
    keeper = f"{holder(case.area)}, {case.claimed_name}" if case.claimed_name and name == "opened" else holder(case.area)
    since = in_words(case.changed_at.astimezone(ZONE).date())
    text = say(
        "status",
        "one",
        code=case.code,
        name=case.body.get("name", ""),
        state=say("registration_state", name),
        since=since,
        holder=keeper,
        next=following,
    )
    return f"{text}\n{say('status', 'reason', reason=case.note)}" if case.note and case.state in (State.RETURNED, State.DECLINED) else text


def criteria(plan: Plan) -> list[Fact]:
    """The plan's household criteria, one fact each, no sentence twice."""
    found: list[Fact] = []
    for name in CRITERIA:
        cell = plan.cells.get(f"criteria.household.{name}")
        if isinstance(cell, Fact) and not cell.silent and not any(cell.quotes[0].strip(".;") in fact.quotes[0] for fact in found):
            found.append(cell)
    return found


def checklist(case: Case, plan: Plan) -> tuple[str, tuple[Citation, ...]]:
    """The plan's criteria as ĐỦ / CHƯA / CHƯA RÕ, each with its words and section. Never a decision."""
    facts = criteria(plan)
    lines = [say("status", "checklist", plan=plan.name)]
    lines += [
        say("status", "check_line", number=number, mark=mark, quote=shorten(fact.quotes[0], QUOTE_ROOM), section=fact.section)
        for number, (fact, mark) in enumerate(zip(facts, _marks(case, facts), strict=True), 1)
    ]
    lines.append(say("status", "check_hint"))
    return "\n".join(lines), tuple(fact.citations[0] for fact in facts)


def _marks(case: Case, facts: list[Fact]) -> Iterator[str]:
    """A registration shows that one has registered; a household on the list has not left it for years; the rest is told by
    the household, or not known."""
    said = case.body.get("checks") or {}
    for fact in facts:
        name = fact.question.removeprefix("criteria.household.")
        if name == "register":
            yield say("status", "check_yes")
        elif name in said:
            yield f"{say('status', 'check_yes' if said[name] else 'check_no')} {say('status', 'check_told')}"
        elif name in ("sustained_exit", "rich") and case.body.get("household_type") in ("poor", "near_poor"):
            yield say("status", "check_no")
        else:
            yield say("status", "check_unknown")
