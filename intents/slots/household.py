"""How many persons a household has: "7 khẩu", "2 vc với 2 con nhỏ" (4), "hai mệ con" (2), "một thân một mình" (1).

A total that is said wins. Else the persons listed are added up; a couple or "N mẹ con" counts everyone it names, so that the
chồng or mẹ mentioned again is not counted twice.
"""

from __future__ import annotations

import re
from itertools import pairwise

from intents.slots.form_text import FormText
from intents.slots.persons import Person, counted_line, persons_in
from intents.slots.registration_data import table

ALONE_BEFORE = re.compile(r"(?<!\w)(?:khong (?:co )?(?:chong|vo)|goa|don than|mot minh|1 minh|ly hon|(?:chong|vo) (?:chet|mat|_bo)) ")
LEFT_BY = re.compile(r"(?<!\w)(?:chong|vo) (?:\w+ ){0,2}(?:chet|mat|_bo _?(?:di|nha|ve|tron|lang)) ")
MOST = 30  # persons of one household; more is a slip
LIVES_WITH = re.compile(r"(?:^| )(?:(?:o|song|chung|nuong tua|nuong nho|sinh song) (?:chung |cung )?(?:voi|cung)|nuoi|dan)(?: \w+)? $")
SPOUSE = re.compile(r"(?:mu |ba |con |ong |lao |co |anh )?(?:vo|chong)(?: gia| toi)?")
OWN_NEXT = re.compile(r" (?:em|toi|minh|chau|tui|thi|bi|no|nam|om|liet|tai)\b")
LIST_WORDS = {"gia", ",", "voi", "va", "co", "+", "them", "nua", "cung", "-", "roi"}
FIRST = re.compile(r"(?:(?:da|nha|co|em|toi|minh|,) )*(\d{1,2}) (?:nguoi |khau )?(?:[,.] )?(?=sap|co tinh|tinh ca|ke ca|gom|ca )")
LONGEST_GAP = 8  # words between two persons of one list
COMPANY = re.compile(r"^(?:da )?(?:nha )?(?:em |toi |minh )?(?:co |chi co |con |conlai )?(?:moi )?(?:chu|bac|ong|ba|co|aunt|di|anh|chi|cu|me|bo|toi|tui|em) (?:voi|va|cung) (?:me|bo|ba|ong|vo|chong|con|chau|em|anh|chi)(?: gia| toi| em)? (?:thoi |a |[.,] )*$")
LEFT = re.compile(
    r"(?<![\w'])(?:conlai|(?:gio|nen|nay|hien|h|bay gio|gio chi|chi|thanh ra) con) (?:lai )?(?:co )?(\d{1,2}) (?=(?:nguoi|khau|thoi|mieng|dua|em|[.,]) |$)"
)
MORE = re.compile(r"(?<![\w'])(?:them|moi (?:de|sinh)) .{0,40}(?<!\w)(?:la|thanh|nen) (\d{1,2}) (?=$|[.,]|nguoi|khau)")
NOW = re.compile(r"(?<!\w)(?:truoc|truoc day|hoi truoc|nam ngoai) (?:\w+ ){0,3}?\d{1,2} (?:\w+ |, ){0,4}?(?:gio|nay|hien|hien nay) (?:la |thanh |con |co |len )?(\d{1,2}) ")
RECOUNTED = re.compile(r"\d{1,2} (?:nguoi |khau )?(?:[,.] )?(?:a |y |ui |ah |o )(?:[,.] )?(?:khong |nham |quen )(?:[,.] |phai |la )*(\d{1,2}) ")
LESS = re.compile(
    r"(?<![\w'])(?:co |so |gom |la |nha )?(\d{1,2}) (?:nguoi |khau |nhan khau |nguoi trong so )?(?:, |trong so , )?_?(?:nhung|ma|tru) (?:ma |co |thi |ra )?(\d) (?:dua|nguoi|con|chau|thang)(?: con| chau| gai| trai| lon)* "
    r"(?:thi |da |no |moi |vua )?(?:_?mat|_?chet|lay|cuoi|_?di|tach|_?bo|ra rieng|o rieng|theo chong|qua doi)"
)
TOTAL = re.compile(r"(?<![\w'])(\d{1,3}) (?:(nhan khau|khau|cai mieng|mieng an|thanh vien|nhan mang|mang|mieng|nhan)|nguoi)(?= )")
LABEL = re.compile(
    r"(?<![\w'])(?:so )?(?:nhan khau|khau|thanh vien|so nguoi|nguoi trong (?:ho|nha)|si so)(?: trong (?:ho|nha|gia dinh))?(?: hien (?:co|nay))? (?:: |la |co |- |= |gom |tat ca |thi )*(\d{1,3})(?= )"
)
COUNTED = re.compile(
    r"(?<![\w'])(?:(?:(?:it|dong) )?nguoi (?:lắm |lam |qua )?(?:, )?(?:chi |thi )?co (\d{1,2}) (?=thoi|[.,]|$)|(?:ca thay|tat ca|tong cong|tong|ca nha|nha co|nha) (?:la |co |gom |: )?(\d{1,2}) (?=[.,/-]|$|thoi))"
)
ALONE = re.compile(
    r"(?<![\w'])(?:(?:1|mot) than 1 minh|1 minh|don than doc ma|1 than|doc than|minh en|(?:co|con|chi) (?:moi|moi minh) (?:ba|ong|toi|em|minh|me|cu|anh|chi)|minh (?:toi|em|ba|ong|chau|tui) thoi|tro troi|don doc|neo don|1 bong|co moi minh|co minh|moi minh|chi (?:co |con )?(?:minh|co) (?:toi|em|minh|ba|ong|thoi))(?= )(?! (?:voi|va|cung) )"
)


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
    first = FIRST.match(line) if answer else None
    return int(figures[0][:3]) if plain else int(first[1]) if first else None


def _total(line: str) -> int | None:
    """A total said: "7 khẩu", "nhà 4 người", "khẩu: 8"; of several the one that corrects the others ("giờ còn 5")."""
    less = LESS.search(line)
    if less:
        return int(less[1]) - int(less[2])
    left = RECOUNTED.findall(line) or MORE.findall(line) or NOW.findall(line) or LEFT.findall(line)
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
    counted = COUNTED.search(line)
    if counted:
        return int(next(filter(None, counted.groups())))
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
    for run in (_from_subject(line, run) for run in _runs(line, persons_in(line))):
        led = _is_led(line, run[0].start) or _is_plain_list(line, run) or _adds_one(line, run) or _subject(line, run) == 0
        others = len([one for one in run if one.kind != "self"])
        if (answer or led or any(one.kind in ("group", "couple", "siblings") for one in run)) and others and (int(led), others) > most:
            best, most = run, (int(led), others)
    if answer and not best and COMPANY.search(line):
        return 2
    lone = len(best) == 1 and best[0].kind in ("one", "bare") and not _adds_one(line, best)
    return _sum(line, best) + _spouse_elsewhere(line, best) if best and not lone else None


def _spouse_elsewhere(line: str, run: list[Person]) -> int:
    """1 where the one who brings up the children alone names a spouse who still lives ("chồng tai biến, em một mình nuôi 3 đứa")."""
    if not (len(run) == 1 and run[0].kind == "children" and _adds_one(line, run)) or LEFT_BY.search(line):
        return 0
    before = [one for one in persons_in(line) if one.kind == "one" and one.end <= run[0].start]
    return int(any(SPOUSE.match(line[one.start : one.end]) and OWN_NEXT.match(line[one.end :]) for one in before))


def _subject(line: str, run: list[Person]) -> int | None:
    """Which of a run is said to live with, or bring up, the next ones ("mệ ở với đứa cháu ngoại")."""
    for number, (one, following) in enumerate(pairwise(run)):
        if LIVES_WITH.search(line[one.end : following.start]) and "," not in line[one.end : following.start]:
            return number
    return None


def _from_subject(line: str, run: list[Person]) -> list[Person]:
    return run[_subject(line, run) or 0 :]


def _runs(line: str, persons: list[Person]) -> list[list[Person]]:
    runs: list[list[Person]] = []
    for one in persons:
        gap = line[runs[-1][-1].end : one.start].split() if runs else []
        if runs and "." not in gap and len(gap) <= LONGEST_GAP and not {"nha", "dinh"} & set(gap[1:]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _is_plain_list(line: str, run: list[Person]) -> bool:
    """Whether a sentence is nothing but persons ("Chồng, noọng, một đứa con."), or each is led by "có" ("có vợ, có bốn đứa con")."""
    between = [line[one.end : following.start].split() for one, following in pairwise(run)]
    before = line[: run[0].start].split()[-1:]
    if len(run) < 2 or not all(set(words) <= LIST_WORDS for words in between):
        return False
    after = line[run[-1].end :].split()[:1]
    whole = (not before or before[0] in (".", ":", "-")) and (not after or after[0] in (".", ",", "nua", "thoi", "ho", "-"))
    return whole or (before == ["co"] and all("co" in words for words in between))


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
    spouses = [one for one in run if one.kind == "one" and SPOUSE.fullmatch(line[one.start : one.end].strip())]
    both = len({line[one.start : one.end].split()[-1] for one in spouses}) == 2
    couple = couple or any(one.kind == "siblings" for one in run)
    counted = [one for one in run if one.kind != "self" and not (couple and one in spouses) and not _is_again(line, run, one)]
    lone = _adds_one(line, run) or (bool(spouses) and _subject(line, run) is None) or _is_childs_list(line, run)
    return sum(one.count for one in counted) + (not couple and not both and (bool(own) or lone))


def _is_again(line: str, run: list[Person], one: Person) -> bool:
    """Whether one person is named again who is of a couple before ("hai ông bà thôi, ông bị tai biến")."""
    word = line[one.start : one.end].strip()
    before = [line[other.start : other.end].strip() for other in run if other.kind == "couple" and other.start < one.start]
    if one.kind == "couple":
        return any("ong ba" in word and (couple.startswith("bo me") or "ong ba" in couple) for couple in before) and not _is_joined(line, one)
    aged = word in ("ong", "ba") and any(couple.startswith(("2 vo chong", "vo chong")) and "gia" in couple for couple in before)
    return one.kind == "one" and (aged or any(word in couple.split() for couple in before))


def _adds_one(line: str, run: list[Person]) -> bool:
    """Whether the person spoken of is one more than those listed: lives with them, or brings them up alone."""
    children = run[-1].kind in ("children", "sexes")
    alone = children and len(run) == 1 and (ALONE_BEFORE.search(line[: run[0].start]) or LEFT_BY.search(line))
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
    return only and not raised and any(one.kind in ("children", "sexes") for one in run) and not {"cu", "lon"} & set(" ".join(named).split())
