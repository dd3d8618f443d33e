"""When something happened: relative days, weekdays, days and months of either calendar, resolved against the sending.

`tag_dates` makes each expression of a line one token with tag "date". Weeks start on Monday; a day and month without a
year is the latest one not after the day of sending; of several days the first counts. Nothing is guessed: "hôm nọ" is a
date of no day.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, is_bare, swapped, tag_all
from intents.slots.lunar import lunar_date
from intents.slots.numbers import number_at
from intents.slots.quantities import phrase_at
from knowledge.calendar import ZONE
from knowledge.vietnamese import fold, tone_last

SPOKEN = r"(?:ham (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin)|(?:hai |ba )?muoi(?: (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin))?|mot|hai|ba|bon|tu|nam|sau|bay|tam|chin)"
PAIR = r"(?:hai|ba) (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin)"  # "ngày hai bảy" is the 27th
N = rf"(?:\d{{1,2}}|{SPOKEN})"
RELATIVE = re.compile(r"\b(?:qua|kia|nay)$")
OCCASION = re.compile(r"(?:nhan|dip|chao mung|mung(?! \d)|ky niem)\b")
PAPER_WITHIN = 11  # words
LONG = 3  # words
YEAR = r"(?:20\d\d|\d\d)"
ACCENTED_ONLY = ("tui",)  # "túi qua" is last night, "tui qua" is "I went"
PART = r"(?:tui|chieu toi|sang som|som mai|sang|som|trua|chieu|toi|dem|dau gio|giua)"
DAY_WORD = r"(?:ngay|hom|mung|mong|mong|bua|dem|toi|chieu|sang|trua|vao)"
WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
ONE_WEEKDAY = r"(?:thu ?(?:hai|ba|tu|nam|sau|bay|[2-7])|t ?[2-7]|t (?:hai|ba|tu|nam|sau|bay)|chu nhat|cn)"
WEEKDAY = rf"(?P<weekday>{ONE_WEEKDAY})"
LAST = r"(?:vua roi|vua qua|vua xong|moi roi|moi day|roi|qua|truoc|trc)"
LUNAR_MARK = r"(?:am lich|am|al|lich am|ta|lich ta)"


@dataclass(frozen=True)
class When:
    """A day, or a month "YYYY-MM", or neither ("hôm nọ"). `doubt` names what cannot be; `last` ends a span of days."""

    day: date | None = None
    month: str | None = None
    doubt: str | None = None
    weak: bool = False
    days: int | None = None  # how many, where the first and the last are said

    @property
    def known(self) -> bool:
        return bool(self.day or self.month or self.doubt)


Reader = Callable[[re.Match[str], date], "When | None"]


def tag_dates(line: Line, sent_at: datetime) -> Line:
    """The line with each date made one token whose value is a `When`."""
    today = sent_at.astimezone(ZONE).date()
    for pattern, reader in PATTERNS:
        found: list[tuple[int, int, object]] = []
        for match, start, end in line.find(pattern):
            when = reader(match, today) if _written_so(line.tokens[start:end]) else None
            if when and when.day and line.tokens[end - 1].raw.casefold() == "kìa":
                when = replace(when, day=when.day - timedelta(days=1))
            if when and not (found and start < found[-1][1]):
                found.append((start, end, when))
        line = tag_all(line, found, "date")
    if not any(token.tag == "date" for token in line.tokens):
        now: list[tuple[int, int, object]] = [(start, end, When(today)) for match, start, end in line.find(NOW)]
        line = tag_all(line, now[:1], "date")
    return _joined(line)


def _written_so(tokens: tuple[Token, ...]) -> bool:
    """Whether the accents typed are those of the words of dates; one slip is let pass in a long expression ("thứ nâm vừa rồi")."""
    wrong = sum(not _fits(token) for token in tokens)
    return wrong == 0 or (wrong == 1 and len(tokens) > LONG and all(_fits(token) for token in tokens[:2]))


def _fits(token: Token) -> bool:
    """Whether the accents of a word, where typed, are those of the word of dates ("tháng", not "Thắng")."""
    forms = lexicon().date_words.get(token.plain)
    if token.plain in ACCENTED_ONLY and token.raw.casefold() == token.plain:
        return False
    if forms is None or is_bare(token):
        return True
    typed = tone_last(token.raw)
    slips = {form.rstrip("12345") for form in forms} | {fold(form.rstrip("12345")) + form[len(form.rstrip("12345")) :] for form in forms}
    return not forms.isdisjoint((typed, swapped(typed))) or typed in slips  # "tuân", "tuàn" for "tuần"


def _joined(line: Line) -> Line:
    """Dates that stand side by side are one ("hôm nay, ngày 5/11"; "thứ bảy, 3/10"): the stated day wins."""
    index = 0
    while index + 1 < len(line.tokens):
        one, other = line.tokens[index], line.tokens[index + 1]
        if (
            one.tag == other.tag == "date"
            and other.gap in (" ", " , ", " ( ")
            and isinstance(one.value, When)
            and isinstance(other.value, When)
            and not _apart(one, other)
            and not is_aside(line, index)
        ):
            line = line.tagged(index, index + 2, "date", _both(one.value, other.value))
        else:
            index += 1
    return line


def _apart(one: Token, other: Token) -> bool:
    """Whether two dates side by side are of two things ("cháy hôm kia, hôm qua hội cho"), or the second is an occasion."""
    if OCCASION.match(fold(other.raw).casefold()):
        return True
    days = [token.value.day for token in (one, other) if isinstance(token.value, When)]
    return days[0] != days[1] and other.gap == " , " and all(RELATIVE.search(fold(token.raw)) for token in (one, other))


def is_aside(line: Line, index: int) -> bool:
    """Whether a date is not the deed's: of an occasion ("nhân ngày 27/7"), a paper ("kế hoạch ngày 1/10") or a birth."""
    if OCCASION.match(fold(line.tokens[index].raw).casefold()):
        return True
    for at in range(index, max(-1, index - PAPER_WITHIN), -1):
        if at < index and phrase_at(line.tokens, at, lexicon().lists["dated_papers"]):
            return True
        if line.tokens[at].gap.strip() not in ("", "/", "-") or line.tokens[at].gap == " / ":
            return False
    return False


def _both(one: When, other: When) -> When:
    """Two dates for one thing: a doubt stays, a day is more than a month, and two different days cannot both be."""
    if one.day and other.day and one.day != other.day:
        return When(other.day, doubt=one.doubt or other.doubt or "days_do_not_match")
    return max((other, one), key=lambda when: (when.doubt is not None, when.day is not None, when.month is not None))


def _number(text: str | None) -> int:
    if not text:
        return 0
    words = text.split()
    if len(words) == 2 and (words[0] == "ham" or re.fullmatch(PAIR, text)):
        return {"ham": 20, "hai": 20, "ba": 30}[words[0]] + ({"tu": 4}.get(words[1]) or _number(words[1]))
    found = number_at(words, 0)
    return found.value if found else {"tu": 4, "lam": 5, "nham": 5}.get(text, 0)


def _day(day: int, month: int, year: int, today: date) -> When:
    """A stated day: impossible ones and those after today are doubtful."""
    try:
        found = date(year, month, day)
    except ValueError:
        return When(doubt="no_such_day")
    return When(found, doubt="future_date" if found > today else None)


def _latest(day: int, month: int, today: date) -> When:
    """The latest such day not after today; 29/2 looks back as far as it has to."""
    for year in range(today.year, today.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            if (day, month) != (29, 2):
                return When(doubt="no_such_day")
            if year == today.year and today.month > 2:
                return When(doubt="no_such_day")
            continue
        if found <= today:
            return When(found)
    return When(doubt="no_such_day")


def _year(text: str | None) -> int | None:
    return None if not text else int(text) if len(text) == 4 else 2000 + int(text)


def _stated(match: re.Match[str], today: date) -> When | None:
    day, month, year = _number(match["day"]), _number(match["month"]), _year(match["year"])
    from_word = match["day"] == "tu" and not re.match(r"(?:\w+ )*(?:ngay|mung|mong|hom) tu\b", match[0])  # "từ tháng 9"
    if not day or not month or from_word:
        return None
    if match.groupdict().get("lunar"):
        return _lunar(day, month, year, today)
    if this := match.groupdict().get("this"):
        year = today.year - 1 if this.endswith(("ngoai", "truoc")) else today.year
    return _day(day, month, year, today) if year else _latest(day, month, today)


def _lunar(day: int, month: int, year: int | None, today: date) -> When:
    years = [year] if year else [today.year, today.year - 1]
    for lunar_year in years:
        found = lunar_date(day, month, lunar_year)
        if found is None and day == 30 and month == 12:
            found = lunar_date(29, month, lunar_year)  # people call New Year's eve the 30th even in a short month
        if found and found <= today:
            return When(found)
        if found and year:
            return When(found, doubt="future_date")
    return When(doubt="no_such_day")


def _months_back(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - count
    return months // 12, months % 12 + 1


def _day_of_month(match: re.Match[str], today: date) -> When | None:
    """ "25 tháng trước", "mùng 3 vừa rồi", "ngày 12": a day without its month."""
    day = _number(match["day"])
    if not 1 <= day <= 31:
        return None
    which = match.groupdict().get("which") or ""
    if which.startswith("thang"):
        year, month = _months_back(today, 0 if which == "thang nay" else 1)
        return _day(day, month, year, today)
    for back in range(0, 3):
        year, month = _months_back(today, back)
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return When(found)
    return None


def _weekday(match: re.Match[str], today: date, name: str = "weekday") -> When:
    number = WEEKDAYS.get(re.sub(r"^(?:thu|t|-) ?", "", match[name]), 6)
    which = match["which"] or ""
    monday = today - timedelta(days=today.weekday())
    if which.startswith("tuan"):
        weeks = 2 if which.endswith(("nua", "kia")) else 0 if which.endswith("nay") else -1 if which.endswith(("sau", "toi")) else 1
        found = monday + timedelta(days=number - 7 * weeks)
        return When(found, doubt="future_date" if found > today else None)
    if which in ("nay", "hom nay") and today.weekday() == number:
        return When(today)
    if which in ("toi", "sap toi"):
        return When(monday + timedelta(days=7 + number), doubt="future_date")
    back = (today.weekday() - number - 1) % 7 + 1
    return When(today - timedelta(days=back))


def _weekday_span(match: re.Match[str], today: date) -> When:
    """ "từ thứ hai đến thứ tư tuần trước": the first day, and how many; it does not come after the last."""
    first, last = _weekday(match, today).day, _weekday(match, today, "last" if match["last"] else "bare").day
    assert first and last
    while first > last:
        first -= timedelta(days=7)
    return When(first, doubt="future_date" if first > today else None, days=(last - first).days + 1)


def _week_start(match: re.Match[str], today: date) -> When:
    """ "đầu tuần này": its Monday."""
    which = match["which"]
    weeks = 0 if which in ("tuan", "tuan nay") else 2 if which.endswith(("nua", "kia")) else 1
    if which.endswith(("sau", "toi")):
        return When(doubt="future_date")
    return When(today - timedelta(days=today.weekday() + 7 * weeks))


def _ago(match: re.Match[str], today: date) -> When | None:
    count, unit = _number(match["count"]), match["unit"]
    if not count:
        return None
    days = {"tuan": 7 * count}.get(unit, count)
    if unit == "thang":
        year, month = _months_back(today, count)
        return When(month=f"{year}-{month:02}")
    return When(today - timedelta(days=days))


def _month(match: re.Match[str], today: date) -> When | None:
    """A month alone: the latest one not after this month."""
    names = {"gieng": 1, "mot": 11, "chap": 12}
    text = match["month"]
    if text in ("gieng", "chap"):
        return When(weak=True)
    month, year = _number(text) or names.get(text, 0), _year(match["year"])
    if not 1 <= month <= 12:
        return When(doubt="no_such_day") if month > 12 else None
    if match["past"]:
        year = today.year - 1
    if year is None:
        year = today.year if month <= today.month else today.year - 1
    return When(month=f"{year}-{month:02}", doubt="future_date" if (year, month) > (today.year, today.month) else None)


def _relative_month(back: int) -> Reader:
    def read(match: re.Match[str], today: date) -> When:
        year, month = _months_back(today, back)
        return When(month=f"{year}-{month:02}")

    return read


def _days_back(back: int) -> Reader:
    return lambda match, today: When(today - timedelta(days=back), doubt="future_date" if back < 0 else None)


def _vague(match: re.Match[str], today: date) -> When:
    return When(weak=True)


def _future(match: re.Match[str], today: date) -> When:
    return When(doubt="future_date")


def _tet(match: re.Match[str], today: date) -> When | None:
    """Days around the lunar New Year: "27 tết" is of the last month, "mùng 3 tết" of the first."""
    day = _number(match["day"])
    first = (bool(match["first"]) and day <= 15) or day <= 10
    return _lunar(day, 1 if first else 12, None, today) if 1 <= day <= 30 else None


def _feast(match: re.Match[str], today: date) -> When | None:
    """A feast by its name, of either calendar: the latest one not after today."""
    name = match["feast"]
    kind = "lunar" if name in FEASTS["lunar"] else "solar"
    day, month = map(int, FEASTS[kind][name].split("/"))
    return _lunar(day, month, None, today) if kind == "lunar" else _latest(day, month, today)


def _full_moon(match: re.Match[str], today: date) -> When | None:
    names = {"gieng": 1, "chap": 12}
    text = match["month"]
    if text:
        month = names.get(text) or _number(text)
        return _lunar(15, month, None, today) if 1 <= month <= 12 else None
    found = [lunar_date(15, month, year) for year in (today.year - 1, today.year) for month in range(1, 13)]
    past = [day for day in found if day and day <= today]
    return When(max(past)) if past else None


def _lunar_day(match: re.Match[str], today: date) -> When | None:
    """The latest such day of a lunar month ("hôm 15 âm")."""
    day = _number(match["day"])
    found = [lunar_date(day, month, year) for year in (today.year - 1, today.year) for month in range(1, 13)]
    return When(max(past)) if (past := [one for one in found if one and one <= today]) else None


def _lunar_month_day(match: re.Match[str], today: date) -> When | None:
    month = {"gieng": 1, "chap": 12, "mot": 11}.get(match["month"]) or _number(match["month"])
    day = 15 if match["day"] == "ram" else _number(match["day"])
    return _lunar(day, month, None, today) if day and month else None


def _first_of_span(match: re.Match[str], today: date) -> When | None:
    """ "5-6/9", "từ 3/8 đến 28/8": the first day, in the month and year of the last where it has none."""
    year, month = _year(match["year"]), _number(match.groupdict().get("first_month")) or _number(match["month"])
    day, last = _number(match["day"]), _number(match.groupdict().get("last"))
    when = _day(day, month, year, today) if year else _latest(day, month, today)
    days = last - day + 1 if last > day and month == _number(match["month"]) else None
    return replace(when, days=days) if days and when.day else when


def _first_of_this(match: re.Match[str], today: date) -> When | None:
    """ "từ 1-5 tháng này", "mùng 3 đến mùng 5 vừa rồi": the first day, and how many."""
    when, days = _day_of_month(match, today), _number(match["last"]) - _number(match["day"]) + 1
    return replace(when, days=days) if when and days > 1 else None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w<])(?:{pattern})(?![\w>])")


LONE = rf"(?P<day>{N})"
MONTH = rf"(?P<month>{N})"
YEAR_AFTER = r"(?:(?:/|-| / | nam |\.)(?P<year>20\d\d|\d\d(?!\d)))?"
BETWEEN = r"(?:/|-| / | thang | / )"
NOT_COUNT = r"(?! ?(?:trieu|tr|cu|k|nghin|ngan(?! hang)|ty|ti)\b)(?! (?:ho (?:ngheo|can)|nguoi|khau|hoc sinh|em|chau|tan|ta|kg|bao|sao|goi)\b)"
BEFORE = rf"(?:(?:{PART}|vao|ky niem|chao mung|tu|hoi|luc|ngay|hom|bua|mung|mong|dem|nhan|dip) )*"
THIS_WEEK = r"tuan (?:truoc nua|kia|truoc|roi|qua|vua roi|vua qua|nay|sau|toi|trc)"
WHICH = rf"(?P<which>{THIS_WEEK}|vua roi|vua qua|moi roi|roi|qua(?! (?:nha|ho|tham|ben|cho|xa)\b)|truoc|nay|sap toi|toi(?! (?:da|di|co|den|qua|cho)\b))"
LAST_MONTH = r"thang (?:truoc|roi|vua roi|vua qua|qua|trc|nay)"
GONE = r"(?:vua roi|vua qua|moi roi|roi|qua|vua xong)"
LUNAR_AFTER = rf"(?: \( | , | )?(?P<lunar>{LUNAR_MARK})"

FEASTS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "feasts.toml").read_text(encoding="utf-8"))
FEAST = "(?P<feast>" + "|".join(sorted({**FEASTS["lunar"], **FEASTS["solar"]}, key=len, reverse=True)) + ")"
FEAST_BEFORE = rf"{PART}|hom|bua|dip|ngay|dem|nhan|le|mua|tet|cung|dung|vao|ky niem|chao mung|mung"
FIELD_START = r"(?:(?<=^ )|(?<= [-|/;,(:.+] ))"  # a field of a note in keywords
FIELD_END = r"(?= [-|/;,):.+]| ?$)"
SPAN_MARK = r"(?: den(?: het)?| toi| sang| va| voi|-| -| ,)(?: hom| ngay| mung| mong)*"

NOW = re.compile(r"(?:(?<=^ )|(?<= [,.|;:] ))nay(?= (?!xin|bao cao|em|minh|thi|da)\w|(?= <))")  # "nay có đoàn về thăm", where no day is said

PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (_compiled(pattern), reader)
    for pattern, reader in (
        # the lunar calendar
        (rf"{BEFORE}{LONE}(?: thang |/)(?P<month>gieng|chap)", _lunar_month_day),
        (rf"{BEFORE}(?:ngay |hom |mung |mong )+{LONE} (?P<month>gieng|chap)", _lunar_month_day),
        (rf"{BEFORE}(?P<day>\d\d?) (?P<month>gieng|chap)", _lunar_month_day),
        (rf"{BEFORE}{LONE}{BETWEEN}{MONTH}{YEAR_AFTER}{LUNAR_AFTER}", _stated),
        (rf"{BEFORE}ram(?: thang)?(?: (?P<month>gieng|chap|{N}))?(?: am lich| am)?(?: {GONE})?", _full_moon),
        (
            rf"(?:ngay |hom |toi |sang |chieu )*(?P<first>mung |mong )?(?P<day>{N}) (?:tet|am lich tet)(?: nguyen dan| am lich| ta| {GONE})*",
            _tet,
        ),
        (rf"(?:(?:{FEAST_BEFORE}) )+{FEAST}(?: {GONE})?", _feast),
        (rf"{FIELD_START}{FEAST}{FIELD_END}", _feast),
        (rf"{FEAST} {GONE}", _feast),
        (rf"(?:{PART} |vao )*(?:ngay|hom|mung|mong)(?: mung| ngay)* {LONE} (?:am lich|am|al)(?: {GONE})?", _lunar_day),
        # days of several
        (
            rf"(?:tu |trong |cac |hai |2 |3 |ba )*(?:ngay |hom |mung )*{LONE}(?:(?:/| thang )(?P<first_month>{N})(?:/20\d\d)?)?"
            rf"(?: den(?: het)? | toi | sang )(?:ngay |mung )?(?P<last>{N})(?:/| thang ){MONTH}{YEAR_AFTER}",
            _first_of_span,
        ),
        (
            rf"(?:vao |trong )?(?:cac|hai|ba|bon|[2-9]) (?:ngay|hom|buoi) {LONE}/{MONTH}{YEAR_AFTER}(?:(?: ,| va| voi)(?: ngay)? \d\d?/\d\d?(?:/20\d\d)?)+",
            _stated,
        ),
        (rf"{BEFORE}(?P<day>\d\d?)(?:/(?P<first_month>\d\d?))?-(?P<last>\d\d?)/{MONTH}{YEAR_AFTER}", _first_of_span),
        (
            rf"(?:tu |ngay |hom |trong )+(?P<day>\d\d?)(?:/(?P<first_month>\d\d?))? [-~] ?(?P<last>\d\d?)/{MONTH}{YEAR_AFTER}",
            _first_of_span,
        ),
        (
            rf"(?:ngay|hom|mung)(?: mung)? {LONE}(?: , {N})*(?: , | va | voi )(?:ngay )?(?P<last>{N})(?:/| thang ){MONTH}{YEAR_AFTER}(?P<first_month>)",
            _first_of_span,
        ),
        (rf"(?:tu |trong |ngay |hom |mung |mong )+{LONE}{SPAN_MARK} ?(?P<last>{N}) (?P<which>{LAST_MONTH}|{GONE})", _first_of_this),
        # a day and its month
        (rf"{FIELD_START}(?P<day>\d\d?)[.-](?P<month>0?[1-9]|1[0-2])(?P<year>){FIELD_END}", _stated),
        (rf"{BEFORE[:-1]}+(?P<day>{PAIR}) thang {MONTH}{YEAR_AFTER}", _stated),
        (rf"{BEFORE}(?P<day>\d\d?)\.(?P<month>\d\d?)(?:\.(?P<year>20\d\d))(?: {GONE})?", _stated),
        (rf"(?:ngay|hom|bua|vao|{PART}) (?P<day>\d\d?)\.(?P<month>\d\d?)(?P<year>)", _stated),
        (rf"{BEFORE}{LONE} ?(?:/| / | thang ){MONTH}{YEAR_AFTER}{NOT_COUNT}(?P<this> nam nay| nay| toi day| sap toi| nam ngoai| nam truoc)?(?: {GONE})?", _stated),
        (rf"{BEFORE}(?P<day>\d\d?)-(?P<month>\d\d?)-(?P<year>20\d\d)", _stated),
        (rf"{BEFORE}(?P<year>20\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)", _stated),
        (rf"(?:ngay|hom|bua|{PART}) (?P<day>\d\d?)-(?P<month>\d\d?)(?P<year>){NOT_COUNT}", _stated),
        # the day alone, in a month said before or after
        (rf"(?:{PART} |vao )*(?:ngay|hom|mung|mong|bua)(?: mung| ngay)* {LONE},? (?P<which>{LAST_MONTH})", _day_of_month),
        (rf"(?P<which>{LAST_MONTH}) ,? ?(?:vao )?(?:ngay|hom|mung|mong)(?: mung| ngay)* {LONE}", _day_of_month),
        (rf"(?P<day>1[3-9]|2\d|3[01]) (?P<which>{LAST_MONTH})", _day_of_month),
        (
            rf"(?:{PART} |vao |tu )*(?:ngay|hom|mung|mong|bua)(?: mung| ngay)* {LONE}(?! (?:ho|nha|nguoi|con|bao|trieu|tr|kg|buoi|bua|lan|cong|suat|cai|anh|chi|em|"
            rf"dong|muoi|nghin|k|cu|chau|ba|gia|thang|ngay|tuan|me|doan|hom)\b)(?![-/])(?: {GONE})?",
            _day_of_month,
        ),
        # weekdays
        (
            rf"(?:hai |2 )?(?:tu |trong |ngay |hom )*{WEEKDAY}(?:(?:{SPAN_MARK})? (?P<last>{ONE_WEEKDAY})|(?P<bare>-[3-7]))"
            rf"(?: (?:cua )?{WHICH})?(?![/\w])",
            _weekday_span,
        ),
        (rf"(?:hoi |tu |hom |vao |ngay |luc |{PART} )*dau (?P<which>{THIS_WEEK}|tuan)(?P<weekday>)", _week_start),
        (rf"(?:{PART} |vao |hom )*(?P<which>{THIS_WEEK}) (?:, |la |vao |hom |ngay |{PART} )*{WEEKDAY}", _weekday),
        (rf"(?<!lan )(?<!nguoi )(?<!dot )(?<!con )(?:{PART} |vao |hom |ngay |hoi |dem )*{WEEKDAY}(?: (?:cua )?{WHICH})?", _weekday),
        # days counted from today
        (rf"(?:{PART} |vao )*(?:hom|bua|ngay) kia(?: nua)?", _days_back(2)),
        (rf"(?:{PART} |vao |hoi |ngay )*(?:khi hom|hoi hom(?= [^\W\d])|khi toi|hom qua|bua qua|ngay hom qua|ngay qua)(?: do)?", _days_back(1)),
        (r"(?:sang|som|trua|chieu|toi|tui|dem|khuya|xe) qua(?! (?:nha|ho|tham|ben|xa|thon|lai|choi|giup)\b)", _days_back(1)),
        (
            r"(?:vao |ngay |hoi |luc )*(?:som mai|sang som|chieu toi|som|sang|trua|chieu|toi|dem|hom|bua|ngay|moi|vua|hoi|ban|luc|xe) (?:hom )?nay",
            _days_back(0),
        ),
        (r"(?:hoi|ban|luc|tu) (?:sang som|sang|trua|chieu|toi|som)(?= )", _days_back(0)),
        (rf"(?:cach day|cach nay)(?: khoang| chung| gan| hon)? (?P<count>{N}) (?P<unit>ngay|hom|bua|tuan|thang)", _ago),
        (rf"(?P<count>{N}) (?P<unit>ngay|hom|bua|tuan|thang) (?:truoc|roi)", _ago),
        (r"(?:ngay|sang|trua|chieu|toi|dem|som) mai(?! nay)|tuan (?:sau|toi)|thang (?:sau|toi)|sap toi|ngay kia nua", _future),
        # months
        (
            r"(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom|trung tuan|thuong tuan|ha tuan|ca|tu) )*thang (?:truoc|trc) nua",
            _relative_month(2),
        ),
        (r"(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom) )*thang (?:truoc|trc|vua roi|vua qua|roi|qua)", _relative_month(1)),
        (r"(?<!may )(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom) )*thang nay", _relative_month(0)),
        (rf"(?:hoi|hom|luc|vao|tu) (?:dau|giua|cuoi) thang(?! (?:{N}|gieng|chap|truoc|roi|vua|qua)\b)", _relative_month(0)),
        (
            rf"(?<!mot )(?<!moi )(?<!hang )(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom|tu) )*(?:thang |t )(?P<month>{N}|gieng|chap)"
            rf"(?:(?: nam |/| / |-)(?P<year>20\d\d))?(?P<past> nam (?:ngoai|truoc))?(?! ?(?:trieu|tr|cu|nghin|ngan(?! hang)|k|ty|suat|nguoi|tuoi|ho|thang)\b)(?: {GONE})?",
            _month,
        ),
        # no day said
        (
            r"(?:hom|bua|dao|dot|hoi|ky) (?:no|truoc|bua|ay|do|cho phien|truoc do|xua)|tuan (?:truoc|roi|qua|vua roi|vua qua|nay|trc)|"
            r"may (?:hom|bua|ngay|tuan|thang) (?:truoc|nay|roi)|gan day|moi day|nam ngoai|dau nam|cuoi nam|lau roi|(?:truoc|sau|giap|dip) tet",
            _vague,
        ),
    )
)
