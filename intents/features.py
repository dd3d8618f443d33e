"""Turns a read text into the sparse vector that matching uses.

Three groups, each of length one before weighting, so that a long text does not drown its concepts: characters (2-5 grams
inside words), words (1-3 grams), concepts (who, which office, which occasion). Names of features are hashed: no
vocabulary has to be kept or loaded.
"""

from __future__ import annotations

from binascii import crc32
from collections import Counter
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.concepts import concepts

BUCKETS = 1 << 18
CHARACTERS = (2, 3, 4, 5)
WORDS = (1, 2, 3)
GROUP_WEIGHTS = {"c": 0.62, "w": 0.62, "k": 0.48}
FILLERS = frozenset(
    "a ah oi nhe nha vay the thi la ma cho em anh chi minh toi ban ad u da hoi cai a nhi chu di voi ay "
    "nay xin biet muon hay giup dum dup bac chau ong ba cu co chu shop admin bot".split()
)

Vector = tuple[NDArray[np.int64], NDArray[np.float32]]


@lru_cache(maxsize=65536)
def _word_grams(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(_bucket("c" + padded[i : i + n]) for n in CHARACTERS for i in range(len(padded) - n + 1))


@lru_cache(maxsize=1 << 17)
def _bucket(name: str) -> int:
    return crc32(name.encode()) & (BUCKETS - 1)


def groups(plain: tuple[str, ...]) -> dict[str, Counter[int]]:
    """Feature counts by group for folded, masked words."""
    chars: Counter[int] = Counter()
    for word in plain:
        chars.update(_word_grams(word))
    telling = tuple(word for word in plain if word not in FILLERS) or plain
    words: Counter[int] = Counter()
    for n in WORDS:
        words.update(_bucket("w" + " ".join(telling[i : i + n])) for i in range(len(telling) - n + 1))
    marks = _marks(plain)
    kinds: Counter[int] = Counter(_bucket("k" + mark) for mark in marks)
    kinds.update(_bucket(f"k{one}+{other}") for one in marks for other in marks if one < other)
    return {"c": chars, "w": words, "k": kinds}


def _marks(plain: tuple[str, ...]) -> set[str]:
    """The concepts of a text, and what is missing from it: a question word, a word of the domain."""
    marks = {f"{found.dimension}={found.value}" for found in concepts(plain)}
    if "form=question" not in marks:
        marks.add("form=statement")
    if "domain=core" not in marks:
        marks.add("domain=none")
    if any(word[0].isdigit() for word in plain):
        marks.add("form=counted")
    return marks


def vector(plain: tuple[str, ...], idf: NDArray[np.float32]) -> Vector:
    """Bucket numbers and weights, of length one. `idf` has one weight for each bucket."""
    ids: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float32]] = []
    for group, counts in groups(plain).items():
        if not counts:
            continue
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        value = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        value = (1 + np.log(value)) * idf[at]
        ids.append(at)
        weights.append(value * (GROUP_WEIGHTS[group] / max(float(np.linalg.norm(value)), 1e-9)))
    if not ids:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    found, values = np.concatenate(ids), np.concatenate(weights).astype(np.float32)
    return found, values / max(float(np.linalg.norm(values)), 1e-9)
