"""What is reckoned from a plan's date and today's: how long ago, how many days left, overdue or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from intents.flows.moment import dotted
from intents.understand import Understanding, figures
from intents.wording import say
from knowledge import calendar
from knowledge.calendar import in_words
from knowledge.model import Fact, Plan

WANTED = re.compile(
    r"\b(?:(?:con|con lai) (?:bao nhieu|may|bao lau)|may ngay nua|bao nhieu ngay|may nam (?:roi|nay)|bao lau roi|duoc (?:may|bao nhieu) (?:nam|thang|ngay)|"
    r"qua han|tre han|tre chua|kip khong|con kip|con han|het han|nam nay|hom nay|bay gio|gio nay|cach day|cach nay|den nay|toi nay|tinh den|"
    r"(?:bao nhieu|may) (?:nam|thang|ngay|tuan)|con hieu luc|con ap dung|da qua|sap toi|sap den|ket thuc chua|het chua|da het|con khong)\b"
)


LATE = re.compile(r"\b(?:qua han|tre|muon|cham)\b")


def reckoned(heard: Understanding, fact: Fact, plan: Plan, today: date) -> Iterator[str]:
    """The sentences to add, none where the message asks for no reckoning or the fact has no date."""
    if not WANTED.search(heard.words.line):
        return
    text = " ".join([fact.answer, *(citation.quote for citation in fact.citations)])
    if days := calendar.full_dates(fact.answer) or calendar.full_dates(text):
        yield _day(days[-1] if fact.question.startswith("timeline") else days[0], today)
    elif recurring := calendar.day_months(text):
        found = calendar.recurring(*recurring[0], plan.period, today, inclusive="trước ngày" not in text)
        if found.over:
            coming = calendar.coming(*recurring[0], today)
            yield _day(found.last, today)
            yield say(
                "computed",
                "recurring_over",
                last=in_words(found.last),
                year=today.year,
                next=in_words(coming),
                days=dotted((coming - today).days),
            )
        elif LATE.search(heard.words.line) or found.next is None:
            yield say("computed", "late", last=in_words(found.last), days=dotted((today - found.last).days), today=in_words(today))
        if found.next and not found.over:
            yield _day(found.next, today)
    elif years := calendar.years(fact.answer) or calendar.years(text):
        year = years[0] if fact.question.startswith("timeline") else years[-1]
        if year == today.year:
            yield say("computed", "this_year", year=year)
        elif year < today.year:
            yield say("computed", "passed_year", year=year, years=today.year - year, today=in_words(today))


ASKS_IF = re.compile(r"\b(?:phai khong|phai ko|dung khong|dung ko|co phai|co dung|phai chu|dung chu)\b|\b(?:a|ha|ah)$")
CHECKED = re.compile(r"20\d\d|\d+(?:,\d+)?%")


def premise(heard: Understanding, fact: Fact) -> str:
    """The correction of a year or percentage that a yes-or-no question takes for granted and the fact does not carry.

    The wrong figure is not repeated, so that nobody reads it as the plan's.
    """
    if not ASKS_IF.search(heard.words.line):
        return ""
    carried = {one for one in figures(" ".join([fact.answer, *(c.quote for c in fact.citations)])) if CHECKED.fullmatch(one)}
    named = {one for one in figures(heard.words.raw) if CHECKED.fullmatch(one)}
    return say("answer", "premise") if carried and named - carried else ""


def _day(day: date, today: date) -> str:
    if day > today:
        return say("computed", "ahead_day", day=in_words(day), days=dotted((day - today).days), today=in_words(today))
    years, months, days = calendar.between(day, today)
    name = "elapsed" if years else "elapsed_short"
    return say("computed", name, start=in_words(day), today=in_words(today), years=years, months=months, days=dotted(days))
