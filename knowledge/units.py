"""Communes of today by any name they have had, and the areas that people, reports and officers belong to.

Names come from underthesea's address data (ward_mapping: every commune before 1/7/2025 with its district, its province and
the commune it became). An area's path is made of today's names, so that an old and a new address of one village meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from knowledge.places import PREFIXES, address_data, bare
from knowledge.vietnamese import clean, fold, read

TYPE_WORDS = (*(f"{fold(prefix.strip())} " for prefix in PREFIXES), "tt ", "tp ", "tx ", "p ", "x ", "h ", "t ")
VILLAGE_WORDS = re.compile(r"^(?:thon|xom|lang|ban|buon|to dan pho|tdp|khoi pho|khoi|to|ap|khu pho|khu|plei|plây) ")
LONGEST_SLIP = 1
SHORTEST_SLIPPED = 6


@dataclass(frozen=True)
class Area:
    """A place from province down to village, by today's names; what is left empty is not narrowed.

    `former` is the commune as it was before 1/7/2025, kept because a merged commune may have several villages of one name.
    """

    province: str = ""
    commune: str = ""
    village: str = ""
    former: str = ""

    @property
    def keys(self) -> tuple[str, str, str, str]:
        """Folded province, commune, village and former commune, as they are compared."""
        return (plain_name(self.province), plain_name(self.commune), village_key(self.village), plain_name(self.former))

    @property
    def label(self) -> str:
        was = f" (xã {self.former} cũ)" if self.former and plain_name(self.former) != plain_name(self.commune) else ""
        parts = (self.village, f"{self.commune}{was}" if self.commune else "", self.province)
        return ", ".join(part for part in parts if part) or "toàn quốc"

    def covers(self, other: Area) -> bool:
        """Whether `other` lies inside this area. A village named without its former commune may be any of that name."""
        mine, theirs = self.keys, other.keys
        for level in range(3):
            if mine[level] and mine[level] != theirs[level]:
                return False
        return not (mine[2] and mine[3] and theirs[3]) or mine[3] == theirs[3]

    def inside(self, other: Area) -> bool:
        return other.covers(self) and self.keys != other.keys


@dataclass(frozen=True)
class Unit:
    """A commune of today; `former` and `district` tell which older commune was meant, "" where none was."""

    province: str
    commune: str
    former: str = ""
    district: str = ""
    old_province: str = ""

    @property
    def label(self) -> str:
        now = f"{self.commune}, {self.province}"
        return f"{self.former}, {self.district} cũ (nay là {now})" if self.former and fold(self.former) != fold(self.commune) else now

    def area(self, village: str = "") -> Area:
        return Area(self.province, self.commune, village, bare_name(self.former))


def in_text(name: str) -> str:
    """A unit's name inside a sentence: "xã Can Lộc"."""
    return name[:1].lower() + name[1:]


def bare_name(name: str) -> str:
    """The name without the word for its kind, however that is written."""
    return bare(name[:1].upper() + name[1:])


def plain_name(name: str) -> str:
    """A commune's, district's or province's name as compared: folded, without the word for its kind. Nothing inside a name
    is taken for dialect or for keys ("Cái Răng", "Ea Kar")."""
    return _without_kind(" ".join(re.sub(r"[^\w\s]", " ", fold(clean(name)).replace("'", "").replace("’", "")).split()))


def spoken_name(name: str) -> str:
    """The same of a name as people type it: Telex keys, abbreviations and dialect around it are read."""
    return _without_kind(" ".join(read(name).plain))


def _without_kind(folded: str) -> str:
    return next((folded[len(word) :] for word in TYPE_WORDS if folded.startswith(word) and len(folded) > len(word)), folded)


def village_key(name: str) -> str:
    """A village's name as compared: its kind is dropped before a name, kept before a number, leading zeros dropped."""
    folded = re.sub(r"\b0+(\d)", r"\1", " ".join(read(name).plain).replace("so ", "")).replace("tdp ", "to dan pho ")
    rest = VILLAGE_WORDS.sub("", folded)
    return folded if rest.isdigit() else rest


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[Unit, ...]]:
    found: dict[str, dict[Unit, None]] = {}
    for unit, name in _rows():
        found.setdefault(plain_name(name), {})[unit] = None
    return {name: tuple(units) for name, units in found.items()}


def _rows() -> Iterator[tuple[Unit, str]]:
    for row in address_data()["ward_mapping"]:
        new, province = in_text(row["new_ward"]), bare(row["new_province"])
        yield Unit(province, new), new
        old = in_text(row["old_ward"]), in_text(row["old_district"])
        yield Unit(province, new, *old, bare(row["old_province"])), row["old_ward"]


def communes(name: str, district: str = "", province: str = "", *, slips: bool = True) -> tuple[Unit, ...]:
    """Today's communes that `name` may mean, old and new names alike; several when it has to be asked which.
    `slips` also takes a longer name with one wrong letter."""
    district, province = plain_name(district), plain_name(province)
    units = _units().get(plain_name(name)) or _units().get(spoken_name(name)) or (_slipped(spoken_name(name)) if slips else ())
    in_district = tuple(unit for unit in units if district and plain_name(unit.district) == district) or units
    in_province = tuple(unit for unit in in_district if province and province in (plain_name(unit.province), plain_name(unit.old_province)))
    if province_now(province) and not in_province:
        return ()
    return _distinct(in_province or in_district)


def _slipped(name: str) -> tuple[Unit, ...]:
    """Communes whose name is one slip away from a longer name that no commune has."""
    if len(name) < SHORTEST_SLIPPED:
        return ()
    near = [known for known in _units() if abs(len(known) - len(name)) <= LONGEST_SLIP and OSA.distance(known, name, score_cutoff=1) <= 1]
    return tuple(unit for known in near for unit in _units()[known])


def _distinct(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """One unit for each commune of today, the one that kept or was named by its older name first."""
    by_place: dict[tuple[str, str, str, str], Unit] = {}
    for unit in units:
        by_place.setdefault((unit.province, unit.commune, unit.former, unit.district), unit)
    named = [unit for unit in by_place.values() if unit.former]
    old = {(unit.province, unit.commune) for unit in named}
    return tuple(named) + tuple(unit for unit in by_place.values() if not unit.former and (unit.province, unit.commune) not in old)


@lru_cache(maxsize=1)
def _provinces() -> dict[str, str]:
    rows = address_data()["ward_mapping"]
    return {plain_name(row[name]): bare(row["new_province"]) for name in ("old_province", "new_province") for row in rows}


def province_now(name: str) -> str:
    """Today's province for an old or new province's name, "" when there is none."""
    return _provinces().get(plain_name(name), "")
