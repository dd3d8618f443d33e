"""How a reply becomes the messages of a platform: long text is cut at line and sentence ends, choices are numbered, a document goes
as a file, as a PDF or as text, whichever the platform can take."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.channels.protocol import File, Limits, Part
from intents.compose import split
from intents.messages import Document, Reply
from intents.wording import say

PDF = "application/pdf"
JOINER = "\u200d"
CONTINUES = re.compile("[\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")  # joiner, skin colours, flag tags
BARE_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d+\.$")  # a list number that would be cut off from its words


@dataclass(frozen=True)
class Files:
    """How a document becomes a file: as it is meant to be kept, and as a PDF."""

    file_of: Callable[[Document], File]
    pdf_of: Callable[[Document], File]


def parts_of(reply: Reply, limits: Limits, tag: str, files: Files) -> list[Part]:
    """The messages of a reply, in order: its text, then its document. The numbered choices are always in the text; as buttons they
    hang on the part in which the text ends, and only if the platform has room for all of them."""
    texts = _pieces(reply.text, limits.characters)
    if reply.choices and not _is_numbered(reply):
        texts = _with_choices(texts, "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(reply.choices, 1)), limits)
    parts = [Part(text, tag=tag) for text in texts]
    if parts:
        parts[-1] = replace(parts[-1], choices=reply.choices if len(reply.choices) <= limits.buttons else (), contact=reply.contact)
    return parts + (_document(reply.document, limits, tag, files) if reply.document else [])


def parts_of_text(text: str, limits: Limits, tag: str) -> list[Part]:
    """The messages of a plain text; none where it is blank."""
    return [Part(piece, tag=tag) for piece in _pieces(text, limits.characters)]


def length(text: str) -> int:
    """The length as Telegram counts it, in UTF-16 code units: an emoji is two. Nowhere does a platform count more."""
    return len(text) + sum(char > "\uffff" for char in text)


def _is_numbered(reply: Reply) -> bool:
    return bool(re.search(rf"(?m)^[ \t]*1\. {re.escape(reply.choices[0].label)}", reply.text))


def _with_choices(texts: list[str], numbered: str, limits: Limits) -> list[str]:
    """The list below the last text, or in messages of its own: it is not torn apart where it need not be."""
    below = "\n".join([*texts[-1:], numbered])
    return [*texts[:-1], below] if length(below) <= limits.characters else texts + _pieces(numbered, limits.characters)


def _document(document: Document, limits: Limits, tag: str, files: Files) -> list[Part]:
    if limits.files:
        file = files.file_of(document)
        if not _is_taken(file, limits) and PDF in limits.files:
            file = files.pdf_of(document)
        if _is_taken(file, limits):
            return [Part("", tag=tag, file=file)]
    if document.kind != "text":  # its content is made for a machine
        return parts_of_text(say("zalo_bot", "no_file", name=document.name), limits, tag)
    return parts_of_text(f"{say('zalo_bot', 'as_text', name=document.name)}\n{document.content}", limits, tag)


def _is_taken(file: File, limits: Limits) -> bool:
    return file.media.partition(";")[0].strip() in limits.files


# -- cutting -----------------------------------------------------------------------------------------------------------------------


def _pieces(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` units; only white space between them is left out."""
    pieces = []
    text = text.strip()
    while text:
        end = _end(text, most)
        piece = text if end == len(text) else _head(text, end)
        pieces.append(piece)
        text = text[len(piece) :].lstrip()
    return pieces


def _end(text: str, most: int) -> int:
    """How many characters of the text fit into `most` units."""
    used = 0
    for at, char in enumerate(text):
        used += length(char)
        if used > most:
            return max(at, 1)
    return len(text)


def _head(text: str, end: int) -> str:
    """The first `end` characters at most: up to a line end, else a sentence end, else a word's end, else cut in the word."""
    line = text.rfind("\n", end // 2, end)
    head = text[:line].rstrip() if line > 0 else split(text, end)[0]
    number = BARE_NUMBER.search(head)
    head = head[: number.start()].rstrip() if number and head[: number.start()].strip() else head
    if head and not _is_inside(text, len(head)):
        return head
    at = next((at for at in range(end, 0, -1) if not _is_inside(text, at)), end)
    return text[:at].rstrip()


def _is_inside(text: str, at: int) -> bool:
    """Whether a cut here would tear what is seen as one character: letter and mark, or an emoji of several."""
    after = text[at:].lstrip()[:1]
    if not after or not text[at - 1 : at]:
        return False
    if unicodedata.category(after).startswith("M") or CONTINUES.match(after):
        return True
    before = text[:at]
    return before.endswith(JOINER) or (_is_flag(after) and text[at] == after and _flag_letters(before) % 2 == 1)


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters(before: str) -> int:
    """How many flag letters stand at the end of a text: two are one flag."""
    return next((count for count, char in enumerate(reversed(before)) if not _is_flag(char)), len(before))
