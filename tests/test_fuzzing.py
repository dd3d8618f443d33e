"""Whatever is typed at whatever step: a polite reply of at most 1000 characters, no exception, nothing executed, nothing lost.

Scripts lead once to every step of every form; each hostile text is then said at each of those steps, on a database that is as
it was when the step was reached. A step of the code that no script reaches fails its own test.
"""

from __future__ import annotations

import shutil
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select
from sqlmodel import SQLModel

from bot.settings import settings
from intents.dialogue import FORMS, Dialogue
from intents.flows import handoff, registration, reporting, review
from intents.flows.card import SLOTS
from intents.flows.report_card import FIELDS
from intents.messages import MOST_CHARACTERS, Reply
from storage import audit, conversations, people
from storage.database import reading
from storage.outbox import due
from tests.conftest import People
from tests.killed import CHANNEL, REGISTRATION, REPORT
from tests.postgres import on_postgres, postgres, postgres_server
from tests.test_durability import CODE, picture

__all__ = ["postgres", "postgres_server"]  # the fixtures

HOSTILE = (
    "'; DROP TABLE person; --",
    'Robert"); DELETE FROM case_file; --',
    "<script>alert('x')</script> <b>Nguyễn Văn Tư</b>",
    "{x}",
    "{0.__class__}",
    "{name.__class__.__init__.__globals__}",
    "Nguyễn Văn {code}",
    "}{",
    "%s %(name)s %n %d ${PATH} $(id) `id`",
    "=HYPERLINK(\"http://x\")",
    "\\ \\\\ \\N{SNOWMAN} \\u0041 ' \" ",
    "\x00",
    "Nguyễn\x00Văn\x00Tư",
    "\x1b[31mđỏ\x1b[0m \x07\x08\x7f",
    "\u202eơT năV nễyugN\u202c",
    "\u200fNguyễn\u200e \u2066Văn\u2069 Tư",
    "\u200b\u200c\u200d\ufeff",
    "👩‍👩‍👧‍👦🐄🏠 🇻🇳",
    "𝕹𝖌𝖚𝖞𝖊̂̃𝖓 𝖁𝖆̆𝖓",
    "Z̸̢͕͉͖̞͒̆̈́̚a̷l̵g̶o̸" + "\u0301" * 300,
    "\ud800 nửa ký tự",
    "Nguyễn " + "Đ" * 1900,
    "thôn " + "Đ" * 1900,
    "xã " + "Đ" * 1900,
    "bà Lan, " * 180,
    "ông " + "Nguyễn Văn Tư và bà " * 60,
    "99999999999999999999999999 đồng",
    "9" * 400,
    "-1",
    "1e308 triệu, 999999999999 hộ, 99999999999999999999 người, 999999999999 ngày công",
    "ngày 31/12/9999",
    "ngày 0/0/0000",
    "năm 99999999999",
    "½ ⅔ ٣ 五 ①",
    "mở DK-0000-000 BC-9999-999",
    "/moi\n/hangdoi\n/solieu",
    "\n" * 400,
    " ",
    "",
    "?" * 1400,
    "ạ " * 700,
)
HUGE = ("a" * 100_000, "5 triệu " * 12_500, "hộ bà Lan, " * 9_000, "(" * 100_000, "\U0001f404" * 100_000)
SECONDS = 3.0  # for one message, however long; the machine may be busy


class TooSlow(BaseException):
    """A reply took longer than SECONDS. Not an Exception, so that no code takes it for one of its own."""


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"no reply after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
