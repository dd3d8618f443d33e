"""Answers reported as wrong: reviewed, switched off at once where needed, and back on; who and why is kept."""

from __future__ import annotations

from intents.clocks import due
from intents.flows.handoff import home_of
from intents.flows.moment import Moment, stops
from intents.records import (
    CaseKind,
    Change,
    Claim,
    NotifyOfficers,
    State,
    Submit,
    SwitchAnswer,
)
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words

TASK = "ask_officer"
REVIEW = "review"
LEAST_REASON = 3  # words


def flag(moment: Moment) -> Turn:
    """ "câu trả lời chưa đúng": a review item tied to the exact answer."""
    kept = moment.conversation
    if not kept.lines or not kept.question:
        return moment.turn(TASK, say("flag", "nothing"))
    said, answered = kept.lines[-1]
    code = moment.desk.fresh_code("SA")
    plan = kept.plans[0] if kept.plans else kept.plan or ""
    body = {"asked": said, "answered": answered, "question": kept.question, "plan": plan}
    area = home_of(moment)
    deadline = due(CaseKind.FLAG, moment.desk.now)
    notice = NotifyOfficers(area, say("officer", "new_case", kind=say("case_kind", "flag"), code=code))
    return moment.turn(TASK, say("flag", "thanks", code=code), Submit(code, CaseKind.FLAG, area, body, deadline), notice)


def judge_flag(moment: Moment, form: Form, *, off: bool) -> Turn:
    case = moment.desk.case(form.code)
    if case is None or case.kind is not CaseKind.FLAG:
        return moment.turn(REVIEW, say("flag", "which_off"))
    if not off:
        return moment.turn(REVIEW, say("flag", "kept"), Change(case.code, State.CLOSED, action="answer kept"))
    values = {"plan": case.body["plan"], "question": case.body["question"]}
    return moment.turn(REVIEW, say("flag", "why_off"), form=form.filled(**values).at("why_off"))


def switch_off(moment: Moment) -> Turn:
    """ "tắt câu trả lời": the answer the officer has just been given."""
    kept = moment.conversation
    if not kept.question or not (kept.plans or kept.plan):
        return moment.turn(REVIEW, say("flag", "which_off"))
    values = {"plan": kept.plans[0] if kept.plans else kept.plan, "question": kept.question}
    text = say("flag", "about", title=title(moment, kept.question)) + "\n" + say("flag", "why_off")
    return moment.turn(REVIEW, text, form=Form("review", "why_off", values))


def title(moment: Moment, question: str) -> str:
    """A question's title in words, its id where it has none."""
    rule = moment.knowledge.rules.get(question)
    return rule.title if rule else moment.knowledge.titles.get(question, question)


def hear_why_off(moment: Moment, form: Form) -> Turn:
    if stops(moment):
        return moment.turn(REVIEW, say("officer", "cancelled"))
    reason = moment.text.strip()[:200]
    if len(moment.line.split()) < LEAST_REASON or "tat cau tra loi" in moment.line:
        return moment.turn(REVIEW, say("flag", "why_off"), form=form)
    plan, question = str(form.values["plan"]), str(form.values["question"])
    effects = [Change(form.code, State.CLOSED, note=reason, action="answer switched off")] if form.code else []
    claim = [Claim(form.code, moment.desk.now)] if form.code else []
    off = SwitchAnswer(plan, question, True, reason)
    return moment.turn(REVIEW, say("flag", "off_done", title=title(moment, question), question=question), *claim, *effects, off)


def switch_on(moment: Moment) -> Turn:
    """ "bật lại <mục>": the answer named, or the only one that is off."""
    off = moment.desk.switches()
    named = [one for one in off if one.question in moment.text] or (list(off) if len(off) == 1 else [])
    if not named:
        return show_switches(moment) if off else moment.turn(REVIEW, say("flag", "none_off"))
    return moment.turn(REVIEW, say("flag", "on_done"), *(SwitchAnswer(one.plan, one.question, False) for one in named[:1]))


def show_switches(moment: Moment) -> Turn:
    off = moment.desk.switches()
    if not off:
        return moment.turn(REVIEW, say("flag", "none_off"))
    lines = [say("flag", "switches")]
    lines += [
        say(
            "flag",
            "switch_line",
            question=one.question,
            plan=one.plan,
            reason=one.reason,
            by=one.by,
            day=in_words(one.at.astimezone(ZONE).date()),
        )
        for one in off[:10]
    ]
    return moment.turn(REVIEW, "\n".join(lines))
