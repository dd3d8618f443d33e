"""A4 sheets as PDF: the letters, what can be written in them, and text that fills a box.

A PDF names nobody: neither author nor machine, and no hour.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from font_roboto import Roboto, RobotoBold
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

WIDTH, HEIGHT = 210.0, 297.0
MADE = datetime(2026, 1, 1, tzinfo=UTC)
LINE = 1.3  # of the letters' size
MILLIMETRE_POINTS = 72 / 25.4
TOTAL = "\ufffd\ufffd"  # stands for the number of pages until that is known; `drawable` lets nobody else write it


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


class Sheet(FPDF):
    """A4 with the letters we need, and a file that tells nothing about where and when it was made."""

    def __init__(self, made: datetime = MADE) -> None:
        super().__init__(format="A4")
        self.set_creation_date(made)
        self.add_font("Roboto", fname=Roboto)
        self.add_font("Roboto", style="B", fname=RobotoBold)
        self.alias_nb_pages(TOTAL)


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    width: float
    height: float


def fit(pdf: FPDF, text: str, box: Box, style: str, largest: int, smallest: int, align: str = "C") -> float:
    """Draws the text in the largest letters that keep it in the box; the height it takes."""
    for size in range(largest, smallest - 1, -1):
        pdf.set_font("Roboto", style, size)
        step = size * 1.2 / MILLIMETRE_POINTS
        lines = lines_of(pdf, box.width, text, align)
        if len(lines) * step <= box.height:
            break
    narrow = box.width
    while narrow > box.width / 2:  # lines of about one length
        closer = lines_of(pdf, narrow - 4, text, align)
        if len(closer) > len(lines):
            break
        lines, narrow = closer, narrow - 4
    pdf.set_xy(box.left, box.top)
    for line in lines[: max(1, int(box.height / step))]:
        pdf.cell(box.width, step, line.strip(), align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)
    return min(len(lines), max(1, int(box.height / step))) * step


def lines_of(pdf: FPDF, width: float, text: str, align: str) -> list[str]:
    """The lines that a text becomes in letters of the present size."""
    lines = pdf.multi_cell(width, 1, text, align=align, dry_run=True, output=MethodReturnValue.LINES)
    assert isinstance(lines, list)
    return lines
