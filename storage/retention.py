"""How long each kind of data is kept, and why; run every day, it ends what is over. `RULES` is the table.

Registrations follow the words people agree to (intents/wording/registration.toml, [consent] wording): "Giữ: đến hết năm đăng
ký và 2 năm sau đó rồi xóa". That year is the one the household wants to leave poverty in, or the one it registered in where
that is later or none was told; two years after its end the registration is erased, whatever officers did with it since: a
change never makes it stay longer than was agreed. A registration that was withdrawn or declined goes earlier, two years
after that. No household has agreed to one that waits for its confirmation: it is emptied after 30 days (the reply to the helper
says so), and at once where it was withdrawn or refused.

`KEPT` names the tables that no rule touches, and why. Everything ends in batches of their own transaction, each with its
lines in the audit; a run that was killed is finished by the next.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, func, not_, or_, select, tuple_, update

from intents.flows import registration, reporting
from intents.records import CaseKind, State
from knowledge.calendar import ZONE
from storage import audit, conversations
from storage.database import reading, writing
from storage.photos import PhotoStore
from storage.schema import ACTIVITY, ASKER, CASE, CONVERSATION, HASH, HELPED, INBOX, INVITATION, LINK, OUTBOX, PHOTO, VERSION
from storage.vault import Vault

COMMAND_LINE = 0  # the actor in the audit: nobody who writes
BATCH = 200  # rows of one transaction
REGISTRATION_YEARS = 2
COUNTABLE = ("kind", "occurred_on", "occurred_month", "amount_vnd", "amount_each_vnd", "amount_range", "households", "people", "labour_days", "items", "told_apart")  # fmt: skip
UNCONSENTED = ("intro", "consent")  # steps of a registration before its consent
PHOTO_FILE = re.compile(r"([0-9a-f]{2})[0-9a-f]{62}\.(?:jpg|\d+\.new)")
