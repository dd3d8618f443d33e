"""The tables as SQLAlchemy Core sees them: the statements of this package are written with these."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage import tables as tables  # the import registers the tables


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


PERSON = _table("person")
ACCOUNT = _table("account")
CONVERSATION = _table("conversation")
INBOX = _table("inbox")
OUTBOX = _table("outbox")
CASE = _table("case_file")
VERSION = _table("case_version")
HASH = _table("case_hash")
ACTIVITY = _table("activity")
HELPED = _table("helped")
PHOTO = _table("photo")
ASKER = _table("asker")
CONSENT = _table("consent")
INVITATION = _table("invitation")
LINK = _table("link_code")
SWITCH = _table("switched_off")
LOCAL_ANSWER = _table("local_answer")
DATA_REQUEST = _table("data_request")
AUDIT = _table("audit")
ANNOUNCEMENT = _table("announcement")
REACTION = _table("reaction")
LEASE = _table("lease")
TOKEN = _table("channel_token")
ARRIVAL = _table("arrival")
REMINDER = _table("reminder")
