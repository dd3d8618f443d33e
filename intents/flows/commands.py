"""What can be typed at any time: a visible table of words, who may use them, and the flow they lead to.

The first row that matches wins. Words are matched folded; a code is found in the text as typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from intents.codes import find_code
from intents.flows import (
    announcement_replies,
    announcement_runs,
    announcing,
    handoff,
    numbers,
    own_reports,
    privacy,
    queue,
    registration,
    reporting,
    review,
    roles,
    status,
    wrong_answers,
)
from intents.flows.moment import QUESTION as ASKS
from intents.flows.moment import Moment
from intents.people import OFFICERS, Person, Role
from intents.records import OPEN, CaseKind
from intents.state import Turn
from intents.wording import say

INVITERS = (*OFFICERS, Role.ADMIN)
VERBS = re.compile(r"^/?(ghi nhan|duyet|xac minh|tra lai|tu choi|da thoat ngheo|mo lai)\b")


@dataclass(frozen=True)
class Command:
    """`roles` empty: everyone; `private`: hidden while a shared phone is locked."""

    words: re.Pattern[str]
    run: Callable[[Moment], Turn | None]
    roles: tuple[Role, ...] = ()
    private: bool = True


def _command(words: str, run: Callable[[Moment], Turn | None], roles: tuple[Role, ...] = (), *, private: bool = True) -> Command:
    return Command(re.compile(words), run, roles, private)


def code_of(moment: Moment, *prefixes: str) -> str | None:
    return find_code(moment.text, prefixes)[0]


def _about_code(moment: Moment) -> Turn | None:
    """A message with a code in it: what it means depends on the code, the words and the person."""
    code, miscopied = find_code(moment.text)
    if code is None:
        return moment.turn("registration_status", say("register", "miscopied"), form=moment.form) if miscopied else None
    return ABOUT[code[:2]](moment, code)


def _registration(moment: Moment, code: str) -> Turn | None:
    line = moment.line
    if moment.person.is_officer and (turn := _decide(moment, code)):
        return turn
    if re.match(r"^tieu chi\b", line):
        return status.show_checklist(moment, code)
    if re.match(r"^(?:sua|doi|chinh)\b", line):
        return status.change(moment, code)
    if re.match(r"^(?:rut|huy)\b", line):
        return status.withdraw(moment, code)
    return status.one(moment, code)


def _decide(moment: Moment, code: str) -> Turn | None:
    if verb := VERBS.match(moment.line):
        return review.by_words(moment, verb[1], code)
    if re.match(r"^(?:khong trung|khac nhau)\b", moment.line):
        return review.tell_apart(moment, code)
    case = moment.desk.case(code)
    mine = case is not None and moment.person.id in (case.owner, case.subject)
    return None if mine and not re.match(r"^mo\b", moment.line) else queue.open_case(moment, code)


def _report(moment: Moment, code: str) -> Turn | None:
    if moment.person.is_officer:
        return _decide(moment, code)
    if re.match(r"^(?:rut|xoa|huy|bo)\b", moment.line):
        return own_reports.withdraw(moment, code)
    return own_reports.change(moment, code) if re.match(r"^(?:sua|doi|chinh)\b", moment.line) else own_reports.mine(moment)


def _case(moment: Moment, code: str) -> Turn | None:
    if moment.person.is_officer:
        return _decide(moment, code)
    if re.match(r"^(?:rut|huy)\b", moment.line):
        return handoff.withdraw(moment, code)
    case = moment.desk.case(code)
    if case is None or case.owner != moment.person.id or case.kind is not CaseKind.QUESTION:
        return moment.turn("ask_officer", say("register", "not_found"), form=moment.form)
    return moment.turn("ask_officer", f"{code}: “{case.body.get('text', '')}”\n{case.note or queue.state_words(case)}")


def _announcement(moment: Moment, code: str) -> Turn | None:
    """An officer of the area looks after it; everybody else answers it."""
    case = moment.desk.case(code)
    person = moment.person
    if person.is_officer and moment.form is not None and moment.form.code == code and case is None:
        return None  # it is being written
    if not person.is_officer or (case is not None and not person.may_see(case.area, case.owner)):
        return _answered(moment, code)
    if case is None or case.kind is not CaseKind.ANNOUNCEMENT:
        return moment.turn("announce", say("run", "not_yours", code=code), form=moment.form)
    if verb := re.match(r"^/?(duyet|tu choi)\b", moment.line):
        return review.by_words(moment, verb[1], code)
    if case.state in OPEN and case.owner != person.id:
        return queue.open_case(moment, code)
    return announcement_runs.about(moment, case)


def _answered(moment: Moment, code: str) -> Turn | None:
    """Words to an announcement, unless they are words for the machine ("ngừng nhận tin")."""
    told = replace(moment, text=announcement_replies.without_code(moment.text))
    if announcement_replies.WANTS_NO_MORE.search(told.line):
        return privacy.opt_out(told)
    command = match(told) if told.text else None
    if command and command.run is announcement_runs.latest:  # "tạm dừng TB-…" of elsewhere is not about one's own
        command = None
    turn = command.run(told) if command and not (command.private and moment.person.locked) else None
    return turn or announcement_replies.answer(moment, code)


def _invitation(moment: Moment, code: str) -> Turn | None:
    return roles.revoke(moment, code) if re.search(r"\b(?:huy|thu (?:hoi|luc))\b", moment.line) else roles.accept(moment, code)


ABOUT: dict[str, Callable[[Moment, str], Turn | None]] = {
    "DK": _registration,
    "BC": _report,
    "CH": _case,
    "SA": _case,
    "KT": _case,
    "TB": _announcement,
    "MM": _invitation,
    "NK": roles.link,
    "XN": status.confirm,
}


def _not_mine(moment: Moment) -> Turn:
    return moment.turn("review", say("officer", "only_officers"), form=moment.form)


def _register(moment: Moment) -> Turn | None:
    """ "Tôi … xin đăng ký thoát nghèo": a wish, unless it asks something about it."""
    return None if "?" in moment.text or ASKS.search(moment.line) else registration.start(moment)


def _for_other(moment: Moment) -> Turn | None:
    return None if "?" in moment.text or ASKS.search(moment.line) else registration.start(moment, for_other=True)


ME = r"(?:toi|minh|em|con|chau|bac|tui|tao|nha toi|nha minh|nha em|gia dinh)"


def _coerced(moment: Moment) -> Turn:
    return moment.turn("ask_officer", say("coerced", "text"))


def _complaint(moment: Moment) -> Turn:
    return moment.turn("ask_officer", say("coerced", "complaint"))


COMMANDS: tuple[Command, ...] = (
    # officers
    _command(announcing.WRITES.pattern, announcing.start, OFFICERS),
    _command(
        r"^/?(?:xem )?(?:cac |nhung |danh sach )?(?:thong ?bao|tb)(?: (?:da gui|gan day|dang gui|cua (?:toi|minh|em|xa)))*$",
        announcement_runs.show_all,
        OFFICERS,
    ),
    _command(announcement_runs.LATEST.pattern, announcement_runs.latest, OFFICERS),
    _command(
        r"^/?(?:hang ?(?:doi|cho)|viec (?:cho|moi|can|hom nay)|danh sach cho|co (?:viec )?gi moi|co viec gi)|\b(?:can|cho) (?:duyet|xu ly|xet)\b",
        queue.show,
        OFFICERS,
    ),
    _command(r"^/?(?:so ?lieu|thong ke)\b", numbers.show, OFFICERS),
    _command(r"\bchua (?:ai |duoc |den |di )*(?:hoi )?tham\b", numbers.unvisited, OFFICERS),
    _command(r"^/?(?:xac minh|duyet|tu choi|tra lai) (?:tat ca|het|toan bo)\b", review.bulk, OFFICERS),
    _command(r"^/?tat cau tra loi\b", wrong_answers.switch_off, OFFICERS),
    _command(r"^/?bat lai\b", wrong_answers.switch_on, OFFICERS),
    _command(r"^/?(?:cac )?cau tra loi (?:dang|bi) tat\b", wrong_answers.show_switches, OFFICERS),
    _command(
        r"^/?(?:moi (?:truong|can bo|quan tri|cong chuc)|/moi\b|moi$)|\b(?:tao|cap|lay) ma moi\b|^ma moi cho\b", roles.invite, INVITERS
    ),
    # village heads
    _command(
        r"^/?(?:cac )?don (?:cua|trong) (?:thon|xom|lang|ban)\b|^danh sach(?: ho| don| dang ky)*$|^(?:cac |nhung |co )?(?:don|ho)(?: nao)?(?: dang ky)? (?:cua|trong|o) (?:thon|xom|lang|ban)\b(?! \w+ (?:duoc|nhan))",
        queue.of_village,
        (Role.VILLAGE_HEAD,),
    ),
    _command(
        r"^/?(?:lam |gui |viet |nhap )?bao cao(?: moi| hoat dong)?$|^/?bao cao tung (?:cau|buoc)$", reporting.start, (Role.VILLAGE_HEAD,)
    ),
    # everybody: what must not be misread
    _command(
        r"\b(?:ep|bat ep|ep buoc|bat buoc) (?:\w+ ){0,4}dang ky\b|\bdang ky (?:\w+ ){0,3}(?:ma )?(?:toi|em|con|chau|minh) khong (?:biet|dong y|hay)\b",
        _coerced,
        private=False,
    ),
    _command(r"\b(?:to cao|to giac|an chan|an bot|tham o|tham nhung|boc lot|an het tien|an tien)\b", _complaint, private=False),
    # registration
    _command(
        r"\bdang ky (?:thoat ngheo )?(?:giup|gium|dum|thay|ho)(?: cho)? (?:ho|gia dinh|nha|ong|ba|anh|chi|bac|o|me|chu|co|hang xom)\b(?! (?:toi|minh|em|con|chau|tui)\b)",
        _for_other,
    ),
    _command(r"^(?:\w+ ){0,3}dang ky(?: lai)?(?: (?:tu nguyen )?thoat ngheo)?(?: (?:nhe|a|di|voi|nha|lai))*$", _register),
    _command(
        r"\b(?:xin|muon|cho|nho|de nghi)(?: \w+){0,3} (?:dang ky|thoat ngheo|ra khoi ho ngheo|ra khoi danh sach)\b(?=.*\bngheo\b)",
        _register,
    ),
    _command(r"^tieu chi (?:so )?\d", status.tell_criterion),
    _command(r"\bai (?:da |co )?(?:xem|doc|coi) (?:duoc )?(?:don|ho so|thong tin)\b", status.viewers),
    _command(r"^(?:sua|chinh|doi) (?:lai )?(?:don|dang ky|ho so)\b", lambda moment: status.change(moment, None)),
    _command(
        r"^(?:rut|huy) (?:lai )?(?:don|dang ky|ho so)\b|\bkhong (?:muon )?dang ky (?:thoat ngheo )?nua\b",
        lambda moment: status.withdraw(moment, None),
    ),
    _command(
        rf"^(?:xem |cho xem )?(?:don|ho so|don dang ky)(?: dang ky)?(?: thoat ngheo)? (?:cua )?{ME}(?: (?:den|toi|di) (?:dau|au)| sao| the nao| ra sao| roi| the| chua| duoc)*$",
        status.show,
    ),
    _command(
        r"^(?:xem )?(?:trang thai|tinh trang)(?: don| ho so)?$|\b(?:quen|mat|gui lai|xem lai) (?:\w+ )?ma(?: don| so| dang ky)?(?: roi)?$|^ma (?:don )?cua (?:toi|em|minh)",
        status.show,
    ),
    # reports
    _command(r"^(?:xem )?(?:cac )?bao cao (?:cua )?(?:toi|minh|em)\b", own_reports.mine),
    _command(
        r"^(?:toi |minh )?(?:muon )?(?:sua|chinh) (?:lai )?bao cao(?: vua roi| hom qua| cu)?$",
        lambda moment: own_reports.pick(moment, "sửa"),
        (Role.VILLAGE_HEAD,),
    ),
    _command(
        r"^(?:toi |minh )?(?:muon )?(?:rut|xoa|huy) (?:lai )?(?:bao cao|cai)(?: vua roi| gan nhat| vua gui)?$|^rut lai$",
        lambda moment: own_reports.pick(moment, "rút"),
        (Role.VILLAGE_HEAD,),
    ),
    # questions and answers
    _command(rf"^(?:xem )?(?:cac )?cau hoi (?:cua )?{ME}\b|^(?:rut|huy) cau hoi$", handoff.mine),
    _command(
        r"^cau tra loi (?:nay |tren |vua roi )?(?:chua dung|sai|khong dung|bi sai)\b|^(?:tra loi sai|bao sai)\b",
        wrong_answers.flag,
        private=False,
    ),
    # channels, phones, own data
    _command(r"^(?:bat |dung |che do )?may dung chung$", roles.share),
    _command(r"^(?:tat|bo|thoi) (?:che do )?may dung chung$", roles.unshare),
    _command(r"^khoa(?: may| lai)?$", roles.lock, private=False),
    _command(r"\bquen (?:ma )?pin\b", roles.forgot, private=False),
    _command(r"^(?:noi|ket noi|lien ket) (?:kenh|tai khoan|zalo|telegram)\b", roles.offer_link),
    _command(r"^(?:nhan tin|nhan lai tin|dang ky nhan tin|nhan tin lai)(?: thong bao)?$", privacy.opt_in),
    _command(r"\b(?:rut|rut lai|huy) (?:su )?dong y\b", privacy.withdraw),
    _command(r"\b(?:xuat|tai|ban sao|sao luu) (?:toan bo )?(?:du lieu|thong tin)\b", privacy.export),
    _command(r"^(?:yeu cau|khieu nai) (?:ve )?(?:du lieu|thong tin)\b", handoff.data_request),
    _command(r"^(?:xem )?(?:du lieu|thong tin) (?:cua )?(?:toi|minh|em|con|chau|bac)$", privacy.show),
)


def match(moment: Moment) -> Command | None:
    """The command a message is, for this person; None for ordinary talk. Words of a role that the person lacks are
    ordinary talk, except an officer's verb with a code."""
    if moment.person.is_officer and announcing.told(moment) is not None:
        return Command(re.compile(""), announcing.start)
    if find_code(moment.text) != (None, False):
        return Command(re.compile(""), _about_code, private=moment.person.role is not Role.HOUSEHOLD or not code_of(moment, "TB"))
    found = next((one for one in COMMANDS if one.words.search(moment.line)), None)
    if found is None and moment.text.strip().casefold().startswith("/moi"):
        return Command(re.compile(""), roles.invite if moment.person.role in INVITERS else _not_mine)
    if found and found.run is roles.invite and not may_use(found, moment.person):
        return Command(re.compile(""), _not_mine)
    return found if found and may_use(found, moment.person) else None


def may_use(command: Command, person: Person) -> bool:
    return not command.roles or person.role in command.roles
