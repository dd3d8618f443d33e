"""Finds which commune of today somebody means, and asks where several have the name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from intents.messages import Choice
from knowledge.places import find, gazetteer
from knowledge.units import Area, Unit, communes, plain_name
from knowledge.vietnamese import fold, read

MOST_ASKED = 6
HAMLET = re.compile(r"^(?:o )?(?:thon|xom|lang|ban|buon|to dan pho|khoi|khu|ap)\b")
AROUND = frozenset(("xa", "phuong", "o", "toi", "em", "nha", "minh", "huyen", "tinh", "thuoc", "a", "da", "con", "chau"))


def find_units(values: Mapping[str, Any], near: str = "", *, slips: bool = True) -> tuple[Unit, ...]:
    """Today's communes that the written commune, district and province may mean; `near` is a province or plan's place that
    is known of the person, which decides between places of one name."""
    found = communes(str(values.get("commune") or ""), str(values.get("district") or ""), str(values.get("province") or ""), slips=slips)
    if len(found) > 1 and near:
        folded = plain_name(near.split(",")[-1])
        close = tuple(unit for unit in found if folded in (fold(unit.province), fold(unit.old_province), plain_name(unit.district)))
        found = close or found
    if len(found) > 1:
        ours = tuple(unit for unit in found if plans_of(unit.area(), unit.old_province))
        found = ours if len(ours) == 1 else (*ours, *(unit for unit in found if unit not in ours))
    return found


def units_named(text: str, near: str = "") -> tuple[Unit, ...]:
    """Today's communes that free words name exactly: "xã Thiên Lộc", "thien loc can loc", "Kỳ Phú Nho Quan". A hamlet alone
    names none."""
    words = read(text)
    if HAMLET.search(words.line) and not re.search(r"\b(?:xa|phuong|thi tran)\b", words.line):
        return ()
    named = {"commune": "", "district": "", "province": ""}
    for mention in find(words):
        kind = "district" if mention.options[0].kind == "plan" and mention.options[0].district else mention.options[0].kind
        named[kind if kind in named else "province"] = " ".join(words.plain[mention.start : mention.end])
    units = find_units(named, near, slips=False) if named["commune"] else ()
    plain = [word for word in words.plain if word not in AROUND]
    for size in (3, 2, 1):
        units = units or find_units({**named, "commune": " ".join(plain[:size])}, near, slips=False) if len(plain) >= size else units
    return units


def unit_value(unit: Unit) -> dict[str, str]:
    """A unit as a form keeps it."""
    area = unit.area()
    return {"province": area.province, "commune": area.commune, "former": area.former, "old_province": unit.old_province}


def unit_choices(units: Sequence[Unit]) -> tuple[Choice, ...]:
    """Numbered choices; each means its own number."""
    return tuple(Choice(unit.label, str(number)) for number, unit in enumerate(units[:MOST_ASKED], 1))


def plans_of(area: Area, old_province: str = "") -> tuple[str, ...]:
    """The plans that cover an area, the most local first."""
    for name in (area.former, area.commune):
        for place in gazetteer().names.get(plain_name(name), ()):
            if place.plans and fold(place.province) in (fold(area.province), fold(old_province)):
                return place.plans
    found = gazetteer().names.get(plain_name(old_province or area.province), ())
    return next((place.plans for place in found if place.plans and place.kind in ("plan", "province")), ())
