"""Recognises what people plug into a question: audiences, offices, levels, occasions, what is asked for."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "language" / "concepts.toml"


@dataclass(frozen=True)
class Concept:
    """One recognised phrase: its dimension ("audience"), its value ("village") and the words it takes."""

    dimension: str
    value: str
    start: int
    end: int


@lru_cache(maxsize=1)
def lexicon() -> tuple[dict[str, list[tuple[str, str]]], int]:
    """Folded phrase -> (dimension, value) pairs, and the longest phrase in words."""
    table: dict[str, list[tuple[str, str]]] = {}
    for dimension, values in tomllib.loads(DATA.read_text(encoding="utf-8")).items():
        for value, phrases in values.items():
            for phrase in phrases:
                table.setdefault(phrase, []).append((dimension, value))
    return table, max(len(phrase.split()) for phrase in table)


def concepts(plain: tuple[str, ...]) -> list[Concept]:
    """The concepts in folded words; within a dimension the longest phrase wins and phrases do not overlap."""
    table, longest = lexicon()
    found: list[Concept] = []
    taken: set[tuple[str, int]] = set()
    for length in range(min(longest, len(plain)), 0, -1):
        for start in range(len(plain) - length + 1):
            for dimension, value in table.get(" ".join(plain[start : start + length]), ()):
                spots = {(dimension, index) for index in range(start, start + length)}
                if not spots & taken:
                    taken |= spots
                    found.append(Concept(dimension, value, start, start + length))
    return sorted(found, key=lambda concept: concept.start)
