"""Activity reports: one sentence, or six guided steps; a card; sent, corrected as a new version, never stored in doubt.

The form's values: `todo` (activities not yet sent), `number` and `of` (which of several this is), `asks` (questions still to
be asked), `said` (the words). A step is a question's name, "card", "fix", "photo", "twin" or "free".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from intents.clocks import due
from intents.flows.moment import QUESTION, STOPS, Moment, asks_something, choices, dotted, stops
from intents.flows.report_card import FIELDS, card, closed, known, shown
from intents.flows.report_slots import SETTLED_BY, activities, asked_for, impossible, missing_of, read_slot
from intents.messages import Choice
from intents.records import CaseKind, Change, Effect, KeepPhotos, NotifyOfficers, State, Submit
from intents.slots.answers import parse_slot
from intents.slots.report import parse_report
from intents.state import Form, Turn
from intents.wording import group, say
from knowledge.units import Area, village_key
from knowledge.vietnamese import fold

NAME = "report"
TASK = "report_activity"
GUIDED = ("kind", "occurred_on", "what", "households", "names", "donor")
OPTIONAL = ("donor", "names", "items", "people", "labour_days", "village")
KINDS = tuple(Choice(label, str(number)) for number, label in enumerate(group("report_kind").values(), 1))
MOST_PHOTOS = 5
GUIDE = re.compile(r"\b(?:tung (?:cau|buoc|muc)|mau (?:sau|6) buoc|lam theo mau|hoi tung)\b")
MENDS = re.compile(r"\b(?:a quen|quen mat|a nham|nham|noi lai|sai|khong phai|doi lai|nhung|ma la|chu khong)\b")
ENOUGH_OF_ITS_OWN = 3  # of day, gift, count, people: what makes a message an activity and not a correction
NAMED = re.compile(r"^(?:(?:a|ah|quen|nham|con|thi|sua|chinh|doi|lai|cho|la) )*")
FIX = re.compile(r"^(?:sua|chinh|doi|thay) (?:lai )?")
TOLD = re.compile(r"\b(?:thanh|la|:|lai la)\b")
FIXES = {
    "kind": "viec|loai",
    "occurred_on": "ngay|thoi gian|hom",
    "amount_vnd": "so tien|tien|tri gia",
    "items": "hien vat|do|qua|hang",
    "households": "so ho|ho|may ho",
    "people": "so nguoi|nguoi nhan duoc|may nguoi",
    "labour_days": "ngay cong|cong",
    "names": "nguoi nhan|ten ho|ten nguoi|ten",
    "donor": "ben giup|nguoi giup|nguoi cho|nguoi tang|don vi|ben cho",
    "village": "thon|xom|lang|ban|noi",
}


def start(moment: Moment) -> Turn:
    """Opens a report with what the message tells."""
    if not moment.person.reports:
        return moment.turn(TASK, say("report", "not_head"))
    if GUIDE.search(moment.line):
        return _guided(moment)
    parsed = parse_report(moment.text, moment.now, moment.person.area.village)
    todo = [one for one in activities(parsed) if _tells(one)]
    if not todo:
        options = choices((say("report", "guided"), "từng câu"))
        return moment.turn(TASK, say("report", "ask_free"), form=Form(NAME, "free", {"todo": []}), choices=options)
    asks = [*parsed.doubts, *asked_for(parsed.missing)] if parsed.must_question or parsed.missing else []
    form = Form(NAME, "card", {"todo": todo, "number": 1, "of": len(todo), "asks": asks, "said": moment.text[:500]})
    before = say("report", "several", count=len(todo)) + "\n" if len(todo) > 1 else ""
    return _with_photos(moment, form, lambda kept, *effects: _next(moment, kept, before, *effects))


def sounds_like(moment: Moment) -> bool:
    """Whether a village head's message tells of an activity: what was done, with a day, a sum, goods or households."""
    if QUESTION.search(moment.line) or "?" in moment.text:
        return False
    told = next(iter(activities(parse_report(moment.text, moment.now, moment.person.area.village))), {})
    essentials = (
        told.get("occurred_on") or told.get("occurred_month"),
        told.get("amount_vnd") or told.get("amount_range") or told.get("items"),
    )
    counted = told.get("households") or told.get("people") or told.get("labour_days")
    return bool(told.get("kind")) and sum(map(bool, (*essentials, counted))) >= 2


def _tells(activity: dict[str, Any]) -> bool:
    """Whether an activity says more than that there was one."""
    told = [name for name, value in activity.items() if value not in (None, [], "") and name not in ("village", "kind")]
    return bool(told) or bool(activity.get("kind"))


def _guided(moment: Moment) -> Turn:
    form = Form(NAME, GUIDED[0], {"todo": [{}], "number": 1, "of": 1, "asks": list(GUIDED), "guided": True, "said": ""})
    return _ask(moment, form, GUIDED[0])


def area_of(moment: Moment, activity: dict[str, Any]) -> Area:
    """A report belongs to its head's village; another village named in it stays on the card for the officer to see."""
    return moment.person.area


# -- one message -------------------------------------------------------------------------------------------------------------------


def hear(moment: Moment, form: Form) -> Turn | None:
    """Takes the answer to what was asked; None when the message is a question of another kind."""
    if moment.location and form.values.get("todo"):
        kept = _updated(form, {"location": [round(degrees, 5) for degrees in moment.location]})
        before = say("report", "location_kept") + "\n"
        return show_card(moment, kept, before) if form.step in ("card", "photo") else _next(moment, kept, before)
    if moment.photos:
        return _with_photos(moment, form, lambda kept, *effects: _photo_taken(moment, kept, *effects))
    return STEPS.get(form.step, _hear_slot)(moment, form)


def _hear_free(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return _cancelled(moment, form)
    if GUIDE.search(moment.line) or moment.line == "1":
        return _guided(moment)
    parsed = parse_report(moment.text, moment.now, moment.person.area.village)
    return start(moment) if any(map(_tells, activities(parsed))) else None


def _another(moment: Moment, form: Form) -> Turn | None:
    """A whole new activity told while one is still open: it is kept for afterwards and mixed into nothing."""
    if MENDS.search(moment.line) or FIX.match(moment.line) or not form.values.get("todo") or not sounds_like(moment):
        return None
    parsed = parse_report(moment.text, moment.now, moment.person.area.village)
    new = [one for one in activities(parsed) if _essentials(one) >= ENOUGH_OF_ITS_OWN]
    if not new or _essentials(form.values["todo"][0]) == 0:
        return None
    kept = form.filled(todo=[*form.values["todo"], *new], of=form.values["of"] + len(new))
    turn = show_card(moment, kept) if form.step in ("card", "fix", "photo") else again(moment, kept)
    text = f"{say('report', 'kept_for_later', count=len(new))}\n{turn.reply.text}"
    return replace(turn, reply=replace(turn.reply, text=text))


def _essentials(activity: dict[str, Any]) -> int:
    """How many of day, gift, count and people an activity tells."""
    parts = (
        ("occurred_on", "occurred_month"),
        ("amount_vnd", "amount_range", "items", "labour_days"),
        ("households", "people"),
        ("donor", "beneficiary_names"),
    )
    return sum(any(activity.get(name) for name in names) for names in parts)


def _hear_slot(moment: Moment, form: Form) -> Turn | None:
    slot = form.step
    if moment.line in STOPS:
        return _cancelled(moment, form)
    if another := _another(moment, form):
        return another
    told = read_slot(slot, moment.text, moment.now, moment.person.area.village)
    if not told and (fixed := _fixed(moment, form)):
        return fixed
    if not told or _is_command(moment):
        said = parse_slot("confirm", moment.text, moment.now)
        if said.interrupt in INTERRUPTS:
            return INTERRUPTS[said.interrupt](moment, form)
        if said.interrupt == "question":
            return None
    if not told and moment.agrees is True and form.values.get("suspect"):
        told = {slot: form.values["suspect"], "confirmed": [*(form.values["todo"][0].get("confirmed") or ()), slot]}
    if not told:
        return None if asks_something(moment) else _ask(moment, form, slot, say("report", "again") + "\n")
    asks = [one for one in form.values["asks"] if SETTLED_BY.get(one, one) != slot]
    kept = replace(_updated(form, told).filled(asks=asks, suspect=None), history=(*form.history, slot))
    return _next(moment, kept)


def _is_command(moment: Moment) -> bool:
    return moment.line in ("thoi", "bo qua", "quay lai", "khong biet", "huy", "dung lai", "khong ro")


def _updated(form: Form, told: dict[str, Any]) -> Form:
    todo = [dict(one) for one in form.values["todo"]]
    if "amount_vnd" in told:
        todo[0] |= {"amount_range": None, "amount_each_vnd": None}
    todo[0] |= told
    each, homes = todo[0].get("amount_each_vnd"), todo[0].get("households")
    if "households" in told and each and homes:
        todo[0]["amount_vnd"] = each * homes
    return form.filled(todo=todo)


def _next(moment: Moment, form: Form, before: str = "", *effects: Effect) -> Turn:
    """Asks what is doubtful or missing in the first activity, or shows its card."""
    body = form.values["todo"][0]
    if doubt := impossible(body, moment.today):
        return _ask_doubt(moment, form, *doubt, before, *effects)
    if _elsewhere(moment, body):
        options = choices((say("report", "here"), "thôn mình"), (say("report", "not_here"), "bỏ"))
        text = before + say("report", "other_village", village=body["village"], own=moment.person.area.label)
        return moment.turn(TASK, text, *effects, form=form.at("where"), choices=options)
    asks = list(form.values.get("asks") or ())
    if asks and asks[0] in SETTLED_BY:
        return _ask_doubt(moment, form, asks[0], SETTLED_BY[asks[0]], before, *effects)
    if asks and asks[0] not in (*GUIDED, *FIELDS):
        return _next(moment, form.filled(asks=asks[1:]), before, *effects)
    wanted = asks or missing_of(body)
    if wanted:
        read_back = (
            ""
            if before or form.values.get("guided") or form.history or not known(body)
            else f"{say('report', 'understood', known=known(body))}\n"
        )
        return _ask(moment, form, wanted[0], before + read_back, *effects)
    return show_card(moment, form, before, *effects)


def _elsewhere(moment: Moment, body: dict[str, Any]) -> bool:
    """Whether the report names another village than its head's, and that has not been settled."""
    named = village_key(str(body.get("village") or ""))
    own = moment.person.area.keys[2]
    return bool(named) and bool(own) and own not in named and named not in own and "village" not in (body.get("confirmed") or ())


def _hear_where(moment: Moment, form: Form) -> Turn | None:
    """Which village: the head's own (the name was a slip), or another, which is for that village's head to report."""
    if stops(moment) or moment.line in ("bo", "bo qua", "khong", "2") or moment.agrees is False:
        return _after_sending(moment, form, say("report", "not_ours"))
    if moment.line in ("thon minh", "1", "o thon minh") or moment.agrees is True:
        return _next(moment, _updated(form, {"village": None}))
    return None


def _ask(moment: Moment, form: Form, slot: str, before: str = "", *effects: Effect) -> Turn:
    question = say("report_question", slot)
    if form.values.get("guided") and slot in GUIDED:
        question = say("report", "steps", number=GUIDED.index(slot) + 1, question=question)
    options = KINDS if slot == "kind" else ()
    return moment.turn(TASK, before + question, *effects, form=form.at(slot), choices=options)


def _ask_doubt(moment: Moment, form: Form, doubt: str, slot: str, before: str, *effects: Effect) -> Turn:
    """Asks about what cannot be; the doubtful value is taken out, so that it cannot be stored by accident."""
    body = dict(form.values["todo"][0])
    day = shown("occurred_on", body) or say("report", "some_day")
    suspect = body.get(slot)
    text = say("report_doubt", doubt, day=day, count=body.get("households"), sum=dotted(suspect) if isinstance(suspect, int) else "")
    emptied = {slot: None} | ({"occurred_month": None} if slot == "occurred_on" else {})
    kept = _updated(form, emptied).filled(suspect=suspect if doubt in ("too_many_households", "too_large", "long_ago") else None)
    return moment.turn(TASK, before + text, *effects, form=kept.at(slot))


# -- the card ------------------------------------------------------------------------------------------------------------------------


def show_card(moment: Moment, form: Form, before: str = "", *effects: Effect) -> Turn:
    body = form.values["todo"][0]
    options = choices(
        (say("report", "right"), "đúng"),
        (say("report", "fix"), "sửa"),
        (say("report", "photo"), "thêm ảnh"),
        (say("report", "stop"), "thôi"),
    )
    text = before + say("report", "card", card=card(body, area_of(moment, body), moment.knowledge))
    return moment.turn(TASK, text, *effects, form=form.at("card"), choices=options)


def _hear_card(moment: Moment, form: Form) -> Turn | None:
    """Only a plain yes sends. Words that tell something change the card; a whole other activity waits its turn."""
    if fold(moment.text).strip(" .") in ("them anh", "anh", "gui anh", "3"):
        return moment.turn(TASK, say("report", "send_photo", most=MOST_PHOTOS), form=form.at("photo"))
    if stops(moment):
        return _cancelled(moment, form)
    if moment.agrees is True:
        return _send(moment, form)
    if (moment.agrees is False and len(moment.line.split()) < 3) or moment.line in ("sua", "2", "sua lai"):
        return _ask_fix(moment, form)
    if (other := _another(moment, form) or _fixed(moment, form)) is not None:
        return other
    if asks_something(moment):
        return None
    told = next(iter(activities(parse_report(moment.text, moment.now, moment.person.area.village))), {})
    new = {name: value for name, value in told.items() if value not in (None, [], "") and (name != "kind" or MENDS.search(moment.line))}
    if new:
        return _next(moment, _updated(form, new))
    if moment.agrees is False:
        return _ask_fix(moment, form)
    return show_card(moment, form, say("report", "again") + "\n")


def _fixed(moment: Moment, form: Form) -> Turn | None:
    """ "sửa số hộ thành 5", "à quên, bên giúp là hội phụ nữ", "sửa ngày": the field named is changed at once, or asked."""
    asked = FIX.match(moment.line)
    rest = moment.line[NAMED.match(moment.line).end() :]  # type: ignore[union-attr]
    slot = _field_named(rest)
    if slot is None:
        return _ask_fix(moment, form) if asked else None
    parts = re.split(r"\b(?:thành|thanh|là|la|lại là)\b|:", moment.text, maxsplit=1)
    told = read_slot(slot, parts[1].strip(), moment.now, moment.person.area.village) if len(parts) > 1 and parts[1].strip() else {}
    if told:
        return _next(moment, _updated(form, told))
    return _ask(moment, form.filled(asks=[]), slot) if asked else None


def _field_named(words: str) -> str | None:
    """The field whose name the words begin with; the longest name wins ("ngay cong" is not "ngay")."""
    found = [(len(match[0]), name) for name, names in FIXES.items() if (match := re.match(rf"(?:{names})\b", words))]
    return max(found)[1] if found else None


def _ask_fix(moment: Moment, form: Form) -> Turn:
    options = tuple(Choice(say("report_field", name), f"sửa {say('report_field', name)}") for name in FIELDS)
    return moment.turn(TASK, say("report", "what_to_fix"), form=form.at("fix"), choices=options)


def _hear_fix(moment: Moment, form: Form) -> Turn | None:
    if stops(moment) or moment.agrees is not None:
        return show_card(moment, form)
    if another := _another(moment, form):
        return another
    named = next(
        (name for name, label in group("report_field").items() if fold(label) in moment.line and len(moment.line.split()) < 5), None
    )
    if named is None and len(moment.line.split()) > 1:
        return _hear_card(moment, form)
    return _fixed(moment, form) or (_ask(moment, form.filled(asks=[]), named) if named else _ask_fix(moment, form))


# -- photos ----------------------------------------------------------------------------------------------------------------------------


def _with_photos(moment: Moment, form: Form, then: Callable[..., Turn]) -> Turn:
    """Goes on with the photos of this message kept (up to the cap) and named in the activity."""
    if not moment.photos or not form.values.get("todo"):
        return then(form)
    kept = list(form.values["todo"][0].get("photo_sums") or ())
    new = [photo for photo in moment.photos if photo.sha256 not in kept][: MOST_PHOTOS - len(kept)]
    if not new:
        return then(form)
    return then(_updated(form, {"photo_sums": [*kept, *(photo.sha256 for photo in new)]}), KeepPhotos(tuple(new)))


def _photo_taken(moment: Moment, form: Form, *effects: Effect) -> Turn:
    if not form.values.get("todo"):
        return again(moment, form)
    count = len(form.values["todo"][0].get("photo_sums") or ())
    name = "photo_kept" if effects else "photo_enough"
    before = say("report", name, count=count, most=MOST_PHOTOS) + "\n"
    if form.step == "photo" and count < MOST_PHOTOS:
        return moment.turn(TASK, before.strip(), *effects, form=form)
    return show_card(moment, form, before, *effects) if form.step in ("photo", "card") else _next(moment, form, before, *effects)


def _hear_photo(moment: Moment, form: Form) -> Turn | None:
    if stops(moment) or moment.line in (
        "xong",
        "het",
        "khong",
        "khong gui nua",
        "du roi",
    ):
        return show_card(moment, form)
    return _hear_card(moment, form)


# -- sending ---------------------------------------------------------------------------------------------------------------------------


def _send(moment: Moment, form: Form, *, told_apart: bool = False) -> Turn:
    body = {name: value for name, value in form.values["todo"][0].items() if value not in (None, [], "")}
    body["said"] = form.values.get("said") or ""
    area = area_of(moment, body)
    if form.code:
        return _send_changed(moment, form, body, area)
    code = moment.desk.fresh_code("BC")
    twins = [] if told_apart else list(moment.desk.likely_same(CaseKind.REPORT, code, body, area))
    mine = next((twin for twin in twins if twin.owner == moment.person.id), None)
    if mine:
        options = choices((say("report", "different"), "việc khác"), (say("report", "same"), "trùng"))
        return moment.turn(TASK, say("report", "twin_mine", code=mine.code), form=form.at("twin"), choices=options)
    submit = Submit(code, CaseKind.REPORT, area, body, due(CaseKind.REPORT, moment.desk.now))
    text = say("report", "sent", code=code)
    if twins:
        text += "\n" + say("report", "twin_other", code=twins[0].code)
    notice = NotifyOfficers(area, say("officer", "new_case", kind=say("case_kind", "report"), code=code))
    return _after_sending(moment, form, text, submit, notice)


def _after_sending(moment: Moment, form: Form, text: str, *effects: Effect) -> Turn:
    """The next of several activities, or the end."""
    rest = form.values["todo"][1:]
    if not rest:
        return moment.turn(TASK, text, *effects)
    number = form.values["number"] + 1
    before = f"{text}\n{say('report', 'next_one', number=number, of=form.values['of'])}\n"
    return _next(moment, replace(form.filled(todo=rest, number=number, asks=[]), history=()), before, *effects)


def _send_changed(moment: Moment, form: Form, body: dict[str, Any], area: Area) -> Turn:
    case = moment.desk.case(form.code)
    if case is None or case.state in (State.APPROVED, State.DECLINED, State.WITHDRAWN):
        return moment.turn(TASK, closed(case, form.code))
    body = {**body, "said": case.body.get("said") or body.get("said") or ""}
    if case.state is not State.RETURNED and dict(case.body) == body:
        return moment.turn(TASK, say("report", "unchanged", code=form.code))
    change = Change(form.code, State.SUBMITTED, body, area, due_at=due(CaseKind.REPORT, moment.desk.now), action="amend")
    notice = NotifyOfficers(area, say("officer", "changed_case", kind=say("case_kind", "report"), code=form.code))
    return moment.turn(TASK, say("report", "sent_changed", code=form.code, version=form.version + 1), change, notice)


def _hear_twin(moment: Moment, form: Form) -> Turn | None:
    if moment.line in ("1", "viec khac", "khac") or "khac" in moment.line.split():
        return _send(moment, form, told_apart=True)
    if moment.line in ("2", "trung", "bo") or "trung" in moment.line.split():
        return _after_sending(moment, form, say("report", "cancelled"))
    return None


# -- interruptions -------------------------------------------------------------------------------------------------------------------------


def _cancelled(moment: Moment, form: Form) -> Turn:
    return moment.turn(TASK, say("report", "cancelled"))


def _back(moment: Moment, form: Form) -> Turn:
    if not form.history:
        return _ask(moment, form, form.step, say("report", "no_way_back") + "\n")
    slot = form.history[-1]
    return _ask(moment, replace(form, history=form.history[:-1]).filled(asks=[slot, *form.values["asks"]]), slot)


def _skip(moment: Moment, form: Form) -> Turn:
    if (
        form.step not in OPTIONAL
        and form.step in (*missing_of(form.values["todo"][0]), *form.values["asks"])
        and not form.values.get("suspect")
    ):
        return _ask(moment, form, form.step, say("report", "must_answer") + "\n")
    return _next(moment, form.filled(asks=[one for one in form.values["asks"] if one != form.step]))


def _complaint(moment: Moment, form: Form) -> Turn:
    return _ask(moment, form, form.step, say("report", "complaint") + "\n")


INTERRUPTS: dict[str, Callable[[Moment, Form], Turn]] = {
    "cancel": _cancelled,
    "back": _back,
    "skip": _skip,
    "dont_know": _skip,
    "complaint": _complaint,
}
STEPS: dict[str, Callable[[Moment, Form], Turn | None]] = {
    "free": _hear_free,
    "card": _hear_card,
    "fix": _hear_fix,
    "photo": _hear_photo,
    "where": _hear_where,
    "twin": _hear_twin,
}


def again(moment: Moment, form: Form) -> Turn:
    """The same step asked once more."""
    if form.step == "free":
        return moment.turn(TASK, say("report", "ask_free"), form=form, choices=choices((say("report", "guided"), "từng câu")))
    if form.step in ("card", "photo", "twin"):
        return show_card(moment, form)
    if form.step == "where":
        return _next(moment, form)
    return _ask_fix(moment, form) if form.step == "fix" else _ask(moment, form, form.step)
