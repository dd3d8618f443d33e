"""A village head's own reports: each with its state, corrected as a next version, or taken back while nobody has approved it."""

from __future__ import annotations

from intents.flows import reporting
from intents.flows.moment import Moment, choices, stops
from intents.flows.report_card import closed, line, totals
from intents.messages import Choice
from intents.records import CaseKind, Change, State
from intents.state import Form, Turn
from intents.wording import say


def mine(moment: Moment) -> Turn:
    """ "Báo cáo của tôi": each with its state, and the three numbers."""
    cases = moment.desk.mine(CaseKind.REPORT)
    if not moment.person.reports and not cases:
        return moment.turn("my_reports", say("report", "not_head"))
    if not cases:
        return moment.turn("my_reports", say("report", "none"))
    lines = [say("report", "list")]
    for case in cases[:8]:
        lines.append(line(case))
        if case.note and case.state in (State.RETURNED, State.DECLINED):
            lines.append(say("report", "reason", reason=case.note))
    lines += [say("report", "mine_totals", totals=totals(moment.desk.overview().reports)), say("report", "how_to_change")]
    return moment.turn("my_reports", "\n".join(lines))


def change(moment: Moment, code: str) -> Turn:
    """Opens a sent report again; sending it makes the next version."""
    case = moment.desk.case(code)
    if case is None or case.kind is not CaseKind.REPORT or case.owner != moment.person.id:
        return moment.turn("my_reports", say("report", "not_found"))
    if case.state in (State.APPROVED, State.DECLINED, State.WITHDRAWN):
        return moment.turn("my_reports", closed(case, code))
    form = Form(reporting.NAME, "card", {"todo": [dict(case.body)], "number": 1, "of": 1, "asks": []}, code=code, version=case.version)
    return reporting.show_card(moment, form)


def pick(moment: Moment, what: str) -> Turn:
    """ "sửa báo cáo", "rút báo cáo" without a code: the only one that may be, or a list to choose from."""
    may = [case for case in moment.desk.mine(CaseKind.REPORT) if case.state not in (State.APPROVED, State.DECLINED, State.WITHDRAWN)]
    if len(may) == 1:
        return change(moment, may[0].code) if what == "sửa" else withdraw(moment, may[0].code)
    if not may:
        return mine(moment)
    options = tuple(Choice(line(case), f"{what} báo cáo {case.code}") for case in may[:6])
    return moment.turn("my_reports", say("report", "which"), choices=options)


def withdraw(moment: Moment, code: str | None) -> Turn:
    """ "rút báo cáo BC-…": takes a report back that nobody has approved; asked first."""
    case = moment.desk.case(code) if code else None
    if case is None or case.kind is not CaseKind.REPORT or case.owner != moment.person.id:
        return mine(moment)
    if case.state in (State.APPROVED, State.DECLINED, State.WITHDRAWN):
        return moment.turn("my_reports", closed(case, case.code))
    options = choices((say("report", "yes_withdraw"), "rút"), (say("report", "keep"), "giữ"))
    return moment.turn(
        "my_reports", say("report", "withdraw_sure", line=line(case)), form=Form("withdraw_report", "sure", code=case.code), choices=options
    )


def hear_withdraw(moment: Moment, form: Form) -> Turn | None:
    if moment.agrees is False or stops(moment) or "giu" in moment.line.split():
        return moment.turn("my_reports", say("report", "kept"))
    if moment.agrees is not True and not moment.line.startswith(("rut", "xoa", "huy")):
        return None
    case = moment.desk.case(form.code)
    if case is None or case.state in (State.APPROVED, State.DECLINED, State.WITHDRAWN):
        return moment.turn("my_reports", closed(case, form.code))
    return moment.turn("my_reports", say("report", "withdrawn", code=form.code), Change(form.code, State.WITHDRAWN, action="withdraw"))


def again_withdraw(moment: Moment, form: Form) -> Turn:
    return withdraw(moment, form.code)
