"""One's own registration: where it is, the plan's criteria beside it, changing, withdrawing, confirming what a helper filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intents.clocks import due
from intents.flows import registration
from intents.flows.card import checklist, criteria, holder, state_of, status
from intents.flows.commune import plans_of
from intents.flows.moment import Moment, choices, stops, when
from intents.messages import Choice
from intents.records import Case, CaseKind, Change, Consent, Effect, Notify, NotifyOfficers, State
from intents.slots.answers import parse_slot
from intents.state import Form, Turn
from intents.wording import say

TASK = "registration_status"
WITHDRAW = "withdraw_registration"
OVER = (State.WITHDRAWN, State.DECLINED, State.EXITED)
CHANGED_MIND = re.compile(r"^rut(?: don| di| luon)?$|\b(?:khong (?:muon )?dang ky nua|doi y)\b")
CHECK = re.compile(r"^tieu chi (?:so )?(\d{1,2}) (?:la |da |thi )?(du|dat|co|roi|chua|khong)\b")


def own(moment: Moment) -> list[Case]:
    """The person's registrations, those still alive first."""
    cases = moment.desk.mine(CaseKind.REGISTRATION)
    return sorted(cases, key=lambda case: case.state in OVER)


def show(moment: Moment) -> Turn:
    """ "Đơn của tôi": who holds it, since when, what is next."""
    cases = own(moment)
    if not cases:
        return moment.turn(TASK, say("status", "none"))
    text = "\n\n".join(status(case, moment.today) for case in cases[:3])
    return moment.turn(TASK, text, choices=_options(cases[0]))


def _options(case: Case) -> tuple[Choice, ...]:
    if case.state in OVER:
        return ()
    return choices(
        (say("status", "see_checklist"), f"tiêu chí của đơn {case.code}"),
        (say("status", "change"), f"sửa đơn {case.code}"),
        (say("status", "withdraw"), f"rút đơn {case.code}"),
    )


def one(moment: Moment, code: str) -> Turn:
    """A registration by its code: the household's own, or one it has filled in for others."""
    case = _mine(moment, code)
    if case is None:
        return moment.turn(TASK, say("register", "not_found"))
    return moment.turn(TASK, status(case, moment.today), choices=_options(case))


def _mine(moment: Moment, code: str) -> Case | None:
    case = moment.desk.case(code)
    own_case = case is not None and case.kind is CaseKind.REGISTRATION and moment.person.id in (case.owner, case.subject)
    return case if own_case else None


def _picked(moment: Moment, code: str | None) -> Case | None:
    """The registration of this code, or the only one that is alive."""
    if code:
        return _mine(moment, code)
    return next((case for case in own(moment) if case.state not in OVER), None)


def _which(moment: Moment, task: str, what: str) -> Turn | None:
    """Asks which registration is meant where the person has several; None where there is no doubt."""
    alive = [case for case in own(moment) if case.state not in OVER]
    if len(alive) < 2:
        return None
    options = tuple(
        Choice(say("status", "pick", code=case.code, name=case.body.get("name", "")), f"{what} {case.code}") for case in alive[:6]
    )
    return moment.turn(task, say("status", "which"), choices=options)


def viewers(moment: Moment) -> Turn:
    """ "Ai đã xem đơn của tôi": from the audit."""
    case = _picked(moment, None)
    if case is None:
        return moment.turn(TASK, say("status", "none"))
    seen = moment.desk.viewers(case.code)
    if not seen:
        return moment.turn(TASK, say("status", "no_viewers", code=case.code))
    lines = [say("status", "viewers", code=case.code)]
    lines += [say("status", "viewer", name=name, role=say("role", role), when=when(at, moment.today)) for name, role, at in seen]
    return moment.turn(TASK, "\n".join(lines))


# -- criteria ------------------------------------------------------------------------------------------------------------------------


def show_checklist(moment: Moment, code: str | None) -> Turn:
    """The plan's household criteria as a checklist with its sources."""
    case = _picked(moment, code)
    if case is None:
        return moment.turn(TASK, say("status", "none"))
    plans = plans_of(case.area, str((case.body.get("unit") or {}).get("old_province") or ""))
    if not plans:
        return moment.turn(TASK, say("status", "check_none"))
    text, citations = checklist(case, moment.knowledge.plans[plans[0]])
    return moment.turn(TASK, text, citations=citations)


def tell_criterion(moment: Moment) -> Turn | None:
    """ "tiêu chí 2 đủ": the household's own word on one criterion; None where the message is something else."""
    match = CHECK.match(moment.line)
    case = _picked(moment, None) if match else None
    if match is None or case is None:
        return None
    plans = plans_of(case.area, str((case.body.get("unit") or {}).get("old_province") or ""))
    facts = criteria(moment.knowledge.plans[plans[0]]) if plans else []
    number = int(match[1])
    if not 1 <= number <= len(facts):
        return show_checklist(moment, case.code)
    name = facts[number - 1].question.removeprefix("criteria.household.")
    checks = {**(case.body.get("checks") or {}), name: match[2] not in ("chua", "khong")}
    body = {**case.body, "checks": checks}
    told = Case(**{**{field: getattr(case, field) for field in case.__dataclass_fields__}, "body": body})
    text, citations = checklist(told, moment.knowledge.plans[plans[0]])
    return moment.turn(TASK, text, Change(case.code, None, body, action="criterion told"), citations=citations)


# -- change and withdraw ---------------------------------------------------------------------------------------------------------------


def change(moment: Moment, code: str | None) -> Turn:
    """Opens the registration's form again: at the field that was returned, or at the question what to change."""
    if code is None and (which := _which(moment, TASK, "sửa đơn")):
        return which
    case = _picked(moment, code)
    if case is None:
        return moment.turn(TASK, say("register", "not_found") if code else say("status", "none"))
    if case.state in OVER:
        return moment.turn(TASK, say("status", "cannot_change", code=case.code, state=say("registration_state", case.state.value)))
    form = Form(registration.NAME, "fix", dict(case.body), skipped=_skipped(case), code=case.code, version=case.version)
    if case.state is State.RETURNED and case.note_field:
        values = {**form.values, case.note_field: None} | ({"unit": None} if case.note_field == "commune" else {})
        kept = Form(registration.NAME, case.note_field, values, skipped=_skipped(case), code=case.code, version=case.version)
        return registration.ask(moment, kept, say("status", "reason", reason=case.note) + "\n")
    return registration.again(moment, form)


def _skipped(case: Case) -> tuple[str, ...]:
    """What was left out before is not asked again."""
    return tuple(slot for slot in registration.OPTIONAL if case.body.get(slot) in (None, "", [])) + (
        () if case.body.get("unit") else ("unit",)
    )


def withdraw(moment: Moment, code: str | None) -> Turn:
    """Asks before taking a registration back."""
    if code is None and (which := _which(moment, WITHDRAW, "rút đơn")):
        return which
    case = _picked(moment, code)
    if case is None or case.state in OVER:
        return moment.turn(WITHDRAW, say("status", "nothing_to_withdraw"))
    text = say("status", "withdraw_sure", code=case.code, name=case.body.get("name", ""))
    if case.opened_at:
        text += " " + say("status", "withdraw_logged")
    form = Form("withdraw", "confirm", code=case.code, version=case.version)
    return moment.turn(WITHDRAW, text, form=form, choices=choices((say("status", "yes_withdraw"), "có"), (say("status", "keep"), "không")))


def hear_withdraw(moment: Moment, form: Form) -> Turn | None:
    if moment.agrees is True or CHANGED_MIND.search(moment.line):
        case = _mine(moment, form.code)
        if case is None or case.state in OVER:
            return moment.turn(WITHDRAW, say("status", "nothing_to_withdraw"))
        effects: Sequence[Effect] = [Change(form.code, State.WITHDRAWN, action="withdraw")]
        if case.opened_at:
            effects = [*effects, NotifyOfficers(case.area, say("officer", "withdrawn_case", code=form.code))]
        return moment.turn(WITHDRAW, say("status", "withdrawn", code=form.code), *effects)
    if moment.agrees is False or stops(moment) or "giu" in moment.line.split():
        return moment.turn(WITHDRAW, say("status", "kept"))
    return None


def again_withdraw(moment: Moment, form: Form) -> Turn:
    return withdraw(moment, form.code)


# -- a household confirms what a helper filled in ----------------------------------------------------------------------------------------


def confirm(moment: Moment, code: str) -> Turn:
    """Shows what was filled in for the household and asks for its consent."""
    case = moment.desk.waiting_for(code)
    if case is None:
        return moment.turn("register", say("register", "not_found"))
    text = say(
        "register",
        "confirm_first",
        helper=case.body.get("helper_name") or "",
        name=case.body.get("name") or "",
        place=case.area.label,
    )
    return moment.turn(
        "register",
        f"{text}\n{say('consent', 'wording')}\n{say('consent', 'ask')}",
        form=Form("confirm", "consent", {"confirm": code}, code=case.code),
        choices=registration.YES_NO,
    )


def hear_confirm(moment: Moment, form: Form) -> Turn | None:
    said = parse_slot("confirm", moment.text, moment.now)
    if moment.agrees is False or stops(moment):
        return moment.turn("register", say("consent", "refused"), Change(form.code, State.WITHDRAWN, {}, action="refused by the household"))
    if said.value != "yes":
        return (
            None
            if said.interrupt == "question"
            else moment.turn("register", say("consent", "unclear"), form=form, choices=registration.YES_NO)
        )
    case = moment.desk.waiting_for(str(form.values["confirm"]))
    if case is None:
        return moment.turn("register", say("register", "not_found"))
    body = {name: value for name, value in case.body.items() if name != "confirm"}
    name, helper = str(body.get("name") or ""), str(body.get("helper_name") or "")
    deadline = due(CaseKind.REGISTRATION, moment.desk.now)
    return moment.turn(
        "register",
        say("register", "confirmed", code=case.code, name=name, helper=helper, holder=holder(case.area)),
        Consent(say("consent", "purpose"), say("consent", "version"), say("consent", "wording"), "confirmed by the household"),
        Change(case.code, State.SUBMITTED, body, due_at=deadline, subject=moment.person.id, action="confirmed by the household"),
        Notify(case.owner, say("register", "helper_told", name=name, code=case.code)),
        NotifyOfficers(case.area, say("officer", "new_case", kind=say("case_kind", "registration"), code=case.code)),
    )


def again_confirm(moment: Moment, form: Form) -> Turn:
    return moment.turn("register", say("consent", "ask"), form=form, choices=registration.YES_NO)


def state_text(case: Case) -> str:
    return say("registration_state", state_of(case))
