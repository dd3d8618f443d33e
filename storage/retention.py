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

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, func, not_, or_, select, tuple_, update

from intents.flows import registration
from intents.records import CaseKind, State
from knowledge.calendar import ZONE
from storage import audit, conversations
from storage.database import reading, writing
from storage.photos import PhotoStore
from storage.schema import ACTIVITY, ASKER, CASE, CONVERSATION, HASH, HELPED, INBOX, INVITATION, LINK, OUTBOX, PHOTO, VERSION
from storage.vault import Vault

COMMAND_LINE = 0  # the actor in the audit: nobody who writes
BATCH = 200  # rows of one transaction
MOST_YEARS_AHEAD = 20  # of the year a household aims at; what is further is a slip
OF_CASE = (VERSION, HASH, PHOTO, ASKER, HELPED)  # what hangs on a case and may tell who somebody is
COUNTABLE = frozenset(
    "kind occurred_on occurred_month amount_vnd amount_each_vnd amount_range households people labour_days items told_apart".split()
)
UNCONSENTED = ("intro", "consent")  # steps of a registration before its consent
PHOTO_FILE = re.compile(r"([0-9a-f]{64})\.(?:jpg|\d+\.new)")  # see PhotoStore; any other file in the folder is left alone


@dataclass(frozen=True)
class View:
    """What a rule sees and works on. Rows are locked only where they are going to be changed."""

    connection: Connection
    vault: Vault
    photos: PhotoStore
    at: datetime
    locks: bool


After = tuple[Any, ...] | None
Batch = Callable[[View, After], tuple[Sequence[Any], After]]


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
    end: Callable[[View, Sequence[Any]], None]


def years(moment: datetime, count: int) -> datetime:
    """The moment `count` years later (29/2 becomes 28/2)."""
    try:
        return moment.replace(year=moment.year + count)
    except ValueError:
        return moment.replace(year=moment.year + count, day=28)


# -- what is due -------------------------------------------------------------------------------------------------------------


def _rows(
    table: Table, when: Callable[[datetime], ColumnElement[bool]], holds: Callable[[View, Any], bool] = lambda _view, _row: True
) -> Batch:
    """The rows of a table for which `when` is true at a moment, and `holds` where that needs what is sealed."""
    keys = list(table.primary_key.columns)

    def due(view: View, after: After) -> tuple[Sequence[Any], After]:
        query = select(table).where(when(view.at)).order_by(*keys).limit(BATCH)
        query = query.where(tuple_(*keys) > tuple_(*after)) if after else query
        rows = view.connection.execute(query.with_for_update() if view.locks else query).all()
        last = tuple(getattr(rows[-1], key.name) for key in keys) if rows else None
        return [row for row in rows if holds(view, row)], last

    return due


def _never_confirmed(at: datetime) -> ColumnElement[bool]:
    """Registrations filled in for a household that has not agreed: 30 days old, or over already."""
    unconfirmed = select(HASH.c.case_id).where(HASH.c.name == "confirm")
    waiting = and_(CASE.c.state == State.WAITING.value, CASE.c.created_at < at - timedelta(days=30))
    over = and_(CASE.c.state == State.WITHDRAWN.value, CASE.c.id.in_(unconfirmed))
    return and_(CASE.c.kind == CaseKind.REGISTRATION.value, or_(waiting, over))


def _registered_long_ago(at: datetime) -> ColumnElement[bool]:
    """Those that may be over; none is within two years."""
    return and_(CASE.c.kind == CaseKind.REGISTRATION.value, CASE.c.created_at <= years(at, -2), not_(_never_confirmed(at)))


def _registration_over(view: View, row: Any) -> bool:
    told = (view.vault.open(row.body) or {}).get("body", {}).get("target_year")
    first = row.created_at.astimezone(ZONE).year
    year = min(max(first, told), first + MOST_YEARS_AHEAD) if isinstance(told, int) else first
    end = datetime(year + 1 + 2, 1, 1, tzinfo=ZONE)
    if row.state in (State.WITHDRAWN.value, State.DECLINED.value):
        end = min(end, years(row.changed_at, 2))
    return view.at >= end


def _unconsented(view: View, row: Any) -> bool:
    form = conversations.load(view.connection, view.vault, row.person_id).form
    return form is not None and form.name == registration.NAME and form.step in UNCONSENTED


def _unnamed_photos(view: View, _after: After) -> tuple[Sequence[Path], After]:
    """Old files that neither a case nor a report under way names, and drafts of files."""
    oldest = (view.at - timedelta(days=7)).timestamp()
    found = [path for path in view.photos.folder.glob("??/*") if PHOTO_FILE.fullmatch(path.name) and path.parent.name == path.name[:2]]
    old = [path for path in found if path.is_file() and path.stat().st_mtime < oldest]
    named = set(view.connection.execute(select(PHOTO.c.sha256)).scalars()) if old else set()
    writers = view.connection.execute(select(CONVERSATION.c.person_id).where(CONVERSATION.c.form_since.is_not(None))) if old else ()
    for (person,) in writers:
        form = conversations.load(view.connection, view.vault, person).form
        named.update(name for one in (form.values.get("todo") or () if form else ()) for name in one.get("photo_sums") or ())
    return [path for path in old if path.suffix == ".new" or path.stem not in named], None


# -- how it ends -------------------------------------------------------------------------------------------------------------


def _remove(table: Table) -> Callable[[View, Sequence[Any]], None]:
    keys = list(table.primary_key.columns)

    def end(view: View, rows: Sequence[Any]) -> None:
        which = [tuple(getattr(row, key.name) for key in keys) for row in rows]
        view.connection.execute(delete(table).where(tuple_(*keys).in_(which)))

    return end


def _erase_cases(view: View, rows: Sequence[Any]) -> None:
    numbers = [row.id for row in rows]
    for table in (*OF_CASE, ACTIVITY):
        view.connection.execute(delete(table).where(table.c.case_id.in_(numbers)))
    view.connection.execute(delete(CASE).where(CASE.c.id.in_(numbers)))


def _empty(view: View, row: Any, kept: dict[str, Any], **columns: Any) -> None:
    """Leaves of a case what `kept` says; its versions and what it was found by go. A form open on it finds another version."""
    for table in OF_CASE:
        view.connection.execute(delete(table).where(table.c.case_id == row.id))
    values = {"body": view.vault.seal(kept), "version": row.version + 1, "changed_at": view.at, **columns}
    view.connection.execute(update(CASE).where(CASE.c.id == row.id).values(**values))


def _withdraw(view: View, rows: Sequence[Any]) -> None:
    for row in rows:
        nowhere = {"village_hash": "", "former_key": "", "claimed_by": None, "claimed_until": None}
        _empty(view, row, {"body": {}}, state=State.WITHDRAWN.value, **nowhere)


def _keep_countable(view: View, rows: Sequence[Any]) -> None:
    """A report keeps its village and what its figures are made of."""
    for row in rows:
        sealed = view.vault.open(row.body) or {}
        body = {name: value for name, value in sealed.get("body", {}).items() if name in COUNTABLE}
        _empty(view, row, {"body": body, "village": sealed.get("village", ""), "former": sealed.get("former", "")})


def _drop_forms(view: View, rows: Sequence[Any]) -> None:
    for row in rows:
        left = replace(conversations.load(view.connection, view.vault, row.person_id), form=None, choices=())
        one = update(CONVERSATION).where(CONVERSATION.c.person_id == row.person_id)
        view.connection.execute(one.values(state=view.vault.seal(asdict(left)), form_since=None))


def _empty_messages(view: View, rows: Sequence[Any]) -> None:
    view.connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_([row.id for row in rows])).values(body=b""))


def _unlink(_view: View, paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


# -- the table ---------------------------------------------------------------------------------------------------------------

_ASKED = (CaseKind.QUESTION.value, CaseKind.FLAG.value, CaseKind.DRAFT.value)
_TAKEN = or_(OUTBOX.c.kind == "reply", OUTBOX.c.state != "due")  # a reply goes out with its message, whatever its state says

# A rule comes before those that could change what it finds, so that a dry run counts what a run would do.
RULES = (
    Rule("photo", "photo folder", "7 ngày", "ảnh gửi dở: không báo cáo nào, kể cả báo cáo đang viết, nhắc đến", _unnamed_photos, _unlink),
    Rule(
        "registration",
        "case_file",
        "hết năm đăng ký và 2 năm sau đó; 2 năm sau khi rút hoặc không được ghi nhận",
        "đúng lời hộ đã đồng ý",
        _rows(CASE, _registered_long_ago, _registration_over),
        _erase_cases,
    ),
    Rule(
        "unconfirmed registration",
        "case_file",
        "30 ngày",
        "điền giúp mà hộ không xác nhận: hộ chưa đồng ý",
        _rows(CASE, _never_confirmed),
        _withdraw,
    ),
    Rule(
        "report",
        "case_file",
        "5 năm từ lần thay đổi cuối",
        "hết một kỳ kế hoạch chỉ cần con số; tên và lời kể được xóa",
        _rows(CASE, lambda at: and_(CASE.c.kind == CaseKind.REPORT.value, CASE.c.changed_at < years(at, -5))),
        _keep_countable,
    ),
    Rule(
        "question",
        "case_file",
        "2 năm từ lần thay đổi cuối",
        "câu hỏi, câu báo sai, bản nháp: quá 2 năm không ai dùng lại",
        _rows(CASE, lambda at: and_(CASE.c.kind.in_(_ASKED), CASE.c.changed_at < years(at, -2))),
        _erase_cases,
    ),
    Rule(
        "unconsented form",
        "conversation",
        "1 ngày",
        "đơn điền dở mà chưa đồng ý thì không được giữ",
        _rows(CONVERSATION, lambda at: CONVERSATION.c.form_since < at - timedelta(days=1), _unconsented),
        _drop_forms,
    ),
    Rule(
        "conversation",
        "conversation",
        "1 năm từ câu cuối",
        "im lặng một năm thì coi như nói chuyện mới",
        _rows(CONVERSATION, lambda at: CONVERSATION.c.changed_at < years(at, -1)),
        _remove(CONVERSATION),
    ),
    Rule(
        "taken message",
        "inbox",
        "30 ngày",
        "chỉ để một tin gửi lặp không được làm hai lần",
        _rows(INBOX, lambda at: INBOX.c.received_at < at - timedelta(days=30)),
        _remove(INBOX),
    ),
    Rule(
        "sent message",
        "outbox",
        "90 ngày",
        "lời đã gửi, giữ để gửi lại và giải đáp thắc mắc",
        _rows(
            OUTBOX,
            lambda at: and_(OUTBOX.c.body != b"", _TAKEN, func.coalesce(OUTBOX.c.sent_at, OUTBOX.c.due_at) < at - timedelta(days=90)),
        ),
        _empty_messages,
    ),
    Rule(
        "invitation",
        "invitation",
        "90 ngày sau khi hết hạn",
        "mã không dùng được nữa; sổ kiểm soát vẫn ghi ai mời",
        _rows(INVITATION, lambda at: INVITATION.c.expires_at < at - timedelta(days=90)),
        _remove(INVITATION),
    ),
    Rule(
        "link code",
        "link_code",
        "90 ngày sau khi hết hạn",
        "mã nối kênh không dùng được nữa",
        _rows(LINK, lambda at: LINK.c.expires_at < at - timedelta(days=90)),
        _remove(LINK),
    ),
)
KEPT = {
    "audit": "không xóa: chứng cứ ai đã làm gì; chỉ có số và mã, không có tên",
    "audit_head": "không xóa: cuối sổ kiểm soát",
    "consent": "không xóa: chứng cứ đã đồng ý, rút lúc nào",
    "data_request": "không xóa: chứng cứ đã trả lời yêu cầu về dữ liệu đúng hạn",
    "person": "đến khi người đó xóa hết (nhắn \"xóa dữ liệu\")",
    "account": "đến khi người đó xóa hết",
    "switched_off": "đến khi bật lại: không có dữ liệu cá nhân",
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
