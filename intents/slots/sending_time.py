"""When an announcement is to be sent, in an officer's words: at once, a moment, or too vague to be one.

Only a day and an hour that can mean one thing make a moment: "3 giờ mai" may be night or afternoon, and is asked. Words
without accents that may be two ("toi": tối, tới) are decided where they stand, or leave the text vague.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from intents.slots.date_readers import WEEKDAYS
from intents.slots.form_text import whole_number
from knowledge.calendar import ZONE
from knowledge.vietnamese import clean, fold, from_keys

QUIET_FROM, QUIET_TO = time(21), time(6)
LONG_PAST = timedelta(days=180)  # a day of the year that passed longer ago than this is next year's
FARTHEST = 366  # days, hours or minutes from now that a relative time may lie ahead

# How a word is typed tells it from others of the same letters: exact accents, and the sign that is read instead.
TYPED = {
    "tới": "TOI", "tôi": "", "sang": "QUA", "sáu": "6", "mốt": "KIA", "gặp": "", "gấp": "GAP", "khăn": "", "ngày": "NGAY", "ngay": "LIEN",
    "năm": "nam", "bẩy": "7", "bảy": "7", "bây": "BAY", "mải": "", "tý": "ti", "nữa": "nua", "nửa": "NUA", "trước": "truoc", "ba": "ba", "bà": "",
    "chừ": "gio", "giừ": "gio", "bữa": "hom", "ni": "nay", "nì": "nay", "tí": "ti", "chốc": "lat", "sau": "SAU", "đang": "", "đến": "den", "đền": "",
}  # fmt: skip
SAME_BARE = frozenset(("sang", "ngay", "ba", "sau"))  # as typed they are themselves only where the text has accents
N = r"(?:\d{1,3}|(?:(?:hai|ba|bon|nam) )?(?:muoi|ham)(?: (?:mot|hai|ba|bon|tu|nam|lam|sau|6|7|tam|chin))?|(?:hai|ba) (?:mot|hai|ba|bon|tu|lam|nham|6|7|tam|chin)(?= )|mot|hai|ba|bon|nam|sau|bay|tam|chin)"
PART = r"(?P<part>sang som|som|sang|trua|chieu toi|chieu|toi|dem|khuya)"
HOURS = re.compile(
    rf"\b(?P<hour>\d{{1,2}}|{N}) ?(?:(?:h|g|gio|:) ?(?:(?P<ruoi>ruoi)|kem (?P<kem>{N})|(?P<minute>\d{{1,2}}|{N})?)(?: ?(?:p|ph|phut|'))?(?![a-z0-9])|(?P<half>ruoi)(?! [a-z]*tieng))"
)
ZERO_PADDED = re.compile(r"\b0\d ?[:hg]")
RELATIVE = re.compile(
    rf"\b(?:(?:sau|SAU) (?P<after>{N}|NUA) ?(?P<unit1>phut|ph|p|tieng)\b(?! \d)(?P<r1> ruoi)?|(?P<count>{N}|NUA) ?(?P<unit2>phut|ph|p|tieng|gio|h|g)(?P<more> ?\d{{1,2}}(?: ?(?:phut|p)\b)?)?(?P<r2> ruoi)? (?:nua|sau|SAU)\b(?! \d))"
)
DAYS_AHEAD = re.compile(rf"(?<!thu )(?<!t )\b(?P<count>{N}) (?P<unit>ngay|NGAY|hom|tuan) (?:nua|sau|SAU)\b")
FULL = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b")
SPELLED = re.compile(rf"\b(?:NGAY |ngay |mung )?(?P<day>{N}) thang (?P<month>{N}|nay|sau|SAU|TOI|toi)\b(?: nam (?P<year>20\d\d)\b)?")
DAY_MONTH = re.compile(r"(?<![\d/.:])(\d{1,2})[/](\d{1,2})(?![\d/])|\b(?:ngay|NGAY|hom) (\d{1,2})\.(\d{1,2})\b")
DAY_ALONE = re.compile(r"\b(?:ngay|NGAY) (\d{1,2})\b(?! ?(?:gio|h|g|phut|nua|:))")
WEEKDAY = re.compile(
    r"\b(?:(?:thu|t) ?(?P<number>[2-7]|hai|ba|tu|nam|sau|bay)|(?P<sunday>chu nhat|cn))\b(?: (?P<which>tuan (?:nay|sau|SAU|TOI|toi|den)|nay|TOI|SAU))?"
)
WEEK_BEFORE = re.compile(r"\b(?P<qua>(?:QUA|sang) tuan|tuan (?:sau|SAU|TOI|toi|den))\b")
NAMED_DAYS = (
    (re.compile(r"\b(?:NGAY|ngay|hom)? ?(?:KIA|kia)\b|\b(?:ngay|sang|trua|chieu|toi) mot\b(?! gio)"), 2),
    (re.compile(r"\b(?:NGAY |ngay |hom )?mai\b"), 1),
    (re.compile(r"\b(?:NGAY |ngay |LIEN |trong )?hom nay\b|(?<=sang )nay\b|(?<=trua )nay\b|(?<=chieu )nay\b|(?<=toi )nay\b|(?<=dem )nay\b"), 0),
    (re.compile(r"\bhom qua\b"), -1),
)
NO_WEEKDAY = re.compile(r"\bthu ?(?:[0189]|\d\d)\b")
URGENT = re.compile(r"\b(?:khan cap|khan|GAP|gap|hoa toc|cap toc)\b")
NOT_URGENT = re.compile(r"\b(?:khong|chua|chang) (?:can |phai |co )?(?:khan cap|khan|GAP|gap)\b")
THIS_MOMENT = re.compile(
    r"\b(?:(?:LIEN|ngay) )?(?:BAY (?:gio|h)|bi gio|(?<!luc )(?<!mai )(?<!nay )bay gio(?! (?:\d|ruoi|kem|sang|trua|chieu|toi|dem|mai|hom|ngay|NGAY|thu|t\d)))\b"
)
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


@dataclass(frozen=True)
class _Clock:
    """An hour as said, with the part of the day it was said with; 24 is the midnight that ends the day."""

    hour: int
    minute: int
    exact: bool  # written on the 24-hour clock


class _Impossible(Exception):
    """No such day or hour."""


class _Vague(Exception):
    """It could be this week's or next week's."""


def parse_sending_time(text: str, now: datetime) -> SendingTime | None:
    """What a text says about when to send, seen from `now`; None where it says nothing of the kind or nothing that can be."""
    now = now.astimezone(ZONE)
    line = QUESTION.sub("", _line(text))
    line = NOT_URGENT.sub(" ", line)
    urgent = URGENT.search(line) is not None
    line = " ".join(URGENT.sub(" ", line).split())
    if REFUSED.search(line) or not (line or urgent):
        return None
    try:
        return _heard(line, now, urgent)
    except _Vague:
        return SendingTime(urgent=urgent, vague=True)
    except (_Impossible, OverflowError):
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


def _line(text: str) -> str:
    """The text folded, with words that accents tell apart as signs of their own."""
    text = re.sub(r"\b(20\d\d)-(\d\d)-(\d\d)\b", r"\3/\2/\1", text[:400])
    raw = re.sub(r"(?<!\d)(\d{1,2})-(\d{1,2})(?=-\d{2,4}\b|(?!\d|-| ?[hg]))", r"\1/\2", clean(text))
    raw = re.sub(r"(\d/\d{1,2})-(\d{2,4})\b", r"\1/\2", raw).casefold()
    accented = fold(raw) != raw
    words = []
    for word in re.findall(r"\d+(?:[/.]\d+)+|\d+|[:-]|[^\W\d_]+", raw):
        folded = from_keys(fold(word)) if word.isalpha() else word
        known = TYPED.get(word) if word not in SAME_BARE or accented else None
        exact = known is not None and (fold(word) != word or accented or word in ("ni", "mốt"))
        words.append(known if exact and known is not None else folded)
    return THIS_MOMENT.sub("LIEN", " ".join(word for word in words if word))


def _heard(line: str, now: datetime, urgent: bool) -> SendingTime | None:
    if AMBIGUOUS_EVENING.search(line) or LUNAR_DAY.search(line):
        return SendingTime(urgent=urgent, vague=True)
    relative = RELATIVE.search(line)
    if relative and not HOURS.search(RELATIVE.sub(" ", line)):
        return SendingTime(now + _ahead(relative), urgent)
    day, rest = _day(line, now)
    clocks = list(HOURS.finditer(rest))
    around = HOURS.sub(" ", rest)
    part = re.search(rf"\b{PART}\b", around)
    if clocks and (len(clocks) > 1 or NOT_EXACT.search(around) or re.search(r"\b(?:sau|SAU) (?=\d)|\d ?- ?\d", rest)):
        return SendingTime(urgent=urgent, vague=True)
    if not clocks:
        return _without_hour(line, rest, day, bool(part), urgent, now)
    said = _clock(clocks[0], exact=bool(ZERO_PADDED.search(rest)))
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
    count = 0.5 if written == "NUA" else float(_number(written))
    if count > FARTHEST:
        raise _Impossible
    more = int(re.sub(r"\D", "", match["more"])) if match["more"] else 0
    return timedelta(minutes=count) if unit[0] == "p" else timedelta(hours=count + half / 2, minutes=more)


# -- the day -----------------------------------------------------------------------------------------------------------------------


def _day(line: str, now: datetime) -> tuple[date | None, str]:
    """The day said, None where none is, and the line without its words. Of two days it has to be asked which; a weekday that is
    not the date's cannot be."""
    today, found = now.date(), []
    rest = line
    for pattern, read in ((FULL, _full), (SPELLED, _spelled), (DAY_MONTH, _day_month), (DAYS_AHEAD, _days_ahead), (DAY_ALONE, _day_alone)):
        for match in pattern.finditer(rest):
            found.append(read(match, today))
        rest = pattern.sub(" ", rest)
    if len(set(found)) > 1:
        raise _Vague
    for match in WEEKDAY.finditer(rest):
        found.append(_weekday(match, today, found, later=WEEK_BEFORE.search(rest) is not None))
    rest = WEEKDAY.sub(" ", rest)
    for pattern, days in NAMED_DAYS:
        if pattern.search(rest):
            found.append(today + timedelta(days=days))
            rest = pattern.sub(" ", rest)
    if len(set(found)) > 1 or NO_WEEKDAY.search(rest):
        raise _Impossible
    return (found[0] if found else None), rest


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _Impossible from error


def _full(match: re.Match[str], today: date) -> date:
    day, month, year = map(int, match.groups())
    return _date(year if year > 99 else 2000 + year, month, day)


def _yearly(day: int, month: int, today: date) -> date:
    """Such a day of this year, or of the next where this year's is long past."""
    found = _date(today.year, month, day)
    return found if today - found < LONG_PAST else _date(today.year + 1, month, day)


def _day_month(match: re.Match[str], today: date) -> date:
    return _yearly(int(match[1] or match[3]), int(match[2] or match[4]), today)


def _spelled(match: re.Match[str], today: date) -> date:
    day, said = _number(match["day"]), match["month"]
    if said in ("nay", "sau", "SAU", "TOI", "toi"):
        month = today.month if said == "nay" else today.month % 12 + 1
        return _date(today.year + (month < today.month), month, day)
    return _date(int(match["year"]), _number(said), day) if match["year"] else _yearly(day, _number(said), today)


def _days_ahead(match: re.Match[str], today: date) -> date:
    count = _number(match["count"])
    if count > FARTHEST:
        raise _Impossible
    return today + timedelta(days=count * (7 if match["unit"] == "tuan" else 1))


def _day_alone(match: re.Match[str], today: date) -> date:
    """ "ngày 25": the next such day, today included."""
    day = int(match[1])
    if day >= today.day:
        return _date(today.year, today.month, day)
    return _date(today.year + today.month // 12, today.month % 12 + 1, day)


def _weekday(match: re.Match[str], today: date, stated: list[date], *, later: bool) -> date:
    number = 6 if match["sunday"] else WEEKDAYS[match["number"]]
    which = match["which"] or ""
    for day in stated:
        if day.weekday() == number:
            return day
    monday = today - timedelta(days=today.weekday())
    if which.startswith("tuan") or later:
        return monday + timedelta(days=number + (0 if which == "tuan nay" else 7))
    ahead = (number - today.weekday()) % 7
    if ahead == 0 and which in ("", "SAU"):
        raise _Vague
    return today + timedelta(days=ahead or (7 if which == "TOI" else 0))


# -- the hour ----------------------------------------------------------------------------------------------------------------------


def _clock(match: re.Match[str], *, exact: bool) -> _Clock:
    hour = _number(match["hour"])
    minute = 30 if match["ruoi"] or match["half"] else _number(match["minute"]) if match["minute"] else 0
    if match["kem"]:
        hour, minute = hour - 1, 60 - _number(match["kem"])
    if not (0 <= hour <= 24 and 0 <= minute < 60) or (hour == 24 and minute):
        raise _Impossible
    return _Clock(hour, minute, exact)


def _moment(said: _Clock, part: str, day: date | None, now: datetime, urgent: bool, *, vague: bool) -> SendingTime:
    hour = _hour(said, part)
    if vague or hour is None:
        return SendingTime(urgent=urgent, vague=True)
    moment = datetime.combine(day or now.date(), time(hour % 24, said.minute), ZONE) + timedelta(days=hour == 24)
    return SendingTime(moment, urgent, past=moment <= now)


HOURS_OF = {
    "sang": (range(1, 12), 0),
    "trua": (range(10, 13), 0),
    "chieu": (range(1, 8), 12),
    "toi": (range(5, 12), 12),
    "dem": (range(8, 12), 12),
}  # the hours people say with a part of the day, and what makes them those of 24


def _hour(said: _Clock, part: str) -> int | None:
    """The hour of 24, None where it could be two, `_Impossible` where there is none ("14 giờ sáng")."""
    if not part:
        return said.hour if said.exact or said.hour > 5 or said.hour == 0 else None
    kind = {"sang som": "sang", "som": "sang", "khuya": "dem", "chieu toi": "chieu"}.get(part, part)
    hours, more = HOURS_OF[kind]
    if said.hour in hours:
        return said.hour + more
    if kind == "trua" and said.hour in (1, 2):
        return said.hour + 12
    fits = {"trua": range(10, 15), "chieu": range(12, 20), "toi": range(17, 24), "dem": range(20, 25)}.get(kind, range(0))
    if (said.hour in fits and said.hour != 12) or (kind == "chieu" and said.hour == 12):
        return said.hour
    if kind == "dem" and (said.hour in range(5) or said.hour == 12):
        return None
    raise _Impossible


def _number(text: str) -> int:
    if text.isdecimal() and text.isascii():
        return int(text)
    words = text.split()
    if len(words) == 2 and words[0] in ("hai", "ba", "ham") and words[1] not in ("muoi",):
        return {"hai": 20, "ham": 20, "ba": 30}[words[0]] + _digit(words[1])
    found = whole_number(words, 0)
    return found.value if found else _digit(words[0])


def _digit(word: str) -> int:
    if word.isdecimal():
        return int(word)
    found = whole_number([word], 0)
    return found.value if found else {"tu": 4, "lam": 5, "nham": 5, "mot": 1}.get(word, 0)
