"""The audit tells when a line was changed, taken out, cut off or put in by somebody without the key."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from bot.cli import main
from storage import audit
from storage.database import reading, writing
from storage.schema import AUDIT
from storage.vault import open_vault
from tests.conftest import NOW, People
from tests.made import Kept, kept, on_file
from tests.postgres import postgres, postgres_server

__all__ = ["kept", "on_file", "postgres", "postgres_server"]  # the fixtures

LINES = 6
TAMPERED = {
    "a detail changed": ("UPDATE audit SET detail = 'khác' WHERE id = 3", "dòng 3 đã bị sửa"),
    "an actor changed": ("UPDATE audit SET actor = 7 WHERE id = 1", "dòng 1 đã bị sửa"),
    "an action changed": ("UPDATE audit SET action = 'claim' WHERE id = 6", "dòng 6 đã bị sửa"),
    "a time changed": ("UPDATE audit SET at = '2026-11-01 00:00:00' WHERE id = 2", "dòng 2 đã bị sửa"),
    "a chain value changed": ("UPDATE audit SET chain = 'ff' WHERE id = 4", "dòng 4 đã bị sửa"),
    "one in the middle deleted": ("DELETE FROM audit WHERE id = 3", "thiếu dòng 3"),
    "the first deleted": ("DELETE FROM audit WHERE id = 1", "thiếu dòng 1"),
    "the last deleted": ("DELETE FROM audit WHERE id = 6", "cuối sổ không khớp"),
    "all deleted": ("DELETE FROM audit", "cuối sổ không khớp"),
    "the head deleted": ("DELETE FROM audit_head", "cuối sổ không khớp"),
    "one deleted and the rest numbered anew": (
        "DELETE FROM audit WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = 6",
        "dòng 3 đã bị sửa",
    ),
    "two exchanged": (
        "UPDATE audit SET id = 99 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 99",
        "dòng 2 đã bị sửa",
    ),
    "one copied to the end": (
        "INSERT INTO audit SELECT 7, at, actor, action, target, detail, chain FROM audit WHERE id = 6",
        "dòng 7 đã bị sửa",
    ),
}


def write(kept: Kept, count: int = LINES) -> None:
    for number in range(count):
        with writing(kept.engine) as connection:
            audit.write(connection, kept.vault, NOW + timedelta(seconds=number), number, "view", f"DK-{number}", "chi tiết")


def found(kept: Kept) -> audit.Verified:
    with reading(kept.engine) as connection:
        return audit.verify(connection, kept.vault)


def run(kept: Kept, statements: str) -> None:
    with writing(kept.engine) as connection:
        for statement in statements.split(";"):
            connection.execute(text(statement))


def test_an_untouched_audit_holds(kept: Kept) -> None:
    assert found(kept) == audit.Verified(0)
    write(kept)
    assert found(kept) == audit.Verified(LINES)


@pytest.mark.parametrize("how", TAMPERED)
def test_what_is_tampered_with_is_found(kept: Kept, how: str) -> None:
    statements, problem = TAMPERED[how]
    write(kept)
    run(kept, statements)
    assert problem in found(kept).problem


def test_a_line_forged_with_another_key_is_found(kept: Kept) -> None:
    write(kept)
    other = open_vault(kept.where.key_file.with_name("other.key"))
    with writing(kept.engine) as connection:
        last = connection.execute(select(AUDIT.c.chain).where(AUDIT.c.id == LINES)).scalar_one()
        audit.write(connection, other, NOW, 1, "view", "DK-9")  # as the real function writes it: the head fits, the key does not
        assert connection.execute(select(AUDIT.c.chain).where(AUDIT.c.id == LINES + 1)).scalar_one() != last
    assert found(kept) == audit.Verified(LINES, f"dòng {LINES + 1} đã bị sửa")


def test_a_line_appended_without_a_chain_is_found(kept: Kept) -> None:
    write(kept)
    with writing(kept.engine) as connection:
        connection.execute(insert(AUDIT).values(id=LINES + 1, at=NOW, actor=1, action="view", target="DK-9", detail="", chain=""))
    assert found(kept).problem == f"dòng {LINES + 1} đã bị sửa"


def test_the_command_tells_how_many_lines_hold_or_what_is_wrong(on_file: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    write(on_file)
    verify = ["audit", "verify", "--database", str(on_file.where.database)]
    assert main(verify) == 0
    assert f"{LINES} dòng" in capsys.readouterr().out
    run(on_file, "UPDATE audit SET target = 'DK-0' WHERE id = 5")
    assert main(verify) == 1
    shown = capsys.readouterr().out
    assert "SAI" in shown and "dòng 5 đã bị sửa" in shown and "4 dòng" in shown


def test_a_missing_key_is_told_and_not_made(on_file: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    on_file.where.key_file.unlink()
    assert main(["audit", "verify", "--database", str(on_file.where.database)]) == 1
    assert "tệp khóa" in capsys.readouterr().err and not on_file.where.key_file.exists()


def test_a_conversation_is_audited_in_a_chain_that_holds(people_of: People, capsys: pytest.CaptureFixture[str]) -> None:
    people_of.say(
        "ho", "tôi tên Hoàng Thị Mùa, thôn Đông Thịnh xã Thiên Lộc huyện Can Lộc, hộ nghèo, 2 người, xin đăng ký thoát nghèo năm 2027"
    )
    for answer in ("1", "đồng ý", "ốm đau", "vay vốn", "không có", "đúng"):
        people_of.say("ho", answer)
    assert main(["audit", "verify", "--database", str(people_of.where.database)]) == 0
    with reading(people_of.assistant.engine) as connection:
        lines = connection.execute(select(AUDIT.c.action, AUDIT.c.target, AUDIT.c.detail)).all()
    assert [line.action for line in lines] == ["consent given", "submit registration"]
    assert f"{len(lines)} dòng" in capsys.readouterr().out
    assert "Mùa" not in str(lines) and "thôn" not in str(lines)
