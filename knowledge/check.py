"""Checks the knowledge base and lists its problems by file and place, in words an officer understands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.load import HERE, asked, knowledge, table
from knowledge.model import Fact, Knowledge, NotStated, Plan
from knowledge.provisions import SIGNATURE, Provision

NUMBER = re.compile(r"\d+(?:[.,/]\d+)*\s?%?|\d+")
HEADING = re.compile(r"^(?:[IVX]+\.|\d+(?:\.\d+)*\.|[a-zđ]\)) .{0,200}$")
DOCUMENT_NUMBER = re.compile(r"\d+(?:/\d+)?[/-][A-ZĐ][A-ZĐ\d/-]*")
LETTERHEAD = ("CỘNG HÒA", "Độc lập", "ỦY BAN NHÂN DÂN", "TM. ", "**TM. ", "KT. ", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Nơi nhận")
PREFIX = {"so": "Sở", "phong": "Phòng"}
ORGANISATION = re.compile(r"^(?:\d+\.\s*)?(?:Đề nghị )?((?:Sở|Phòng|Hội đồng|Ban|Trung tâm|Ủy ban|Uỷ ban) [^:,(]{4,60})")


def problems() -> list[str]:
    """Every problem found, as "file: place: what is wrong"; an empty list is a clean knowledge base."""
    base = knowledge()
    found = [problem for plan in base.plans.values() for problem in plan_problems(plan)]
    return [*found, *_asked_problems(base), *_national_problems(base), *_link_problems(base)]


def plan_problems(plan: Plan, folder: Path | None = None) -> Iterator[str]:
    """The problems of one plan's data."""
    where = f"knowledge/plans/{plan.id}/plan.toml"
    yield from _duplicates(folder or HERE / "plans" / plan.id, where)
    for cell in plan.cells.values():
        if isinstance(cell, Fact):
            yield from _fact_problems(plan, cell, where)
        elif cell.nearest and not isinstance(plan.cell(cell.nearest), Fact):
            yield f'{where}: {cell.question}: điều gần nhất "{cell.nearest}" không có trong kế hoạch này'
    for question, other in plan.same.items():
        if other not in plan.cells:
            yield f'{where}: {question}: dẫn đến "{other}" nhưng mục đó không có'
    yield from _coverage_problems(plan, where)


def _duplicates(folder: Path, where: str) -> Iterator[str]:
    data = table(folder / "plan.toml")
    names = [row["id"] for kind in ("fact", "not_stated", "same") for row in data.get(kind, ())]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{where}: {name}: được ghi {names.count(name)} lần, chỉ được một lần"


def _fact_problems(plan: Plan, fact: Fact, where: str) -> Iterator[str]:
    if not fact.section or not fact.quotes:
        yield f"{where}: {fact.question}: thiếu mục hoặc thiếu lời trích"
    for citation in fact.citations:
        provision = plan.provision(citation.section)
        if provision is None:
            yield f'{where}: {fact.question}: không có mục "{citation.section}" trong văn bản'
        elif citation.quote not in provision.text:
            yield f'{where}: {fact.question}: lời trích không có nguyên văn trong mục {citation.section}: "{citation.quote[:60]}"'
    quoted = " ".join(citation.quote for citation in fact.citations)
    corrects = fact.question.startswith(("false.", "premise."))  # names what people wrongly believe
    for number in () if corrects else DOCUMENT_NUMBER.findall(fact.answer):
        if number not in quoted.replace(" /", "/"):
            yield f'{where}: {fact.question}: câu trả lời nêu "{number}" nhưng lời trích không có'


def _coverage_problems(plan: Plan, where: str) -> Iterator[str]:
    """Paragraphs, numbers and offices of the source that no fact carries."""
    quotes: dict[str, list[str]] = {}
    for cell in plan.cells.values():
        if isinstance(cell, Fact):
            for citation in cell.citations:
                quotes.setdefault(citation.section, []).append(citation.quote)
    carried = " ".join(quote for found in quotes.values() for quote in found)
    for provision in plan.provisions:
        for paragraph in provision.paragraphs:
            if _needs_fact(provision, paragraph) and not any(
                quote in paragraph or paragraph in quote for quote in quotes.get(provision.section, ())
            ):
                yield f'{where}: mục {provision.section}: chưa có nội dung nào dẫn đoạn "{paragraph[:70]}"'
            for number in NUMBER.findall(_without_numbering(paragraph)):
                if number.strip() not in carried:
                    yield f'{where}: mục {provision.section}: con số "{number.strip()}" chưa được nội dung nào dẫn'
        yield from _office_problems(provision, plan, quotes, where)


def _needs_fact(provision: Provision, paragraph: str) -> bool:
    if provision.section == SIGNATURE or paragraph.startswith(LETTERHEAD) or len(paragraph) < 25:
        return False
    is_heading = (
        paragraph is provision.paragraphs[0]
        and HEADING.match(paragraph)
        and (len(provision.paragraphs) > 1 or paragraph.isupper() or (len(paragraph) < 80 and ":" not in paragraph[:-2]))
    )
    return not (is_heading or paragraph.isupper())


def _office_problems(provision: Provision, plan: Plan, quotes: dict[str, list[str]], where: str) -> Iterator[str]:
    """An office that heads an item of the last part (who does what) must have its duty."""
    last = [p.section for p in plan.provisions if p.section != SIGNATURE][-1].split(".")[0]
    if provision.section.startswith(last + ".") and ORGANISATION.match(provision.paragraphs[0]) and provision.section not in quotes:
        yield f"{where}: mục {provision.section}: cơ quan này chưa có nhiệm vụ nào trong dữ liệu"


def _without_numbering(paragraph: str) -> str:
    return re.sub(r"^(?:\d+(?:\.\d+)*\.|[IVX]+\.)\s", "", paragraph)


def _asked_problems(base: Knowledge) -> Iterator[str]:
    known = {*base.rules, *base.open_points, *(question for plan in base.plans.values() for question in (*plan.cells, *plan.same))}
    known |= set(base.titles)
    for label in sorted({row.label for row in asked()} - known):
        yield f"knowledge: {label}: có cách hỏi nhưng không kế hoạch hay quy định nào trả lời"


def _national_problems(base: Knowledge) -> Iterator[str]:
    for rule in base.rules.values():
        if not rule.source:
            yield f"knowledge/national.toml: {rule.id}: thiếu nguồn"
        if rule.valid_from and rule.valid_to and rule.valid_from > rule.valid_to:
            yield f"knowledge/national.toml: {rule.id}: ngày hết hiệu lực trước ngày có hiệu lực"


def _link_problems(base: Knowledge) -> Iterator[str]:
    for question, rule in table(HERE / "links.toml").items():
        if rule not in base.rules:
            yield f'knowledge/links.toml: {question}: không có quy định "{rule}"'


def coverage() -> Iterator[str]:
    """The matrix, a line a question: + stated, = answered by another question, - checked not stated, ? an empty cell."""
    base = knowledge()
    plans = list(base.plans.values())
    yield "câu hỏi".ljust(44) + " ".join(plan.name.rjust(10) for plan in plans)
    totals = [dict.fromkeys("+=-?", 0) for _ in plans]
    for question in sorted({question for plan in plans for question in (*plan.cells, *plan.same)}):
        marks = [_mark(plan, question) for plan in plans]
        for total, mark in zip(totals, marks, strict=True):
            total[mark] += 1
        yield question.ljust(44) + " ".join(mark.rjust(10) for mark in marks)
    for name, mark in (("có nêu", "+"), ("theo mục khác", "="), ("không nêu (đã kiểm tra)", "-"), ("chưa kiểm tra", "?")):
        yield name.ljust(44) + " ".join(str(total[mark]).rjust(10) for total in totals)


def _mark(plan: Plan, question: str) -> str:
    if question in plan.same:
        return "="
    cell = plan.cells.get(question)
    return "?" if cell is None else "-" if isinstance(cell, NotStated) else "+"
