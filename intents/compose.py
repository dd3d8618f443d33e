"""Puts a reply together from facts: the answer first, then the plan's own words, then the source, within the limit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from intents.messages import MOST_CHARACTERS, Kind, Reply
from intents.wording import say
from knowledge.calendar import in_words
from knowledge.model import Citation, Fact, NotStated, Plan, Rule
from knowledge.vietnamese import fold

ROOM = MOST_CHARACTERS - 10
TIMELY = ("timeline", "report", "register", "award", "procedure", "criteria.household", "loan", "benefit", "contact", "target", "funding")
BULLET = 520  # characters: a bullet up to this length is quoted whole
FEW = 60  # characters: a quote is never cut shorter than this
LINES, CLAUSES, WORDS = ("\n", ". "), ("; ",), (" ",)  # where a long text may be cut, the best first
LIST_NUMBER = re.compile(r"(?:^|\s)\d{1,2}[.)]$")


def section_label(section: str) -> str:
    """How a section is named to people."""
    return section if section in ("mở đầu", "chữ ký") else say("answer", "section", section=section)


def shorten(quote: str, room: int) -> str:
    """The quote's beginning up to a clause boundary within `room` characters, with … where words are left out."""
    quote = re.sub(r"^(?:- |[a-zđ]\) )", "", quote.strip()).strip()
    if len(quote) <= room:
        return quote
    head = quote[: max(room, FEW)]
    cut = max(head.rfind(mark) for mark in (";", ".", ",", ":"))
    cut = cut if cut > len(head) // 2 else head.rfind(" ")
    return head[:cut].rstrip(" ,;:.") + "…"


def quoted(citations: Sequence[Citation], room: int, wanted: frozenset[str] = frozenset()) -> tuple[str, str]:
    """The quotes as lines within `room` characters, and the same uncut where something had to go ("" otherwise).

    The quote that shares most words with the question (`wanted`, folded) is kept whole; the others share what is left.
    """
    whole = [f"“{shorten(c.quote, 10_000)}”" for c in citations]
    if sum(map(len, whole)) + 3 * len(whole) <= room:
        return _lines(whole), ""
    told = [len(wanted & frozenset(fold(c.quote).replace(",", " ").replace(".", " ").split())) for c in citations]
    first = max(range(len(citations)), key=lambda at: told[at])
    kept = min(len(whole[first]), room * 6 // 10)
    others = sorted(len(line) for at, line in enumerate(whole) if at != first)
    limit = _fair(others, room - kept - 5 * len(whole)) if others else room
    cut = [f"“{shorten(c.quote, kept - 3 if at == first else limit)}”" for at, c in enumerate(citations)]
    while len(cut) > 1 and sum(map(len, cut)) + 3 * len(cut) > room:
        cut.pop(-1 if first != len(cut) - 1 else 0)
        first = min(first, len(cut) - 1)
    return _lines(cut), _lines(whole)


def _fair(lengths: Sequence[int], room: int) -> int:
    """The largest length every quote may have so that all fit into `room`."""
    left, count = room, len(lengths)
    for length in lengths:
        if length * count > left:
            return max(left // count, FEW)
        left, count = left - length, count - 1
    return max(lengths)


def _lines(quotes: Sequence[str]) -> str:
    return quotes[0] if len(quotes) == 1 else "\n- " + "\n- ".join(quotes)


def in_context(citation: Citation, plan: Plan) -> Citation:
    """The citation widened to the whole bullet or sentence it stands in, where that is short enough to read."""
    provision = plan.provision(citation.section)
    paragraph = next((p for p in provision.paragraphs if citation.quote in p), "") if provision else ""
    if not paragraph or len(citation.quote) >= BULLET:
        return citation
    if len(paragraph) <= BULLET:
        return replace(citation, quote=paragraph.removeprefix("- "))
    start = paragraph.index(citation.quote)
    end = start + len(citation.quote)
    left = max((paragraph.rfind(mark, 0, start) + len(mark) for mark in (". ", "; ") if mark in paragraph[:start]), default=0)
    stops = [at + 1 for mark in (". ", "; ") if (at := paragraph.find(mark, max(end - 1, 0))) >= 0]
    right = min(stops, default=len(paragraph))
    wide = paragraph[left:right].removeprefix("- ").strip()
    return replace(citation, quote=wide) if len(wide) <= BULLET and citation.quote in wide else citation


def widened(citations: Sequence[Citation], plan: Plan) -> tuple[Citation, ...]:
    """The citations in their context, none twice and none inside another."""
    wide = list(dict.fromkeys(in_context(citation, plan) for citation in citations))
    return tuple(c for c in wide if not any(c.quote in other.quote and c is not other and c.section == other.section for other in wide))


def answer(
    fact: Fact,
    plan: Plan,
    today: date,
    notes: Sequence[str] = (),
    before: str = "",
    beside: Sequence[Fact] = (),
    wanted: frozenset[str] = frozenset(),
) -> Reply:
    """The reply for one fact. `notes` follow the source line, `before` is a human sentence put first.

    `beside` are facts of the same section that may be meant as well; their words are quoted after this fact's. `wanted`
    are the question's folded words: what shares them is not cut.
    """
    citations = widened([*fact.citations, *(c for other in beside for c in other.citations)], plan)
    sections = list(dict.fromkeys(c.section for c in citations))
    tail = [say("answer", "source", plan=plan_name(plan), section=", ".join(map(section_label, sections))), *notes]
    if plan.is_over(today) and fact.question.startswith(TIMELY):
        tail.append(say("answer", "over", first=plan.period[0], last=plan.period[1]))
    head = f"{before} {fact.answer}".strip()
    room = ROOM - len(head) - sum(map(len, tail)) - len(say("answer", "quote", quotes="")) - len(say("answer", "more")) - 8
    shown, whole = quoted(citations, room, wanted)
    if whole:
        tail.append(say("answer", "more"))
    text = "\n".join([head, say("answer", "quote", quotes=shown), *tail])
    rest = "\n".join([say("answer", "quote", quotes=whole), tail[0]]) if whole else ""
    return Reply(Kind.NOT_IN_PLAN if fact.silent else Kind.ANSWER, text, citations, (plan.id,), rest=rest)


def plan_name(plan: Plan) -> str:
    return f"{plan.name} {plan.period[0]}-{plan.period[1]}"


def not_stated(cell: NotStated, plan: Plan, extra: Sequence[str] = ()) -> Reply:
    """The reply where a plan is silent: says so, then the nearest it does say, then whom it names for questions."""
    lines = [cell.answer]
    citations: tuple[Citation, ...] = ()
    near = plan.cell(cell.nearest) if cell.nearest else None
    if isinstance(near, Fact):
        lines.append(say("not_in_plan", "nearest", answer=near.answer, section=near.section))
        citations = near.citations[:2]
    lines += extra
    lines.append(say("not_in_plan", "ask_whom"))
    return Reply(Kind.NOT_IN_PLAN, "\n".join(lines), citations, (plan.id,))


def rule_lines(rule: Rule) -> list[str]:
    """A national rule with its source and validity."""
    validity = ""
    if rule.valid_from and rule.valid_to:
        validity = say("national", "valid_between", start=in_words(rule.valid_from), end=in_words(rule.valid_to))
    elif rule.valid_from:
        validity = say("national", "valid_from", start=in_words(rule.valid_from))
    elif rule.valid_to:
        validity = say("national", "valid_to", end=in_words(rule.valid_to))
    return [say("national", "rule", answer=rule.answer), say("national", "source", source=rule.source.rstrip("."), validity=validity)]


def rule_citation(rule: Rule) -> Citation:
    return Citation("national", rule.source, rule.statement)


def side_by_side(rows: Sequence[tuple[Plan, Fact | NotStated]]) -> Reply:
    """One answer of several plans, each with its source; what only one of them says comes first."""
    facts = [(plan, cell) for plan, cell in rows if isinstance(cell, Fact)]
    room = (ROOM - 40) // max(len(rows), 1)
    lines = [say("answer", "side_by_side")]
    citations: list[Citation] = []
    for plan, cell in rows:
        if isinstance(cell, NotStated):
            lines.append(f"• {plan.name}: {shorten(cell.answer, room - 20)}")
            continue
        others = " ".join(c.quote for other, fact in facts if other is not plan for c in fact.citations)
        picked = sorted(cell.citations, key=lambda c: _shared(c.quote, others))
        label = section_label(cell.section)
        used = len(plan.name) + len(label) + 12
        said = shorten(cell.answer, max(room - used, 80))
        left = room - used - len(said)
        shown = ""
        if left > 90:
            shown = " " + "; ".join(_fitting(picked, left))
        lines.append(f"• {plan.name}: {said}{shown} ({label})")
        citations += cell.citations
    kind = Kind.ANSWER if facts else Kind.NOT_IN_PLAN
    return Reply(kind, "\n".join(lines), tuple(citations), tuple(plan.id for plan, _ in rows))


def _fitting(citations: Sequence[Citation], room: int) -> list[str]:
    """As many quotes as fit, most distinctive first, each cut to a fair length."""
    count = min(len(citations), max(1, room // 95))
    limit = room // count - 4
    return [f"“{shorten(c.quote, limit)}”" for c in citations[:count]]


def _shared(quote: str, others: str) -> float:
    """How much of a quote stands in the other plans' quotes too (share of its three-word chunks); figures count as own."""
    words = re.findall(r"\w+", quote.casefold())
    chunks = [" ".join(words[i : i + 3]) for i in range(len(words) - 2)] or [" ".join(words)]
    known = " ".join(re.findall(r"\w+", others.casefold()))
    share = sum(chunk in known for chunk in chunks) / len(chunks)
    return share - 0.5 * bool(re.search(r"\d", quote) and not all(number in others for number in re.findall(r"\d+", quote)))


def split(text: str, room: int = 950) -> tuple[str, str]:
    """The first part of a long text, at most `room` characters, and what is left; only white space at the cut is left out.

    The cut is at a line or sentence end, else after a clause, else between words, and in a word that is longer than the room. A
    list number is not cut off from its item. There is always a first part, so that whoever asks for the next one comes to an end.
    """
    text = text.strip()
    if len(text) <= room:
        return text, ""
    ends = (_last_end(text, room, least, marks) for marks, least in ((LINES, room // 2), (CLAUSES, room // 2), (WORDS, 0)))
    at = next(filter(None, ends), 0) or _before_mark(text, room)
    return text[:at].rstrip(), text[at:].lstrip()


def _last_end(text: str, room: int, least: int, marks: Sequence[str]) -> int:
    """Where the last of such ends stands within the room, after the `least` character; 0: nowhere."""
    for at in range(room, least, -1):
        if any(text.startswith(mark, at - len(mark.rstrip())) for mark in marks) and not LIST_NUMBER.search(text[:at].rstrip()):
            return at
    return 0


def _before_mark(text: str, room: int) -> int:
    """The room's end, or a little before it: a letter keeps the marks on it."""
    return next((at for at in range(room, 0, -1) if not unicodedata.category(text[at]).startswith("M")), room)
