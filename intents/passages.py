"""A text cut into its sentences, those kept together that must not be parted."""

from __future__ import annotations

import re

from knowledge.vietnamese import fold

LIST_MARK = re.compile(r"^\s*(?:[-–—•*+]|[a-zđ]\)|\d{1,2}[.)])\s+")
BULLET = re.compile(r"^\s*[-–—•*+]\s+")
SENTENCE_END = re.compile(r"[.!?…]+[\"”’)]*\s+")
NO_END = re.compile(r"(?:^\W*\d{1,2}|(?<![^\W_])(?:[A-ZĐ]|[Tt][Pp]|[Tt][XxTt]|ThS|TS|BS|ĐT|v\.v))\.\s*$")
LEANS = re.compile(r"(?:tru|ngoai tru|rieng|tuy nhien|nhung|neu|tru truong hop|khong ap dung|luu y|ngoai ra neu|con (?:lai|ho))\b")


def sentences(line: str) -> list[str]:
    """A line cut behind its sentences; "TP. Huế", "P. Hoa Lư" and "1. Ai được vay" are not cut."""
    found, start = [], 0
    for end in SENTENCE_END.finditer(line):
        before = line[start : end.end()]
        if end.end() < len(line) and not line[end.end()].islower() and not NO_END.search(before):
            found.append(before.strip())
            start = end.end()
    return [*found, line[start:].strip()]


def passages(text: str) -> list[list[str]]:
    """The sentences, those together that must not be parted: a list with what it is a list of, an exception with its rule."""
    found: list[list[str]] = []
    for line in filter(str.strip, text.splitlines()):
        listed = bool(LIST_MARK.match(line)) and bool(found) and (found[-1][-1].endswith((":", ";")))
        if listed and found[-1][-1].endswith(";"):
            listed = any(sentence.endswith(":") for sentence in found[-1])
        for number, sentence in enumerate(filter(None, sentences(BULLET.sub("", line)))):
            ended = sentence if sentence.endswith((".", "!", "?", "…", ":", ";", ",")) else sentence + (";" if listed else ".")
            leans = bool(found) and bool(LEANS.match(fold(sentence)))
            if (listed and not number) or leans or (found and found[-1][-1].endswith((":", ","))):
                found[-1].append(ended)
            else:
                found.append([ended])
    return [[*passage[:-1], re.sub(r"[;,]$", ".", passage[-1])] for passage in found]
