"""Runs of retention: a dry run changes nothing, a killed run is finished, everything ended is in the audit."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import SQLModel

from bot.cli import main
from intents.records import CaseKind, Photo, State
from knowledge.calendar import ZONE
from storage import audit, expiry, outbox, people, retention
from storage.database import reading, writing
from storage.schema import (
    ACTIVITY,
    ASKER,
    AUDIT,
    CASE,
    CONVERSATION,
    HASH,
    HELPED,
    INBOX,
    INVITATION,
    LINK,
    VERSION,
)
from tests.conftest import NOW, People
from tests.made import ACTIVITY as REPORT
from tests.made import HOUSEHOLD, Kept, kept, on_file
from tests.postgres import postgres, postgres_server
from tests.test_retention import DAY, count, form, in_viet_nam, leftovers, run, talk

__all__ = ["kept", "on_file", "postgres", "postgres_server"]  # the fixtures


def filled(kept: Kept) -> None:
    """Several of every kind."""
    for number in range(5):
        who = f"ho{number}"
        kept.case(owner=who)
        kept.change(kept.case(owner=who), State.WITHDRAWN)
        kept.case({**HOUSEHOLD, "confirm": f"XN-{number}"}, state=State.WAITING, owner=who)
        kept.case(REPORT, CaseKind.REPORT, owner=who)
        kept.case({"text": "bao giờ phát gạo"}, CaseKind.QUESTION, owner=who)
        person = talk(kept, who, form("registration", "consent"))
        with writing(kept.engine) as connection:
            outbox.notice(connection, kept.vault, person, "tin", NOW)
            outbox.sent(connection, [number + 1], NOW)
            connection.execute(insert(INBOX).values(channel="t", sender=who, message="1", received_at=NOW))
            connection.execute(insert(INVITATION).values(code_hash=who, role="admin", issued_by=0, issued_at=NOW, expires_at=NOW))
            connection.execute(insert(LINK).values(code_hash=who, person_id=person, expires_at=NOW))
        photo = Photo(b"x", hashlib.sha256(who.encode()).hexdigest())
        kept.photos.keep([photo])
        os.utime(kept.photos.path(photo.sha256), (NOW.timestamp(), NOW.timestamp()))


def everything(kept: Kept) -> dict[str, list[Any]]:
    with reading(kept.engine) as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for name, table in SQLModel.metadata.tables.items()
        }


@pytest.mark.parametrize("days", (1.5, 31, 95, 400, 900, 1500, 2200))
def test_a_dry_run_counts_what_a_run_does_and_changes_nothing(kept: Kept, days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    filled(kept)
    rows, files = everything(kept), sorted(kept.photos.folder.rglob("*"))
    counted = run(kept, NOW + days * DAY, dry=True)
    assert everything(kept) == rows and sorted(kept.photos.folder.rglob("*")) == files and counted
    assert run(kept, NOW + days * DAY) == counted
    assert run(kept, NOW + days * DAY) == {}, "the second run of a day finds nothing"


def test_the_file_of_a_dry_run_stays_the_same_to_the_byte(on_file: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(on_file.where.database)
    on_file.case({**HOUSEHOLD, "confirm": "XN-1"}, state=State.WAITING, at=datetime.now(ZONE) - 40 * DAY)
    on_file.engine.dispose()
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert main(["retention", "--dry-run", "--database", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "1  unconfirmed registration: giữ 30 ngày" in shown and "chưa xóa gì" in shown
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == before
    assert main(["retention", "--database", str(path)]) == 0
    assert "1  unconfirmed registration" in capsys.readouterr().out and "Mùa" not in leftovers(on_file)
    assert main(["audit", "verify", "--database", str(path)]) == 0


def test_every_ended_case_is_in_the_audit_by_its_code_and_the_audit_never_ends(kept: Kept) -> None:
    filled(kept)
    codes = kept.codes()
    run(kept, in_viet_nam(2040, 1, 1))
    with reading(kept.engine) as connection:
        lines = connection.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.target, AUDIT.c.detail)).all()
        assert audit.verify(connection, kept.vault) == audit.Verified(len(lines))
    assert {line.target for line in lines} >= set(codes) and {(line.actor, line.action) for line in lines} == {(0, "retention")}
    assert ("photo", "5") in [(line.target, line.detail) for line in lines]
    run(kept, in_viet_nam(2140, 1, 1))
    assert count(kept, AUDIT) >= len(lines)


def test_what_ends_is_over_for_good(kept: Kept) -> None:
    filled(kept)
    run(kept, in_viet_nam(2040, 1, 1))
    assert [word for word in ("Mùa", "Phan Bốn", "0987654321", "Chín", "gạo", "tin") if word in leftovers(kept)] == []
    assert count(kept, CASE) == count(kept, ACTIVITY) == 5, "reports without names"
    for table in (HASH, VERSION, HELPED, ASKER, CONVERSATION, INBOX, INVITATION, LINK):
        assert count(kept, table) == 0, table.name


def test_a_run_that_was_killed_is_finished_by_the_next(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    filled(kept)
    at = NOW + 2200 * DAY
    expected = run(kept, at, dry=True)
    written, real = 0, audit.write

    def killed(*arguments: Any, **named: Any) -> None:
        nonlocal written
        written += 1
        if written == 9:
            raise KeyboardInterrupt
        real(*arguments, **named)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(audit, "write", killed)
        run(kept, at)
    rest = run(kept, at)
    assert 0 < sum(rest.values()) < sum(expected.values()) and run(kept, at) == {}
    with reading(kept.engine) as connection:
        assert audit.verify(connection, kept.vault).problem == ""


def test_every_table_has_a_rule_or_a_reason_to_be_kept() -> None:
    ruled = {rule.of for rule in retention.RULES} - {"photo folder"}
    assert ruled | set(retention.KEPT) == set(SQLModel.metadata.tables) and not ruled & set(retention.KEPT)
    assert all(rule.kept_for and rule.reason for rule in retention.RULES) and all(retention.KEPT.values())


def test_the_last_day_of_february_has_a_year_later_too() -> None:
    assert expiry.years(in_viet_nam(2028, 2, 29), 1) == in_viet_nam(2029, 2, 28)
    assert expiry.years(in_viet_nam(2028, 2, 29), -2) == in_viet_nam(2026, 2, 28)


def test_people_who_write_on_are_not_touched(people_of: People) -> None:
    for text in ("hạn báo cáo hằng năm", "Ninh Bình"):
        people_of.say("ho", text)
    assistant = people_of.assistant
    with reading(assistant.engine) as connection:
        number = people.last_account(connection, 1)
    assert set(retention.run(assistant.engine, assistant.vault, assistant.photos, NOW + DAY).values()) == {0} and number[0] == "terminal"
    assert "Ninh Bình" in people_of.say("ho", "còn tiêu chí thì sao").text
