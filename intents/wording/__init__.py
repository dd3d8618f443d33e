"""Every Vietnamese text the assistant says of its own, from vi.toml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from knowledge.load import table


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return table(Path(__file__).parent / "vi.toml")


def say(group: str, text: str, /, **parts: object) -> str:
    """The text named `text` of `group` with its parts filled in."""
    return _texts()[group][text].format(**parts)


def has(group: str, name: str) -> bool:
    return name in _texts()[group]
