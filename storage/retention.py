"""How long each kind of data is kept, and why: `RULES` is the table. Run every day, it ends what is over.

Registrations follow the words people agree to (intents/wording/registration.toml, [consent] wording): "Giữ: đến hết năm đăng
ký và 2 năm sau đó rồi xóa". That year is the one the household wants to leave poverty in, or the one it registered in where
that is later or none was told. Two years after its end the registration is erased, whatever was done with it since: a
change never makes it stay longer than was agreed. One that was withdrawn or declined goes earlier, two years after that.
No household has agreed to one that waits for its confirmation: it is withdrawn and emptied after 30 days, as its helper is
told, and emptied at once where it was withdrawn or refused before.

`KEPT` names the tables that no rule touches, and why. Everything ends in batches of their own transaction, each with its
lines in the audit; the next run finishes one that was killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, func, or_

from intents.records import CaseKind
from storage import audit
from storage.database import reading, writing
from storage.expiry import (
    Batch,
    Ending,
    View,
    anonymous,
    drop_forms,
    emptied,
    erase_cases,
    keep_countable,
    never_confirmed,
    registered_long_ago,
    registration_not_over,
    registration_over,
    remove,
    rows_of,
    unconsented,
    unlink,
    unnamed_photos,
    withdraw,
    years,
)
from storage.photos import PhotoStore
from storage.schema import ARRIVAL, CASE, CONVERSATION, DATA_REQUEST, INBOX, INVITATION, LINK, OUTBOX, REMINDER
from storage.vault import Vault

COMMAND_LINE = 0  # the actor in the audit: nobody who writes


@dataclass(frozen=True)
class Rule:
    """What ends when: `kept_for` and `reason` are for people; `due` finds a batch after a row's key, `end` ends it.

    `of` is the table (or folder) the rule is about. `due` gives the key to go on after, None at the end.
    """

    kind: str
    of: str
    kept_for: str
    reason: str
    due: Batch
    end: Ending


_ASKED = (CaseKind.QUESTION.value, CaseKind.FLAG.value, CaseKind.DRAFT.value)
_TAKEN = or_(OUTBOX.c.kind == "reply", OUTBOX.c.state != "due")  # a reply goes out with its message, whatever its state says

# A rule comes before those that could change what it finds, and none finds what an earlier one ends: a dry run counts what a
# run would do.
RULES = (
    Rule("photo", "photo folder", "7 ngày", "ảnh gửi dở: không báo cáo nào, kể cả báo cáo đang viết, nhắc đến", unnamed_photos, unlink),
    Rule(
        "registration",
        "case_file",
        "hết năm đăng ký và 2 năm sau đó; 2 năm sau khi rút hoặc không được ghi nhận",
        "đúng lời hộ đã đồng ý",
        rows_of(CASE, registered_long_ago, registration_over),
        erase_cases,
    ),
    Rule(
        "unconfirmed registration",
        "case_file",
        "30 ngày",
        "điền giúp mà hộ không xác nhận: hộ chưa đồng ý",
        rows_of(CASE, never_confirmed, registration_not_over),
        withdraw,
    ),
    Rule(
        "report",
        "case_file",
        "5 năm từ lần thay đổi cuối",
        "hết một kỳ kế hoạch chỉ cần con số; tên và lời kể được xóa",
        rows_of(CASE, lambda at: and_(CASE.c.kind == CaseKind.REPORT.value, CASE.c.changed_at < years(at, -5))),
        keep_countable,
    ),
    Rule(
        "question",
        "case_file",
        "2 năm từ lần thay đổi cuối",
        "câu hỏi, câu báo sai, bản nháp: quá 2 năm không ai dùng lại",
        rows_of(CASE, lambda at: and_(CASE.c.kind.in_(_ASKED), CASE.c.changed_at < years(at, -2))),
        erase_cases,
    ),
    Rule(
        "unconsented form",
        "conversation",
        "1 ngày",
        "đơn điền dở mà chưa đồng ý thì không được giữ",
        rows_of(CONVERSATION, lambda at: CONVERSATION.c.form_since < at - timedelta(days=1), unconsented),
        drop_forms,
    ),
    Rule(
        "conversation",
        "conversation",
        "1 năm từ câu cuối",
        "im lặng một năm thì coi như nói chuyện mới",
        rows_of(CONVERSATION, lambda at: CONVERSATION.c.changed_at < years(at, -1)),
        remove(CONVERSATION),
    ),
    Rule(
        "taken message",
        "inbox",
        "30 ngày",
        "chỉ để một tin gửi lặp không được làm hai lần",
        rows_of(INBOX, lambda at: INBOX.c.received_at < at - timedelta(days=30)),
        remove(INBOX),
    ),
    Rule(
        "sent message",
        "outbox",
        "90 ngày",
        "lời đã gửi, giữ để gửi lại và giải đáp thắc mắc",
        rows_of(
            OUTBOX,
            lambda at: and_(OUTBOX.c.body != b"", _TAKEN, func.coalesce(OUTBOX.c.sent_at, OUTBOX.c.due_at) < at - timedelta(days=90)),
        ),
        emptied(OUTBOX.c.body),
    ),
    Rule(
        "announcement's people",
        "outbox",
        "1 năm sau khi gửi",
        "ai đã nhận thông báo nào: chỉ còn con số",
        rows_of(OUTBOX, lambda at: and_(OUTBOX.c.announcement_id.is_not(None), OUTBOX.c.person_id != 0, OUTBOX.c.created_at < years(at, -1))),
        anonymous(OUTBOX),
    ),
    Rule(
        "message without its photo",
        "arrival",
        "7 ngày",
        "ảnh không tải được nữa",
        rows_of(ARRIVAL, lambda at: ARRIVAL.c.received_at < at - timedelta(days=7)),
        remove(ARRIVAL),
    ),
    Rule(
        "reminder",
        "reminder",
        "2 năm",
        "chỉ để một việc không nhắc hai lần",
        rows_of(REMINDER, lambda at: REMINDER.c.at < years(at, -2)),
        remove(REMINDER),
    ),
    Rule(
        "data request",
        "data_request",
        "2 năm sau khi xong",
        "lời yêu cầu không cần nữa; ngày yêu cầu, ngày xong vẫn giữ làm chứng cứ",
        rows_of(DATA_REQUEST, lambda at: and_(DATA_REQUEST.c.what != b"", DATA_REQUEST.c.done_at < years(at, -2))),
        emptied(DATA_REQUEST.c.what),
    ),
    Rule(
        "invitation",
        "invitation",
        "90 ngày sau khi hết hạn",
        "mã không dùng được nữa; sổ kiểm soát vẫn ghi ai mời",
        rows_of(INVITATION, lambda at: INVITATION.c.expires_at < at - timedelta(days=90)),
        remove(INVITATION),
    ),
    Rule(
        "link code",
        "link_code",
        "90 ngày sau khi hết hạn",
        "mã nối kênh không dùng được nữa",
        rows_of(LINK, lambda at: LINK.c.expires_at < at - timedelta(days=90)),
        remove(LINK),
    ),
)
KEPT = {
    "audit": "không xóa: chứng cứ ai đã làm gì; chỉ có số và mã, không có tên",
    "audit_head": "không xóa: cuối sổ kiểm soát",
    "consent": "không xóa: chứng cứ đã đồng ý, rút lúc nào",
    "person": "đến khi người đó nhắn xóa hết",
    "account": "đến khi người đó xóa hết",
    "switched_off": "đến khi bật lại: không có dữ liệu cá nhân",
    "announcement": "không xóa: lời thông báo công khai và các con số",
    "reaction": "theo thông báo của nó",
    "lease": "không có dữ liệu cá nhân",
    "channel_token": "đến khi có token mới: không có dữ liệu cá nhân",
    "local_answer": "đến khi có câu trả lời mới: không có dữ liệu cá nhân",
} | dict.fromkeys(("case_version", "case_hash", "activity", "helped", "photo", "asker"), "theo hồ sơ của nó")  # fmt: skip


def run(engine: Engine, vault: Vault, photos: PhotoStore, at: datetime, *, dry: bool = False) -> dict[str, int]:
    """Ends what is over at a moment and gives how much of each kind; a dry run only counts."""
    return {rule.kind: _run(rule, engine, vault, photos, at, dry) for rule in RULES}


def _run(rule: Rule, engine: Engine, vault: Vault, photos: PhotoStore, at: datetime, dry: bool) -> int:
    count, after, more = 0, None, True
    while more:
        with (reading if dry else writing)(engine) as connection:
            view = View(connection, vault, photos, at, locks=not dry)
            found, after = rule.due(view, after)
            if found and not dry:
                rule.end(view, found)
                _note(view, rule, found)
        count, more = count + len(found), after is not None
    return count


def _note(view: View, rule: Rule, ended: Sequence[Any]) -> None:
    """A line of the audit for each case by its code, one for a batch of anything else."""
    codes = [row.code for row in ended] if rule.of == CASE.name else []
    for target, detail in [(code, rule.kind) for code in codes] or [(rule.kind, str(len(ended)))]:
        audit.write(view.connection, view.vault, view.at, COMMAND_LINE, "retention", target, detail)
