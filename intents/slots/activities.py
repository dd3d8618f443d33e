"""Where one activity of a message ends and the next begins.

Numbered lists and lines of their own are parted first; then sentences and turns of speech ("xong qua nhà…", "tiện thể",
"rồi hôm chủ nhật") where both sides tell of help to somebody.
"""

from __future__ import annotations

import re

from intents.slots.kinds import cues
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line
from intents.slots.quantities import phrase_at

SENTENCE = (".", ";", "|")
RECIPIENTS = ("name", "ho", "people")
CONTENT = ("item", "money")


def split(line: Line) -> list[Line]:
    """The activities of a message in order; at least one."""
    parts = _numbered(line) or _lines(line) or [line]
    return [piece for part in parts for piece in _turns(part)]


def _numbered(line: Line) -> list[Line]:
    """ "1) … 2) …", "1. … 2. …": the parts after each number; nothing unless the numbers count up from 1."""
    starts: list[int] = []
    for index, token in enumerate(line.tokens[:-1]):
        follows = line.tokens[index + 1].gap.strip()
        fresh = index == 0 or token.gap.strip() != "" or line.tokens[index - 1].plain in ("viec", "thu")
        if token.plain == str(len(starts) + 1) and fresh and follows in (")", ".", "/", "-", ":"):
            starts.append(index)
    if len(starts) < 2:
        return []
    return _cut(line, starts, skip=1)


def _lines(line: Line) -> list[Line]:
    """Lines or bullets, where two of them at least tell of help by themselves."""
    starts = [index for index, token in enumerate(line.tokens) if index == 0 or token.gap.strip() == "|"]
    pieces = _cut(line, starts)
    return pieces if len(pieces) > 1 and sum(map(is_whole, pieces)) > 1 and all(is_whole(piece) for piece in pieces[1:]) else []


def _cut(line: Line, starts: list[int], skip: int = 0) -> list[Line]:
    ends = [*starts[1:], len(line.tokens)]
    head = line.part(0, starts[0]) if starts[0] and is_whole(line.part(0, starts[0])) else None
    pieces = [line.part(start + skip, end) for start, end in zip(starts, ends, strict=True)]
    return ([head] if head else []) + [piece for piece in pieces if piece.tokens]


def is_whole(line: Line) -> bool:
    """Whether a stretch tells of help to somebody: something given or done, and for whom."""
    tags = {token.tag for token in line.tokens}
    return bool(tags & set(RECIPIENTS)) and bool(tags & set(CONTENT) or cues(line))


def _turns(line: Line) -> list[Line]:
    for index in range(1, len(line.tokens) - 1):
        if _may_turn(line, index):
            left, right = line.part(0, index), line.part(index, len(line.tokens))
            if is_whole(left) and is_whole(right) and has_deed(right) and _differs(left, right):
                return [left, *_turns(right)]
    return [line]


def _may_turn(line: Line, index: int) -> bool:
    token = line.tokens[index]
    gap = token.gap.strip()
    if phrase_at(line.tokens, index, lexicon().lists["turns"]):
        return True
    if gap in SENTENCE:
        return True
    before = line.tokens[index - 1]
    if gap == "," and token.tag in ("org", "date"):
        return True
    return token.tag == "date" and before.plain in ("roi", "con", "xong", "sang", "den", "va")


def has_deed(line: Line) -> bool:
    """Whether somebody does something in the stretch."""
    tokens = line.tokens
    return bool(cues(line)) or any(not token.tag and phrase_at(tokens, at, lexicon().lists["gives"]) for at, token in enumerate(tokens))


def _differs(left: Line, right: Line) -> bool:
    """Whether the right part has recipients of its own."""
    mine = [token for token in right.tokens if token.tag in RECIPIENTS]
    theirs = {re.sub(r"\W+", " ", token.raw.casefold()) for token in left.tokens if token.tag in RECIPIENTS}
    rates = any(token.tag == "each" for token in right.tokens) and not any(token.tag in ("name",) for token in mine)
    return not rates and any(re.sub(r"\W+", " ", token.raw.casefold()) not in theirs for token in mine)
