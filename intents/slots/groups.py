"""Villages and organisations named in a report, as written.

`tag_villages` and `tag_organisations` make each mention one token: a head word ("thôn", "hội", "công ty", "bà con") and what
belongs to its name, up to a verb, a number or a sign.
"""

from __future__ import annotations

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, fits, is_bare, lex, same_word
from intents.slots.money import SCALES, countable, counted_noun
from intents.slots.numbers import number_at
from intents.slots.parties import is_lower, number_before
from intents.slots.quantities import goods_at, phrase_at
from knowledge.vietnamese import fold, tone_last

LONGEST_GROUP = 8  # words
NOT_OFFICE = ("chong", "benh", "ngua", "tranh", "ngu", "hoc", "o", "tro", "khach", "bi", "ho", "dich")  # "phòng chống"
NUMBERED = ("doi", "to", "gia", "nhom", "khu", "tieu", "khoi")  # "đội 3", "tổ liên gia 4"
NOT_BEFORE_VILLAGE = ("bien", "van", "phien", "kich", "can", "co", "nhat", "hang")  # "biên bản", "văn bản"


def tag_villages(line: Line, own: str | None = None) -> Line:
    """Villages that are named: "thôn Đông Thịnh", "xóm 5", "bản khuổi luông"; never "thôn mình".

    `own` is the sender's ("làng Kon Bông, xã …"), which is known by its name alone ("ở kon bông").
    """
    lower = is_lower(line)
    line = _tag_own(line, own)
    index = 0
    while index < len(line.tokens):
        length = phrase_at(line.tokens, index, lexicon().lists["village_types"])
        if length and fits(line.tokens[index]) and line.tokens[index].raw and not line.tokens[index].tag:
            end = _village_end(line, index + length, lower)
            other = _is_other(line, index, length) or _in_name(line, index)
            if end > index + length and not other and _is_village_type(line.tokens[index]):
                line = line.tagged(index, end, "village", _village_name(line, index, index + length, end))
        index += 1
    return line


def _spoken_number(line: Line, start: int) -> int:
    """Where the spoken number of a village ends ("xóm sáu"); 0 where it counts something ("thôn ba hộ")."""
    words = countable(line.tokens)
    number = number_at(words, start)
    if number is None or number.upper or number.value > 30 or not words[start].isalpha() or line.tokens[start].capital:
        return 0
    after = words[number.end] if number.end < len(words) else ""
    if phrase_at(line.tokens, number.end, lexicon().lists["people"]) and line.tokens[number.end].gap == " ":
        return 0
    return 0 if after in SCALES or after == "tram" or counted_noun(words, number.end) or number_at(words, number.end) else number.end


def _village_name(line: Line, start: int, name: int, end: int) -> str:
    """The village as written; a spoken number in figures ("xóm sáu" is xóm 6)."""
    number = number_at(countable(line.tokens[name:end]), 0)
    return f"{line.written(start, name)} {number.value}" if number and number.end == end - name else line.written(start, end)


def _tag_own(line: Line, own: str | None) -> Line:
    """The sender's village where its name stands without the word for a village."""
    words = [token.plain for token in lex(own.split(",")[0]).tokens] if own else []
    kind = phrase_at(lex(own).tokens, 0, lexicon().lists["village_types"]) if own else 0
    name = words[kind:]
    if len(name) < 2 or any(word.isdigit() for word in name):
        return line
    for index in range(len(line.tokens) - len(name), -1, -1):
        stretch = line.tokens[index : index + len(name)]
        known = [token.plain for token in stretch] == name and not any(token.tag for token in stretch)
        if not known or (index and stretch[0].gap != " "):
            continue
        typed = index > 0 and bool(phrase_at(line.tokens, index - 1, lexicon().lists["village_types"]))
        if typed or (index and line.tokens[index - 1].plain in lexicon().lists["before_village"]):
            start = index - typed
            line = line.tagged(start, index + len(name), "village", line.written(start, index + len(name)))
    return line


def _in_name(line: Line, index: int) -> bool:
    """Whether the word for a village belongs to the name of a firm or a school ("công ty thuỷ điện Bản Nhùng")."""
    words = lexicon().lists
    if not line.tokens[index].capital or index == 0 or line.tokens[index].gap != " ":
        return False
    return any(phrase_at(line.tokens, at, words["named_places"]) for at in range(max(0, index - 4), index))


def _is_village_type(token: Token) -> bool:
    """Whether the accents typed are those of the word for a village: "ban" in a message with accents is no "bản"."""
    forms = lexicon().marked_villages.get(token.plain)
    return forms is None or tone_last(token.raw) in forms or token.mended or (is_bare(token) and not token.sure)


def _is_other(line: Line, index: int, length: int) -> bool:
    """ "tổ", "khu", "phố" and the like name a village only with a number; "biên bản" is no village."""
    word = line.tokens[index].plain
    if index and line.tokens[index].gap == " " and not line.tokens[index].capital and line.tokens[index - 1].plain in NOT_BEFORE_VILLAGE:
        return True
    following = line.tokens[index + 1].plain if index + 1 < len(line.tokens) else ""
    return length == 1 and word in ("to", "khoi", "khu") and not following.isdigit()


def _village_end(line: Line, start: int, lower: bool) -> int:
    tokens, words = line.tokens, lexicon().lists
    if start >= len(tokens) or tokens[start].gap != " " or tokens[start].tag:
        return start
    if tokens[start].plain.isdigit():
        words_after = countable(tokens)
        taken = (
            start + 1 < len(tokens)
            and tokens[start + 1].gap == " "
            and (words_after[start + 1] in SCALES or (counted_noun(words_after, start + 1) and not number_at(words_after, start + 2)))
        )
        return start if taken else start + 1
    spoken = _spoken_number(line, start)
    if spoken:
        return spoken
    end = start
    while end < len(tokens) and end - start < 4 and not tokens[end].tag and (end == start or tokens[end].gap == " ") and tokens[end].raw:
        token = tokens[end]
        if token.plain.isdigit() and end > start:
            return end if counted_noun(countable(tokens), end + 1) else end + 1
        capital = token.capital and not (token.raw.isupper() and len(token.raw) > 1 and not tokens[start - 1].raw.isupper())
        if len(token.raw) == 1 and token.plain.isalpha() and end == start and not capital:
            break
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
            end = _organisation_end(line, _head_end(line, index, head))
            line = line.tagged(index, end, "org", line.written(index, end))
            index += 1
        else:  # "9 hội viên phụ nữ" are people counted: no organisation begins inside
            index += max(head, phrase_at(line.tokens, index, lexicon().lists["people"]) if head else 1)
    return line


def _is_head(line: Line, index: int, length: int) -> bool:
    """Whether an organisation really begins here: not people counted ("12 thanh niên"), nor another word so spelled."""
    token = line.tokens[index]
    if token.plain == "phong" and length == 1 and index + 1 < len(line.tokens) and line.tokens[index + 1].plain in NOT_OFFICE:
        return False
    if token.plain == "phong" and length == 1 and index and line.tokens[index - 1].plain in ("tiem", "tim", "chich", "de", "du"):
        return False
    if token.plain == "ban" and length == 1 and index and line.tokens[index - 1].plain in NOT_BEFORE_VILLAGE and not token.capital:
        return False
    if not token.raw or (number_before(line, index) and token.gap == " " and line.tokens[index - 1].plain not in ("may", "cac", "nhung")):
        return False
    if phrase_at(line.tokens, index, lexicon().lists["capital_heads"]) == length:
        after = line.tokens[index + length] if index + length < len(line.tokens) else None
        if after is None or after.gap != " " or not after.capital:
            return False
    if length > 1:
        phrase = " ".join(one.plain for one in line.tokens[index : index + length])
        typed = " ".join(one.raw.casefold() for one in line.tokens[index : index + length])
        return phrase not in lexicon().phrases or fold(typed) == typed or typed == lexicon().phrases[phrase]
    introduced = index > 0 and line.tokens[index - 1].plain in ("ben", "do", "cua", "ve")
    weak = is_bare(token) and token.plain in lexicon().lists["weak_heads"]
    following = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    named = following is not None and following.gap == " " and (following.capital or following.plain in ("xa", "huyen", "tinh"))
    return fits(token) and (not weak or introduced or named or _gives_later(line, index))


def _gives_later(line: Line, index: int) -> bool:
    """Whether a clause begins here, with a verb of giving after a few words ("phong lao dong huyen gioi thieu")."""
    before = line.tokens[index - 1] if index else None
    if before and line.tokens[index].gap == " " and before.tag != "date" and before.plain not in ("nha", "thi", "roi", "la", "a", "co"):
        return False
    for at in range(index + 2, min(len(line.tokens), index + LONGEST_GROUP)):
        if line.tokens[at].gap != " " or line.tokens[at].tag in ("money", "name"):
            return False
        if phrase_at(line.tokens, at, lexicon().lists["gives"]):
            return True
    return False


def _head_end(line: Line, index: int, head: int) -> int:
    """Where the head ends with words of organisations that begin in it ("Sở Nông nghiệp | và Môi trường")."""
    words = lexicon().lists["organisation_words"]
    inside = range(index + 1, min(index + head, len(line.tokens)))
    return max([index + head, *(at + phrase_at(line.tokens, at, words) for at in inside)])


def _organisation_end(line: Line, at: int) -> int:
    words = lexicon().lists
    while at < len(line.tokens) and (line.tokens[at].gap == " " or _is_hyphened(line, at)):
        token = line.tokens[at]
        if token.tag and token.tag != "village":
            break
        if _is_number_of(line, at):
            at += 1
            break
        following = line.tokens[at + 1] if at + 1 < len(line.tokens) else None
        if (is_abbreviation(token) and not (token.raw and phrase_at(line.tokens, at, words["gives"]))) or (
            (token.plain in words["inner_heads"] or same_word(token, "họ"))
            and following
            and following.gap == " "
            and (following.capital or following.plain == "nhanh")
        ):
            at += 1
            continue
        inner = phrase_at(line.tokens, at, words["organisation_words"])
        if token.plain == "cap" and line.tokens[at - 1].plain not in ("truong", "hoc"):
            inner = 0
        if token.plain in ("cac", "may", "nhung", "mot so") and at + 1 < len(line.tokens):
            inner = max(inner, 1 + max(phrase_at(line.tokens, at + 1, words[name]) for name in ("organisations", "people")))
        full = following is not None and following.capital and following.gap == " " and line.tokens[at - 1].capital
        inside = inner > 1 or (token.capital and (full or not _ends_capital(token, words["organisation_stops"])))
        verb = phrase_at(line.tokens, at, words["gives_or_work"])
        if (
            not inside
            and not token.tag
            and (
                (token.plain in words["organisation_stops"] and _is_stop(token))
                or _counts_something(line, at)
                or (verb and _is_stop(token))
                or token.plain[:1].isdigit()
            )
        ):
            break
        at += max(1, inner)
        if token.tag:
            break
    return at


def _is_hyphened(line: Line, at: int) -> bool:
    """ "Đoàn KT-QP": capitals tied by a hyphen."""
    token = line.tokens[at]
    return token.gap == "-" and token.capital and line.tokens[at - 1].capital


def _is_number_of(line: Line, at: int) -> bool:
    """Whether a number is an organisation's own ("tổ liên gia 4", "đội cứu hộ 116"): a verb or the end of the clause follows."""
    token = line.tokens[at]
    if not token.plain.isdigit() or token.tag or _counts_something(line, at):
        return False
    after = line.tokens[at + 1] if at + 1 < len(line.tokens) else None
    if line.tokens[at - 1].plain in NUMBERED:
        return True
    return (
        after is None
        or after.gap.strip() in ("-", "|", ",", ".", ";", "/", ")")
        or phrase_at(line.tokens, at + 1, lexicon().lists["gives"]) > 0
    )


def _is_stop(token: Token) -> bool:
    """Whether the accents typed are those of a word that ends a name ("làm", not the "Lâm" of a pagoda)."""
    forms = lexicon().marked_stops.get(token.plain)
    return forms is None or is_bare(token) or tone_last(token.raw) in forms


def _counts_something(line: Line, at: int) -> bool:
    """Whether a number and what it counts begin there ("bản mình ba cái bồn nước")."""
    words = countable(line.tokens)
    number = number_at(words, at)
    return number is not None and bool(counted_noun(words, number.end) or phrase_at(line.tokens, number.end, lexicon().lists["people"]))


def is_abbreviation(token: Token) -> bool:
    """Whether a token is a part of an abbreviation of several words ("DVVL")."""
    return not token.raw or " " in lexicon().short.get(token.raw.casefold(), "")


def _ends_capital(token: Token, stops: frozenset[str]) -> bool:
    return token.raw.isupper() and len(token.raw) == 1 and token.plain in stops
