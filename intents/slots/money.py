"""Sums of money as people write and say them, in đồng.

`amount_at` reads one sum: "2tr5", "triệu rưỡi", "hai mươi mốt triệu bốn", "1,5 tỷ", "500.000đ", "năm trăm", "từ 3 đến 5
triệu", "năm sáu triệu" (5 to 6 million). Foreign money is recognised and never converted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Counting, Line, Token, lex, same_word, tag_all
from intents.slots.numbers import DIGITS, STARTS, THOUSANDS, number_at
from knowledge.vietnamese import fold

SCALES = {"ty": 10**9, "ti": 10**9, "trieu": 10**6, "tr": 10**6, "cu": 10**6, "nghin": 1000, "ngan": 1000, "k": 1000, "ng": 1000}
DONG = frozenset({"dong", "d", "vnd", "vnđ"})
GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
HALF = "ruoi"
FOR_PEOPLE = ("cho", "tham", "mung", "kham")
AFTER_MILLION = (HALF, "cho", "de", "mua", "sua", "lam", "tien", "xay", "dong", "voi")
LEAST_BARE = 10_000  # a figure without a unit is money from here on, if it is written with groups of three digits
MOST = 10**12
SINGLE_FIGURES = frozenset("123456789")


@dataclass(frozen=True)
class Amount:
    """A sum that ends before token `end`; `high` differs from `low` in a range."""

    low: int
    high: int
    end: int
    foreign: bool = False
    negative: bool = False


@dataclass(frozen=True)
class _Figure:
    value: float
    end: int
    upper: float | None = None
    whole: bool = False  # already in đồng ("năm trăm nghìn", "500.000")


def tag_money(line: Line) -> Line:
    """The line with each sum made one token with tag "money" whose value is an `Amount`."""
    words = countable(line.tokens)
    found: list[tuple[int, int, object]] = []
    index = 0
    while index < len(words):
        amount = amount_at(line.tokens, words, index)
        if amount:
            found.append((index, amount.end, amount))
        index = amount.end if amount else index + 1
    return tag_all(line, found, "money")


def sums(line: str) -> list[int]:
    """Every sum in a text, in đồng, in order; the lower end of a range."""
    tokens = lex(line)
    return [token.value.low for token in tag_money(tokens).tokens if isinstance(token.value, Amount) and not token.value.foreign]


def countable(tokens: Sequence[Token]) -> Counting:
    """The words for reading numbers: a word that only looks like a number word ("bà") becomes "_", a tag stays itself."""
    return Counting(tokens)


def amount_at(tokens: Sequence[Token], words: Sequence[str], start: int) -> Amount | None:
    """The sum that starts at a token, or None."""
    if words[start] == "$" and start + 1 < len(words):
        figure = _figure(words, start + 1)
        return Amount(0, 0, figure.end, foreign=True) if figure else None
    one = _open_span(tokens, words, start) or _scaled(tokens, words, start)
    if one is None:
        return None
    low, high, end = one
    if end < len(words) and words[end] in lexicon().lists["foreign"] and _is_foreign(tokens, words, end):
        return Amount(0, 0, end + 1, foreign=True)
    if low is None:
        return None
    span = _upto(tokens, words, start, end, low)
    if span:
        high, end = span
    end = _after_dong(words, end)
    negative = tokens[start].gap.endswith("~") or (start > 0 and words[start - 1] == "am" and fold(tokens[start - 1].raw) == "am")
    return Amount(round(low), round(high), end, negative=negative) if 0 < low <= MOST else None


def _is_foreign(tokens: Sequence[Token], words: Sequence[str], at: int) -> bool:
    """Whether a word after a figure is a currency: "do" without accents only, or as "đô"; never before an organisation."""
    if words[at] != "do":
        return words[at] not in ("te", "won", "kip") or fold(tokens[at].raw) == tokens[at].plain
    following = words[at + 1] if at + 1 < len(words) else ""
    if tokens[at].raw.casefold() != "do" or following in ("la", "my", "uc"):
        return tokens[at].raw.casefold() in ("do", "đô")
    scaled = at > 0 and (words[at - 1] in SCALES or words[at - 1] in DONG or words[at - 1] == HALF)
    return not (tokens[at].sure or scaled or following in ("hoi", "doan", "cong", "xa", "ong", "anh", "quy", "ben", "thon", "chi"))


def _after_dong(words: Sequence[str], end: int) -> int:
    while end < len(words) and words[end] in DONG:
        end += 1
    return end


def _figure(words: Sequence[str], start: int) -> _Figure | None:
    """A number with its decimals, spoken or written."""
    if start >= len(words):
        return None
    word, following = words[start], words[start + 1] if start + 1 < len(words) else ""
    if DECIMAL.fullmatch(word) and not GROUPED.fullmatch(word):
        return _Figure(float(word.replace(",", ".")), start + 1)
    if GROUPED.fullmatch(word) and following in ("ty", "ti", "trieu", "tr"):
        return _Figure(float(word.replace(",", ".")) if word.count(",") == 1 else float(re.sub("[.,]", "", word)), start + 1)
    if word == "nua" and following in SCALES:
        return _Figure(0.5, start + 1)
    if word == "tram" and following in SCALES:
        return _Figure(100, start + 1)
    if word in ("trieu", "ty", "ti", "cu") and (following == HALF or _is_digit_after(words, start)):
        return _Figure(1, start)
    number = number_at(words, start)
    if number is None:
        return None
    whole = words[number.end - 1] in THOUSANDS or (number.value >= 1000 and not word.isdigit())
    return _Figure(number.value, number.end, number.upper, whole)


def _is_digit_after(words: Sequence[str], scale: int) -> bool:
    """Whether a million without a number has a digit after it: "triệu tám", "triệu tư"; "rau củ, 20 lốc" is no sum."""
    following = words[scale + 1] if scale + 1 < len(words) else ""
    return words[scale] != "cu" and (following == "tu" or (following != "" and number_at(words, scale + 1) is not None))


def _scaled(tokens: Sequence[Token], words: Sequence[str], start: int) -> tuple[float | None, float, int] | None:
    """A figure with its scale: (low, high, end); low is None for a figure that is no sum of đồng by itself."""
    figure = _figure(words, start)
    if figure is None or (words[start][:1].isdigit() and len(words[start]) > 15):
        return None
    end = figure.end
    scale = SCALES.get(words[end]) if end < len(words) else None
    if scale and not _is_other_word(tokens, words, end, figure):
        value, end = _tail(tokens, words, figure.value * scale, scale, end + 1)
        return value, (figure.upper * scale if figure.upper else value), end
    if figure.whole and (words[end - 1] in THOUSANDS):
        value, end = _tail(tokens, words, figure.value, 1000, end)
        return value, value, end
    following = words[end] if end < len(words) else ""
    if following in DONG:
        return (figure.value if figure.value >= 1000 else None), figure.value, end
    grouped = GROUPED.fullmatch(words[start]) is not None
    if ((grouped and figure.value >= LEAST_BARE) or figure.value >= 100_000) and not counted_noun(words, end):
        return figure.value, figure.value, end
    if (words[start : start + 2] == ["tram", HALF] or words[start : start + 3][1:] == ["tram", HALF]) and not counted_noun(words, end):
        return figure.value * 1000, figure.value * 1000, end
    if words[start] != "_" and not words[start][:1].isdigit() and figure.value in range(100, 1000, 10) and _is_lone(words, end):
        return figure.value * 1000, figure.value * 1000, end  # "biếu năm trăm"
    return None, 0, end


def _is_lone(words: Sequence[str], end: int) -> bool:
    """Whether nothing that can be counted follows a spoken number, so that it is money in thousands."""
    return end >= len(words) or words[end] in lexicon().lists["after_money"] or words[end].startswith("<date")


def _is_other_word(tokens: Sequence[Token], words: Sequence[str], at: int, figure: _Figure) -> bool:
    """Whether a scale is another word here: "củ" of a plant, "Ty" of a name, "k" for không."""
    following = words[at + 1] if at + 1 < len(words) else ""
    if words[at] == "cu" and tokens[at].raw.casefold() == "cu" and following not in AFTER_MILLION and not following[:1].isdigit():
        start = next((back for back in range(at - 1, -1, -1) if tokens[back].gap.strip() or words[back] in FOR_PEOPLE), at)
        if start < at - 1 and words[start] in FOR_PEOPLE:
            return True  # "trao 6 xe lan cho 6 cu": old people, without accents
    if words[at] == "cu":
        return not (tokens[at].mended or tokens[at].raw.casefold() in ("củ", "cu")) or following in (
            "giong",
            "san",
            "khoai",
            "gung",
            "gia",
            "ngheo",
            "neo",
            "yeu",
            "om",
            "don",
        )
    if words[at] in ("ty", "ti"):
        return tokens[at].capital or tokens[at].raw.casefold() not in ("tỷ", "tỉ", "ty", "ti")
    if words[at] in ("ngan", "ng"):
        return tokens[at].raw.casefold() not in ("ngàn", "ngan") or following in ("giong", "con", "hang")
    return False


def _tail(tokens: Sequence[Token], words: Sequence[str], value: float, scale: int, at: int) -> tuple[float, int]:
    """What follows a scale: "rưỡi", a digit of the next place ("2tr5", "triệu tám"), or smaller scales."""
    if at >= len(words):
        return value, at
    if words[at] == HALF:
        return value + scale / 2, at + 1
    if words[at] in ("linh", "le", "khong"):
        at += 1
    tight = at < len(tokens) and at > 0 and tokens[at].start == tokens[at - 1].end
    if at >= len(words) or (not tight and tokens[at].gap != " "):
        return value, at
    if words[at] == "tu" and scale >= 10**6 and (tokens[at].raw.casefold() == "tư" or _is_lone(words, at + 1)):
        return value + scale * 4 / 10, at + 1
    number = number_at(words, at)
    if number is None or number.upper or scale == 1:
        return value, at
    return _smaller(tokens, words, value, scale, at, number.value, number.end, tight)


def _smaller(
    tokens: Sequence[Token], words: Sequence[str], value: float, scale: int, at: int, number: int, end: int, tight: bool
) -> tuple[float, int]:
    following = words[end] if end < len(words) else ""
    under = SCALES.get(following)
    if under and under < scale:
        return value + number * under, end + 1
    if words[end - 1] in THOUSANDS:
        return value + number, end
    if not tight and ((_is_counted(tokens, words, end) and tokens[end].gap == " ") or following in ("x", "*", "×", "/")):
        return value, at
    if number < 10 and not words[at].startswith("0"):
        return value + number * scale / 10, end
    if words[at].isdigit() and len(words[at]) <= 3 and end == at + 1:
        return value + number * scale / 10 ** len(words[at]), end
    return (value + number * scale / 1000, end) if 100 <= number < 1000 else (value, at)


def _is_counted(tokens: Sequence[Token], words: Sequence[str], at: int) -> bool:
    """Whether what follows a million and a number has that number: not "đem", which is no "đệm", nor "4 trieu 8 ba con giao ho"."""
    if not counted_noun(words, at):
        return False
    tables = lexicon()
    if words[at - 1] in SINGLE_FIGURES and words[at : at + 2] == ["ba", "con"]:
        return False
    if words[at] == "dem" and tokens[at].raw.casefold() in ("dem", "đem"):
        return False  # "triệu ba đem cho", not nights
    known = [phrase for table in (tables.units, tables.goods) for phrase, _ in table.get(fold(words[at]), ())]
    others = any(words[at] in tables.lists[name] for name in ("people", "households", "durations"))
    return not known or others or any(same_word(tokens[at], phrase) for phrase in known)


def counted_noun(words: Sequence[str], at: int) -> bool:
    """Whether the word there is something that is counted, so that the number before it is its number."""
    if at >= len(words):
        return False
    tables = lexicon()
    word, pair = fold(words[at]), fold(" ".join(words[at : at + 2]))
    if word in tables.lists["not_counted"]:
        return False
    return any(one in table for one in (word, pair) for table in (tables.units, tables.goods)) or any(
        one in tables.lists[name] for one in (word, pair) for name in ("people", "households", "durations")
    )


def _open_span(tokens: Sequence[Token], words: Sequence[str], start: int) -> tuple[float, float, int] | None:
    """A range whose scale is said once: "5-6 triệu", "từ 3 đến 5 triệu", "2, 3 triệu"."""
    pair = words[start : start + 2]
    if len(pair) == 2 and all(word in STARTS for word in pair) and DIGITS[pair[1]] == DIGITS[pair[0]] + 1:
        whole = _scaled(tokens, words, start + 1)  # "hai ba trăm nghìn"
        return (whole[1] * DIGITS[pair[0]] / DIGITS[pair[1]], whole[1], whole[2]) if whole and whole[0] else None
    first = _figure(words, start)
    if first is None or first.upper or first.end >= len(words) or first.end == start:
        return None
    at = first.end
    gap = tokens[at].gap.strip()
    joined = words[at] in ("den", "toi", "hoac")
    at += joined
    second = _figure(words, at)
    if second is None or second.value <= first.value or second.end >= len(words):
        return None
    dashed = gap == "-" or (gap == "~")
    listed = gap == "," and second.value == first.value + 1
    scale = SCALES.get(words[second.end]) if not _is_other_word(tokens, words, second.end, second) else None
    if not (scale and (joined or dashed or listed)):
        return None
    high, end = _tail(tokens, words, second.value * scale, scale, second.end + 1)
    return first.value * scale, high, end


def _upto(tokens: Sequence[Token], words: Sequence[str], start: int, end: int, low: float) -> tuple[float, int] | None:
    """The upper end of "3tr đến 5tr": a second sum after a word or dash for a range."""
    if end >= len(words):
        return None
    at = (
        end + 1
        if words[end] in ("den", "toi")
        else end
        if tokens[end].gap.strip() in ("-", "~") and tokens[end].start - tokens[end - 1].end <= 1
        else 0
    )
    if not at or at >= len(words):
        return None
    other = _scaled(tokens, words, at)
    return (other[0], other[2]) if other and other[0] and other[0] > low else None
