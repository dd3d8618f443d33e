"""People answer an announcement: "TB-… lời". The words go to the officer who sent it, with the place where it is known."""

from __future__ import annotations

import re
import unicodedata

from intents.announcements import Replied
from intents.codes import WRITTEN
from intents.flows.announcing_asking import TASK
from intents.flows.moment import Moment
from intents.records import Case, CaseKind, Notify, State
from intents.state import Turn
from intents.wording import say
from knowledge.vietnamese import fold, read

WANTS_NO_MORE = re.compile(
    r"^(?:\w+ ){0,3}?(?:ngung|thoi|dung|huy|tat|khong)(?: (?:muon|can|cho|viec))* (?:nhan|gui)"
    r"(?: (?:cac|nhung|tin|thong bao|tin nhan|nhan|nua|cho|toi|em|minh|chau|bac|a|nhe|dau|luon))*$|^stop$"
)
MOST_WORDS_KEPT = 600  # characters
BARE = re.compile(r"^(?:mo|xem|doc|tra loi|(?:co |gop )?y kien|hoi|cho hoi|gop y|xin hoi)(?: (?:a|nhe|di|voi))*$")  # says nothing yet
ONLY_OFFICERS = re.compile(
    r"^(?:mo|xem|duyet|tu choi|gui(?: tiep| ngay| lai)?|tam (?:dung|ngung)|huy|thu (?:hoi|luc)|dinh chinh|bao cao|danh sach|ban (?:loa|sms)|ap phich)\b"
)
MOST_OF_A_COMMAND = 5  # words
LEAST = 2  # letters or figures that say something


def without_code(text: str) -> str:
    """The text without the code in it."""
    plain = unicodedata.normalize("NFC", text)
    folded = fold(plain).upper()
    found = WRITTEN.search(folded) if len(folded) == len(plain) else None
    return (plain[: found.start()] + plain[found.end() :] if found else plain).strip(" \n:,.-–")


def answer(moment: Moment, code: str) -> Turn:
    """Passes the words on. Of the announcement itself nothing is shown: the code may have come from a wall."""
    case = moment.desk.case(code)
    if case is None or case.kind is not CaseKind.ANNOUNCEMENT or case.state is not State.APPROVED:
        return moment.turn(TASK, say("register", "not_found"), form=moment.form)
    told = without_code(moment.text)
    line = read(told).line
    if moment.person.is_officer and ONLY_OFFICERS.match(line) and len(line.split()) <= MOST_OF_A_COMMAND:
        return moment.turn(TASK, say("run", "not_yours", code=code), form=moment.form)
    if sum(char.isalnum() for char in told) < LEAST or BARE.match(line):
        return moment.turn(TASK, say("run", "how_to_reply", code=code), form=moment.form)
    notice = say("run", "reply", code=code, place=_place(moment), text=told[:MOST_WORDS_KEPT])
    return moment.turn(TASK, say("run", "thanks", code=code), Notify(case.owner, notice), Replied(code), form=moment.form)


def _place(moment: Moment) -> str:
    """Where the person lives, as far as their registration, role or the chat tells; never who they are."""
    own: list[Case] = [case for case in moment.desk.mine(CaseKind.REGISTRATION) if case.area.commune]
    area = own[0].area if own else moment.person.area
    known = area.label if area.province or area.commune else moment.conversation.place
    return say("run", "reply_place", place=known) if known else ""
