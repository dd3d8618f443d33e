"""The phrases of audience.toml in an officer's words: whom, in what state, by which channel; nothing behind an exclusion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from intents.slots.audience_words import as_typed, data, long_kinds
from intents.slots.form_text import FormText, form_text
from intents.slots.phrases import pattern
from knowledge.vietnamese import fold, is_syllable

TABLES = ("role", "state", "channel", "everybody", "whole", "head", "exclude")
NAMED_KINDS = ("xa", "phuong", "tran", "thon", "xom", "ban", "lang", "buon", "ap", "khoi", "khu")
SHORTEST_MENDED = 5
MACRO = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Hit:
    """A phrase found: its table and label, and the units it covers."""

    table: str
    label: str
    start: int
    end: int


@dataclass
class Heard:
    """What is being read: `hits` that stand, the units accounted for, and the needs."""

    text: FormText
    hits: list[Hit] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    needs: tuple[str, ...] = ()
    cut: int = 0


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Every phrase by table and label; macros are the table's own."""
    return tuple(
        (name, label, re.compile(rf"(?<!\S){pattern(_spelled(phrase))}"))
        for name in TABLES
        for label, phrases in data()[name].items()
        for phrase in phrases
    )


def _spelled(phrase: str) -> str:
    """A phrase with its macros written out."""
    while MACRO.search(phrase):
        phrase = MACRO.sub(lambda match: f"({'|'.join(data()['macros'][match[1]])})", phrase)
    return phrase


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    words = " ".join(_spelled(phrase) for name in TABLES for phrases in data()[name].values() for phrase in phrases)
    return frozenset(word for word in re.findall("[a-z]+", fold(words)) if len(word) >= SHORTEST_MENDED - 1)


def read_phrases(text: str) -> Heard:
    """The phrases of a text, longest first, none overlapping, none behind an exclusion."""
    form = form_text(text)
    form = replace(form, units=tuple(replace(unit, word=_mended(unit.word)) for unit in as_typed(form)))
    hits = []
    for name, label, expression in _patterns():
        for match in expression.finditer(form.line):
            first = form.line.count(" ", 0, match.start())
            hits.append(Hit(name, label, first, first + form.line.count(" ", match.start(), match.end())))
    heard = Heard(form, cut=len(form.units))
    kinds = long_kinds(form)
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


def _without_excluded(heard: Heard) -> Heard:
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
