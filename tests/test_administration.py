"""The first invitation from the command line, and the places its area may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.administration import Unclear, area_of
from bot.cli import main
from knowledge.units import Area
from storage.database import open_database, reading
from storage.schema import AUDIT, INVITATION
from tests.conftest import People


def code_in(shown: str) -> str:
    found = re.match(r"MM-[0-9A-Z]{4}-[0-9A-Z]{3}\n", shown)
    assert found, shown
    return found[0].strip()


def invited(people_of: People, capsys: pytest.CaptureFixture[str], role: str, area: str = "") -> str:
    where = ["--area", area] if area else []
    assert main(["invite", "--role", role, *where, "--database", str(people_of.where.database)]) == 0
    return code_in(capsys.readouterr().out)


def test_an_invitation_gives_its_role_once(people_of: People, capsys: pytest.CaptureFixture[str]) -> None:
    code = invited(people_of, capsys, "commune_officer", "xã Can Lộc, Hà Tĩnh")
    people_of.say("moi", code)
    assert "chị Hồng" in people_of.say("moi", "chị Hồng").text
    assert "Không có việc nào" in people_of.say("moi", "hàng đợi").text
    assert "đã dùng" in people_of.say("khac", code).text
    with reading(people_of.assistant.engine) as connection:
        row = connection.execute(select(INVITATION)).one()
        lines = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
    assert (row.role, row.province, row.commune, row.village, row.issued_by) == ("commune_officer", "Hà Tĩnh", "xã Can Lộc", "", 0)
    assert row.used_by is not None and code not in str(row)
    assert (lines[0].actor, lines[0].action) == (0, "invite") and lines[1].action == "role given"


@pytest.mark.parametrize(
    ("role", "area", "kept"),
    (
        ("admin", "", ("", "", "", "")),
        ("province_officer", "tỉnh Hà Tĩnh", ("Hà Tĩnh", "", "", "")),
        ("commune_officer", "xã Thiên Lộc, huyện Can Lộc, Hà Tĩnh", ("Hà Tĩnh", "xã Can Lộc", "", "")),
        ("village_head", "thôn Đông Thịnh, xã Thiên Lộc, Hà Tĩnh", ("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc")),
    ),
)
def test_a_role_is_bound_to_its_place(
    people_of: People, capsys: pytest.CaptureFixture[str], role: str, area: str, kept: tuple[str, ...]
) -> None:
    invited(people_of, capsys, role, area)
    with reading(people_of.assistant.engine) as connection:
        row = connection.execute(select(INVITATION)).one()
    assert (row.province, row.commune, row.village, row.former) == kept


@pytest.mark.parametrize(
    ("role", "area", "told"),
    (
        ("commune_officer", "", "xã Can Lộc, Hà Tĩnh"),
        ("commune_officer", "Hà Tĩnh", "cần --area"),
        ("commune_officer", "thôn 3, xã Can Lộc, Hà Tĩnh", "cần --area"),
        ("village_head", "xã Can Lộc, Hà Tĩnh", "thôn"),
        ("province_officer", "xã Can Lộc, Hà Tĩnh", "tỉnh"),
        ("admin", "Hà Tĩnh", "bỏ --area"),
        ("commune_officer", "Thiên Lộc", "xã Thiên Lộc, Hà Nội"),
        ("commune_officer", "xã Thiên Lộc", "xã Thiên Lộc, huyện Can Lộc cũ"),
        ("commune_officer", "xã Can Lộc, Lào Cai", "xã Can Lộc, Hà Tĩnh"),
        ("commune_officer", "xã Can Lộk, Hà Tĩnh", "xã Can Lộc, Hà Tĩnh"),
        ("commune_officer", "xã Không Có Đâu", "Không tìm thấy"),
        ("commune_officer", "a, b, c, d", "Chưa rõ"),
    ),
)
def test_an_unclear_place_invites_nobody(people_of: People, capsys: pytest.CaptureFixture[str], role: str, area: str, told: str) -> None:
    assert main(["invite", "--role", role, "--area", area, "--database", str(people_of.where.database)]) == 2
    shown = capsys.readouterr()
    assert told in shown.err and shown.out == ""
    with reading(people_of.assistant.engine) as connection:
        assert connection.execute(select(INVITATION)).all() == []


def test_a_household_is_not_invited(people_of: People) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["invite", "--role", "household", "--database", str(people_of.where.database)])
    assert ended.value.code == 2


def test_the_first_administrator_is_invited_into_a_new_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.sqlite3"
    assert main(["invite", "--role", "province_officer", "--area", "Hà Tĩnh", "--database", str(new)]) == 1
    assert not new.exists() and capsys.readouterr().out == ""
    assert main(["invite", "--role", "admin", "--database", str(new)]) == 0
    code_in(capsys.readouterr().out)
    new.with_suffix(".key").unlink()
    assert main(["invite", "--role", "admin", "--database", str(new)]) == 1, "no new keys beside an old database"
    engine = open_database(new)
    with reading(engine) as connection:
        assert len(connection.execute(select(INVITATION)).all()) == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("written", "area"),
    (
        ("Hà Tĩnh", Area("Hà Tĩnh")),
        ("thành phố Huế", Area("Huế")),
        ("xã Can Lộc, Hà Tĩnh", Area("Hà Tĩnh", "xã Can Lộc")),
        ("can loc, ha tinh", Area("Hà Tĩnh", "xã Can Lộc")),
        ("phường Hưng Phú, Cần Thơ", Area("Cần Thơ", "phường Hưng Phú")),
        ("xã Hưng Phú, huyện Mỹ Tú, Sóc Trăng", Area("Cần Thơ", "xã Long Hưng")),
        ("xóm 5, xã Can Lộc, Hà Tĩnh", Area("Hà Tĩnh", "xã Can Lộc", "xóm 5")),
    ),
)
def test_a_place_is_read_as_it_is_written(written: str, area: Area) -> None:
    assert area_of(written) == area


@pytest.mark.parametrize("written", ("", ",", "thôn 3", "Hưng Phú, Cần Thơ", "xã Tân Lập", "thôn Đông Thịnh, Hà Tĩnh"))
def test_a_place_that_may_be_several_is_asked_back(written: str) -> None:
    with pytest.raises(Unclear):
        area_of(written)
