"""What makes two cases look like one: shown to an officer side by side, never merged by the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intents.records import CaseKind
from knowledge.units import Area

SAME_SUM = "sum"
HOUSEHOLD = "household"


def household_line(name: str, area: Area) -> str:
    """A household as it is compared: the head's name and the commune of today; the village is told by eye, because an old
    and a new address may write it differently."""
    return "|".join((" ".join(name.split()), area.keys[1], area.keys[0])) if name.strip() else ""


def hashes_of(kind: CaseKind, body: Mapping[str, Any], area: Area) -> dict[str, str]:
    """The values to find likely duplicates by. Registrations: same head and commune, same phone. Reports: same village, day,
    kind and sum, whoever gave it; same photo."""
    if kind is CaseKind.REGISTRATION:
        phone = str(body.get("phone") or "")
        return {
            HOUSEHOLD: household_line(str(body.get("name") or ""), area),
            "phone": phone if phone.isdigit() else "",
            "confirm": str(body.get("confirm") or ""),
        }
    if kind is CaseKind.REPORT:
        amount = body.get("amount_vnd")
        what = str(amount) if amount else "+".join(sorted(f"{item['name']} {item.get('quantity')}" for item in body.get("items") or ()))
        day = body.get("occurred_on") or body.get("occurred_month") or ""
        place = "/".join((area.keys[2], area.keys[1], area.keys[0]))
        same = "|".join((place, str(day), str(body.get("kind") or ""), what)) if what and day else ""
        return {SAME_SUM: same} | {f"photo{number}": photo for number, photo in enumerate(body.get("photo_sums") or ())}
    return {}
