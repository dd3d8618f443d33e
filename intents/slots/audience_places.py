"""The places an audience is narrowed to: villages, communes by any name they have had, and what lies outside the officer's area.

A village without its commune is the officer's own; where several places are named they are told apart, never widened to both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from intents.slots.form_text import FormText
from intents.slots.form_text import Unit as Plain
from intents.slots.place_words import is_capital
from intents.slots.registration_data import table as types
from knowledge.load import table
from knowledge.places import gazetteer
from knowledge.units import Area, Unit, bare_name, communes, plain_name, province_now, village_key
from knowledge.vietnamese import fold, tone_last, vocabulary

DATA = Path(__file__).parent / "audience.toml"
LONGEST = 4  # words of a name
SHORT_KINDS = ("x", "p", "th")
COUNTED = frozenset(("ho", "nguoi", "nha", "gio", "gia", "suat", "ngay", "thang"))
NUMBER_LISTS = frozenset((",", "va", "voi", "+"))


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
class _Named:
    """A village, commune, district or province at units start..end; `options` are today's communes it may be."""

    level: str
    start: int
    end: int
    name: str
    options: tuple[Unit, ...] = ()
    former: bool = False
    elsewhere: str = ""


@lru_cache(maxsize=1)
def data() -> dict[str, Any]:
    return table(DATA)


def read_places(
    text: FormText, taken: Collection[int], phrases: Mapping[int, int], area: Area, cut: int, villages: tuple[str, ...]
) -> Places:  # fmt: skip
    """Every place named before unit `cut`. `phrases` are phrases by their end: one that ends in a kind word may lead a name."""
    return _Reader(text, set(taken), phrases, area, cut, villages).places()


def particle(text: FormText, at: int, name: str = "particle") -> int:
    """How many units the longest particle takes at a unit; 0 for none. Accents that were typed must be its own."""
    for length in (3, 2, 1):
        units = text.units[at : at + length]
        for words in _particles(name).get(tuple(unit.word for unit in units), ()):
            if all(unit.marked in (tone_last(word), fold(word), "*") for unit, word in zip(units, words, strict=True)):
                return length
    return 0


@lru_cache(maxsize=2)
def _particles(name: str) -> dict[tuple[str, ...], list[list[str]]]:
    found: dict[tuple[str, ...], list[list[str]]] = {}
    for phrase in data()[name]["skip"]:
        found.setdefault(tuple(fold(phrase).split()), []).append(phrase.split())
    return found


@lru_cache(maxsize=1)
def _kinds() -> dict[tuple[str, ...], tuple[str, str]]:
    """Kind words of places, folded: their level and how they are written."""
    levels = ("village", "commune", "district", "province")
    return {tuple(fold(kind).split()): (level, kind) for level in levels for kind in data()["kinds"][level]}


def as_typed(text: FormText) -> list[Plain]:
    """The plain words, without those that only look like an abbreviation: "Hồng" and "xa hong loc" have no "không" ("hong")."""
    units: list[Plain] = []
    alone = {unit.token for unit in text.units} | {len(text.tokens)}  # a phrase of several words leaves out the tokens it goes on in
    for at, unit in enumerate(text.units):
        token = text.tokens[unit.token]
        lower = token.text.lower()
        accented = unit.given and fold(lower) != lower and unit.token + 1 in alone
        known = lower in types().short or lower in vocabulary().dialect or lower in vocabulary().short
        name = unit.given and token.word == "hong" and (is_capital(token) or text.words[max(0, at - 1) : at] in (("xa",), ("phuong",), ("thon",)))
        if (accented and not known) or name:
            if not units or units[-1].token != unit.token:
                units.append(Plain(token.word, token.marked, unit.token))
        else:
            units.append(unit)
    return units


def long_kinds(text: FormText) -> list[tuple[int, int]]:
    """Where kind words of several words stand ("tổ dân phố"), which no phrase may break."""
    spans = ((at, at + length) for length in (3, 2) for at in range(len(text.units) - length + 1))
    return [(start, end) for start, end in spans if text.words[start:end] in _kinds()]


class _Reader:
    def __init__(self, text: FormText, taken: set[int], phrases: Mapping[int, int], area: Area, cut: int, villages: Sequence[str]) -> None:
        self.text, self.taken, self.phrases, self.area, self.cut = text, taken, phrases, area, cut
        self.known = {village_key(name): name for name in villages}
        self.found = Places()
        self.named: list[_Named] = []

    def places(self) -> Places:
        at = 0
        while at < self.cut:
            named = self._behind_phrase(at) or (None if at in self.taken else self._at(at))
            if named is None:
                at += 1
                continue
            for one in named:
                self.named.append(one)
                self.found.taken |= set(range(min(one.start, at), one.end))
            at = max(at + 1, named[-1].end)
        return self._joined()

    # -- reading names -----------------------------------------------------------------------------------------------------------

    def _behind_phrase(self, at: int) -> list[_Named] | None:
        """A name right behind "trưởng thôn", "cán bộ xã", "cả tỉnh"."""
        if at not in self.phrases:
            return None
        for length in (3, 2, 1):
            kind = _kinds().get(self.text.words[at - length : at]) if at - length >= self.phrases[at] else None
            if kind:
                named = self._name(*kind, at, at)
                self.found.begun |= {at} if named and kind[0] != "province" else set()
                return named
        return None

    def _at(self, at: int) -> list[_Named] | None:
        kind = self._kind_at(at)
        if kind:
            named = self._name(kind[0], kind[1], at, kind[2])
            return named or None
        return self._known_village(at) or self._bare(at)

    def _kind_at(self, at: int) -> tuple[str, str, int] | None:
        """The kind word at a unit: its level, how it is written, and where it ends."""
        for length in (3, 2, 1):
            kind = _kinds().get(self.text.words[at : at + length])
            if kind is None or any(place in self.taken for place in range(at, at + length)):
                continue
            marks = [unit.marked for unit in self.text.units[at : at + length]]
            exact = all(mark in (tone_last(word), "*") for mark, word in zip(marks, kind[1].split(), strict=True))
            bare = all(mark == fold(word) for mark, word in zip(marks, kind[1].split(), strict=True))
            end = at + length
            if kind[1] in SHORT_KINDS and not self._is_short_kind(end):
                continue
            if exact or (bare and not (self.text.accented and fold(kind[1]) in data()["kinds"]["unsure"])):
                return kind[0], kind[1], end
        return None

    def _is_short_kind(self, end: int) -> bool:
        """ "x. Can Lộc", "x Can Lộc"; any other lone letter is no place."""
        following = self.text.units[end : end + 1]
        return bool(following) and (following[0].word == "." or is_capital(self.text.tokens[following[0].token]))

    def _name(self, level: str, kind: str, start: int, at: int) -> list[_Named]:
        """The names that follow a kind word, none where no name does. An unreadable one is kept as unknown."""
        words = self.text.words
        while at < self.cut and (words[at] in (".", ":") or (words[at] == "so" and words[at + 1 : at + 2] and _is_number(words[at + 1]))):
            at += 1
        if at >= self.cut or at in self.taken or self._is_mark(at):
            return []
        if level == "village":
            return self._villages(kind, start, at)
        if level == "commune":
            return self._communes(kind, start, at)
        end = self._end(at)
        if end is None:
            return []
        return [self._district(start, at, end) if level == "district" else self._province(start, at, end)]

    def _villages(self, kind: str, start: int, at: int) -> list[_Named]:
        if not _is_number(self.text.words[at]):
            known = next((end for end in range(min(self.cut, at + LONGEST), at, -1) if self._key(at, end) in self.known), None)
            end = known or self._end(at)
            return [_Named("village", start, end, self._village(kind, at, end))] if end else []
        found: list[_Named] = []
        while at < self.cut and _is_number(self.text.words[at]) and self.text.words[at + 1 : at + 2] not in [(word,) for word in COUNTED]:
            following = self.text.tokens[self.text.units[at].token + 1 : self.text.units[at].token + 2]
            end = at + 1
            if following and following[0].text in "ABCDabcd" and following[0].text.isalpha() and f"{self._typed(at, end)}{following[0].text}" in self.text.raw:
                end += 1
            found.append(_Named("village", start, end, self._village(kind, at, end)))
            start = at = end
            listed = at + 1 < self.cut and at not in self.taken and self.text.words[at] in NUMBER_LISTS and _is_number(self.text.words[at + 1])
            at += 1 if listed else len(self.text.words)
        return found

    def _village(self, kind: str, at: int, end: int) -> str:
        name = f"{types().type_names.get(kind, kind)} {self._typed(at, end).replace(' ', '' if _is_number(self.text.words[at]) else ' ')}"
        return self.known.get(village_key(name), name)

    def _key(self, at: int, end: int) -> str:
        return village_key(f"thôn {self._typed(at, end)}")

    def _known_village(self, at: int) -> list[_Named] | None:
        """A village known here, named without its kind; one word alone could be anything."""
        for end in range(min(self.cut, at + LONGEST), at + 1, -1):
            if self.taken.isdisjoint(range(at, end)) and self._key(at, end) in self.known:
                return [_Named("village", at, end, self.known[self._key(at, end)])]
        return None

    def _communes(self, kind: str, start: int, at: int) -> list[_Named]:
        most = next((end for end in range(at, min(self.cut, at + LONGEST)) if end in self.taken or self._is_mark(end)), min(self.cut, at + LONGEST))
        begins = not particle(self.text, at) or is_capital(self.text.tokens[self.text.units[at].token])
        for slips in (False, True):
            for end in range(most, at, -1):
                if (end - at == 1 and (slips or not begins)) or (slips and self._is_word(at, end)):
                    continue
                units = communes(self._typed(at, end), province=self.area.province, slips=slips)
                if units:
                    return [self._commune(start, at, end, units)]
        for end in range(most, at, -1):
            others = communes(self._typed(at, end), slips=False) if begins and (end - at > 1 or end == most) else ()
            others = tuple(unit for unit in others if self._is_so_written(at, end, unit))
            if others:
                return [_Named("commune", start, end, "", elsewhere=others[0].area().label)]
        end_of = self._end(at)
        if end_of is None:
            return []
        self.found.unknown = (*self.found.unknown, (start, end_of))
        return [_Named("", start, end_of, "")]

    def _is_so_written(self, at: int, end: int, unit: Unit) -> bool:
        """Whether a place elsewhere has just the accents that were typed, where any were ("Tiến Lộc" is not "Tiên Lộc")."""
        typed = self._typed(at, end).casefold()
        return fold(typed) == typed or typed in (bare_name(unit.commune).casefold(), bare_name(unit.former).casefold())

    def _is_word(self, at: int, end: int) -> bool:
        """Whether particles are among the words, so that a name one slip away is not what was meant."""
        return any(particle(self.text, place) for place in range(at, end))

    def _commune(self, start: int, at: int, end: int, units: tuple[Unit, ...]) -> _Named:
        name = plain_name(self._typed(at, end))
        former = self.text.words[end : end + 1] == ("cu",) and end < self.cut
        today = tuple(unit for unit in units if plain_name(unit.commune) == name)
        older = tuple(unit for unit in units if plain_name(unit.former) == name)
        options = (older if former else today) or units
        own = tuple(unit for unit in options if self.area.covers(unit.area()))
        options = own or options
        return _Named("commune", start, end + former, name, options, former or not (today and options[0] in today))

    def _district(self, start: int, at: int, end: int) -> _Named:
        """A district of before says which commune is meant; by itself it is no place of today."""
        before = self.named[-1] if self.named else None
        district = plain_name(self._typed(at, end))
        if before and before.level == "commune" and any(plain_name(unit.district) == district for unit in before.options):
            self.named[-1] = replace(before, options=tuple(unit for unit in before.options if plain_name(unit.district) == district))
            return _Named("said", start, end, "")
        self.found.unknown = (*self.found.unknown, (start, end))
        return _Named("", start, end, "")

    def _province(self, start: int, at: int, end: int) -> _Named:
        for last in range(end, at, -1):
            province = province_now(self._typed(at, last))
            if province:
                ours = not self.area.province or province == self.area.province
                return _Named("said", start, last, "") if ours else _Named("province", start, last, "", elsewhere=f"tỉnh {province}")
        self.found.unknown = (*self.found.unknown, (start, end))
        return _Named("", start, end, "")

    def _bare(self, at: int) -> list[_Named] | None:
        """A commune or province that fills a part of a list: "thôn 3, Can Lộc, Hà Tĩnh"."""
        end = at
        while end < self.cut and end not in self.taken and not self._is_mark(end) and not self._kind_at(end) and end - at <= LONGEST:
            end += 1
        opens = at == 0 or self._is_mark(at - 1) or at - 1 in self.taken or at - 1 in self.found.taken or bool(particle(self.text, at - 1))
        capital = is_capital(self.text.tokens[self.text.units[at].token])
        if not opens or self._is_mark(at) or not (capital or (self.named and end - at > 1)):
            return None
        typed = self._typed(at, end)
        if plain_name(typed) == plain_name(self.area.province) and self.named:
            return [_Named("said", at, end, "")]
        units = communes(typed, province=self.area.province, slips=False) if end - at > 1 or self.named else ()
        if units and fold(typed) in gazetteer().names and any(self.area.covers(unit.area()) for unit in units):
            return [self._commune(at, at, end, units)]
        return None

    def _end(self, at: int) -> int | None:
        """Where a name that starts at a unit ends, None where none starts there."""
        first = self.text.units[at]
        capital = is_capital(self.text.tokens[first.token]) and self.text.cased
        if not capital and (particle(self.text, at) or first.word in data()["kinds"]["never_names"] or self._kind_at(at)):
            return None
        end = at + 1
        while end < self.cut and end - at < LONGEST and end not in self.taken and not self._is_mark(end) and not self._kind_at(end):
            token = self.text.tokens[self.text.units[end].token]
            if (capital and not is_capital(token) and not _is_number(token.text)) or (not capital and particle(self.text, end)):
                break
            end += 1
        titled = particle(self.text, at, "courtesy") > 0 and not (self.text.accented and first.marked == first.word)
        alone = end == at + 1 and not capital and titled
        return None if alone or not first.word[:1].isalpha() else end

    def _is_mark(self, at: int) -> bool:
        return self.text.tokens[self.text.units[at].token].is_mark

    def _typed(self, start: int, end: int) -> str:
        units = self.text.units
        return self.text.typed(units[start].token, units[end - 1].token + 1)

    # -- joining them -------------------------------------------------------------------------------------------------------------

    def _joined(self) -> Places:
        """Villages with the commune named beside them; a commune named twice, by its older name too, is one."""
        pending: list[str] = []
        pairs: list[tuple[str, _Named | None]] = []
        last: _Named | None = None
        free = False
        for one in self.named:
            if one.elsewhere:
                self.found.outside = (*self.found.outside, one.elsewhere)
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
        self._settle([*pairs, *((village, None) for village in pending)])
        return self.found

    def _settle(self, pairs: Sequence[tuple[str, _Named | None]]) -> None:
        areas: dict[Area, str] = {}
        for village, commune in pairs:
            for area, former in self._areas(village, commune):
                if self.area.covers(area):
                    areas.setdefault(area, former)
                else:
                    self.found.outside = (*self.found.outside, area.label)
        self.found.areas, self.found.formers = tuple(areas), tuple(areas.values())

    def _areas(self, village: str, commune: _Named | None) -> list[tuple[Area, str]]:
        if commune is None:
            if self.area.commune:
                return [(replace(self.area, village=village), "")]
            span = next((one.start, one.end) for one in self.named if one.name == village and one.level == "village")
            self.found.unknown = (*self.found.unknown, span)
            return []
        found = []
        for unit in commune.options:
            own = self.area.commune and self.area.covers(unit.area())
            place = replace(self.area, village="", former="") if own else Area(unit.province, unit.commune)
            former = unit.former if commune.former and unit.former else ""
            found.append((replace(place, village=village, former=bare_name(former) if village else ""), former))
        return list(dict.fromkeys(found))


def _today(named: _Named) -> set[tuple[str, str]]:
    return {(unit.province, unit.commune) for unit in named.options}


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= 2
