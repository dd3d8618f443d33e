"""What people say for each task, in small talk, and about things that are none of our business: data, and its reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge.load import table
from knowledge.model import Asked

HERE = Path(__file__).parent


def sentences() -> Iterator[Asked]:
    """The sentences, labelled "task.register", "talk.greeting"…; `talk.question` marks questions that resemble tasks."""
    for path in sorted(HERE.glob("*.toml")):
        family = "task" if path.stem.startswith("tasks") else "talk"
        for name, row in table(path).items():
            label = "talk.question" if name == "not_a_task" else f"{family}.{name}"
            yield from (Asked(text, label) for text in row["say"])
