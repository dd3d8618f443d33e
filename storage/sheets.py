"""Writes rows as CSV, JSON or a spreadsheet: row by row, so that memory does not grow with them.

CSV is separated by semicolons, because Excel with Vietnamese settings (decimal comma) takes only these for columns, and
begins with a byte order mark, without which Excel reads the accents wrong. JSON is one list of objects with the codes of the
database; the two tables show words instead. A text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

from intents.wording import group

XLSX_ROWS = 1_048_575  # what a sheet holds, without its head
FORMULA = frozenset("=+-@")  # what a spreadsheet takes for the beginning of one; full-width forms are folded to these
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # not allowed in XML, of no use in CSV

Rows = Iterable[Sequence[Any]]  # values as JSON shows them, and days


class ExportError(Exception):
    """The file cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Heading:
    """`key` names a column in JSON, `title` in a table; `words` is the group of the wording that turns its codes into words."""

    key: str
    title: str
    words: str = field(default="", kw_only=True)


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before what begins like a formula, also after blanks or invisible signs."""
    text = UNPRINTABLE.sub("", text)
    begin = next((place for place, char in enumerate(text) if unicodedata.category(char)[0] not in "ZC"), len(text))
    sign = unicodedata.normalize("NFKC", text[begin : begin + 1])[:1]
    return f"'{text}" if sign in FORMULA or text[:1] in ("\t", "\r", "\n") else text


def _cell(heading: Heading, value: Any) -> Any:
    """A value as a table shows it: numbers and days stay what they are, all else is harmless text."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if value is None or isinstance(value, int | float | date):
        return value
    names = group(heading.words) if heading.words else {}
    words = [names.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])]
    return harmless(", ".join(words))


def _cells(headings: Sequence[Heading], row: Sequence[Any]) -> list[Any]:
    return [_cell(heading, value) for heading, value in zip(headings, row, strict=True)]


def _csv(path: Path, headings: Sequence[Heading], rows: Rows) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
        lines.writerow([heading.title for heading in headings])
        for row in rows:
            lines.writerow(_cells(headings, row))


def _json(path: Path, headings: Sequence[Heading], rows: Rows) -> None:
    with path.open("w", encoding="utf-8") as file:
        between = "["
        for row in rows:
            told = {heading.key: value for heading, value in zip(headings, row, strict=True)}
            file.write(f"{between}\n{json.dumps(told, ensure_ascii=False, default=str)}")
            between = ","
        file.write("\n]\n" if between == "," else "[]\n")


def _xlsx(path: Path, headings: Sequence[Heading], rows: Rows) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("dữ liệu")
    sheet.freeze_panes = "A2"
    try:
        sheet.append([heading.title for heading in headings])
        for number, row in enumerate(rows, 1):
            if number > XLSX_ROWS:
                raise ExportError(f"Một bảng tính chỉ giữ được {XLSX_ROWS} dòng. Xin xuất ra csv, hoặc chia theo nơi (--area).")
            sheet.append([_sheet_cell(sheet, value) for value in _cells(headings, row)])
    except BaseException:
        sheet.close()  # openpyxl has a file of its own open
        raise
    book.save(path)


def _sheet_cell(sheet: Any, value: Any) -> Any:
    """A cell whose text is marked as text, so that openpyxl reads neither formulas nor errors out of it."""
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


WRITERS: dict[str, Callable[[Path, Sequence[Heading], Rows], None]] = {"csv": _csv, "json": _json, "xlsx": _xlsx}


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A draft beside `path`, for its owner's eyes only, that takes its place at the end, or is gone where something went wrong."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
