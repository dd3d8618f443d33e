"""People named in a report, as written.

`tag_names` makes each mention one token. Titles ("ông", "o", "mệ") and the word for the house are part of the mention but
not of the name.
"""

from __future__ import annotations

from dataclasses import dataclass

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, fits, is_bare, may_count, same_word
from intents.slots.money import SCALES, countable, counted_noun
from intents.slots.quantities import goods_at, phrase_at
from knowledge.vietnamese import fold

FULL_NAME = 5
ORGANISATION_WORDS = 7
SENDER_WORDS = 4
UNMARKED = ("chu", "la", "co")


@dataclass(frozen=True)
class Name:
    """A person: the name without titles; `house` when it is said of a household ("nhà bà Lan"); `title` as written."""

    text: str
    house: bool
    titled: bool
    full: str = ""

    def __str__(self) -> str:
        return self.full or self.text


def is_lower(line: Line) -> bool:
    """Whether the message is written without capitals, so that names have none either."""
    capitals = [token for token in line.tokens[1:] if token.capital and not (token.raw.isupper() and len(token.raw) > 1)]
    return not capitals


def tag_names(line: Line) -> Line:
    """People: after a house word or a title, or a full name that starts with a family name."""
    lower = is_lower(line)
    index = 0
    while index < len(line.tokens):
        found = _introduced(line, index, lower) or _further(line, index, lower) or _full_name(line, index, lower)
        if found and not (line.tokens[index].capital and _in_organisation(line, index)):
            end, name = found
            line = line.tagged(index, end, "sender" if _is_sender(line, index, end) else "name", name)
        index += 1
    return line


def _in_organisation(line: Line, index: int) -> bool:
    """Whether capitals go on the name of an organisation ("cty may Hoa Sen", "đồn biên phòng Chi Ma")."""
    words = lexicon().lists
    if index == 0 or line.tokens[index].gap != " ":
        return False
    for at in range(index, max(-1, index - ORGANISATION_WORDS), -1):
        token = line.tokens[at]
        if token.tag or (at < index and token.plain in words["name_openers"]):
            return False
        if at < index and token.raw and fits(token) and (head := phrase_at(line.tokens, at, words["organisations"])):
            return token.plain not in words["person_heads"] and not number_before(line, at) and at + head <= index
        if at < index and phrase_at(line.tokens, at, words["gives"]):
            return False
        if token.gap != " ":
            return False
    return False


def _is_sender(line: Line, start: int, end: int) -> bool:
    """Whether a name is the sender's own ("mình là Đinh Bưm", "em Hoa xóm 5 báo cáo")."""
    before = [token.plain for token in line.tokens[max(0, start - 2) : start]]
    if len(before) == 2 and before[1] in ("la", "ten") and before[0] in lexicon().lists["senders"] and line.tokens[start].gap == " ":
        return True
    if start > 1:
        return False
    following = line.tokens[end : end + SENDER_WORDS]
    if following and following[0].tag not in ("", "village"):
        return False
    said = zip(following, line.tokens[end + 1 : end + SENDER_WORDS + 1], strict=False)
    return any(one.plain in ("bao", "bc") and other.plain not in ("tin", "ve") for one, other in said)


def _introduced(line: Line, index: int, lower: bool) -> tuple[int, Name] | None:
    tokens, words = line.tokens, lexicon().lists
    if tokens[index].tag:
        return None
    house = phrase_at(tokens, index, words["house"]) if fits(tokens[index]) else 0
    group = phrase_at(tokens, index, words["organisations"])
    if group > max(1, house, phrase_at(tokens, index, words["titles"])) or (
        house and phrase_at(tokens, index + house, words["not_persons"])
    ):
        return None
    if index and tokens[index].plain == "ho" and fold(tokens[index - 1].plain) in ("ung", "dong", "toc", "bao", "giao"):
        return None
    if house and index and tokens[index].gap == " " and number_before(line, index):
        return None
    at = index + house
    while at < len(tokens) and (tokens[at].gap == " " or at == index) and (title := _title(line, at, lower, bool(house))):
        at += title
    if at == index or at >= len(tokens):
        return None
    if tokens[at].plain == "ten" and at > index + house:  # "bà góa tên Lường"
        at += 2 if at + 1 < len(tokens) and tokens[at + 1].plain == "la" else 1
        if at >= len(tokens):
            return None
    if not house and not tokens[at].capital and not _may_introduce(line, index):
        return None
    end = _name_end(line, at, lower, titled=at > index + house)
    if (
        end == at
        or _is_group(line, at)
        or _is_called(line, index, end)
        or (tokens[index].raw.isupper() and len(tokens[index].raw) > 1 and tokens[at].raw.isupper())
    ):
        return None
    return end, Name(line.written(at, end), bool(house), at > index + house, line.written(index, end))


def _may_introduce(line: Line, index: int) -> bool:
    """Whether a title without a house word, in a message without capitals, may introduce a name and not address somebody."""
    before = line.tokens[index - 1].shown if index else ""
    words = lexicon().lists
    if line.tokens[index].plain in words["weak_titles"] or not line.tokens[index].raw:
        return False
    return (
        index == 0
        or line.tokens[index].gap != " "
        or before.startswith("<")
        or before in words["before_receiver"]
        or before in words["before_name"]
    )


def _title(line: Line, at: int, lower: bool, house: bool) -> int:
    token = line.tokens[at]
    length = phrase_at(line.tokens, at, lexicon().lists["titles"]) if token.raw else 0
    if length == 1 and (not fits(token) or (token.plain == "o" and _is_place(line, at))):
        return 0
    if length == 1 and len(token.raw) == 1 and token.plain != "o":
        following = line.tokens[at + 1] if at + 1 < len(line.tokens) else None
        if following is None or not (following.capital or house) or token.capital:
            return 0
    unmarked = token.sure and length == 1 and fold(token.raw) == token.raw.casefold() and token.plain in UNMARKED
    if unmarked and at + 1 < len(line.tokens) and token.capital and line.tokens[at + 1].capital:
        return 0  # a family name: "Chu Văn Pẻng" where accents are typed
    if (
        length == 1
        and at + 1 < len(line.tokens)
        and token.capital
        and not token.raw.isupper()
        and not lower
        and at > 0
        and line.tokens[at].gap == " "
    ):
        return 0  # a capital inside a name: "Lý Bà"
    return length


def _is_place(line: Line, at: int) -> bool:
    """Whether "o" is "ở" before a place and not the title of a woman."""
    before = line.tokens[at - 1].plain if at else ""
    after = " ".join(token.plain for token in line.tokens[at + 1 : at + 3])
    return (
        line.tokens[at].raw.casefold() == "ở"
        or before in ("dan", "nguoi", "ngheo", "huong", "lam", "hoc")
        or (before == "ho" and (number_before(line, at - 1) or not line.tokens[at + 1 : at + 2] or is_lower(line)))
        or after in lexicon().lists["cities"]
    )


def _is_called(line: Line, start: int, end: int) -> bool:
    """Whether somebody is only spoken to: "anh Tuấn ơi", "báo cáo chị Hoa"."""
    after = line.tokens[end].plain if end < len(line.tokens) and line.tokens[end].gap == " " else ""
    before = [token.plain for token in line.tokens[max(0, start - 2) : start]] if line.tokens[start].gap == " " else []
    return after == "oi" or before in (["bao", "cao"], ["kinh", "gui"]) or before[-1:] in (["thua"], ["chao"])


def _name_end(line: Line, at: int, lower: bool, titled: bool) -> int:
    tokens = line.tokens
    if at >= len(tokens) or tokens[at].tag or tokens[at].gap != " " or not tokens[at].raw:
        return at
    if tokens[at].capital and not lower:
        return _capitals_end(line, at)
    if not lower:
        return at
    return _lower_end(line, at, titled)


def _capitals_end(line: Line, at: int) -> int:
    end = at
    while end < len(line.tokens) and end - at < FULL_NAME and line.tokens[end].capital and not line.tokens[end].tag:
        token = line.tokens[end]
        if (end > at and token.gap != " ") or (token.raw.isupper() and len(token.raw) > 1):
            break
        end += 1
    following = line.tokens[end].plain if end < len(line.tokens) else ""
    if end == at + 1 and (line.tokens[at].plain in ("nghèo", "ngheo") or (line.tokens[at].plain == "can" and following == "ngheo")):
        return at
    return end


def _lower_end(line: Line, at: int, titled: bool) -> int:
    """A name without capitals: a full name after a family name, else one word that is no other word here."""
    tokens, words = line.tokens, lexicon().lists
    first, after = tokens[at], tokens[at + 1].plain if at + 1 < len(tokens) else ""
    if not first.plain.replace("'", "").isalpha():
        return at
    if is_surname(first) and (
        after in ("thi", "van") or (titled and (_continues(line, at + 1) or (after in ("a", "y") and _continues(line, at + 2))))
    ):
        return _full_end(line, at)
    if first.plain in words["not_names"] and not _is_number_name(line, at, titled) and not (titled and _is_other_word(first)):
        return at
    if first.plain in words["gives"] or (goods_at(tokens, at) and not titled) or _is_group(line, at):
        return at
    if (
        first.plain in SCALES
        and not (first.plain in ("ty", "ti") and titled and tokens[at - 1].plain != "ba")
        and not _continues(line, at + 1)
    ):
        return at
    if is_surname(first) and not titled and _full_end(line, at) > at + 1:
        return _full_end(line, at)
    ends = at + 1 == len(tokens) or tokens[at + 1].tag or tokens[at + 1].gap != " "
    known_after = after in words["stops"] or after in words["gives"] or after in lexicon().numerals or after[:1].isdigit()
    return at + 1 if titled or ends or known_after else at


def _is_other_word(token: Token) -> bool:
    """Whether the accents typed are of no word that follows a title without being a name ("ông dần", not "ông dân")."""
    return not is_bare(token) and token.raw.casefold() not in lexicon().lists["written_not_names"] and not may_count_only(token)


def may_count_only(token: Token) -> bool:
    """Whether a word is a number word as typed."""
    return token.plain in lexicon().numerals and may_count(token)


def _is_group(line: Line, at: int) -> bool:
    """Whether an organisation is named there ("nhà trường", "anh việt kiều")."""
    length = phrase_at(line.tokens, at, lexicon().lists["organisations"])
    return length > 1 or (length == 1 and fits(line.tokens[at]) and not is_bare(line.tokens[at]))


def _full_end(line: Line, at: int) -> int:
    """Where a full name that begins with a family name ends."""
    tokens, end = line.tokens, at + 1
    while end < len(tokens) and end - at < FULL_NAME - 1 and not tokens[end].tag and tokens[end].gap == " " and tokens[end].plain.isalpha():
        middle = tokens[end].plain in ("thi", "van", "a", "y") and end == at + 1
        if not (middle or tokens[end - 1].plain in ("thi", "van", "a") or _continues(line, end)):
            break
        end += 1
    return end


def is_surname(token: Token) -> bool:
    """Whether a word is a family name as its accents, where typed, show ("Lâm", not "làm")."""
    forms = lexicon().surnames.get(fold(token.plain))
    return forms is not None and (is_bare(token) or any(same_word(token, form) for form in forms))


def number_before(line: Line, index: int) -> bool:
    """Whether a number, or a word such as "mỗi" or "mấy", stands right before a token."""
    words = countable(line.tokens[:index])
    return bool(words) and (
        words[-1][:1].isdigit() or words[-1] in lexicon().numerals or words[-1] in ("moi", "tung", "may", "cac", "nhung", "nhieu", "vai")
    )


def _continues(line: Line, at: int) -> bool:
    """Whether a word without a capital can go on a full name."""
    if at >= len(line.tokens):
        return False
    token, words = line.tokens[at], lexicon().lists
    if token.tag or token.gap != " " or not token.plain.isalpha() or not token.raw:
        return False
    if token.plain in ("thi", "van"):
        return True
    return token.plain not in words["not_names"] and token.plain not in words["stops"] and token.plain not in words["gives"]


def _is_number_name(line: Line, at: int, titled: bool) -> bool:
    """ "anh bốn", "bà bảy": a number word is a name after a title, unless it counts or scales something."""
    words = countable(line.tokens)
    following = words[at + 1] if at + 1 < len(words) else ""
    if (
        not titled
        or line.tokens[at].plain not in lexicon().numerals
        or line.tokens[at].plain in ("tram", "nghin", "trieu", "khong", "nua", "chuc")
    ):
        return False
    return (
        may_count(line.tokens[at])
        and following not in SCALES
        and following not in ("tram", "muoi", "chuc", "nghin")
        and not counted_noun(words, at + 1)
    )


def _further(line: Line, index: int, lower: bool) -> tuple[int, Name] | None:
    """A name in a row: "hộ ông Tài, Hùng và Nhàn"."""
    tokens = line.tokens
    if lower or index < 1 or tokens[index].tag or not tokens[index].capital:
        return None
    if index > 1 and tokens[index - 1].plain in ("ho", "nha") and tokens[index].gap == " " and number_before(line, index - 1):
        end = _capitals_end(line, index)
        return (end, Name(line.written(index, end), True, False, line.written(index, end))) if end > index else None
    comma = tokens[index].gap.strip() == "," and tokens[index - 1].tag == "name"
    joined = tokens[index - 1].plain in ("va", "voi", "cung") and index > 1 and tokens[index - 2].tag == "name" and tokens[index].gap == " "
    if not (comma or joined) or phrase_at(tokens, index, lexicon().lists["organisations"]):
        return None
    previous = tokens[index - 1 if comma else index - 2].value
    end = _capitals_end(line, index)
    if end == index or not isinstance(previous, Name):
        return None
    return end, Name(line.written(index, end), previous.house, previous.titled, line.written(index, end))


def _full_name(line: Line, index: int, lower: bool) -> tuple[int, Name] | None:
    """A family name and what follows it, with capitals; or spoken with "thị" or "văn" in it."""
    token, words = line.tokens[index], lexicon().lists
    if token.tag or not is_surname(token) or not token.raw:
        return None
    before = line.tokens[index - 1] if index else None
    if (
        before
        and before.gap is not None
        and token.gap == " "
        and (
            (before.plain in ("tp", "tx", "tt") or (before.plain in words["before_place"] and fits(before)))
            or (before.capital and not before.tag and index > 1)
        )
    ):
        return None
    if lower:
        middle = line.tokens[index + 1].plain if index + 2 < len(line.tokens) else ""
        end = _full_end(line, index) if fits(line.tokens[min(index + 1, len(line.tokens) - 1)]) and token.plain != "tu" else index
        return (end, _named(line, index, end)) if middle in ("thi", "van") and end > index + 2 else None
    end = _capitals_end(line, index) if token.capital else index
    if (
        end - index < 2
        or (token.plain in words["unlikely_surnames"] and end - index < 3)
        or phrase_at(line.tokens, index, words["organisations"])
    ):
        return None
    return end, _named(line, index, end)


def _named(line: Line, start: int, end: int) -> Name:
    return Name(line.written(start, end), False, False)
