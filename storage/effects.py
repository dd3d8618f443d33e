"""Carries out what a turn wants done, inside the transaction of its message, each with its line in the audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from intents import announcements as announce
from intents import records as do
from intents.duplicates import hashes_of
from intents.flows.announcing import framed
from intents.flows.moment import dotted
from intents.people import Person
from intents.wording import say
from knowledge.units import Area
from storage import announcements, audit, cases, outbox, people, pins, visits
from storage.erasure import erase
from storage.photos import PhotoStore
from storage.schema import (
    ACCOUNT,
    ASKER,
    CASE,
    CONSENT,
    CONVERSATION,
    DATA_REQUEST,
    INVITATION,
    LINK,
    LOCAL_ANSWER,
    OUTBOX,
    PERSON,
    SWITCH,
)
from storage.vault import Vault

PIN_TRIES = 5
PIN_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Acting:
    """Who does something, on which connection, when, by which channel."""

    connection: Connection
    vault: Vault
    person: Person
    at: datetime
    channel: str
    photos: PhotoStore
    templates: frozenset[str] = frozenset()

    def audit(self, action: str, target: str, detail: str = "") -> None:
        audit.write(self.connection, self.vault, self.at, self.person.id, action, target, detail)


def perform(acting: Acting, effects: Sequence[do.Effect]) -> None:
    """Carries out the effects in order. The audit's end is locked before anything is written."""
    if effects:
        audit.lock(acting.connection)
    for effect in effects:
        PERFORM[type(effect)](acting, effect)


# -- cases -------------------------------------------------------------------------------------------------------------------


def _submit(acting: Acting, new: do.Submit) -> None:
    hashed = hashes_of(new.kind, new.body, new.area)
    cases.submit(acting.connection, acting.vault, acting.person.id, replace(new, hashed=hashed), acting.at)
    acting.audit(f"submit {new.kind.value}", new.code, new.state.value)


def _change(acting: Acting, wanted: do.Change) -> None:
    case = cases.find(acting.connection, acting.vault, wanted.code, lock=True)
    assert case is not None, "the dialogue has looked the case up in this transaction"
    hashed = hashes_of(case.kind, wanted.body, wanted.area or case.area) if wanted.body is not None else None
    row = cases.change(acting.connection, acting.vault, acting.person.id, replace(wanted, hashed=hashed), acting.at)
    if wanted.state in (do.State.ANSWERED, do.State.DECLINED, do.State.WITHDRAWN):
        asked = (DATA_REQUEST.c.case_code == wanted.code, DATA_REQUEST.c.done_at.is_(None))
        acting.connection.execute(update(DATA_REQUEST).where(*asked).values(done_at=acting.at))
    acting.audit(wanted.action, wanted.code, f"{row.state}->{(wanted.state or case.state).value} v{row.version + 1}")


def _keep_photos(acting: Acting, wanted: do.KeepPhotos) -> None:
    acting.photos.keep(wanted.photos)


def _claim(acting: Acting, wanted: do.Claim) -> None:
    cases.claim(acting.connection, wanted.code, acting.person.id, wanted.until, acting.at)
    acting.audit("claim", wanted.code)


def _release(acting: Acting, wanted: do.Release) -> None:
    cases.release(acting.connection, wanted.code, acting.person.id)
    acting.audit("release", wanted.code)


def _viewed(acting: Acting, seen: do.Viewed) -> None:
    acting.audit("view", seen.what)


def _join(acting: Acting, wanted: do.Join) -> None:
    number = acting.connection.execute(select(CASE.c.id).where(CASE.c.code == wanted.code)).scalar_one()
    row = people.upsert(acting.connection, ASKER).values(case_id=number, person_id=acting.person.id)
    acting.connection.execute(row.on_conflict_do_nothing())
    acting.audit("join question", wanted.code)


# -- messages to others --------------------------------------------------------------------------------------------------------


def _notify(acting: Acting, notice: do.Notify) -> None:
    outbox.notice(acting.connection, acting.vault, notice.person, notice.text, acting.at)


def _notify_officers(acting: Acting, notice: do.NotifyOfficers) -> None:
    for officer in people.officers_over(acting.connection, acting.vault, notice.area, acting.at):
        if officer.id != acting.person.id:
            outbox.notice(acting.connection, acting.vault, officer.id, notice.text, acting.at)


# -- consent and the person's own data -------------------------------------------------------------------------------------------


def _consent(acting: Acting, given: do.Consent) -> None:
    values = {"purpose": given.purpose, "version": given.version, "wording": given.wording, "channel": acting.channel}
    how = acting.vault.seal(given.how)
    acting.connection.execute(insert(CONSENT).values(person_id=acting.person.id, how=how, given_at=acting.at, **values))
    acting.audit("consent given", given.purpose, given.version)


def _withdraw_consent(acting: Acting, wanted: do.WithdrawConsent) -> None:
    mine = (CONSENT.c.person_id == acting.person.id, CONSENT.c.purpose == wanted.purpose, CONSENT.c.withdrawn_at.is_(None))
    acting.connection.execute(update(CONSENT).where(*mine).values(withdrawn_at=acting.at))
    acting.audit("consent withdrawn", wanted.purpose)


def _data_request(acting: Acting, wanted: do.DataRequest) -> None:
    own = (CASE.c.owner_id == acting.person.id, CASE.c.province_key != "")
    place = acting.connection.execute(
        select(CASE.c.province_key, CASE.c.commune_key).where(*own).order_by(CASE.c.id.desc()).limit(1)
    ).first()
    done = acting.at if wanted.done else None
    values = {"province_key": place.province_key if place else "", "commune_key": place.commune_key if place else ""}
    what = acting.vault.seal(wanted.what)
    request = insert(DATA_REQUEST).values(
        person_id=acting.person.id, what=what, case_code=wanted.code, asked_at=acting.at, due_at=wanted.due_at, done_at=done, **values
    )
    acting.connection.execute(request)
    acting.audit("data request", wanted.code or str(acting.person.id))


def _erase(acting: Acting, _wanted: do.ErasePerson) -> None:
    acting.photos.forget(erase(acting.connection, acting.vault, acting.person.id, acting.at))
    acting.audit("erase person", str(acting.person.id))


def _opt_out(acting: Acting, wanted: do.OptOut) -> None:
    acting.connection.execute(update(PERSON).where(PERSON.c.id == acting.person.id).values(opted_out=wanted.out))
    acting.audit("opt out" if wanted.out else "opt in", str(acting.person.id))


# -- roles, channels, shared phones ------------------------------------------------------------------------------------------------


def _invite(acting: Acting, wanted: do.Invite) -> None:
    row = insert(INVITATION).values(
        code_hash=acting.vault.hash("invitation", wanted.code),
        role=wanted.role.value,
        issued_by=acting.person.id,
        issued_at=acting.at,
        expires_at=wanted.expires_at,
        **_area(wanted.area),
    )
    acting.connection.execute(row)
    acting.audit("invite", wanted.role.value, "/".join(wanted.area.keys[:2]))


def _area(area: Area) -> dict[str, str]:
    return {"province": area.province, "commune": area.commune, "village": area.village, "former": area.former}


def _revoke(acting: Acting, wanted: do.RevokeInvitation) -> None:
    which = INVITATION.c.code_hash == acting.vault.hash("invitation", wanted.code)
    acting.connection.execute(update(INVITATION).where(which).values(revoked_at=acting.at))
    acting.audit("revoke invitation", "invitation")


def _accept(acting: Acting, wanted: do.AcceptInvitation) -> None:
    which = INVITATION.c.code_hash == acting.vault.hash("invitation", wanted.code)
    acting.connection.execute(update(INVITATION).where(which).values(used_by=acting.person.id))
    people.give_role(acting.connection, acting.vault, acting.person.id, wanted.role, wanted.area, wanted.name)
    acting.audit("role given", str(acting.person.id), wanted.role.value)


def _offer_link(acting: Acting, wanted: do.OfferLink) -> None:
    code_hash = acting.vault.hash("link", wanted.code)
    acting.connection.execute(insert(LINK).values(code_hash=code_hash, person_id=acting.person.id, expires_at=wanted.expires_at))
    acting.audit("link offered", str(acting.person.id))


def _link_to(acting: Acting, wanted: do.LinkTo) -> None:
    """This person's accounts and cases go over to the person who offered the code."""
    mine, theirs = acting.person.id, wanted.owner
    acting.connection.execute(update(LINK).where(LINK.c.code_hash == acting.vault.hash("link", wanted.code)).values(used_at=acting.at))
    acting.connection.execute(update(ACCOUNT).where(ACCOUNT.c.person_id == mine).values(person_id=theirs))
    for column in (CASE.c.owner_id, CASE.c.subject_id):
        acting.connection.execute(update(CASE).where(column == mine).values({column.name: theirs}))
    acting.connection.execute(update(OUTBOX).where(OUTBOX.c.person_id == mine).values(person_id=theirs))
    acting.connection.execute(update(CONSENT).where(CONSENT.c.person_id == mine).values(person_id=theirs))
    acting.connection.execute(update(LINK).where(LINK.c.person_id == mine).values(person_id=theirs))
    out = select(PERSON.c.opted_out).where(PERSON.c.id == mine).scalar_subquery()
    acting.connection.execute(update(PERSON).where(PERSON.c.id == theirs, out).values(opted_out=True))
    acting.connection.execute(delete(CONVERSATION).where(CONVERSATION.c.person_id == mine))
    acting.audit("channels linked", str(theirs), str(mine))


def _set_pin(acting: Acting, wanted: do.SetPin) -> None:
    unlocked = acting.at + people.UNLOCKED_FOR if wanted.pin else None
    values = {"pin_hash": pins.hashed(wanted.pin) if wanted.pin else "", "pin_fails": 0, "unlocked_until": unlocked}
    acting.connection.execute(update(PERSON).where(PERSON.c.id == acting.person.id).values(**values))
    acting.audit("shared phone" if wanted.pin else "own phone", str(acting.person.id))


def _pin_tried(acting: Acting, tried: do.PinTried) -> None:
    row = PERSON.c.id == acting.person.id
    if tried.right:
        acting.connection.execute(update(PERSON).where(row).values(pin_fails=0, unlocked_until=acting.at + people.UNLOCKED_FOR))
        outbox.unlocked(acting.connection, acting.person.id, acting.at)
        return
    fails = int(acting.connection.execute(select(PERSON.c.pin_fails).where(row)).scalar_one()) + 1
    blocked = acting.at + PIN_WAIT if fails >= PIN_TRIES else None
    acting.connection.execute(update(PERSON).where(row).values(pin_fails=0 if blocked else fails, blocked_until=blocked))
    acting.audit("wrong PIN", str(acting.person.id))


def _lock(acting: Acting, _wanted: do.LockPhone) -> None:
    acting.connection.execute(update(PERSON).where(PERSON.c.id == acting.person.id).values(unlocked_until=None))


# -- answers -----------------------------------------------------------------------------------------------------------------------


def _switch(acting: Acting, wanted: do.SwitchAnswer) -> None:
    acting.connection.execute(delete(SWITCH).where(SWITCH.c.plan == wanted.plan, SWITCH.c.question == wanted.question))
    if wanted.off:
        values = {"plan": wanted.plan, "question": wanted.question, "reason": wanted.reason}
        acting.connection.execute(insert(SWITCH).values(by_id=acting.person.id, at=acting.at, **values))
    acting.audit("answer off" if wanted.off else "answer on", f"{wanted.plan}/{wanted.question}", wanted.reason[:200])


def _publish(acting: Acting, wanted: do.Publish) -> None:
    province, commune, _, _ = wanted.area.keys
    which = {"plan": wanted.plan, "question": wanted.question, "province_key": province, "commune_key": commune}
    values = {
        "province": wanted.area.province,
        "commune": wanted.area.commune,
        "answer": wanted.answer,
        "source": wanted.source,
        "case_code": wanted.code,
        "approved_on": acting.at.date(),
    }
    row = people.upsert(acting.connection, LOCAL_ANSWER).values(**which, **values)
    acting.connection.execute(row.on_conflict_do_update(index_elements=list(which), set_=values))
    acting.audit("answer published", wanted.code, f"{wanted.plan}/{wanted.question}")


# -- announcements -------------------------------------------------------------------------------------------------------------------


def _send_test(acting: Acting, wanted: announce.SendTest) -> None:
    outbox.notice(acting.connection, acting.vault, acting.person.id, wanted.text, acting.at, kind="test")


def _framed(acting: Acting, code: str) -> str:
    case = cases.find(acting.connection, acting.vault, code)
    assert case is not None, "the dialogue has looked the case up in this transaction"
    return framed(str(case.body["text"]), code, case.area)


def _start(acting: Acting, wanted: announce.Start) -> None:
    begun = announcements.begin(acting.connection, acting.vault, wanted, _framed(acting, wanted.code), acting.at, acting.templates)
    acting.audit("announcement begun" if begun else "audience changed", wanted.code, str(wanted.count))
    if not begun:  # on PostgreSQL somebody may have come or gone between the officer's yes and this line
        text = say("sending", "asking", code=wanted.code, before=dotted(wanted.count))
        outbox.notice(acting.connection, acting.vault, acting.person.id, text, acting.at)


def _schedule(acting: Acting, wanted: announce.Schedule) -> None:
    announcements.schedule(acting.connection, acting.vault, wanted, _framed(acting, wanted.code))
    acting.audit("announcement scheduled", wanted.code, f"{wanted.at.isoformat()} {wanted.count}{' urgent' if wanted.urgent else ''}")


def _pause(acting: Acting, wanted: announce.Pause) -> None:
    announcements.pause(acting.connection, wanted.code)
    acting.audit("announcement paused", wanted.code)


def _resume(acting: Acting, wanted: announce.Resume) -> None:
    announcements.resume(acting.connection, wanted.code)
    acting.audit("announcement resumed", wanted.code)


def _cancel(acting: Acting, wanted: announce.CancelRun) -> None:
    announcements.cancel(acting.connection, wanted.code)
    acting.audit("announcement cancelled", wanted.code)


def _recall(acting: Acting, wanted: announce.Recall) -> None:
    count = announcements.recall(acting.connection, acting.vault, wanted.code, acting.at)
    acting.audit("announcement recalled", wanted.code, str(count))


def _send_unknown(acting: Acting, wanted: announce.SendUnknown) -> None:
    acting.audit("unknown sent again", wanted.code, str(announcements.send_unknown(acting.connection, wanted.code, acting.at)))


def _tell_heads(acting: Acting, wanted: announce.TellHeads) -> None:
    case = cases.find(acting.connection, acting.vault, wanted.code)
    assert case is not None, "the dialogue has looked the case up in this transaction"
    heads, homes = visits.tell_heads(acting.connection, acting.vault, case, acting.at, acting.templates)
    acting.audit("visits asked for", wanted.code, f"{heads} {homes}")


def _replied(acting: Acting, wanted: announce.Replied) -> None:
    announcements.replied(acting.connection, wanted.code)


PERFORM: dict[type, Callable[[Acting, Any], None]] = {
    do.Submit: _submit,
    do.Change: _change,
    do.KeepPhotos: _keep_photos,
    do.Claim: _claim,
    do.Release: _release,
    do.Viewed: _viewed,
    do.Notify: _notify,
    do.NotifyOfficers: _notify_officers,
    do.Join: _join,
    do.Consent: _consent,
    do.WithdrawConsent: _withdraw_consent,
    do.DataRequest: _data_request,
    do.ErasePerson: _erase,
    do.OptOut: _opt_out,
    do.Invite: _invite,
    do.RevokeInvitation: _revoke,
    do.AcceptInvitation: _accept,
    do.OfferLink: _offer_link,
    do.LinkTo: _link_to,
    do.SetPin: _set_pin,
    do.PinTried: _pin_tried,
    do.LockPhone: _lock,
    do.SwitchAnswer: _switch,
    do.Publish: _publish,
    announce.SendTest: _send_test,
    announce.Start: _start,
    announce.Schedule: _schedule,
    announce.Pause: _pause,
    announce.Resume: _resume,
    announce.CancelRun: _cancel,
    announce.Recall: _recall,
    announce.SendUnknown: _send_unknown,
    announce.Replied: _replied,
    announce.TellHeads: _tell_heads,
}
