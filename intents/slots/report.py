"""Reads a village head's report: what was given or done, when, by whom, for whom.

`parse_report` is pure and never fails. Nothing is guessed: what the text does not say stays None and, where a report needs
it, stands in `missing`; what cannot be or contradicts itself stands in `doubts` and must be asked about before it is kept.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from intents.slots.activities import split, tag_ordinals
from intents.slots.dates import When, is_aside, tag_dates
from intents.slots.gather import gather
from intents.slots.groups import tag_organisations, tag_villages
from intents.slots.kinds import cues, kind_of
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, lex
from intents.slots.money import tag_money
from intents.slots.parties import Name, tag_names
from intents.slots.quantities import Count, phrase_at, tag_quantities
from intents.slots.roles import beneficiaries, counts, donor_of, is_giver
from intents.slots.totals import Item, Totals, totals_of

MOST_HOUSEHOLDS = 500  # more than a village has
AGAIN_WITHIN = 6  # words
NEEDS_GIFT = ("money", "in_kind", "loan")
GIFT = "amount_vnd or items"
OR_WITHIN = 4  # words between two days of which one is meant
CLAUSE = (",", ".", ";", "|")
OVER_TIME = re.compile(r"(?:/(?:nam|ngay|buoi|thang|quy|tuan)| (?:mot|1|moi|hang) (?:thang|quy|tuan|hoc ky))\b")  # of a rate


@dataclass(frozen=True)
class Activity:
    """One piece of support. Sums in đồng; `occurred_month` is "YYYY-MM" and set only where no day is known."""

    kind: str | None = None
    occurred_on: date | None = None
    occurred_month: str | None = None
    amount_vnd: int | None = None
    amount_each_vnd: int | None = None
    amount_range: tuple[int, int] | None = None
    households: int | None = None
    people: int | None = None
    labour_days: int | None = None
    items: tuple[Item, ...] = ()
    beneficiary_names: tuple[str, ...] = ()
    donor: str | None = None
    village: str | None = None


@dataclass(frozen=True)
class ParsedReport:
    """All activities of a message; `missing` names what a follow-up has to ask, `doubts` why it must be questioned."""

    activities: tuple[Activity, ...]
    missing: tuple[str, ...]
    must_question: bool
    doubts: tuple[str, ...] = ()


def parse_report(text: str, sent_at: datetime, reporter_village: str | None) -> ParsedReport:
    """A message read against the moment it was sent. `reporter_village` is not taken over: only what is written counts."""
    line = tagged(text, sent_at, reporter_village)
    parts = split(line)
    read = [_activity(part) for part in parts]
    activities = _with_receivers(_dated(_with_givers(parts, [activity for activity, _ in read])))
    doubts = tuple(dict.fromkeys(doubt for _, found in read for doubt in found))
    missing = tuple(dict.fromkeys(name for activity in activities for name in missing_of(activity)))
    return ParsedReport(tuple(activities), missing, bool(doubts), doubts)


def tagged(text: str, sent_at: datetime, own_village: str | None = None) -> Line:
    """The message as tokens with every date, place, name, sum, group and count made one."""
    line = tag_dates(tag_ordinals(lex(text.replace("|", "\n"))), sent_at)
    line = tag_names(tag_villages(line, own_village))
    return tag_quantities(tag_organisations(tag_money(line)))


def missing_of(activity: Activity) -> list[str]:
    """What a complete report of this kind still needs."""
    gift = activity.amount_vnd is not None or activity.amount_range or activity.amount_each_vnd or activity.items
    missing = [] if activity.kind else ["kind"]
    if activity.kind in NEEDS_GIFT and not gift:
        missing.append(GIFT)
    if activity.households is None and activity.people is None and not activity.beneficiary_names:
        missing.append("households")
    if activity.occurred_on is None and activity.occurred_month is None:
        missing.append("occurred_on")
    return missing


def as_json(parsed: ParsedReport) -> dict[str, object]:
    """The output of `parse-report` (shared/eval/PARSE.md), without the id."""
    return {
        "activities": [_plain(activity) for activity in parsed.activities],
        "missing": list(parsed.missing),
        "must_question": parsed.must_question,
        "doubts": list(parsed.doubts),
    }


def _plain(activity: Activity) -> dict[str, object]:
    fields = asdict(activity)
    fields["occurred_on"] = activity.occurred_on.isoformat() if activity.occurred_on else None
    fields["amount_range"] = list(activity.amount_range) if activity.amount_range else None
    fields["items"] = [asdict(item) for item in activity.items]
    fields["beneficiary_names"] = list(activity.beneficiary_names)
    return fields


def _dated(activities: list[Activity]) -> list[Activity]:
    """Activities without a date happened when the one before them did."""
    result: list[Activity] = []
    for activity in activities:
        undated = activity.occurred_on is None and activity.occurred_month is None
        if undated and result:
            activity = replace(activity, occurred_on=result[-1].occurred_on, occurred_month=result[-1].occurred_month)
        result.append(activity)
    first = next((one for one in result if one.occurred_on or one.occurred_month), None)
    if first is None or len(result) < 2:
        return result
    return [
        one if one.occurred_on or one.occurred_month else replace(one, occurred_on=first.occurred_on, occurred_month=first.occurred_month)
        for one in result
    ]


def _with_givers(parts: list[Line], activities: list[Activity]) -> list[Activity]:
    """ "chiều lại xuống đổ nền nhà": whoever comes again is the giver of the activity before."""
    result = activities[:1]
    for part, activity in zip(parts[1:], activities[1:], strict=True):
        opening = {token.plain for token in part.tokens[:AGAIN_WITHIN]}
        if activity.donor is None and opening & lexicon().lists["again"] and not opening & lexicon().lists["senders"]:
            activity = replace(activity, donor=result[-1].donor)
        result.append(activity)
    return result


def _with_receivers(activities: list[Activity]) -> list[Activity]:
    """An activity that names nobody was for those of the one before ("mùng 6 họ quay lại dạy cách dùng")."""
    result: list[Activity] = []
    for activity in activities:
        workers = activity.kind in ("labour", "housing") and result and result[-1].kind not in ("labour", "housing")
        nobody = activity.households is None and (activity.people is None or workers) and not activity.beneficiary_names
        if nobody and result:
            before = result[-1]
            activity = replace(activity, households=before.households, beneficiary_names=before.beneficiary_names)
        result.append(activity)
    return result


def _activity(line: Line) -> tuple[Activity, list[str]]:
    """One activity, and what is doubtful about it."""
    donor = donor_of(line)
    people_count, households, names, more = _receivers(line, donor)
    found = cues(line)
    heap = gather(line)
    giving = line.tokens[donor[0]].value if donor else None
    totals = totals_of(line, heap, households, people_count, found, giving.value if isinstance(giving, Count) else None)
    kind = kind_of(
        line, has_money=totals.has_money, goods=[item.name for item in totals.items], people=bool(people_count or totals.labour_days)
    )
    when, doubts = _when(line)
    activity = Activity(
        kind=kind,
        occurred_on=when.day if when else None,
        occurred_month=when.month if when and not when.day else None,
        households=households,
        people=people_count,
        labour_days=totals.labour_days,
        items=totals.items if kind not in ("loan", "job") else (),
        beneficiary_names=tuple(names),
        donor=line.written(*donor) if donor else None,
        village=next((str(token.value) for token in line.tokens if token.tag == "village"), None) or _village_of(line),
    )
    sums = [doubt for doubt in totals.doubts if doubt != "sum_does_not_match" or not OVER_TIME.search(line.folded)]
    return _with_money(activity, totals), [*doubts, *more, *sums]


def _with_money(activity: Activity, totals: Totals) -> Activity:
    if activity.kind == "job":
        return activity
    return replace(activity, amount_vnd=totals.amount, amount_each_vnd=totals.each, amount_range=totals.span)


def _village_of(line: Line) -> str | None:
    """A village inside the name of a group ("bà con xóm 5"), or where the households are ("3 hộ ở Khuổi Lào")."""
    for index, token in enumerate(line.tokens[:-2]):
        end = index + 2
        while end < len(line.tokens) and line.tokens[end].capital and not line.tokens[end].tag and line.tokens[end].gap == " ":
            end += 1
        place = " ".join(one.plain for one in line.tokens[index + 2 : end])
        if (
            token.tag in ("ho", "people")
            and line.tokens[index + 1].plain in ("o", "tai")
            and end > index + 2
            and place not in lexicon().lists["cities"]
        ):
            return line.written(index + 2, end)
    for token in line.tokens:
        if token.tag == "org" and not phrase_at(lex(token.raw).tokens, 0, lexicon().lists["named_places"]):
            inner = tag_villages(lex(token.raw))
            found = next((one.raw for one in inner.tokens if one.tag == "village"), None)
            if found:
                return found
    return None


def _when(line: Line) -> tuple[When | None, list[str]]:
    """The date of the activity: the first that is not the cause's ("khi hôm mưa bay mái")."""
    dates = [(index, token.value) for index, token in enumerate(line.tokens) if isinstance(token.value, When)]
    dates = [pair for pair in dates if not is_aside(line, pair[0])] or dates
    doubts = [when.doubt for _, when in dates if when.doubt]
    if doubts:
        return next(when for _, when in dates if when.doubt), doubts
    known = [(index, when) for index, when in dates if when.known]
    if not known:
        return None, []
    if len({when.day for _, when in known if when.day}) > 2:
        return None, ["several_days"]
    exact = [pair for pair in known if pair[1].day] or known
    if any(
        first[1].day != second[1].day and any(token.plain in ("hay", "hoac") for token in line.tokens[first[0] : second[0]])
        for first, second in itertools.pairwise(exact)
        if second[0] - first[0] <= OR_WITHIN
    ):
        return None, ["several_days"]
    if len(exact) > 1 and any(token.plain in ("nham", "quen") for token in line.tokens[exact[0][0] : exact[-1][0]]):
        return exact[-1][1], []
    for index, when in exact:
        if not _is_cause(line, index):
            return when, []
    return exact[0][1], []


def _is_cause(line: Line, index: int) -> bool:
    """Whether the clause after a date tells of a mishap and not of help."""
    after: list[str] = []
    for token in line.tokens[index + 1 :]:
        if token.gap.strip() in CLAUSE or token.tag == "date" or token.plain in ("thi", "nen"):
            break
        after.append(token.shown)
    before: list[str] = []
    for token in reversed(line.tokens[:index]):
        if token.tag == "date":
            break
        before.insert(0, token.shown)
        if token.gap.strip() in CLAUSE:
            break
    return _tells_mishap(after) or (not after and _tells_mishap(before))


def _tells_mishap(words: list[str]) -> bool:
    """Whether the words tell of a mishap, and of no help."""
    text = " " + " ".join(words) + " "
    helps = ("cho", "tang", "giup", "ho tro", "tham", "gui", "phat", "trao")
    return any(f" {word} " in text for word in lexicon().lists["mishaps"]) and not any(f" {word} " in text for word in helps)


def _receivers(line: Line, donor: tuple[int, int] | None) -> tuple[int | None, int | None, list[str], list[str]]:
    """People counted, households, names, and doubts about them."""
    names = [token.value for token in (line.tokens[index] for index in beneficiaries(line, donor)) if isinstance(token.value, Name)]
    texts = list(dict.fromkeys(name.text for name in names))
    people = _counted(line, "people", donor)
    households = _counted(line, "ho", donor)
    if households is None and texts and not any(token.tag == "ho" and not is_giver(line, i) for i, token in enumerate(line.tokens)):
        households = len(texts)
        if people is not None and people == len(texts) and not any(name.house for name in names):
            households = None
    doubts = ["too_many_households"] if households and households > MOST_HOUSEHOLDS else []
    return people, households, texts, doubts


def _counted(line: Line, tag: str, donor: tuple[int, int] | None) -> int | None:
    """How many: the poor among them where that is said, else the sum of what is joined, else the first number."""
    found = [
        (index, count.value)
        for index, count in counts(line, tag, donor)
        if count.value is not None and not (tag == "ho" and _gives(line, index))
    ]
    if not found:
        return None
    for index, value in found[1:]:
        before = [token.plain for token in line.tokens[max(0, index - 4) : index]]
        if "do" in before and "trong" in before:
            return value
    total, last = found[0][1] or 0, found[0][0]
    for index, value in found[1:]:
        if index - last == 2 and line.tokens[last + 1].plain in ("va", "voi", "cung"):
            total += value or 0
        last = index
    return total


def is_rate_word(line: Line, index: int) -> bool:
    """ "2 triệu một hộ": a count of one beside a sum or goods is the rate's."""
    sides = [line.tokens[at].tag for at in (index - 1, index + 1) if 0 <= at < len(line.tokens)]
    return "money" in sides or "item" in sides


def _gives(line: Line, index: int) -> bool:
    return is_giver(line, index) and any(token.tag in ("name", "ho", "people") for at, token in enumerate(line.tokens) if at > index)
