"""Whom an announcement is for, in an officer's words: at its own question, among several places, and on the card.

What is not understood is asked, never left out of what was said, and nothing outside the officer's area is taken.
"""

from __future__ import annotations

import re
from dataclasses import replace

from intents.announcements import Audience
from intents.flows.announcing_asking import ask, onward
from intents.flows.moment import QUESTION, Moment, asks_something, clipped
from intents.slots.audience import HeardAudience, parse_audience
from intents.state import Form, Turn
from intents.wording import say
from knowledge.units import Area

MOST_PLACES = 10  # to choose from
MOST_ON_A_CARD = 12  # words that say whom it is for and nothing else
VILLAGE = re.compile(r"\b(?:thon|xom|ban|lang|buon|ap|khoi|to dan pho)\b")
ALL_OF_THEM = re.compile(r"^(?:ca hai|ca ba|ca 2|ca 3|tat ca|het|ca may (?:thon|noi|xa)|gui het)(?: (?:thon|noi|xa|luon|di|nhe|a))*$")
EVERYBODY = re.compile(r"\b(?:moi nguoi|ba con|tat ca|nguoi dan|toan (?:the|dan))\b")


def is_command(moment: Moment) -> bool:
    """Whether the message is a command that the form has to leave alone."""
    from intents.flows import commands  # its table names this flow

    return commands.match(moment) is not None


def hear_audience(moment: Moment, form: Form, base: Audience | None = None) -> Turn | None:
    """Whom it is for. `base` is what an earlier hearing understood already."""
    heard = _heard(moment, base or Audience(moment.person.area))
    if asked := _cannot(moment, form, heard):
        return asked
    if heard.is_clear:
        return onward(moment, form.filled(audience=heard.audience.kept()))
    if heard.several and not heard.unknown:
        areas = [Audience(area).kept()["area"] for area in heard.several[:MOST_PLACES]]
        return ask(moment, form.filled(wanted=heard.audience.kept(), places=areas).at("place"))
    if (heard.understood and not _is_question(moment)) or _says_whom(moment):
        return ask(moment, form, _not_understood(moment, heard))
    return None


def hear_place(moment: Moment, form: Form) -> Turn | None:
    """Which of several places; other words choose the people anew, and keep what else was said of them."""
    chosen = next((place for place in form.values["places"] if Area(**place).label == moment.text), None)
    if chosen is not None:
        return onward(moment, form.filled(audience={**form.values["wanted"], "area": chosen}))
    if ALL_OF_THEM.match(moment.line):
        return ask(moment, form)
    area = moment.person.area
    wanted = Audience(area) if EVERYBODY.search(moment.line) else replace(Audience.read(form.values["wanted"]), area=area)
    return hear_audience(moment, form, wanted)


def hear_on_card(moment: Moment, form: Form) -> Turn | None:
    """ "chỉ gửi thôn 3": other people than the card shows; a correction has its people."""
    if form.values.get("corrects") or len(moment.line.split()) > MOST_ON_A_CARD or asks_something(moment) or is_command(moment):
        return None
    heard = _heard(moment, Audience(moment.person.area))
    clear = heard.is_clear or heard.outside or (heard.several and not heard.unknown)
    return hear_audience(moment, form) if clear else None


def _heard(moment: Moment, base: Audience) -> HeardAudience:
    villages = [name for name, _ in moment.desk.overview().by_village if name]
    return parse_audience(moment.text, base, villages=villages)


def _cannot(moment: Moment, form: Form, heard: HeardAudience) -> Turn | None:
    """What is understood well and cannot be done."""
    if heard.outside:
        return ask(moment, form, say("announce", "outside", places=", ".join(heard.outside), area=moment.person.area.label))
    if heard.understood and heard.apart:
        return ask(moment, form, say("announce", "apart", roles=", ".join(heard.apart)))
    return None


def _is_question(moment: Moment) -> bool:
    return "?" in moment.text or bool(QUESTION.search(moment.line))


def _says_whom(moment: Moment) -> bool:
    """Whether words that were not understood can only be meant for this question."""
    return not asks_something(moment) and moment.agrees is None and not is_command(moment)


def _not_understood(moment: Moment, heard: HeardAudience) -> str:
    if not moment.person.area.commune and not heard.understood and VILLAGE.search(moment.line):
        return say("announce", "which_commune", words=clipped(moment.text.strip()))
    return say("announce", "not_understood", words=clipped(", ".join(heard.unknown) or moment.text.strip()))
