"""An officer's numbers: registered, approved, exited; reports and value by village and month; households nobody has visited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intents.flows import report_card
from intents.flows.commune import find_units
from intents.flows.moment import Moment, dotted
from intents.flows.queue import TASK, VILLAGE
from intents.records import Tally, Viewed
from intents.state import Turn
from intents.wording import say
from knowledge.calendar import in_words
from knowledge.units import Area

MONTHS = 3  # that a household may go without a visit, where the officer names no number
ROWS = 8
MONTH = re.compile(r"\bthang (\d{1,2})(?:[/ ](?:nam )?(20\d\d))?")
COMMUNE = re.compile(r"\b(?:xa|phuong) [\w ]+")
NUMBER = re.compile(r"\b(\d{1,2}) thang\b")


def show(moment: Moment) -> Turn:
    """ "số liệu": the same three honest numbers as everywhere."""
    area, month = _narrowed(moment)
    found = moment.desk.overview(area, month)
    of_month = say("officer", "numbers_of_month", month=int(month[5:]), year=month[:4]) if month else ""
    lines = [
        say(
            "officer",
            "numbers",
            area=(area or moment.person.area).label + of_month,
            today=in_words(moment.today),
            registered=found.registered,
            approved=found.approved,
            exited=found.exited,
            reports=report_card.totals(found.reports),
        )
    ]
    if found.by_village:
        lines += [say("officer", "numbers_village"), *_rows(found.by_village)]
    if found.by_month:
        months = [(f"tháng {int(month[5:])}/{month[:4]}" if month else "không rõ tháng", tally) for month, tally in found.by_month[-6:]]
        lines += [say("officer", "numbers_month"), *_rows(months)]
    return moment.turn(TASK, "\n".join(lines))


def _narrowed(moment: Moment) -> tuple[Area | None, str]:
    """The village or commune and the month that the officer names."""
    own = moment.person.area
    area = None
    if match := VILLAGE.search(moment.line):
        area = Area(own.province, own.commune, MONTH.sub("", match[0]).strip(), own.former)
    elif match := COMMUNE.search(moment.line):
        units = find_units({"commune": MONTH.sub("", match[0]).strip(), "province": own.province})
        area = units[0].area() if len(units) == 1 else None
    month = MONTH.search(moment.line)
    year = int(month[2]) if month and month[2] else moment.today.year
    return area, f"{year}-{int(month[1]):02d}" if month and 1 <= int(month[1]) <= 12 else ""


def _rows(rows: Sequence[tuple[str, Tally]]) -> list[str]:
    return [
        say(
            "officer",
            "numbers_line",
            name=name or "không rõ thôn",
            sent=tally.sent,
            verified=tally.verified,
            approved=tally.approved,
            vnd=dotted(tally.approved_vnd),
        )
        for name, tally in rows[:ROWS]
    ]


def unvisited(moment: Moment) -> Turn:
    """ "chưa ai hỏi thăm 3 tháng": registered households that no report of the last months names."""
    months = int(match[1]) if (match := NUMBER.search(moment.line)) else MONTHS
    months = max(1, min(months, 36))
    cases = moment.desk.unvisited(months)
    if not cases:
        return moment.turn(TASK, say("officer", "unvisited_none", months=months))
    lines = [say("officer", "unvisited", months=months, count=len(cases))]
    lines += [say("officer", "unvisited_line", name=case.body.get("name", ""), village=case.area.village, code=case.code) for case in cases]
    return moment.turn(TASK, "\n".join(lines), *(Viewed(case.code) for case in cases))
