"""How many persons a household has: "7 khẩu", "2 vc với 2 con nhỏ" (4), "hai mệ con" (2), "một thân một mình" (1).

A total that is said wins. Else the persons listed are added up; a couple or "N mẹ con" counts everyone it names, so that the
chồng or mẹ mentioned again is not counted twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from intents.slots.form_text import FormText, Unit, whole_number
from intents.slots.registration_data import table
from knowledge.vietnamese import tone_last

AUNT = "aunt"
MOST = 30  # persons of one household; more is a slip
LIVES_WITH = re.compile(r"(?:^| )(?:(?:o|song|chung|nuong tua|nuong nho|sinh song) (?:chung |cung )?(?:voi|cung)|nuoi|dan)(?: \w+)? $")
LONGEST_GAP = 8  # words between two persons of one list
LEFT = re.compile(
    r"(?<![\w'])(?:conlai|(?:gio|nen|nay|hien|h|bay gio|gio chi|chi|thanh ra) con) (?:lai )?(?:co )?(\d{1,2}) (?=(?:nguoi|khau|thoi|mieng|dua|em|[.,]) |$)"
)
TOTAL = re.compile(r"(?<![\w'])(\d{1,3}) (?:(nhan khau|khau|mieng an|thanh vien|nhan mang|mang|nhan)|nguoi)(?= )")
LABEL = re.compile(
    r"(?<![\w'])(?:so )?(?:nhan khau|khau|thanh vien|so nguoi|nguoi trong (?:ho|nha)|si so)(?: trong (?:ho|nha|gia dinh))?(?: hien (?:co|nay))? (?:: |la |co |- |= |gom |tat ca )*(\d{1,3})(?= )"
)
ALONE = re.compile(
    r"(?<![\w'])(?:(?:1|mot) than 1 minh|1 minh|don than doc ma|1 than|doc than|minh en|(?:co|con|chi) (?:moi|moi minh) (?:ba|ong|toi|em|minh|me|cu|anh|chi)|minh (?:toi|em|ba|ong|chau|tui) thoi|tro troi|don doc|neo don|1 bong|co moi minh|co minh|moi minh|chi (?:co |con )?(?:minh|co) (?:toi|em|minh|ba|ong|thoi))(?= )"
)


@dataclass(frozen=True)
class Person:
    """Some persons of a list: what they are (total, group, couple, children, one, self), how many, and where."""

    kind: str
    count: int
    start: int
    end: int


def members_in(text: FormText, *, answer: bool = False) -> int | None:
    """How many persons the message says the household has. `answer`: the message answers just that question."""
    line = counted_line(text)
    total = _total(line) or _bare(line, answer)
    if total is None:
        total = listed(line, answer) or (1 if ALONE.search(line) else None)
    return total if total and 0 < total <= MOST else None


def _bare(line: str, answer: bool) -> int | None:
    """An answer that is a number and little else."""
    words = line.split()
    figures = [word for word in words if word.isdigit()]
    allowed = (*table().words["bare_number_leads"], *table().words["bare_number_ends"])
    plain = answer and len(figures) == 1 and all(word.isdigit() or word in allowed for word in words)
    return int(figures[0][:3]) if plain else None


def counted_line(text: FormText) -> str:
    """The plain words with every spoken number as a figure, and words that only look like kin or numbers blanked out ("_")."""
    units, out, index = text.units, [""], 0
    words = [_as_counted(unit, text) for unit in units]
    while index < len(units):
        number = whole_number(words, index)
        if number and _is_number(text, words, index, number.end):
            out.append(str(number.value) if number.upper is None else "_")
            index = number.end
        else:
            out.append(words[index])
            index += 1
    return " ".join(out).lstrip() + " "


@lru_cache(maxsize=1)
def kin_words() -> frozenset[str]:
    return table().folded("kin_marked")


@lru_cache(maxsize=1)
def _meant_marks() -> frozenset[str]:
    return frozenset(tone_last(word) for name in ("kin_marked", "number_words_marked") for word in table().words[name])


def _as_counted(unit: Unit, text: FormText) -> str:
    """The word, "_" before it where its accents say that it is neither the kin nor the number it looks like, AUNT for cô and o."""
    meant = _is_as_meant(unit, text)
    if unit.word in ("co", "o"):
        return AUNT if meant and text.accented else unit.word
    return unit.word if meant else "conlai" if unit.word == "con" else f"_{unit.word}"


def _is_as_meant(unit: Unit, text: FormText) -> bool:
    """Whether a word that could be kin or a number has their accents, or none where the message lacks them."""
    if unit.given or (unit.word not in kin_words() and unit.word not in table().words["number_words"]):
        return True
    return unit.marked in _meant_marks() or (unit.marked == unit.word and (not text.accented or unit.word not in kin_words()))


def _is_number(text: FormText, words: list[str], index: int, end: int) -> bool:
    """Whether the number word at `index` counts: "ba" may be bà, "năm" a year, "tám" a name."""
    unit = text.units[index]
    if unit.word.isdigit() or end > index + 1:
        return True
    if unit.given:
        return False
    following = words[end] if end < len(words) else ""
    if unit.word == "ba" and unit.marked not in ("ba", unit.word):
        return False
    if unit.word == "ba":
        before = words[index - 1] if index else ""
        parents = following == "me" and words[end + 1 : end + 2] != ["con"]
        return (
            ((unit.marked == "ba" and text.accented) or following in table().words["after_three"])
            and not parents
            and not re.fullmatch(r"\d+|hai|mot", before)
        )
    return following in table().words["after_number"] or not following.isalpha()


def _total(line: str) -> int | None:
    """A total said: "7 khẩu", "nhà 4 người", "khẩu: 8"; of several the one that corrects the others ("giờ còn 5")."""
    left = LEFT.findall(line)
    if left:
        return int(left[-1])
    label = LABEL.search(line)
    found = [match for match in TOTAL.finditer(line) if match[2] or not _is_part(line, match)]
    exact = [match for match in found if match[2] and not line[match.end() :].startswith((" an theo", " phu thuoc"))]
    corrected = -1 if re.search(r"(?<!\w)(?:a khong|a nham|nham|quen|khong phai|a quen|y quen|dinh chinh) ", line) else 0
    if exact:
        return int(exact[corrected][1])
    if label:
        return int(label[1])
    return int(found[corrected][1]) if found else None


def _is_part(line: str, match: re.Match[str]) -> bool:
    """Persons that are only some of the household ("2 người con", "1 người ốm", "bố mẹ hai người")."""
    after = line[match.end() :].split()[:2]
    before = line[: match.start()].split()[-3:]
    some = bool(after) and (after[0] in table().words["part_after"] or " ".join(after) in table().words["part_after"])
    kin = bool({"me", "chong", "chau", "gia"} & set(before)) and "," not in before and "cai" not in before and "nha" not in before
    return (
        some
        or kin
        or (bool(before)
        and (before[-1] in table().words["part_before"] or " ".join(before[-2:]) in table().words["part_before"]))
    )


def listed(line: str, answer: bool) -> int | None:
    """The persons listed, added up: the longest list of the message."""
    best: list[Person] = []
    most = (0, 0)
    for run in (_from_subject(line, run) for run in _runs(line, _persons(line))):
        led = _is_led(line, run[0].start) or _adds_one(line, run) or _subject(line, run) == 0
        others = len([one for one in run if one.kind != "self"])
        if (answer or led or any(one.kind in ("group", "couple") for one in run)) and others and (int(led), others) > most:
            best, most = run, (int(led), others)
    lone = len(best) == 1 and best[0].kind in ("one", "bare") and not _adds_one(line, best)
    return _sum(line, best) if best and not lone else None


def _subject(line: str, run: list[Person]) -> int | None:
    """Which of a run is said to live with, or bring up, the next ones ("mệ ở với đứa cháu ngoại")."""
    for number, (one, following) in enumerate(pairwise(run)):
        if LIVES_WITH.search(line[one.end : following.start]) and "," not in line[one.end : following.start]:
            return number
    return None


def _from_subject(line: str, run: list[Person]) -> list[Person]:
    return run[_subject(line, run) or 0 :]


def _persons(line: str) -> list[Person]:
    """Everyone named, in order; those gone are left out, and taken off the children counted before."""
    found: list[Person] = []
    end = 0
    for match in _expression().finditer(line):
        kind = match.lastgroup or ""
        count = re.match(r"(\d{1,2}) ", match[0]) or re.search(r" (\d{1,2}) ", match[0])
        number = int(count[1]) if count else 1
        before = line[: match.start()].split()[-1:]
        if match.start() < end or (kind == "one" and before and before[0] in table().words["not_one_after"]):
            continue
        if _is_gone(line, match.end()):
            if kind == "children" and found and found[-1].kind == "children" and number < found[-1].count:
                found[-1] = Person("children", found[-1].count - number, found[-1].start, match.end())
            continue
        if kind == "sexes":
            number = sum(int(one) for one in re.findall(r"\d+", match[0]))
        if kind == "couple":
            number = 2 * number if "cap" in match[0] and count else 2
        if match[0][0].isdigit() and before and before[0] in table().words["numbered_words"]:
            continue
        if kind == "bare" and not (before and before[0] in ("co", "voi", "va", "gom", "cung", "con", "conlai", "them")):
            continue
        if kind != "self" or _is_listed_self(line, match.start(), match.end()):
            found.append(Person(kind, number, match.start(), match.end()))
            end = match.end()
    return found


def _is_listed_self(line: str, start: int, end: int) -> bool:
    """Whether "tôi" is one of a list ("tui với 3 đứa cháu"), not the subject of a sentence or "của tôi"."""
    before, after = line[:start].split()[-1:], line[end:].split()[:2]
    opens = not before or before[0] in (",", ".", "voi", "va", "cung", "co", "gom", "la", "roi", ":", "them", "-", "+")
    closes = (
        not after or after[0] in (",", ".", "voi", "va", "cung", "nua", "+", "-", "la", "thoi") or after in (["o", "voi"], ["song", "voi"])
    )
    return opens and closes


@lru_cache(maxsize=1)
def _expression() -> re.Pattern[str]:
    """Every way persons are named, as one expression with a group for each kind."""
    choice = {
        name: "|".join(sorted(table().words[name], key=len, reverse=True)) for name in ("elders", "children", "couples", "ones", "own")
    }
    child = rf"(?:{choice['children']})(?: (?:{choice['children']}|nho|gai|trai|noi|ngoai|be))*"
    kinds = (
        ("group", rf"\d{{1,2}} (?:(?:{choice['elders']}) (?:con|chau)|(?:anh|chi|anh chi) em)(?! (?:nho|gai|trai|dau|re) )"),
        ("couple", rf"(?:\d (?:cap )?|cap )?(?:{choice['couples']})(?: gia| noi| ngoai)?(?: \d nguoi)?"),
        ("sexes", r"\d (?:con |chau |dua )?(?:trai|gai) (?:, |va |voi )?\d (?:con |chau |dua )?(?:trai|gai)"),
        (
            "children",
            rf"(?:con|chau|dua)(?: nho| gai| trai| cai| be)? (?:thi |co |duoc )?\d{{1,2}} (?:dua|chau|thang|con)(?: (?:con|nho|be|gai|trai))*|\d{{1,2}} (?:nguoi )?{child}",
        ),
        ("many", rf"\d{{1,2}} (?:nguoi )?(?:{choice['ones']}|cu)"),
        ("one", rf"(?:{choice['ones']})(?: (?:gia|ruot))?"),
        ("bare", r"anh|chi|chu|bac|di|cau|em"),
        ("self", rf"(?:{choice['own']})"),
    )
    return re.compile(r"(?<![\w'])(?:" + "|".join(f"(?P<{kind}>{expression})" for kind, expression in kinds) + ")(?= )")


def _is_gone(line: str, end: int) -> bool:
    """Whether the person is dead or lives elsewhere ("ck mất rồi", "con gái đi lấy chồng", "tách khẩu")."""
    after = line[end : end + 60].replace("_", "").split()
    skip = next((index for index, word in enumerate(after) if word not in table().words["before_gone"]), len(after))
    rest = " ".join(after[skip:]).replace("_", "")
    return bool(re.match("|".join(rf"{gone}(?!\w)" for gone in table().words["gone"]), rest))


def _runs(line: str, persons: list[Person]) -> list[list[Person]]:
    runs: list[list[Person]] = []
    for one in persons:
        gap = line[runs[-1][-1].end : one.start].split() if runs else []
        if runs and "." not in gap and len(gap) <= LONGEST_GAP and not {"nha", "dinh"} & set(gap[1:]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _is_led(line: str, start: int) -> bool:
    before = " ".join(line[:start].split()[-5:]).replace("_", "")
    return any(f" {lead} " in f" {before} " for lead in table().words["household_leads"])


def _sum(line: str, run: list[Person]) -> int:
    group = next((one for one in run if one.kind == "group"), None)
    if group:
        joined = sum(one.count for one in run if one.start > group.start and _is_joined(line, one) and one.kind != "self")
        return group.count + joined + _added_before(line, run, group)
    own = [one for one in run if one.kind == "self"]
    couple = any(one.kind == "couple" and "vo" in line[one.start : one.end].split() for one in run)
    spouses = [one for one in run if one.kind == "one" and line[one.start : one.end].split()[-1] in ("vo", "chong") and not line[one.start : one.end].startswith(("em", "me", "bo", "anh"))]
    counted = [one for one in run if one.kind != "self" and not (couple and one in spouses) and not _is_again(line, run, one)]
    lone = _adds_one(line, run) or bool(spouses) or _is_childs_list(line, run)
    return sum(one.count for one in counted) + (not couple and (bool(own) or lone))


def _is_again(line: str, run: list[Person], one: Person) -> bool:
    """Whether one person is named again who is of a couple before ("hai ông bà thôi, ông bị tai biến")."""
    word = line[one.start : one.end].strip()
    couples = [line[other.start : other.end].split() for other in run if other.kind == "couple" and other.start < one.start]
    return one.kind == "one" and any(word in couple for couple in couples)


def _adds_one(line: str, run: list[Person]) -> bool:
    """Whether the person spoken of is one more than those listed: lives with them, or brings them up alone."""
    children = run[-1].kind in ("children", "sexes")
    alone = (
        children
        and len(run) == 1
        and re.search(
            r"(?<!\w)(?:khong (?:co )?(?:chong|vo)|goa|don than|mot minh|1 minh|ly hon|(?:chong|vo) (?:chet|mat|_bo)) ",
            line[: run[0].start],
        )
    )
    return bool(alone) or _is_with_someone(line, run)


def _added_before(line: str, run: list[Person], group: Person) -> int:
    """ "bà nội với hai mẹ con": those joined to the group from before it."""
    joined = line[: group.start].split()[-1:] in (["voi"], ["va"], ["cung"])
    return (
        sum(one.count for one in run if one.start < group.start and one.kind != "self")
        if joined and line[: group.start].split()[-2:-1] != ["o"]
        else 0
    )


def _is_joined(line: str, one: Person) -> bool:
    before = line[: one.start].split()[-2:]
    return bool(before) and (before[-1] in ("voi", "va", "cung", "them", "nuoi", "+") or before == ["co", "them"])


def _is_with_someone(line: str, run: list[Person]) -> bool:
    """Whether the person who lives with those listed is one more ("nó ở với bốn đứa con", "một mình nuôi 2 con")."""
    before = line[: run[0].start].split()[-4:]
    return bool(
        re.search(
            r"(?:^| )(?:(?:o|song|song chung|o chung|o cung|song cung|chung) (?:voi|cung)|o cung|song cung|nuoi|dan)(?: \w+)?$",
            " ".join(before),
        )
    )


def _is_childs_list(line: str, run: list[Person]) -> bool:
    """Whether only children, or children and a parent, are listed, so that the person who speaks is one more."""
    named = [line[one.start : one.end] for one in run]
    parents = [name for name, one in zip(named, run, strict=True) if one.kind == "one" and re.match(r"(?:me|bo|cha)\b", name)]
    only = all(one.kind in ("children", "sexes", "self") or name in parents for name, one in zip(named, run, strict=True))
    raised = len(run) > 1 and "nuoi" in line[run[0].end : run[-1].start].split()
    return only and not raised and any(one.kind in ("children", "sexes") for one in run) and " cu" not in f" {' '.join(named)}"
