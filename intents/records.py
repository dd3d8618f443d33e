"""What is kept for good, as the dialogue sees it: cases, and the things that may be done to them.

A case is anything that an officer may have to look at: a registration, a report, a question, a complaint about an answer, a
draft of new knowledge. `Desk` is what a turn may read; an effect is what it wants done. Both are carried out by `storage`
inside the transaction of the message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from intents.announcements import Announcement, Announcing, Audience, Delivery, Reach
from intents.people import Person, Role
from knowledge.units import Area


class CaseKind(StrEnum):
    REGISTRATION = "registration"
    REPORT = "report"
    QUESTION = "question"
    FLAG = "flag"
    DRAFT = "draft"
    ANNOUNCEMENT = "announcement"


class State(StrEnum):
    """Where a case is. WAITING: the household has not confirmed yet; EXITED: really left the list at the yearly review."""

    WAITING = "waiting"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    EXITED = "exited"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


PREFIX = {
    CaseKind.REGISTRATION: "DK",
    CaseKind.REPORT: "BC",
    CaseKind.QUESTION: "CH",
    CaseKind.FLAG: "SA",
    CaseKind.DRAFT: "KT",
    CaseKind.ANNOUNCEMENT: "TB",
}
OPEN = (State.SUBMITTED, State.VERIFIED)
LIVE = (State.WAITING, State.SUBMITTED, State.VERIFIED, State.APPROVED, State.RETURNED, State.EXITED, State.ANSWERED)


@dataclass(frozen=True)
class Case:
    """One case. `body` holds what was told (JSON values); `note` is the officer's last reason, `note_field` what it is about.

    `claimed_by` names who is looking at it until `claimed_until`; `opened_at` is when an officer first opened it.
    """

    code: str
    kind: CaseKind
    state: State
    owner: int
    area: Area
    version: int
    body: Mapping[str, Any] = field(hash=False)
    created_at: datetime
    changed_at: datetime
    due_at: datetime
    subject: int | None = None
    claimed_by: int | None = None
    claimed_until: datetime | None = None
    claimed_name: str = ""
    opened_at: datetime | None = None
    note: str = ""
    note_field: str = ""

    def held_by_other(self, person: int, now: datetime) -> bool:
        return self.claimed_by not in (None, person) and self.claimed_until is not None and self.claimed_until > now


@dataclass(frozen=True)
class Tally:
    """The three honest numbers of reports and their money, cumulative: what is approved was verified, and was sent."""

    sent: int = 0
    verified: int = 0
    approved: int = 0
    sent_vnd: int = 0
    verified_vnd: int = 0
    approved_vnd: int = 0
    doubled: int = 0


@dataclass(frozen=True)
class Overview:
    """An area's numbers: registrations by state, reports in three steps, by village and by month ("2026-11")."""

    registered: int
    approved: int
    exited: int
    reports: Tally
    by_village: Sequence[tuple[str, Tally]] = ()
    by_month: Sequence[tuple[str, Tally]] = ()


@dataclass(frozen=True)
class Invitation:
    role: Role
    area: Area
    issued_by: int
    expires_at: datetime
    state: str  # open, used, revoked


@dataclass(frozen=True)
class Switch:
    """An answer that is switched off: of which plan and question, by whom, when and why."""

    plan: str
    question: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class LocalAnswer:
    """What officers answered to a question the plan is silent on, approved by a second person."""

    answer: str
    source: str
    on: date
    area: Area


@dataclass(frozen=True)
class Photo:
    """A picture without hidden data (see storage.photos), and its checksum."""

    content: bytes = field(repr=False)
    sha256: str


class Desk(Protocol):
    """What a turn may read. Nothing here changes anything."""

    now: datetime
    person: Person
    link: str  # where people find the assistant, "" where nobody has told

    def fresh_code(self, prefix: str) -> str: ...
    def case(self, code: str) -> Case | None: ...
    def waiting_for(self, confirm: str) -> Case | None: ...
    def mine(self, kind: CaseKind) -> Sequence[Case]: ...
    def queue(
        self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "", limit: int = 10, skip: int = 0
    ) -> Sequence[Case]: ...
    def queue_length(self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "") -> int: ...
    def likely_same(self, kind: CaseKind, code: str, body: Mapping[str, Any], area: Area) -> Sequence[Case]: ...
    def same_question(self, text: str, area: Area) -> Case | None: ...
    def askers(self, code: str) -> Sequence[int]: ...
    def overview(self, area: Area | None = None, month: str = "") -> Overview: ...
    def unvisited(self, months: int, limit: int = 10) -> Sequence[Case]: ...
    def invitation(self, code: str) -> Invitation | None: ...
    def link_owner(self, code: str) -> int | None: ...
    def pin_matches(self, pin: str) -> bool: ...
    def switched_off(self, plan: str, question: str) -> Switch | None: ...
    def switches(self) -> Sequence[Switch]: ...
    def local_answer(self, plan: str, question: str, area: Area) -> LocalAnswer | None: ...
    def held(self) -> Mapping[str, Any]: ...
    def requests(self) -> Sequence[tuple[str, datetime, datetime]]: ...
    def viewers(self, code: str) -> Sequence[tuple[str, str, datetime]]: ...
    def history(self, code: str) -> Sequence[tuple[int, datetime, str]]: ...
    def reach(self, audience: Audience) -> Reach: ...
    def announcement(self, code: str) -> Announcement: ...
    def announcements(self, limit: int = 8) -> Sequence[Case]: ...
    def deliveries(self, code: str) -> Sequence[Delivery]: ...
    def unreached(self, audience: Audience) -> Sequence[Delivery]: ...
    def answered(self, message: str) -> Case | None: ...


@dataclass(frozen=True)
class Submit:
    """A new case; `hashed` are the values to find duplicates by, kept as keyed hashes only."""

    code: str
    kind: CaseKind
    area: Area
    body: Mapping[str, Any] = field(hash=False)
    due_at: datetime
    state: State = State.SUBMITTED
    subject: int | None = None
    hashed: Mapping[str, str] = field(default_factory=dict, hash=False)  # filled in by storage


@dataclass(frozen=True)
class Change:
    """A case's new state or content; every change makes a version and keeps the one before. `action` is its name in the audit."""

    code: str
    state: State | None = None
    body: Mapping[str, Any] | None = field(default=None, hash=False)
    area: Area | None = None
    note: str = ""
    note_field: str = ""
    due_at: datetime | None = None
    subject: int | None = None
    action: str = "change"
    hashed: Mapping[str, str] | None = field(default=None, hash=False)  # filled in by storage


@dataclass(frozen=True)
class KeepPhotos:
    """Puts pictures into the photo folder; a report names them by checksum."""

    photos: tuple[Photo, ...]


@dataclass(frozen=True)
class Claim:
    code: str
    until: datetime


@dataclass(frozen=True)
class Release:
    code: str


@dataclass(frozen=True)
class Viewed:
    """Personal data were shown; goes into the audit."""

    what: str


@dataclass(frozen=True)
class Notify:
    """A message to another person, in the order of their outbox."""

    person: int
    text: str


@dataclass(frozen=True)
class NotifyOfficers:
    """A message to every officer whose area covers `area`."""

    area: Area
    text: str


@dataclass(frozen=True)
class Join:
    """The person asks what was asked before, and is told when it is answered."""

    code: str


@dataclass(frozen=True)
class Consent:
    """Provable consent: purpose, the exact wording shown, its version, and how it was given ("self" or told by a helper)."""

    purpose: str
    version: str
    wording: str
    how: str = "self"


@dataclass(frozen=True)
class WithdrawConsent:
    purpose: str


@dataclass(frozen=True)
class Invite:
    code: str
    role: Role
    area: Area
    expires_at: datetime


@dataclass(frozen=True)
class RevokeInvitation:
    code: str


@dataclass(frozen=True)
class AcceptInvitation:
    code: str
    role: Role
    area: Area
    name: str = ""


@dataclass(frozen=True)
class OfferLink:
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class LinkTo:
    """This channel's account goes over to person `owner`."""

    owner: int
    code: str


@dataclass(frozen=True)
class SetPin:
    """Shared-phone mode with this PIN; "" ends the mode."""

    pin: str


@dataclass(frozen=True)
class PinTried:
    right: bool


@dataclass(frozen=True)
class LockPhone:
    pass


@dataclass(frozen=True)
class SwitchAnswer:
    plan: str
    question: str
    off: bool
    reason: str = ""


@dataclass(frozen=True)
class Publish:
    """A draft that a second person approved becomes an answer for its area."""

    code: str
    plan: str
    question: str
    area: Area
    answer: str
    source: str


@dataclass(frozen=True)
class DataRequest:
    """A person's request under the data law, with the day it must be answered or finished by; `code` is the question that
    carries it to an officer, and closes it when it is answered."""

    what: str
    due_at: datetime
    done: bool = False
    code: str = ""


@dataclass(frozen=True)
class OptOut:
    out: bool


@dataclass(frozen=True)
class ErasePerson:
    pass


Effect = (
    Submit | Change | KeepPhotos | Claim | Release | Viewed | Notify | NotifyOfficers | Join | Consent | WithdrawConsent | Invite | RevokeInvitation
    | AcceptInvitation | OfferLink | LinkTo | SetPin | PinTried | LockPhone | SwitchAnswer | Publish | DataRequest | OptOut | ErasePerson | Announcing
)  # fmt: skip
