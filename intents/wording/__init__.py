"""Every Vietnamese text the assistant says of its own, from the TOML files beside this one: [group] name = "text"."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from knowledge.load import table


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for group, texts in table(path).items():
            assert not groups.get(group, {}).keys() & texts.keys(), f"{path.name}: [{group}] says a text twice"
            groups.setdefault(group, {}).update(texts)
    return groups


def say(group: str, text: str, /, **parts: object) -> str:
    """The text named `text` of `group` with its parts filled in."""
    return _texts()[group][text].format(**parts)


def has(group: str, name: str) -> bool:
    return name in _texts().get(group, {})


def group(name: str) -> dict[str, str]:
    """All texts of a group by name, in the order they are written."""
    return dict(_texts()[name])
