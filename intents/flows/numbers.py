"""An officer's numbers: registered, approved, exited; reports and value by village and month; households nobody has visited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intents.flows import report_card
from intents.flows.moment import Moment, dotted
from intents.flows.queue import TASK
from intents.records import Tally, Viewed
from intents.state import Turn
from intents.wording import say
from knowledge.calendar import in_words

MONTHS = 3  # that a household may go without a visit, where the officer names no number
ROWS = 8
NUMBER = re.compile(r"\b(\d{1,2}) thang\b")


def show(moment: Moment) -> Turn:
    """ "số liệu": the same three honest numbers as everywhere."""
    found = moment.desk.overview()
    lines = [
        say(
            "officer",
            "numbers",
            area=moment.person.area.label,
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
