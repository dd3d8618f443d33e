"""Whom an announcement is for, in an officer's words: a place, roles, states of registration, needs and channels.

Every word is accounted for: it says something (phrases of audience.toml, names of places, needs of the registration form), it
is a particle, or it is given back as not understood. Nothing after an exclusion ("trừ …") is taken as wanted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from intents.announcements import Audience
from intents.people import Role
from intents.slots import audience_places as places
from intents.slots.causes import needs_in
from intents.slots.form_text import FormText, form_text
from intents.slots.phrases import find, pattern
from intents.wording import group
from knowledge.units import Area, in_text
from knowledge.vietnamese import fold, is_syllable

TABLES = ("role", "state", "channel", "everybody", "whole", "head", "exclude")
STATES = {"registered": ("submitted", "approved", "returned")}
CHANNELS = {"zalo": ("zalo_oa", "zalo_bot")}
ALLOWED = (Role.HOUSEHOLD, Role.VILLAGE_HEAD, Role.COMMUNE_OFFICER)
JOINS = frozenset((",", "+", "/", "va", "voi", "hoac", "hay", "cung"))
AGAINST = frozenset(("nhung", "ma"))
EITHER = frozenset(("hoac", "hay"))
NAMED_KINDS = ("xa", "phuong", "tran", "thon", "xom", "ban", "lang", "buon", "ap", "khoi", "khu")
SHORTEST_MENDED = 5
MACRO = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class HeardAudience:
    """`audience` is the base narrowed by what was understood; `understood` says so in plain words, the place first. `unknown`
    are words that mean something and were not understood, `outside` places outside the base's area, `several` the places where
    more than one is named (the audience has the first). `apart` are roles that cannot go together with states or needs, which
    speak of households only; they are among the unknown. Unless `is_clear`, the officer has to be asked.
    """

    audience: Audience
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    several: tuple[Area, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        return bool(self.understood) and not (self.unknown or self.outside or self.several)


@dataclass(frozen=True)
class Hit:
    """A phrase found: its table and label, and the units it covers."""

    table: str
    label: str
    start: int
    end: int


@dataclass
class _Heard:
    """What is being read: `hits` that stand, the units accounted for, and the needs."""

    text: FormText
    hits: list[Hit] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    needs: tuple[str, ...] = ()
    cut: int = 0


def parse_audience(text: str, base: Audience, roles: Sequence[Role] = ALLOWED, villages: Sequence[str] = ()) -> HeardAudience:
    """The audience a text names inside `base`. `roles` are those the officer may write to; `villages` are names known in the
    base's area, which need no word for their kind."""
    heard = _read(text)
    named = places.read_places(heard.text, heard.taken, _kinds_after(heard), base.area, heard.cut, tuple(villages))
    heard.taken |= named.taken
    whole = _whole(heard, base.area, named)
    _read_needs(heard)
    _skip_particles(heard)
    said = _Said(heard, tuple(roles))
    audience, apart = said.narrowed(base, named.areas[0] if named.areas else base.area)
    if said.left_out:
        heard.taken -= said.left_out
    unknown = (*_left(heard, named.unknown), *apart)
    labels = tuple(dict.fromkeys((*_place_labels(named, whole), *said.labels)))
    if not labels and any(hit.table == "everybody" for hit in heard.hits):
        labels = (_label("everybody", place=base.area.label),)
    several = named.areas if len(named.areas) > 1 else ()
    outside = (*named.outside, *((whole[1],) if whole and whole[0] == "outside" else ()))
    return HeardAudience(replace(audience, area=base.area) if outside else audience, labels, unknown, outside, several, apart)


# -- phrases ---------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Every phrase by table and label; macros are this file's own."""
    return tuple(
        (name, label, re.compile(rf"(?<!\S){pattern(_spelled(phrase))}"))
        for name in TABLES
        for label, phrases in places.data()[name].items()
        for phrase in phrases
    )


def _spelled(phrase: str) -> str:
    """A phrase with its macros written out."""
    while MACRO.search(phrase):
        phrase = MACRO.sub(lambda match: f"({'|'.join(places.data()['macros'][match[1]])})", phrase)
    return phrase


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    words = " ".join(_spelled(phrase) for name in TABLES for phrases in places.data()[name].values() for phrase in phrases)
    return frozenset(word for word in re.findall("[a-z]+", fold(words)) if len(word) >= SHORTEST_MENDED - 1)


def _read(text: str) -> _Heard:
    """The phrases of a text, longest first, none overlapping, none behind an exclusion."""
    form = form_text(text)
    form = replace(form, units=tuple(replace(unit, word=_mended(unit.word)) for unit in places.as_typed(form)))
    hits = []
    for name, label, expression in _patterns():
        for match in expression.finditer(form.line):
            first = form.line.count(" ", 0, match.start())
            hits.append(Hit(name, label, first, first + form.line.count(" ", match.start(), match.end())))
    heard = _Heard(form, cut=len(form.units))
    kinds = places.long_kinds(form)
    for hit in sorted(hits, key=lambda one: (one.start - one.end, TABLES.index(one.table), one.start)):
        apart = all(hit.end <= start or end <= hit.start or (hit.start <= start and end <= hit.end) for start, end in kinds)
        if apart and not _is_name(form, hit) and heard.taken.isdisjoint(range(hit.start, hit.end)):
            heard.hits.append(hit)
            heard.taken |= set(range(hit.start, hit.end))
    return _without_excluded(heard)


def _is_name(text: FormText, hit: Hit) -> bool:
    """Whether "can" begins a place's name ("xa can loc", "thôn Cần Thạnh") and no need."""
    if hit.table != "head":
        return False
    capital = text.cased and text.tokens[text.units[hit.start].token].text[0].isupper()
    before = text.words[hit.start - 1] if hit.start else ""
    return capital and before in NAMED_KINDS if text.units[hit.start].marked != "can" else capital or before in NAMED_KINDS[:3]


def _without_excluded(heard: _Heard) -> _Heard:
    heard.cut = min((hit.start for hit in heard.hits if hit.table == "exclude"), default=len(heard.text.units))
    heard.cut = min([heard.cut, *(at for at, unit in enumerate(heard.text.units) if heard.text.tokens[unit.token].word == "tru")])
    heard.hits = sorted((hit for hit in heard.hits if hit.end <= heard.cut), key=lambda hit: hit.start)
    heard.taken = {at for at in heard.taken if at < heard.cut}
    return heard


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """A word that is no syllable as the one word of the phrases one slip away ("truogn" is "truong")."""
    if len(word) < SHORTEST_MENDED or not word.isalpha() or is_syllable(word) or word in _vocabulary():
        return word
    near = [known for known in _vocabulary() if OSA.distance(word, known, score_cutoff=1) <= 1]
    return near[0] if len(near) == 1 else word


def _kinds_after(heard: _Heard) -> dict[int, int]:
    """Where a name may follow a phrase that ends in a word for a kind of place ("trưởng thôn", "cả xã"): end by start."""
    return {hit.end: hit.start for hit in heard.hits if hit.table in ("role", "whole")}


# -- places ----------------------------------------------------------------------------------------------------------------------


def _whole(heard: _Heard, area: Area, named: places.Places) -> tuple[str, str] | None:
    """What "cả xã", "toàn tỉnh" say where no name follows: ("whole" or "outside", the place); what cannot be is given back."""
    found: tuple[str, str] | None = None
    for hit in [hit for hit in heard.hits if hit.table == "whole" and hit.end not in named.begun]:
        fits = {
            "commune": bool(area.commune and not area.village),
            "communes": not area.commune,
            "villages": not area.village,
            "province": bool(area.province and not area.commune),
        }
        if fits.get(hit.label, not area.province):
            found = found or ("whole", area.label)
        elif hit.label in ("province", "country"):
            found = ("outside", area.province if hit.label == "province" else places.data()["label"]["country"])
        else:
            heard.taken -= set(range(hit.start, hit.end))
    return found


def _place_labels(named: places.Places, whole: tuple[str, str] | None) -> tuple[str, ...]:
    labels = []
    for area, former in zip(named.areas, named.formers, strict=True):
        if area.village:
            labels.append(f"{area.village} (xã {area.former} cũ)" if area.former else area.village)
        else:
            labels.append(_label("former", place=area.commune, former=in_text(former)) if former else _label("whole", place=area.commune))
    if not labels and whole and whole[0] == "whole":
        labels.append(_label("whole", place=whole[1]))
    return tuple(labels)


# -- needs and particles ---------------------------------------------------------------------------------------------------------


def _read_needs(heard: _Heard) -> None:
    """The needs named after "cần", "muốn" …; a head that no need follows is given back."""
    starts = sorted({hit.start for hit in heard.hits if hit.table not in ("head", "everybody")} | {heard.cut})
    for hit in [hit for hit in heard.hits if hit.table == "head"]:
        houses = [one for one in heard.hits if one.label == "household" and heard.text.words[one.start : one.end] == ("nha",) and one.start >= hit.end]
        heard.hits = [one for one in heard.hits if one not in houses]  # "cần sửa nhà"
        heard.taken -= {one.start for one in houses}
        end = next((at for at in starts if at >= hit.end and at in heard.taken | {heard.cut}), heard.cut)
        end = next((at for at in range(hit.end, end) if at in heard.taken or heard.text.words[at] == "."), end)
        inside = _part(heard.text, hit.start, end)
        labels = tuple(label for label in needs_in(inside, (), answer=True) if label != "other")
        covered = {
            hit.start + at
            for name in ("needs", "bare_needs", "only_needs")
            for one in find(inside, name)
            if one.label in labels
            for at in range(one.start, one.end)
        }
        heard.taken -= set() if labels else set(range(hit.start, hit.end))
        heard.taken |= covered
        heard.needs = (*heard.needs, *(label for label in labels if label not in heard.needs))


def _part(text: FormText, start: int, end: int) -> FormText:
    return replace(text, units=text.units[start:end])


def _skip_particles(heard: _Heard) -> None:
    for at in range(heard.cut):
        if at not in heard.taken:
            length = places.particle(heard.text, at) or places.particle(heard.text, at, "courtesy")
            heard.taken |= set(range(at, min(at + length, heard.cut)))
            if heard.text.tokens[heard.text.units[at].token].is_mark:
                heard.taken.add(at)


def _left(heard: _Heard, named: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The words that are not accounted for, side by side as typed; all from an exclusion on is one."""
    units, tokens = heard.text.units, heard.text.tokens
    blocks: list[list[int]] = []
    for at in range(heard.cut):
        inside = next((span for span in named if span[0] <= at < span[1]), None)
        if at in heard.taken and not inside:
            continue
        joined = blocks and blocks[-1][-1] == at - 1 and inside == next((span for span in named if span[0] <= at - 1 < span[1]), None)
        if joined:
            blocks[-1].append(at)
        else:
            blocks.append([at])
    if heard.cut < len(units):
        blocks.append(list(range(heard.cut, len(units))))
    texts = (heard.text.typed(units[block[0]].token, units[block[-1]].token + 1).strip(" ,.") for block in blocks)
    return tuple(text for text in texts if any(char.isalnum() for char in text)) if tokens else ()


# -- what it comes to --------------------------------------------------------------------------------------------------------------


class _Said:
    """Roles, states, needs and channels as values, their labels, and units of what has to be given back after all."""

    def __init__(self, heard: _Heard, allowed: tuple[Role, ...]) -> None:
        self.left_out: set[int] = set()
        self.heard = heard
        self.roles = self._roles(allowed)
        self.states, self.state_labels = self._states()
        self.channel_labels = self._labels_of("channel")
        self.channels = tuple(dict.fromkeys(name for one in self.channel_labels for name in CHANNELS.get(one, (one,))))
        self.labels: tuple[str, ...] = ()

    def _labels_of(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.label for hit in self.heard.hits if hit.table == name))

    def _roles(self, allowed: tuple[Role, ...]) -> tuple[Role, ...]:
        for hit in self.heard.hits:
            if hit.table == "role" and Role(hit.label) not in allowed:
                self.left_out |= set(range(hit.start, hit.end))
        return tuple(role for role in map(Role, self._labels_of("role")) if role in allowed)

    def _states(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """States listed are added; one that only describes the one before ("nhưng chưa được duyệt") narrows it."""
        states: tuple[str, ...] = ()
        labels: list[str] = []
        before: Hit | None = None
        for hit in [hit for hit in self.heard.hits if hit.table == "state"]:
            named = STATES.get(hit.label, (hit.label,))
            between = set(self.heard.text.words[before.end : hit.start]) if before else set()
            if before is None or (between & JOINS and not between & AGAINST):
                states, before = (*states, *(state for state in named if state not in states)), hit
                labels.append(hit.label)
            elif both := tuple(state for state in states if state in named):
                states, before = both, hit
                labels = [hit.label]
            else:
                self.left_out |= set(range(hit.start, hit.end))
        return states, tuple(dict.fromkeys(labels))

    def narrowed(self, base: Audience, area: Area) -> tuple[Audience, tuple[str, ...]]:
        """The base with what was said in place of what it had; roles that cannot be joined with it are told apart."""
        states, needs = self.states or base.registration, self.heard.needs or base.needs
        roles = self.roles or base.roles
        others = tuple(role for role in roles if role is not Role.HOUSEHOLD) if states or needs else ()
        apart = tuple(_label(role.value) for role in others if role in self.roles)
        roles = (Role.HOUSEHOLD,) if states or needs else roles
        names = group("need")
        said = [_label(role.value) for role in self.roles if role not in others and not (self.states or self.heard.needs)]
        said += [_label(state) for state in self.state_labels]
        said += [_label("needs", need=names[need]) for need in self.heard.needs]
        self.labels = (*said, *(_label(channel) for channel in self.channel_labels))
        if sum(map(bool, (self.states, self.heard.needs, self.channels, others))) > 1 or (self.roles and self.channels):
            self._give_back_either()
        return Audience(area, roles, states, needs, self.channels or base.channels, base.same_as), apart

    def _give_back_either(self) -> None:
        """ "Hoặc" between two kinds of conditions: all conditions hold together, so that it cannot be done."""
        self.left_out |= {at for at, word in enumerate(self.heard.text.words[: self.heard.cut]) if word in EITHER and self._joins(at)}

    def _joins(self, at: int) -> bool:
        before = [hit.table for hit in self.heard.hits if hit.end <= at]
        after = [hit.table for hit in self.heard.hits if hit.start > at]
        return bool(before and after) and before[-1] != after[0] and not {"head", "everybody"} & {before[-1]}


def _label(name: str, **parts: str) -> str:
    return str(places.data()["label"][name]).format(**parts)
