"""No personal data in logs, errors or in plain text in the database; rights hold; every view of personal data is audited."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import audit
from storage.database import reading
from tests.conftest import People

SECRETS = ("Hoàng Thị Mùa", "hoang thi mua", "0987654321", "bị suy thận", "xóm Sơn Bình")
LIFE = (
    ("ho", "tôi tên Hoàng Thị Mùa, xóm Sơn Bình xã Thiên Lộc huyện Can Lộc, hộ nghèo, 2 người, xin đăng ký thoát nghèo năm 2027"),
    ("ho", "1"),
    ("ho", "1"),
    ("ho", "chồng tôi bị suy thận nặng"),
    ("ho", "vay vốn"),
    ("ho", "0987654321"),
    ("ho", "đúng"),
    ("ho", "đơn của tôi"),
    ("truong-thon", "hôm qua hội phụ nữ tặng 5 triệu cho hộ bà Hoàng Thị Mùa"),
    ("truong-thon", "đúng"),
    ("truong-thon", "đơn của thôn"),
    ("can-bo", "hàng đợi"),
    ("can-bo", "1"),
    ("can-bo", "trả lại"),
    ("can-bo", "chủ hộ"),
    ("can-bo", "Hoàng Thị Mùa viết lại tên giúp theo căn cước"),
    ("can-bo", "1"),
    ("ho", "gặp cán bộ"),
    ("ho", "tôi là Hoàng Thị Mùa, số 0987654321, bao giờ được vay"),
    ("ho", "1"),
    ("ho", "dữ liệu của tôi"),
    ("ho", "xuất dữ liệu của tôi"),
)


def test_logs_and_the_database_file_hold_no_personal_data(people_of: People, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    for who, said in LIFE:
        people_of.say(who, said)
    assert "Hoàng Thị Mùa" in people_of.say("ho", "dữ liệu của tôi").text, "the life above must really hold the name"
    for secret in SECRETS:
        assert secret not in caplog.text
    people_of.assistant.engine.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite3*"))
    assert b"submitted" in kept
    for secret in SECRETS:
        assert secret.encode() not in kept


def test_an_error_in_the_database_does_not_show_what_was_written(people_of: People) -> None:
    with pytest.raises(Exception, match="parameters hidden") as raised, reading(people_of.assistant.engine) as connection:
        connection.execute(text("insert into no_table values (:name)"), {"name": "Hoàng Thị Mùa"})
    assert "Hoàng Thị Mùa" not in str(raised.value)


def test_every_view_and_change_is_audited_without_content(people_of: People) -> None:
    for who, said in LIFE:
        people_of.say(who, said)
    with reading(people_of.assistant.engine) as connection:
        lines = connection.execute(text("select action, target, detail from audit order by id")).all()
        assert audit.verify(connection, people_of.assistant.vault).problem == ""
    actions = [line.action for line in lines]
    for action in ("consent given", "submit registration", "submit report", "view", "claim", "returned", "submit question", "data request"):
        assert action in actions, action
    assert not any(secret in str(line) for line in lines for secret in SECRETS)


def test_erasing_leaves_the_audit_whole_and_nothing_else(people_of: People, tmp_path: Path) -> None:
    for who, said in LIFE:
        people_of.say(who, said)
    people_of.say("ho", "xóa hết thông tin của tôi")
    people_of.say("ho", "xóa hết")
    with reading(people_of.assistant.engine) as connection:
        assert audit.verify(connection, people_of.assistant.vault).problem == ""
        assert connection.execute(text("select count(*) from audit where action = 'erase person'")).scalar_one() == 1
        accounts = connection.execute(text("select count(*) from account where key = 'ho'")).scalar_one()
        hashes = connection.execute(text("select count(*) from case_hash where name in ('household', 'phone')")).scalar_one()
    assert (accounts, hashes) == (0, 0)


def test_consent_is_kept_word_for_word_with_its_version(people_of: People) -> None:
    shown = ""
    for who, said in LIFE[:3]:
        reply = people_of.say(who, said).text
        shown = reply if "Luật 91/2025/QH15" in reply else shown
    with reading(people_of.assistant.engine) as connection:
        row = connection.execute(text("select purpose, version, wording, channel, withdrawn_at from consent")).one()
    assert row.wording in shown
    assert row.version
    assert (row.channel, row.withdrawn_at) == ("terminal", None)
