"""Where one activity of a message ends and the next begins.

Numbered lists and lines of their own are parted first; then sentences and turns of speech ("xong qua nhà…", "tiện thể",
"rồi hôm chủ nhật") where both sides tell of help to somebody.
"""

from __future__ import annotations

import re
from dataclasses import replace

from intents.slots.dates import When
from intents.slots.kinds import cues
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, tag_all
from intents.slots.parties import Name
from intents.slots.quantities import Count, phrase_at

SENTENCE = (".", ";", "|")
RECIPIENTS = ("name", "ho", "people")
CONTENT = ("item", "money")
NOT_GIVING = ("cua", "cung", "cho", "o", "tai", "ve", "tu", "do", "nho", "qua", "phoi", "den", "vao")
BARE_BUT = ("con", "conf", "co2n")  # "còn" without accents and in keys
DEED_WITHIN = 4  # words after the giver
ORDINALS = tuple(
    (re.compile(rf"(?<![\w<])(?:{first})(?![\w>])"), re.compile(rf"(?<![\w<])(?:{further})(?![\w>])"))
    for first, further in (
        ("(?:viec )?thu nhat", "(?:viec )?thu (?:hai|ba|2|3)"),
        ("mot la", "(?:hai|ba) la"),
        ("viec (?:1|mot)", "viec (?:2|hai|3|ba)"),
        (r"a(?= \) )", r"[bcd](?= \) )"),
        (r"a(?= \. )", r"[bcd](?= \. )"),
    )
)


def split(line: Line) -> list[Line]:
    """The activities of a message in order; at least one."""
    parts = _numbered(line) or _days(line) or _lines(line) or [line]
    return [piece for part in parts for piece in _turns(part)]


def tag_ordinals(line: Line) -> Line:
    """Words that number the activities ("thứ nhất … thứ hai", "một là … hai là", "(a) … (b)") made tokens with tag "ordinal"."""
    for first, further in ORDINALS:
        found = [(start, end, match[0]) for match, start, end in line.find(first)]
        more = [(start, end, match[0]) for match, start, end in line.find(further)] if found else []
        if found and more:
            return tag_all(line, [*found[:1], *more], "ordinal")
    return line


def _numbered(line: Line) -> list[Line]:
    """ "1) … 2) …", "1. … 2. …": the parts after each number; nothing unless the numbers count up from 1."""
    ordinals = [index for index, token in enumerate(line.tokens) if token.tag == "ordinal"]
    if len(ordinals) > 1:
        return _cut(line, ordinals, skip=1)
    starts: list[int] = []
    sign = ""
    for index, token in enumerate(line.tokens[:-1]):
        follows = line.tokens[index + 1].gap.strip()
        fresh = index == 0 or token.gap.strip() != "" or line.tokens[index - 1].plain in ("viec", "thu")
        spaced = line.tokens[index + 1].gap == f" {sign} " and not line.tokens[index + 1].plain.isdigit()  # "2/ huyện", not "2/11"
        goes_on = bool(starts) and follows == sign and (sign in (")", ".") or (sign == "/" and spaced))  # "… (xã) 7/8  2. Gđ …"
        if token.plain == str(len(starts) + 1) and (fresh or goes_on) and follows in (")", ".", "/", "-", ":"):
            starts.append(index)
            sign = follows
    if len(starts) < 2:
        return []
    return _cut(line, starts, skip=1)


def _lines(line: Line) -> list[Line]:
    """Lines or bullets, where two of them at least tell of help by themselves."""
    starts = [index for index, token in enumerate(line.tokens) if index == 0 or token.gap.strip() == "|"]
    pieces = _cut(line, starts)
    return pieces if len(pieces) > 1 and sum(map(is_whole, pieces)) > 1 and all(is_whole(piece) for piece in pieces[1:]) else []


def _days(line: Line) -> list[Line]:
    """ "Báo cáo T9: - 3/9 cấp … - 10/9 khám … ": parts that each open with a day, where every one tells of help."""
    starts = [
        index
        for index, token in enumerate(line.tokens)
        if isinstance(token.value, When) and token.value.day and token.gap.strip() not in ("", ",", "/", "(")
    ]
    pieces = _cut(line, starts)
    return pieces if len(starts) > 1 and all(map(is_whole, pieces)) else []


def _cut(line: Line, starts: list[int], skip: int = 0) -> list[Line]:
    if not starts:
        return []
    ends = [*starts[1:], len(line.tokens)]
    head = line.part(0, starts[0])
    alone = is_whole(head) and has_deed(head)
    pieces = [line.part(start + skip, end) for start, end in zip(starts, ends, strict=True)]
    if head.tokens and alone:
        pieces.insert(0, head)
    elif any(token.tag == "date" for token in head.tokens):
        pieces[0] = Line(line.source, (*head.tokens, *pieces[0].tokens))  # the date over a list is of all of it
    return [piece for piece in pieces if piece.tokens]


def is_whole(line: Line) -> bool:
    """Whether a stretch tells of help to somebody: something given or done, and for whom."""
    tags = {token.tag for token in line.tokens}
    return bool(tags & set(RECIPIENTS)) and bool(tags & set(CONTENT) or cues(line))


def _turns(line: Line) -> list[Line]:
    for index in range(1, len(line.tokens) - 1):
        if _may_turn(line, index):
            left, right = line.part(0, index), line.part(index, len(line.tokens))
            if _other_day(left, right) and is_whole(left) and (cues(right) or _has_content(right)) and has_deed(right):
                return [left, *_turns(right)]
            if _is_mishap(left):
                continue
            if right.tokens[0].gap.strip() in SENTENCE and is_whole(left) and is_whole(right) and _own_day(left, right):
                return [left, *_turns(right)]
            if _other_giver(left, right):
                return [left, *_turns(_for_the_same(left, right))]
            if is_whole(left) and is_whole(right) and has_deed(right) and (_differs(left, right) or _for_others(left, right)):
                return [left, *_turns(right)]
    return [line]


def _is_mishap(line: Line) -> bool:
    """Whether a stretch tells why help was needed, or of whom, and not of help ("nhà mệ Vện bị cháy")."""
    words = lexicon().lists["mishaps"]
    if any(token.plain in ("cho", "giup", "tang") for token in line.tokens):
        return False
    if not any(token.tag in (*CONTENT, "org", "date") for token in line.tokens):
        return True  # how they live ("nhà ông Tư nghèo nhất xóm, con đi làm xa")
    return not _has_content(line) and any(not token.tag and token.plain in words for token in line.tokens)


def _has_content(line: Line) -> bool:
    return any(token.tag in CONTENT for token in line.tokens)


def _other_day(left: Line, right: Line) -> bool:
    """Whether the right part begins with a day of its own, after the left part's."""
    said = [token.value for token in left.tokens if token.tag == "date"]
    opening = [token.value for token in right.tokens[:3] if token.tag == "date"]
    return bool(said) and bool(opening) and opening[0] not in said


def _other_giver(left: Line, right: Line) -> bool:
    """Whether another organisation goes on to do something ("rồi hội khuyến học phát luôn mỗi cháu …")."""
    opening = right.tokens[:4]
    at = next((index for index, token in enumerate(opening) if token.tag == "org"), None)
    givers = {token.raw.casefold() for token in left.tokens if token.tag == "org"}
    if at is None or not givers or opening[at].raw.casefold() in givers or not (is_whole(left) and has_deed(left)):
        return False
    dated = [any(token.tag == "date" for token in part.tokens) for part in (left, right)]
    if dated == [False, True]:
        return False  # one story that ends with its day
    joined = any(token.plain in NOT_GIVING or token.tag in RECIPIENTS for token in opening[:at])
    gaps = "".join(token.gap for token in (*left.tokens, *right.tokens[:1]))
    joined = joined or gaps.count("(") > gaps.count(")") or any(token.plain == "gom" for token in left.tokens[-4:])
    does = has_deed(right.part(at + 1, at + 1 + DEED_WITHIN))
    turned = right.tokens[0].gap.strip() == ""  # a word of turning, not only a stop
    tells = _has_content(right) or (bool(cues(right)) and (turned or any(token.tag in RECIPIENTS for token in right.tokens)))
    return not joined and does and tells


def _for_the_same(left: Line, right: Line) -> Line:
    """The right part with those helped in the left one, where it names nobody ("… mỗi cháu năm quyển vở")."""
    if any(token.tag in RECIPIENTS for token in right.tokens):
        return right
    first = next((at for at, token in enumerate(left.tokens) if token.plain in ("cho", "giup", "tang", "tham")), None)
    found = [token for token in left.tokens[first or 0 :] if token.tag in RECIPIENTS]
    if first is None or not found:
        return right
    return Line(right.source, (*right.tokens, replace(left.tokens[first], plain="cho", raw="cho", gap=" "), replace(found[0], gap=" ")))


def _own_day(left: Line, right: Line) -> bool:
    """Whether each part has one day, and not the same ("gạo / 5 hộ / 3/9; mì / 10 hộ / 5/9")."""
    days = [{token.value for token in part.tokens if isinstance(token.value, When) and token.value.day} for part in (left, right)]
    return len(days[0]) == len(days[1]) == 1 and days[0] != days[1]


def _may_turn(line: Line, index: int) -> bool:
    token = line.tokens[index]
    gap = token.gap.strip()
    if phrase_at(line.tokens, index, lexicon().lists["turns"]):
        return True
    if gap in SENTENCE:
        return True
    after = line.tokens[index + 1]
    if token.plain == "con" and token.raw.casefold() in ("còn", *BARE_BUT) and gap in ("", ",") and after.gap == " ":
        if after.tag in ("org", "ho") or (after.tag == "name" and token.raw.casefold() in ("còn", "conf")):
            return True
        if after.tag == "name" and isinstance(after.value, Name) and after.value.house:
            return True
    before = line.tokens[index - 1]
    if gap == "," and (token.tag in ("org", "date") or (token.plain == "cung" and after.tag == "date")):
        return True
    if token.plain in ("roi", "xong", "con", "va", "ma", "nhung", "cung") and after.tag == "org":
        return True
    return token.tag == "date" and before.plain in ("roi", "con", "xong", "sang", "den", "va", "lai")


def has_deed(line: Line) -> bool:
    """Whether somebody does something in the stretch."""
    tokens = line.tokens
    gives = lexicon().lists["gives"]
    gets = _has_content(line) and any(token.plain == "duoc" for token in tokens)
    return gets or any(not token.tag and phrase_at(tokens, at, gives) for at, token in enumerate(tokens)) or bool(cues(line))


def _for_others(left: Line, right: Line) -> bool:
    """ "ngoài ra còn tặng 10 hộ mỗi hộ 10 kg": other households or persons, after a turn of speech."""
    if not phrase_at(right.tokens, 0, lexicon().lists["turns"]):
        return False
    theirs, mine = (
        {(token.tag, token.value.value) for token in part.tokens if isinstance(token.value, Count) and (token.value.value or 0) > 1}
        for part in (left, right)
    )
    return bool(mine - theirs) and any(token.tag in CONTENT for token in right.tokens)


def _differs(left: Line, right: Line) -> bool:
    """Whether the right part has recipients of its own."""
    mine = [token for token in right.tokens if token.tag in RECIPIENTS]
    theirs = {re.sub(r"\W+", " ", token.raw.casefold()) for token in left.tokens if token.tag in RECIPIENTS}
    other_giver = any(token.tag == "org" for token in right.tokens[:3])
    rates = any(token.tag == "each" for token in right.tokens) and not other_giver and not any(token.tag == "name" for token in mine)
    only_people = all(token.tag == "people" for token in mine)
    if (
        only_people
        and not _has_content(left)
        and not any(
            before.plain in ("cho", "giup", "tang")
            for before, token in zip(right.tokens, right.tokens[1:], strict=False)
            if token.tag == "people"
        )
    ):
        return False
    return not rates and any(re.sub(r"\W+", " ", token.raw.casefold()) not in theirs for token in mine)
