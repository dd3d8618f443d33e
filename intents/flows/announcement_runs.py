"""After an announcement is on its way: how far it is, and what an officer may do to it, by words with or without its code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from intents.announcements import Announcement, Audience, Pause, Resume, Run
from intents.flows import announcement_papers as papers
from intents.flows import announcement_sure as sure
from intents.flows import announcing
from intents.flows import announcing_card as words
from intents.flows.announcement_replies import without_code
from intents.flows.announcing_asking import TASK
from intents.flows.moment import Moment, clipped, dotted, when
from intents.messages import Choice
from intents.records import Case, Effect, State
from intents.slots.sending_time import in_quiet_hours
from intents.state import Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.vietnamese import read

SHOWN_TEXT = 120  # characters
LISTED_TEXT = 40
LISTED = 8
NO_FAILURE = ("page", "template", "cancelled", "recalling")  # reasons that tell of no failure
BEGUN = (Run.RUNNING, Run.PAUSED, Run.CANCELLED, Run.DONE)
OVER = (Run.CANCELLED, Run.DONE)


def _always(_standing: Announcement) -> bool:
    return True


def _out(standing: Announcement) -> bool:
    """Whether somebody has it, may have it, or will find it on their page."""
    return any(standing.by_state.get(state) for state in ("sent", "unknown", "waiting"))


@dataclass(frozen=True)
class Act:
    """Something that may be done: the words for it (folded, without the code), its label in the wording, what a choice of it
    says, at which stages, and what else must hold."""

    words: re.Pattern[str]
    label: str
    says: str
    runs: tuple[Run, ...]
    do: Callable[[Moment, Case, Announcement], Turn]
    holds: Callable[[Announcement], bool] = _always

    def allowed(self, standing: Announcement) -> bool:
        return standing.run in self.runs and self.holds(standing)


def _act(
    words: str,
    label: str,
    says: str,
    runs: tuple[Run, ...],
    do: Callable[[Moment, Case, Announcement], Turn],
    holds: Callable[[Announcement], bool] = _always,
) -> Act:
    return Act(re.compile(words), label, says, runs, do, holds)


def _pause(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    effects: tuple[Effect, ...] = (Pause(case.code), *sure.told_author(moment, case, "pause"))
    return moment.turn(TASK, say("run", "paused", code=case.code), *effects, choices=_choice(case, "act_resume", "act_cancel"))


def _resume(moment: Moment, case: Case, standing: Announcement) -> Turn:
    if in_quiet_hours(moment.now) and not (standing.urgent or case.body.get("urgent")):
        return moment.turn(TASK, say("run", "resume_quiet", code=case.code))
    effects: tuple[Effect, ...] = (Resume(case.code), *sure.told_author(moment, case, "resume"))
    return moment.turn(TASK, say("run", "resumed", code=case.code), *effects, choices=_choice(case, "act_pause"))


def _correct(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    return announcing.correct(moment, case.code)


ACTS = (
    _act(r"^(?:tam (?:dung|ngung)|dung (?:gui|lai)|khoan gui)\b", "act_pause", "tạm dừng", (Run.RUNNING,), _pause),
    _act(r"^(?:gui|chay) tiep\b|^tiep tuc\b", "act_resume", "gửi tiếp", (Run.PAUSED,), _resume),
    _act(
        r"^gui lai\b",
        "act_unknown",
        "gửi lại",
        (Run.RUNNING, Run.PAUSED, *OVER),
        sure.ask_unknown,
        lambda standing: bool(standing.by_state.get("unknown")),
    ),
    _act(r"^(?:dong y )?gui(?: (?:ngay|di|luon|thong bao))*$", "act_send", "gửi", (Run.NONE, Run.ASKING), sure.ask_send),
    _act(
        r"^(?:huy|thoi gui|khong gui nua)\b",
        "act_cancel",
        "hủy",
        sure.RUNS["cancel"],
        sure.ask_cancel,
    ),
    _act(r"^(?:xem )?bao cao\b", "act_report", "báo cáo từng người", BEGUN, papers.report),
    _act(r"\bdanh sach\b|^den nha\b", "act_visit", "danh sách đến nhà", tuple(Run), papers.visit),
    _act(r"^(?:nho|bao|gui cho) (?:cac )?truong thon\b", "act_heads", "nhờ trưởng thôn", BEGUN, papers.ask_heads),
    _act(r"^dinh chinh\b", "act_correct", "đính chính", BEGUN, _correct, _out),
    _act(r"^(?:thu (?:hoi|luc)|lay lai)\b", "act_recall", "thu hồi", BEGUN, sure.ask_recall, _out),
    _act(r"\bloa\b", "act_loudspeaker", "bản loa", tuple(Run), papers.loudspeaker),
    _act(r"\bsms\b|\bkhong dau\b", "act_sms", "bản sms", tuple(Run), papers.sms),
    _act(r"\bap phich\b|\bposter\b|^to dan\b", "act_poster", "áp phích", tuple(Run), papers.poster),
)
LATEST = re.compile(
    r"^/?(?:tam (?:dung|ngung)(?: gui)?|dung gui|gui tiep|tiep tuc gui|gui lai cho nguoi chua ro|(?:huy|thu (?:hoi|luc)|dinh chinh)(?: gui)?(?= (?:thong bao|tb)\b|$)"
    r"|bao cao (?:tung nguoi|(?:thong bao|tb))|danh sach (?:can )?den nha|nho (?:cac )?truong thon|ban (?:doc )?loa|ban sms(?: khong dau)?|ap phich(?: a4)?)(?: (?:cua )?(?:thong bao|tb))?(?: vua roi| do| nay| gan nhat)?$"
)


# -- one announcement ---------------------------------------------------------------------------------------------------------------


def about(moment: Moment, case: Case) -> Turn:
    """ "TB-…", "tạm dừng TB-…": done where it may be done now, otherwise where it stands."""
    line = read(without_code(moment.text)).line
    if case.state is not State.APPROVED:
        own = case.owner == moment.person.id and case.state is State.SUBMITTED
        return sure.ask_withdraw(moment, case) if own and re.match(r"^(?:huy|rut|thoi)\b", line) else _unapproved(moment, case)
    standing = moment.desk.announcement(case.code)
    act = next((one for one in ACTS if one.words.search(line)), None)
    if act is None:
        return show(moment, case, standing)
    if not act.allowed(standing):
        before = say("run", "cannot", code=case.code, state=state_words(moment, standing))
        return moment.turn(TASK, before, choices=_offered(case, standing))
    return act.do(moment, case, standing)


def latest(moment: Moment) -> Turn:
    """ "tạm dừng", without a code: the latest of one's own to which that can be done."""
    for case in moment.desk.announcements():
        if case.owner != moment.person.id or case.state is not State.APPROVED:
            continue
        standing = moment.desk.announcement(case.code)
        act = next((one for one in ACTS if one.words.search(moment.line)), None)
        if act and act.allowed(standing):
            return act.do(moment, case, standing)
    return moment.turn(TASK, say("run", "which"))


def show(moment: Moment, case: Case, standing: Announcement) -> Turn:
    """How far it is: by state, why some were not reached, what people said; and what may be done now."""
    text = clipped(str(case.body.get("text") or ""), SHOWN_TEXT)
    audience = clipped(words.audience_words(Audience.read(case.body["audience"])), SHOWN_TEXT)
    lines = [say("run", "head", code=case.code, text=text, audience=audience, state=state_words(moment, standing))]
    counts = [say("run", "by_state", count=dotted(count), state=words.phrase(state)) for state, count in standing.by_state.items() if count]
    lines += [", ".join(counts) + "."] if counts else []
    reasons = {reason: count for reason, count in standing.by_reason.items() if count and reason not in NO_FAILURE}
    if reasons:
        lines.append(say("run", "failed"))
        lines += [words.reason_line("run", "failed_line", count, reason) for reason, count in reasons.items()]
    lines += [say("run", "urgent")] if standing.urgent else []
    seen = ", ".join(f"{icon} {dotted(count)}" for icon, count in standing.reactions.items() if count)
    lines += [say("run", "reactions", reactions=seen)] if seen else []
    lines += [say("run", "replies", count=dotted(standing.replies))] if standing.replies else []
    return moment.turn(TASK, "\n".join(lines), choices=_offered(case, standing))


def state_words(moment: Moment, standing: Announcement) -> str:
    """ "đang gửi 4.120/10.000, còn 3 phút"."""
    waits = standing.by_state.get("due", 0) + standing.by_state.get("sending", 0)
    over = standing.by_state.get("cancelled", 0)
    reached = standing.by_state.get("sent", 0)
    done = reached if standing.run in OVER else max(standing.count - waits - over, 0)
    at = when(standing.starts_at, moment.today) if standing.starts_at else ""
    left = ""
    if standing.minutes_left is not None and waits:
        left = say("run", "left", minutes=dotted(standing.minutes_left)) if standing.minutes_left else say("run", "left_little")
    return say("run", f"state_{standing.run.value}", when=at, done=dotted(done), count=dotted(standing.count), left=left)


def _offered(case: Case, standing: Announcement) -> tuple[Choice, ...]:
    return tuple(
        Choice(say("run", act.label, count=dotted(standing.by_state.get("unknown", 0))), f"{act.says} {case.code}")
        for act in ACTS
        if act.allowed(standing)
    )


def _choice(case: Case, *labels: str) -> tuple[Choice, ...]:
    """Choices by their labels, and to look again."""
    named = [Choice(say("run", act.label), f"{act.says} {case.code}") for act in ACTS if act.label in labels]
    return (*named, Choice(say("run", "act_show"), case.code))


def _unapproved(moment: Moment, case: Case) -> Turn:
    """One that waits for the second officer, or was not approved."""
    count, at = dotted(int(case.body.get("count") or 0)), words.at_words(words.starts_at(case.body), moment.today, approved=True)
    if case.state is State.SUBMITTED:
        text = say("run", "submitted", code=case.code, count=count, when=at, due=in_words(case.due_at.astimezone(ZONE).date()))
        own = case.owner == moment.person.id
        return moment.turn(TASK, text, choices=(Choice(say("run", "act_cancel"), f"hủy {case.code}"),) if own else ())
    name = "declined" if case.state is State.DECLINED else "withdrawn"
    return moment.turn(TASK, say("run", name, code=case.code, reason=case.note))


# -- all of them ----------------------------------------------------------------------------------------------------------------------


def show_all(moment: Moment) -> Turn:
    """ "các thông báo": the latest of the area, each with where it stands."""
    cases = moment.desk.announcements(LISTED)
    write = Choice(say("run", "write"), "soạn thông báo")
    if not cases:
        return moment.turn(TASK, say("run", "none"), choices=(write,))
    return moment.turn(TASK, say("run", "list"), choices=(*(Choice(_line(moment, case), f"xem {case.code}") for case in cases), write))


def _line(moment: Moment, case: Case) -> str:
    approved = case.state is State.APPROVED
    state = state_words(moment, moment.desk.announcement(case.code)) if approved else say("question_state", case.state.value)
    return say("run", "list_line", code=case.code, text=clipped(str(case.body.get("text") or ""), LISTED_TEXT), state=state)
