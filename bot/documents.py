"""Documents as bytes: a text as it is, a text as A4 pages to print, a poster with a QR code.

The same document gives the same bytes. A PDF names nobody: neither author nor machine, and no hour.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import PurePath

import segno
from font_roboto import Roboto, RobotoBold
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from bot.channels.protocol import File
from intents.messages import Document
from intents.wording import say

MEDIA = {".csv": "text/csv", ".json": "application/json", ".txt": "text/plain", ".pdf": "application/pdf"}
BOM = "\ufeff"  # without it Excel takes UTF-8 for the letters of western Europe
WIDTH, HEIGHT = 210.0, 297.0
MADE = datetime(2026, 1, 1, tzinfo=UTC)
LINE = 1.3  # of the letters' size
GAP = 0.4  # between paragraphs
MILLIMETRE_POINTS = 72 / 25.4
RED, INK, GREY = (178, 24, 32), (25, 25, 25), (95, 95, 95)
TOTAL = "\ufffd\ufffd"  # stands for the number of pages until that is known; `drawable` lets nobody else write it


def file_of(document: Document) -> File:
    """What is sent for the document: its text under its own name, or the poster that its content describes."""
    if document.kind == "poster":
        return File(document.name, _poster(document.content), MEDIA[".pdf"])
    suffix = PurePath(document.name).suffix.lower()
    text = BOM + document.content.removeprefix(BOM) if suffix == ".csv" else document.content
    return File(document.name, text.encode("utf-8"), MEDIA.get(suffix, MEDIA[".txt"]))


def pdf_of(document: Document) -> File:
    """The document as A4 pages, for a channel that takes PDF only or for the printer."""
    if document.kind == "poster":
        return file_of(document)
    pdf = _Pages(drawable(document.name))
    pdf.add_page()
    pdf.set_font("Roboto", size=11)
    for line in document.content.removeprefix(BOM).expandtabs(4).splitlines():
        indent = len(line) - len(line.lstrip(" "))
        pdf.multi_cell(0, 11 * LINE / MILLIMETRE_POINTS, "\u00a0" * indent + drawable(line[indent:]), align="L", new_x=XPos.LMARGIN)
    return File(f"{PurePath(document.name).stem}.pdf", bytes(pdf.output()), MEDIA[".pdf"])


def drawable(text: str) -> str:
    """The text in signs that the font has: accents joined to their letters, pictures left out, letters of other scripts as "?"."""
    known = _signs()
    text = unicodedata.normalize("NFC", text).replace("→", "->")
    drawn = (char if char in known else "?" if unicodedata.category(char)[0] in "LN" else "" for char in text)
    return "".join(drawn).strip(" ")


@lru_cache(maxsize=1)
def _signs() -> frozenset[str]:
    with TTFont(Roboto) as font:
        codes = font.getBestCmap()
    return frozenset(chr(code) for code in codes if unicodedata.category(chr(code)) not in ("Cc", "Cf", "Co")) - set(TOTAL)


class _Sheet(FPDF):
    """A4 with the letters we need, and a file that tells nothing about where and when it was made."""

    def __init__(self, made: datetime = MADE) -> None:
        super().__init__(format="A4")
        self.set_creation_date(made)
        self.add_font("Roboto", fname=Roboto)
        self.add_font("Roboto", style="B", fname=RobotoBold)
        self.alias_nb_pages(TOTAL)


class _Pages(_Sheet):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.set_margins(20, 20)
        self.set_auto_page_break(True, margin=22)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Roboto", size=9)
        self.cell(100, 5, self.name[:60])
        self.cell(0, 5, say("artifact", "page", number=self.page_no(), total=TOTAL), align="R")


# -- poster ----------------------------------------------------------------------------------------------------------------------

EDGE = 14.0  # millimetres of white around
BAND, FOOT = 30.0, 12.0
LARGEST, SMALLEST = 48, 12  # points; 12 is read from an arm's length, and the longest announcement fits
QUIET = 4  # modules of white around a QR code, by its standard
TYPED_LINK = 60  # characters; nobody types a longer one from a wall
QR_SMALLEST, MODULE_SMALLEST = 42.0, 0.9  # millimetres: a code of few modules is as wide as this, one of many has modules as large as that


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    width: float
    height: float


def _poster(content: str) -> bytes:
    """One page: who says it, what about, the text as large as there is room for, and how to go on asking."""
    said: dict[str, str] = json.loads(content)
    day = date.fromisoformat(said["day"])
    pdf = _Sheet(datetime(day.year, day.month, day.day, tzinfo=UTC))
    pdf.set_title(drawable(said["title"]))
    pdf.set_auto_page_break(False)
    pdf.add_page()
    ask = say("artifact", "poster_ask", code=said["code"])
    square = _qr(said["link"] or ask)
    side = max(QR_SMALLEST, len(square) * MODULE_SMALLEST)
    quiet = QUIET * side / len(square)
    bottom = HEIGHT - EDGE - FOOT - side - 2 * quiet

    _band(pdf, said["holder"])
    top = _title(pdf, said["title"], EDGE + BAND + 8)
    room = Box(EDGE + 8, top, WIDTH - 2 * EDGE - 16, bottom - top - 6)
    _text(pdf, said["text"], say("artifact", "poster_rest" if said["link"] else "poster_rest_ask"), room)
    left = EDGE + max(8.0, quiet + 1)
    _draw_qr(pdf, square, left, bottom + quiet, side / len(square))
    beside = left + side + max(8.0, quiet)
    _way_to_ask(pdf, said, ask, Box(beside, bottom + quiet, WIDTH - EDGE - 8 - beside, side))
    _frame(pdf, bottom)
    _foot(pdf, said["code"], day)
    return bytes(pdf.output())


def _band(pdf: FPDF, holder: str) -> None:
    pdf.set_fill_color(*RED)
    pdf.rect(EDGE, EDGE, WIDTH - 2 * EDGE, BAND, style="F")
    pdf.set_text_color(255, 255, 255)
    _fit(pdf, drawable(holder).upper(), Box(EDGE + 6, EDGE + 3, WIDTH - 2 * EDGE - 12, 8), "", 15, 8)
    _fit(pdf, say("artifact", "poster_label"), Box(EDGE + 6, EDGE + 12, WIDTH - 2 * EDGE - 12, 15), "B", 36, 20)
    pdf.set_text_color(*INK)


def _title(pdf: FPDF, title: str, top: float) -> float:
    """Draws the title and a line under it; where the text may begin."""
    used = _fit(pdf, drawable(title).upper(), Box(EDGE + 8, top, WIDTH - 2 * EDGE - 16, 40), "B", 30, 12)
    pdf.set_draw_color(*RED)
    pdf.set_line_width(0.8)
    pdf.line(WIDTH / 2 - 25, top + used + 4, WIDTH / 2 + 25, top + used + 4)
    return top + used + 10


def _text(pdf: FPDF, text: str, rest: str, room: Box) -> None:
    """The text as large as it fits; where even the smallest letters do not fit, its first sentences and where the rest is."""
    paragraphs = [" ".join(drawable(line).split()) for line in text.splitlines() if line.strip()]
    sizes = range(SMALLEST, LARGEST + 1)
    fitting = bisect_right(sizes, room.height, key=lambda size: _height(pdf, paragraphs, size, room.width))
    size = sizes[max(fitting - 1, 0)]
    if not fitting:
        paragraphs = _shorten(pdf, paragraphs, rest, room)
    spare = room.height - _height(pdf, paragraphs, size, room.width)
    pdf.set_y(room.top + max(0.0, spare * 0.4))
    for paragraph in paragraphs:
        pdf.set_font("Roboto", "B" if paragraph is rest else "", size)
        pdf.set_x(room.left)
        pdf.multi_cell(room.width, size * LINE / MILLIMETRE_POINTS, paragraph, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        pdf.set_y(pdf.get_y() + size * GAP / MILLIMETRE_POINTS)


def _height(pdf: FPDF, paragraphs: Sequence[str], size: int, width: float) -> float:
    pdf.set_font("Roboto", size=size)
    lines = sum(len(_lines(pdf, width, text, "L")) for text in paragraphs)
    return (lines * LINE + len(paragraphs) * GAP) * size / MILLIMETRE_POINTS


def _shorten(pdf: FPDF, paragraphs: list[str], rest: str, room: Box) -> list[str]:
    """As many whole sentences as fit with `rest` behind them; of one sentence too long, as many whole words."""
    ends = {(number, end.end()) for number, text in enumerate(paragraphs) for end in re.finditer(r"[.!?…;](?=\s|$)|$", text)}
    words = {(number, end.start()) for number, text in enumerate(paragraphs[:1]) for end in re.finditer(r"\s", text)}
    for cuts in (sorted(ends), sorted(words)):
        low, high = 0, len(cuts)
        while low < high:
            middle = (low + high) // 2
            number, end = cuts[middle]
            begun = [*paragraphs[:number], paragraphs[number][:end], rest]
            low, high = (middle + 1, high) if _height(pdf, begun, SMALLEST, room.width) <= room.height else (low, middle)
        if low:
            number, end = cuts[low - 1]
            return [*paragraphs[:number], paragraphs[number][:end], rest]
    return [rest]


def _way_to_ask(pdf: FPDF, said: dict[str, str], ask: str, box: Box) -> None:
    pdf.set_text_color(*RED)
    heading = say("artifact", "poster_scan" if said["link"] else "poster_scan_ask")
    used = _fit(pdf, heading, Box(box.left, box.top, box.width, 16), "B", 17, 10, "L")
    pdf.set_text_color(*INK)
    link = drawable(re.sub(r"^https?://", "", said["link"]).rstrip("/")) or ask
    link = link if len(link) <= TYPED_LINK else link.split("/")[0]
    used += 2 + _fit(pdf, link, Box(box.left, box.top + used + 2, box.width, 16), "B", 15, 7, "L")
    if said["link"]:
        _fit(pdf, say("artifact", "poster_type", code=said["code"]), Box(box.left, box.top + used + 2, box.width, 9), "", 14, 8, "L")


def _fit(pdf: FPDF, text: str, box: Box, style: str, largest: int, smallest: int, align: str = "C") -> float:
    """Draws the text in the largest letters that keep it in the box; the height it takes."""
    for size in range(largest, smallest - 1, -1):
        pdf.set_font("Roboto", style, size)
        step = size * 1.2 / MILLIMETRE_POINTS
        lines = _lines(pdf, box.width, text, align)
        if len(lines) * step <= box.height:
            break
    narrow = box.width
    while narrow > box.width / 2:  # lines of about one length
        closer = _lines(pdf, narrow - 4, text, align)
        if len(closer) > len(lines):
            break
        lines, narrow = closer, narrow - 4
    pdf.set_xy(box.left, box.top)
    for line in lines[: max(1, int(box.height / step))]:
        pdf.cell(box.width, step, line.strip(), align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)
    return min(len(lines), max(1, int(box.height / step))) * step


def _lines(pdf: FPDF, width: float, text: str, align: str) -> list[str]:
    lines = pdf.multi_cell(width, 1, text, align=align, dry_run=True, output=MethodReturnValue.LINES)
    assert isinstance(lines, list)
    return lines


def _qr(content: str) -> tuple[tuple[bool, ...], ...]:
    code = segno.make_qr(content, error="m")
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _draw_qr(pdf: FPDF, square: Sequence[Sequence[bool]], left: float, top: float, module: float) -> None:
    """Black squares, so that it stays sharp at every size; neighbours in a row are one, which leaves no seam between them."""
    pdf.set_fill_color(0, 0, 0)
    for row, modules in enumerate(square):
        for run in re.finditer("1+", "".join("01"[dark] for dark in modules)):
            pdf.rect(left + run.start() * module, top + row * module, len(run[0]) * module, module, style="F")


def _frame(pdf: FPDF, bottom: float) -> None:
    pdf.set_draw_color(*RED)
    pdf.set_line_width(1.2)
    pdf.rect(EDGE, EDGE, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE)
    pdf.set_line_width(0.3)
    pdf.line(EDGE + 8, bottom - 2, WIDTH - EDGE - 8, bottom - 2)


def _foot(pdf: FPDF, code: str, day: date) -> None:
    pdf.set_text_color(*GREY)
    pdf.set_font("Roboto", size=11)
    pdf.set_xy(EDGE + 8, HEIGHT - EDGE - 9)
    pdf.cell((WIDTH - 2 * EDGE - 16) / 2, 5, say("artifact", "poster_foot", code=code))
    pdf.cell((WIDTH - 2 * EDGE - 16) / 2, 5, say("artifact", "poster_day", day=f"{day:%d/%m/%Y}"), align="R")
