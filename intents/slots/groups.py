"""Villages and organisations named in a report, as written.

`tag_villages` and `tag_organisations` make each mention one token: a head word ("thôn", "hội", "công ty", "bà con") and what
belongs to its name, up to a verb, a number or a sign.
"""

from __future__ import annotations

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, fits, is_bare
from intents.slots.money import SCALES, countable, counted_noun
from intents.slots.numbers import number_at
from intents.slots.parties import is_lower, number_before
from intents.slots.quantities import goods_at, phrase_at
from knowledge.vietnamese import fold

CONFUSED = ("luc", "thuong")  # words that end a name only with the right accents ("lúc", not "lực")


def tag_villages(line: Line) -> Line:
    """Villages that are named: "thôn Đông Thịnh", "xóm 5", "bản khuổi luông"; never "thôn mình"."""
    lower = is_lower(line)
    index = 0
    while index < len(line.tokens):
        length = phrase_at(line.tokens, index, lexicon().lists["village_types"])
        if length and fits(line.tokens[index]) and line.tokens[index].raw and not line.tokens[index].tag:
            end = _village_end(line, index + length, lower)
            if end > index + length and not _is_other(line, index, length):
                line = line.tagged(index, end, "village", line.written(index, end))
        index += 1
    return line


def _is_other(line: Line, index: int, length: int) -> bool:
    """ "tổ", "khu", "phố" and the like name a village only with a number."""
    word = line.tokens[index].plain
    return length == 1 and word in ("to", "khoi", "khu") and not line.tokens[index + 1].plain.isdigit()


def _village_end(line: Line, start: int, lower: bool) -> int:
    tokens, words = line.tokens, lexicon().lists
    if start >= len(tokens) or tokens[start].gap != " " or tokens[start].tag:
        return start
    if tokens[start].plain.isdigit():
        words_after = countable(tokens)
        taken = (
            start + 1 < len(tokens)
            and tokens[start + 1].gap == " "
            and (words_after[start + 1] in SCALES or words_after[start + 1] in words["people"] | words["households"])
        )
        return start if taken else start + 1
    end = start
    while end < len(tokens) and end - start < 4 and not tokens[end].tag and (end == start or tokens[end].gap == " ") and tokens[end].raw:
        token = tokens[end]
        if token.plain.isdigit() and end > start:
            return end + 1
        capital = token.capital and not (token.raw.isupper() and len(token.raw) > 1 and not tokens[start - 1].raw.isupper())
        if lower or (token.raw.isupper() and len(token.raw) > 1 and not line.tokens[start - 1].raw.isupper()):
            if (
                token.raw.isupper()
                or goods_at(tokens, end)
                or end - start == 2
                or fold(token.plain) in words["not_village"]
                or token.plain in words["gives"]
                or not token.plain.isalpha()
            ):
                break
        elif not capital:
            break
        end += 1
    return end


def tag_organisations(line: Line) -> Line:
    """Organisations and groups: a head word ("hội", "công ty", "bà con") and what belongs to it."""
    index = 0
    while index < len(line.tokens):
        head = phrase_at(line.tokens, index, lexicon().lists["organisations"])
        if head and _is_head(line, index, head):
            end = _organisation_end(line, index + head)
            line = line.tagged(index, end, "org", line.written(index, end))
            index += 1
        else:  # "9 hội viên phụ nữ" are people counted: no organisation begins inside
            index += max(head, phrase_at(line.tokens, index, lexicon().lists["people"]) if head else 1)
    return line


def _is_head(line: Line, index: int, length: int) -> bool:
    """Whether an organisation really begins here: not people counted ("12 thanh niên"), nor another word so spelled."""
    token = line.tokens[index]
    if not token.raw or (number_before(line, index) and token.gap == " " and line.tokens[index - 1].plain not in ("may", "cac", "nhung")):
        return False
    if length > 1:
        phrase = " ".join(one.plain for one in line.tokens[index : index + length])
        typed = " ".join(one.raw.casefold() for one in line.tokens[index : index + length])
        return phrase not in lexicon().phrases or fold(typed) == typed or typed == lexicon().phrases[phrase]
    introduced = index > 0 and line.tokens[index - 1].plain in ("ben", "do", "cua", "ve")
    weak = is_bare(token) and token.plain in lexicon().lists["weak_heads"]
    following = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    named = following is not None and following.gap == " " and (following.capital or following.plain in ("xa", "huyen", "tinh"))
    return fits(token) and (not weak or introduced or named)


def _organisation_end(line: Line, at: int) -> int:
    words = lexicon().lists
    while at < len(line.tokens) and line.tokens[at].gap == " ":
        token = line.tokens[at]
        if token.tag and token.tag != "village":
            break
        following = line.tokens[at + 1] if at + 1 < len(line.tokens) else None
        if is_abbreviation(token) or (
            token.plain in words["inner_heads"] and following and following.gap == " " and (following.capital or following.plain == "nhanh")
        ):
            at += 1
            continue
        inside = token.capital and not _ends_capital(token, words["organisation_stops"])
        if (
            not inside
            and not token.tag
            and (
                (token.plain in words["organisation_stops"] and (fits(token) or token.plain not in CONFUSED))
                or _counts_something(line, at)
                or phrase_at(line.tokens, at, words["gives"] | words["work"])
                or token.plain[:1].isdigit()
            )
        ):
            break
        at += 1
        if token.tag:
            break
    return at


def _counts_something(line: Line, at: int) -> bool:
    """Whether a number and what it counts begin there ("bản mình ba cái bồn nước")."""
    words = countable(line.tokens)
    number = number_at(words, at)
    return number is not None and counted_noun(words, number.end)


def is_abbreviation(token: Token) -> bool:
    """Whether a token is a part of an abbreviation of several words ("DVVL")."""
    return not token.raw or " " in lexicon().short.get(token.raw.casefold(), "")


def _ends_capital(token: Token, stops: frozenset[str]) -> bool:
    return token.raw.isupper() and len(token.raw) == 1 and token.plain in stops
