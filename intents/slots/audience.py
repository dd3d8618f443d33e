"""Whom an announcement is for, in an officer's words: a place, roles, states of registration, needs and channels.

Every word is accounted for: it says something (phrases of audience.toml, names of places, needs of the registration form), it
is a particle, or it is given back as not understood. Nothing after an exclusion ("trừ …") is taken as wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intents.announcements import Audience
from intents.people import Role
from intents.slots.audience_areas import Places
from intents.slots.audience_phrases import Heard, read_phrases
from intents.slots.audience_places import read_places
from intents.slots.audience_said import Said
from intents.slots.audience_words import data, in_words, particle
from intents.slots.causes import needs_in
from intents.slots.form_text import FormText
from intents.slots.phrases import find
from knowledge.units import Area, in_text

ALLOWED = (Role.HOUSEHOLD, Role.VILLAGE_HEAD, Role.COMMUNE_OFFICER)


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


def parse_audience(text: str, base: Audience, roles: Sequence[Role] = ALLOWED, villages: Sequence[str] = ()) -> HeardAudience:
    """The audience a text names inside `base`. `roles` are those the officer may write to; `villages` are names known in the
    base's area, which need no word for their kind."""
    heard = read_phrases(text)
    named = read_places(heard.text, heard.taken, _kinds_after(heard), base.area, heard.cut, tuple(villages))
    heard.taken |= named.taken
    whole = _whole(heard, base.area, named)
    _read_needs(heard)
    _skip_particles(heard)
    said = Said(heard, tuple(roles))
    audience, apart = said.narrowed(base, named.areas[0] if named.areas else base.area)
    if said.left_out:
        heard.taken -= said.left_out
    unknown = (*_left(heard, named.unknown), *apart)
    labels = tuple(dict.fromkeys((*_place_labels(named, whole), *said.labels)))
    if not labels and any(hit.table == "everybody" for hit in heard.hits):
        labels = (in_words("everybody", place=base.area.label),)
    several = named.areas if len(named.areas) > 1 else ()
    outside = (*named.outside, *((whole[1],) if whole and whole[0] == "outside" else ()))
    return HeardAudience(replace(audience, area=base.area) if outside else audience, labels, unknown, outside, several, apart)


# -- places ----------------------------------------------------------------------------------------------------------------------


def _kinds_after(heard: Heard) -> dict[int, int]:
    """Where a name may follow a phrase that ends in a word for a kind of place ("trưởng thôn", "cả xã"): end by start."""
    return {hit.end: hit.start for hit in heard.hits if hit.table in ("role", "whole")}


def _whole(heard: Heard, area: Area, named: Places) -> tuple[str, str] | None:
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
            found = ("outside", area.province if hit.label == "province" else data()["label"]["country"])
        else:
            heard.taken -= set(range(hit.start, hit.end))
    return found


def _place_labels(named: Places, whole: tuple[str, str] | None) -> tuple[str, ...]:
    labels = []
    for area, former in zip(named.areas, named.formers, strict=True):
        if area.village:
            labels.append(f"{area.village} (xã {area.former} cũ)" if area.former else area.village)
        else:
            labels.append(in_words("former", place=area.commune, former=in_text(former)) if former else in_words("whole", place=area.commune))
    if not labels and whole and whole[0] == "whole":
        labels.append(in_words("whole", place=whole[1]))
    return tuple(labels)


# -- needs and particles ---------------------------------------------------------------------------------------------------------


def _read_needs(heard: Heard) -> None:
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


def _skip_particles(heard: Heard) -> None:
    for at in range(heard.cut):
        if at not in heard.taken:
            length = particle(heard.text, at) or particle(heard.text, at, "courtesy")
            heard.taken |= set(range(at, min(at + length, heard.cut)))
            if heard.text.tokens[heard.text.units[at].token].is_mark:
                heard.taken.add(at)


def _left(heard: Heard, named: Sequence[tuple[int, int]]) -> tuple[str, ...]:
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
