"""What else comes of an announcement: the report for each person, the list to visit, the loudspeaker's text, a text message, a poster."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from intents import artifacts
from intents.announcements import Announcement, Audience, Delivery, TellHeads
from intents.flows.announcing_asking import TASK, ask
from intents.flows.announcing_card import channel_name, phrase, what_next
from intents.flows.card import holder
from intents.flows.moment import Moment, dotted
from intents.messages import Document
from intents.records import Case, Viewed
from intents.sms import sms as text_message
from intents.state import Form, Turn
from intents.wording import say
from knowledge.calendar import ZONE

SHOWN = 8  # places named in the message; all are in the file
MARK = "\ufeff"  # without which Excel reads the accents wrong
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula


# -- who got it, and who did not ---------------------------------------------------------------------------------------------------


def report(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    """What became of it for every person, as a table."""
    found = moment.desk.deliveries(case.code)
    if not found:
        return moment.turn(TASK, say("run", "report_none", code=case.code))
    name = f"bao-cao-{case.code}.csv"
    table = Document(name, _table(say("run", "report_head"), map(_reported, found)))
    text = say("run", "report", code=case.code, count=dotted(len(found)), name=name)
    return moment.turn(TASK, text, Viewed(case.code), document=table)


def _reported(one: Delivery) -> list[str]:
    local = one.at.astimezone(ZONE) if one.at else None
    return [
        one.recipient.name or say("announce", "nameless"),
        one.recipient.place or say("announce", "placeless"),
        channel_name(one.recipient.channel),
        phrase("recalled") if one.reason == "recalled" else phrase(one.state),
        phrase(one.reason) if one.reason not in ("", "recalled", "page") else "",
        "" if one.reason == "recalled" else (what_next(one.reason) or what_next(one.state)),
        f"{local:%H:%M} {local.day}/{local.month}/{local.year}" if local else "",
    ]


def visit(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    """Everyone of the audience whom no message reaches, by village."""
    failed = [one for one in moment.desk.deliveries(case.code) if one.state == "failed"]
    seen = {one.recipient.person for one in failed}
    audience = Audience.read(case.body["audience"])
    found = [*failed, *(one for one in moment.desk.unreached(audience) if one.recipient.person not in seen)]
    text, table = _visits(found, case.code)
    return moment.turn(TASK, text, *([Viewed(case.code)] if table else []), document=table)


def ask_heads(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    """Each village head is asked to go to the households of the village whom no message reaches; they may see these households."""
    return moment.turn(TASK, say("run", "heads_asked", code=case.code), TellHeads(case.code), Viewed(case.code))


def visit_beside(moment: Moment, form: Form, audience: Audience) -> Turn:
    """The same while the announcement is still being written; its card is asked again."""
    text, table = _visits(moment.desk.unreached(audience), form.code)
    asked = ask(moment, form, text, *([Viewed(form.code)] if table else []))
    return replace(asked, reply=replace(asked.reply, document=table))


def _visits(found: Sequence[Delivery], code: str) -> tuple[str, Document | None]:
    """What is said about those to visit, and the table, which begins with the village so that it can be cut up."""
    if not found:
        return say("run", "visit_none"), None
    ordered = sorted(found, key=lambda one: (one.recipient.place == "", one.recipient.place, one.recipient.name))
    name = f"den-nha-{code}.csv"
    by_place = Counter(one.recipient.place or say("announce", "placeless") for one in ordered)
    lines = [say("run", "visit", count=dotted(len(found)), name=name)]
    lines += [say("run", "visit_place", place=place, count=dotted(count)) for place, count in list(by_place.items())[:SHOWN]]
    lines += [say("run", "visit_more", count=len(by_place) - SHOWN)] if len(by_place) > SHOWN else []
    return "\n".join(lines), Document(name, _table(say("run", "visit_head"), map(_visited, ordered)))


def _visited(one: Delivery) -> list[str]:
    reason = one.reason or one.state
    place, name = one.recipient.place or say("announce", "placeless"), one.recipient.name or say("announce", "nameless")
    return [place, name, phrase(reason), what_next(reason), ""]


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    """CSV as Excel with Vietnamese settings opens it; what a person wrote never runs as a formula."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(head.split(";"))
    writer.writerows([f"'{cell}" if cell.lstrip().startswith(FORMULA) else cell for cell in row] for row in rows)
    return MARK + written.getvalue()


# -- the same words elsewhere --------------------------------------------------------------------------------------------------------


def _words(case: Case) -> str:
    """The text for those who never saw a code."""
    text, code = str(case.body["text"]), case.body.get("corrects")
    return say("announce", "corrected", text=text.removeprefix(say("announce", "correction", code=code, text=""))) if code else text


def loudspeaker(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    """What is read out in the village; a long one in several messages."""
    area = Audience.read(case.body["audience"]).area
    where = ", ".join(filter(None, (area.village, area.commune)))
    spoken = artifacts.loudspeaker(_words(case), where, holder(case.area))
    return moment.turn(TASK, say("run", "loudspeaker", code=case.code, seconds=spoken.seconds, text=spoken.text))


def sms(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    made = text_message(_words(case), case.code)
    lines = [say("run", "sms" if made.complete else "sms_cut", code=case.code, count=len(made.text), text=made.text)]
    if made.mistakable:
        pairs = ", ".join(f"{word}/{other}" for word, other in made.mistakable)
        lines.append(say("run", "sms_mistakable", pairs=pairs))
    return moment.turn(TASK, "\n".join(lines))


def poster(moment: Moment, case: Case, _standing: Announcement) -> Turn:
    area = Audience.read(case.body["audience"]).area
    title = say("run", "poster_title", place=area.village or area.commune or area.province)
    page = artifacts.poster(_words(case), title, holder(case.area), case.code, moment.desk.link, moment.today)
    return moment.turn(TASK, say("run", "poster", code=case.code, name=page.name), document=page)
