"""The officers' queue: what waits, oldest deadline first; opening a case claims it for a while."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from intents.flows import announcement_review, report_card
from intents.flows.card import card, known, state_of
from intents.flows.moment import Moment, choices, clipped, stops, when
from intents.messages import Choice
from intents.records import OPEN, Case, CaseKind, Claim, Release, State, Viewed
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words

TASK = "review"
NAME = "review"
CLAIMED_FOR = timedelta(minutes=30)
SHOWN = 8
KINDS: tuple[tuple[str, tuple[CaseKind, ...]], ...] = (
    (r"\bdon\b|dang ky", (CaseKind.REGISTRATION,)),
    (r"bao cao", (CaseKind.REPORT,)),
    (r"cau hoi", (CaseKind.QUESTION,)),
    (r"kien thuc|nhap", (CaseKind.DRAFT,)),
    (r"bao sai|chua dung", (CaseKind.FLAG,)),
    (r"thong bao", (CaseKind.ANNOUNCEMENT,)),
)
PAGE = re.compile(r"\btrang (\d{1,3})\b")
VILLAGE = re.compile(r"\b(?:thon|xom|lang|ban|to dan pho|khoi|buon) (?:(?!trang \d)[\w ])+")


def show(moment: Moment) -> Turn:
    """ "hàng đợi [đơn|báo cáo|câu hỏi] [thôn …]"."""
    kinds = next((found for pattern, found in KINDS if re.search(pattern, moment.line)), tuple(CaseKind))
    village = match[0] if (match := VILLAGE.search(moment.line)) else ""
    count = moment.desk.queue_length(kinds, OPEN, village)
    lines: list[str] = []
    options: Sequence[Choice] = ()
    if count:
        page = int(match[1]) if (match := PAGE.search(moment.line)) else 1
        skip = (page - 1) * SHOWN if (page - 1) * SHOWN < count else 0
        cases = moment.desk.queue(kinds, OPEN, village, SHOWN, skip)
        lines.append(say("officer", "queue", count=count))
        options = tuple(Choice(_line(moment, case), f"mở {case.code}") for case in cases)
        if count > skip + SHOWN:
            following = f"{PAGE.sub('', moment.line).strip()} trang {skip // SHOWN + 2}"
            options = (*options, Choice(say("officer", "queue_next", count=count - skip - SHOWN), following))
    else:
        lines.append(say("officer", "queue_empty"))
    text = "\n".join(lines)
    extra = [say("officer", "queue_more")] if count > SHOWN else []
    if requests := moment.desk.requests():
        extra.append(say("officer", "requests"))
        extra += [say("officer", "request_line", what=what, due=in_words(due.astimezone(ZONE).date())) for what, _, due in requests[:3]]
    return moment.turn(TASK, "\n".join([text, *extra]) if not options else "\n".join([*extra, text]), choices=options)


def _line(moment: Moment, case: Case) -> str:
    due = in_words(case.due_at.astimezone(ZONE).date())
    text = say("officer", "queue_line", code=case.code, kind=say("case_kind", case.kind.value), what=_what(case), due=due)
    if case.due_at < moment.now:
        text += say("officer", "queue_late")
    if case.held_by_other(moment.person.id, moment.now):
        text += say("officer", "queue_held", name=case.claimed_name)
    return text


def _what(case: Case) -> str:
    """A case in a few words; a household's name is not in the list, only on its card."""
    if case.kind is CaseKind.REGISTRATION:
        return clipped(case.area.village or case.area.label, 30)
    if case.kind is CaseKind.REPORT:
        return clipped(", ".join(part for part in (report_card.shown("kind", case.body), report_card.day_of(case.body)) if part), 40)
    return clipped(str(case.body.get("text") or case.body.get("asked") or ""), 40)


def open_case(moment: Moment, code: str) -> Turn:
    """Claims the case and shows it, with likely duplicates beside it."""
    case = moment.desk.case(code)
    if case is None:
        return moment.turn(TASK, say("officer", "not_found", code=code))
    if not moment.person.may_decide(case.area, case.owner):
        own = case.owner == moment.person.id and moment.person.is_officer
        return moment.turn(TASK, say("officer", "own_case" if own else "not_yours", code=code))
    if case.state is State.WITHDRAWN:
        return moment.turn(TASK, say("officer", "withdrawn_case", code=code))
    if case.held_by_other(moment.person.id, moment.now):
        assert case.claimed_until is not None
        until = when(case.claimed_until, moment.today)
        return moment.turn(TASK, say("officer", "held", code=code, name=case.claimed_name, until=until))
    text = "\n".join([_head(case), *_content(moment, case), *_twins(moment, case), say("officer", "your_move")])
    if not moves(case):
        text = text.replace(say("officer", "your_move"), say("officer", "nothing_to_do", code=code))
        return moment.turn(TASK, text, Viewed(code))
    form = Form(NAME, "decide", code=code, version=case.version)
    claim = Claim(code, moment.desk.now + CLAIMED_FOR)
    return moment.turn(TASK, text, claim, Viewed(code), form=form, choices=moves(case))


def _head(case: Case) -> str:
    return say(
        "officer",
        "opened",
        kind=say("case_kind", case.kind.value).capitalize(),
        code=case.code,
        sent=in_words(case.created_at.astimezone(ZONE).date()),
        version=case.version,
        state=state_words(case),
        due=in_words(case.due_at.astimezone(ZONE).date()),
    )


def state_words(case: Case) -> str:
    """The state in the words of its kind."""
    if case.kind is CaseKind.REPORT:
        return say("report_state", case.state.value)
    return say("registration_state", state_of(case)) if case.kind is CaseKind.REGISTRATION else say("question_state", case.state.value)


def _content(moment: Moment, case: Case) -> list[str]:
    body = case.body
    if case.kind is CaseKind.REGISTRATION:
        lines = [card(body)]
        if body.get("on_behalf"):
            proof = str(body.get("proof_text") or say("officer", "proof_code"))
            lines.append(say("officer", "on_behalf", helper=body.get("helper_name") or "", proof=proof))
        return lines
    if case.kind is CaseKind.REPORT:
        lines = [report_card.card(body, case.area, moment.knowledge)]
        return [*lines, say("officer", "said", text=clipped(str(body["said"]), 200))] if body.get("said") else lines
    if case.kind is CaseKind.QUESTION:
        lines = [f"“{body.get('text', '')}”", say("question", "askers", count=len(moment.desk.askers(case.code)))]
        if body.get("lines"):
            lines.append(say("question", "context"))
            lines += [say("question", "line", said=said, answered=clipped(answered, 150)) for said, answered in body["lines"][-3:]]
        return lines
    if case.kind is CaseKind.DRAFT:
        return [say("question", "draft_card", asked=body.get("asked"), answer=body.get("answer"), source=body.get("source"))]
    if case.kind is CaseKind.ANNOUNCEMENT:
        return announcement_review.content(moment, case)
    shown = {name: clipped(str(body.get(name) or ""), 250) for name in ("asked", "answered")}
    return [say("flag", "card", question=body.get("question") or "", plan=body.get("plan") or "", **shown)]


def _twins(moment: Moment, case: Case) -> list[str]:
    """Likely duplicates, side by side; the machine merges nothing."""
    if case.kind not in (CaseKind.REGISTRATION, CaseKind.REPORT):
        return []
    lines: list[str] = []
    for twin in moment.desk.likely_same(case.kind, case.code, case.body, case.area)[:2]:
        sent = in_words(twin.created_at.astimezone(ZONE).date())
        lines.append(say("officer", "twin", code=twin.code, state=state_words(twin), sent=sent))
        if not moment.person.may_see(twin.area, twin.owner):
            continue
        lines.append(clipped(known(twin.body), 220) if twin.kind is CaseKind.REGISTRATION else report_card.line(twin))
    if lines and case.kind is CaseKind.REPORT:
        lines.append(say("officer", "counted_once", code=case.code))
    return lines


def moves(case: Case) -> tuple[Choice, ...]:
    """What may be done with a case in its present state; nothing with one that is finished."""
    back, no, free = (
        (say("officer", "return_it"), "trả lại"),
        (say("officer", "decline"), "từ chối"),
        (say("officer", "put_back"), "thả ra"),
    )
    kind, state = case.kind, case.state
    if kind is CaseKind.REGISTRATION and state is State.APPROVED:
        return choices((say("officer", "exited"), "đã thoát nghèo"), free)
    if kind is CaseKind.REGISTRATION and state is State.RETURNED:
        return choices((say("officer", "approve"), "ghi nhận"), free)
    if state not in OPEN:
        return ()
    if kind is CaseKind.REGISTRATION:
        return choices((say("officer", "approve"), "ghi nhận"), back, no, free)
    if kind is CaseKind.REPORT:
        first = (say("officer", "approve_report"), "duyệt") if state is State.VERIFIED else (say("officer", "verify"), "xác minh")
        return choices(first, back, no, free)
    if kind is CaseKind.QUESTION:
        return choices((say("officer", "answer"), "trả lời"), no, free)
    if kind is CaseKind.DRAFT:
        return choices((say("question", "publish"), "duyệt"), no, free)
    if kind is CaseKind.ANNOUNCEMENT:
        return choices((say("officer", "approve_report"), "duyệt"), no, free)
    return choices((say("flag", "off"), "tắt câu trả lời"), (say("flag", "keep"), "giữ câu trả lời"), free)


def of_village(moment: Moment) -> Turn:
    """A village head's list of the registrations of the village."""
    live = (State.SUBMITTED, State.APPROVED, State.RETURNED, State.EXITED)
    cases = moment.desk.queue((CaseKind.REGISTRATION,), live, limit=10)
    count = moment.desk.queue_length((CaseKind.REGISTRATION,), live)
    lines = [say("officer", "village_cases", count=count)]
    lines += [say("officer", "village_line", code=case.code, name=case.body.get("name", ""), state=state_words(case)) for case in cases]
    return moment.turn(TASK, "\n".join(lines), *(Viewed(case.code) for case in cases))


def second_thoughts(moment: Moment, form: Form, ask: str, step: str) -> Turn | None:
    """What comes instead of a yes when words are about to go to people: written again (at `step`, asked with `ask`), or left;
    None where it is neither."""
    if moment.line == "viet lai":
        return moment.turn(TASK, ask, form=form.at(step))
    if stops(moment) or moment.agrees is False:
        return moment.turn(TASK, say("officer", "released", code=form.code), Release(form.code))
    return None
