"""Questions the bot could not answer go to officers and come back; what they answer can become knowledge; answers reported as
wrong are reviewed, and switched off at once where needed.
"""

from __future__ import annotations

from dataclasses import replace

from intents.clocks import due
from intents.flows.card import area_of, holder
from intents.flows.commune import find_units, unit_choices, unit_value, units_named
from intents.flows.moment import Moment, choices, stops
from intents.records import (
    Case,
    CaseKind,
    Change,
    Claim,
    Join,
    Notify,
    NotifyOfficers,
    Publish,
    Release,
    State,
    Submit,
    SwitchAnswer,
)
from intents.slots.answers import parse_slot
from intents.slots.opening import parse_opening
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.units import Area

TASK = "ask_officer"
REVIEW = "review"
NAME = "question"
LEAST_QUESTION = 2  # words
LEAST_ANSWER = 3  # words
LEAST_REASON = 3  # words
MOST_CHARACTERS = 600
YES_NO = choices((say("question", "send"), "chuyển"), (say("question", "other"), "hỏi câu khác"), (say("question", "stop"), "thôi"))


# -- the person asks ----------------------------------------------------------------------------------------------------------------------


def start(moment: Moment) -> Turn:
    """ "gặp cán bộ": offers the question asked last, or asks for one."""
    last = moment.conversation.asked
    place = moment.conversation.place
    values = {"where": {"commune": _commune_of(moment), "province": ""}, "place": place, "label": moment.conversation.question}
    plans = moment.conversation.plans
    form = Form(NAME, "text", values | {"plan": plans[0] if plans else moment.conversation.plan})
    if last:
        return _sure(moment, form.filled(text=last[:MOST_CHARACTERS]))
    return moment.turn(TASK, say("question", "ask"), form=form)


def _commune_of(moment: Moment) -> str:
    """The commune that is known of the person: of a registration, or of a role."""
    for case in moment.desk.mine(CaseKind.REGISTRATION):
        if case.area.commune:
            return case.area.commune
    return moment.person.area.commune


def hear(moment: Moment, form: Form) -> Turn | None:
    return STEPS[form.step](moment, form)


def _hear_text(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("question", "cancelled"))
    if len(moment.line.split()) < LEAST_QUESTION:
        return moment.turn(TASK, say("question", "ask"), form=form)
    return _sure(moment, form.filled(text=moment.text.strip()[:MOST_CHARACTERS], label=""))


def _sure(moment: Moment, form: Form) -> Turn:
    area = _area(moment, form)
    text = say("question", "sure", holder=holder(area), text=form.values["text"])
    return moment.turn(TASK, text, form=form.at("sure"), choices=YES_NO)


def _stops(moment: Moment) -> bool:
    return stops(moment)


def _area(moment: Moment, form: Form) -> Area:
    if form.values.get("unit"):
        return area_of({"unit": form.values["unit"]})
    for case in moment.desk.mine(CaseKind.REGISTRATION):
        if case.area.commune:
            return Area(case.area.province, case.area.commune, "", case.area.former)
    if moment.person.area.commune:
        return Area(moment.person.area.province, moment.person.area.commune)
    return Area()


def _hear_sure(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("question", "cancelled"))
    if "khac" in moment.line.split() or moment.line == "2":
        return moment.turn(TASK, say("question", "ask"), form=form.at("text"))
    if moment.agrees is True or moment.line.startswith("chuyen") or moment.line == "1":
        return _send(moment, form)
    return moment.turn(TASK, say("question", "cancelled")) if moment.agrees is False else None


def _hear_place(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("question", "cancelled"))
    if moment.line in ("bo qua", "khong biet", "khong nho"):
        return _send(moment, form.filled(placeless=True))
    options = form.values.get("options") or []
    if moment.line.isdigit() and 1 <= int(moment.line) <= len(options):
        return _send(moment, form.filled(unit=options[int(moment.line) - 1], options=None))
    opening = parse_opening(moment.text, moment.now)
    commune = opening.commune or parse_slot("commune", moment.text, moment.now).value or moment.text
    units = find_units({"commune": commune, "district": opening.district, "province": opening.province}, moment.conversation.place)
    units = units or units_named(moment.text, moment.conversation.place)
    if len(units) == 1:
        return _send(moment, form.filled(unit=unit_value(units[0])))
    if units:
        picks = unit_choices(units)
        kept = form.filled(options=[unit_value(unit) for unit in units[: len(picks)]])
        return moment.turn(TASK, say("register", "which_commune"), form=kept, choices=picks)
    return moment.turn(TASK, say("question", "no_place"), form=form)


def _send(moment: Moment, form: Form) -> Turn:
    area = _area(moment, form)
    if not area.commune and not form.values.get("placeless"):
        return moment.turn(TASK, say("question", "place"), form=form.at("place"))
    text = str(form.values["text"])
    same = moment.desk.same_question(text, area)
    if same and same.state is State.ANSWERED:
        day = in_words(same.changed_at.astimezone(ZONE).date())
        return moment.turn(TASK, say("question", "answered_before", day=day, answer=same.note))
    if same:
        return moment.turn(TASK, say("question", "joined", code=same.code, holder=holder(area)), Join(same.code))
    code = moment.desk.fresh_code("CH")
    deadline = due(CaseKind.QUESTION, moment.desk.now)
    lines = [list(line) for line in moment.conversation.lines]
    body = {"text": text, "lines": lines, "question": form.values.get("label") or "", "plan": form.values.get("plan") or ""}
    notice = NotifyOfficers(area, say("officer", "new_case", kind=say("case_kind", "question"), code=code))
    day = in_words(deadline.astimezone(ZONE).date())
    told = say("question", "sent", code=code, holder=holder(area), due=day)
    return moment.turn(TASK, told, Submit(code, CaseKind.QUESTION, area, body, deadline), notice)


STEPS = {"text": _hear_text, "sure": _hear_sure, "place": _hear_place}


def again(moment: Moment, form: Form) -> Turn:
    if form.step == "sure":
        return _sure(moment, form)
    return moment.turn(TASK, say("question", "place" if form.step == "place" else "ask"), form=form)


# -- the officer answers --------------------------------------------------------------------------------------------------------------------


def write_answer(moment: Moment, form: Form) -> Turn:
    """ "trả lời [lời]": with the words at once, or asked for."""
    words = moment.text.strip().split(None, 2)[2:]
    kept = form.at("answer")
    if words and len(words[0]) > LEAST_QUESTION:
        return hear_answer(replace(moment, text=words[0]), kept)
    return moment.turn(REVIEW, say("question", "write_answer"), form=kept)


def hear_answer(moment: Moment, form: Form) -> Turn:
    """Shows the answer as it will be sent, and asks before it goes out."""
    if stops(moment):
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
    if moment.line == "viet lai":
        return moment.turn(REVIEW, say("question", "write_answer"), form=form.at("answer"))
    if stops(moment) or moment.agrees is False:
        return moment.turn(REVIEW, say("officer", "released", code=form.code), Release(form.code))
    if moment.agrees is not True:
        return None
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


# -- an answer that is wrong ----------------------------------------------------------------------------------------------------------------


def flag(moment: Moment) -> Turn:
    """ "câu trả lời chưa đúng": a review item tied to the exact answer."""
    kept = moment.conversation
    if not kept.lines or not kept.question:
        return moment.turn(TASK, say("flag", "nothing"))
    said, answered = kept.lines[-1]
    code = moment.desk.fresh_code("SA")
    plan = kept.plans[0] if kept.plans else kept.plan or ""
    body = {"asked": said, "answered": answered, "question": kept.question, "plan": plan}
    area = _area(moment, Form(NAME, "flag"))
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
