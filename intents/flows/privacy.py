"""A person's rights over what is kept: see, take a copy, withdraw consent, erase. All at once, though the law gives days.

Sources: Luật 91/2025/QH15, Điều 4; Nghị định 356/2025/NĐ-CP (2 working days, 15 days). The clocks stand in the officer's queue
for what cannot be done at once.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from intents.clocks import ANSWER_WORKING_DAYS, WITHDRAW_DAYS, days_after, working_days_after
from intents.flows import report_card
from intents.flows.card import known
from intents.flows.moment import Moment, choices, clipped, stops
from intents.flows.queue import state_words
from intents.messages import Document
from intents.people import Role
from intents.records import CaseKind, Change, DataRequest, Effect, ErasePerson, NotifyOfficers, OptOut, State, WithdrawConsent
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words

EXPORT = "privacy_export"
DELETE = "privacy_delete"
WITHDRAW = "withdraw_consent"
OVER = (State.WITHDRAWN, State.DECLINED, State.EXITED)
KINDS = (CaseKind.REGISTRATION, CaseKind.REPORT, CaseKind.QUESTION, CaseKind.FLAG)
SHOWN = 6


def show(moment: Moment) -> Turn:
    """ "Dữ liệu của tôi": everything held about the person."""
    held = moment.desk.held()
    lines: list[str] = []
    person = moment.person
    if person.role is not Role.HOUSEHOLD:
        lines.append(say("privacy", "role", role=say("role", person.role.value), area=person.area.label, name=person.name))
    for case in [case for kind in KINDS for case in moment.desk.mine(kind)][:SHOWN]:
        told = known(case.body) if case.kind is CaseKind.REGISTRATION else clipped(str(case.body.get("text") or report_card.line(case) if case.kind is CaseKind.REPORT else case.body.get("text") or case.body.get("asked") or ""), 80)  # fmt: skip
        text = say(
            "privacy",
            "case",
            kind=say("case_kind", case.kind.value),
            code=case.code,
            state=state_words(case),
            version=case.version,
            card=told,
        )
        lines.append(text)
    for given in held.get("dong_y", ()):
        day = in_words(datetime.fromisoformat(given["luc"]).astimezone(ZONE).date())
        withdrawn = say("privacy", "consent_withdrawn") if given["rut_luc"] else ""
        lines.append(say("privacy", "consent", purpose=given["muc_dich"], version=given["phien_ban"], day=day, withdrawn=withdrawn))
    if moment.conversation.place and lines:
        lines.append(say("privacy", "place", place=moment.conversation.place))
    text = say("privacy", "show", lines="\n".join(lines)) if lines else say("privacy", "nothing")
    return moment.turn(EXPORT, text)


def export(moment: Moment) -> Turn:
    """A copy of everything as a JSON file."""
    held = {
        **moment.desk.held(),
        "tro_chuyen": {"noi_o": moment.conversation.place, "cau_vua_noi": [list(line) for line in moment.conversation.lines]},
    }
    name = f"du-lieu-cua-toi-{moment.today.isoformat()}.json"
    document = Document(name, json.dumps(held, ensure_ascii=False, indent=1, default=str))
    due = working_days_after(moment.desk.now, ANSWER_WORKING_DAYS)
    request = DataRequest(say("privacy", "request_export"), due, done=True)
    return moment.turn(EXPORT, say("privacy", "export", name=name), request, document=document)


# -- withdrawing consent ---------------------------------------------------------------------------------------------------------------------


def withdraw(moment: Moment) -> Turn:
    """ "Rút lại đồng ý": asks first; who wants everything erased besides is led there."""
    if re.search(r"\bxoa\b", moment.line):
        return erase(moment)
    given = [one for one in moment.desk.held().get("dong_y", ()) if not one["rut_luc"]]
    if not given:
        return moment.turn(WITHDRAW, say("privacy", "nothing_given"))
    options = choices((say("privacy", "withdraw_yes"), "rút lại đồng ý"), (say("privacy", "withdraw_no"), "không"))
    return moment.turn(WITHDRAW, say("privacy", "withdraw_sure"), form=Form("consent", "sure"), choices=options)


def hear_withdraw(moment: Moment, form: Form) -> Turn | None:
    if moment.line.startswith("rut") or moment.agrees is True:
        effects: list[Effect] = [WithdrawConsent(say("consent", "purpose"))]
        for case in moment.desk.mine(CaseKind.REGISTRATION):
            if case.state not in OVER:
                effects += [Change(case.code, State.WITHDRAWN, action="consent withdrawn")]
                effects += [NotifyOfficers(case.area, say("officer", "withdrawn_case", code=case.code))] if case.opened_at else []
        request = DataRequest(say("privacy", "request_withdraw"), days_after(moment.desk.now, WITHDRAW_DAYS), done=True)
        return moment.turn(WITHDRAW, say("privacy", "withdrawn"), *effects, request)
    if moment.agrees is False or stops(moment):
        return moment.turn(WITHDRAW, say("privacy", "kept"))
    return None


def again_withdraw(moment: Moment, form: Form) -> Turn:
    return withdraw(moment)


# -- erasing ------------------------------------------------------------------------------------------------------------------------------------


ONE_THING = re.compile(
    r"\b(?:so dien thoai|sdt|dien thoai|ten|dia chi|so nguoi|don|bao cao|cau hoi)\b|\bho so (?:cua )?(?:ba|ong|anh|chi|o|chu|bac|co)\b"
)
EVERYTHING = re.compile(r"\b(?:het|tat ca|toan bo|moi|sach)\b")


def erase(moment: Moment) -> Turn:
    """ "Xóa hết thông tin của tôi": asked first. Who names one thing is told how to change or withdraw that."""
    if ONE_THING.search(moment.line) and not EVERYTHING.search(moment.line):
        return moment.turn(DELETE, say("privacy", "one_thing"))
    options = choices((say("privacy", "delete_yes"), "xóa hết"), (say("privacy", "delete_no"), "không xóa"))
    return moment.turn(DELETE, say("privacy", "delete_sure"), form=Form("erase", "sure"), choices=options)


def hear_erase(moment: Moment, form: Form) -> Turn | None:
    line = moment.line
    if line.startswith(("xoa", "dong y")) or moment.agrees is True:
        effects: list[Effect] = []
        for case in moment.desk.mine(CaseKind.REGISTRATION):
            if case.state not in OVER and case.opened_at:
                effects.append(NotifyOfficers(case.area, say("officer", "withdrawn_case", code=case.code)))
        return moment.turn(DELETE, say("privacy", "deleted"), *effects, ErasePerson())
    if line.startswith("khong") or moment.agrees is False or stops(moment):
        return moment.turn(DELETE, say("privacy", "kept"))
    return None


def again_erase(moment: Moment, form: Form) -> Turn:
    return erase(moment)


# -- announcements ---------------------------------------------------------------------------------------------------------------------------------


STOP = re.compile(
    r"\b(?:ngung|thoi|dung|huy|tat|bo|khong|het)\b.*\b(?:nhan tin|nhan thong bao|gui tin|gui thong bao|tin nhan|thong bao|lam phien|theo doi|nhan nua)\b|\bstop\b"
)


def opt_out(moment: Moment) -> Turn:
    """No more announcements; only on words that clearly say so, because it changes something."""
    if not STOP.search(moment.line):
        return moment.turn("unsubscribe", say("privacy", "how_to_stop"))
    return moment.turn("unsubscribe", say("privacy", "unsubscribed"), OptOut(True))


def opt_in(moment: Moment) -> Turn:
    return moment.turn("unsubscribe", say("privacy", "subscribed"), OptOut(False))
