"""What an activity gave: sums, goods and counts put together, rates multiplied by what they are for."""

from __future__ import annotations

from dataclasses import dataclass, field

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, same_word
from intents.slots.money import Amount
from intents.slots.quantities import Count, Goods, phrase_at
from knowledge.vietnamese import fold

JOINS = ("va", "voi", "cung", "kem", "+", "&", "them", "cong")
PARTS = ("gom",)
BY_TIME = "time"
NAMED = "="  # before a word of goods that a rate is for
TIMES = ("ngay", "buoi", "thang", "th", "tuan", "nam", "gio")
ONE_TIME = frozenset(f"{one} {time}" for one in ("1", "mot") for time in TIMES)
WAGES = ("cong", "luong", "tra", "nhap")
SENTENCE = (".", ";", "|")
LOOKBACK = 8
TOTAL_WITHIN = 5


@dataclass
class Given:
    """One sum or one kind of goods; `per` is what a rate is for ("ho", "people" or a unit), else None."""

    index: int
    amount: Amount | None = None
    goods: Goods | None = None
    per: str | None = None
    times: int | None = None
    named: bool = False  # right beside a person's name
    joined: bool = False  # after "và", "cộng", "thêm"
    total: bool = False  # "tổng cộng", "tất cả"
    again: list[float] = field(default_factory=list)  # the same goods to others


@dataclass
class Heap:
    """All that was given, in order, and what cannot be right about it."""

    given: list[Given] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def gather(line: Line) -> Heap:
    """Reads the sums and goods of one activity from left to right."""
    heap = Heap()
    per: str | None = None
    used = False
    for index, token in enumerate(line.tokens):
        if token.gap.strip() in SENTENCE or token.plain in ("tong", "tri"):
            per = None if token.plain != "tri" else per
        if token.tag == "each":
            per, used = _each(line, heap, index)
        elif _is_one(line, index) and heap.given and line.tokens[index - 1].tag in ("money", "item") and not _opens(line, index):
            heap.given[-1].per = token.tag
        elif (
            _is_one(line, index)
            and index + 1 < len(line.tokens)
            and line.tokens[index + 1].tag in ("money", "item")
            and line.tokens[index + 1].gap == " "
        ):
            per, used = token.tag, False
        elif token.tag in ("money", "item"):
            if used and per and not _goes_on(line, index):
                per = None
            given = None if _is_share(line, heap, index) else _given(line, index, per or _priced(line, heap, index))
            if given:
                heap.given.append(given)
                used = True
    return heap


def _is_one(line: Line, index: int) -> bool:
    """ "hai trăm rưỡi một hộ": one household, where another count says how many there are."""
    token = line.tokens[index]
    if (
        token.tag not in ("ho", "people")
        or not isinstance(token.value, Count)
        or token.value.value != 1
        or token.gap.strip() not in ("", ",")
    ):
        return False
    return any(isinstance(other.value, Count) and other.value.value not in (1, None) for other in line.tokens)


def _priced(line: Line, heap: Heap, index: int) -> str | None:
    """The rate of the goods whose price a sum is ("mỗi hộ một suất quà trị giá 500 nghìn")."""
    before = [token.plain for token in line.tokens[max(0, index - 2) : index]]
    last = heap.given[-1] if heap.given else None
    return last.per if last and last.goods and last.goods.quantity == 1 and before == ["tri", "gia"] else None


def _is_share(line: Line, heap: Heap, index: int) -> bool:
    """Whether a sum is a part of the sum before ("500.000 đồng, gồm 300.000 đồng tiền mặt và quà 200.000 đồng")."""
    if line.tokens[index].tag != "money" or not any(given.amount for given in heap.given):
        return False
    between = line.tokens[next(given.index for given in heap.given if given.amount) + 1 : index]
    return any(token.plain in PARTS for token in between) and not any(token.gap.strip() in SENTENCE for token in between)


def _opens(line: Line, index: int) -> bool:
    """Whether "một nhà" after a comma says what each got ("cái mùng, một nhà hai cái"), and not what the sum before was for."""
    after = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    return line.tokens[index].gap.strip() == "," and after is not None and after.tag in ("money", "item") and after.gap == " "


def _each(line: Line, heap: Heap, index: int) -> tuple[str | None, bool]:
    """A rate: said after what it is of ("2tr/hộ", "10 kg mỗi nhà"), or before it."""
    token = line.tokens[index]
    what = str(token.value)
    before = line.tokens[index - 1] if index else None
    after = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    attached = token.gap.strip() == "/"
    ends = (
        after is None
        or (after.tag not in ("money", "item") and after.plain not in lexicon().lists["before_rate"])
        or after.gap.strip() in (".", ";", "|", ")")
    )
    if before and before.tag in ("money", "item") and heap.given and (attached or (ends and token.gap == " ")):
        for given in _listed(line, heap, index) if not attached else heap.given[-1:]:
            given.per = what
        return None, False
    return what, False


def _listed(line: Line, heap: Heap, index: int) -> list[Given]:
    """The goods and sums of the list that a rate after it is for ("1 chai dầu, 5 kg gạo mỗi hộ")."""
    found = heap.given[-1:]
    for given in reversed(heap.given[:-1]):
        between = line.tokens[given.index + 1 : found[0].index]
        if given.per or given.total or any(not token.tag and token.plain not in JOINS for token in between):
            break
        if any(token.tag not in ("", "item") for token in between) or line.tokens[found[0].index].gap.strip() not in ("", ",", ";"):
            break
        found.insert(0, given)
    return found


def _goes_on(line: Line, index: int) -> bool:
    """Whether a rate still holds for the next sum or goods: joined by "và", "với" or a comma."""
    token, before = line.tokens[index], line.tokens[index - 1]
    return (
        token.gap.strip() == ","
        or before.plain in JOINS
        or before.tag in ("money", "item", "measure")
    )


def _given(line: Line, index: int, per: str | None) -> Given | None:
    token = line.tokens[index]
    times = _times(line, index)
    if isinstance(token.value, Amount):
        if _is_by_time(line, index):
            if line.tokens[index - 1].plain in WAGES and index:
                return None
            per = BY_TIME
        per = _by_thing(line, index) or per
        before = line.tokens[index - 1] if index else token
        joined = before.plain in ("va", "voi", "cong", "+", "them", "cung", "gop")
        named = before.tag == "name" or (before.plain in ("duoc", "vay") and index > 1 and line.tokens[index - 2].tag == "name")
        total = is_total(line, index)
        given = Given(index, token.value, None, None if total else per, times, named, joined, total)
        return given if _is_support(line, index) else None
    if isinstance(token.value, Goods):
        total = is_total(line, index)
        return Given(index, goods=token.value, per=None if total else per, times=times, total=total)
    return None


def _is_by_time(line: Line, index: int) -> bool:
    """Whether a sum is for a day or a month each ("30.000 đồng/ngày", "300k 1 ngày"), so that it makes no total."""
    after = line.tokens[index + 1 : index + 3]
    if not after or after[0].gap.strip() not in ("", "/"):
        return False
    if after[0].gap.strip() == "/" or after[0].plain in ("mot", "moi"):
        return after[-1 if after[0].plain in ("mot", "moi") else 0].plain in TIMES
    return after[0].tag in ("days", "measure") and fold(after[0].raw) in ONE_TIME


def _by_thing(line: Line, index: int) -> str | None:
    """What a price is for where only a word of the goods is said ("3.500.000 đồng/máy")."""
    after = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    if after is None or after.tag or after.gap != "/" or not after.plain.isalpha() or after.plain in TIMES:
        return None
    return NAMED + after.folded


def is_total(line: Line, index: int) -> bool:
    """Whether a word for the whole stands before a sum or goods ("tổng cộng 215tr", "tất cả là 57 ký")."""
    words = lexicon().lists["totals"]
    for at in range(index - 1, max(-1, index - TOTAL_WITHIN), -1):
        if line.tokens[at].tag:
            return False
        if (length := phrase_at(line.tokens, at, words)) and at + length <= index:
            return all(
                token.plain in ("la", "het", "duoc", "thi", "co", "khoang", "so", "tien") for token in line.tokens[at + length : index]
            )
    return False


def _times(line: Line, index: int) -> int | None:
    """ "2tr x 6 hộ", "7 hộ x 10kg": how often."""
    tokens = line.tokens
    for sign, other in ((index + 1, index + 2), (index - 1, index - 2)):
        if 0 <= sign < len(tokens) and 0 <= other < len(tokens) and tokens[sign].plain in ("x", "*", "×", "nhan"):
            value = tokens[other].value
            if isinstance(value, Count):
                return value.value
            if isinstance(value, Goods) and value.quantity:
                return int(value.quantity)
            if tokens[other].plain.isdigit():
                return int(tokens[other].plain)
    return None


def _is_support(line: Line, index: int) -> bool:
    """Whether a sum was given, not a wage, a debt, a loss or a price got."""
    for at in range(index - 1, max(-1, index - 1 - LOOKBACK), -1):
        token = line.tokens[at]
        if token.tag in ("money", "item") or token.plain in ("tang", "trao"):
            break
        named = token.capital and at > 0 and line.tokens[at - 1].raw.islower() and token.gap == " "  # "hộ ô Lương 70tr"
        named = named or (token.raw == "mat" and at > 0 and line.tokens[at - 1].plain == "tien")  # "tien mat" is cash
        for phrase in () if named else lexicon().no_gift.get(token.folded, ()):
            words = phrase.split()
            stretch = line.tokens[at : at + len(words)]
            denied = at > 0 and line.tokens[at - 1].plain in ("khong", "chang")  # "không lãi 20 triệu"
            if not denied and len(stretch) == len(words) and all(same_word(one, word) for one, word in zip(stretch, words, strict=True)):
                return False
        if token.gap.strip():
            break
    return True
