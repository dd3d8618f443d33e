"""An officer writes an announcement: the words, a reason for figures no plan confirms, the people, the card, a test, the time.

Everything is kept in the form until the last yes; only then there is a case (see announcing_sending).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from intents.announcements import MOST_TEXT, Audience
from intents.codes import find_code
from intents.flows import announcement_papers
from intents.flows import announcing_people as people
from intents.flows import announcing_sending as sending
from intents.flows.announcing_asking import NAME, TASK, ask, audience_of, is_tested, lettered, onward, show_card
from intents.flows.announcing_card import framed as framed
from intents.flows.moment import QUESTION, Moment, hesitates, stops
from intents.state import Form, Turn
from intents.wording import say
from knowledge.vietnamese import read

LEAST_WORDS = 4  # of an announcement
MOST_OF_A_COMMAND = 7  # words beside a code: "báo cáo từng người TB-…"
LEAST_REASON = 3  # words
MOST_REASON = 200  # characters
VERBS = r"(?:soan|viet|gui|tao|lam|dang|phat|ra)(?: (?:mot|1|cai|ban|them|cho toi))* "
NAMES = r"(?:thong ?bao|tb|tin)"
WRITES = re.compile(rf"^/?{VERBS}{NAMES}\b|^/?(?:thong ?bao|tb) moi\b")
GIVES_UP = re.compile(r"^(?:huy|bo|thoi|khong) (?:soan |viet |gui |lam )?(?:thong bao|tb|tin)(?: nay| nua)*$")
TOLD = re.compile(r"^[^:\n\d]{0,40}:\s*(.+)$", re.DOTALL)
OPENS = re.compile(rf"^/?(?:{VERBS})?{NAMES}(?: (?:moi|sau|nay|nhu sau|cho (?:ba con|nguoi dan|moi nguoi|dan|cac ho|ca xa|toan xa)))*$")
NAMED = re.compile(r"^(?:thong ?bao|tb)\b")
OWN_WORDS = ("text", "rewrite", "why")  # steps where any words may be the officer's own
JUST = re.compile(r"^(?:gui|chi|ho|thon|xom|ca|truong|xem|sua|chon)\b.* thoi$")
CHANGES = re.compile(r"^(?:sửa|sua|đổi|doi|thay)\s+(?:chữ\s+|chu\s+)?(.+?)\s+(?:thành|thanh)\s+(.+)$", re.IGNORECASE | re.DOTALL)
QUOTES = " \"'“”"
CORRECTING = re.compile(r"^(?:xin\s+)?(?:được\s+)?đính chính(?:\s+lại)?\s*[:,–-]*\s*", re.IGNORECASE)
SHORT_WISH = 5  # words: "gửi thông báo đi ạ" asks nothing
ONE_REASON = re.compile(r"^\s*\(?([a-z])\)?\s*[:.\-]\s*(.+)$", re.IGNORECASE)
BACK = re.compile(r"^(?:quay (?:lai|ve)|tro (?:lai|ve)|lui lai|(?:lai )?buoc truoc)$")
KEEPS = re.compile(r"^(?:xem lai|(?:giu|de) nguyen)$")
JUMPS = (
    (re.compile(r"^(?:sua|viet|doi) (?:lai )?(?:loi|noi dung|tin|thong bao)\b"), "rewrite"),
    (re.compile(r"^(?:chon|doi|sua) (?:lai )?(?:nguoi|noi) nhan\b"), "audience"),
    (re.compile(r"^xem lai(?: thong bao| the)?$"), "card"),
    (re.compile(r"^doi (?:gio|luc gui|thoi gian)$"), "when"),
)
BEFORE = {
    "text": "text",
    "why": "rewrite",
    "audience": "rewrite",
    "place": "audience",
    "tested": "card",
    "when": "card",
}  # "quay lại"; others: when
ORDER = ("text", "rewrite", "why", "audience", "place", "card", "tested", "when", "quiet", "urgent", "sure")


# -- beginning -------------------------------------------------------------------------------------------------------------------


def told(moment: Moment) -> str | None:
    """The words of "thông báo: <lời>"; "thông báo lịch họp: …" is all words. None where no announcement begins so."""
    text = moment.text.strip()
    match = TOLD.match(text)
    if match is None:
        return None
    before = read(text[: text.index(":")]).line
    return match[1] if OPENS.match(before) else text if NAMED.match(before) else None


def start(moment: Moment) -> Turn | None:
    """ "soạn thông báo", or "thông báo: <lời>" with the words at once; None for a question about announcements."""
    text = told(moment)
    asks = "?" in moment.text or (QUESTION.search(moment.line) and len(moment.line.split()) > SHORT_WISH)
    if text is None and asks:
        return None
    form = Form(NAME, "text")
    if text and len(text.split()) >= LEAST_WORDS:
        return _hear_text(replace(moment, text=text), form)
    return ask(moment, form)


def correct(moment: Moment, code: str) -> Turn:
    """A new announcement to exactly the people of another one."""
    audience = Audience(moment.person.area, same_as=code)
    return ask(moment, Form(NAME, "text", {"corrects": code, "audience": audience.kept()}))


# -- hearing -----------------------------------------------------------------------------------------------------------------------


def hear(moment: Moment, form: Form) -> Turn | None:
    if _about_another(moment, form):
        return None
    if form.step not in OWN_WORDS and JUST.match(moment.line):  # "gửi thử thôi", "thôn 3 thôi" mean "just", not "stop"
        just = replace(moment, text=moment.text.strip().rstrip(".!").rsplit(None, 1)[0])
        return _answer(just, form) or ask(moment, form)
    return _answer(moment, form)


def _answer(moment: Moment, form: Form) -> Turn | None:
    if stops(moment) or GIVES_UP.match(moment.line):
        text = str(form.values.get("text") or "")
        return moment.turn(TASK, say("announce", "cancelled_text", text=text) if text else say("announce", "cancelled"))
    if hesitates(moment) and len(moment.line.split()) < LEAST_WORDS:
        return ask(moment, form, say("announce", "held"))
    if changed := _hear_change(moment, form):
        return changed
    if form.step == "rewrite" and (BACK.match(moment.line) or KEEPS.match(moment.line)):
        return onward(moment, form)
    if BACK.match(moment.line):
        return _at(moment, form, _before(form))
    jump = next((step for pattern, step in JUMPS if pattern.match(moment.line)), None)
    if jump and _may_jump(form, jump):
        return _at(moment, form, jump)
    return STEPS[form.step](moment, form)


def again(moment: Moment, form: Form) -> Turn:
    return ask(moment, form)


def _about_another(moment: Moment, form: Form) -> bool:
    """ "hủy TB-…", "đính chính TB-…" with another announcement's code is not about the one that is being written."""
    code = find_code(moment.text, ("TB",))[0]
    return code not in (None, form.code) and len(moment.text.split()) <= MOST_OF_A_COMMAND


def _hear_change(moment: Moment, form: Form) -> Turn | None:
    """ "sửa 8 giờ thành 9 giờ": one place of the text; the figures and the test are looked at anew."""
    found, text = CHANGES.match(moment.text.strip()), str(form.values.get("text") or "")
    if not found or not text:
        return None
    old = re.compile(rf"(?<!\w){re.escape(found[1].strip(QUOTES))}(?!\w)", re.IGNORECASE)
    if len(old.findall(text)) != 1:
        return ask(moment, form.at("rewrite"), say("announce", "not_in_text", words=found[1]))
    new = old.sub(lambda _: found[2].strip(QUOTES), text)
    return _hear_text(replace(moment, text=new), form)


def _before(form: Form) -> str:
    """The step before this one; what was taken over from the announcement that is corrected is not asked."""
    if form.step == "card":
        return "rewrite" if form.values.get("corrects") else "audience"
    return BEFORE.get(form.step, "when")


def _may_jump(form: Form, step: str) -> bool:
    """Only to what was reached: nobody chooses a time before the test."""
    if step == "audience" and form.values.get("corrects"):
        return False
    return form.step not in ("text", "rewrite") and (step in ("rewrite", "audience") or ORDER.index(step) < ORDER.index(form.step))


def _at(moment: Moment, form: Form, step: str) -> Turn:
    return show_card(moment, form) if step == "card" else ask(moment, form.at(step))


def _hear_text(moment: Moment, form: Form) -> Turn | None:
    """The words, whatever they are; a message too short for an announcement may be something else."""
    text = told(moment) or moment.text.strip()
    count = len(text.split())
    if count < LEAST_WORDS or (count <= MOST_OF_A_COMMAND and find_code(text, ("TB",))[0]):
        return None
    if form.values.get("corrects"):
        marked = say("announce", "correction", code=form.values["corrects"], text="")
        text = marked + CORRECTING.sub("", text.removeprefix(marked))
    if len(text) > MOST_TEXT:
        return ask(moment, form, say("announce", "too_long", count=len(text), over=len(text) - MOST_TEXT))
    return onward(moment, form.filled(text=text))


def _hear_why(moment: Moment, form: Form) -> Turn | None:
    """One reason for all figures, or "a: …" line by line. A question or a command is none."""
    short = len(moment.line.split()) <= MOST_OF_A_COMMAND
    if "?" in moment.text or moment.agrees is not None or (short and people.is_command(moment)):
        return None
    figures = lettered(moment, form)
    lines = [line for line in moment.text.splitlines() if line.strip()]
    found = [match for line in lines if (match := ONE_REASON.match(line))]
    if found and len(found) == len(lines) and all(match[1].lower() in figures for match in found):
        told = {figures[match[1].lower()]: match[2].strip() for match in found}
    else:
        told = dict.fromkeys(figures.values(), moment.text.strip())
    given = {figure: reason[:MOST_REASON] for figure, reason in told.items() if len(reason.split()) >= LEAST_REASON}
    if not given:
        return ask(moment, form, say("announce", "why_short"))
    return onward(moment, form.filled(reasons={**(form.values.get("reasons") or {}), **given}))


def _hear_card(moment: Moment, form: Form) -> Turn | None:
    line, tested = moment.line, is_tested(moment, form)
    if re.match(r"^(?:danh sach|xem danh sach|nguoi chua den)\b", line):
        return announcement_papers.visit_beside(moment, form, audience_of(form))
    if re.match(r"^gui thu\b", line) or (moment.agrees is True and not tested):
        return sending.test(moment, form)
    if tested and (moment.agrees is True or line in ("tiep tuc", "tiep")):
        return ask(moment, form.at("when"))
    return sending.hear_time_early(moment, form) or people.hear_on_card(moment, form)


STEPS: dict[str, Callable[[Moment, Form], Turn | None]] = {
    "text": _hear_text,
    "rewrite": _hear_text,
    "why": _hear_why,
    "audience": people.hear_audience,
    "place": people.hear_place,
    "card": _hear_card,
    **sending.STEPS,
}
