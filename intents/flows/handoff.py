"""Questions the bot could not answer go to officers and come back; what they answer can become knowledge; answers reported as
wrong are reviewed, and switched off at once where needed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from intents.clocks import due
from intents.flows.card import area_of, holder
from intents.flows.commune import find_units, unit_choices, unit_value, units_named
from intents.flows.moment import Moment, asks_something, choices, clipped, stops
from intents.records import (
    Case,
    CaseKind,
    Change,
    Claim,
    DataRequest,
    Join,
    Notify,
    NotifyOfficers,
    Publish,
    Release,
    State,
    Submit,
    SwitchAnswer,
)
from intents.slots.opening import parse_opening
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.units import Area, Unit

TASK = "ask_officer"
REVIEW = "review"
NAME = "question"
LEAST_QUESTION = 2  # words
LEAST_ANSWER = 3  # words
LEAST_REASON = 3  # words
WORDS_OF_ITS_OWN = 4  # a message this long beside the wish is the question itself
MOST_OF_A_PLACE = 8  # words
WISH = re.compile(
    r"\b(?:(?:toi|em|con|chau|minh|cho|muon|xin|can|nho) )*(?:gap|noi chuyen (?:voi)?|hoi|goi|chuyen cho) (?:cac )?can bo(?: xa| phuong| tinh)?\b"
)
MOST_CHARACTERS = 600
YES_NO = choices((say("question", "send"), "chuyển"), (say("question", "other"), "hỏi câu khác"), (say("question", "stop"), "thôi"))


# -- the person asks ----------------------------------------------------------------------------------------------------------------------


def start(moment: Moment) -> Turn:
    """ "gặp cán bộ": offers the question asked last, or asks for one."""
    kept = moment.conversation
    plans = kept.plans
    values = {"label": kept.question, "plan": plans[0] if plans else kept.plan}
    form = Form(NAME, "text", values)
    last = kept.lines[-1][0] if kept.lines and kept.asked else ""
    told = WISH.sub("", moment.line).strip()
    if len(told.split()) >= WORDS_OF_ITS_OWN:
        return _placed(moment, form.filled(text=moment.text.strip()[:MOST_CHARACTERS], label=""))
    if last:
        return _placed(moment, form.filled(text=last[:MOST_CHARACTERS]))
    return moment.turn(TASK, say("question", "ask"), form=form)


def hear(moment: Moment, form: Form) -> Turn | None:
    return STEPS[form.step](moment, form)


def _hear_text(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("question", "cancelled"))
    if len(moment.line.split()) < LEAST_QUESTION:
        return moment.turn(TASK, say("question", "ask"), form=form)
    return _placed(moment, form.filled(text=moment.text.strip()[:MOST_CHARACTERS], label=""))


def _placed(moment: Moment, form: Form) -> Turn:
    """Goes on to the last look once it is known whose officers are asked."""
    if not _area(moment, form).commune and not form.values.get("placeless"):
        return moment.turn(TASK, say("question", "place"), form=form.at("place"))
    return _sure(moment, form)


def _sure(moment: Moment, form: Form) -> Turn:
    text = say("question", "sure", holder=named_holder(_area(moment, form)), text=form.values["text"])
    return moment.turn(TASK, text, form=form.at("sure"), choices=YES_NO)


def named_holder(area: Area) -> str:
    """Who is asked, with the province, so that a wrong place is noticed."""
    return f"{holder(area)} ({area.province})" if area.commune and area.province else holder(area)


def _area(moment: Moment, form: Form) -> Area:
    """The commune of the question: told for it, or known of an earlier case or of the person's role."""
    if form.values.get("unit"):
        return area_of({"unit": form.values["unit"]})
    for kind in (CaseKind.REGISTRATION, CaseKind.QUESTION):
        for case in moment.desk.mine(kind):
            if case.area.commune:
                return Area(case.area.province, case.area.commune, "", case.area.former)
    own = moment.person.area
    return Area(own.province, own.commune) if own.commune else Area()


def _hear_sure(moment: Moment, form: Form) -> Turn | None:
    if moment.line in ("hoi cau khac", "cau khac"):
        return moment.turn(TASK, say("question", "ask"), form=form.at("text"))
    if moment.line in ("xa khac", "khong phai xa nay", "sai xa", "noi khac"):
        return moment.turn(TASK, say("question", "place"), form=form.filled(unit=None).at("place"))
    if moment.agrees is True or moment.line in ("chuyen", "chuyen di"):
        return _send(moment, form)
    if stops(moment) or moment.agrees is False:
        return moment.turn(TASK, say("question", "cancelled"))
    if len(moment.line.split()) >= WORDS_OF_ITS_OWN and not WISH.search(moment.line):
        return _placed(moment, form.filled(text=moment.text.strip()[:MOST_CHARACTERS], label=""))
    return None


def _hear_place(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("question", "cancelled"))
    if moment.line in ("bo qua", "khong biet", "khong nho"):
        return _sure(moment, form.filled(placeless=True))
    options = form.values.get("options") or []
    if moment.line.isdigit():
        if 1 <= int(moment.line) <= len(options):
            return _sure(moment, form.filled(unit=options[int(moment.line) - 1], options=None))
        return moment.turn(TASK, say("question", "place"), form=form)
    if any(char.isdigit() for char in moment.text) and len(moment.line.split()) > MOST_OF_A_PLACE:
        return moment.turn(TASK, say("question", "place"), form=form)
    units = _units(moment)
    if len(units) == 1:
        return _sure(moment, form.filled(unit=unit_value(units[0])))
    if units:
        picks = unit_choices(units)
        kept = form.filled(options=[unit_value(unit) for unit in units[: len(picks)]])
        return moment.turn(TASK, say("register", "which_commune"), form=kept, choices=picks)
    if asks_something(moment):
        return None
    return moment.turn(TASK, say("question", "no_place"), form=form)


def _units(moment: Moment) -> tuple[Unit, ...]:
    opening = parse_opening(moment.text, moment.now)
    if opening.commune:
        named = {"commune": opening.commune, "district": opening.district, "province": opening.province}
        if found := find_units(named, moment.conversation.place):
            return found
    if len(moment.line.split()) > MOST_OF_A_PLACE:
        return ()
    return units_named(moment.text, moment.conversation.place)


def _send(moment: Moment, form: Form) -> Turn:
    area = _area(moment, form)
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
    request = [DataRequest(text[:80], deadline, code=code)] if form.values.get("data") else []
    return moment.turn(TASK, told, Submit(code, CaseKind.QUESTION, area, body, deadline), *request, notice)


def data_request(moment: Moment) -> Turn:
    """ "yêu cầu về dữ liệu": what the machine cannot do by itself goes to an officer with the law's clock."""
    return moment.turn(TASK, say("question", "ask_data"), form=Form(NAME, "text", {"data": True}))


def mine(moment: Moment) -> Turn:
    """ "Câu hỏi của tôi": each with its state and its answer."""
    cases = moment.desk.mine(CaseKind.QUESTION)
    if not cases:
        return moment.turn(TASK, say("question", "none"))
    lines = [say("question", "mine")]
    for case in cases[:5]:
        state = say("question_state", case.state.value)
        lines.append(say("question", "mine_line", code=case.code, text=clipped(str(case.body.get("text", ""))), state=state))
        if case.note:
            lines.append(f"  {case.note}")
    lines.append(say("question", "how_to_withdraw"))
    return moment.turn(TASK, "\n".join(lines))


def withdraw(moment: Moment, code: str) -> Turn:
    """ "rút câu hỏi CH-…": nobody has to answer it any more."""
    case = moment.desk.case(code)
    if case is None or case.kind is not CaseKind.QUESTION or case.owner != moment.person.id or case.state is not State.SUBMITTED:
        return mine(moment)
    return moment.turn(TASK, say("question", "withdrawn", code=code), Change(code, State.WITHDRAWN, action="withdraw"))


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
