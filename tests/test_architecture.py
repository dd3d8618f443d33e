"""Imports point left only: knowledge <- intents <- storage <- bot."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
ORDER = ("knowledge", "intents", "storage", "bot")


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def test_no_package_imports_from_its_right() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for rank, package in enumerate(ORDER)
        for path in (ROOT / package).rglob("*.py")
        for other in imported(path)
        if other in ORDER[rank + 1 :]
    ]
    assert wrong == []


def test_understanding_is_pure() -> None:
    outside = {"sqlmodel", "sqlalchemy", "httpx", "requests", "socket", "urllib", "subprocess"}
    wrong = [
        f"{path.name} imports {name}"
        for package in ("knowledge", "intents")
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path) & outside
    ]
    assert wrong == []
