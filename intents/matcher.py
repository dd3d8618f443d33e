"""Ranks what a text may ask for, by the written ways of asking: nearest neighbours and a linear classifier together.

Neither is safe alone: neighbours carry rare wordings, the classifier weighs what tells siblings apart. Both score every
label; the caller says which labels a plan has, and only those compete.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.features import Vector, vector

NEIGHBOURS = 12
POWER = 3.0
LINEAR_SHARE = 0.8
TEMPERATURE = 0.12
SAME_PLAN = 1.08

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Ranked:
    """A label and its share of belief among the labels allowed (0..1); `near` is the cosine of its nearest example."""

    label: str
    score: float
    near: float


@dataclass(frozen=True, eq=False)
class Matcher:
    """The trained tables. Examples are kept by feature (`starts`, `rows`, `values`), and so are the
    classifier's weights (`weight_starts`, `weight_labels`, `weights`)."""

    labels: tuple[str, ...]
    idf: Floats
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: Floats
    example_label: NDArray[np.int32]
    example_plan: NDArray[np.int8]
    plans: tuple[str, ...]
    weight_starts: NDArray[np.int64]
    weight_labels: NDArray[np.int32]
    weights: Floats
    bias: Floats

    def vector(self, plain: tuple[str, ...]) -> Vector:
        return vector(plain, self.idf)

    def cosines(self, query: Vector) -> Floats:
        """The cosine of the query with every example."""
        return _gathered(query, self.starts, self.rows, self.values, len(self.example_label))

    def linear(self, query: Vector) -> Floats:
        """The classifier's score of every label."""
        return _gathered(query, self.weight_starts, self.weight_labels, self.weights, len(self.labels)) + self.bias

    def scores(self, query: Vector, plan: str | None = None, allowed: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats]:
        """(belief, nearest cosine) for every label; belief sums to one over the allowed labels."""
        cosine = self.cosines(query)
        if plan is not None:
            cosine = np.where(self.example_plan == self.plans.index(plan), cosine * SAME_PLAN, cosine)
        if allowed is not None:
            cosine = np.where(allowed[self.example_label], cosine, 0)
        near = np.zeros(len(self.labels), dtype=np.float32)
        np.maximum.at(near, self.example_label, cosine)
        count = min(NEIGHBOURS, len(cosine))
        top = np.argpartition(cosine, -count)[-count:]
        votes = np.bincount(self.example_label[top], weights=np.maximum(cosine[top], 0) ** POWER, minlength=len(self.labels))
        votes = votes / max(votes.sum(), 1e-9)
        raw = self.linear(query)
        if allowed is not None:
            raw = np.where(allowed, raw, -1e9)
        soft = np.exp((raw - raw.max()) / TEMPERATURE)
        soft = soft / soft.sum()
        return (LINEAR_SHARE * soft + (1 - LINEAR_SHARE) * votes).astype(np.float32), near

    def allowed(self, labels: Collection[str]) -> NDArray[np.bool_]:
        wanted = set(labels)
        return np.fromiter((label in wanted for label in self.labels), dtype=np.bool_, count=len(self.labels))

    def rank(
        self, plain: tuple[str, ...], plan: str | None = None, allowed: NDArray[np.bool_] | None = None, most: int = 12
    ) -> list[Ranked]:
        """The best labels for folded, masked words, best first."""
        score, near = self.scores(self.vector(plain), plan, allowed)
        best = np.argsort(score)[::-1][:most]
        return [Ranked(self.labels[i], float(score[i]), float(near[i])) for i in best if score[i] > 0]

    def save(self, path: Path) -> None:
        """Writes the tables whole or not at all."""
        half = path.with_suffix(".half.npz")
        np.savez(
            half,
            labels=np.array(self.labels),
            plans=np.array(self.plans),
            idf=self.idf,
            starts=self.starts,
            rows=self.rows,
            values=self.values.astype(np.float16),
            example_label=self.example_label,
            example_plan=self.example_plan,
            weight_starts=self.weight_starts,
            weight_labels=self.weight_labels,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )
        half.replace(path)


def _gathered(query: Vector, starts: NDArray[np.int64], columns: NDArray[np.int32], values: Floats, size: int) -> Floats:
    """The query times a sparse table kept by feature: for every column, the sum over the query's features."""
    ids, weights = query
    first, last = starts[ids], starts[ids + 1]
    lengths = last - first
    total = int(lengths.sum())
    if total == 0:
        return np.zeros(size, dtype=np.float32)
    at = np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(total)
    return np.bincount(columns[at], weights=values[at] * np.repeat(weights, lengths), minlength=size).astype(np.float32)


def load(path: Path) -> Matcher:
    """The tables of `path`, as `Matcher.save` wrote them."""
    with np.load(path, allow_pickle=False) as data:
        return Matcher(
            tuple(map(str, data["labels"])),
            data["idf"],
            data["starts"],
            data["rows"],
            data["values"].astype(np.float32),
            data["example_label"],
            data["example_plan"],
            tuple(map(str, data["plans"])),
            data["weight_starts"],
            data["weight_labels"],
            data["weights"].astype(np.float32),
            data["bias"],
        )
