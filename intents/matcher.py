"""Ranks what a text may ask for by a linear classifier trained on the written ways of asking.

One weight table for all labels; the caller says which labels a plan has, and only those compete.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.features import Vector, vector

TEMPERATURE = 0.12

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Ranked:
    """A label, its share of belief among the labels allowed (0..1), and its margin (positive: as the examples it learnt)."""

    label: str
    score: float
    margin: float


@dataclass(frozen=True, eq=False)
class Matcher:
    """The trained tables: the weights are kept by feature (`starts`, `columns`, `weights`)."""

    labels: tuple[str, ...]
    idf: Floats
    starts: NDArray[np.int64]
    columns: NDArray[np.int16]
    weights: NDArray[np.float16]
    bias: Floats

    def vector(self, plain: tuple[str, ...]) -> Vector:
        return vector(plain, self.idf)

    def margins(self, query: Vector) -> Floats:
        """Every label's margin."""
        ids, values = query
        first = self.starts[ids]
        lengths = self.starts[ids + 1] - first
        total = int(lengths.sum())
        if total == 0:
            return self.bias
        at = np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(total)
        terms = self.weights[at].astype(np.float32) * np.repeat(values, lengths)
        return (np.bincount(self.columns[at], weights=terms, minlength=len(self.labels)) + self.bias).astype(np.float32)

    def belief(self, margins: Floats, allowed: NDArray[np.bool_] | None = None) -> Floats:
        """The margins of the allowed labels as shares that sum to one."""
        if allowed is not None:
            margins = np.where(allowed, margins, -np.inf)
        soft = np.exp((margins - margins.max()) / TEMPERATURE)
        shares: Floats = (soft / soft.sum()).astype(np.float32)
        return shares

    def allowed(self, labels: Collection[str]) -> NDArray[np.bool_]:
        wanted = set(labels)
        return np.fromiter((label in wanted for label in self.labels), dtype=np.bool_, count=len(self.labels))

    def save(self, path: Path) -> None:
        """Writes the tables whole or not at all."""
        half = path.with_suffix(".half.npz")
        np.savez(
            half, labels=np.array(self.labels), idf=self.idf, starts=self.starts, columns=self.columns, weights=self.weights, bias=self.bias
        )
        half.replace(path)


def load(path: Path) -> Matcher:
    """The tables of `path`, as `Matcher.save` wrote them."""
    with np.load(path, allow_pickle=False) as data:
        labels = tuple(map(str, data["labels"]))
        return Matcher(labels, data["idf"], data["starts"], data["columns"], data["weights"], data["bias"])
