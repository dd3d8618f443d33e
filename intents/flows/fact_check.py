"""Dates, sums of money and percentages in an officer's text, and the entries of plans and rules that hold them.

A figure is confirmed only by the same value and unit in words about the same thing: the words around it share a word pair
with the sentence of the entry, apart from words that any notice has. A figure that stays without an entry is not wrong; the
officer is asked for a reason. So doubt always flags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from intents.compose import rule_citation
from intents.flows.commune import plans_of
from intents.flows.figures import Figure, figures_of, flat, per_units
from knowledge.model import Citation, Fact, Knowledge, Plan, Rule
from knowledge.places import address_data, bare
from knowledge.units import Area, in_text, plain_name
from knowledge.vietnamese import read

__all__ = ["Checked", "Figure", "check", "figures_of"]

SENTENCE = re.compile(r"[!?;\n]|\.(?!\d)|\.(?=\d)(?<!\d\.)")
CLAUSE = re.compile(r"[:()]|,(?!\d)| [-–] ")
SILENT_WORDS = frozenset(
    "va hoac cua cac nhung cho o tai tren duoi trong ngoai tu den toi truoc sau ngay thang nam quy la co duoc bi phai se da dang "
    "voi ve ra vao theo do khi neu ma nay kia ay moi tung mot hai hang het qua lai de ho nguoi nha xa tinh huyen thon xom phuong "
    "cap gui nhe a khoang chi con cung nham cham nhat muon han trieu nghin ngan dong ty tr k dau cuoi so muc tro len xuong hon".split()
)
ANY_NOTICE = frozenset(
    "can ngheo|ngheo can|uy ban|ban nhan|nhan dan|gia dinh|thuc hien|to chuc|ke hoach|dia phuong|ba con|ho tro|dia ban|giam ngheo|ngheo ngheo|giai doan|"
    "binh quan|nong thon|thanh thi|thon moi|ap dung|trien khai|tham gia|cong tac|chuong trinh|don vi|ca nhan|tap the|thong bao|ap ung|"
    "de nghi|theo quy|quy dinh|nha nuoc|chinh quyen|co quan|noi dung|thong tin|thoi gian|thoi han|dan toc".split("|")
)
THE_MOVEMENT = frozenset("phong trao|trao thi|thi dua|vi ngheo|khong ai|bo phia".split("|"))  # what every notice of ours names; it dates a period only


@dataclass(frozen=True)
class Checked:
    """A figure as written, and the entry that confirms it; `plan` is its plan's id or "national", "" where nothing confirms the
    figure. `over`: the period of that plan is over."""

    figure: str
    kind: str
    citation: Citation | None
    plan: str = ""
    over: bool = False


@dataclass(frozen=True)
class _Evidence:
    """A figure in an entry: the word pairs of its sentence and title, and the units rates in it are for."""

    figure: Figure
    citation: Citation
    words: frozenset[str]
    per: frozenset[str]


def check(text: str, area: Area, knowledge: Knowledge, today: date) -> tuple[Checked, ...]:
    """Every figure of a text, in order, with the entry of the area's plans or of a valid national rule that confirms it."""
    figures = figures_of(text, today)
    if not figures:
        return ()
    plans = [knowledge.plans[name] for name in covering(area) if name in knowledge.plans]
    known = [one for plan in plans for one in _of_plan(plan, knowledge)]
    known += [one for rule in knowledge.rules.values() if _is_valid(rule, today) for one in _of_rule(rule)]
    over = {plan.id for plan in plans if plan.is_over(today)}
    names = frozenset(pair for plan in plans for pair in _pairs(plan.name)) | _pairs(area.province)
    return tuple(_checked(text, figure, known, over, names) for figure in figures)


def _checked(text: str, figure: Figure, known: list[_Evidence], over: set[str], names: frozenset[str]) -> Checked:
    said = _around(text, figure)
    telling = said - ANY_NOTICE - names - (frozenset() if figure.is_period else THE_MOVEMENT)
    near = [one for one in known if telling & one.words and _is_same(figure, one)]
    if not near:
        return Checked(figure.written, figure.kind, None)
    best = max(near, key=lambda one: (len(said & one.words), -len(one.citation.quote)))  # of equals the first: plans go from near to far
    plan = best.citation.plan
    return Checked(figure.written, figure.kind, best.citation, plan, plan in over)


def _is_same(figure: Figure, known: _Evidence) -> bool:
    """The same value and unit. A day with its year is also that day of every year; a share each year is no share as such."""
    other = known.figure
    if figure.kind != other.kind or not (figure.value == other.value or (figure.yearly is not None and figure.yearly == other.value)):
        return False
    return figure.per == other.per if figure.kind == "percent" else figure.per <= known.per


# -- where figures stand -----------------------------------------------------------------------------------------------------------


def covering(area: Area) -> tuple[str, ...]:
    """The plans that covered the area when they were issued, the most local first. A commune that has joined a province since
    then is not covered by that province's plan."""
    names: list[str] = []
    for province in _old_provinces(area.province, area.commune, area.former):
        names += plans_of(area, province) if area.commune else ()
        names += plans_of(Area(province))
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=256)
def _old_provinces(province: str, commune: str, former: str) -> tuple[str, ...]:
    """The provinces that the communes now within this one belonged to before 1/7/2025."""
    if not commune:
        return (province,)
    here = (plain_name(province), plain_name(commune))
    rows = [row for row in address_data()["ward_mapping"] if (plain_name(row["new_province"]), plain_name(in_text(row["new_ward"]))) == here]
    meant = [row for row in rows if plain_name(row["old_ward"]) == plain_name(former)] if former else []
    return tuple(dict.fromkeys(bare(row["old_province"]) for row in meant or rows))


@lru_cache(maxsize=16)
def _plan_evidence(plan: Plan, titles: tuple[tuple[str, str], ...]) -> tuple[_Evidence, ...]:
    named = dict(titles)
    found: dict[tuple[Citation, Figure], _Evidence] = {}
    for question, cell in plan.cells.items():
        if isinstance(cell, Fact) and not cell.silent:
            for citation in cell.citations:
                for one in _evidence(citation, named.get(question, "")):
                    before = found.get((citation, one.figure))
                    found[citation, one.figure] = one if before is None else _Evidence(one.figure, citation, one.words | before.words, one.per)
    return tuple(found.values())


def _of_plan(plan: Plan, knowledge: Knowledge) -> tuple[_Evidence, ...]:
    return _plan_evidence(plan, tuple((question, knowledge.titles[question]) for question in plan.cells if question in knowledge.titles))


@lru_cache(maxsize=256)
def _of_rule(rule: Rule) -> tuple[_Evidence, ...]:
    return tuple(_evidence(rule_citation(rule), rule.title))


def _is_valid(rule: Rule, today: date) -> bool:
    """Whether a rule is dated and its days include today."""
    return rule.valid_from is not None and rule.valid_from <= today and (rule.valid_to is None or today <= rule.valid_to)


@lru_cache(maxsize=4096)
def _figures_in(quote: str) -> tuple[Figure, ...]:
    """Quotes repeat, and most hold no figure."""
    return tuple(figures_of(quote, date.min)) if re.search(r"\d", quote) else ()


def _evidence(citation: Citation, title: str) -> Iterator[_Evidence]:
    for figure in _figures_in(citation.quote):
        sentence = _within(citation.quote, figure, SENTENCE)
        yield _Evidence(figure, citation, _pairs(sentence) | _pairs(title), per_units(flat(sentence)))


# -- what they are about -----------------------------------------------------------------------------------------------------------


def _around(text: str, figure: Figure) -> frozenset[str]:
    """The word pairs of the clause around a figure; of the sentence where the clause says nothing of its own."""
    clause = _within(text, figure, re.compile(f"{SENTENCE.pattern}|{CLAUSE.pattern}"))
    return _pairs(clause) if any(_words(clause)) else _pairs(_within(text, figure, SENTENCE))


def _within(text: str, figure: Figure, border: re.Pattern[str]) -> str:
    """The stretch of a text around a figure, between borders, without the figure itself."""
    source = Figure.source(text)
    start = max((match.end() for match in border.finditer(source, 0, figure.start)), default=0)
    following = border.search(source, figure.end)
    return f"{source[start : figure.start]} | {source[figure.end : following.start() if following else len(source)]}"


def _words(text: str) -> Iterator[list[str]]:
    """The telling words of a text, in stretches that no figure or sign breaks."""
    for part in re.split(r"[|,;:()“”\"]", text):
        stretch: list[str] = []
        for word in read(part).plain:
            if not word.isalpha():
                yield from [stretch] if stretch else []
                stretch = []
            elif word not in SILENT_WORDS:
                stretch.append(word)
        yield from [stretch] if stretch else []


def _pairs(text: str) -> frozenset[str]:
    """Neighbouring telling words: most Vietnamese words are of two syllables, and one alone ("đơn": đơn vị, nộp đơn) says little."""
    pairs = {f"{one} {other}" for words in _words(text) for one, other in pairwise(words)}
    return frozenset(pairs)
