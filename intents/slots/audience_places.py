"""The places an audience is narrowed to: villages, communes by any name they have had, and what lies outside the officer's area.

A village without its commune is the officer's own; where several places are named they are told apart, never widened to both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from intents.slots.audience_areas import Named, Places, joined
from intents.slots.audience_names import LONGEST, Names
from intents.slots.audience_words import is_number, kinds, particle
from intents.slots.form_text import FormText
from intents.slots.registration_data import table as types
from knowledge.places import gazetteer
from knowledge.units import Area, Unit, bare_name, communes, plain_name, province_now, village_key
from knowledge.vietnamese import fold

COUNTED = frozenset(("ho", "nguoi", "nha", "gio", "gia", "suat", "ngay", "thang"))
NUMBER_LISTS = frozenset((",", "va", "voi", "+"))


def read_places(
    text: FormText, taken: Collection[int], phrases: Mapping[int, int], area: Area, cut: int, villages: tuple[str, ...]
) -> Places:  # fmt: skip
    """Every place named before unit `cut`. `phrases` are phrases by their end: one that ends in a kind word may lead a name."""
    return _Reader(text, set(taken), phrases, area, cut, villages).places()


class _Reader:
    def __init__(self, text: FormText, taken: set[int], phrases: Mapping[int, int], area: Area, cut: int, villages: Sequence[str]) -> None:
        self.text, self.taken, self.phrases, self.area, self.cut = text, taken, phrases, area, cut
        self.names = Names(text, taken, cut)
        self.known = {village_key(name): name for name in villages}
        self.found = Places()
        self.named: list[Named] = []

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
        return joined(self.named, self.area, self.found)

    def _behind_phrase(self, at: int) -> list[Named] | None:
        """A name right behind "trưởng thôn", "cán bộ xã", "cả tỉnh"."""
        if at not in self.phrases:
            return None
        for length in (3, 2, 1):
            kind = kinds().get(self.text.words[at - length : at]) if at - length >= self.phrases[at] else None
            if kind:
                named = self._name(*kind, at, at)
                self.found.begun |= {at} if named and kind[0] != "province" else set()
                return named
        return None

    def _at(self, at: int) -> list[Named] | None:
        kind = self.names.kind_at(at)
        if kind:
            named = self._name(kind[0], kind[1], at, kind[2])
            return named or None
        return self._known_village(at) or self._bare(at)

    def _name(self, level: str, kind: str, start: int, at: int) -> list[Named]:
        """The names that follow a kind word, none where no name does. An unreadable one is kept as unknown."""
        words = self.text.words
        while at < self.cut and (words[at] in (".", ":") or (words[at] == "so" and words[at + 1 : at + 2] and is_number(words[at + 1]))):
            at += 1
        if at >= self.cut or at in self.taken or self.names.is_mark(at):
            return []
        if level == "village":
            return self._villages(kind, start, at)
        if level == "commune":
            return self._communes(kind, start, at)
        end = self.names.end(at)
        if end is None:
            return []
        return [self._district(start, at, end) if level == "district" else self._province(start, at, end)]

    def _villages(self, kind: str, start: int, at: int) -> list[Named]:
        if not is_number(self.text.words[at]):
            known = next((end for end in range(min(self.cut, at + LONGEST), at, -1) if self._key(at, end) in self.known), None)
            end = known or self.names.end(at)
            return [Named("village", start, end, self._village(kind, at, end))] if end else []
        found: list[Named] = []
        while at < self.cut and is_number(self.text.words[at]) and self.text.words[at + 1 : at + 2] not in [(word,) for word in COUNTED]:
            following = self.text.tokens[self.text.units[at].token + 1 : self.text.units[at].token + 2]
            end = at + 1
            if following and following[0].text in "ABCDabcd" and following[0].text.isalpha() and f"{self.names.typed(at, end)}{following[0].text}" in self.text.raw:
                end += 1
            found.append(Named("village", start, end, self._village(kind, at, end)))
            start = at = end
            listed = at + 1 < self.cut and at not in self.taken and self.text.words[at] in NUMBER_LISTS and is_number(self.text.words[at + 1])
            at += 1 if listed else len(self.text.words)
        return found

    def _village(self, kind: str, at: int, end: int) -> str:
        name = f"{types().type_names.get(kind, kind)} {self.names.typed(at, end).replace(' ', '' if is_number(self.text.words[at]) else ' ')}"
        return self.known.get(village_key(name), name)

    def _key(self, at: int, end: int) -> str:
        return village_key(f"thôn {self.names.typed(at, end)}")

    def _known_village(self, at: int) -> list[Named] | None:
        """A village known here, named without its kind; one word alone could be anything."""
        for end in range(min(self.cut, at + LONGEST), at + 1, -1):
            if self.taken.isdisjoint(range(at, end)) and self._key(at, end) in self.known:
                return [Named("village", at, end, self.known[self._key(at, end)])]
        return None

    def _communes(self, kind: str, start: int, at: int) -> list[Named]:
        most = next((end for end in range(at, min(self.cut, at + LONGEST)) if end in self.taken or self.names.is_mark(end)), min(self.cut, at + LONGEST))
        begins = not particle(self.text, at) or self.names.is_capital(at)
        for slips in (False, True):
            for end in range(most, at, -1):
                if (end - at == 1 and (slips or not begins)) or (slips and self._is_word(at, end)):
                    continue
                units = communes(self.names.typed(at, end), province=self.area.province, slips=slips)
                if units:
                    return [self._commune(start, at, end, units)]
        for end in range(most, at, -1):
            others = communes(self.names.typed(at, end), slips=False) if begins and (end - at > 1 or end == most) else ()
            others = tuple(unit for unit in others if self._is_so_written(at, end, unit))
            if others:
                return [Named("commune", start, end, "", elsewhere=others[0].area().label)]
        end_of = self.names.end(at)
        if end_of is None:
            return []
        self.found.unknown = (*self.found.unknown, (start, end_of))
        return [Named("", start, end_of, "")]

    def _is_so_written(self, at: int, end: int, unit: Unit) -> bool:
        """Whether a place elsewhere has just the accents that were typed, where any were ("Tiến Lộc" is not "Tiên Lộc")."""
        typed = self.names.typed(at, end).casefold()
        return fold(typed) == typed or typed in (bare_name(unit.commune).casefold(), bare_name(unit.former).casefold())

    def _is_word(self, at: int, end: int) -> bool:
        """Whether particles are among the words, so that a name one slip away is not what was meant."""
        return any(particle(self.text, place) for place in range(at, end))

    def _commune(self, start: int, at: int, end: int, units: tuple[Unit, ...]) -> Named:
        name = plain_name(self.names.typed(at, end))
        former = self.text.words[end : end + 1] == ("cu",) and end < self.cut
        today = tuple(unit for unit in units if plain_name(unit.commune) == name)
        older = tuple(unit for unit in units if plain_name(unit.former) == name)
        options = (older if former else today) or units
        own = tuple(unit for unit in options if self.area.covers(unit.area()))
        options = own or options
        return Named("commune", start, end + former, name, options, former or not (today and options[0] in today))

    def _district(self, start: int, at: int, end: int) -> Named:
        """A district of before says which commune is meant; by itself it is no place of today."""
        before = self.named[-1] if self.named else None
        district = plain_name(self.names.typed(at, end))
        if before and before.level == "commune" and any(plain_name(unit.district) == district for unit in before.options):
            self.named[-1] = replace(before, options=tuple(unit for unit in before.options if plain_name(unit.district) == district))
            return Named("said", start, end, "")
        self.found.unknown = (*self.found.unknown, (start, end))
        return Named("", start, end, "")

    def _province(self, start: int, at: int, end: int) -> Named:
        for last in range(end, at, -1):
            province = province_now(self.names.typed(at, last))
            if province:
                ours = not self.area.province or province == self.area.province
                return Named("said", start, last, "") if ours else Named("province", start, last, "", elsewhere=f"tỉnh {province}")
        self.found.unknown = (*self.found.unknown, (start, end))
        return Named("", start, end, "")

    def _bare(self, at: int) -> list[Named] | None:
        """A commune or province that fills a part of a list: "thôn 3, Can Lộc, Hà Tĩnh"."""
        end = at
        while end < self.cut and end not in self.taken and not self.names.is_mark(end) and not self.names.kind_at(end) and end - at <= LONGEST:
            end += 1
        opens = at == 0 or self.names.is_mark(at - 1) or at - 1 in self.taken or at - 1 in self.found.taken or bool(particle(self.text, at - 1))
        capital = self.names.is_capital(at)
        if not opens or self.names.is_mark(at) or not (capital or (self.named and end - at > 1)):
            return None
        typed = self.names.typed(at, end)
        if plain_name(typed) == plain_name(self.area.province) and self.named:
            return [Named("said", at, end, "")]
        units = communes(typed, province=self.area.province, slips=False) if end - at > 1 or self.named else ()
        if units and fold(typed) in gazetteer().names and any(self.area.covers(unit.area()) for unit in units):
            return [self._commune(at, at, end, units)]
        return None
