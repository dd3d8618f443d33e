"""The last steps of an announcement: the test to oneself, the time, the second look at who gets it, and then it is sent or goes
to a second officer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from intents.announcements import Reach, Schedule, SendTest, Start
from intents.clocks import due
from intents.flows import announcing_card as words
from intents.flows.announcing_asking import (
    TASK,
    ask,
    audience_of,
    checks_of,
    count_of,
    is_tested,
    needs_second,
    reached,
    show_card,
    text_of,
)
from intents.flows.moment import Moment, choices, dotted, when
from intents.messages import Choice
from intents.records import CaseKind, Change, Effect, NotifyOfficers, State, Submit
from intents.slots.sending_time import SendingTime, in_quiet_hours, next_allowed, parse_sending_time
from intents.state import Form, Turn
from intents.wording import say

MOST_OF_A_TIME = 100  # characters
READ = re.compile(r"\b(?:roi|da (?:nhan|doc|thay)|(?:doc|nhan|thay) duoc)\b")
MOST_OF_A_TIME_EARLY = 8  # words
MOST_OF_A_YES = 6  # words: "rồi nhưng sai giờ họp, để sửa" is none
NOT_YET = re.compile(r"\b(?:chua|khong|ko)\b")
URGENT = re.compile(r"^(?:viec |gui )?khan(?: cap)?\b|^dung la khan\b")
URGENT_WITHIN = timedelta(hours=1)  # a second officer is reminded of an urgent one after this
URGENT_ACTION = "urgent confirmed"  # its name in the audit


# -- the test ----------------------------------------------------------------------------------------------------------------------


def test(moment: Moment, form: Form) -> Turn:
    """The whole text to the officer alone; nothing is sent to others before it was read."""
    if not count_of(form):
        return ask(moment, form.at("card"), say("announce", "reaches_none"))
    return ask(moment, form.filled(tested="").at("tested"), "", SendTest(text_of(moment, form)))


def _hear_tested(moment: Moment, form: Form) -> Turn | None:
    if re.match(r"^gui (?:thu|lai)\b", moment.line):
        return test(moment, form)
    if moment.agrees is False or NOT_YET.search(moment.line):
        asked = choices(
            (say("announce", "tested_no"), "gửi thử lại"), (say("announce", "edit"), "sửa lời"), (say("announce", "stop"), "thôi")
        )
        return moment.turn(TASK, say("announce", "tested_wait"), form=form, choices=asked)
    if moment.agrees is True or (READ.search(moment.line) and len(moment.line.split()) <= MOST_OF_A_YES):
        return ask(moment, form.filled(tested=text_of(moment, form)).at("when"))
    return hear_time_early(moment, form)


def hear_time_early(moment: Moment, form: Form) -> Turn | None:
    """A time that is said before its question: taken where the test was read, otherwise the test comes first."""
    if not count_of(form) or len(moment.line.split()) > MOST_OF_A_TIME_EARLY or parse_sending_time(moment.text, moment.now) is None:
        return None
    return _hear_when(moment, form) if is_tested(moment, form) else ask(moment, form, say("announce", "test_first"))


# -- the time ----------------------------------------------------------------------------------------------------------------------


def _hear_when(moment: Moment, form: Form) -> Turn | None:
    if moment.line in ("hen gio", "hen", "doi gio"):
        return moment.turn(TASK, say("announce", "when_time"), form=form.at("when"))
    heard = SendingTime() if moment.line == "gui" else _heard(moment, str(form.values.get("vague") or ""))
    if heard is None:
        return None
    if heard.past:
        return ask(moment, form.at("when"), say("announce", "when_past"))
    if heard.vague:
        return moment.turn(TASK, say("announce", "when_vague"), form=form.filled(vague=moment.text[:MOST_OF_A_TIME]).at("when"))
    return _timed(moment, form, heard.at, urgent=heard.urgent)


def _heard(moment: Moment, vague: str) -> SendingTime | None:
    """The time said; an hour alone belongs to the day that was said before it."""
    together = parse_sending_time(f"{vague} {moment.text}", moment.now) if vague else None
    if together and together.at and not together.vague:
        return together
    return parse_sending_time(moment.text, moment.now)


def _timed(moment: Moment, form: Form, at: datetime | None, *, urgent: bool = False) -> Turn:
    """A time is taken; in the quiet hours it is offered to wait, and an urgent one is asked for once more."""
    kept = form.filled(starts_at=at.isoformat() if at else "", urgent=False, vague="")
    if urgent:
        return ask(moment, kept.at("urgent"))
    if in_quiet_hours(at or moment.now):
        return ask(moment, kept.at("quiet"))
    return ask(moment, kept.at("sure")) if at else send(moment, kept)


def _hear_quiet(moment: Moment, form: Form) -> Turn | None:
    if URGENT.match(moment.line):
        return ask(moment, form.at("urgent"))
    if moment.agrees is True or moment.line == "gui gio do":
        at = next_allowed(words.starts_at(form.values) or moment.now)
        return _timed(moment, form, at)
    if moment.agrees is False:
        return ask(moment, form.at("when"))
    return _hear_when(moment, form)


def _hear_urgent(moment: Moment, form: Form) -> Turn | None:
    """The second yes, asked on its own."""
    if moment.agrees is True or moment.line in ("dung la khan", "gui khan"):
        kept = form.filled(urgent=True)
        return ask(moment, kept.at("sure")) if words.starts_at(kept.values) else send(moment, kept)
    if moment.agrees is False:
        return ask(moment, form.at("when"))
    return None


def _hear_sure(moment: Moment, form: Form) -> Turn | None:
    if moment.agrees is True:
        return send(moment, form)
    if moment.agrees is False:
        return ask(moment, form.at("when"))
    return None


# -- sending -----------------------------------------------------------------------------------------------------------------------


def send(moment: Moment, form: Form) -> Turn:
    """After the last yes: everything is looked at once more, and asked again where it is not what was agreed to."""
    reach = moment.desk.reach(audience_of(form))
    again = _not_yet(moment, form, reach)
    return again or _submitted(moment, form, reach)


def _not_yet(moment: Moment, form: Form, reach: Reach) -> Turn | None:
    """Why it cannot go out as it was agreed to, or None."""
    at = words.starts_at(form.values)
    if not is_tested(moment, form) or words.unexplained(checks_of(moment, form)) or not reach.count:
        return show_card(moment, form)
    if reach.who != form.values.get("who"):
        before = changed_words(count_of(form), reach.count)
        lines = "\n".join([before, *words.reach_lines(reach), *words.sample_lines(reach)])
        return ask(moment, reached(form, reach).at("sure"), lines)
    if at and at <= moment.now:
        return ask(moment, form.at("when"), say("announce", "when_past"))
    if at is None and in_quiet_hours(moment.now) and not form.values.get("urgent"):
        return ask(moment, form.at("quiet"))
    return None


def changed_words(before: int, count: int) -> str:
    if before == count:
        return say("announce", "changed_same", count=dotted(count))
    return say("announce", "changed", before=dotted(before), count=dotted(count))


def _submitted(moment: Moment, form: Form, reach: Reach) -> Turn:
    """The case is made: approved at once for a few people, otherwise for a second officer."""
    at, second = words.starts_at(form.values), needs_second(form)
    body = words.body_of(form.values, checks_of(moment, form), reach)
    latest = moment.desk.now + URGENT_WITHIN if body["urgent"] else due(CaseKind.ANNOUNCEMENT, moment.desk.now)
    deadline = min(latest, at) if at else latest
    state = State.SUBMITTED if second else State.APPROVED
    effects: list[Effect] = [Submit(form.code, CaseKind.ANNOUNCEMENT, moment.person.area, body, deadline, state)]
    effects += [Change(form.code, action=URGENT_ACTION)] if body["urgent"] else []
    parts = {"code": form.code, "count": dotted(reach.count)}
    if second:
        told = words.at_words(at, moment.today, approved=True)
        effects.append(NotifyOfficers(moment.person.area, for_approval(at, moment.today, urgent=bool(body["urgent"]), **parts)))
        name = "submitted_urgent" if body["urgent"] else "submitted"
        return moment.turn(TASK, say("announce", name, when=told, **parts), *effects)
    effects.append(begin(form.code, at, reach, urgent=bool(body["urgent"])))
    text = say("announce", "scheduled", when=when(at, moment.today), **parts) if at else say("announce", "started", **parts)
    return moment.turn(TASK, text, *effects, choices=papers(form.code))


def for_approval(at: datetime | None, today: date, *, urgent: bool, **parts: str) -> str:
    """What the officers are told who may approve it."""
    told = words.at_words(at, today, approved=True)
    return say("announce", "for_approval_urgent" if urgent else "for_approval", when=told, **parts)


def begin(code: str, at: datetime | None, reach: Reach, *, urgent: bool) -> Start | Schedule:
    return Schedule(code, at, reach.count, reach.who, urgent) if at else Start(code, reach.count, reach.who)


def papers(code: str) -> tuple[Choice, ...]:
    """What the same words are good for besides: the loudspeaker, a text message, a poster."""
    named = (("act_show", ""), ("act_loudspeaker", "bản loa "), ("act_sms", "bản sms "), ("act_poster", "áp phích "))
    return tuple(Choice(say("run", label), f"{verb}{code}") for label, verb in named)


STEPS: dict[str, Callable[[Moment, Form], Turn | None]] = {
    "tested": _hear_tested,
    "when": _hear_when,
    "quiet": _hear_quiet,
    "urgent": _hear_urgent,
    "sure": _hear_sure,
}
