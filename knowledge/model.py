"""The knowledge base as frozen values: plans, what they state and do not state, and the national rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from knowledge.provisions import Provision


@dataclass(frozen=True)
class Citation:
    """Where words stand: a plan's id (or "national"), the section (or the legal source) and the words themselves."""

    plan: str
    section: str
    quote: str


@dataclass(frozen=True)
class Fact:
    """What a plan answers to one question. `quotes` are verbatim words of `section`; `also` completes it elsewhere.

    `silent` marks a place the document leaves empty (a number that is not printed): quoted, and yet not stated.
    """

    question: str
    plan: str
    section: str
    quotes: tuple[str, ...]
    answer: str
    also: tuple[Citation, ...] = ()
    silent: bool = False

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(Citation(self.plan, self.section, quote) for quote in self.quotes) + self.also


@dataclass(frozen=True)
class NotStated:
    """A question that a person has checked the plan does not answer. `nearest` is the question of the nearest fact."""

    question: str
    plan: str
    answer: str
    nearest: str = ""


Cell = Fact | NotStated


@dataclass(frozen=True)
class Plan:
    """One plan as issued. `period` is its first and last year; `same` leads a question to the one that answers it."""

    id: str
    name: str
    title: str
    issuer: str
    level: str
    number: str
    issued: date | None
    period: tuple[int, int]
    provisions: tuple[Provision, ...]
    cells: Mapping[str, Cell] = field(hash=False)
    same: Mapping[str, str] = field(hash=False)

    def cell(self, question: str) -> Cell | None:
        return self.cells.get(self.same.get(question, question))

    def is_over(self, today: date) -> bool:
        return today.year > self.period[1]

    def provision(self, section: str) -> Provision | None:
        return next((found for found in self.provisions if found.section == section), None)


@dataclass(frozen=True)
class Rule:
    """A rule outside the plans, with its source and the days it is valid; `None` is open or not known."""

    id: str
    title: str
    answer: str
    statement: str
    source: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class OpenPoint:
    """What people ask and nobody may answer with certainty here."""

    id: str
    title: str
    answer: str


@dataclass(frozen=True)
class Asked:
    """One way of asking: the text, the id of what it asks for, and the plan its writer had in mind (or "")."""

    text: str
    label: str
    plan: str = ""


@dataclass(frozen=True)
class Knowledge:
    """Everything: plans by id, national rules, open points, titles of questions, and `links` from a question of the plans
    to the national rule that answers it where a plan is silent."""

    plans: Mapping[str, Plan]
    rules: Mapping[str, Rule]
    open_points: Mapping[str, OpenPoint]
    titles: Mapping[str, str]
    links: Mapping[str, str]
