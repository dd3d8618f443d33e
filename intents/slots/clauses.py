"""Where a person or a group stands in a clause: before a verb of giving or work, or where a receiver does."""

from __future__ import annotations

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line
from intents.slots.parties import Name
from intents.slots.quantities import phrase_at
from knowledge.vietnamese import fold

SKIPPED = 6
FAR = 12
KIN = ("trai", "gai", "con", "chau", "vo", "chong", "em", "anh", "chi", "ruot", "nha")
GENERIC = frozenset("xa thon xom lang ban huyen tinh".split())


def generic_group(line: Line, index: int) -> bool:
    """ "xã", "làng mình", "xóm choa": the place itself, which gives only where nobody else does."""
    words = fold(str(line.tokens[index].value)).split()
    return words[0] in GENERIC and words[1:] != ["doan"] and all(word in lexicon().lists["not_village"] for word in words[1:])


def verb_follows(line: Line, index: int) -> bool:
    """Whether a verb of giving comes next in the clause, over small words and dates."""
    words = lexicon().lists
    for at in range(index + 1, min(len(line.tokens), index + 2 + SKIPPED)):
        token = line.tokens[at]
        if token.plain == "cua" and at == index + 1 and line.tokens[index].tag == "org":
            continue  # "tổ thợ của ông Quang xây …"
        if token.tag == "name" and at == index + 2 and line.tokens[at - 1].plain in ("cua", "va", "voi") and not is_house(line, at):
            continue
        if token.gap.strip() in (".", ";", "|", "-", ":", "(", "/") or (
            token.gap.strip() == "," and "date" not in (token.tag, line.tokens[at - 1].tag)
        ):
            return False
        if (
            (token.capital and not token.tag)
            or token.tag in ("date", "village", "org", "people")
            or (token.tag == "name" and token.gap == " " and at == index + 1)
        ):
            continue
        if token.tag:
            return False
        if token.plain == "nhan":  # "công ty nhận 6 lao động" takes on, "nhà bà Lan nhận 2 bao" receives
            taken = any(one.tag == "people" for one in line.tokens[at + 1 : at + 3])
            return taken or (line.tokens[index].tag == "org" and not generic_group(line, index))
        if token.plain == "co" and is_house(line, index):  # "nhà bà Lan có con nhỏ đau"
            return False
        if token.plain in ("duoc", "bi", "la") or (token.plain == "thi" and is_group_at(line, at + 1)):
            return False
        if is_deed(line, at) and not (token.plain == "mo" and token.raw.casefold() == "mợ"):
            return True
        if token.plain not in words["between"]:
            return False
    return False


def is_deed(line: Line, at: int) -> bool:
    """Whether a verb of giving or of work stands there."""
    token, words = line.tokens[at], lexicon().lists
    return phrase_at(line.tokens, at, words["gives"]) > 0 or (
        not token.tag and token.plain in words["work_verbs"] and at + 1 < len(line.tokens) and line.tokens[at + 1].gap == " "
    )


def is_house(line: Line, index: int) -> bool:
    value = line.tokens[index].value
    return isinstance(value, Name) and value.house


def is_group_at(line: Line, at: int) -> bool:
    return at < len(line.tokens) and line.tokens[at].tag == "org"


def subject_gives(line: Line, index: int) -> bool:
    """Whether a name that opens a clause gives to somebody named after the verb ("o Hường bán tạp hóa biếu mệ Tịu")."""
    tokens = line.tokens
    start = kin_start(line, index)
    if start and tokens[start].gap == " " and tokens[start - 1].tag != "date":
        return False
    for at in range(index + 1, min(len(tokens) - 1, index + 1 + FAR)):
        token, after = tokens[at], tokens[at + 1]
        kin = token.tag == "name" and token.gap == " " and (tokens[at - 1].tag == "name" or tokens[at - 1].plain in KIN)
        group = token.tag == "org" and at > index + 1 and tokens[at - 1].plain not in ("ben", "o", "cua", "trong")
        if token.gap != " " or group or not (kin or token.tag in ("", "village", "org", "date", "item", "money")):
            return False
        if token.plain == "nhan" and after.tag == "people":  # takes on
            return True
        if token.plain in ("duoc", "bi", "la", "nhan", "co"):
            return False
        if token.plain in ("cho", "tang", "bieu", "giup", "dua", "gui") and after.tag in ("name", "ho", "people") and after.gap == " ":
            return True
    return False


def kin_start(line: Line, index: int) -> int:
    """Where a person begins who is named by kin ("con gái cụ Lan")."""
    start = index
    while start and line.tokens[start].gap == " " and line.tokens[start - 1].plain in KIN and not line.tokens[start - 1].tag:
        start -= 1
    return start


def is_received(line: Line, index: int) -> bool:
    """Whether a mention stands where the receiver does: after "cho", "tặng", "thăm", "giúp"."""
    token = line.tokens[index]
    if token.tag == "name" and index > 1 and (in_row := row_start(line, index)) is not None:
        return in_row == -1 or is_received(line, in_row)
    if index == 0 or token.gap != " ":
        return False
    words = lexicon().lists
    at = index - 1
    while (
        at >= 0
        and line.tokens[at].plain in ("ca", "them", "duoc", "may", "cac", "toi", "den", "lai", "mot", "nua")
        and not line.tokens[at].tag
    ):
        at -= 1
    if at < 0 or line.tokens[at].tag:
        return False
    before = line.tokens[at].plain
    return before in words["before_receiver"] or (is_house(line, index) and (before in words["moved_to"] or before in ("con", "chau")))


def row_start(line: Line, index: int) -> int | None:
    """The name before this one in a row ("bà A, ông B và chị C"); -1 right after a count of households; None for no row."""
    before = line.tokens[index - 1]
    gap = line.tokens[index].gap.strip()
    if before.tag == "ho":
        return -1 if gap in ("", ":") else None
    if before.tag == "name" and gap == ",":
        return index - 1
    return index - 2 if before.plain in ("va", "voi") and line.tokens[index - 2].tag == "name" else None


def other_receiver(line: Line, index: int) -> bool:
    """Whether somebody else receives, so that a name before a verb of giving is the giver."""
    return any(other != index and token.tag in ("name", "ho", "people", "each") for other, token in enumerate(line.tokens))
