"""Self-registration to exit poverty: what it is, consent, at most nine questions, a review, a receipt.

A step of the form is "intro", "consent", a slot, "unit" (which of several communes), "helper_name", "proof", "proof_text",
"review" or "fix". Steps that a message fills are not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from intents.clocks import due
from intents.codes import spoken
from intents.flows.card import SLOTS, area_of, card, holder, known, state_of
from intents.flows.commune import find_units, plans_of, unit_choices, unit_value, units_named
from intents.flows.moment import QUESTION, STOPS, Moment, asks_something, choices, stops
from intents.messages import Choice
from intents.records import Case, CaseKind, Change, Consent, Effect, NotifyOfficers, State, Submit
from intents.slots.answers import parse_slot
from intents.slots.opening import parse_opening
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE, in_words
from knowledge.places import find
from knowledge.units import province_now
from knowledge.vietnamese import fold, read

NAME = "registration"
OPTIONAL = frozenset(("household_type", "members", "reasons", "needs", "target_year", "phone"))
OWN = frozenset(("name", "household_type", "members", "phone", "commune", "target_year"))  # what only a registration tells
TOLD_ENOUGH = 2  # of these, for a message to be more of the registration and not a remark
MENDS = re.compile(r"\b(?:a quen|quen mat|a nham|nham|noi lai|sua lai|khong phai|doi lai|chinh lai|nhung|ma la)\b")
SAYS_ITSELF = {
    "village": r"\b(?:thon|xom|lang|ban|to dan pho)\b",
    "commune": r"\b(?:xa|phuong)\b",
    "members": r"\b(?:nguoi|khau)\b",
    "phone": r"\d{9}",
}
NAMES = ("name", "village", "commune")
WORTH_ASKING = 3  # filled questions
LONGEST_NAME = 60  # characters
WORDS_OF_SEVERAL = 6  # an answer this long may tell more than was asked
TASK = "register"
YES_NO = choices((say("consent", "yes"), "đồng ý"), (say("consent", "no"), "không"))
PICKS: dict[str, tuple[Choice, ...]] = {
    "household_type": choices(
        *((say("household_type", one).capitalize(), say("household_type", one)) for one in ("poor", "near_poor", "escaped_poor")),
        (say("register", "skip"), "bỏ qua"),
    ),
    "phone": choices((say("register", "no_phone"), "không có")),
    "proof": choices((say("register", "by_code"), "mã riêng"), (say("register", "by_word"), "đồng ý")),
}


def start(moment: Moment, *, for_other: bool = False) -> Turn:
    """Opens the form with what the message already tells."""
    task = "register_for_other" if for_other else TASK
    opening = parse_opening(moment.text, moment.now)
    other = for_other or opening.on_behalf
    mine = next((case for case in moment.desk.mine(CaseKind.REGISTRATION) if _live(case)), None)
    if mine and not other:
        state = say("registration_state", state_of(mine))
        return moment.turn(task, say("register", "already", code=mine.code, state=state))
    told = {name: _plain(value) for name, value in asdict(opening).items() if value not in (None, (), "", False) and not _too_long(value)}
    told["on_behalf"] = other
    if moment.person.name and other:
        told["helper_name"] = moment.person.name
    form = Form(NAME, "intro", told)
    text = say("register", "intro")
    if other:
        text = f"{say('register', 'intro_other')}\n{text}"
    options = choices((say("register", "go"), "làm tiếp"), (say("register", "stop"), "thôi"))
    return moment.turn(task, f"{text}\n{say('register', 'go_on')}", form=form, choices=options)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_NAME


def _live(case: Case) -> bool:
    return case.state not in (State.WITHDRAWN, State.DECLINED, State.EXITED) and not case.body.get("on_behalf")


# -- one message -----------------------------------------------------------------------------------------------------------------


def hear(moment: Moment, form: Form) -> Turn | None:
    """Takes the answer to the step that was asked; None when the message is a question of another kind."""
    return STEPS.get(form.step, _hear_slot)(moment, form)


def _hear_intro(moment: Moment, form: Form) -> Turn | None:
    said = parse_slot("confirm", moment.text, moment.now)
    if stops(moment) or moment.agrees is False:
        return _cancelled(moment)
    if moment.agrees is True or moment.line in ("1", "lam tiep", "tiep", "tiep tuc", "dang ky"):
        return _ask_consent(moment, form)
    return None if said.interrupt == "question" else _merged(moment, form, lambda filled: _ask_consent(moment, filled))


def _merged(moment: Moment, form: Form, then: Callable[[Form], Turn]) -> Turn | None:
    """Goes on with what a message tells before consent (kept in the sealed conversation only), or None where it tells nothing."""
    filled = _with_opening(moment, form)
    new = {name for name, value in filled.values.items() if form.values.get(name) != value}
    return then(filled) if len(new & OWN) >= TOLD_ENOUGH else None


def _ask_consent(moment: Moment, form: Form) -> Turn:
    text = f"{say('consent', 'wording')}\n{say('consent', 'ask')}"
    if form.values.get("on_behalf"):
        text = f"{say('consent', 'for_other')}\n{text}"
    return moment.turn(TASK, text, form=form.at("consent"), choices=YES_NO)


def _hear_consent(moment: Moment, form: Form) -> Turn | None:
    said = parse_slot("confirm", moment.text, moment.now)
    if stops(moment) or moment.agrees is False:
        return moment.turn(TASK, say("consent", "refused"))
    if moment.agrees is True:
        how = "helper" if form.values.get("on_behalf") else "self"
        given = Consent(say("consent", "purpose"), say("consent", "version"), say("consent", "wording"), how)
        readback = known(form.values)
        before = say("register", "read_back", known=readback) + "\n" if readback else ""
        return ask_next(moment, form, before, given)
    if said.interrupt == "question":
        return None
    return moment.turn(TASK, say("consent", "unclear"), form=form, choices=YES_NO)


def _hear_slot(moment: Moment, form: Form) -> Turn | None:
    slot = form.step
    if moment.line in STOPS:
        return _cancelled(moment)
    if slot in ("commune", "village") and moment.line.isdigit():
        return ask(moment, form, say("register", "again") + "\n")
    if slot == "commune" and (wide := _too_wide(moment)):
        return moment.turn(TASK, wide, form=form)
    if slot in NAMES and len(moment.text.strip()) > LONGEST_NAME and " " not in moment.text.strip()[:LONGEST_NAME]:
        return ask(moment, form, say("register", "again") + "\n")
    said = parse_slot(slot, moment.text, moment.now)
    if said.interrupt in INTERRUPTS:
        return INTERRUPTS[said.interrupt](moment, form, said.interrupt_target)
    if said.interrupt == "question":
        return None
    if slot in NAMES and len(str(said.value or "")) > LONGEST_NAME:
        return ask(moment, form, say("register", "again") + "\n")
    if MENDS.search(moment.line) and (mended := _mended(moment, form)):
        return mended
    filled = _with_opening(moment, form) if len(moment.line.split()) >= WORDS_OF_SEVERAL else form
    if slot in ("reasons", "needs") and said.value and len(moment.line.split()) > 1 and any(map(str.isalpha, moment.text)):
        filled = filled.filled(**{f"{slot}_said": moment.text.strip()[:200]})
    if said.value is not None:
        filled = filled.filled(**{slot: _plain(said.value)})
    if slot == "phone" and said.value == "none":
        filled = filled.filled(phone="none")
    if filled.values.get(slot) in (None, "", []):
        if asks_something(moment):
            return None
        if slot == "commune" and units_named(moment.text, moment.conversation.place):
            return ask_next(moment, form.filled(commune=moment.text.strip(), unit=None))
        return _mended(moment, form, plainly=False) or ask(moment, form, say("register", "again") + "\n")
    if slot == "commune":
        filled = filled.filled(unit=None)
    return ask_next(moment, replace(filled, history=(*(step for step in form.history if step != slot), slot)))


def _mended(moment: Moment, form: Form, *, plainly: bool = True) -> Turn | None:
    """ "à quên, bà ở làng Gút": something told before takes its new value, and the question is asked again. Without such words
    (`plainly` false) only what the message names itself ("xã …", "… người") is changed, and never the name."""
    opening = asdict(parse_opening(moment.text, moment.now))
    new = {slot: _plain(opening[slot]) for slot in SLOTS if opening.get(slot) not in (None, (), "") and slot != form.step}
    new = {slot: value for slot, value in new.items() if form.values.get(slot) != value and form.values.get(slot) not in (None, "", [])}
    if not plainly:
        new = {slot: value for slot, value in new.items() if slot in SAYS_ITSELF and re.search(SAYS_ITSELF[slot], moment.line)}
    if not new:
        return None
    if "commune" in new:
        new["unit"] = None
    before = say("register", "mended", what=", ".join(say("field", slot) for slot in new if slot in SLOTS)) + "\n"
    return ask_next(moment, form.filled(**new), before)


def _too_wide(moment: Moment) -> str:
    """What to say to a province or a former district given for a commune; "" for anything else."""
    words = read(moment.text)
    if re.search(r"\b(?:xa|phuong|thi tran|tt|thon|xom)\b", words.line):
        return ""
    mentions = find(words)
    named = {mention.options[0].kind for mention in mentions}
    covered = sum(mention.end - mention.start for mention in mentions) >= len(
        [w for w in words.plain if w not in ("huyen", "tinh", "o", "thuoc")]
    )
    if not mentions or not covered or "commune" in named:
        return ""
    return say("register", "which_of_district", name=" ".join(words.raw.split()))


def _with_opening(moment: Moment, form: Form) -> Form:
    """The form with what a longer message tells besides; nothing already told is overwritten."""
    opening = parse_opening(moment.text, moment.now)
    new = {
        name: _plain(value)
        for name, value in asdict(opening).items()
        if value not in (None, (), "", False) and name != "on_behalf" and not form.values.get(name) and not _too_long(value)
    }
    return form.filled(**new)


# -- asking --------------------------------------------------------------------------------------------------------------------


def ask_next(moment: Moment, form: Form, before: str = "", *effects: Effect) -> Turn:
    """Asks the first thing that is still missing, or shows the review."""
    values = form.values
    if values.get("commune") and not values.get("unit") and "unit" not in form.skipped:
        return _place(moment, form, before, *effects)
    missing = next((slot for slot in SLOTS if values.get(slot) in (None, "", []) and slot not in form.skipped), None)
    if missing:
        return ask(moment, form.at(missing), before, *effects)
    if values.get("on_behalf") and not values.get("helper_name"):
        return ask(moment, form.at("helper_name"), before, *effects)
    if values.get("on_behalf") and not values.get("proof") and not form.code:
        return ask(moment, form.at("proof"), before, *effects)
    return _review(moment, form, *effects)


def ask(moment: Moment, form: Form, before: str = "", *effects: Effect) -> Turn:
    """Asks the form's step once (again)."""
    step = form.step
    if step not in SLOTS:
        return moment.turn(TASK, before + say("register_question", step), *effects, form=form, choices=PICKS.get(step, ()))
    name = "name_other" if step == "name" and form.values.get("on_behalf") else step
    text = say("register", "step", number=SLOTS.index(step) + 1, of=len(SLOTS), question=say("register_question", name))
    if step in OPTIONAL and step not in PICKS:
        text += ("\n" if "\n" in text else " ") + say("register", "optional")
    own_phone = step == "phone" and not form.values.get("on_behalf")
    return moment.turn(TASK, before + text, *effects, form=form, choices=PICKS.get(step, ()), contact=own_phone)


def _place(moment: Moment, form: Form, before: str, *effects: Effect) -> Turn:
    """Finds the commune of today: goes on where it is the only one, asks where there are several or none."""
    typed = str(form.values["commune"])
    units = find_units(form.values, moment.conversation.place) or units_named(typed, moment.conversation.place)
    if len(units) == 1 and (plans_of(units[0].area(), units[0].old_province) or form.values.get("province") or form.values.get("district")):
        return ask_next(moment, form.filled(unit=unit_value(units[0])), before, *effects)
    if units:
        options = unit_choices(units)
        kept = form.filled(options=[unit_value(unit) for unit in units[: len(options)]]).at("unit")
        name = "which_commune" if len(units) > 1 else "is_it_here"
        return moment.turn(TASK, before + say("register", name), *effects, form=kept, choices=options)
    if form.values.get("commune_tried"):
        kept = replace(form.filled(commune=typed), skipped=(*form.skipped, "unit"))
        return moment.turn(TASK, before + say("register", "kept_commune"), *effects, form=kept.at("province"))
    again = form.filled(commune=None, commune_tried=True).at("commune")
    return ask(moment, again, before + say("register", "no_commune", typed=typed) + "\n", *effects)


def _hear_province(moment: Moment, form: Form) -> Turn | None:
    """The province of a commune that is on no list: its officers look after the registration."""
    if stops(moment):
        return _cancelled(moment)
    opening = parse_opening(moment.text, moment.now)
    province = province_now(opening.province or moment.text)
    if province:
        return ask_next(moment, form.filled(province_now=province))
    if asks_something(moment):
        return None
    units = units_named(moment.text)
    back = replace(form.filled(commune=None, commune_tried=None), skipped=tuple(one for one in form.skipped if one != "unit"))
    if units:
        return _hear_slot(moment, back.at("commune"))
    return moment.turn(TASK, say("register", "again") + "\n" + say("register", "kept_commune"), form=form)


def _hear_unit(moment: Moment, form: Form) -> Turn | None:
    """Which of several communes: its number, its district or province, or another commune's name."""
    options = form.values.get("options") or []
    said = moment.line.strip(" .)")
    if moment.line in STOPS:
        return _cancelled(moment)
    if said.isdigit() and 1 <= int(said) <= len(options):
        return ask_next(moment, form.filled(unit=options[int(said) - 1], options=None))
    if moment.agrees is True and len(options) == 1:
        return ask_next(moment, form.filled(unit=options[0], options=None))
    back = form.filled(commune=None, unit=None, options=None).at("commune")
    if said.isdigit() or moment.agrees is not None:
        return ask(moment, back)
    answer = parse_slot("commune", moment.text, moment.now)
    if answer.interrupt in INTERRUPTS:
        return INTERRUPTS[answer.interrupt](moment, back, answer.interrupt_target)
    if answer.interrupt == "question" or asks_something(moment):
        return None
    near = find_units({**form.values, "district": moment.text, "province": moment.text})
    if len(near) < len(options) or (len(near) == 1 and len(options) > 1):
        return (
            ask_next(moment, form.filled(unit=unit_value(near[0]), options=None))
            if len(near) == 1
            else _place(moment, form.filled(district=moment.text, options=None), "")
        )
    return _hear_slot(moment, back.filled(district=None, province=None))


def _hear_helper(moment: Moment, form: Form) -> Turn | None:
    said = parse_slot("name", moment.text, moment.now)
    if said.interrupt in INTERRUPTS:
        return INTERRUPTS[said.interrupt](moment, form, said.interrupt_target)
    if said.interrupt == "question":
        return None
    if said.value is None:
        return ask(moment, form, say("register", "again") + "\n")
    return ask_next(moment, form.filled(helper_name=said.value))


def _hear_proof(moment: Moment, form: Form) -> Turn | None:
    line = moment.line
    if stops(moment):
        return _cancelled(moment)
    if line in ("1", "ma", "ma rieng", "tu xac nhan") or "ma rieng" in line or "tu xac nhan" in line:
        return ask_next(moment, form.filled(proof="code"))
    if line == "2" or "dong y" in line:
        return ask(moment, form.filled(proof="").at("proof_text"))
    return ask(moment, form, say("register", "again") + "\n")


def _hear_proof_text(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return _cancelled(moment)
    if "?" in moment.text or QUESTION.search(moment.line):
        return None
    if len(moment.line.split()) < 3:
        return ask(moment, form, say("register", "again") + "\n")
    return ask_next(moment, form.filled(proof="told", proof_text=moment.text.strip()[:500]))


def _stops(moment: Moment) -> bool:
    return stops(moment)


# -- interruptions ---------------------------------------------------------------------------------------------------------------


def _cancelled(moment: Moment, form: Form | None = None, _target: str | None = None) -> Turn:
    """Stops; where much has been filled in, it is asked before that is thrown away."""
    form = form or moment.form
    if form is None or form.step == "drop" or sum(bool(form.values.get(slot)) for slot in SLOTS) < WORTH_ASKING:
        return moment.turn(TASK, say("register", "cancelled"))
    kept = form.filled(before_drop=form.step).at("drop")
    options = choices((say("register", "drop"), "bỏ hết"), (say("register", "keep_on"), "điền tiếp"))
    return moment.turn(TASK, say("register", "drop_sure"), form=kept, choices=options)


def _hear_drop(moment: Moment, form: Form) -> Turn | None:
    if moment.agrees is False or moment.line in ("dien tiep", "tiep", "tiep tuc", "2"):
        return again(moment, form.at(str(form.values.get("before_drop") or "review")))
    if moment.agrees is True or stops(moment) or moment.line in ("bo het", "bo", "1"):
        return moment.turn(TASK, say("register", "cancelled"))
    return hear(moment, form.at(str(form.values.get("before_drop") or "review")))


def _back(moment: Moment, form: Form, _target: str | None) -> Turn:
    if not form.history:
        return ask(moment, form, say("register", "no_way_back") + "\n")
    step = form.history[-1]
    values = {**form.values, step: None} | ({"unit": None} if step == "commune" else {})
    kept = replace(form, values=values, history=form.history[:-1], skipped=tuple(one for one in form.skipped if one != step))
    return ask(moment, kept.at(step))


def _edit(moment: Moment, form: Form, target: str | None) -> Turn:
    if target not in SLOTS:
        return _ask_fix(moment, form)
    if (value := _new_value(moment, target)) is not None:
        return ask_next(moment, form.filled(**{target: value}, **({"unit": None} if target == "commune" else {})))
    values = {**form.values, target: None} | ({"unit": None, "commune_tried": None} if target == "commune" else {})
    return ask(moment, replace(form, values=values, skipped=tuple(one for one in form.skipped if one != target)).at(target))


def _new_value(moment: Moment, target: str) -> Any:
    """The value a correction brings with it ("sửa số điện thoại 0987654321"), None where it only names the field."""
    label = say("field", target)
    rest = re.split(rf"\b(?:thành|thanh|là|la)\b|:|{label}", moment.text, maxsplit=1, flags=re.IGNORECASE)[-1].strip()
    opening = _plain(asdict(parse_opening(moment.text, moment.now)).get(target))
    if opening not in (None, "", []):
        return opening
    if rest == moment.text.strip() or not rest:
        return None
    return _plain(parse_slot(target, rest, moment.now).value)


def _skip(moment: Moment, form: Form, _target: str | None) -> Turn:
    if form.step not in OPTIONAL:
        return ask(moment, form, say("register", "must_answer") + "\n")
    return ask_next(moment, replace(form, skipped=(*form.skipped, form.step), history=(*form.history, form.step)))


def _complaint(moment: Moment, form: Form, _target: str | None) -> Turn:
    return ask(moment, form, say("register", "complaint") + "\n")


INTERRUPTS: dict[str, Callable[[Moment, Form, str | None], Turn]] = {
    "cancel": _cancelled,
    "back": _back,
    "edit": _edit,
    "skip": _skip,
    "dont_know": _skip,
    "complaint": _complaint,
}


# -- review and sending ------------------------------------------------------------------------------------------------------------


def _review(moment: Moment, form: Form, *effects: Effect) -> Turn:
    options = choices((say("register", "right"), "đúng"), (say("register", "fix"), "sửa"), (say("register", "stop"), "thôi"))
    text = say("register", "review", card=card(form.values))
    return moment.turn(TASK, text, *effects, form=form.at("review"), choices=options)


def _hear_review(moment: Moment, form: Form) -> Turn | None:
    """Only a plain yes sends. A correction beside it ("đúng nhưng nhà 5 người") is taken and shown again."""
    if stops(moment):
        return _cancelled(moment)
    if moment.agrees is True:
        return _send(moment, form)
    said = parse_slot("confirm", moment.text, moment.now)
    if said.interrupt in ("back", "edit"):
        return INTERRUPTS[said.interrupt](moment, form, said.interrupt_target)
    opening = asdict(parse_opening(moment.text, moment.now))
    new = {slot: _plain(opening[slot]) for slot in SLOTS if opening.get(slot) not in (None, (), "")}
    new = {slot: value for slot, value in new.items() if form.values.get(slot) != value}
    if new and not asks_something(moment):
        return ask_next(moment, form.filled(**new, **({"unit": None} if "commune" in new else {})))
    if moment.agrees is False or moment.line in ("sua", "2"):
        return _ask_fix(moment, form)
    if said.interrupt == "question" or asks_something(moment):
        return None
    return _review(moment, form)


def _ask_fix(moment: Moment, form: Form) -> Turn:
    options = tuple(Choice(say("field", slot), f"sửa {say('field', slot)}") for slot in SLOTS)
    return moment.turn(TASK, say("register", "what_to_fix"), form=form.at("fix"), choices=options)


def _hear_fix(moment: Moment, form: Form) -> Turn | None:
    if stops(moment) or moment.agrees is not None:
        return _review(moment, form)
    said = parse_slot("confirm", moment.text, moment.now)
    if said.interrupt == "back":
        return _review(moment, form)
    if said.interrupt == "edit" and said.interrupt_target in SLOTS:
        return _edit(moment, form, said.interrupt_target)
    named = next((slot for slot in SLOTS if fold(say("field", slot)) in moment.line), None)
    if named:
        return _edit(moment, form, named)
    if asks_something(moment):
        return None
    return _mended(moment, form) or _ask_fix(moment, form)


def _send(moment: Moment, form: Form) -> Turn:
    """Sends the form: a new case, or the next version of the one it changes."""
    values = {name: value for name, value in form.values.items() if value not in (None, "", []) and name not in TRANSIENT}
    area = area_of(values)
    if form.code:
        return _send_changed(moment, form, values)
    code = moment.desk.fresh_code("DK")
    waiting = values.get("proof") == "code"
    deadline = due(CaseKind.REGISTRATION, moment.desk.now)
    if waiting:
        values["confirm"] = moment.desk.fresh_code("XN")
    submit = Submit(code, CaseKind.REGISTRATION, area, values, deadline, State.WAITING if waiting else State.SUBMITTED)
    twins = moment.desk.likely_same(CaseKind.REGISTRATION, code, values, area)
    note = f"\n{say('register', 'duplicate_note')}" if twins else ""
    if waiting:
        text = say("register", "sent_waiting", name=values["name"], code=code, confirm=values["confirm"])
        return moment.turn(TASK, text + note, submit)
    day = in_words(deadline.astimezone(ZONE).date())
    text = say("register", "sent", code=code, spoken=spoken(code), holder=holder(area), due=day)
    return moment.turn(
        TASK, text + note, submit, NotifyOfficers(area, say("officer", "new_case", kind=say("case_kind", "registration"), code=code))
    )


TRANSIENT = frozenset(("options", "commune_tried", "before_drop"))


def _send_changed(moment: Moment, form: Form, values: dict[str, Any]) -> Turn:
    """Changing an earlier registration: a new version, looked at again. The officer who has it open is told."""
    area = area_of(values)
    case = moment.desk.case(form.code)
    if case is None or case.state in (State.DECLINED, State.EXITED, State.WITHDRAWN):
        state = say("registration_state", case.state.value if case else "withdrawn")
        return moment.turn(TASK, say("status", "cannot_change", code=form.code, state=state))
    if case.state is not State.RETURNED and dict(case.body) == values:
        return moment.turn(TASK, say("register", "unchanged", code=form.code))
    if case.state is State.WAITING:  # the household has not agreed yet: no change of the helper's makes it known to officers
        return moment.turn(TASK, say("register", "changed_waiting", code=form.code), Change(form.code, None, values, area, action="amend"))
    change = Change(form.code, State.SUBMITTED, values, area, due_at=due(CaseKind.REGISTRATION, moment.desk.now), action="amend")
    text = say("register", "sent_changed", code=form.code, holder=holder(area))
    notice = NotifyOfficers(area, say("officer", "changed_case", kind=say("case_kind", "registration"), code=form.code))
    return moment.turn(TASK, text, change, notice)


STEPS: dict[str, Callable[[Moment, Form], Turn | None]] = {
    "intro": _hear_intro,
    "consent": _hear_consent,
    "drop": _hear_drop,
    "unit": _hear_unit,
    "province": _hear_province,
    "helper_name": _hear_helper,
    "proof": _hear_proof,
    "proof_text": _hear_proof_text,
    "review": _hear_review,
    "fix": _hear_fix,
}


def again(moment: Moment, form: Form) -> Turn:
    """The same step asked once more, after a question in the middle or days of silence."""
    if form.step == "intro":
        options = choices((say("register", "go"), "làm tiếp"), (say("register", "stop"), "thôi"))
        return moment.turn(TASK, say("register", "go_on"), form=form, choices=options)
    if form.step == "drop":
        return _cancelled(moment, form.at(str(form.values.get("before_drop") or "review")))
    if form.step == "consent":
        return moment.turn(TASK, say("consent", "ask"), form=form, choices=YES_NO)
    if form.step == "review":
        return _review(moment, form)
    if form.step == "fix":
        return _ask_fix(moment, form)
    if form.step == "unit":
        return _place(moment, form, "")
    if form.step == "province":
        return moment.turn(TASK, say("register", "kept_commune"), form=form)
    return ask(moment, form)
