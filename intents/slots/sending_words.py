"""The words in which people say when: a text as one folded line, numbers, and why a time may be none."""

from __future__ import annotations

import re

from intents.slots.form_text import whole_number
from knowledge.vietnamese import clean, fold, from_keys

FARTHEST = 366  # days, hours or minutes from now that a relative time may lie ahead

# How a word is typed tells it from others of the same letters: exact accents, and the sign that is read instead.
TYPED = {
    "tới": "TOI", "tôi": "", "sang": "QUA", "sáu": "6", "mốt": "KIA", "gặp": "", "gấp": "GAP", "khăn": "", "ngày": "NGAY", "ngay": "LIEN",
    "năm": "nam", "bẩy": "7", "bảy": "7", "bây": "BAY", "mải": "", "tý": "ti", "nữa": "nua", "nửa": "NUA", "trước": "truoc", "ba": "ba", "bà": "",
    "chừ": "gio", "giừ": "gio", "bữa": "hom", "ni": "nay", "nì": "nay", "tí": "ti", "chốc": "lat", "sau": "SAU", "đang": "", "đến": "den", "đền": "",
}  # fmt: skip
SAME_BARE = frozenset(("sang", "ngay", "ba", "sau"))  # as typed they are themselves only where the text has accents
N = r"(?:\d{1,3}|(?:(?:hai|ba|bon|nam) )?(?:muoi|ham)(?: (?:mot|hai|ba|bon|tu|nam|lam|sau|6|7|tam|chin))?|(?:hai|ba) (?:mot|hai|ba|bon|tu|lam|nham|6|7|tam|chin)(?= )|mot|hai|ba|bon|nam|sau|bay|tam|chin)"
THIS_MOMENT = re.compile(
    r"\b(?:(?:LIEN|ngay) )?(?:BAY (?:gio|h)|bi gio|(?<!luc )(?<!mai )(?<!nay )bay gio(?! (?:\d|ruoi|kem|sang|trua|chieu|toi|dem|mai|hom|ngay|NGAY|thu|t\d)))\b"
)


class Impossible(Exception):
    """No such day or hour."""


class Vague(Exception):
    """More than one day could be meant."""


def line_of(text: str) -> str:
    """The text folded, with words that accents tell apart as signs of their own."""
    text = re.sub(r"\b(20\d\d)-(\d\d)-(\d\d)\b", r"\3/\2/\1", text[:400])
    raw = re.sub(r"(?<!\d)(\d{1,2})-(\d{1,2})(?=-\d{2,4}\b|(?!\d|-| ?[hg]))", r"\1/\2", clean(text))
    raw = re.sub(r"(\d/\d{1,2})-(\d{2,4})\b", r"\1/\2", raw).casefold()
    accented = fold(raw) != raw
    words = []
    for word in re.findall(r"\d+(?:[/.]\d+)+|\d+|[:-]|[^\W\d_]+", raw):
        folded = from_keys(fold(word)) if word.isalpha() else word
        known = TYPED.get(word) if word not in SAME_BARE or accented else None
        exact = known is not None and (fold(word) != word or accented or word in ("ni", "mốt"))
        words.append(known if exact and known is not None else folded)
    return THIS_MOMENT.sub("LIEN", " ".join(word for word in words if word))


def number(text: str) -> int:
    """A number in digits or words."""
    if text.isdecimal() and text.isascii():
        return int(text)
    words = text.split()
    if len(words) == 2 and words[0] in ("hai", "ba", "ham") and words[1] not in ("muoi",):
        return {"hai": 20, "ham": 20, "ba": 30}[words[0]] + _digit(words[1])
    found = whole_number(words, 0)
    return found.value if found else _digit(words[0])


def _digit(word: str) -> int:
    if word.isdecimal():
        return int(word)
    found = whole_number([word], 0)
    return found.value if found else {"tu": 4, "lam": 5, "nham": 5, "mot": 1}.get(word, 0)
