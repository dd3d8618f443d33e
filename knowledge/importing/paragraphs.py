"""Joins the wrapped lines of a plan's text into paragraphs, changing nothing else.

The text of a PDF breaks a paragraph at the page's width. A line starts a new paragraph when it carries a marker
("I.", "1.", "2.1.", "a)", "-") that the document's numbering allows there, or when the line before it has ended one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MARKER = re.compile(r"^(?:[IVX]+\.\s|\d+(?:\.\d+)*\.\s|[a-zđ]\)\s|-\s|\+\s)")
BULLET = re.compile(r"^[-+]\s")
ENDED = re.compile(r"(?:[.:;]|\./\.|…)\s*$")
SHORT_LINE = 60  # characters: a line this much shorter than the page's width has ended its paragraph


def paragraphs(text: str, *, page_width: int = 90) -> list[str]:
    """The paragraphs of `text`, NFC, white space folded, in order; nothing is corrected and nothing is left out.

    `page_width` is the usual length of a full line in characters; longer lines are taken as whole paragraphs.
    """
    lines = [re.sub(r"\s+", " ", unicodedata.normalize("NFC", line)).strip() for line in text.splitlines()]
    return list(_join([line for line in lines if line], page_width))


def _join(lines: list[str], page_width: int) -> Iterator[str]:
    current = ""
    last = ""
    for line in lines:
        if current and _continues(last, line, page_width):
            current = f"{current} {line}" if not last.endswith("-") or last.endswith(" -") else f"{current}{line}"
        else:
            if current:
                yield current
            current = line
        last = line
    if current:
        yield current


def _continues(last: str, line: str, page_width: int) -> bool:
    """Whether `line` goes on the paragraph that `last` belongs to."""
    if line[0].islower() or line[0] in ",;)":
        return not re.match(r"^[a-zđ]\)\s", line)
    if last.endswith((" các", " lần thứ", " Thi đua")) or (last.endswith("-") and not ENDED.search(last)):
        return True  # "lần thứ / VIII. Hàng năm": the numeral belongs to the sentence before it
    if MARKER.match(line):
        return False
    if len(last) > page_width + 15:
        return False
    return not (ENDED.search(last) or len(last) < SHORT_LINE)
