"""The second officer: sees the whole announcement with its audience and figures, and says yes to the people as they are now."""

from __future__ import annotations

from datetime import datetime

from intents.announcements import Audience
from intents.flows import announcing_card as words
from intents.flows.announcing_sending import begin, changed_words
from intents.flows.moment import Moment, choices, dotted, stops, when
from intents.records import Case, Change, Effect, Notify, Release, State
from intents.slots.sending_time import in_quiet_hours, next_allowed
from intents.state import Form, Turn
from intents.wording import say

TASK = "review"
STEP = "send_sure"


def content(moment: Moment, case: Case) -> list[str]:
    """The card for the officer who decides: everything the author has seen, with the reasons for figures no plan confirms."""
    body = case.body
    audience = Audience.read(body["audience"])
    at = words.at_words(words.starts_at(body), moment.today, approved=True)
    count = dotted(int(body.get("count") or 0))
    reach = moment.desk.reach(audience)
    lines = [say("announce", "for_review", audience=words.audience_words(audience), count=count, when=at)]
    lines += [say("announce", "approve_urgent")] if body.get("urgent") else []
    lines += [changed_words(int(body.get("count") or 0), reach.count)] if reach.who != body.get("who") else []
    lines += [*words.reach_lines(reach), *words.village_lines(audience), *words.sample_lines(reach)]
    lines += words.check_lines(body.get("checks") or ())
    return [*lines, say("announce", "whole", text=words.framed(str(body["text"]), case.code, case.area))]


def ask(moment: Moment, case: Case, form: Form) -> Turn:
    """ "duyệt": once more with the people as they are now."""
    reach = moment.desk.reach(Audience.read(case.body["audience"]))
    if not reach.count:
        return moment.turn(TASK, say("announce", "approve_nobody", code=case.code), Release(case.code))
    at, notes = _when(moment, case)
    lines = [changed_words(int(case.body.get("count") or 0), reach.count)] if reach.who != case.body.get("who") else []
    lines += [*notes, *words.reach_lines(reach)]
    told = words.at_words(at, moment.today)
    lines.append(say("announce", "approve_sure", code=case.code, when=told, count=dotted(reach.count)))
    kept = form.filled(who=reach.who).at(STEP)
    return moment.turn(
        TASK, "\n".join(lines), form=kept, choices=choices((say("officer", "yes"), "đồng ý"), (say("officer", "no"), "thôi"))
    )


def _when(moment: Moment, case: Case) -> tuple[datetime | None, list[str]]:
    """When it would begin if it were approved now (None: at once), and what has to be said about that."""
    at = words.starts_at(case.body)
    notes = [say("announce", "approve_urgent")] if case.body.get("urgent") else []
    if at and at <= moment.now:
        notes.append(say("announce", "approve_late"))
        at = None
    if at is None and in_quiet_hours(moment.now) and not case.body.get("urgent"):
        at = next_allowed(moment.now)
        notes.append(say("announce", "approve_quiet", when=when(at, moment.today)))
    return at, notes


def hear_sure(moment: Moment, case: Case, form: Form) -> Turn | None:
    """The second person's yes; people who have come or gone since it was asked are told first."""
    if moment.agrees is False or stops(moment):
        return moment.turn(TASK, say("officer", "released", code=case.code), Release(case.code))
    if moment.agrees is not True:
        return None
    reach = moment.desk.reach(Audience.read(case.body["audience"]))
    if reach.who != form.values.get("who") or not reach.count:
        return ask(moment, case, form)
    at, _ = _when(moment, case)
    urgent = bool(case.body.get("urgent"))
    body = {**case.body, "count": reach.count, "who": reach.who, "starts_at": at.isoformat() if at else "", "second": moment.person.id}
    action = "announcement approved, urgent" if urgent else "announcement approved"
    parts = {"code": case.code, "count": dotted(reach.count)}
    effects: list[Effect] = [Change(case.code, State.APPROVED, body, action=action), begin(case.code, at, reach, urgent=urgent)]
    effects.append(Notify(case.owner, say("announce", "approved_notice", when=words.at_words(at, moment.today), **parts)))
    text = say("announce", "approved_later", when=when(at, moment.today), **parts) if at else say("announce", "approved_now", **parts)
    return moment.turn(TASK, text, *effects)
