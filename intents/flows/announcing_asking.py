"""What is asked at each step of writing an announcement: short, so that it fits below whatever interrupts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from intents.announcements import MOST_TEXT, Audience, Reach
from intents.flows import announcing_card as words
from intents.flows.moment import Moment, choices, clipped, dotted, when
from intents.messages import Choice
from intents.records import Effect, Viewed
from intents.slots.sending_time import next_allowed
from intents.state import Form, Turn
from intents.wording import say
from knowledge.units import Area

TASK = "announce"
NAME = "announce"
SHOWN_FIGURE = 30  # characters
SHOWN_TEXT = 300  # characters of a text that is written anew


@dataclass(frozen=True)
class Asked:
    text: str
    options: Sequence[Choice] = ()


def audience_of(form: Form) -> Audience:
    return Audience.read(form.values["audience"])


def count_of(form: Form) -> int:
    return int(form.values.get("count") or 0)


def needs_second(form: Form) -> bool:
    """Whether a second officer has to agree."""
    return count_of(form) > words.APPROVAL_ABOVE


def checks_of(moment: Moment, form: Form) -> list[dict[str, object]]:
    """The figures of the text, by the plans of where it goes; before that is known, of where the officer is."""
    reasons = form.values.get("reasons") or {}
    area = audience_of(form).area if form.values.get("audience") else moment.person.area
    return words.checks_of(str(form.values["text"]), area, moment.knowledge, moment.today, reasons)


def text_of(moment: Moment, form: Form) -> str:
    """The announcement as people will read it."""
    return words.framed(str(form.values["text"]), form.code, moment.person.area)


def is_tested(moment: Moment, form: Form) -> bool:
    return bool(form.code) and form.values.get("tested") == text_of(moment, form)


STOP = (say("announce", "stop"), "thôi")
EDIT = (say("announce", "edit"), "sửa lời")
SEE = (say("announce", "see_card"), "xem lại")
OTHER_TIME = (say("announce", "other_time"), "đổi giờ")


def _rewrite(moment: Moment, form: Form) -> Asked:
    return Asked(say("announce", "start_again", text=clipped(str(form.values["text"]), SHOWN_TEXT), most=MOST_TEXT))


def _text(moment: Moment, form: Form) -> Asked:
    if form.values.get("corrects"):
        return Asked(say("announce", "start_correction", code=form.values["corrects"], most=MOST_TEXT))
    return Asked(say("announce", "start", most=MOST_TEXT))


def _why(moment: Moment, form: Form) -> Asked:
    figures = lettered(moment, form)
    lines = "\n".join(say("announce", "figure", letter=letter, figure=clipped(figure, SHOWN_FIGURE)) for letter, figure in figures.items())
    return Asked(say("announce", "why", figures=lines), choices(EDIT, STOP))


def lettered(moment: Moment, form: Form) -> dict[str, str]:
    """The figures that still need a reason, by the letter each is asked with: the same one until all have theirs."""
    checks = checks_of(moment, form)
    unmatched = dict.fromkeys(str(one["figure"]) for one in checks if "reason" in one)
    left = words.unexplained(checks)[: words.MOST_CHECKS]
    letters = dict(zip(unmatched, ascii_lowercase, strict=False))
    return {letters.get(figure, "z"): figure for figure in left}


def _audience(moment: Moment, form: Form) -> Asked:
    named = ("heads", "registered", "unregistered")
    pairs = [(say("announce", one), say("announce", one)) for one in named]
    whole = (say("announce", "everybody", area=moment.person.area.label), "tất cả")
    return Asked(say("announce", "audience"), choices(whole, *pairs, STOP))


def _place(moment: Moment, form: Form) -> Asked:
    labels = [Area(**place).label for place in form.values["places"]]
    return Asked(say("announce", "several"), tuple(Choice(label, label) for label in labels))


def _card(moment: Moment, form: Form) -> Asked:
    return Asked(say("announce", "card_short", code=form.code, count=dotted(count_of(form))), card_choices(moment, form))


def card_choices(moment: Moment, form: Form, *, full: bool = False) -> tuple[Choice, ...]:
    """What may be done with a card: `full` it is shown already."""
    onward = (say("announce", "go_on"), "tiếp tục") if is_tested(moment, form) else (say("announce", "test"), "gửi thử")
    pairs = [onward] if count_of(form) else []
    pairs.append(EDIT)
    pairs += [] if form.values.get("corrects") else [(say("announce", "other_audience"), "chọn lại người nhận")]
    pairs += [(say("announce", "visit"), "danh sách đến nhà")] if form.values.get("left") else []
    return choices(*pairs, *([] if full else [SEE]), STOP)


def _tested(moment: Moment, form: Form) -> Asked:
    yes, no = (say("announce", "tested_yes"), "đã đọc được"), (say("announce", "tested_no"), "gửi thử lại")
    return Asked(say("announce", "tested"), choices(yes, no, EDIT, STOP))


def _when(moment: Moment, form: Form) -> Asked:
    second, count = needs_second(form), dotted(count_of(form))
    text = say("announce", "when_approved" if second else "when", count=count, limit=words.APPROVAL_ABOVE)
    now = say("announce", "now_approved" if second else "now", count=count)
    return Asked(text, choices((now, "gửi ngay"), (say("announce", "later"), "hẹn giờ"), SEE, STOP))


def _quiet(moment: Moment, form: Form) -> Asked:
    at = words.starts_at(form.values)
    following = when(next_allowed(at or moment.now), moment.today)
    urgent = say("announce", "quiet_urgent", when=words.at_words(at, moment.today, approved=needs_second(form)))
    options = choices((say("announce", "quiet_next", next=following), "gửi giờ đó"), (urgent, "khẩn"), OTHER_TIME, STOP)
    return Asked(say("announce", "quiet", next=following), options)


def _urgent(moment: Moment, form: Form) -> Asked:
    text = say("announce", "urgent", when=words.at_words(words.starts_at(form.values), moment.today, approved=needs_second(form)))
    return Asked(text, choices((say("announce", "urgent_yes"), "đúng là khẩn"), (say("announce", "urgent_no"), "đổi giờ"), STOP))


def _sure(moment: Moment, form: Form) -> Asked:
    second = needs_second(form)
    at = words.at_words(words.starts_at(form.values), moment.today, approved=second)
    audience = clipped(words.audience_words(audience_of(form)), 200)
    text = say("announce", "sure_approved" if second else "sure", when=at, count=dotted(count_of(form)), audience=audience)
    return Asked(text, choices((say("announce", "yes"), "đồng ý"), OTHER_TIME, SEE, STOP))


QUESTIONS: dict[str, Callable[[Moment, Form], Asked]] = {
    "text": _text,
    "rewrite": _rewrite,
    "why": _why,
    "audience": _audience,
    "place": _place,
    "card": _card,
    "tested": _tested,
    "when": _when,
    "quiet": _quiet,
    "urgent": _urgent,
    "sure": _sure,
}


def ask(moment: Moment, form: Form, before: str = "", *effects: Effect) -> Turn:
    """Asks the form's step, after what is said `before`."""
    asked = QUESTIONS[form.step](moment, form)
    return moment.turn(TASK, f"{before}\n{asked.text}".strip(), *effects, form=form, choices=asked.options)


def onward(moment: Moment, form: Form) -> Turn:
    """What is missing next: a reason for a figure, the people, or nothing any more."""
    if words.unexplained(checks_of(moment, form)):
        return ask(moment, form.at("why"))
    return show_card(moment, form) if form.values.get("audience") else ask(moment, form.at("audience"))


def reached(form: Form, reach: Reach) -> Form:
    """The form with what the officer is now shown of the audience."""
    return form.filled(count=reach.count, who=reach.who, left=sum(reach.unreachable.values()))


def show_card(moment: Moment, form: Form, before: str = "") -> Turn:
    """Everything on one card: whom it is for and reaches, five of them, the figures, the whole text."""
    reach = moment.desk.reach(audience_of(form))
    form = reached(replace(form, code=form.code or moment.desk.fresh_code("TB")), reach).at("card")
    lines = [before] if before else []
    lines.append(say("announce", "card", code=form.code, audience=words.audience_words(audience_of(form))))
    lines += [*words.reach_lines(reach), *words.village_lines(audience_of(form)), *words.sample_lines(reach)]
    lines += [say("announce", "above", limit=words.APPROVAL_ABOVE)] if needs_second(form) else []
    lines += [say("announce", "bare")] if words.is_bare(str(form.values["text"])) else []
    lines += [*words.check_lines(checks_of(moment, form)), say("announce", "whole", text=text_of(moment, form))]
    seen = [Viewed(form.code)] if any(one.name for one in reach.sample) else []
    return moment.turn(TASK, "\n".join(lines), *seen, form=form, choices=card_choices(moment, form, full=True))
