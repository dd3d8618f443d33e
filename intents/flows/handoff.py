"""Questions the bot could not answer go to the right area's officers, with the last lines of the conversation."""

from __future__ import annotations

import re

from intents.clocks import due
from intents.flows.card import area_of, holder
from intents.flows.commune import find_units, unit_choices, unit_value, units_named
from intents.flows.moment import Moment, asks_something, choices, clipped, stops
from intents.records import (
    CaseKind,
    Change,
    DataRequest,
    Join,
    NotifyOfficers,
    State,
    Submit,
)
from intents.slots.opening import parse_opening
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.units import Area, Unit

TASK = "ask_officer"
NAME = "question"
LEAST_QUESTION = 2  # words
WORDS_OF_ITS_OWN = 4  # a message this long beside the wish is the question itself
MOST_OF_A_PLACE = 8  # words
WISH = re.compile(
    r"\b(?:(?:toi|em|con|chau|minh|cho|muon|xin|can|nho) )*(?:gap|noi chuyen (?:voi)?|hoi|goi|chuyen cho) (?:cac )?can bo(?: xa| phuong| tinh)?\b"
)
MOST_CHARACTERS = 600
YES_NO = choices((say("question", "send"), "chuyển"), (say("question", "other"), "hỏi câu khác"), (say("question", "stop"), "thôi"))


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
    told = parse_opening(str(form.values.get("text") or ""), moment.now)
    named = {"commune": told.commune, "district": told.district, "province": told.province}
    units = find_units(named, moment.conversation.place, slips=False) if told.commune else ()
    return units[0].area() if len(units) == 1 else home_of(moment)


def home_of(moment: Moment) -> Area:
    """The person's commune, as far as an earlier case or their role tells it."""
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
