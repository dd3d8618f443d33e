"""The words of activity reports, from report.toml: abbreviations, titles, organisations, goods, units, kinds."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from knowledge.vietnamese import fold, tone_last

DATA = Path(__file__).parent / "report.toml"
Entry = TypeVar("Entry")
GAP = re.escape("… ")  # in a cue: up to five words more
WORK = ("care", "taught", "labour", "training", "visit", "housing", "other")  # kinds whose cues end the name of an organisation


@dataclass(frozen=True)
class Unit:
    """A unit as written in the output; one of the word is `factor` of it (1 yến is 10 kg)."""

    name: str
    factor: float = 1


@dataclass(frozen=True)
class Lexicon:
    """The tables. Lists are folded; goods and units keep accents on the words of `apart` ("dê" is not "để")."""

    short: dict[str, str]
    dialect: dict[str, str]
    numerals: dict[str, frozenset[str]]
    lists: dict[str, frozenset[str]]
    surnames: dict[str, list[str]]
    units: dict[str, list[tuple[str, Unit]]]
    goods: dict[str, list[tuple[str, str]]]
    kinds: dict[str, tuple[re.Pattern[str], dict[str, list[str]]]]
    marked: dict[str, frozenset[str]]
    marked_people: dict[str, frozenset[str]]
    marked_villages: dict[str, frozenset[str]]
    marked_stops: dict[str, frozenset[str]]
    date_words: dict[str, frozenset[str]]
    phrases: dict[str, str]
    apart: frozenset[str]
    known: frozenset[str]
    unit_choices: dict[str, list[tuple[str, str]]]  # by bare word: which unit it is before which goods
    no_gift: dict[str, list[str]]  # phrases before sums that are no gifts, by their first word folded
    pairs: frozenset[str]  # two words that stand together in some phrase
    openings: frozenset[str]  # first words of goods and units


def either(phrases: frozenset[str] | set[str]) -> str:
    """A pattern for any of the phrases, the longest first."""
    return "(?:" + "|".join(re.escape(phrase) for phrase in sorted(phrases, key=lambda one: (-len(one), one))) + ")"


def listed(text: str) -> list[str]:
    """The phrases of a table entry, parted by commas or line breaks."""
    return [phrase.strip() for phrase in re.split(r"[,\n]", text) if phrase.strip()]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    lists = {name: frozenset(listed(text)) for name, text in data["lists"].items()}
    units = {word: Unit(word) for word in listed(data["units"]["words"])}
    units |= {word: Unit(name, factor) for word, (factor, name) in data["measures"].items()}
    goods = {phrase: unit for unit, text in data["goods"].items() for phrase in listed(text)}
    kinds = {kind: _cues(listed(text)) for kind, text in data["kinds"].items()}
    numerals = {word: frozenset(map(tone_last, forms.split())) for word, forms in data["numerals"].items()}
    written = [phrase.split()[0] for phrase in (*goods, *units)]
    counted = {form for forms in data["numerals"].values() for form in forms.split()}
    apart = frozenset(word for word in {*written, *lists["apart"]} - counted if fold(word) != word and fold(word) in lists["ambiguous"])
    phrases = {*map(fold, goods), *map(fold, units), *numerals, *data["short"].values()}
    phrases |= {phrase for table in (data["lists"], data["kinds"]) for text in table.values() for phrase in map(fold, listed(text))}
    known = frozenset(word for phrase in phrases for word in phrase.split() if word.isalpha() and word.isascii())
    rows = [phrase.split() for phrase in phrases]
    pairs = frozenset(f"{one} {other}" for row in rows for one, other in pairwise(row))
    surnames: dict[str, list[str]] = {}
    for name in lists["surnames"]:
        surnames.setdefault(fold(name), []).append(name)
    lists["weak_heads"] = frozenset(listed(data["weak_heads"]["words"]))
    marked, people, villages, stops, date_words = (
        {word: frozenset(map(tone_last, forms.split())) for word, forms in data[name].items()}
        for name in ("marked", "marked_people", "marked_villages", "marked_stops", "date_words")
    )
    lists["work"] = frozenset(fold(phrase) for kind in WORK for phrase in listed(data["kinds"][kind]) if " " in phrase)
    lists["gives_or_work"] = lists["gives"] | lists["work"]
    lists["deeds"] = frozenset(fold(phrase) for phrase in listed(data["kinds"]["other"]) if " " in phrase)
    return Lexicon(
        data["short"],
        data["dialect"],
        numerals,
        lists,
        surnames,
        _by_fold(units),
        _by_fold(goods),
        kinds,
        marked,
        people,
        villages,
        stops,
        date_words,
        data["marked_phrases"],
        apart,
        known,
        {word: [(goods, unit) for unit, text in table.items() for goods in listed(text)] for word, table in data["unit_choices"].items()},
        _by_opening(lists["money_before_not"]),
        pairs,
        frozenset(fold(word) for word in written),
    )


def _cues(phrases: list[str]) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """A pattern for the folded phrases, and those of them whose accents have to fit where they are typed."""
    accented: dict[str, list[str]] = {}
    for phrase in phrases:
        if fold(phrase) != phrase:
            accented.setdefault(fold(phrase), []).append(phrase)
    pattern = either(set(map(fold, phrases))).replace(GAP, r"(?:[^.;|\s]+ ){0,5}?")
    return re.compile(rf"(?<![\w<]){pattern}(?![\w>])"), accented


def _by_opening(phrases: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for phrase in sorted(phrases):
        found.setdefault(fold(phrase.split()[0]), []).append(phrase)
    return found


def _by_fold(table: dict[str, Entry]) -> dict[str, list[tuple[str, Entry]]]:
    """The table by folded phrase: each has the phrases, as written, that it can stand for."""
    found: dict[str, list[tuple[str, Entry]]] = {}
    for phrase, entry in table.items():
        found.setdefault(fold(phrase), []).append((phrase, entry))
    return found
