"""Exports: masked, without those who are gone, harmless in a spreadsheet, whole, audited, in bounded memory."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import insert, select

from bot.cli import main
from intents.records import CaseKind, State
from knowledge.units import Area
from storage import audit, exporting, sheets
from storage.database import reading, writing
from storage.erasure import erase
from storage.exporting import Wanted, export
from storage.schema import AUDIT, CASE
from storage.sheets import ExportError, harmless
from storage.vault import VaultError
from tests.conftest import NOW
from tests.made import ACTIVITY, HERE, HOUSEHOLD, Kept, kept, on_file
from tests.postgres import postgres, postgres_server

__all__ = ["kept", "on_file", "postgres", "postgres_server"]  # the fixtures

FORMATS = ("csv", "json", "xlsx")
PERSONAL = ("Mùa", "Đông Thịnh", "0987654321", "Phan Bốn", "ông Tám", "Sáu", "Chín", "cán bộ về")
SENSITIVE = {"csv": ("ốm đau", "vay vốn"), "json": ("illness", "loan"), "xlsx": ("ốm đau", "vay vốn")}
HOSTILE = (
    "=1+1",
    "+84 tấn công",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "  =HYPERLINK(1)",
    "\u00a0=1",
    "\u200b=1",
    "\u200f+1",
    "\n=1",
    "＝1+1",
    "\x00=1",
    "=cmd|'/C calc'!A0",
    "\ttên",
)


def cells(path: Path) -> list[list[Any]]:
    """What a table shows, its head first. In CSV a value without quotes is a number."""
    if path.suffix == ".xlsx":
        return [[cell.value for cell in row] for row in load_workbook(path).worksheets[0].iter_rows()]
    if path.suffix == ".json":
        return [list(one.values()) for one in json.loads(path.read_text(encoding="utf-8"))]
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";", quoting=csv.QUOTE_NONNUMERIC))


def exported(kept: Kept, path: Path, kind: CaseKind = CaseKind.REGISTRATION, **wanted: Any) -> str:
    """Exports and gives all that the file shows as one text."""
    export(kept.engine, kept.vault, Wanted(kind, **wanted), path.suffix[1:], path, NOW)
    return json.dumps(cells(path), ensure_ascii=False, default=str)


def audited(kept: Kept) -> list[tuple[int, str, str, str]]:
    with reading(kept.engine) as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
    return [(row.actor, row.action, row.target, row.detail) for row in rows]


@pytest.mark.parametrize("form", FORMATS)
def test_personal_data_are_masked_unless_asked_for(kept: Kept, tmp_path: Path, form: str) -> None:
    codes = kept.case(), kept.case(ACTIVITY, CaseKind.REPORT, owner="truong-thon")
    kept.change(codes[0], State.RETURNED)
    kinds = (CaseKind.REGISTRATION, CaseKind.REPORT)
    masked = "".join(exported(kept, tmp_path / f"a.{form}", kind) for kind in kinds)
    whole = "".join(exported(kept, tmp_path / f"a.{form}", kind, personal=True) for kind in kinds)
    assert [word for word in (*PERSONAL, *SENSITIVE[form]) if word in masked] == []
    assert [word for word in (*PERSONAL, *SENSITIVE[form]) if word not in whole] == []
    assert "H***" in masked and "P***" in masked
    for shown in (masked, whole):
        assert [word for word in (*codes, "45000000", "xã Can Lộc", "3 con bò", "2026-11-20") if word not in shown] == []


def test_numbers_and_days_stay_what_they_are(kept: Kept, tmp_path: Path) -> None:
    kept.case({**ACTIVITY, "labour_days": -7}, CaseKind.REPORT)
    titles: dict[str, dict[str, Any]] = {}
    for form in ("csv", "xlsx"):
        exported(kept, tmp_path / f"a.{form}", CaseKind.REPORT)
        head, row = cells(tmp_path / f"a.{form}")
        titles[form] = dict(zip(head, row, strict=True))
    for told in titles.values():
        assert told["số tiền (đồng)"] == 45_000_000 and told["ngày công"] == -7 and told["việc"] == "hiện vật" and told["được tính"] == "có"
    assert titles["xlsx"]["ngày làm"].date() == date(2026, 11, 20)
    exported(kept, tmp_path / "a.json", CaseKind.REPORT)
    (told,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert told["amount_vnd"] == 45_000_000 and told["kind"] == "in_kind" and told["counted"] is True and told["people"] is None


def test_csv_opens_in_excel_with_vietnamese_settings(kept: Kept, tmp_path: Path) -> None:
    exported(kept, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith('\ufeff"mã";"tỉnh";"xã"'.encode())
    assert (tmp_path / "a.csv").stat().st_mode & 0o077 == 0


def test_an_export_of_nothing_is_whole(kept: Kept, tmp_path: Path) -> None:
    for form in FORMATS:
        exported(kept, tmp_path / f"a.{form}")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == []
    assert len(cells(tmp_path / "a.csv")) == len(cells(tmp_path / "a.xlsx")) == 1


# -- formulas ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_is_run_as_a_formula(on_file: Kept, tmp_path: Path, name: str) -> None:
    body = {**HOUSEHOLD, "name": name, "helper_name": name, "proof_text": name, "household_type": name, "reasons": [name], "phone": name}
    on_file.case(body, area=Area("Hà Tĩnh", name, name))
    for form in ("csv", "xlsx"):
        exported(on_file, tmp_path / f"a.{form}", personal=True)
        texts = [value for row in cells(tmp_path / f"a.{form}") for value in row if isinstance(value, str)]
        assert sum(name.strip("\x00")[-1] in text for text in texts) >= 8
        assert [
            text for text in texts if not text.startswith("'") and text.lstrip(" \u00a0\u200b\u200f\n")[:1] in tuple("=+-@＝\t\r")
        ] == []
    kinds = {cell.data_type for row in load_workbook(tmp_path / "a.xlsx").worksheets[0].iter_rows() for cell in row}
    assert "f" not in kinds and "e" not in kinds


def test_a_masked_name_does_not_bring_the_formula_back(on_file: Kept, tmp_path: Path) -> None:
    on_file.case({**HOUSEHOLD, "name": "=1+1"})
    exported(on_file, tmp_path / "a.csv")
    assert "'=***" in cells(tmp_path / "a.csv")[1]


@pytest.mark.parametrize("text", ("Nguyễn Văn A", "A=B", "3-4 người", "", "'chú thích", "lời - nói"))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_quotes_separators_and_lines_stay_inside_their_cell(on_file: Kept, tmp_path: Path) -> None:
    name = 'Bà "Năm"; nhà,\r\nsố 5\n=1'
    on_file.case({**HOUSEHOLD, "name": name})
    exported(on_file, tmp_path / "a.csv", personal=True)
    assert name in cells(tmp_path / "a.csv")[1] and len(cells(tmp_path / "a.csv")) == 2


def test_an_error_value_typed_as_a_name_stays_text(on_file: Kept, tmp_path: Path) -> None:
    on_file.case({**HOUSEHOLD, "name": "#N/A"})
    exported(on_file, tmp_path / "a.xlsx", personal=True)
    assert "#N/A" in cells(tmp_path / "a.xlsx")[1]
    assert {cell.data_type for cell in load_workbook(tmp_path / "a.xlsx").worksheets[0][2]} <= {"s", "n", "d", "inlineStr"}


# -- what is exported ------------------------------------------------------------------------------------------------------------


def test_the_withdrawn_the_erased_and_the_unconfirmed_are_left_out(kept: Kept, tmp_path: Path) -> None:
    stays = kept.case(owner="a")
    kept.case(state=State.WITHDRAWN, owner="b")
    kept.case(state=State.WAITING, owner="c")
    kept.case(owner="d")
    kept.case(ACTIVITY, CaseKind.REPORT, owner="d")
    report = kept.case(ACTIVITY, CaseKind.REPORT, owner="e")
    number = kept.person("d")
    with writing(kept.engine) as connection:
        erase(connection, kept.vault, number, NOW)
    for kind, code in ((CaseKind.REGISTRATION, stays), (CaseKind.REPORT, report)):
        exported(kept, tmp_path / "a.csv", kind, personal=True)
        assert [row[0] for row in cells(tmp_path / "a.csv")[1:]] == [code]


def test_an_area_and_a_day_narrow_it(kept: Kept, tmp_path: Path) -> None:
    there, elsewhere = kept.case(), kept.case(area=Area("Hà Tĩnh", "xã Xuân Lộc", "thôn 1"))
    village = kept.case(area=Area("Hà Tĩnh", "xã Can Lộc", "thôn Bình Yên", "Thiên Lộc"))
    early = kept.case(at=NOW - timedelta(days=10))

    def codes(**wanted: Any) -> list[str]:
        exported(kept, tmp_path / "a.csv", **wanted)
        return [row[0] for row in cells(tmp_path / "a.csv")[1:]]

    assert codes() == [there, elsewhere, village, early]
    assert codes(area=Area("Hà Tĩnh", "xã Can Lộc")) == [there, village, early]
    assert codes(area=HERE) == [there, early]
    assert codes(area=Area("Gia Lai")) == []
    assert codes(since=NOW.date()) == [there, elsewhere, village]
    assert codes(since=NOW.date() + timedelta(days=1)) == []


def test_a_day_begins_at_midnight_in_viet_nam(kept: Kept, tmp_path: Path) -> None:
    midnight = NOW.replace(hour=0)
    kept.case(at=midnight - timedelta(seconds=1))
    first = kept.case(at=midnight)
    exported(kept, tmp_path / "a.csv", since=NOW.date())
    assert [row[0] for row in cells(tmp_path / "a.csv")[1:]] == [first]
    assert NOW.date().isoformat() in cells(tmp_path / "a.csv")[1]


def test_every_chunk_is_written_once_and_in_order(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 3)
    codes = [kept.case() for _ in range(7)]
    for form in FORMATS:
        exported(kept, tmp_path / f"a.{form}")
        assert [row[0] for row in cells(tmp_path / f"a.{form}") if str(row[0]).startswith("DK-")] == codes


# -- audit and whole files ---------------------------------------------------------------------------------------------------------


def test_every_export_is_audited_with_its_rows(kept: Kept, tmp_path: Path) -> None:
    kept.case()
    kept.case()
    exported(kept, tmp_path / "a.csv", area=HERE)
    exported(kept, tmp_path / "a.json", CaseKind.REPORT, personal=True)
    assert audited(kept) == [
        (0, "export registration", "masked", "2 rows, csv, ha tinh/can loc"),
        (0, "export report", "with personal data", "0 rows, json, everywhere"),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    on_file: Kept, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"a.{form}"
    for _ in range(3):
        on_file.case()
    path.write_text("bản cũ", encoding="utf-8")
    with writing(on_file.engine) as connection:
        connection.execute(CASE.update().where(CASE.c.id == 3).values(body=b"gAAAAA broken"))
    monkeypatch.setattr(exporting, "CHUNK", 1)
    with pytest.raises(VaultError):
        exported(on_file, path)
    assert path.read_text(encoding="utf-8") == "bản cũ" and list(folder.iterdir()) == [path] and audited(on_file) == []


def test_no_file_without_its_line_in_the_audit(on_file: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("the audit cannot be written")

    monkeypatch.setattr(audit, "write", refuse)
    (tmp_path / "out").mkdir()
    with pytest.raises(RuntimeError):
        exported(on_file, tmp_path / "out" / "a.csv", personal=True)
    assert list((tmp_path / "out").iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused(on_file: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "XLSX_ROWS", 2)
    for _ in range(3):
        on_file.case()
    with pytest.raises(ExportError, match="csv"):
        exported(on_file, tmp_path / "a.xlsx")


def peak(kept: Kept, path: Path) -> int:
    """The most memory (bytes) that Python held at once during an export."""
    tracemalloc.start()
    export(kept.engine, kept.vault, Wanted(CaseKind.REGISTRATION, personal=True), path.suffix[1:], path, NOW)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("form", FORMATS)
def test_memory_does_not_grow_with_the_rows(on_file: Kept, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 100)
    on_file.case()
    path = tmp_path / f"a.{form}"

    def filled(names: Sequence[int]) -> None:
        with writing(on_file.engine) as connection:
            row = connection.execute(select(CASE).where(CASE.c.id == 1)).one()._asdict()
            connection.execute(insert(CASE), [row | {"id": number, "code": f"DK-{number}"} for number in names])

    filled(range(2, 201))
    peak(on_file, path)  # what is loaded once
    few = peak(on_file, path)
    filled(range(201, 1601))
    many = peak(on_file, path)
    assert path.stat().st_size > 20_000
    assert many < few * 1.25 + 100_000, f"{few} bytes for 200 rows, {many} for 1600"


# -- the command -------------------------------------------------------------------------------------------------------------------


def test_the_command_writes_the_file_and_says_so(on_file: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    on_file.case()
    out, database = tmp_path / "đơn.csv", str(on_file.where.database)
    where = ["--area", "xã Can Lộc, Hà Tĩnh", "--since", "2026-01-01", "--out", str(out), "--database", database]
    assert main(["export", "registrations", "--format", "csv", *where]) == 0
    assert "1 dòng (xã Can Lộc, Hà Tĩnh)" in capsys.readouterr().out and "Mùa" not in out.read_text(encoding="utf-8-sig")
    assert main(["export", "registrations", "--format", "csv", "--with-personal-data", *where]) == 0
    assert "dữ liệu cá nhân" in capsys.readouterr().out and "Hoàng Thị Mùa" in out.read_text(encoding="utf-8-sig")
    assert [line[2:] for line in audited(on_file)][-1] == ("with personal data", "1 rows, csv, ha tinh/can loc")


def test_the_file_gets_a_name_where_none_is_given(on_file: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "activities", "--format", "json", "--database", str(on_file.where.database)]) == 0
    assert [path.suffix for path in tmp_path.glob("activities-20*")] == [".json"]


def test_an_unclear_area_exports_nothing(on_file: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--area", "xã Tân Lập", "--out", str(tmp_path / "a.csv"), "--database", str(on_file.where.database)]
    assert main(["export", "registrations", "--format", "csv", *where]) == 2
    assert "xã Tân Lập, huyện Lục Ngạn cũ" in capsys.readouterr().err and not (tmp_path / "a.csv").exists()


def test_a_folder_that_is_not_there_is_told(on_file: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--out", str(tmp_path / "none" / "a.csv"), "--database", str(on_file.where.database)]
    assert main(["export", "activities", "--format", "csv", *where]) == 1
    assert "none" in capsys.readouterr().err


def test_a_slip_in_the_database_makes_no_empty_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "activities", "--format", "csv", "--database", str(tmp_path / "slip.sqlite3")]) == 1
    assert "slip.sqlite3" in capsys.readouterr().err and list(tmp_path.iterdir()) == []
