"""Finds the places a text names, and the plan that covers each: old and new names, with and without accents.

Names come from underthesea's address data (every commune before 1/7/2025 with its district, province and successor) and
from places.toml. The most local plan wins: a commune of the former Can Lộc leads to Can Lộc's plan, the rest of Hà Tĩnh to
the province's. A commune's name that exists in several provinces is given back with all of them, to be asked.
"""

from __future__ import annotations

import importlib.util
import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from knowledge.vietnamese import Words, fold, is_syllable, tone_last

DATA = Path(__file__).parent / "places.toml"
RANK = {"plan": 4, "province": 3, "district": 2, "commune": 1}
PREFIXES = ("Thành phố ", "Thị xã ", "Thị trấn ", "Huyện ", "Phường ", "Xã ", "Quận ", "Tỉnh ", "Đặc khu ")
NAME_WORDS = 4
MANY = 4  # provinces: a name that more of them have is asked back; up to that it is taken for ours, and the reply says so
PLACE_TOKEN = "noiday"


@dataclass(frozen=True)
class Place:
    """One administrative place, by the name it has or had. `plans` are those that cover it, most local first."""

    name: str
    kind: str
    district: str
    province: str
    plans: tuple[str, ...]

    @property
    def label(self) -> str:
        parts = [self.name, self.district if self.district != self.name else "", self.province]
        return ", ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True)
class Mention:
    """A place named at words `start`..`end`; more than one option when the name exists in several provinces."""

    start: int
    end: int
    options: tuple[Place, ...]

    @property
    def plan(self) -> str | None:
        plans = {place.plans[:1] for place in self.options if place.plans}
        return next(iter(plans))[0] if len(plans) == 1 and not self.unclear else None

    @property
    def unclear(self) -> bool:
        """Whether the name has to be asked back: places of several plans, or a name found all over the country."""
        plans = {place.plans[:1] for place in self.options}
        return len(plans - {()}) > 1 or (len(plans) > 1 and len({place.province for place in self.options}) > MANY)


@dataclass(frozen=True)
class Gazetteer:
    names: dict[str, tuple[Place, ...]]
    marked: dict[str, frozenset[str]]
    kinds: dict[str, str]
    before: frozenset[str]
    ordinary: frozenset[str]
    short: dict[str, Place]
    close: tuple[str, ...]


def bare(name: str) -> str:
    """The name without the word for its kind."""
    return next((name[len(prefix) :] for prefix in PREFIXES if name.startswith(prefix)), name)


@lru_cache(maxsize=1)
def address_data() -> dict[str, list[dict[str, str]]]:
    """underthesea's mapping.json, read without importing the package (which would cost 0.3 s and 100 MB)."""
    spec = importlib.util.find_spec("underthesea")
    if spec is None or spec.origin is None:
        raise RuntimeError("underthesea is not installed: run `make setup`")
    path = Path(spec.origin).parent / "address" / "data" / "mapping.json"
    data: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return data


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    tables = tomllib.loads(DATA.read_text(encoding="utf-8"))
    covers = tables["plan"]
    places: dict[str, dict[Place, None]] = {}
    marked: dict[str, set[str]] = {}
    for place, names in _all_places(tables, covers):
        for name in names:
            folded = fold(name.replace("'", ""))
            places.setdefault(folded, {})[place] = None
            marked.setdefault(folded, set()).add(" ".join(tone_last(word) for word in name.replace("'", "").split()))
    kinds = {word: kind for kind in ("province", "district", "commune") for word in tables["words"][kind]}
    plan_places = {cover["id"]: place for cover, place in zip(covers, map(_plan_place, covers), strict=True)}
    close = tuple(
        name
        for name, found in places.items()
        if len(name) > 6 and any(RANK[place.kind] > 2 or (place.plans and RANK[place.kind] > 1) for place in found)
    )
    return Gazetteer(
        {name: tuple(found) for name, found in places.items()},
        {name: frozenset(forms) for name, forms in marked.items()},
        kinds,
        frozenset(tables["words"]["before"]),
        frozenset(tables["words"]["ordinary"]),
        {short: plan_places[cover["id"]] for cover in covers for short in cover["short"]},
        close,
    )


def _plan_place(cover: dict[str, str]) -> Place:
    return Place(cover["names"][0], "plan", cover.get("district", ""), cover["province"], (cover["id"],))


def _all_places(tables: dict[str, list[dict[str, str]]], covers: list[dict[str, str]]) -> Iterator[tuple[Place, Iterable[str]]]:
    for cover in covers:
        yield _plan_place(cover), cover["names"]
    for extra in tables["extra"]:
        for name in extra["names"]:
            district = extra.get("district", name if extra["kind"] == "district" else "")
            label = extra["province"] if extra["kind"] == "province" else name
            yield _place(label, extra["kind"], district, extra["province"], covers), [name]
    data = address_data()
    for table in ("old_province_names", "province_names"):
        for row in data[table].values():  # type: ignore[attr-defined]
            if row["short"] not in {cover["province"] for cover in covers if "district" not in cover}:
                yield _place(row["short"], "province", "", row["short"], covers), [row["short"]]
    for row in data["ward_mapping"]:
        province, district = bare(row["old_province"]), bare(row["old_district"])
        if district not in {cover.get("district") for cover in covers}:
            yield _place(district, "district", district, province, covers), [district]
        for ward in {bare(row["old_ward"]), bare(row["new_ward"])}:
            if not ward.isdigit() and ward not in {cover["names"][0] for cover in covers}:
                yield _place(ward, "commune", district, province, covers), [ward]


def _place(name: str, kind: str, district: str, province: str, covers: list[dict[str, str]]) -> Place:
    local = [c["id"] for c in covers if c.get("district") and c["district"] == district and c["province"] == province]
    wide = [c["id"] for c in covers if not c.get("district") and c["province"] == province]
    return Place(name, kind, district, province, tuple(local + wide))


def find(words: Words) -> list[Mention]:
    """The places named in a text, left to right, none overlapping."""
    gaz = gazetteer()
    tokens = list(words.plain)
    wide = _pass(gaz, tokens, words, (), communes=False)
    found = [*wide, *_pass(gaz, tokens, words, wide, communes=True)]
    return sorted(found, key=lambda mention: mention.start) or _misspelled(gaz, tokens)


def _pass(gaz: Gazetteer, tokens: list[str], words: Words, taken: Iterable[Mention], *, communes: bool) -> list[Mention]:
    """One pass over the words: first provinces and districts, then communes in what is left."""
    occupied = {index for mention in taken for index in range(mention.start, mention.end)}
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        mention = _at(gaz, tokens, words, index) if index not in occupied else None
        if mention and ((mention.options[0].kind == "commune") != communes or not occupied.isdisjoint(range(mention.start, mention.end))):
            mention = None
        if mention:
            found.append(mention)
        index = mention.end if mention else index + 1
    return found


def _at(gaz: Gazetteer, tokens: list[str], words: Words, index: int) -> Mention | None:
    for length in range(min(NAME_WORDS, len(tokens) - index), 0, -1):
        name = " ".join(tokens[index : index + length])
        if (
            length == 1
            and name in gaz.short
            and (
                len(tokens) == 1
                or tokens[index - 1] in (gaz.before | {"tinh", "huyen"})
                or name in ("nb", "ls")
                or name.upper() in words.raw.split()
            )
        ):
            return Mention(index, index + 1, (gaz.short[name],))
        places = gaz.names.get(name)
        if places:
            options = _allowed(gaz, places, name, tokens, words, index, length)
            if options:
                return Mention(index, index + length, options)
    return None


def _allowed(
    gaz: Gazetteer, places: tuple[Place, ...], name: str, tokens: list[str], words: Words, index: int, length: int
) -> tuple[Place, ...]:
    """Which readings of a name the words around it allow."""
    before = tokens[index - 1] if index else ""
    kind = gaz.kinds.get(before) or gaz.kinds.get(" ".join(tokens[max(0, index - 2) : index]))
    introduced = before in gaz.before
    alone = length == len(tokens)
    capital = _capitalised(words, name)
    if _wrong_accents(gaz, name, words, bool(kind) or introduced) or (name in gaz.ordinary and not (kind or (capital and introduced))):
        return ()
    if kind:
        exact = tuple(place for place in places if place.kind == kind or (place.kind == "plan" and kind != "commune"))
        places = exact or places
    else:
        top = max(RANK[place.kind] for place in places)
        places = tuple(place for place in places if RANK[place.kind] == top)
    sure = kind or introduced or alone or capital
    edge = index == 0 or index + length == len(tokens)
    keep = [
        place
        for place in places
        if place.kind in ("plan", "province")
        or (place.plans and (sure or length > 2 or (length > 1 and (edge or place.kind == "district"))))
        or (place.kind == "district" and sure and not place.plans)
        or (kind == "commune" and capital)
    ]
    if not any(place.plans for place in keep) and not (sure or (keep and keep[0].kind == "province")):
        return ()
    if length == 1 and not kind and not any(place.kind == "plan" for place in keep):
        keep = [place for place in keep if place.plans and sure and name not in gaz.ordinary]
    if length == 1 and not any(place.plans for place in keep):
        return ()
    if keep and any(place.plans for place in keep) and not sure:
        keep = [place for place in keep if place.plans]
    return tuple(sorted(dict.fromkeys(keep), key=lambda place: not place.plans))


def _wrong_accents(gaz: Gazetteer, name: str, words: Words, introduced: bool) -> bool:
    """Whether the name was typed with accents that belong to other words ("làm đồng" is not Lâm Đồng).

    A place of ours forgives missing accents, and wrong ones where a word for its kind stands before it.
    """
    places = gaz.names[name]
    ours = any(place.plans for place in places)
    if not words.accented or any(place.kind == "plan" for place in places) or (ours and introduced):
        return False
    parts = name.split()
    for start in _positions(words.marked).get(parts[0], ()):
        typed = words.marked[start : start + len(parts)]
        if fold(" ".join(word.rstrip("12345") for word in typed)) == name:
            bare_typed = all(one == fold(one).rstrip("12345") for one in typed)
            if bare_typed or " ".join(typed) in gaz.marked[name]:
                return False
            return not ((ours or introduced) and _only_missing(typed, gaz.marked[name]))
    return False


@lru_cache(maxsize=64)
def _positions(marked: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Where each folded word stands."""
    found: dict[str, list[int]] = {}
    for place, word in enumerate(marked):
        found.setdefault(fold(word.rstrip("12345")), []).append(place)
    return {word: tuple(places) for word, places in found.items()}


def _only_missing(typed: tuple[str, ...], forms: frozenset[str]) -> bool:
    """Whether every word has no accents, or the right letters at least without the tone."""
    return any(
        all(
            one == fold(one).rstrip("12345") or one.rstrip("12345") == other.rstrip("12345") or fold(other) == one
            for one, other in zip(typed, form.split(), strict=False)
        )
        for form in forms
    )


def _capitalised(words: Words, name: str) -> bool:
    return words.raw != words.raw.upper() and name.split()[0] in _capitals(words.raw)


@lru_cache(maxsize=64)
def _capitals(raw: str) -> frozenset[str]:
    """The folded words that are written with a capital."""
    return frozenset(fold(part) for part in raw.replace("'", "").split() if part[0].isupper())


def _misspelled(gaz: Gazetteer, tokens: list[str]) -> list[Mention]:
    """One letter wrong in a long name ("ninh bing"), only where the name meant is the only one so near."""
    for index in range(len(tokens)):
        if tokens[index].startswith("kb") and OSA.distance(tokens[index], "kbang", score_cutoff=1) <= 1:
            return [Mention(index, index + 1, gaz.names["kbang"])]
        for length in (3, 2):
            name = " ".join(tokens[index : index + length])
            if len(name) < 7 or index + length > len(tokens) or name in gaz.names:
                continue
            near = [other for other in gaz.close if abs(len(other) - len(name)) < 2 and OSA.distance(name, other, score_cutoff=1) <= 1]
            if len(near) == 1 and (_kind_before(gaz, tokens, index) or _is_slip(tokens[index : index + length], near[0])):
                top = max(RANK[place.kind] for place in gaz.names[near[0]])
                places = tuple(place for place in gaz.names[near[0]] if RANK[place.kind] == top)
                return [Mention(index, index + length, places)]
    return []


def _kind_before(gaz: Gazetteer, tokens: list[str], index: int) -> bool:
    return index > 0 and tokens[index - 1] in gaz.kinds


def _is_slip(typed: list[str], meant: str) -> bool:
    """Whether the words that differ are no words at all ("bing"), so that nothing else can have been meant."""
    return all(word == other or not is_syllable(word) for word, other in zip(typed, meant.split(), strict=False))


def masked(words: Words, mentions: list[Mention]) -> tuple[str, ...]:
    """The plain words with each place's name replaced by one token, so that ways of asking serve every place."""
    out: list[str] = []
    index = 0
    starts = {mention.start: mention for mention in mentions}
    while index < len(words.plain):
        if index in starts:
            out.append(PLACE_TOKEN)
            index = starts[index].end
        else:
            out.append(words.plain[index])
            index += 1
    return tuple(out)
