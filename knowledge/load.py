"""The only reader of the knowledge base's data files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.model import Asked, Cell, Citation, Fact, Knowledge, NotStated, OpenPoint, Plan, Rule
from knowledge.provisions import cut

HERE = Path(__file__).parent


class DataError(Exception):
    """A data file cannot be read: the message names the file, the place and what to do."""


def table(path: Path) -> dict[str, Any]:
    """A TOML file's content; `DataError` names the file and line of a slip."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path}: không đọc được ({error}). Xin sửa tệp này rồi chạy lại.") from error


def load_plan(folder: Path) -> Plan:
    """One plan from its folder (source.txt, plan.toml)."""
    data = table(folder / "plan.toml")
    head = data["plan"]
    provisions = tuple(cut((folder / "source.txt").read_text(encoding="utf-8").splitlines()))
    cells: dict[str, Cell] = {}
    for row in data.get("fact", ()):
        cells[row["id"]] = _fact(head["id"], row, provisions)
    for row in data.get("not_stated", ()):
        cells[row["id"]] = NotStated(row["id"], head["id"], row["answer"], row.get("nearest", ""))
    for row in data.get("false_premise", ()):
        near = cells.get(row.get("nearest") or row.get("fact", ""))
        if isinstance(near, Fact):
            cells[row["id"]] = replace(near, question=row["id"], answer=row["answer"])
    return Plan(
        head["id"],
        head["name"],
        head["title"],
        head["issuer"],
        head["level"],
        head.get("number", ""),
        head.get("issued"),
        (head["period"][0], head["period"][1]),
        provisions,
        cells,
        {row["id"]: row["as"] for row in data.get("same", ())},
    )


def _fact(plan: str, row: dict[str, Any], provisions: tuple[Any, ...]) -> Fact:
    also = tuple(Citation(plan, _section_of(quote, row.get("also", ()), provisions), quote) for quote in row.get("also_quotes", ()))
    return Fact(row["id"], plan, row["section"], tuple(row["quotes"]), row["answer"], also, row.get("silent", False))


def _section_of(quote: str, sections: list[str], provisions: tuple[Any, ...]) -> str:
    """Which of the named sections holds the quote (the first named where none does: `check` reports it)."""
    return next((p.section for p in provisions if p.section in sections and quote in p.text), sections[0] if sections else "")


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """The whole knowledge base, read once."""
    plans = {plan.id: plan for plan in map(load_plan, sorted(HERE.glob("plans/*/")))}
    national = table(HERE / "national.toml")
    rules = {
        row["id"]: Rule(row["id"], row["title"], row["answer"], row["statement"], row["source"], row.get("valid_from"), row.get("valid_to"))
        for row in national["rule"]
    }
    points = {row["id"]: OpenPoint(row["id"], row["title"], row["answer"]) for row in national["unknown"]}
    titles = {
        question: row["title"] for path in sorted(HERE.glob("questions/*.toml")) for question, row in table(path).items() if "title" in row
    }
    links = {question: rule for question, rule in table(HERE / "links.toml").items() if rule in rules}
    return Knowledge(plans, rules, points, titles, links)


def asked() -> Iterator[Asked]:
    """Every way of asking about plans and national rules."""
    for path in sorted(HERE.glob("plans/*/plan.toml")):
        rows = table(path).get("false_premise", ())
        yield from (Asked(row.get("wrong") or row["belief"], row["id"], path.parent.name) for row in rows)
    for path in sorted(HERE.glob("plans/*/asks*.toml")):
        yield from _asks(path, path.parent.name)
    for path in sorted(HERE.glob("questions/*.toml")):
        yield from _asks(path, "")
    national = table(HERE / "national.toml")
    for row in (*national["rule"], *national["unknown"]):
        yield from (Asked(text, row["id"]) for text in row.get("ask", ()))


def _asks(path: Path, plan: str) -> Iterator[Asked]:
    for label, row in table(path).items():
        yield from (Asked(text, label, plan) for text in row.get("ask", ()))
