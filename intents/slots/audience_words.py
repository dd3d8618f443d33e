"""The words in which an audience is named: the tables of audience.toml, particles that say nothing, words for kinds of places."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from intents.slots.form_text import FormText, Unit
from intents.slots.place_words import is_capital
from intents.slots.registration_data import table as types
from knowledge.load import table
from knowledge.vietnamese import fold, tone_last, vocabulary

DATA = Path(__file__).parent / "audience.toml"


@lru_cache(maxsize=1)
def data() -> dict[str, Any]:
    return table(DATA)


def in_words(name: str, **parts: str) -> str:
    """How the officer is told of a role, state, channel or place."""
    return str(data()["label"][name]).format(**parts)


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
def kinds() -> dict[tuple[str, ...], tuple[str, str]]:
    """Kind words of places, folded: their level and how they are written."""
    levels = ("village", "commune", "district", "province")
    return {tuple(fold(kind).split()): (level, kind) for level in levels for kind in data()["kinds"][level]}


def as_typed(text: FormText) -> list[Unit]:
    """The plain words, without those that only look like an abbreviation: "Hồng" and "xa hong loc" have no "không" ("hong")."""
    units: list[Unit] = []
    alone = {unit.token for unit in text.units} | {len(text.tokens)}  # a phrase of several words leaves out the tokens it goes on in
    for at, unit in enumerate(text.units):
        token = text.tokens[unit.token]
        lower = token.text.lower()
        accented = unit.given and fold(lower) != lower and unit.token + 1 in alone
        known = lower in types().short or lower in vocabulary().dialect or lower in vocabulary().short
        name = unit.given and token.word == "hong" and (is_capital(token) or text.words[max(0, at - 1) : at] in (("xa",), ("phuong",), ("thon",)))
        if (accented and not known) or name:
            if not units or units[-1].token != unit.token:
                units.append(Unit(token.word, token.marked, unit.token))
        else:
            units.append(unit)
    return units


def long_kinds(text: FormText) -> list[tuple[int, int]]:
    """Where kind words of several words stand ("tổ dân phố"), which no phrase may break."""
    spans = ((at, at + length) for length in (3, 2) for at in range(len(text.units) - length + 1))
    return [(start, end) for start, end in spans if text.words[start:end] in kinds()]


def is_number(word: str) -> bool:
    """Whether the word is the number of a village."""
    return word.isascii() and word.isdecimal() and len(word) <= 2
