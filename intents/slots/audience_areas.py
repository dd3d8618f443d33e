"""What the places named in an officer's words come to: areas, or places outside the officer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from knowledge.units import Area, Unit, bare_name


@dataclass
class Places:
    """Areas named, in order, each with the older name it was called by ("" where none), places outside, units of names that no
    place has, the units read, and where names began behind a phrase ("trưởng thôn" Đông Thịnh)."""

    areas: tuple[Area, ...] = ()
    formers: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[tuple[int, int], ...] = ()
    taken: set[int] = field(default_factory=set)
    begun: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Named:
    """A village, commune, district or province at units start..end; `options` are today's communes it may be."""

    level: str
    start: int
    end: int
    name: str
    options: tuple[Unit, ...] = ()
    former: bool = False
    elsewhere: str = ""


def joined(named: Sequence[Named], area: Area, found: Places) -> Places:
    """Villages with the commune named beside them; a commune named twice, by its older name too, is one."""
    pending: list[str] = []
    pairs: list[tuple[str, Named | None]] = []
    last: Named | None = None
    free = False
    for one in named:
        if one.elsewhere:
            found.outside = (*found.outside, one.elsewhere)
        elif one.level == "village" and last and free:
            pairs = [pair for pair in pairs if pair != ("", last)] + [(one.name, last)]
        elif one.level == "village":
            pending.append(one.name)
        elif one.level == "commune" and last and not pending and one.former and _today(one) & _today(last) and not last.former:
            pairs = [(village, one if commune == last else commune) for village, commune in pairs]
            last = one
        elif one.level == "commune":
            pairs += [(village, one) for village in pending] or [("", one)]
            last, free, pending = one, not pending, []
    _settle([*pairs, *((village, None) for village in pending)], named, area, found)
    return found


def _settle(pairs: Sequence[tuple[str, Named | None]], named: Sequence[Named], area: Area, found: Places) -> None:
    places: dict[Area, str] = {}
    for village, commune in pairs:
        for place, former in _areas(village, commune, named, area, found):
            if area.covers(place):
                places.setdefault(place, former)
            else:
                found.outside = (*found.outside, place.label)
    found.areas, found.formers = tuple(places), tuple(places.values())


def _areas(village: str, commune: Named | None, named: Sequence[Named], area: Area, found: Places) -> list[tuple[Area, str]]:
    if commune is None:
        if area.commune:
            return [(replace(area, village=village), "")]
        span = next((one.start, one.end) for one in named if one.name == village and one.level == "village")
        found.unknown = (*found.unknown, span)
        return []
    places = []
    for unit in commune.options:
        own = area.commune and area.covers(unit.area())
        place = replace(area, village="", former="") if own else Area(unit.province, unit.commune)
        former = unit.former if commune.former and unit.former else ""
        places.append((replace(place, village=village, former=bare_name(former) if village else ""), former))
    return list(dict.fromkeys(places))


def _today(named: Named) -> set[tuple[str, str]]:
    return {(unit.province, unit.commune) for unit in named.options}
