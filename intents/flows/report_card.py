"""How an activity report is shown: its card, the plan's target it serves, the three honest numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from intents.compose import shorten
from intents.flows.commune import plans_of
from intents.flows.moment import dotted
from intents.records import Case, Tally
from intents.wording import say
from knowledge.calendar import in_words
from knowledge.load import table
from knowledge.model import Fact, Knowledge
from knowledge.units import Area

QUOTE_ROOM = 130
FIELDS = ("kind", "occurred_on", "amount_vnd", "items", "households", "people", "labour_days", "names", "donor", "village")


@lru_cache(maxsize=1)
def _targets() -> dict[str, list[str]]:
    return table(Path(__file__).parent / "targets.toml")


def day_of(body: Mapping[str, Any]) -> str:
    if body.get("occurred_on"):
        return in_words(date.fromisoformat(body["occurred_on"]))
    month = body.get("occurred_month")
    return f"tháng {int(month[5:])}/{month[:4]}" if month else ""


def things(body: Mapping[str, Any]) -> str:
    """The goods in words: "100 kg gạo, 2 thùng mì"."""
    parts = []
    for item in body.get("items") or ():
        quantity = item.get("quantity")
        number = f"{quantity:g}".replace(".", ",") if quantity is not None else ""
        parts.append(" ".join(part for part in (number, item.get("unit") or "", item["name"]) if part))
    return ", ".join(parts)


def money(body: Mapping[str, Any]) -> str:
    if body.get("amount_vnd") is not None:
        each = body.get("amount_each_vnd")
        return f"{dotted(body['amount_vnd'])} đồng" + (f" (mỗi phần {dotted(each)} đồng)" if each else "")
    if body.get("amount_range"):
        low, high = body["amount_range"]
        return f"từ {dotted(low)} đến {dotted(high)} đồng"
    return ""


def shown(field: str, body: Mapping[str, Any]) -> str:
    """One field in words, "" where it was not told."""
    if field == "kind":
        return say("report_kind", body["kind"]) if body.get("kind") else ""
    if field == "occurred_on":
        return day_of(body)
    if field == "amount_vnd":
        return money(body)
    if field == "items":
        return things(body)
    if field == "names":
        return ", ".join(body.get("beneficiary_names") or ())
    value = body.get(field)
    return "" if value is None else str(value)


def known(body: Mapping[str, Any]) -> str:
    """What has been understood, in one line."""
    return "; ".join(f"{say('report_field', field)}: {text}" for field in FIELDS if (text := shown(field, body)))


def card(body: Mapping[str, Any], area: Area, knowledge: Knowledge) -> str:
    """The report as lines "số hộ: 3", with the plan's target it serves."""
    lines = [f"- {say('report_field', field)}: {text}" for field in FIELDS if (text := shown(field, body))]
    if not body.get("village") and area.village:
        lines.append(f"- {say('report_field', 'village')}: {area.label}")
    if body.get("photo_sums"):
        lines.append(f"- ảnh: {len(body['photo_sums'])}")
    if body.get("location"):
        lines.append(f"- vị trí: {body['location'][0]}, {body['location'][1]}")
    lines.append(f"- {target(body, area, knowledge)}")
    return "\n".join(lines)


def target(body: Mapping[str, Any], area: Area, knowledge: Knowledge) -> str:
    """The plan's own words that this kind of activity serves, where the area's plan has them."""
    for plan_id in plans_of(area)[:1]:
        plan = knowledge.plans[plan_id]
        for question in _targets().get(body.get("kind") or "other", ()):
            fact = plan.cells.get(question)
            if isinstance(fact, Fact) and not fact.silent:
                quote = shorten(fact.quotes[0], QUOTE_ROOM)
                return say("report", "target", plan=f"Kế hoạch {plan.name}", section=fact.section, quote=quote)
    return say("report", "target_none")


def totals(tally: Tally) -> str:
    """The three honest numbers, the same on every screen."""
    text = say(
        "report",
        "totals",
        sent=tally.sent,
        sent_vnd=dotted(tally.sent_vnd),
        verified=tally.verified,
        verified_vnd=dotted(tally.verified_vnd),
        approved=tally.approved,
        approved_vnd=dotted(tally.approved_vnd),
    )
    return f"{text}\n{say('report', 'doubled', count=tally.doubled)}" if tally.doubled else text


def line(case: Case) -> str:
    """A report in one line."""
    what = ", ".join(part for part in (shown("kind", case.body), things(case.body) or money(case.body)) if part)
    return say("report", "line", code=case.code, what=what, day=day_of(case.body), state=say("report_state", case.state.value))


def closed(case: Case | None, code: str) -> str:
    """Why a report cannot be changed any more."""
    return say("report", "cannot_change", code=code, state=say("report_state", case.state.value if case else "withdrawn"))
