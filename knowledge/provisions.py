"""Cuts a plan's paragraphs into provisions under the document's own numbering.

Sections read "mở đầu", "I", "I.1", "IV.1.e", "VI.2.5", "IV.2.3.1", "chữ ký". A heading opens a provision; bullets and
unnumbered paragraphs belong to the provision that is open, so every paragraph has exactly one (source: the layout of
administrative documents, Nghị định 30/2020/NĐ-CP, and the five plans themselves).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREAMBLE = "mở đầu"
SIGNATURE = "chữ ký"
ROMAN = re.compile(r"^([IVX]+)\.\s")
ARABIC = re.compile(r"^(\d+(?:\.\d+)*)\.\s")
LETTER = re.compile(r"^([a-zđ])\)\s")


@dataclass(frozen=True)
class Provision:
    """One numbered place of a plan: its section, and its paragraphs (the first is the heading where there is one)."""

    section: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def cut(paragraphs: list[str]) -> list[Provision]:
    """The provisions of a plan in order. `paragraphs` are those of source.txt."""
    found: list[tuple[str, list[str]]] = [(PREAMBLE, [])]
    roman = arabic = ""
    for paragraph in paragraphs:
        section = None
        if paragraph.startswith("Nơi nhận"):
            section = SIGNATURE
        elif found[-1][0] == SIGNATURE:
            pass
        elif match := ROMAN.match(paragraph):
            roman, arabic = match[1], ""
            section = roman
        elif roman and (match := ARABIC.match(paragraph)):
            arabic = match[1]
            section = f"{roman}.{arabic}"
        elif roman and (match := LETTER.match(paragraph)):
            section = _letter_section(roman, arabic, match[1], found)
        if section is not None:
            found.append((section, []))
        found[-1][1].append(paragraph)
    return [Provision(section, tuple(lines)) for section, lines in found]


def _letter_section(roman: str, arabic: str, letter: str, found: list[tuple[str, list[str]]]) -> str:
    """ "b)" right after a "1." that had no "a)" is a sibling of that "1." (Hà Tĩnh: "1. Mục đích", "b) Yêu cầu")."""
    previous = found[-1][0]
    if letter != "a" and previous == f"{roman}.{arabic}":
        return f"{roman}.{letter}"
    return f"{roman}.{arabic}.{letter}" if arabic else f"{roman}.{letter}"
