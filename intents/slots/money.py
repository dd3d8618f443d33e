"""Sums of money as people write them."""

from __future__ import annotations

import re

UNITS = {
    "trieu": 1_000_000,
    "tr": 1_000_000,
    "cu": 1_000_000,
    "chai": 1_000_000,
    "nghin": 1_000,
    "ngan": 1_000,
    "k": 1_000,
    "ty": 1_000_000_000,
    "ti": 1_000_000_000,
    "dong": 1,
    "d": 1,
    "vnd": 1,
    "tram": 100_000,
}
NUMBER_WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}
SUM = re.compile(
    r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)*|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)?\s*(?P<unit>trieu|tr|cu|nghin|ngan|ty|ti|k|tram|dong|d|vnd)"
    r"(?:\s*(?P<half>ruoi)|\s*(?P<rest>\d{1,3})(?!\d|\s*(?:nguoi|khau|ho|thang|chi|con|nam)))?(?!\w)"
)
BARE = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{3}){1,3}|\d{6,10})(?![\w])")


def sums(line: str) -> list[int]:
    """Every sum in folded text, in đồng, in order: "1 trieu 3" is 1,300,000, "trieu ruoi" 1,500,000, "900k" 900,000."""
    found: list[tuple[int, int]] = []
    taken: list[range] = []
    for match in SUM.finditer(line):
        unit = UNITS[match["unit"]]
        if match["number"] is None and not (match["half"] and unit >= 1_000_000):
            continue
        number = _number(match["number"] or "1", unit)
        value = number * unit
        if match["half"]:
            value += unit / 2
        elif match["rest"]:
            value += int(match["rest"]) * unit / 10 ** len(match["rest"])
        found.append((match.start(), round(value)))
        taken.append(range(match.start(), match.end()))
    for match in BARE.finditer(line):
        if not any(match.start() in span for span in taken):
            found.append((match.start(), int(re.sub(r"[.,]", "", match[1]))))
    return [value for _, value in sorted(found)]


def _number(text: str, unit: int) -> float:
    if text in NUMBER_WORDS:
        return NUMBER_WORDS[text]
    if unit == 1 or (re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text) and unit == 1):
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", ".")) if text.count(",") + text.count(".") < 2 else float(re.sub(r"[.,]", "", text))
