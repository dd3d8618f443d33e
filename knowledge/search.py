"""Retrieval over the facts' own words (BM25 over folded words and word pairs): the second opinion on what is asked."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.model import Fact, Plan
from knowledge.vietnamese import read

K1 = 1.2
B = 0.6


@dataclass(frozen=True, eq=False)
class Index:
    """Inverted index of one plan's facts: term -> (question, weight), weights already saturated and scaled."""

    postings: Mapping[str, tuple[tuple[str, float], ...]]

    def scores(self, plain: tuple[str, ...]) -> dict[str, float]:
        """BM25 of every fact that shares a term with the folded words."""
        found: dict[str, float] = {}
        for term in set(terms(plain)):
            for question, weight in self.postings.get(term, ()):
                found[question] = found.get(question, 0.0) + weight
        return found


def terms(plain: tuple[str, ...]) -> list[str]:
    return [*plain, *(f"{one} {other}" for one, other in itertools.pairwise(plain))]


def index(plan: Plan) -> Index:
    """The index over a plan's facts: their plain answer and their quotes."""
    texts = {
        cell.question: Counter(terms(read(" ".join([cell.answer, *(c.quote for c in cell.citations)])[:1200]).plain))
        for cell in plan.cells.values()
        if isinstance(cell, Fact)
    }
    mean = sum(sum(counts.values()) for counts in texts.values()) / max(len(texts), 1)
    seen = Counter(term for counts in texts.values() for term in counts)
    postings: dict[str, list[tuple[str, float]]] = {}
    for question, counts in texts.items():
        length = K1 * (1 - B + B * sum(counts.values()) / mean)
        for term, count in counts.items():
            idf = math.log(1 + (len(texts) - seen[term] + 0.5) / (seen[term] + 0.5))
            postings.setdefault(term, []).append((question, idf * count * (K1 + 1) / (count + length)))
    return Index({term: tuple(found) for term, found in postings.items()})
