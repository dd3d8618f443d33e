"""Invitations to a role, one person on several channels, and one phone for several people."""

from __future__ import annotations

import re
from datetime import timedelta

from intents.codes import find_code
from intents.flows.commune import find_units
from intents.flows.moment import Moment, stops, when
from intents.people import OFFICERS, Role
from intents.records import AcceptInvitation, Invite, LinkTo, LockPhone, OfferLink, PinTried, RevokeInvitation, SetPin
from intents.slots.opening import parse_opening
from intents.state import Form, Turn
from intents.wording import say
from knowledge.units import Area, province_now

TASK = "role"
INVITED_FOR = timedelta(days=7)
LINK_FOR = timedelta(minutes=15)
ROLES = (
    (re.compile(r"\btruong (?:thon|xom|lang|ban|khoi|khu|ap|buon|to)\b"), Role.VILLAGE_HEAD),
    (re.compile(r"\b(?:can bo|cong chuc) (?:xa|phuong|thi tran)\b|\bcan bo cap xa\b"), Role.COMMUNE_OFFICER),
    (re.compile(r"\bcan bo (?:cap )?tinh\b"), Role.PROVINCE_OFFICER),
    (re.compile(r"\bquan tri\b"), Role.ADMIN),
)
TITLE = re.compile(
    r"^.*?(?:trưởng\s+(?:thôn|xóm|làng|bản|khối|khu|ấp|buôn|tổ)|truong\s+(?:thon|xom|lang|ban|khoi|khu|ap|buon|to)|"
    r"(?:cán bộ|can bo|công chức|cong chuc)\s+(?:cấp\s+|cap\s+)?(?:xã|xa|phường|phuong|tỉnh|tinh))[\s,:]*",
    re.IGNORECASE,
)
WEAK_PINS = ("0000", "1234", "1111", "123456", "000000")
PIN = re.compile(r"^\s*(\d{4,6})\s*$")


# -- invitations ---------------------------------------------------------------------------------------------------------------------------


def invite(moment: Moment) -> Turn:
    """ "/moi trưởng thôn thôn 3 xã Tơ Tung": a one-time code for a role in a place inside one's own area."""
    if moment.person.role not in (*OFFICERS, Role.ADMIN):
        return moment.turn(TASK, say("officer", "only_officers"))
    role = next((role for pattern, role in ROLES if pattern.search(moment.line)), None)
    if role is None:
        return moment.turn(TASK, say("invite", "how"))
    return _invite(moment, role)


def _invite(moment: Moment, role: Role) -> Turn:
    area = _area(moment, role)
    if isinstance(area, str):
        return moment.turn(TASK, area, form=Form("invite", "place", {"role": role.value}))
    if not moment.person.may_invite(role, area):
        return moment.turn(TASK, say("invite", "not_allowed"))
    code, until = moment.desk.fresh_code("MM"), moment.desk.now + INVITED_FOR
    text = say("invite", "made", role=say("role", role.value), area=area.label, code=code, until=when(until, moment.today))
    return moment.turn(TASK, text, Invite(code, role, area, until))


def _area(moment: Moment, role: Role) -> Area | str:
    """The area named, or what to tell the officer when it is not clear."""
    if role is Role.ADMIN:
        return Area()
    named = TITLE.sub("", moment.text)
    opening = parse_opening(named, moment.now)
    if role is Role.PROVINCE_OFFICER:
        province = province_now(opening.province or named)
        return Area(province) if province else say("invite", "no_place")
    commune = opening.commune or ("" if opening.village else named)
    if not commune and moment.person.area.commune:
        own = moment.person.area
        found = Area(own.province, own.commune, opening.village or "", own.former)
    else:
        units = find_units({"commune": commune, "district": opening.district, "province": opening.province}, moment.person.area.province)
        if not units:
            return say("invite", "no_place")
        if len(units) > 1:
            return say("invite", "which", places="; ".join(unit.label for unit in units[:4]))
        found = units[0].area(opening.village or "")
    if role is Role.VILLAGE_HEAD:
        return found if found.village else say("invite", "no_village")
    return Area(found.province, found.commune)


def hear_place(moment: Moment, form: Form) -> Turn | None:
    """The place of an invitation that named none, or an unclear one."""
    if stops(moment):
        return moment.turn(TASK, say("officer", "cancelled"))
    return _invite(moment, Role(form.values["role"]))


def again_place(moment: Moment, form: Form) -> Turn:
    return moment.turn(TASK, say("invite", "no_place"), form=form)


def revoke(moment: Moment, code: str) -> Turn:
    found = moment.desk.invitation(code)
    if found is None or found.state != "open" or (found.issued_by != moment.person.id and moment.person.role is not Role.ADMIN):
        return moment.turn(TASK, say("invite", "cannot_revoke"))
    return moment.turn(TASK, say("invite", "revoked"), RevokeInvitation(code))


def accept(moment: Moment, code: str) -> Turn:
    """Somebody types an invitation code: asks what to be called, then gives the role."""
    found = moment.desk.invitation(code)
    if found is None or found.state != "open":
        name = {"used": "used", "expired": "expired", "revoked": "revoked_code"}.get(found.state if found else "", "unknown")
        return moment.turn(TASK, say("invite", name))
    text = say("invite", "name", role=say("role", found.role.value), area=found.area.label)
    return moment.turn(TASK, text, form=Form("invitation", "name", {"invitation": code}))


def hear_name(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("invite", "cancelled"))
    code = str(form.values["invitation"])
    found = moment.desk.invitation(code)
    if found is None or found.state != "open":
        return accept(moment, code)
    name = " ".join(moment.text.split())[:40]
    if not any(char.isalpha() for char in name):
        return accept(moment, code)
    guide = say("officer", "help_officer") if found.role in OFFICERS else say("officer", "help_head")
    guide = say("invite", "how") if found.role is Role.ADMIN else guide
    text = say("invite", "accepted", name=name, role=say("role", found.role.value), area=found.area.label, help=guide)
    return moment.turn(TASK, text, AcceptInvitation(code, found.role, found.area, name))


def again_name(moment: Moment, form: Form) -> Turn:
    return accept(moment, str(form.values["invitation"]))


# -- several channels ------------------------------------------------------------------------------------------------------------------------


def offer_link(moment: Moment) -> Turn:
    code = moment.desk.fresh_code("NK")
    return moment.turn(TASK, say("link", "offer", code=code), OfferLink(code, moment.desk.now + LINK_FOR))


def link(moment: Moment, code: str) -> Turn:
    """This channel joins the person who offered the code. A role is never lost by it."""
    owner = moment.desk.link_owner(code)
    if owner is None:
        return moment.turn(TASK, say("link", "wrong"))
    if owner == moment.person.id:
        return moment.turn(TASK, say("link", "same"))
    if moment.person.role is not Role.HOUSEHOLD:
        return moment.turn(TASK, say("link", "has_role", role=say("role", moment.person.role.value)))
    if moment.form is not None:  # joined, this conversation is gone, and with it what has been filled in
        return moment.turn(TASK, say("register", "busy"), form=moment.form)
    return moment.turn(TASK, say("link", "done"), LinkTo(owner, code))


# -- shared phones ----------------------------------------------------------------------------------------------------------------------------


def share(moment: Moment) -> Turn:
    return moment.turn(TASK, say("phone", "how"), form=Form("pin", "set"))


def hear_pin(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("phone", "cancelled"))
    match = PIN.match(moment.text)
    if match is None or match[1] in WEAK_PINS:
        return moment.turn(TASK, say("phone", "weak"), form=form)
    return moment.turn(TASK, say("phone", "done"), SetPin(match[1]))


def again_pin(moment: Moment, form: Form) -> Turn:
    return share(moment)


def unlock(moment: Moment) -> Turn | None:
    """A locked shared phone: a PIN opens it; None where the message is no PIN."""
    match = PIN.match(moment.text)
    if match is None:
        return None
    if moment.person.blocked_until:
        return moment.turn(TASK, say("phone", "blocked", until=when(moment.person.blocked_until, moment.today)), form=moment.form)
    if moment.desk.pin_matches(match[1]):
        return moment.turn(TASK, say("phone", "unlocked"), PinTried(True), form=moment.form)
    return moment.turn(TASK, say("phone", "wrong"), PinTried(False), form=moment.form)


def forgot(moment: Moment) -> Turn:
    """ "Quên PIN": the receipt code, written on paper, proves whose registration it is."""
    return moment.turn(TASK, say("phone", "forgot"), form=Form("pin_reset", "code"))


def hear_reset(moment: Moment, form: Form) -> Turn | None:
    if stops(moment):
        return moment.turn(TASK, say("phone", "cancelled"))
    code, _ = find_code(moment.text, ("DK",), "DK")
    case = moment.desk.case(code) if code else None
    if case is not None and moment.person.id in (case.owner, case.subject):
        return moment.turn(TASK, say("phone", "reset"), SetPin(""))
    return moment.turn(TASK, say("phone", "not_reset"), PinTried(False))


def again_reset(moment: Moment, form: Form) -> Turn:
    return forgot(moment)


def locked(moment: Moment) -> Turn:
    return moment.turn(TASK, say("phone", "locked"), form=moment.form)


def lock(moment: Moment) -> Turn:
    return moment.turn(TASK, say("phone", "lock_done"), LockPhone(), form=moment.form)


def unshare(moment: Moment) -> Turn:
    return moment.turn(TASK, say("phone", "off"), SetPin(""))
