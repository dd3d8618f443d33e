"""Builds the matcher's tables from the written ways of asking. Runs at set-up and whenever the data has changed."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents import matcher
from intents.features import BUCKETS, groups, vector
from intents.matcher import Matcher
from intents.sentences import sentences
from knowledge import places
from knowledge.load import HERE, asked, knowledge
from knowledge.model import Asked
from knowledge.vietnamese import read

CODE = ("features.py", "training.py")
READING = ("vietnamese.py", "places.py", "concepts.py", "load.py")
RARE = 2  # a feature seen in fewer examples gets no weights
SMALL = 0.004  # a weight below this is left out
COST = 0.6
PART = 60  # labels


def examples() -> list[Asked]:
    """All training data: ways of asking, sentences of tasks and talk, and each fact's own plain answer."""
    found = [*asked(), *sentences()]
    for plan in knowledge().plans.values():
        found += [Asked(cell.answer, cell.question, plan.id) for cell in plan.cells.values() if hasattr(cell, "quotes")]
    found += [Asked(title, label) for label, title in knowledge().titles.items()]
    return found


def prepare(text: str) -> tuple[str, ...]:
    """A text as matching sees it: folded words with the places' names masked."""
    words = read(text)
    return places.masked(words, places.find(words))


def fingerprint() -> str:
    """Changes whenever the data or the code that reads it changes."""
    root = HERE.parent
    read_by_matching = [*HERE.rglob("*.toml"), *(root / "intents" / "sentences").glob("*.toml")]
    code = [*(HERE / name for name in READING), *(root / "intents" / name for name in CODE)]
    files = sorted([*read_by_matching, *code])
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """Where the tables are kept: DONGHANH_CACHE, or .cache beside the packages."""
    folder = Path(os.environ.get("DONGHANH_CACHE", HERE.parent / ".cache"))
    return folder / f"matcher-{fingerprint()}.npz"


def ready() -> Matcher:
    """The matcher for the present data, built first where it is not there yet."""
    path = model_path()
    if not path.exists():
        print("Đang chuẩn bị dữ liệu lần đầu (vài phút)…", file=sys.stderr, flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        build(examples()).save(path)
        for old in path.parent.glob("matcher-*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
        print(f"Đã xong sau {time.monotonic() - started:.0f} giây.", file=sys.stderr, flush=True)
    return matcher.load(path)


def build(data: Sequence[Asked]) -> Matcher:
    """Trains the matcher on `data`."""
    from scipy import sparse

    labels = tuple(sorted({row.label for row in data}))
    place = {label: index for index, label in enumerate(labels)}
    prepared = [prepare(row.text) for row in data]
    seen = np.zeros(BUCKETS, dtype=np.int64)
    for plain in prepared:
        seen[np.fromiter({bucket for counts in groups(plain).values() for bucket in counts}, dtype=np.int64)] += 1
    idf = np.log((len(data) + 1) / (seen + 1)).astype(np.float32) + 1
    vectors = [vector(plain, idf) for plain in prepared]
    table = sparse.csr_matrix(
        (np.concatenate([v for _, v in vectors]), np.concatenate([i for i, _ in vectors]), np.cumsum([0, *(len(i) for i, _ in vectors)])),
        shape=(len(data), BUCKETS),
        dtype=np.float32,
    )
    target = np.fromiter((place[row.label] for row in data), dtype=np.int32, count=len(data))
    kept = np.flatnonzero(seen >= RARE)
    weights, bias = train(table[:, kept].tocsr(), target, labels)
    sparse_weights = sparse.csr_matrix(weights)
    sizes = np.zeros(BUCKETS, dtype=np.int64)
    sizes[kept] = np.diff(sparse_weights.indptr)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Matcher(labels, idf, starts, sparse_weights.indices.astype(np.int16), sparse_weights.data.astype(np.float16), bias)


def homes(labels: Sequence[str]) -> list[frozenset[str]]:
    """For each label the plans that have it in their matrix; every plan for labels that belong to none."""
    plans = knowledge().plans
    found = [frozenset(name for name, plan in plans.items() if label in plan.cells or label in plan.same) for label in labels]
    return [home or frozenset(plans) for home in found]


def train(table: Any, target: NDArray[np.int32], labels: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A linear classifier, one against the rest, for each label: (weights by feature, bias).

    Labels of one plan never compete with labels that only another plan has (what is one question here may be split in two
    there), so a label learns only from examples that some plan of its own could be asked.
    """
    home = homes(labels)
    weights = np.zeros((table.shape[1], len(labels)), dtype=np.float32)
    bias = np.full(len(labels), -2, dtype=np.float32)
    shares = [
        (names, part) for names in sorted(set(home), key=sorted) for part in _parts([at for at, found in enumerate(home) if found == names])
    ]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for at, coefficients, intercepts in pool.map(lambda share: _train_share(table, target, home, *share), shares):
            weights[:, at], bias[at] = coefficients, intercepts
    return weights, bias


def _parts(labels: list[int]) -> list[list[int]]:
    """The labels in parts small enough that all processors are busy to the end."""
    return [labels[at : at + PART] for at in range(0, len(labels), PART)]


def _train_share(
    table: Any, target: NDArray[np.int32], home: list[frozenset[str]], names: frozenset[str], part: list[int]
) -> tuple[Any, Any, Any]:
    """The classifiers of the labels in `part`, whose home is `names`."""
    from sklearn.svm import LinearSVC

    rows = np.flatnonzero(np.array([bool(found & names) for found in home])[target])
    mine = np.zeros(len(home), dtype=bool)
    mine[part] = True
    goal = np.where(mine[target[rows]], target[rows], -1)
    model = LinearSVC(C=COST, dual=True, tol=0.1, max_iter=200, random_state=7)
    model.fit(table[rows], goal)
    own = np.flatnonzero(model.classes_ >= 0)
    rows_of = own if len(model.classes_) > 2 else np.zeros(1, dtype=int)  # two classes have one row, for the second of them
    coefficients = model.coef_[rows_of].T
    coefficients[np.abs(coefficients) < SMALL] = 0
    return model.classes_[own], coefficients, model.intercept_[rows_of]
