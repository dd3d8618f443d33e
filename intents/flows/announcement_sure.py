"""What is asked once more before it is done to an announcement: cancel, recall, send again, send to a changed audience."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from intents.announcements import Announcement, Audience, CancelRun, Recall, Run, SendUnknown
from intents.clocks import due
from intents.codes import find_code
from intents.flows import announcing_card as words
from intents.flows.announcing_asking import TASK
from intents.flows.announcing_sending import begin, changed_words, for_approval
from intents.flows.moment import Moment, choices, dotted, stops, when
from intents.records import Case, CaseKind, Change, Effect, Notify, NotifyOfficers, State
from intents.slots.sending_time import in_quiet_hours, next_allowed
from intents.state import Form, Turn
from intents.wording import say

NAME = "announced"
OPEN = ("due", "sending", "waiting")


def _sure(moment: Moment, case: Case, act: str, text: str, **kept: object) -> Turn:
    """Asks; `kept` is what the officer was shown."""
    form = Form(NAME, "sure", {"act": act, **kept}, code=case.code)
    return moment.turn(TASK, text, form=form, choices=choices((say("officer", "yes"), "đồng ý"), (say("officer", "no"), "thôi")))


# -- asking ------------------------------------------------------------------------------------------------------------------------


def ask_withdraw(moment: Moment, case: Case) -> Turn:
    return _sure(moment, case, "withdraw", say("run", "cancel_submitted", code=case.code))


def ask_cancel(moment: Moment, case: Case, standing: Announcement) -> Turn:
    left = sum(standing.by_state.get(state, 0) for state in OPEN) if standing.by_state else standing.count
    done = standing.by_state.get("sent", 0) + standing.by_state.get("unknown", 0)
    name = "cancel_sure" if done else "cancel_sure_none"
    return _sure(moment, case, "cancel", say("run", name, code=case.code, left=dotted(left), done=dotted(done)))


def ask_recall(moment: Moment, case: Case, standing: Announcement) -> Turn:
    """What can be taken back: messages the platforms give back, and what has not been read or sent yet."""
    counts = {"recall_back": standing.recallable, "recall_unread": standing.by_state.get("waiting", 0)}
    counts["recall_unsent"] = standing.by_state.get("due", 0) + standing.by_state.get("sending", 0)
    if not any(counts.values()):
        return moment.turn(TASK, say("run", "recall_none", code=case.code))
    counts["recall_stays"] = standing.by_state.get("sent", 0) + standing.by_state.get("unknown", 0) - standing.recallable
    parts = [say("run", name, count=dotted(count)) for name, count in counts.items() if count > 0]
    return _sure(moment, case, "recall", "\n".join([say("run", "recall_sure", code=case.code), *parts, say("run", "recall_ask")]))


def ask_unknown(moment: Moment, case: Case, standing: Announcement) -> Turn:
    count = dotted(standing.by_state.get("unknown", 0))
    return _sure(moment, case, "unknown", say("run", "unknown_sure", code=case.code, count=count))


def ask_send(moment: Moment, case: Case, standing: Announcement) -> Turn:
    """The audience is another than was agreed to: the new counts, and a new yes."""
    reach = moment.desk.reach(Audience.read(case.body["audience"]))
    if not reach.count:
        return moment.turn(TASK, say("run", "send_nobody", code=case.code))
    before = standing.count or int(case.body.get("count") or 0)
    changed = changed_words(before, reach.count) if reach.who != case.body.get("who") else say("run", "send_same")
    at = words.at_words(_allowed_at(moment, case), moment.today)
    text = say(
        "run",
        "send_sure",
        change=changed,
        reach="\n".join(words.reach_lines(reach)),
        code=case.code,
        when=at,
        count=dotted(reach.count),
    )
    return _sure(moment, case, "send", text, who=reach.who)


def _allowed_at(moment: Moment, case: Case) -> datetime | None:
    """None: now; otherwise when the quiet hours are over."""
    return next_allowed(moment.now) if in_quiet_hours(moment.now) and not case.body.get("urgent") else None


ASK: dict[str, Callable[[Moment, Case, Announcement], Turn]] = {
    "cancel": ask_cancel,
    "recall": ask_recall,
    "unknown": ask_unknown,
    "send": ask_send,
}


def told_author(moment: Moment, case: Case, act: str) -> tuple[Effect, ...]:
    """Who wrote it is told what a colleague did to it."""
    if case.owner == moment.person.id:
        return ()
    who = moment.person.name or say("role", moment.person.role.value)
    return (Notify(case.owner, say("run", "by_colleague", who=who, act=say("run", f"did_{act}"), code=case.code)),)


# -- doing -------------------------------------------------------------------------------------------------------------------------


def _withdrawn(moment: Moment, case: Case, _form: Form, _standing: Announcement) -> Turn:
    change = Change(case.code, State.WITHDRAWN, action="announcement withdrawn")
    return moment.turn(TASK, say("run", "cancelled", code=case.code), change)


def _cancelled(moment: Moment, case: Case, _form: Form, _standing: Announcement) -> Turn:
    return moment.turn(TASK, say("run", "cancelled", code=case.code), CancelRun(case.code), *told_author(moment, case, "cancel"))


def _recalled(moment: Moment, case: Case, _form: Form, standing: Announcement) -> Turn:
    name = "recalled" if standing.recallable else "recalled_unread"
    text = say("run", name, code=case.code, count=dotted(standing.recallable))
    return moment.turn(TASK, text, Recall(case.code), *told_author(moment, case, "recall"))


def _unknown_sent(moment: Moment, case: Case, _form: Form, standing: Announcement) -> Turn:
    count = dotted(standing.by_state.get("unknown", 0))
    effects: tuple[Effect, ...] = (SendUnknown(case.code), *told_author(moment, case, "unknown"))
    return moment.turn(TASK, say("run", "unknown_sent", code=case.code, count=count), *effects)


def _sent(moment: Moment, case: Case, form: Form, standing: Announcement) -> Turn:
    """Begins with the new audience; one that has grown beyond what one officer may send goes to a second first."""
    reach = moment.desk.reach(Audience.read(case.body["audience"]))
    if reach.who != form.values["who"] or not reach.count:
        return ask_send(moment, case, standing)
    at = _allowed_at(moment, case)
    body = {**case.body, "count": reach.count, "who": reach.who, "starts_at": at.isoformat() if at else ""}
    parts = {"code": case.code, "count": dotted(reach.count)}
    if reach.count > words.APPROVAL_ABOVE and not case.body.get("second"):
        back = Change(case.code, State.SUBMITTED, body, due_at=due(CaseKind.ANNOUNCEMENT, moment.desk.now), action="approval needed")
        notice = NotifyOfficers(case.area, for_approval(at, moment.today, urgent=bool(body.get("urgent")), **parts))
        return moment.turn(TASK, say("run", "sent_again_for_approval", limit=words.APPROVAL_ABOVE, **parts), back, notice)
    change = Change(case.code, None, body, action="audience agreed")
    text = say("announce", "scheduled", when=when(at, moment.today), **parts) if at else say("announce", "started", **parts)
    effects: tuple[Effect, ...] = (change, begin(case.code, at, reach, urgent=bool(body.get("urgent"))), *told_author(moment, case, "send"))
    return moment.turn(TASK, text, *effects)


DO: dict[str, Callable[[Moment, Case, Form, Announcement], Turn]] = {
    "withdraw": _withdrawn,
    "cancel": _cancelled,
    "recall": _recalled,
    "unknown": _unknown_sent,
    "send": _sent,
}
RUNS = {
    "cancel": (Run.SCHEDULED, Run.ASKING, Run.RUNNING, Run.PAUSED),
    "recall": (Run.RUNNING, Run.PAUSED, Run.CANCELLED, Run.DONE),
    "unknown": (Run.RUNNING, Run.PAUSED, Run.CANCELLED, Run.DONE),
    "send": (Run.NONE, Run.ASKING),
}  # where each may still be done when the yes comes

MORE = r"(?: (?:di|luon|nhe|a|ngay|het))*$"
SAID_AGAIN = {
    "withdraw": re.compile(f"^huy{MORE}"),
    "cancel": re.compile(f"^huy{MORE}"),
    "recall": re.compile(f"^(?:thu (?:hoi|luc)|lay lai){MORE}"),
    "unknown": re.compile(f"^gui lai{MORE}"),
    "send": re.compile(f"^gui{MORE}"),
}  # the act's own word is a yes: "Hủy chứ?" "Hủy."
COMMAND = re.compile(r"\b(?:thong bao|tb)\b")  # names an announcement: asked anew


def hear(moment: Moment, form: Form) -> Turn | None:
    act = str(form.values["act"])
    if find_code(moment.text)[0] or COMMAND.search(moment.line):
        return None
    if not (moment.agrees is True or SAID_AGAIN[act].match(moment.line)):
        left = moment.agrees is False or stops(moment)
        return moment.turn(TASK, say("run", "kept", code=form.code)) if left else None
    case = moment.desk.case(form.code)
    if case is None or not _may(moment, case, act):
        return moment.turn(TASK, say("run", "moved", code=form.code))
    return DO[act](moment, case, form, moment.desk.announcement(form.code))


def _may(moment: Moment, case: Case, act: str) -> bool:
    """Whether the officer and the announcement are still what they were when it was asked."""
    if not (moment.person.is_officer and moment.person.may_see(case.area, case.owner)):
        return False
    if act == "withdraw":
        return case.state is State.SUBMITTED and case.owner == moment.person.id
    return case.state is State.APPROVED and moment.desk.announcement(case.code).run in RUNS[act]


def again(moment: Moment, form: Form) -> Turn:
    """The question once more."""
    case, act = moment.desk.case(form.code), str(form.values["act"])
    if case is None or not _may(moment, case, act):
        return moment.turn(TASK, say("run", "moved", code=form.code))
    return ask_withdraw(moment, case) if act == "withdraw" else ASK[act](moment, case, moment.desk.announcement(form.code))
