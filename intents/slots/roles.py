"""Which of the people and groups of an activity gave, and which received."""

from __future__ import annotations

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line
from intents.slots.parties import Name
from intents.slots.quantities import Count, phrase_at
from knowledge.vietnamese import fold

SKIPPED = 6
EDGES = ("-", "|", ":", ";", ",", ".", "(", ")", "/")
GENERIC = frozenset("xa thon xom lang ban huyen tinh".split())


def donor_of(line: Line) -> tuple[int, int] | None:
    """The tokens (first, one past the last) of whoever gave; None where nobody is said to."""
    scored = [(score, -index, index) for index in range(len(line.tokens)) if (score := _score(line, index)) > 0]
    if not scored:
        return None
    index = max(scored)[2]
    end = index + 1
    if (
        line.tokens[index].tag in ("name", "org")
        and end < len(line.tokens)
        and line.tokens[end].tag == "org"
        and line.tokens[end].gap == " "
    ):
        end += 1
    return index, end


def is_giver(line: Line, index: int) -> bool:
    """Whether a name or a count of households is the one who gives."""
    named = line.tokens[index].tag == "name"
    return (_verb_follows(line, index) or (named and _subject_gives(line, index))) and not _is_received(line, index)


def _score(line: Line, index: int) -> int:
    """How likely a mention is the giver; 0 for not at all."""
    token, words = line.tokens[index], lexicon().lists
    if token.tag not in ("org", "name", "ho"):
        return 0
    before = line.tokens[index - 1].shown if index and token.gap == " " else ""
    verb = _verb_follows(line, index)
    if token.tag == "name":
        verb = verb or _subject_gives(line, index)
        return (
            5
            if verb and not _is_received(line, index)
            else 6
            if before in ("do", "ben", "cua") and isinstance(token.value, Name) and not token.value.house and before == "do"
            else 0
        )
    if token.tag == "ho":
        return 3 if verb and not _is_received(line, index) and _money_joined(line, index) else 0
    if _is_addressed(line, index):
        return 2 if verb else 0
    if before in words["before_place_only"] or before in ("cho", "tham"):
        return 2 if verb and before in ("tren", "duoi", "o") and generic_group(line, index) else 0
    if generic_group(line, index):
        return 2 if verb and before not in ("cho", "o") else 0
    if before in ("do", "ben", "nho", "phia"):
        return 7
    if before == "cua" and not _is_source(line, index):
        return 1
    if before == "cua" and not (index > 1 and line.tokens[index - 2].tag in ("ho", "people", "name", "village")):
        return 6
    if _is_received(line, index) and not verb:
        return 0
    if verb:
        return 5
    return 4 if _stands_alone(line, index) else 1 if not _is_tail(line, index) else 0


def _is_addressed(line: Line, index: int) -> bool:
    """Whether the report is addressed to a group ("báo cáo bí thư", "kính gửi UBND xã")."""
    before = [token.plain for token in line.tokens[max(0, index - 2) : index] if not token.tag] if line.tokens[index].gap == " " else []
    return index <= 4 and (
        before in (["bao", "cao"], ["kinh", "gui"], ["kinh", "thua"], ["xin", "chao"])
        or (before[-1:] in (["thua"], ["chao"], ["gui"]) and index <= 2)
    )


def _is_source(line: Line, index: int) -> bool:
    """Whether what is somebody's can be a gift ("quà của hội"), not a plan or a place ("kế hoạch của UBND xã")."""
    words = lexicon().lists["not_sources"]
    return not any(" ".join(token.plain for token in line.tokens[max(0, index - 1 - length) : index - 1]) in words for length in (1, 2, 3))


def generic_group(line: Line, index: int) -> bool:
    """ "xã", "làng mình", "xóm choa": the place itself, which gives only where nobody else does."""
    words = fold(str(line.tokens[index].value)).split()
    return words[0] in GENERIC and words[1:] != ["doan"] and all(word in lexicon().lists["not_village"] for word in words[1:])


def _money_joined(line: Line, index: int) -> bool:
    return any(token.plain in ("gop", "dong", "quyen") for token in line.tokens[index + 1 : index + 4])


def _stands_alone(line: Line, index: int) -> bool:
    """Whether a mention is a field of a list: signs or edges on both sides."""
    after = line.tokens[index + 1].gap.strip() if index + 1 < len(line.tokens) else "|"
    return (index == 0 or line.tokens[index].gap.strip() in EDGES) and after in EDGES


def _is_tail(line: Line, index: int) -> bool:
    """ "nhé ae", "cán bộ ơi": people spoken to at the end."""
    before = line.tokens[index - 1].plain if index else ""
    after = line.tokens[index + 1].plain if index + 1 < len(line.tokens) else ""
    return (before in ("nha", "nhe", "a", "roi", "da") and index >= len(line.tokens) - 2) or after == "oi"


def _verb_follows(line: Line, index: int) -> bool:
    """Whether a verb of giving comes next in the clause, over small words and dates."""
    words = lexicon().lists
    for at in range(index + 1, min(len(line.tokens), index + 2 + SKIPPED)):
        token = line.tokens[at]
        if token.gap.strip() in (".", ";", "|", "-", ":", "(") or (
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
            return line.tokens[index].tag == "org" and not generic_group(line, index)
        if token.plain in ("duoc", "bi", "la") or (token.plain == "thi" and _is_group(line, at + 1)):
            return False
        if phrase_at(line.tokens, at, words["gives"]) and not (token.plain == "mo" and token.raw.casefold() == "mợ"):
            return True
        if token.plain not in words["between"]:
            return False
    return False


def _is_group(line: Line, at: int) -> bool:
    return at < len(line.tokens) and line.tokens[at].tag == "org"


def _subject_gives(line: Line, index: int) -> bool:
    """Whether a name that opens a clause gives to somebody named after the verb ("o Hường bán tạp hóa biếu mệ Tịu")."""
    opens = index == 0 or line.tokens[index].gap != " " or line.tokens[index - 1].tag == "date"
    for at in range(index + 1, min(len(line.tokens) - 1, index + 1 + SKIPPED)):
        token, after = line.tokens[at], line.tokens[at + 1]
        if not opens or token.gap != " " or token.tag not in ("", "village", "org") or token.plain in ("duoc", "bi", "la", "nhan", "co"):
            return False
        if token.plain in ("cho", "tang", "bieu", "giup", "dua", "gui") and after.tag in ("name", "ho") and after.gap == " ":
            return True
    return False


def _is_received(line: Line, index: int) -> bool:
    """Whether a mention stands where the receiver does: after "cho", "tặng", "thăm", "giúp"."""
    token = line.tokens[index]
    if token.tag == "name" and index > 1 and (in_row := _row_start(line, index)) is not None:
        return in_row == -1 or _is_received(line, in_row)
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
    house = token.tag == "name" and isinstance(token.value, Name) and token.value.house
    return line.tokens[at].plain in words["before_receiver"] or (house and line.tokens[at].plain in words["moved_to"])


def _row_start(line: Line, index: int) -> int | None:
    """The name before this one in a row ("bà A, ông B và chị C"); -1 right after a count of households; None for no row."""
    before = line.tokens[index - 1]
    gap = line.tokens[index].gap.strip()
    if before.tag == "ho":
        return -1 if gap in ("", ":") else None
    if before.tag == "name" and gap == ",":
        return index - 1
    return index - 2 if before.plain in ("va", "voi") and line.tokens[index - 2].tag == "name" else None


def beneficiaries(line: Line, donor: tuple[int, int] | None) -> list[int]:
    """The tokens of the people who received."""
    taken = range(*donor) if donor else range(0)
    return [
        index
        for index, token in enumerate(line.tokens)
        if token.tag == "name"
        and index not in taken
        and not _is_relative(line, index)
        and not (is_giver(line, index) and _other_receiver(line, index))
    ]


def _is_relative(line: Line, index: int) -> bool:
    """Whether a name only says whose child or wife the one named before is ("cháu Mai con chị Hồng")."""
    before = line.tokens[index - 1].plain if index else ""
    return (
        index > 1
        and before in ("con", "vo", "chong", "chau", "bo")
        and line.tokens[index].gap == " "
        and line.tokens[index - 2].tag == "name"
    )


def _other_receiver(line: Line, index: int) -> bool:
    """Whether somebody else receives, so that a name before a verb of giving is the giver."""
    return any(other != index and token.tag in ("name", "ho", "people", "each") for other, token in enumerate(line.tokens))


def counts(line: Line, tag: str, donor: tuple[int, int] | None) -> list[tuple[int, Count]]:
    """The counts of households or people in the activity, without those who gave."""
    taken = range(*donor) if donor else range(0)
    return [
        (i, token.value) for i, token in enumerate(line.tokens) if token.tag == tag and isinstance(token.value, Count) and i not in taken
    ]
