"""Reads the answer to one question of a report, and finds what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from intents.slots.money import sums
from intents.slots.numbers import number_at
from intents.slots.report import ParsedReport, as_json, parse_report
from knowledge.vietnamese import read

KINDS = ("money", "in_kind", "labour", "training", "loan", "housing", "health", "education", "job", "legal_admin", "visit", "other")
MOST_HOUSEHOLDS = 400  # in one village; more is asked back
LONG_AGO = timedelta(days=92)  # a report of an older day is asked back, because a slip of the month looks the same
MOST_COUNTED = 1_000_000
MOST_WRITTEN = 10**15  # đồng
LONGEST_NAME = 120  # characters
MOST_VND = 50_000_000_000
NEED_SUM = ("money", "in_kind", "loan")
PARTS = {
    "kind": ("kind",),
    "occurred_on": ("occurred_on", "occurred_month"),
    "what": ("amount_vnd", "amount_each_vnd", "amount_range", "items", "labour_days"),
    "amount_vnd": ("amount_vnd", "amount_each_vnd", "amount_range"),
    "items": ("items",),
    "households": ("households", "people"),
    "people": ("people",),
    "labour_days": ("labour_days",),
    "donor": ("donor",),
    "names": ("beneficiary_names",),
    "village": ("village",),
}
FRAMES = {  # how an answer is put into a sentence that the parser knows, where alone it says too little
    "occurred_on": ("ngày {}", "hôm {}"),
    "what": ("tặng {} cho hộ nghèo",),
    "amount_vnd": ("ủng hộ {}",),
    "items": ("tặng {} cho hộ nghèo",),
    "households": ("cho {} hộ", "cho {}"),
    "people": ("cho {} người",),
    "labour_days": ("giúp {} ngày công",),
    "donor": ("{} tặng gạo",),
    "names": ("tặng gạo cho hộ {}",),
    "village": ("tặng gạo ở {}",),
}

COUNTED_WORDS = frozenset("ho nha gia dinh nguoi chau em cong ngay thoi a da nhe nha ngheo can".split())
COUNTED = ("households", "people", "labour_days")  # where a number alone is an answer


def activities(parsed: ParsedReport) -> list[dict[str, Any]]:
    """The parsed activities as a form keeps them (JSON values)."""
    rows = cast(list[dict[str, Any]], as_json(parsed)["activities"])
    return [{name: _kept(name, value) for name, value in row.items()} for row in rows]


def _kept(name: str, value: Any) -> Any:
    """The value, or nothing where no such number or name can be meant (it is then asked for)."""
    if name in ("households", "people", "labour_days"):
        return value if value is None or abs(value) <= MOST_COUNTED else None
    if name in ("amount_vnd", "amount_each_vnd"):
        return value if value is None or abs(value) <= MOST_WRITTEN else None
    if name == "amount_range":
        return value if not value or max(map(abs, value)) <= MOST_WRITTEN else None
    if name == "items":
        return [item for item in value or () if len(item["name"]) <= LONGEST_NAME and abs(item.get("quantity") or 0) <= MOST_COUNTED]
    if name == "beneficiary_names":
        return [one for one in value or () if len(one) <= LONGEST_NAME]
    return None if isinstance(value, str) and len(value) > LONGEST_NAME else value


def read_slot(slot: str, text: str, sent_at: datetime, village: str) -> dict[str, Any]:
    """The fields that an answer fills; empty where it says nothing of what was asked."""
    if slot == "kind" and (numbered := _numbered(text)):
        return {"kind": numbered}
    frames = FRAMES.get(slot, ()) if not text.strip().isdigit() or slot in COUNTED else ()
    for sentence in (text, *(frame.format(text) for frame in frames)):
        found = next(iter(activities(parse_report(sentence, sent_at, village))), {})
        told = {name: found[name] for name in PARTS[slot] if found.get(name) not in (None, [])}
        if told:
            return told
    return _bare(slot, text)


def _numbered(text: str) -> str | None:
    line = read(text).line.strip(" .)")
    return KINDS[int(line) - 1] if line.isdigit() and 1 <= int(line) <= len(KINDS) else None


def _bare(slot: str, text: str) -> dict[str, Any]:
    """A number or a name alone."""
    words = read(text).plain
    if slot in ("households", "people", "labour_days"):
        found = number_at(words, 0)
        if found and set(words[found.end :]) - COUNTED_WORDS:
            return {}  # "1 túi" counts no households
        return {slot: found.value} if found and found.upper is None and found.value <= MOST_COUNTED else {}
    if slot in ("what", "amount_vnd"):
        amounts = sums(" ".join(words))
        return {"amount_vnd": amounts[0]} if len(amounts) == 1 and amounts[0] <= MOST_WRITTEN else {}
    if slot in ("donor", "village") and 0 < len(words) <= 12 and len(text.strip()) <= LONGEST_NAME:
        return {slot: text.strip()}
    return {}


def missing_of(body: Mapping[str, Any]) -> list[str]:
    """The essentials that a report still lacks, in the order they are asked."""
    lacks = []
    if not body.get("kind"):
        lacks.append("kind")
    counted = [item for item in body.get("items") or () if item.get("quantity") is not None or len(body["items"]) > 1]
    named = body.get("items") or ()
    if body.get("kind") in NEED_SUM and body.get("amount_vnd") is None and not body.get("amount_range") and not (counted or named):
        lacks.append("what")
    if body.get("households") is None and body.get("people") is None:
        lacks.append("households")
    if not body.get("occurred_on") and not body.get("occurred_month"):
        lacks.append("occurred_on")
    return lacks


def asked_for(names: tuple[str, ...]) -> list[str]:
    """The parser's names of what is missing as the form's questions."""
    return ["what" if "amount_vnd" in name or "items" in name else name for name in names]


def impossible(body: Mapping[str, Any], today: date) -> tuple[str, str] | None:
    """What cannot be in a filled report: the doubt's name and the question that settles it."""
    day = body.get("occurred_on")
    if day and date.fromisoformat(day) > today:
        return "future_date", "occurred_on"
    month = body.get("occurred_month")
    if month and month > today.strftime("%Y-%m"):
        return "future_date", "occurred_on"
    if day and date.fromisoformat(day) < today - LONG_AGO and "occurred_on" not in (body.get("confirmed") or ()):
        return "long_ago", "occurred_on"
    if (body.get("households") or 0) > MOST_HOUSEHOLDS and "households" not in (body.get("confirmed") or ()):
        return "too_many_households", "households"
    amount = body.get("amount_vnd")
    if amount is not None and amount < 0:
        return "negative_sum", "amount_vnd"
    if (amount or 0) > MOST_VND and "amount_vnd" not in (body.get("confirmed") or ()):
        return "too_large", "amount_vnd"
    return None


SETTLED_BY = {
    "future_date": "occurred_on",
    "long_ago": "occurred_on",
    "no_such_day": "occurred_on",
    "several_days": "occurred_on",
    "days_do_not_match": "occurred_on",
    "negative_sum": "amount_vnd",
    "sum_does_not_match": "amount_vnd",
    "too_large": "amount_vnd",
    "too_many_households": "households",
}
