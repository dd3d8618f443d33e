"""What an officer decides: approve, verify, return with the field and a plain reason, decline with a reason; in bulk with a preview.

Every decision looks again at the case in its own transaction: somebody else's change since it was opened is a conflict, told
and not overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intents.flows import announcement_review, officer_answers, queue, report_card, wrong_answers
from intents.flows.card import SLOTS
from intents.flows.moment import Moment, choices, hesitates, stops
from intents.messages import Choice
from intents.records import Case, CaseKind, Change, Claim, Effect, Notify, Release, State
from intents.state import Form, Turn
from intents.wording import group, say
from knowledge.vietnamese import fold

TASK = queue.TASK
LEAST_REASON = 3  # words
MOST_BULK = 200
SHOWN = 8


@dataclass(frozen=True)
class Decision:
    """A step an officer may take: from which states, to which, of which kinds, and whether it needs words."""

    to: State
    of: tuple[CaseKind, ...]
    before: tuple[State, ...]
    reason: bool = False
    field: bool = False
    notice: str = ""


REGISTRATION, REPORT = (CaseKind.REGISTRATION,), (CaseKind.REPORT,)
WAITING = (State.SUBMITTED, State.VERIFIED)
ANY = (CaseKind.REGISTRATION, CaseKind.REPORT, CaseKind.QUESTION, CaseKind.DRAFT, CaseKind.ANNOUNCEMENT)
DECISIONS: dict[str, tuple[Decision, ...]] = {
    "ghi nhan": (Decision(State.APPROVED, REGISTRATION, (State.SUBMITTED, State.RETURNED), notice="approved_notice"),),
    "xac minh": (Decision(State.VERIFIED, REPORT, (State.SUBMITTED,), notice="verified_notice"),),
    "duyet": (
        Decision(State.APPROVED, REPORT, (State.VERIFIED,), notice="approved_notice"),
        Decision(State.APPROVED, REGISTRATION, (State.SUBMITTED, State.RETURNED), notice="approved_notice"),
        Decision(State.APPROVED, (CaseKind.DRAFT, CaseKind.ANNOUNCEMENT), (State.SUBMITTED,)),
    ),
    "tra lai": (Decision(State.RETURNED, REGISTRATION + REPORT, WAITING, reason=True, field=True, notice="returned_notice"),),
    "tu choi": (Decision(State.DECLINED, ANY, WAITING, reason=True, notice="declined_notice"),),
    "mo lai": (
        Decision(
            State.SUBMITTED, REGISTRATION + REPORT, (State.APPROVED, State.DECLINED, State.EXITED), reason=True, notice="reopened_notice"
        ),
    ),
    "da thoat ngheo": (Decision(State.EXITED, REGISTRATION, (State.APPROVED,), notice="exited_notice"),),
}


def by_words(moment: Moment, words: str, code: str) -> Turn:
    """ "duyệt BC-…": opens the case unless it is open already, then decides."""
    form = moment.form
    if form is None or form.name != queue.NAME or form.code != code:
        opened = queue.open_case(moment, code)
        if opened.conversation.form is None and words == "mo lai":
            case = moment.desk.case(code)
            return _decide(moment, Form(queue.NAME, "decide", code=code, version=case.version if case else 0), words)
        if opened.conversation.form is None:
            return opened
        form = opened.conversation.form
        decided = _decide(moment, form, words)
        return replace(decided, effects=(*opened.effects, *decided.effects))
    return _decide(moment, form, words)


def hear(moment: Moment, form: Form) -> Turn | None:
    """The next word on the case that is open."""
    return STEPS[form.step](moment, form)


def _hear_decide(moment: Moment, form: Form) -> Turn | None:
    line = moment.line
    if line in ("tha ra", "tha", "thoi", "bo qua", "de sau"):
        return moment.turn(TASK, say("officer", "released", code=form.code), Release(form.code))
    if line.startswith("tra loi"):
        return officer_answers.write_answer(moment, form)
    if line in ("tat cau tra loi", "tat", "giu cau tra loi", "giu"):
        return wrong_answers.judge_flag(moment, form, off=line.startswith("tat"))
    if moment.agrees is not None:
        return again(moment, form)
    return _decide(moment, form, line) if line in DECISIONS else None


def _decide(moment: Moment, form: Form, words: str) -> Turn:
    found = _allowed(moment, form, words)
    if isinstance(found, Turn):
        return found
    case, decision = found
    if decision.field:
        kept = form.filled(words=words).at("field")
        return moment.turn(TASK, say("officer", "which_field"), form=kept, choices=_fields(case.kind))
    if decision.reason:
        return moment.turn(TASK, say("officer", "why"), form=form.filled(words=words).at("reason"))
    if case.kind is CaseKind.DRAFT:
        return officer_answers.publish(moment, case)
    if case.kind is CaseKind.ANNOUNCEMENT:
        return announcement_review.ask(moment, case, form)
    return _done(moment, case, decision, "", "")


def _allowed(moment: Moment, form: Form, words: str) -> tuple[Case, Decision] | Turn:
    """The case as it is now and the decision, or the turn that says why not."""
    case = moment.desk.case(form.code)
    if case is None or not moment.person.may_decide(case.area, case.owner):
        return moment.turn(TASK, say("officer", "not_yours", code=form.code))
    if case.held_by_other(moment.person.id, moment.now) or case.version != form.version:
        return moment.turn(TASK, say("officer", "conflict", code=case.code, state=queue.state_words(case)))
    decision = next((one for one in DECISIONS[words] if case.kind in one.of and case.state in one.before), None)
    if decision is None:
        early = case.kind is CaseKind.REPORT and words == "duyet" and case.state is State.SUBMITTED
        text = (
            say("officer", "too_early", code=case.code)
            if early
            else say("officer", "already", code=case.code, state=queue.state_words(case))
        )
        return moment.turn(TASK, text, form=form.at("decide"), choices=queue.moves(case))
    return case, decision


def _fields(kind: CaseKind) -> tuple[Choice, ...]:
    if kind is CaseKind.REGISTRATION:
        return tuple(Choice(say("field", slot), say("field", slot)) for slot in SLOTS)
    return tuple(Choice(say("report_field", name), say("report_field", name)) for name in report_card.FIELDS)


def _hear_field(moment: Moment, form: Form) -> Turn | None:
    case = moment.desk.case(form.code)
    if moment.line in ("thoi", "quay lai") or case is None:
        return moment.turn(TASK, say("officer", "released", code=form.code), Release(form.code))
    names = group("field" if case.kind is CaseKind.REGISTRATION else "report_field")
    field = next((name for name, label in names.items() if fold(label) in moment.line), None)
    if field is None:
        return moment.turn(TASK, say("officer", "which_field"), form=form, choices=_fields(case.kind))
    return moment.turn(TASK, say("officer", "why"), form=form.filled(field=field).at("reason"))


def _hear_reason(moment: Moment, form: Form) -> Turn | None:
    """The reason is shown as the person will read it before anything happens."""
    if stops(moment) or hesitates(moment):
        return moment.turn(TASK, say("officer", "released", code=form.code), Release(form.code))
    reason = moment.text.strip()[:500]
    if len(moment.line.split()) < LEAST_REASON:
        return moment.turn(TASK, say("officer", "why_short"), form=form)
    options = choices((say("officer", "yes"), "đồng ý"), (say("officer", "write_again"), "viết lại"), (say("officer", "no"), "thôi"))
    action = ACTIONS[str(form.values["words"])]
    text = say("officer", "reason_sure", action=action, code=form.code, reason=reason)
    return moment.turn(TASK, text, form=form.filled(reason=reason).at("reason_sure"), choices=options)


def _hear_reason_sure(moment: Moment, form: Form) -> Turn | None:
    if moment.agrees is not True:
        return queue.second_thoughts(moment, form, say("officer", "why"), "reason")
    found = _allowed(moment, form, str(form.values["words"]))
    if isinstance(found, Turn):
        return found
    return _done(moment, *found, str(form.values["reason"]), str(form.values.get("field") or ""))


ACTIONS = {"tra lai": "Trả lại", "tu choi": "Từ chối", "mo lai": "Mở lại"}


def _hear_send_sure(moment: Moment, form: Form) -> Turn | None:
    """An announcement is approved: looked at again like every decision."""
    found = _allowed(moment, form, "duyet")
    return found if isinstance(found, Turn) else announcement_review.hear_sure(moment, found[0], form)


def _done(moment: Moment, case: Case, decision: Decision, reason: str, field: str) -> Turn:
    change = Change(case.code, decision.to, note=reason, note_field=field, action=decision.to.value)
    text = say("officer", "done", code=case.code, state=_state_words(case, decision.to))
    return moment.turn(TASK, text, change, *notices(moment, case, decision.notice, reason, field))


def _state_words(case: Case, state: State) -> str:
    name = {CaseKind.REPORT: "report_state", CaseKind.REGISTRATION: "registration_state"}.get(case.kind, "question_state")
    return say(name, state.value)


def notices(moment: Moment, case: Case, name: str, reason: str, field: str) -> list[Effect]:
    """The plain words to whoever sent the case, and to the household it is about."""
    if case.kind is CaseKind.QUESTION:
        text = say("question", "declined", code=case.code, text=case.body.get("text", ""), reason=reason)
        return [Notify(person, text) for person in moment.desk.askers(case.code)]
    if case.kind is CaseKind.ANNOUNCEMENT:
        return [Notify(case.owner, say("announce", "declined_notice", code=case.code, reason=reason))]
    if not name:
        return []
    kind = "report" if case.kind is CaseKind.REPORT else "status"
    fields = "report_field" if case.kind is CaseKind.REPORT else "field"
    said = reason or (say("officer", "note_exited") if name == "exited_notice" else "")
    text = say(kind, name, code=case.code, reason=said, field=say(fields, field) if field else "")
    people = [case.owner] if case.subject in (None, case.owner) else [case.owner, int(case.subject or 0)]
    return [Notify(person, text) for person in people]


# -- many at once --------------------------------------------------------------------------------------------------------------------


def bulk(moment: Moment) -> Turn:
    """ "xác minh tất cả [thôn …]", "duyệt tất cả …": shows what would be done first; likely duplicates are left out."""
    if re.search(r"\b(?:tu choi|tra lai)\b", moment.line):
        return moment.turn(TASK, say("officer", "not_all_at_once"))
    verify = "xac minh" in moment.line
    village = match[0] if (match := queue.VILLAGE.search(moment.line)) else ""
    state = State.SUBMITTED if verify else State.VERIFIED
    found = [
        case
        for case in moment.desk.queue(REPORT, (state,), village, MOST_BULK)
        if moment.person.may_decide(case.area, case.owner) and not case.held_by_other(moment.person.id, moment.now)
    ]
    clean = [case for case in found if not moment.desk.likely_same(case.kind, case.code, case.body, case.area)]
    kept = {"words": "xac minh" if verify else "duyet", "cases": [[case.code, case.version] for case in clean]}
    return _preview(moment, Form("bulk", "sure", kept))


def _preview(moment: Moment, form: Form) -> Turn:
    """What would be done, to be agreed to; "trừ BC-…" leaves one out."""
    action = say("officer", "verify" if form.values["words"] == "xac minh" else "approve_report").lower()
    cases = [case for code, _ in form.values["cases"] if (case := moment.desk.case(code))]
    if not cases:
        return moment.turn(TASK, say("officer", "bulk_none", action=action))
    lines = [say("officer", "bulk", action=action, count=len(cases))]
    lines += [say("officer", "bulk_line", line=report_card.line(case)) for case in cases[:SHOWN]]
    if len(cases) > SHOWN:
        lines.append(say("officer", "bulk_more", count=len(cases) - SHOWN))
    lines.append(say("officer", "bulk_sure"))
    options = choices((say("officer", "yes"), "đồng ý"), (say("officer", "no"), "thôi"))
    return moment.turn(TASK, "\n".join(lines), form=form, choices=options)


def hear_bulk(moment: Moment, form: Form) -> Turn | None:
    if stops(moment) or moment.agrees is False:
        return moment.turn(TASK, say("officer", "cancelled"))
    left_out = [code for code, _ in form.values["cases"] if code in moment.text.upper()]
    if left_out and re.match(r"^(?:tru|bo|khong|ngoai)\b", moment.line):
        return _preview(moment, form.filled(cases=[one for one in form.values["cases"] if one[0] not in left_out]))
    if moment.agrees is not True:
        return None
    words = str(form.values["words"])
    effects: list[Effect] = []
    done = 0
    for code, version in form.values["cases"]:
        found = _allowed(moment, Form(queue.NAME, "decide", code=code, version=version), words)
        if isinstance(found, tuple):
            case, decision = found
            done += 1
            effects += [Claim(code, moment.desk.now), Change(code, decision.to, action=decision.to.value)]
            effects += notices(moment, case, decision.notice, "", "")
    action = say("officer", "verify" if words == "xac minh" else "approve_report").lower()
    return moment.turn(TASK, say("officer", "bulk_done", action=action, count=done, skipped=len(form.values["cases"]) - done), *effects)


def tell_apart(moment: Moment, code: str) -> Turn:
    """ "không trùng BC-…": the officer's word that two reports are two things, so both sums count."""
    case = moment.desk.case(code)
    if case is None or not moment.person.may_decide(case.area, case.owner):
        return moment.turn(TASK, say("officer", "not_yours", code=code))
    change = Change(code, None, {**case.body, "told_apart": True}, action="told apart")
    return moment.turn(TASK, say("officer", "told_apart", code=code), change)


def again(moment: Moment, form: Form) -> Turn:
    """The open case once more."""
    case = moment.desk.case(form.code)
    options: Sequence[Choice] = queue.moves(case) if case else ()
    return moment.turn(TASK, f"{form.code}. {say('officer', 'your_move')}", form=form.at("decide"), choices=options)


def again_bulk(moment: Moment, form: Form) -> Turn:
    return _preview(moment, form)


STEPS = {
    "decide": _hear_decide,
    "field": _hear_field,
    "reason": _hear_reason,
    "reason_sure": _hear_reason_sure,
    "answer": officer_answers.hear_answer,
    "answer_sure": officer_answers.hear_answer_sure,
    "why_off": wrong_answers.hear_why_off,
    announcement_review.STEP: _hear_send_sure,
}
