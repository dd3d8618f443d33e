"""When an announcement is to be sent, in an officer's words: at once, a moment, or too vague to be one.

Only a day and an hour that can mean one thing make a moment: "3 giờ mai" may be night or afternoon, and is asked. Words
without accents that may be two ("toi": tối, tới) are decided where they stand, or leave the text vague.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from intents.slots.sending_days import day_of
from intents.slots.sending_hours import HOURS, PART, ZERO_PADDED, Clock, clock_of, hour_of
from intents.slots.sending_words import FARTHEST, Impossible, N, Vague, line_of, number
from knowledge.calendar import ZONE

QUIET_FROM, QUIET_TO = time(21), time(6)

RELATIVE = re.compile(
    rf"\b(?:(?:sau|SAU) (?P<after>{N}|NUA) ?(?P<unit1>phut|ph|p|tieng)\b(?! \d)(?P<r1> ruoi)?|(?P<count>{N}|NUA) ?(?P<unit2>phut|ph|p|tieng|gio|h|g)(?P<more> ?\d{{1,2}}(?: ?(?:phut|p)\b)?)?(?P<r2> ruoi)? (?:nua|sau|SAU)\b(?! \d))"
)
URGENT = re.compile(r"\b(?:khan cap|khan|GAP|gap|hoa toc|cap toc)\b")
NOT_URGENT = re.compile(r"\b(?:khong|chua|chang) (?:can |phai |co )?(?:khan cap|khan|GAP|gap)\b")
AT_ONCE = re.compile(
    r"\b(?:(?:LIEN|ngay) (?:lap tuc|tuc khac|gio)|lap tuc|tuc thi|LIEN|lien|gui luon|gui di|luon|gui ngay|luc nay|ngay)\b"
)
REFUSED = re.compile(r"\b(?:dung gui|khong|chua|khoan|huy|thoi|neu|khi|bao gio|luc nao|may gio|am lich|sua)\b")
QUESTION = re.compile(r" (?:(?:co )?duoc )?(?:khong|ko|k)(?: a| nhi| em| ban)*$")
VAGUE = re.compile(
    r"\b(?:(?:tuan|thang|hom) (?:sau|SAU|TOI|toi|den)|thang nua|(?:sau|SAU) gio|cuoi tuan|dau tuan|cuoi thang|dau thang|(?:lat|ti|chut|lat lat|mot lat|hoi) nua|lat|may (?:hom|ngay|bua) nua|som nhat|cang som|nua dem|NUA dem|giua trua|giua dem)\b"
)
NOT_EXACT = re.compile(r"\b(?:truoc|tu|hoac|hay|den|muon nhat|cham nhat|qua)\b")
LUNAR_DAY = re.compile(r"\b(?:mung|mong) \d")
AMBIGUOUS_EVENING = re.compile(r"\b(?:(?:thu|t) ?(?:[2-7]|hai|ba|tu|nam|sau|bay)|chu nhat|cn|\d{1,2}/\d{1,2}) toi (?=(?:luc )?\d)")


@dataclass(frozen=True)
class SendingTime:
    """When to send: `at` is None for at once. `vague`: no one moment was said, the hour or the day has to be asked; the words
    and the answer together can be read again. `past`: `at` has gone by."""

    at: datetime | None = None
    urgent: bool = False
    vague: bool = False
    past: bool = False


def parse_sending_time(text: str, now: datetime) -> SendingTime | None:
    """What a text says about when to send, seen from `now`; None where it says nothing of the kind or nothing that can be."""
    now = now.astimezone(ZONE)
    line = QUESTION.sub("", line_of(text))
    line = NOT_URGENT.sub(" ", line)
    urgent = URGENT.search(line) is not None
    line = " ".join(URGENT.sub(" ", line).split())
    if REFUSED.search(line) or not (line or urgent):
        return None
    try:
        return _heard(line, now, urgent)
    except Vague:
        return SendingTime(urgent=urgent, vague=True)
    except (Impossible, OverflowError):
        return None


def in_quiet_hours(at: datetime) -> bool:
    """Whether people of Việt Nam sleep then: from 21:00 to before 6:00."""
    clock = at.astimezone(ZONE).time()
    return clock >= QUIET_FROM or clock < QUIET_TO


def next_allowed(at: datetime) -> datetime:
    """The moment itself outside the quiet hours; inside them the end of these."""
    local = at.astimezone(ZONE)
    if not in_quiet_hours(local):
        return local
    day = local.date() + timedelta(days=local.time() >= QUIET_FROM)
    return datetime.combine(day, QUIET_TO, ZONE)


# -- reading -----------------------------------------------------------------------------------------------------------------------


def _heard(line: str, now: datetime, urgent: bool) -> SendingTime | None:
    if AMBIGUOUS_EVENING.search(line) or LUNAR_DAY.search(line):
        return SendingTime(urgent=urgent, vague=True)
    relative = RELATIVE.search(line)
    if relative and not HOURS.search(RELATIVE.sub(" ", line)):
        return SendingTime(now + _ahead(relative), urgent)
    day, rest = day_of(line, now)
    clocks = list(HOURS.finditer(rest))
    around = HOURS.sub(" ", rest)
    part = re.search(rf"\b{PART}\b", around)
    if clocks and (len(clocks) > 1 or NOT_EXACT.search(around) or re.search(r"\b(?:sau|SAU) (?=\d)|\d ?- ?\d", rest)):
        return SendingTime(urgent=urgent, vague=True)
    if not clocks:
        return _without_hour(line, rest, day, bool(part), urgent, now)
    said = clock_of(clocks[0], exact=bool(ZERO_PADDED.search(rest)))
    return _moment(said, part["part"] if part else "", day, now, urgent, vague=day is None and bool(VAGUE.search(line)))


def _without_hour(line: str, rest: str, day: date | None, part: bool, urgent: bool, now: datetime) -> SendingTime | None:
    """A day or a part of one is vague; "ngay" and "khẩn" are now."""
    if "LIEN" in line.split() and day in (None, now.date()) and not part:
        return SendingTime(urgent=urgent)
    if day is not None or part or VAGUE.search(line):
        return SendingTime(urgent=urgent, vague=True)
    if AT_ONCE.search(rest) and not re.search(r"\d", rest):
        return SendingTime(urgent=urgent)
    return SendingTime(urgent=True) if (urgent and not rest.strip(" .,")) or (urgent and rest.split() in (["gui"], ["viec"])) else None


def _ahead(match: re.Match[str]) -> timedelta:
    written, unit = match["after"] or match["count"], match["unit1"] or match["unit2"]
    half = bool(match["r1"] or match["r2"])
    count = 0.5 if written == "NUA" else float(number(written))
    if count > FARTHEST:
        raise Impossible
    more = int(re.sub(r"\D", "", match["more"])) if match["more"] else 0
    return timedelta(minutes=count) if unit[0] == "p" else timedelta(hours=count + half / 2, minutes=more)


def _moment(said: Clock, part: str, day: date | None, now: datetime, urgent: bool, *, vague: bool) -> SendingTime:
    hour = hour_of(said, part)
    if vague or hour is None:
        return SendingTime(urgent=urgent, vague=True)
    moment = datetime.combine(day or now.date(), time(hour % 24, said.minute), ZONE) + timedelta(days=hour == 24)
    return SendingTime(moment, urgent, past=moment <= now)
