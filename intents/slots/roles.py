"""Which of the people and groups of an activity gave, and which received."""

from __future__ import annotations

from intents.slots.clauses import generic_group, is_deed, is_house, is_received, kin_start, other_receiver, subject_gives, verb_follows
from intents.slots.kinds import cues
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, lex
from intents.slots.parties import Name
from intents.slots.quantities import Count, phrase_at

EDGES = ("-", "|", ":", ";", ",", ".", "(", ")", "/")
FIELD_EDGES = ("-", "|", ":", ";", "/", "(")
MOST_SAID = 10  # words said of a giver
MOVES = ("ghe", "den", "qua", "sang", "ve", "xuong", "len", "vao", "ra", "toi")
SAID_OF = ("", "org", "village", "item", "name")
NOT_SAID = frozenset("hom vua moi da co dem mang den ghe qua sang xuong len vao ve ra nay duoc bi la roi thi".split())


def donor_of(line: Line) -> tuple[int, int] | None:
    """The tokens (first, one past the last) of whoever gave; None where nobody is said to."""
    if stated := _labelled(line):
        return stated
    scored = [(score, -index, index) for index in range(len(line.tokens)) if (score := _score(line, index)) > 0]
    if not scored or max(scored)[0] == 1:
        weak = (max(scored)[2], max(scored)[2] + 1) if scored else None
        return _crowd(line) or _own_field(line) or weak
    index = max(scored)[2]
    end = _further_words(line, index)
    if (
        end == index + 1
        and line.tokens[index].tag in ("name", "org")
        and end < len(line.tokens)
        and line.tokens[end].tag == "org"
        and line.tokens[end].gap == " "
    ):
        end += 1
    start = kin_start(line, index) if line.tokens[index].tag == "name" else index
    return start, end


def _labelled(line: Line) -> tuple[int, int] | None:
    """Who stands after a label: "nguồn: báo Lạng Sơn", "đơn vị tặng: …"; up to the end of the field."""
    for index in range(1, len(line.tokens)):
        if line.tokens[index].gap.strip() != ":" or line.tokens[index].tag in ("money", "item", "date", "ho"):
            continue
        label = [" ".join(token.plain for token in line.tokens[max(0, index - length) : index]) for length in (1, 2, 3)]
        if any(one in lexicon().lists["donor_labels"] for one in label):
            end = index + 1
            while end < len(line.tokens) and line.tokens[end].gap.strip() not in FIELD_EDGES and line.tokens[end].gap.strip() not in EDGES:
                end += 1
            return index, end
    return None


def _further_words(line: Line, index: int) -> int:
    """Where a giver ends: after the owner of a firm ("tổ may của chị Thuận"), or what is said of a person ("dì Lục bán cá")."""
    tokens, end = line.tokens, index + 1
    if tokens[index].tag == "org":
        if end < len(tokens) and tokens[end].tag == "name" and tokens[end].gap == " " and not is_house(line, end):
            return end + 1 if phrase_at(lex(tokens[index].raw).tokens, 0, lexicon().lists["posts"]) else end
        owned = end + 1 < len(tokens) and tokens[end].plain == "cua" and tokens[end + 1].tag == "name"
        return end + 2 if owned else end
    if tokens[index].tag != "name":
        return end
    while end < len(tokens) and end - index <= MOST_SAID and tokens[end].gap == " " and tokens[end].tag in SAID_OF:
        ends = tokens[end].plain in NOT_SAID or (tokens[end].plain == "lai" and tokens[end].raw.casefold() != "lái")
        if phrase_at(tokens, end, lexicon().lists["gives"]) or ends:
            break
        end += 1
    else:
        return index + 1
    return end


def _crowd(line: Line) -> tuple[int, int] | None:
    """People without a number who give together ("mấy anh lái xe tải ghé cho", "mấy nhà trong bản đến thăm")."""
    tokens = line.tokens
    for index, token in enumerate(tokens):
        if token.tag not in ("people", "ho") or not isinstance(token.value, Count) or token.value.value is not None:
            continue
        if is_received(line, index) or not other_receiver(line, index):
            continue
        for at in range(index + 1, min(len(tokens), index + 1 + MOST_SAID)):
            if is_deed(line, at) or tokens[at].plain in MOVES:
                return index, at
            if tokens[at].gap != " " or tokens[at].tag not in SAID_OF:
                break
    return None


def _own_field(line: Line) -> tuple[int, int] | None:
    """In a list of fields, the one with a capital that is nothing else known ("… | Họ giáo Phát Diệm | 4 hộ")."""
    starts = [index for index, token in enumerate(line.tokens) if index and token.gap.strip() in FIELD_EDGES]
    if len(starts) < 2:
        return None
    for start, end in zip(starts, [*starts[1:], len(line.tokens)], strict=True):
        field = line.tokens[start:end]
        plain = all(not token.tag and token.plain.isalpha() for token in field) and not all(token.raw.isupper() for token in field)
        named = plain and field[0].capital and 2 <= len(field) <= MOST_SAID and sum(token.capital for token in field) > 1
        if named and not cues(line.part(start, end)) and not phrase_at(field, 0, lexicon().lists["gives"]):
            return start, end
    return None


def is_giver(line: Line, index: int) -> bool:
    """Whether a name or a count of households is the one who gives."""
    named = line.tokens[index].tag == "name"
    return (verb_follows(line, index) or (named and subject_gives(line, index))) and not is_received(line, index)


def _score(line: Line, index: int) -> int:
    """How likely a mention is the giver; 0 for not at all."""
    token, words = line.tokens[index], lexicon().lists
    if token.tag not in ("org", "name", "ho"):
        return 0
    before = line.tokens[index - 1].shown if index and token.gap == " " and not _is_woman_or_sigh(line.tokens[index - 1]) else ""
    verb = verb_follows(line, index)
    if token.tag == "name" and before == "cua" and index > 1 and line.tokens[index - 2].tag == "org":
        return 0
    if token.tag == "name":
        verb = verb or subject_gives(line, index)
        return (
            5
            if verb and not is_received(line, index)
            else 6
            if before in ("do", "ben", "cua") and isinstance(token.value, Name) and not token.value.house and before == "do"
            else 6
            if _is_pointed_out(line, index)
            else 0
        )
    if token.tag == "ho":
        return 3 if verb and not is_received(line, index) and _money_joined(line, index) else 0
    if _is_addressed(line, index):
        return 2 if verb else 0
    if _is_basis(line, index):
        return 1
    following = line.tokens[index + 1 : index + 3]
    if len(following) == 2 and following[0].plain == "la" and following[1].tag in ("org", "name"):
        return 0  # "giảng viên là cán bộ hội"
    if before in ("den", "toi") and not verb:
        return 0
    if before in words["before_place_only"] or before in ("cho", "tham"):
        return 2 if verb and before in ("tren", "duoi", "o") and generic_group(line, index) else 0
    if generic_group(line, index):
        return 2 if verb and before not in ("cho", "o") else 3 if _stands_alone(line, index) and index else 0
    if before in ("do", "ben", "nho", "phia"):
        return 7
    if before == "cua" and not _is_source(line, index):
        return 1
    if before == "cua" and not (index > 1 and line.tokens[index - 2].tag in ("ho", "people", "name", "village")):
        return 6
    if is_received(line, index) and not verb:
        return 0
    if verb:
        return 5
    if _stands_alone(line, index):
        return 4 if index else 3
    return 1 if not _is_tail(line, index) else 0


def _is_woman_or_sigh(token: Token) -> bool:
    """Whether an "o" is the title of a woman or a sigh ("ờ") and not "ở", as the accents typed show."""
    return token.plain == "o" and ((token.sure and token.raw.casefold() == "o") or token.raw.casefold() in ("ờ", "ồ"))


def _is_pointed_out(line: Line, index: int) -> bool:
    """ "người cho là cô Mai": who gave is said after the gift."""
    before = [token.plain for token in line.tokens[max(0, index - 5) : index]]
    gives = lexicon().lists["gives"]
    return bool(before) and before[-1] == "la" and "nguoi" in before and any(" ".join(before[at:-1]) in gives for at in range(len(before)))


def _is_basis(line: Line, index: int) -> bool:
    """Whether a group is only in what the help rests on ("căn cứ biên bản của UBND xã, …")."""
    at = index
    while at > 0 and line.tokens[at].gap.strip() not in (",", ".", ";", "|"):
        at -= 1
    opening = [token.folded for token in line.tokens[at : at + 2]]
    for token in line.tokens[index + 1 :]:
        if token.gap.strip() == ",":
            break
        if token.plain in lexicon().lists["gives"]:
            return False
    return at < index and (opening[0] == "theo" or opening in (["can", "cu"], ["thuc", "hien"], ["chieu", "theo"], ["duoc", "su"]))


def _is_addressed(line: Line, index: int) -> bool:
    """Whether the report is addressed to a group ("báo cáo bí thư", "kính gửi UBND xã")."""
    before = [token.plain for token in line.tokens[max(0, index - 2) : index] if not token.tag] if line.tokens[index].gap == " " else []
    return index <= 4 and (
        before in (["bao", "cao"], ["kinh", "gui"], ["kinh", "thua"], ["xin", "chao"])
        or (before[-1:] in (["thua"], ["chao"], ["gui"]) and index <= 2)
        or before in (["bao", "voi"], ["bao", "len"], ["bao", "cho"], ["trinh", "voi"], ["thua", "voi"], ["noi", "voi"])
    )


def _is_source(line: Line, index: int) -> bool:
    """Whether what is somebody's can be a gift ("quà của hội"), not a plan or a place ("kế hoạch của UBND xã")."""
    words = lexicon().lists["not_sources"]
    return not any(" ".join(token.plain for token in line.tokens[max(0, index - 1 - length) : index - 1]) in words for length in (1, 2, 3))


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
    return (before in ("nha", "nhe", "a", "roi", "da") and index >= len(line.tokens) - 2) or after in ("oi", "biet", "nam", "hay")


def beneficiaries(line: Line, donor: tuple[int, int] | None) -> list[int]:
    """The tokens of the people who received."""
    taken = range(*donor) if donor else range(0)
    return [
        index
        for index, token in enumerate(line.tokens)
        if token.tag == "name"
        and index not in taken
        and not _is_relative(line, index)
        and not _is_member(line, index, donor)
        and not _is_between(line, index)
        and not (is_giver(line, index) and other_receiver(line, index))
    ]


def _is_member(line: Line, index: int, donor: tuple[int, int] | None) -> bool:
    """Whether a name is of somebody who gives for a group ("chị Hậu bên khuyến nông", "anh A, hội phụ nữ, tặng")."""
    passive = donor is not None and index > 0 and line.tokens[index - 1].plain == "duoc" and donor[0] == index + 1
    if passive and not is_house(line, index):
        return True
    if donor is None or is_house(line, index) or is_received(line, index) or line.tokens[donor[0]].tag != "org":
        return False
    first = line.tokens[index + 1 : index + 2]
    if donor[0] == index + 2:
        return bool(first) and first[0].gap == " " and first[0].plain in ("ben", "o", "cua", "tai", "trong")
    gives = verb_follows(line, donor[0]) or phrase_at(line.tokens, donor[1], lexicon().lists["gives"]) > 0
    return donor[0] == index + 1 and gives and other_receiver(line, index) and first[0].gap.strip() in (",", "-", "(")


def _is_between(line: Line, index: int) -> bool:
    """Whether a name is of who asked or called for the help ("cô giáo Nhung xin giùm")."""
    after = line.tokens[index + 1] if index + 1 < len(line.tokens) else None
    if after is None or after.gap != " " or is_received(line, index) or not other_receiver(line, index):
        return False
    pair = " ".join(token.plain for token in line.tokens[index + 1 : index + 3])
    return pair in ("xin gium", "xin giup", "xin cho", "xin ho", "ket noi", "van dong", "keu goi", "dung ra", "gioi thieu")


def _is_relative(line: Line, index: int) -> bool:
    """Whether a name only says whose child or wife the one named before is ("cháu Mai con chị Hồng")."""
    before = line.tokens[index - 1].plain if index else ""
    return (
        index > 1
        and before in ("con", "vo", "chong", "chau", "bo")
        and line.tokens[index].gap == " "
        and line.tokens[index - 2].tag == "name"
    )


def counts(line: Line, tag: str, donor: tuple[int, int] | None) -> list[tuple[int, Count]]:
    """The counts of households or people in the activity, without those who gave."""
    taken = range(*donor) if donor else range(0)
    return [
        (i, token.value) for i, token in enumerate(line.tokens) if token.tag == tag and isinstance(token.value, Count) and i not in taken
    ]
