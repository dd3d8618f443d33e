"""Totals of an activity: rates multiplied by their counts, goods named and added, days of work reckoned."""

from __future__ import annotations

from dataclasses import dataclass

from intents.slots.gather import NAMED, PARTS, Given, Heap
from intents.slots.labour import labour_days
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token
from intents.slots.quantities import GIVEN, Goods, phrase_at
from knowledge.vietnamese import fold

NO_GIFT = ("training", "loan", "job")
PURPOSE_REACH = 3
CARE_REACH = 11  # words
EDGES = ("-", "|", ":", ",", ".", ";", "(", ")")


@dataclass(frozen=True)
class Item:
    """Goods given in all; `quantity` and `unit` are None where the text does not say them."""

    name: str
    quantity: float | int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Totals:
    amount: int | None = None
    each: int | None = None
    span: tuple[int, int] | None = None
    items: tuple[Item, ...] = ()
    labour_days: int | None = None
    has_money: bool = False
    doubts: tuple[str, ...] = ()


def totals_of(line: Line, heap: Heap, households: int | None, people: int | None, found: set[str], givers: int | None = None) -> Totals:
    """Everything given in one activity."""
    goods, doubts = _goods(line, heap, found)
    bases: dict[str, int | None] = {"ho": givers or households, "people": people or households}
    for given in heap.given:
        if given.goods and given.goods.unit and given.per is None:
            bases.setdefault(given.goods.unit, _whole(given.goods.quantity))
        if given.goods and given.goods.name and given.per is None:
            bases.setdefault(NAMED + fold(given.goods.name).split()[0], _whole(given.goods.quantity))
    for parcel in ("suất", "phần", "người"):
        bases.setdefault(parcel, people or households)
    items = tuple(
        _item(given, bases)
        for given in goods
        if given.goods and given.goods.name and fold(given.goods.name) not in lexicon().lists["no_goods"]
    )
    money = [given for given in heap.given if given.amount]
    counted = any(token.tag in ("ho", "people") for token in line.tokens) and givers is None
    amount, each, span, more = _money(money, bases, counted=counted)
    return Totals(
        amount,
        each,
        span,
        items,
        labour_days(line, people, worked=bool(found & {"labour", "housing"}) and not found & {"care", "taught"}, busy=bool(found - {"money"})),
        bool(money),
        (*doubts, *more),
    )


def _whole(quantity: float | None) -> int | None:
    return None if quantity is None else int(quantity)


def _item(given: Given, bases: dict[str, int | None]) -> Item:
    goods = given.goods or Goods("", None, None)
    quantity = goods.quantity
    if quantity is not None:
        shares = [share for share in given.again if share != quantity] or given.again[1:]
        quantity += sum(shares) if shares and sum(given.again) != quantity else 0
        quantity *= given.times or (bases.get(given.per) if given.per else 1) or 1
        quantity = int(quantity) if quantity == int(quantity) else round(quantity, 3)
    return Item(goods.name, quantity, goods.unit)


def _goods(line: Line, heap: Heap, found: set[str]) -> tuple[list[Given], list[str]]:
    """The goods that were given: purposes and objects of work left out, bare numbers joined to what they count."""
    kept: list[Given] = []
    spoken: list[Given] = []
    for given in heap.given:
        card = given.goods is not None and given.goods.quantity is None and _is_card(given)
        medicine = (
            given.goods is not None
            and given.goods.quantity is None
            and "care" in found
            and fold(given.goods.name) in ("thuoc", "thuoc men")
        )
        if given.goods is not None and not given.goods.name:
            if spoken and (not kept or _is_card(spoken[-1])) and given.goods.quantity:
                kept.append(spoken.pop())  # "có cái máy cắt cỏ mới. Trên xã đưa một cái đó."
            _count_again(line, kept, given)
            continue
        if given.goods is None or card or medicine or _is_purpose(line, given.index, found, has_number=_is_numbered(given.goods)):
            if given.goods is not None and not medicine and not found & {"loan", "job"}:
                spoken.append(given)
            continue
        _join(kept, given)
    return [given for given in kept if given.goods], []


def _is_card(given: Given) -> bool:
    """Whether these are health insurance cards, which count as goods only with a number."""
    return given.goods is not None and fold(given.goods.name) in lexicon().lists["cards"]


def _is_numbered(goods: Goods) -> bool:
    return goods.quantity is not None and not goods.implied


def _join(kept: list[Given], given: Given) -> None:
    """Adds goods, unless they were mentioned before: a number then fills what was missing."""
    goods = given.goods
    if goods is None:
        return
    last = kept[-1] if kept else None
    general = last is not None and last.goods is not None and not _is_numbered(last.goods) and last.index == given.index - 1
    if general and last and last.goods and fold(last.goods.name) in lexicon().lists["general_goods"] and (goods.quantity is not None or last.index == 0):
        kept.pop()  # "hỗ trợ cây giống: 500 cây bưởi"
    for other in kept:
        if other.goods and (_same(other.goods, given) or _is_header(other, goods)):
            if not _is_numbered(other.goods) and goods.quantity is not None:
                other.goods, other.per, other.times = goods, given.per, given.times
            elif given.per is None and goods.unit == other.goods.unit and goods.quantity:
                other.again.append(goods.quantity)
            return
    kept.append(given)


def _is_header(first: Given, goods: Goods) -> bool:
    """Whether goods without a number at the very start are the title of what follows ("NƯỚC SẠCH / lắp 5 bồn nước")."""
    if first.index or first.goods is None or first.goods.quantity is not None or goods.quantity is None:
        return False
    return bool(set(fold(first.goods.name).split()) & set(fold(goods.name).split()))


def _same(one: Goods, other: Given) -> bool:
    """Whether goods were named before: the same name, or part of it where only a rate or no number is said."""
    if other.goods is None:
        return False
    first, second = set(fold(one.name).split()), set(fold(other.goods.name).split())
    return first == second or ((other.per is not None or other.goods.quantity is None) and (first <= second or second <= first))


def _count_again(line: Line, kept: list[Given], given: Given) -> None:
    """A number and a unit alone belong to the goods named before: they fill their number, or say it again."""
    goods = given.goods
    if goods is None or not kept:
        return
    if given.total or (given.index and _is_part(line, given.index) and kept[-1].goods and kept[-1].goods.quantity is not None):
        last = kept[-1]
        if last.goods and (given.total or last.goods.unit == goods.unit):
            quantity = goods.quantity if given.total else (goods.quantity or 0) + (last.goods.quantity or 0)
            last.goods, last.per, last.times, last.again = Goods(last.goods.name, quantity, goods.unit), None, None, []
        return
    waiting = next((other for other in reversed(kept) if other.goods and (other.goods.quantity is None or other.goods.implied)), None)
    if waiting and waiting.goods:
        waiting.goods = Goods(waiting.goods.name, goods.quantity, goods.unit)
        waiting.per, waiting.times = given.per, given.times


def _is_purpose(line: Line, index: int, found: set[str], *, has_number: bool) -> bool:
    """Whether goods are what money is for, what is worked on or taught, or only spoken of, and were not given.

    The nearest verb before decides, over goods and joining words; without a number goods need a verb of giving.
    """
    words = lexicon().lists
    if not has_number and index and line.tokens[index - 1].tag == "measure" and not line.tokens[index].gap.strip():
        return True  # "3 sào lúa"
    if "loan" in found or "job" in found or _is_cared_for(line, index, has_number=has_number):
        return True
    for at in range(index - 1, max(-1, index - 2 - PURPOSE_REACH * 2), -1):
        token, after = line.tokens[at], line.tokens[at + 1]
        gap = after.gap.strip()
        if gap in (".", ";", "|", ":", "-", "("):
            return not has_number and not _is_listed(line, index, token.tag)
        if token.tag == "money" and at < index - 1:
            return False  # "hai trăm ngàn với nải chuối"
        if isinstance(token.value, Goods) and at == index - 1 and not gap and not has_number and _is_numbered(token.value):
            return True  # "3 vạn gạch xây bếp"
        if isinstance(token.value, Goods):
            return _is_purpose(line, at, found, has_number=_is_numbered(token.value))
        if gap == "," and at == index - 1:
            return not has_number and not _is_listed(line, index, "")
        if token.tag:
            continue
        if at >= index - 2 and token.raw.casefold() in words["losses"]:
            return True  # "bão làm bay 20 tấm tôn"
        if _ends(line, at, words["gifts"]) or (
            token.plain in words["gifts"] and (has_number or not (token.plain == "cho" and _ends_phrase(line, at)))
        ):
            return False
        if has_number and token.plain in PARTS:
            return False  # "hỗ trợ hộ ông Ngụ xây nhà gồm 2 vạn viên gạch"
        if has_number and token.plain == "bang" and at == index - 1:
            return False  # "lợp mái bằng 40 tấm tôn"
        if phrase_at(line.tokens, at, words["purposes"]):
            return not (has_number and token.plain in ("mua", "chuyen", "nau", "lam") and not _has_money_before(line, index))
        if token.plain not in words["linking"] and not has_number:
            return not _follows_receiver(line, at)
    return not has_number and not _is_listed(line, index, "")


def _is_cared_for(line: Line, index: int, *, has_number: bool) -> bool:
    """Whether "cho" before animals tells what the care or feed is for ("tiêm phòng cho 60 con bò", "ủ rơm cho trâu")."""
    goods = line.tokens[index].value
    if index == 0 or line.tokens[index - 1].plain != "cho" or not isinstance(goods, Goods) or not _is_animal(goods.name):
        return False
    at = index - 2
    while at >= 0 and index - at < CARE_REACH and line.tokens[at + 1].gap.strip() in ("", ","):
        cares = lexicon().lists["animal_care"]
        if phrase_at(line.tokens, at, cares):
            return True
        if line.tokens[at].tag == "org" and fold(line.tokens[at].raw).casefold().endswith(tuple(f" {care}" for care in cares)):
            return True  # "cán bộ thú y xã tiêm phòng cho 34 con bò"
        at -= 1
    return not has_number and goods.unit is None


def _is_animal(name: str) -> bool:
    words = fold(name).split()
    return bool(words) and any(unit == "con" for _, unit in lexicon().goods.get(words[0], ()))


def _is_part(line: Line, index: int) -> bool:
    """Whether a number of goods is of one sort among them ("hai con đực, tám con cái")."""
    words = fold(line.tokens[index].raw).split()
    return len(words) > 2 and words[-1] in lexicon().lists["parts"]


def _follows_receiver(line: Line, at: int) -> bool:
    """Whether words before goods tell who received them ("tặng 11 cháu con hộ nghèo đồng phục")."""
    while at > 0 and not line.tokens[at].gap.strip() and not line.tokens[at].tag:
        if line.tokens[at - 1].plain in (*GIVEN, "cho"):
            lists = lexicon().lists
            return any(line.tokens[at].plain in lists[name] for name in ("titles", "house", "senders"))  # "cho chị ấy cái máy may"
        if phrase_at(line.tokens, at, lexicon().lists["purposes"]) or phrase_at(line.tokens, at, lexicon().lists["work"]):
            return False
        at -= 1
    return line.tokens[at].tag in ("people", "ho", "name") and at > 0 and line.tokens[at - 1].plain in GIVEN


def _ends(line: Line, at: int, phrases: frozenset[str]) -> bool:
    """Whether a phrase of several words ends at a token, or begins there."""
    return phrase_at(line.tokens, at, phrases) > 1 or any(
        start >= 0 and phrase_at(line.tokens, start, phrases) == at - start + 1 for start in (at - 1, at - 2)
    )


def _ends_phrase(line: Line, at: int) -> bool:
    """ "dạy cho", "làm cho": "cho" after a verb of work is no gift."""
    return at > 0 and line.tokens[at - 1].plain in lexicon().lists["purposes"]


def _is_listed(line: Line, index: int, before: str) -> bool:
    """Whether goods without a number stand where a list names what was given: at an edge, before an edge or a number."""
    if line.tokens[index].gap.strip() in ("-", "|", ":") and index:
        return True
    added = line.tokens[index - 1].plain in ("+", "&")
    opens = index == 0 or added or line.tokens[index].gap.strip() in EDGES or before in ("ho", "people", "name")
    after = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    closes = (
        after is None
        or after.gap.strip() != ""
        or (index == 0 and _is_after_title(after))
        or (after.tag in ("item", "date") and index > 0)
        or after.plain in ("va", "voi", "thi", "la", "cho", "do", "+", "&")
    )
    return opens and closes


def _is_after_title(token: Token) -> bool:
    """Whether a word can follow goods that open a message: a number, a mention or a verb of giving ("gạo 15kg/hộ")."""
    if isinstance(token.value, Goods):
        return token.value.quantity is not None and not token.value.name
    return token.tag not in ("", "org") or token.plain[:1].isdigit() or token.plain in lexicon().lists["gifts"]


def _has_money_before(line: Line, index: int) -> bool:
    return any(token.tag == "money" for token in line.tokens[:index])


def _money(
    money: list[Given], bases: dict[str, int | None], *, counted: bool
) -> tuple[int | None, int | None, tuple[int, int] | None, list[str]]:
    """Total, rate, range, and doubts."""
    doubts = ["negative_sum"] if any(given.amount and given.amount.negative for given in money) else []
    usable = [given for given in money if given.amount and not given.amount.foreign]
    for given in usable:
        if given.amount and given.amount.low != given.amount.high:
            return None, None, (given.amount.low, given.amount.high), doubts
    rates = [given for given in usable if given.per or given.times]
    plain = [given for given in usable if not (given.per or given.times)]
    each = _value(rates[0]) if rates else None
    reckoned = [product for given in rates if (product := _product(given, bases)) is not None]
    whole = next((given for given in usable if given.total), None)
    if whole:
        if reckoned and reckoned[0] != _value(whole) and len(rates) == 1 and counted:
            doubts.append("sum_does_not_match")
        return _value(whole), each, None, doubts
    total = _value(plain[0]) if plain else None
    shared = _shared(plain)
    if len(plain) > 1 and total is not None:
        apart = all(given.named for given in plain)
        total = total if total == sum(map(_value, plain[1:])) and not apart else shared or total
    if total is None:
        return (sum(reckoned) if reckoned else None), each, None, doubts
    if reckoned and reckoned[0] != total and len(plain) == 1 and counted:
        doubts.append("sum_does_not_match")
    return total, each, None, doubts


def _shared(plain: list[Given]) -> int | None:
    """The sum of what several people each got ("ông A 5 triệu, bà B 3 triệu"), or of sums joined by "và"."""
    return sum(map(_value, plain)) if len(plain) > 1 and all(given.named or given.joined for given in plain[1:]) else None


def _value(given: Given) -> int:
    return given.amount.low if given.amount else 0


def _product(given: Given, bases: dict[str, int | None]) -> int | None:
    count = given.times or (bases.get(given.per) if given.per else None)
    return _value(given) * count if count else None
