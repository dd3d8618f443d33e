"""What kind of help a report tells of.

Cues of report.toml are weighed in a fixed order: a loan is a loan whatever it buys, a health card is health, goods are in
kind, money that builds is housing; a visit or other work counts only where nothing was given.
"""

from __future__ import annotations

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, fits, same_word
from intents.slots.quantities import Count, Goods, phrase_at
from knowledge.vietnamese import fold

PAPERS = ("giay", "so", "the", "ho", "can", "cccd", "bia")  # first words of papers
WORKED = ("keo", "mac", "noi", "sua", "don", "chua")  # verbs of work on goods that are there
ALWAYS = ("loan", "job")
WORKS = {"care", "taught", "housing", "other", "labour"}


def cues(line: Line) -> set[str]:
    """The kinds whose cues stand in the line; goods and organisations do not count."""
    found: set[str] = {"labour"} if any(token.tag == "cong" for token in line.tokens) else set()
    apart = [phrase_at(line.tokens, index, lexicon().lists["not_cues"]) for index in range(len(line.tokens))]
    for kind, (pattern, accented) in lexicon().kinds.items():
        for match, start, end in line.find(pattern):
            if end - start < apart[start]:
                continue
            if kind == "money" and start and line.tokens[start - 1].plain in ("lay", "mat", "thu", "ton"):
                continue  # "không lấy tiền"
            forms = accented.get(match[0])
            if (forms is None and (end > start + 1 or fits(line.tokens[start]))) or any(
                _fits(line, start, end, form) for form in forms or ()
            ):
                found.add(kind)
                break
    return found


def _fits(line: Line, start: int, end: int, form: str) -> bool:
    words = form.split()
    if len(words) == end - start and any(token.tag for token in line.tokens[start:end]):
        pairs = [(token, word) for token, word in zip(line.tokens[start:end], words, strict=True)]
        return all(token.plain == word if token.tag else same_word(token, word) for token, word in pairs)
    return len(words) == end - start and all(same_word(token, word) for token, word in zip(line.tokens[start:end], words, strict=True))


def kind_of(line: Line, *, has_money: bool, goods: list[str], people: bool) -> str | None:
    """The kind, or None where the line does not say what was done. `goods` are the names of what was given."""
    found = cues(line)
    for kind in ALWAYS:
        if kind in found:
            return kind
    has_money = has_money and not (found & WORKS and _only_cost(line))
    workers = any(isinstance(token.value, Count) and token.value.word == "lao dong" for token in line.tokens)
    if workers and "labour" not in found and any(token.plain in ("lam", "viec") for token in line.tokens):
        return "job"
    if "education" not in found and _takes_on(line):
        return "job"
    if goods and "legal_admin" in found and all(_first(name) in PAPERS for name in goods):
        return "legal_admin"
    if goods and any(_first(name) == "hoc" for name in goods):  # "3 suất học sửa xe"
        return "training"
    if goods and not has_money and (_is_sold(line) or _is_worked_on(line)):
        return "other"
    named = [fold(token.value.name) for token in line.tokens if isinstance(token.value, Goods)]
    if any("bao hiem y te" in name or "bhyt" in name for name in named):
        return "health"
    if any(isinstance(token.value, Goods) and token.value.unit in ("căn", "ngôi") for token in line.tokens):
        return "housing"
    if "care" in found and not has_money and "education" not in found:
        return "health"
    if "taught" in found:
        return "training"
    if goods:
        return "visit" if has_money and "visit" in found else "in_kind"
    if has_money:
        return _of_money(found)
    if "education" in found:
        return "education"
    if {"housing", "labour"} <= found:
        return "labour" if people else "housing"
    for kind in ("legal_admin", "health", "training", "education", "housing", "labour", "visit", "other", "money"):
        if kind in found:
            return kind
    return None


def _first(name: str) -> str:
    return (fold(name).split() or [""])[0]


def _takes_on(line: Line) -> bool:
    """Whether people are taken on for work: "nhận ba chị", "nhận thêm 2 đứa", not to be brought up."""
    for index, token in enumerate(line.tokens):
        after = [one for one in line.tokens[index + 1 : index + 3] if one.plain != "them"]
        if token.plain == "nhan" and same_word(token, "nhận") and after and after[0].tag == "people":
            return not any(one.plain in ("nuoi", "dau", "phung", "hoc") for one in line.tokens)
    return False


def _is_sold(line: Line) -> bool:
    """Whether the goods are the households' own, bought from them or sold for them ("bao tiêu 2 tấn ngô")."""
    words = lexicon().lists["sold"]
    return any(phrase_at(line.tokens, index, words) for index in range(len(line.tokens)))


def _is_worked_on(line: Line) -> bool:
    """Whether goods without a number are only what was worked on ("kéo bóng đèn vào ngõ")."""
    goods = [(index, token.value) for index, token in enumerate(line.tokens) if isinstance(token.value, Goods)]
    return bool(goods) and all(index and one.quantity is None and line.tokens[index - 1].plain in WORKED for index, one in goods)


def _only_cost(line: Line) -> bool:
    """Whether every sum is what the work cost ("kinh phí 1.850.000 đồng/ca"), not money handed over."""
    words = lexicon().lists
    sums = [index for index, token in enumerate(line.tokens) if token.tag == "money"]
    for index in sums:
        at = index
        while at > 0 and line.tokens[at].gap == " " and line.tokens[at - 1].tag != "money":
            at -= 1
        costs = [place for place in range(at, index) if phrase_at(line.tokens, place, words["costs"])]
        if not costs or (costs[0] > 0 and line.tokens[costs[0] - 1].plain in ("tro", "tang", "cap", "cho", "gop", "ho")):
            return False
    return bool(sums)


def _of_money(found: set[str]) -> str:
    return next((kind for kind in ("housing", "education") if kind in found), "money")
