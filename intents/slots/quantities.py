"""Counts in a report: households, people, days of work, and goods with their units; and the words for a rate.

Tags: "ho" and "people" (a `Count`), "days" (days of work as a float), "cong" (labour days), "item" (a `Goods`), "each" (what
a rate is for: "ho", "people", or a unit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from intents.slots.lexicon import Entry, Unit, lexicon
from intents.slots.lexing import Line, Token, fits, is_bare, same_word, swapped, written
from intents.slots.money import countable
from intents.slots.numbers import number_at
from knowledge.vietnamese import fold, tone_last

LONGEST = 6
NAME_WORDS = 3
WHOLE_WITHIN = 5
DESCRIBED = 2  # words of a description after known goods
EACH_WORDS = ("moi", "tung")
EVERY = (["nao", "cung"], ["nao", "deu"], ["nao", "cung"])
WHOLE = ("ca", "nguyen", "tron", "suot")  # "cả ngày", "trọn ngày": one day
WISHES = ("tho", "mung", "tet", "phuc", "suc")  # "chúc thọ" is not ten of anything
GIVEN = ("tang", "trao", "phat", "bieu")  # after these a word without accents is goods
SINGLE = ("nải", "con", "cái", "chiếc", "bộ", "đôi", "buồng")  # units that mean one where no number is said
VAGUE = ("may", "vai", "nhieu", "cac", "nhung", "mot so", "it")
THINGS = ("cái", "chiếc")
HEADS = ("cặp", "tập", "thẻ", "xe", "máy", "nồi", "bình", "bánh", "ống", "dây")  # units that begin names of goods too


@dataclass(frozen=True)
class Count:
    """A number of households or people; None where only "mấy" or "nhiều" is said."""

    value: int | None
    word: str


@dataclass(frozen=True)
class Goods:
    """Goods as mentioned. `name` is "" where only a number and a unit stand ("hai cái"), `quantity` None without a number."""

    name: str
    quantity: float | None
    unit: str | None
    implied: bool = False  # one, because a unit stands without a number ("cái chăn")


def tag_quantities(line: Line) -> Line:
    """The line with rates, counts and goods tagged, from left to right."""
    index = 0
    while index < len(line.tokens):
        found = _each(line, index) or _counted(line, index) or _bare_goods(line, index)
        if found:
            end, tag, value = found
            line = line.tagged(index, end, tag, value)
        index += 1
    return _decided(line)


def _decided(line: Line) -> Line:
    """The line without the numbers of counts that another count replaces: workers before those they served, parts before a total."""
    tokens = list(line.tokens)
    for tag in ("people", "ho"):
        counted = [index for index, token in enumerate(tokens) if token.tag == tag and isinstance(token.value, Count) and token.value.value]
        for first, later in pairwise(counted):
            if _is_whole(line, later) or (tag == "people" and _serves(line, first, later)):
                tokens[first] = replace(tokens[first], value=Count(None, getattr(tokens[first].value, "word", "")))
    return Line(line.source, tuple(tokens))


def _is_whole(line: Line, index: int) -> bool:
    """Whether a word for the whole stands right before a count ("tổng cộng 18 người", "cả thảy là 5 hộ")."""
    for at in range(max(0, index - WHOLE_WITHIN), index):
        length = phrase_at(line.tokens, at, lexicon().lists["totals"])
        if length and all(token.plain in ("la", "co", "duoc", "so") for token in line.tokens[at + length : index]):
            return True
    return False


def _serves(line: Line, first: int, later: int) -> bool:
    """Whether the first people do something for the later ones ("5 bạn dạy chữ cho 20 cháu"); helpers at work are counted."""
    between = line.tokens[first + 1 : later]
    if not between or between[-1].plain != "cho" or between[0].plain == "cho" or any(token.gap.strip() in (".", ";", "|") for token in between):
        return False
    if first and line.tokens[first - 1].plain in ("cho", "nhan", "tuyen", "tang", "giup"):
        return False
    text = line.part(first + 1, later).folded
    return not any(token.tag == "people" for token in between) and all(
        lexicon().kinds[kind][0].search(text) is None for kind in ("labour", "housing")
    )


def phrase_at(tokens: Sequence[Token], start: int, phrases: frozenset[str]) -> int:
    """How many tokens the longest of the phrases takes at `start`; 0 for none."""
    if start >= len(tokens) or tokens[start].folded not in _openings(phrases):
        return 0
    for length in range(_unbroken(tokens, start), 0, -1):
        stretch = tokens[start : start + length]
        if " ".join(token.plain for token in stretch) in phrases or (length > 1 and " ".join(token.folded for token in stretch) in phrases):
            return length
    return 0


@lru_cache(maxsize=64)
def _openings(phrases: frozenset[str]) -> frozenset[str]:
    """The first words of phrases, folded: most words begin none."""
    return frozenset(fold(phrase.split()[0]) for phrase in phrases)


def _unbroken(tokens: Sequence[Token], start: int) -> int:
    """How many tokens from `start` on (at most LONGEST) have neither tags nor signs between them."""
    end = start
    while end < min(len(tokens), start + LONGEST) and not tokens[end].tag and (end == start or tokens[end].gap == " "):
        end += 1
    return end - start


def _each(line: Line, start: int) -> tuple[int, str, object] | None:
    """ "mỗi hộ", "từng nhà", "/suất": what a rate is for."""
    token = line.tokens[start]
    if token.tag:
        return None
    if token.gap.strip() == "/":
        base = _base(line.tokens, start)
        return (start + base[0], "each", base[1]) if base else None
    base = _base(line.tokens, start)
    if base and [one.plain for one in line.tokens[start + base[0] : start + base[0] + 2]] in EVERY:
        return start + base[0] + 2, "each", base[1]  # "hộ nào cũng 3 ký"
    if token.plain == "ai" and start + 1 < len(line.tokens) and line.tokens[start + 1].plain in ("cung", "deu"):
        return start + 2, "each", "people"  # "ai cũng được 2 cân thịt"
    if token.plain in EACH_WORDS and fits(token) and start + 1 < len(line.tokens):
        at = start + 1 + (line.tokens[start + 1].plain in ("mot", "1"))
        base = _base(line.tokens, at)
        return (at + base[0], "each", base[1]) if base else None
    return None


def _base(tokens: Sequence[Token], start: int) -> tuple[int, str] | None:
    tables = lexicon().lists
    for tag, name in (("ho", "households"), ("people", "people"), ("people", "each_people")):
        length = phrase_at(tokens, start, tables[name])
        if length:
            return length, tag
    unit = unit_at(tokens, start)
    return (unit[0], unit[1].name) if unit else None


def unit_at(tokens: Sequence[Token], start: int) -> tuple[int, Unit] | None:
    """The unit of goods at `start`, and how many tokens it takes."""
    return _entry(tokens, start, lexicon().units)


def goods_at(tokens: Sequence[Token], start: int) -> tuple[int, str] | None:
    """The longest known goods at `start`: how many tokens, and the unit they are counted in."""
    return _entry(tokens, start, lexicon().goods)


def _entry(tokens: Sequence[Token], start: int, table: dict[str, list[tuple[str, Entry]]]) -> tuple[int, Entry] | None:
    if start >= len(tokens) or tokens[start].folded not in lexicon().openings:
        return None
    for length in range(_unbroken(tokens, start), 0, -1):
        stretch = tokens[start : start + length]
        for phrase, entry in table.get(" ".join(token.folded for token in stretch), ()):
            if all(same_word(token, word) for token, word in zip(stretch, phrase.split(), strict=True)):
                return length, entry
    return None


def _counted(line: Line, start: int) -> tuple[int, str, object] | None:
    """A number and what it counts."""
    words = countable(line.tokens)
    goods = goods_at(line.tokens, start) if words[start].isalpha() and is_bare(line.tokens[start]) else None
    if (goods and goods[0] > 1) or line.tokens[start].raw.casefold() == "nữa":
        return None  # "bon nuoc" is a tank and not four of water
    if start and line.tokens[start].gap == " " and words[start - 1] in ("lop", "so", "khoa", "quy") and not _is_whole(line, start):
        return None
    if words[start] == "chuc" and start + 1 < len(words) and words[start + 1] in WISHES:
        return None
    if words[start] in WHOLE and start + 1 < len(words) and words[start + 1] == "ngay" and not line.tokens[start].tag:
        return start + 2, "days", 1.0
    vague = words[start] in VAGUE
    number = None if vague else _number(words, start)
    if not vague and number is None:
        return None
    value, at = (None, start + 1) if number is None else number
    if at >= len(words) or (at > start and line.tokens[at].gap not in (" ",)):
        return None
    counted = _count_of(line, value, at)
    goods_too = value is not None and counted is not None and counted[1] == "measure" and _is_unit_of_goods(line.tokens, at)
    if counted and not goods_too:
        return counted
    return _goods(line, float(value), at) if value is not None else None


def _is_exact(token: Token) -> bool:
    """Whether goods of one word are typed with all their accents or with none ("quân" is not "quần")."""
    typed = tone_last(token.raw)
    return is_bare(token) or any(typed in (tone_last(name), swapped(tone_last(name))) for name, _ in lexicon().goods.get(token.folded, ()))


def _is_unit_of_goods(tokens: Sequence[Token], at: int) -> bool:
    """Whether a unit stands right before known goods ("doi ung" is a pair of boots and no team)."""
    unit = unit_at(tokens, at)
    after = at + unit[0] if unit else 0
    return unit is not None and after < len(tokens) and tokens[after].gap == " " and goods_at(tokens, after) is not None


def _number(words: Sequence[str], start: int) -> tuple[float, int] | None:
    """A number as (value, end); "1,5" and "nửa" too, for goods."""
    word = words[start]
    if word == "nua":
        return 0.5, start + 1
    if word[:1].isdigit() and number_at(words, start) is None:
        decimal = word.replace(",", ".")
        return (float(decimal), start + 1) if decimal.count(".") == 1 and not decimal.endswith(".") else None
    number = number_at(words, start)
    if number is None:
        return None
    end = number.end
    return float(number.value), end


def _count_of(line: Line, value: float | None, at: int) -> tuple[int, str, object] | None:
    """Households, people, days or labour days at `at`."""
    tables = lexicon().lists
    tokens = line.tokens
    whole = None if value is None or value != int(value) else int(value)
    length = phrase_at(tokens, at, tables["households"])
    known = goods_at(tokens, at) if length and value is not None else None
    if known and known[0] > length:
        return None  # "15 bếp ga"
    if length and not (tokens[at].plain == "nha" and tokens[at].raw.casefold() == "nha" and line.accented):
        return _with_tail(line, at + length), "ho", Count(whole, tokens[at].plain)
    length = phrase_at(tokens, at, tables["people"])
    if length and fits(tokens[at], people=True) and (length > 1 or tokens[at].plain not in ("con", "cong")):
        return at + length, "people", Count(whole, " ".join(token.plain for token in tokens[at : at + length]))
    if tokens[at].plain == "cong" or (tokens[at].plain == "ngay" and at + 1 < len(tokens) and tokens[at + 1].plain == "cong"):
        return at + 1 + (tokens[at].plain == "ngay"), "cong", whole
    if tokens[at].plain in ("ngay", "buoi", "hom") and value is not None:
        half = at + 1 < len(tokens) and tokens[at + 1].plain == "ruoi"
        return at + 1 + half, "days", value / 2 if tokens[at].plain == "buoi" else value + half / 2
    if phrase_at(tokens, at, tables["durations"]):
        return at + phrase_at(tokens, at, tables["durations"]), "measure", value
    return None


def _with_tail(line: Line, at: int) -> int:
    """Past the words that say which households: "nghèo", "cận nghèo", "khó khăn"."""
    while at < len(line.tokens) and (length := phrase_at(line.tokens, at, lexicon().lists["household_tails"])):
        at += length
    return at


def _goods(line: Line, value: float, at: int) -> tuple[int, str, object] | None:
    """Goods after a number: a unit and a name, a unit alone, or known goods alone."""
    tokens = line.tokens
    if phrase_at(tokens, at, lexicon().lists["deeds"]):
        return None
    known = goods_at(tokens, at)
    unit = unit_at(tokens, at)
    if unit and not (known and known[0] > unit[0] and (unit[1].name in HEADS or not goods_at(tokens, at + unit[0]))):
        length, measure = unit
        measure = _chosen(tokens, at, length) or measure
        value *= measure.factor
        after = at + length
        if after < len(tokens) and tokens[after].plain == "ruoi" and tokens[after].gap == " ":
            value, after = value + measure.factor / 2, after + 1
        inner = unit_at(tokens, after) if measure.name == "" or tokens[at].folded == "van" else None
        if inner:
            after, measure, value = after + inner[0], inner[1], value * inner[1].factor
        if at > 1 and measure.name in ("lít", "m3", "kg") and _is_size(tokens, at - 1) and _name_end(tokens, after) == after:
            return after, "measure", value
        if measure.name == "kg" and tokens[at - 2].plain == "nang" and at > 1:
            return after, "measure", value
        if after < len(tokens) and tokens[after].gap == " " and _is_sort(tokens, after):
            return after + 1, "item", Goods("", value, measure.name or None)
        name_end = _name_end(tokens, after)
        if name_end > after:
            return name_end, "item", Goods(line.written(after, name_end), value, measure.name or None)
        if known and known[0] >= length and is_goods_word(tokens, at) and not _fills(tokens, at):
            return at + known[0], "item", Goods(line.written(at, at + known[0]), value, known[1] or None)
        return after, "item", Goods("", value, measure.name or None)
    if known and unit and known[0] > unit[0] and unit[1].name not in HEADS:
        return at + known[0], "item", Goods(line.written(at + unit[0], at + known[0]), value, unit[1].name or None)
    if known:
        return at + known[0], "item", Goods(line.written(at, at + known[0]), value, known[1] or None)
    return None


def is_stop(token: Token) -> bool:
    """Whether a word ends the name of goods; accents that were typed must not make it another word ("đàng" is not "đang")."""
    lists = lexicon().lists
    typed = token.raw.casefold()
    if typed in lists["stops_accented"]:
        return True
    written_so = typed in lists["stops_written"] or tone_last(typed) in _toned(lists["stops_written"])  # "cuả" is "của"
    return token.plain in lists["stops"] and (is_bare(token) or token.plain != token.folded or written_so)


@lru_cache(maxsize=8)
def _toned(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(tone_last, words))


def _fills(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number and a unit fill the goods named right before them ("sach vo 50 bo")."""
    named = tokens[at - 2].value if at > 1 and tokens[at - 1].gap == " " else None
    return isinstance(named, Goods) and bool(named.name) and named.quantity is None


def _is_sort(tokens: Sequence[Token], at: int) -> bool:
    """Whether only a sort stands after a number and a unit ("hai con đực"), and the clause ends."""
    ends = at + 1 >= len(tokens) or tokens[at + 1].gap.strip() != "" or tokens[at + 1].plain in ("va", "voi", "con", "nua", "la")
    return not tokens[at].tag and ends and tokens[at].plain in lexicon().lists["parts"] and goods_at(tokens, at) is None


def _is_size(tokens: Sequence[Token], number: int) -> bool:
    """Whether a number of litres or kilos right after goods says how large they are ("bồn nước inox 1000 lít")."""
    before = tokens[number - 1] if tokens[number - 1].plain != "loai" else tokens[number - 2]
    return (
        isinstance(before.value, Goods) and bool(before.value.name) and fold(before.value.name).split()[0] in lexicon().lists["containers"]
    )


def _chosen(tokens: Sequence[Token], at: int, length: int) -> Unit | None:
    """Which unit a word without accents is, by the goods after it: "can gao" cân, "can dau an" can, "ta trung" tá."""
    choices = lexicon().unit_choices.get(tokens[at].plain) if length == 1 and is_bare(tokens[at]) else None
    after = " ".join(token.folded for token in tokens[at + 1 : at + 3])
    name = next((name for goods, name in choices or () if after == goods or after.startswith(goods + " ")), None)
    return next((unit for phrase, unit in lexicon().units[tokens[at].plain] if phrase == name), None) if name else None


def is_goods_word(tokens: Sequence[Token], at: int) -> bool:
    """Whether a unit with no name after it is goods itself ("5 thẻ", "2 bò" without accents)."""
    return tokens[at].plain not in ("con", "cai", "chiec", "bao", "suat", "tấm", "vien", "thung", "goi")


def _name_end(tokens: Sequence[Token], start: int) -> int:
    """Where the name of goods that begins at `start` ends: known goods, or words up to one that cannot be part of it."""
    if start >= len(tokens) or tokens[start].gap != " " or tokens[start].tag:
        return start
    known = goods_at(tokens, start)
    if known:
        return _joined_end(tokens, start + known[0])
    end = start
    while end < len(tokens) and end - start < NAME_WORDS and not tokens[end].tag and (tokens[end].gap == " " or end == start):
        if (
            is_stop(tokens[end])
            or tokens[end].plain[:1].isdigit()
            or (end == start and not tokens[end].plain.isalpha())
        ):
            break
        end += 1
    return end


def _is_given_thing(line: Line, start: int, unit: tuple[int, Unit]) -> bool:
    """Whether "cái" or "chiếc" begins an unknown thing given: right after a receiver or after goods and a joining word."""
    tokens, after = line.tokens, start + unit[0]
    if unit[1].name not in THINGS or start == 0 or tokens[start].gap != " " or goods_at(tokens, after) or is_bare(tokens[start]):
        return False
    end = _name_end(tokens, after)
    before = tokens[start - 1]
    joined = before.plain in ("va", "voi", "them") and start > 1 and tokens[start - 2].tag == "item"
    if end == after or tokens[after].plain in lexicon().lists["house"] or tokens[after].plain in lexicon().lists["people"]:
        return False
    return (joined or (before.tag == "name" and start > 1 and tokens[start - 2].plain in (*GIVEN, "cho"))) and not tokens[after].capital


def _joined_end(tokens: Sequence[Token], end: int) -> int:
    """Past goods that make a compound with those before them ("cơm gà"), unless a number or a unit follows them."""
    if tokens[end - 1].plain in lexicon().lists["purposes"]:
        return end  # "gạch xây" and not "gạch xây bếp"
    more = goods_at(tokens, end) if end < len(tokens) and tokens[end].gap == " " and not tokens[end].tag else None
    if not more or unit_at(tokens, end):
        return _described_end(tokens, end)
    after = tokens[end + more[0]] if end + more[0] < len(tokens) else None
    return end if after is not None and after.gap == " " and (after.tag or after.plain[:1].isdigit()) else end + more[0]


def _described_end(tokens: Sequence[Token], end: int) -> int:
    """Past one or two words that describe goods ("tủ nhôm", "chăn lông cừu"), where the phrase ends right after them."""
    at = end
    lists = lexicon().lists
    while at < len(tokens) and not tokens[at].tag and tokens[at].gap == " " and not is_stop(tokens[at]):
        if at - end == DESCRIBED or not tokens[at].plain.isalpha() or tokens[at].plain in lists["purposes"] or tokens[at].capital:
            return end
        if tokens[at].plain in lists["mishaps"] or phrase_at(tokens, at, lists["gives_or_work"]) or unit_at(tokens, at):
            return end
        at += 1
    return at


def _bare_goods(line: Line, start: int) -> tuple[int, str, object] | None:
    """Known goods without a number. A word that has other meanings without accents does not count."""
    tokens = line.tokens
    named = tokens[start].capital and tokens[start].gap == " " and start > 0 and tokens[start - 1].raw.islower()
    worked = start > 0 and phrase_at(tokens, start - 1, lexicon().lists["work"]) > 1
    lists = lexicon().lists
    if tokens[start].tag or named or worked or phrase_at(tokens, start, lists["gives"]) > 1 or phrase_at(tokens, start, lists["not_goods"]):
        return None
    known = goods_at(tokens, start)
    introduced = start > 0 and tokens[start].gap == " " and tokens[start - 1].plain in (*VAGUE, *GIVEN)
    if known is None or (known[0] == 1 and introduced and is_bare(tokens[start]) and _is_unit_of_goods(tokens, start)):
        unit = unit_at(tokens, start)
        if unit and _is_given_thing(line, start, unit):
            return (end := _name_end(tokens, start + unit[0])), "item", Goods(line.written(start + unit[0], end), 1, unit[1].name, True)
        known = goods_at(tokens, start + unit[0]) if unit and start + unit[0] < len(tokens) and tokens[start + unit[0]].gap == " " else None
        if known is None or unit is None or unit[1].factor != 1 or (known[0] == 1 and not _is_exact(tokens[start + unit[0]])):
            return None  # "bình quân" is not a jar of trousers
        one = unit[1].name in SINGLE and not (start and tokens[start - 1].plain in VAGUE)
        name = line.written(start + unit[0], start + unit[0] + known[0])
        return start + unit[0] + known[0], "item", Goods(name, 1 if one else None, unit[1].name if one else None, one)
    given = start > 0 and tokens[start - 1].plain in GIVEN and tokens[start].gap == " "
    if known[0] == 1 and is_bare(tokens[start]) and tokens[start].plain in lexicon().lists["ambiguous"] and not given:
        return None
    if known[0] == 1 and not given and not _is_exact(tokens[start]):
        return None
    return start + known[0], "item", Goods(" ".join(written(token) for token in tokens[start : start + known[0]] if token.raw), None, None)
