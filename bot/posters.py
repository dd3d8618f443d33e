"""An announcement as a poster: one A4 page with its text as large as it fits, and a QR code that leads to us."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from bot.paper import HEIGHT, LINE, MILLIMETRE_POINTS, WIDTH, Box, Sheet, drawable, fit, lines_of
from intents.wording import say

EDGE = 14.0  # millimetres of white around
RED, INK, GREY = (178, 24, 32), (25, 25, 25), (95, 95, 95)
BAND, FOOT = 30.0, 12.0
GAP = 0.4  # between paragraphs, of the letters' size
LARGEST, SMALLEST = 48, 12  # points; 12 is read from an arm's length, and the longest announcement fits
QUIET = 4  # modules of white around a QR code, by its standard
TYPED_LINK = 60  # characters; nobody types a longer one from a wall
QR_SMALLEST, MODULE_SMALLEST = 42.0, 0.9  # millimetres: a code of few modules is as wide as this, one of many has modules as large as that


def poster(content: str) -> bytes:
    """One page: who says it, what about, the text as large as there is room for, and how to go on asking."""
    said: dict[str, str] = json.loads(content)
    day = date.fromisoformat(said["day"])
    pdf = Sheet(datetime(day.year, day.month, day.day, tzinfo=UTC))
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
    fit(pdf, drawable(holder).upper(), Box(EDGE + 6, EDGE + 3, WIDTH - 2 * EDGE - 12, 8), "", 15, 8)
    fit(pdf, say("artifact", "poster_label"), Box(EDGE + 6, EDGE + 12, WIDTH - 2 * EDGE - 12, 15), "B", 36, 20)
    pdf.set_text_color(*INK)


def _title(pdf: FPDF, title: str, top: float) -> float:
    """Draws the title and a line under it; where the text may begin."""
    used = fit(pdf, drawable(title).upper(), Box(EDGE + 8, top, WIDTH - 2 * EDGE - 16, 40), "B", 30, 12)
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
    lines = sum(len(lines_of(pdf, width, text, "L")) for text in paragraphs)
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
    used = fit(pdf, heading, Box(box.left, box.top, box.width, 16), "B", 17, 10, "L")
    pdf.set_text_color(*INK)
    link = drawable(re.sub(r"^https?://", "", said["link"]).rstrip("/")) or ask
    link = link if len(link) <= TYPED_LINK else link.split("/")[0]
    used += 2 + fit(pdf, link, Box(box.left, box.top + used + 2, box.width, 16), "B", 15, 7, "L")
    if said["link"]:
        fit(pdf, say("artifact", "poster_type", code=said["code"]), Box(box.left, box.top + used + 2, box.width, 9), "", 14, 8, "L")


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
