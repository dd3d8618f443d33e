"""The tables. Times are UTC. What can identify or shame a person is sealed (see vault.py) and looked up by keyed hash."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, Dialect, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Instant(TypeDecorator[datetime]):
    """A moment, kept as UTC without offset (SQLite has none) and given back with UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def now() -> datetime:
    return datetime.now(UTC)


ROW = BigInteger().with_variant(Integer, "sqlite")


def _key() -> Any:
    return Field(default=None, sa_column=Column(ROW, primary_key=True, autoincrement=True))


def _when(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


class PersonRow(SQLModel, table=True):
    """Somebody who writes. Role and area come from an accepted invitation; `name` is sealed."""

    __tablename__ = "person"

    id: int | None = _key()
    created_at: datetime = _when(default_factory=now)
    role: str = "household"
    province: str = ""
    commune: str = ""
    village: str = ""
    former: str = ""
    name: bytes = Field(default=b"", sa_type=LargeBinary)
    pin_hash: str = ""
    pin_fails: int = 0
    unlocked_until: datetime | None = _when(default=None, nullable=True)
    blocked_until: datetime | None = _when(default=None, nullable=True)
    opted_out: bool = False
    erased_at: datetime | None = _when(default=None, nullable=True)


class AccountRow(SQLModel, table=True):
    """One person on one channel; `key` is the channel's own id for them. `used_at` is when they wrote last: windows count from it.
    `gone` tells why they cannot be written to ("blocked", "left"), "" while they can."""

    __tablename__ = "account"

    channel: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigInteger)
    used_at: datetime = _when(default_factory=now)
    gone: str = ""


class ConversationRow(SQLModel, table=True):
    """A person's conversation, sealed. `form_since` is set while a form is open, for its one reminder. `home_province` and
    `home_commune` are the folded names of the place the person told, for announcements."""

    __tablename__ = "conversation"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BigInteger)
    state: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = _when(default_factory=now)
    form_since: datetime | None = _when(default=None, nullable=True, index=True)
    reminded: bool = False
    home_province: str = Field(default="", index=True)
    home_commune: str = ""


class InboxRow(SQLModel, table=True):
    """A message that has been taken, so that it is taken once. `sender` is a keyed hash of the account: message numbers count
    for each sender, and the row may outlive the person's erasure."""

    __tablename__ = "inbox"

    channel: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    received_at: datetime = _when(default_factory=now, index=True)


class OutboxRow(SQLModel, table=True):
    """A message that waits to be sent, or was: in order of `id` for each account and lane; `body` is sealed.

    `kind`: reply, notice, test, aside (words into a group), announcement, recall. `lane` 0 is talk, 1 announcements. `state`: due, sending
    (claimed until `claimed_until`), sent, failed, unknown, cancelled, waiting (for the person to come or to open the page).
    `reason` says why it failed or waits. `part` counts the parts of a long message that have arrived; `platform` is the
    platform's own number of the message. An announcement's text is in its own row. `key` is emptied once a reply is settled.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_claim", "state", "channel", "lane", "id"),
        Index("ix_outbox_order", "channel", "key", "lane", "state"),
        Index("ix_outbox_message", "channel", "sender", "message"),
        Index("ix_outbox_announcement", "announcement_id", "state"),
        Index("ix_outbox_platform", "channel", "platform"),
    )

    id: int | None = _key()
    person_id: int = Field(index=True, sa_type=BigInteger)
    channel: str = ""
    key: str = ""
    sender: str = ""
    message: str = ""
    kind: str = "reply"
    lane: int = 0
    announcement_id: int | None = Field(default=None, sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)
    state: str = "due"
    attempts: int = 0
    part: int = 0
    reason: str = ""
    platform: str = ""
    created_at: datetime = _when(default_factory=now)
    due_at: datetime = _when(default_factory=now)
    claimed_until: datetime | None = _when(default=None, nullable=True)
    sent_at: datetime | None = _when(default=None, nullable=True)


class AnnouncementRow(SQLModel, table=True):
    """How far the sending of an announcement has come; `body` is the framed text, sealed. `who` is the audience an officer said yes
    to, `corrects` the announcement whose people it goes to."""

    __tablename__ = "announcement"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    author_id: int = Field(sa_type=BigInteger)
    run: str = Field(default="none", index=True)
    body: bytes = Field(default=b"", sa_type=LargeBinary)
    people: int = 0
    who: str = ""
    urgent: bool = False
    starts_at: datetime | None = _when(default=None, nullable=True)
    frozen_at: datetime | None = _when(default=None, nullable=True)
    finished_at: datetime | None = _when(default=None, nullable=True)
    replies: int = 0


class ReactionRow(SQLModel, table=True):
    """One person's reaction to an announcement; the last one counts."""

    __tablename__ = "reaction"

    announcement_id: int = Field(primary_key=True, foreign_key="announcement.case_id", sa_type=BigInteger)
    person_id: int = Field(primary_key=True, sa_type=BigInteger)
    icon: str = ""
    at: datetime = _when(default_factory=now)


class LeaseRow(SQLModel, table=True):
    """Work that one process does at a time, and until when it is held."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str = ""
    until: datetime = _when()


class TokenRow(SQLModel, table=True):
    """A channel's token pair, sealed; `alarmed_at` is set once the administrators were told that it is dead."""

    __tablename__ = "channel_token"

    name: str = Field(primary_key=True)
    body: bytes = Field(default=b"", sa_type=LargeBinary)
    changed_at: datetime = _when(default_factory=now)
    alarmed_at: datetime | None = _when(default=None, nullable=True)


class ArrivalRow(SQLModel, table=True):
    """A message that was taken from its platform and cannot be understood yet, because its photo is still to be fetched; sealed."""

    __tablename__ = "arrival"

    id: int | None = _key()
    channel: str
    sender: str = Field(index=True)
    body: bytes = Field(sa_type=LargeBinary)
    attempts: int = 0
    received_at: datetime = _when(default_factory=now)
    due_at: datetime = _when(default_factory=now, index=True)


class ReminderRow(SQLModel, table=True):
    """A reminder that was given, so that it is given once; `what` names its occasion."""

    __tablename__ = "reminder"

    person_id: int = Field(primary_key=True, sa_type=BigInteger)
    what: str = Field(primary_key=True)
    at: datetime = _when(default_factory=now)


class CaseRow(SQLModel, table=True):
    """A registration, report, question, complaint about an answer, or draft. `body` is sealed; so is the village's name."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_queue", "state", "kind", "province_key", "commune_key", "due_at"),
        Index("ix_case_area", "province_key", "commune_key", "village_hash"),
    )

    id: int | None = _key()
    code: str = Field(unique=True)
    kind: str
    state: str
    owner_id: int = Field(index=True, sa_type=BigInteger)
    subject_id: int | None = Field(default=None, index=True, sa_type=BigInteger)
    province: str = ""
    commune: str = ""
    province_key: str = ""
    commune_key: str = ""
    village_hash: str = ""
    former_key: str = ""
    version: int = 1
    body: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = _when(default_factory=now)
    changed_at: datetime = _when(default_factory=now)
    due_at: datetime = _when(default_factory=now)
    opened_at: datetime | None = _when(default=None, nullable=True)
    claimed_by: int | None = Field(default=None, sa_type=BigInteger)
    claimed_until: datetime | None = _when(default=None, nullable=True)
    decided_at: datetime | None = _when(default=None, nullable=True)


class CaseVersionRow(SQLModel, table=True):
    """What a case was before: every change of content or state keeps the one before it."""

    __tablename__ = "case_version"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    version: int = Field(primary_key=True)
    state: str
    body: bytes = Field(sa_type=LargeBinary)
    by_id: int = Field(sa_type=BigInteger)
    at: datetime = _when(default_factory=now)


class CaseHashRow(SQLModel, table=True):
    """Keyed hashes to find cases by what is sealed: phone, head and place, sum and day."""

    __tablename__ = "case_hash"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    name: str = Field(primary_key=True)
    value: str = Field(index=True)


class ActivityRow(SQLModel, table=True):
    """The countable part of a report. `counted` is false for a likely duplicate, so that money is counted once."""

    __tablename__ = "activity"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    kind: str = ""
    month: str = Field(default="", index=True)
    occurred_on: date | None = Field(default=None, sa_type=Date)
    amount_vnd: int | None = Field(default=None, sa_type=BigInteger)
    households: int | None = None
    people: int | None = None
    labour_days: int | None = None
    counted: bool = True


class HelpedRow(SQLModel, table=True):
    """A household that a report names, by keyed hash of name and village: tells who has not been visited for long."""

    __tablename__ = "helped"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    household: str = Field(primary_key=True, index=True)
    month: str = ""


class PhotoRow(SQLModel, table=True):
    """A photo beside the database, named by its checksum."""

    __tablename__ = "photo"

    id: int | None = _key()
    case_id: int = Field(foreign_key="case_file.id", index=True, sa_type=BigInteger)
    sha256: str = Field(index=True)


class AskerRow(SQLModel, table=True):
    """Everyone who asked the same question, to be told when it is answered."""

    __tablename__ = "asker"

    case_id: int = Field(primary_key=True, foreign_key="case_file.id", sa_type=BigInteger)
    person_id: int = Field(primary_key=True, sa_type=BigInteger)


class ConsentRow(SQLModel, table=True):
    """Provable consent: the exact words shown and their version."""

    __tablename__ = "consent"

    id: int | None = _key()
    person_id: int = Field(index=True, sa_type=BigInteger)
    purpose: str
    version: str
    wording: str
    how: bytes = Field(default=b"", sa_type=LargeBinary)
    channel: str = ""
    given_at: datetime = _when(default_factory=now)
    withdrawn_at: datetime | None = _when(default=None, nullable=True)


class InvitationRow(SQLModel, table=True):
    """A one-time invitation; the code itself is kept as a keyed hash only."""

    __tablename__ = "invitation"

    code_hash: str = Field(primary_key=True)
    role: str
    province: str = ""
    commune: str = ""
    village: str = ""
    former: str = ""
    issued_by: int = Field(sa_type=BigInteger)
    issued_at: datetime = _when(default_factory=now)
    expires_at: datetime = _when()
    used_by: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: datetime | None = _when(default=None, nullable=True)


class LinkRow(SQLModel, table=True):
    """A short-lived code that joins a second channel to a person."""

    __tablename__ = "link_code"

    code_hash: str = Field(primary_key=True)
    person_id: int = Field(sa_type=BigInteger)
    expires_at: datetime = _when()
    used_at: datetime | None = _when(default=None, nullable=True)


class SwitchRow(SQLModel, table=True):
    """An answer that an officer has switched off."""

    __tablename__ = "switched_off"

    plan: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    by_id: int = Field(sa_type=BigInteger)
    at: datetime = _when(default_factory=now)
    reason: str = ""


class LocalAnswerRow(SQLModel, table=True):
    """An officers' answer that two of them stand for, where the plan is silent."""

    __tablename__ = "local_answer"
    __table_args__ = (UniqueConstraint("plan", "question", "province_key", "commune_key"),)

    id: int | None = _key()
    plan: str = Field(index=True)
    question: str
    province: str = ""
    commune: str = ""
    province_key: str = ""
    commune_key: str = ""
    answer: str
    source: str
    case_code: str
    approved_on: date = Field(sa_type=Date)


class DataRequestRow(SQLModel, table=True):
    """A request under the data law, with the day it has to be answered or finished by."""

    __tablename__ = "data_request"

    id: int | None = _key()
    person_id: int = Field(index=True, sa_type=BigInteger)
    what: bytes = Field(sa_type=LargeBinary)
    case_code: str = Field(default="", index=True)
    province_key: str = ""
    commune_key: str = ""
    asked_at: datetime = _when(default_factory=now)
    due_at: datetime = _when()
    done_at: datetime | None = _when(default=None, nullable=True)


class AuditRow(SQLModel, table=True):
    """One line of the audit: who did what to what, chained by a keyed hash to the line before it. No content, no names."""

    __tablename__ = "audit"

    id: int = Field(sa_column=Column(ROW, primary_key=True, autoincrement=False))
    at: datetime = _when()
    actor: int = Field(sa_type=BigInteger)
    action: str
    target: str
    detail: str = ""
    chain: str


class AuditHeadRow(SQLModel, table=True):
    """The end of the chain and its seal, so that lines cut off at the end are noticed; its row is the lock for writers."""

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    length: int = 0
    chain: str = ""
    seal: str = ""
