"""Officers answer what the bot could not; an answer can become knowledge once a second person stands for it."""

from __future__ import annotations

from dataclasses import replace

from intents.clocks import due
from intents.flows import queue
from intents.flows.card import holder
from intents.flows.moment import Moment, choices, hesitates, stops
from intents.records import (
    Case,
    CaseKind,
    Change,
    Notify,
    NotifyOfficers,
    Publish,
    Release,
    State,
    Submit,
)
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import in_words
from knowledge.units import Area

REVIEW = "review"
LEAST_QUESTION = 2  # words
LEAST_ANSWER = 3  # words
MOST_CHARACTERS = 600


def write_answer(moment: Moment, form: Form) -> Turn:
    """ "trả lời [lời]": with the words at once, or asked for."""
    words = moment.text.strip().split(None, 2)[2:]
    kept = form.at("answer")
    if words and len(words[0]) > LEAST_QUESTION:
        return hear_answer(replace(moment, text=words[0]), kept)
    return moment.turn(REVIEW, say("question", "write_answer"), form=kept)


def hear_answer(moment: Moment, form: Form) -> Turn:
    """Shows the answer as it will be sent, and asks before it goes out."""
    if stops(moment) or hesitates(moment):
        return moment.turn(REVIEW, say("officer", "released", code=form.code), Release(form.code))
    answer = moment.text.strip()[:MOST_CHARACTERS]
    if len(moment.line.split()) < LEAST_ANSWER:
        return moment.turn(REVIEW, say("question", "write_answer"), form=form)
    count = len(moment.desk.askers(form.code))
    options = choices((say("question", "send_answer"), "gửi"), (say("officer", "write_again"), "viết lại"), (say("officer", "no"), "thôi"))
    text = say("question", "answer_preview", answer=answer, count=count)
    return moment.turn(REVIEW, text, form=form.filled(answer=answer).at("answer_sure"), choices=options)


def hear_answer_sure(moment: Moment, form: Form) -> Turn | None:
    """Sends the answer to everyone who asked, in the officer's own words."""
    if moment.agrees is not True:
        return queue.second_thoughts(moment, form, say("question", "write_answer"), "answer")
    case = moment.desk.case(form.code)
    if case is None or not moment.person.may_decide(case.area, case.owner):
        return moment.turn(REVIEW, say("officer", "not_yours", code=form.code))
    if case.version != form.version or case.held_by_other(moment.person.id, moment.now):
        return moment.turn(REVIEW, say("officer", "conflict", code=case.code, state=say("question_state", case.state.value)))
    answer = str(form.values["answer"])
    day = in_words(moment.today)
    told = say("question", "reply", code=case.code, text=case.body["text"], answer=answer, holder=holder(case.area), day=day)
    askers = moment.desk.askers(case.code)
    effects = [Notify(person, told) for person in askers]
    change = Change(case.code, State.ANSWERED, note=answer, action="answered")
    text = say("question", "answered", code=case.code, count=len(askers))
    if not (case.body.get("plan") and case.body.get("question")):
        return moment.turn(REVIEW, text, change, *effects)
    kept = Form("draft", "offer", {"answer": answer, "asked": case.body["text"]}, code=case.code)
    options = choices((say("question", "to_knowledge"), "lưu kiến thức"), (say("officer", "no"), "thôi"))
    return moment.turn(REVIEW, text, change, *effects, form=kept, choices=options)


def hear_draft(moment: Moment, form: Form) -> Turn | None:
    """Turns an answer into a draft entry: needs its source, and a second person."""
    if stops(moment) or moment.line in ("khong", "2"):
        return moment.turn(REVIEW, say("officer", "cancelled"))
    if form.step == "offer":
        if "kien thuc" in moment.line or moment.line in ("1", "luu"):
            return moment.turn(REVIEW, say("question", "source"), form=form.at("source"))
        return None
    return hear_source(moment, form)


def hear_source(moment: Moment, form: Form) -> Turn:
    source = moment.text.strip()[:300]
    case = moment.desk.case(form.code)
    if len(source) < 6 or case is None:
        return moment.turn(REVIEW, say("question", "source"), form=form)
    code = moment.desk.fresh_code("KT")
    kept = {"asked": form.values["asked"], "answer": form.values["answer"], "source": source}
    body = kept | {"plan": case.body["plan"], "question": case.body["question"], "from": case.code}
    area = Area(case.area.province, case.area.commune)
    deadline = due(CaseKind.DRAFT, moment.desk.now)
    notice = NotifyOfficers(area, say("officer", "new_case", kind=say("case_kind", "draft"), code=code))
    return moment.turn(REVIEW, say("question", "drafted", code=code), Submit(code, CaseKind.DRAFT, area, body, deadline), notice)


def again_draft(moment: Moment, form: Form) -> Turn:
    return moment.turn(REVIEW, say("question", "source"), form=form.at("source"))


def publish(moment: Moment, case: Case) -> Turn:
    """A second person's approval makes the draft an answer for its area."""
    if case.owner == moment.person.id:
        return moment.turn(REVIEW, say("question", "second_person", code=case.code))
    body = case.body
    published = Publish(case.code, body["plan"], body["question"], case.area, body["answer"], body["source"])
    text = say("question", "published", code=case.code, area=case.area.label)
    return moment.turn(REVIEW, text, Change(case.code, State.APPROVED, action="draft approved"), published)
