"""Documents as bytes: a text as it is, a text as A4 pages to print, a poster with a QR code.

The same document gives the same bytes.
"""

from __future__ import annotations

from pathlib import PurePath

from fpdf.enums import XPos

from bot.channels.protocol import File
from bot.paper import LINE, MILLIMETRE_POINTS, TOTAL, Sheet, drawable
from bot.posters import poster
from intents.messages import Document
from intents.wording import say

MEDIA = {".csv": "text/csv", ".json": "application/json", ".txt": "text/plain", ".pdf": "application/pdf"}
BOM = "\ufeff"  # without it Excel takes UTF-8 for the letters of western Europe


def file_of(document: Document) -> File:
    """What is sent for the document: its text under its own name, or the poster that its content describes."""
    if document.kind == "poster":
        return File(document.name, poster(document.content), MEDIA[".pdf"])
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


class _Pages(Sheet):
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
