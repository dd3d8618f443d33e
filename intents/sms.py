"""An announcement as one text message, without accents.

Nothing here adds a fact, and no figure is ever cut or changed: of a long text whole sentences are left out, and it is told
(`Sms.complete`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from intents.passages import passages
from intents.wording import group, say
from knowledge.vietnamese import fold

SMS_CHARACTERS = 160  # of the GSM 7-bit alphabet; a longer one is paid for twice
GSM = frozenset("@$_!\"#%&'()*+,-./:;<=>? \n") | frozenset(chr(char) for char in (*range(48, 58), *range(65, 91), *range(97, 123)))
AS_ASCII = (
    {
        "đ": "d",
        "Đ": "D",
        "₫": "d",
        "…": "...",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "→": "->",
        "°": " do ",
        "€": "EUR",
        "⁄": "/",
        "÷": ":",
        "\\": "/",
    }
    | dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−~•·", "-")
    | dict.fromkeys("[{", "(")
    | dict.fromkeys("]}", ")")
)
WEIGHTS = (
    (4, re.compile(r"\d[/.-]\d{1,2}(?![\d.])|\bngay \d|\bthang \d|\bthu (?:hai|ba|tu|nam|sau|bay|[2-7])\b|\bchu nhat\b")),
    (3, re.compile(r"\d ?(?:h|g|gio)(?![a-z])|\dh\d|\d:\d\d")),
    (3, re.compile(r"\d ?(?:dong|d|trieu|tr|nghin|ngan|ty|ti|k|vnd|%)(?![a-z])")),
    (3, re.compile(r"\b(?:tai|nha van hoa|tru so|hoi truong|tram y te|nha rong|dia diem|ubnd|nvh)\b")),
    (2, re.compile(r"^(?:khong|cam|nghiem cam|tuyet doi)\b")),
    (1, re.compile(r"\d")),
)
CLAUSE_END = re.compile(r"[,;:](?=\s)|(?=\s-\s)")
TURNS = re.compile(r"\W*(?:tru|ngoai|neu|khong|chua|nhung|chi|khi|voi dieu kien|tuy|rieng|hoac|va)\b|\W*\d")


@dataclass(frozen=True)
class Sms:
    """`complete`: every sentence is in it. `mistakable` are words in it that, without accents, can be read as another one
    (word, the other one): the officer should look at those."""

    text: str
    complete: bool
    mistakable: tuple[tuple[str, str], ...] = ()


def bare(text: str) -> str:
    """The text in characters that every phone shows and that count as one each: no accents, no typographic signs."""
    written: list[str] = []
    for char in unicodedata.normalize("NFD", text.replace("≠", " khac ")):
        kind = unicodedata.category(char)
        if kind in ("Mn", "Cf"):
            continue
        plain = AS_ASCII.get(char) or (char if char in GSM else "")
        if not plain and kind == "Nd":
            plain = str(unicodedata.decimal(char))
        if not plain and (wide := unicodedata.normalize("NFKD", char)) != char:
            apart = " " if wide[0].isdigit() and written and written[-1][-1:].isdigit() else ""  # 10² is not 102
            plain = apart + bare(wide)
        written.append(plain or ("?" if kind[0] == "L" else " "))
    return " ".join("".join(written).split())


def sms(text: str, code: str) -> Sms:
    """One message of at most 160 characters; of a longer text the sentences with days, hours, money and places go first."""
    passed = [" ".join(passage) for passage in passages(text)]
    plain = [bare(passage) for passage in passed]
    more = say("artifact", "sms_more", code=bare(code))
    for whole in (" ".join([*plain, more]), " ".join(plain)):
        if plain and len(whole) <= SMS_CHARACTERS:
            return Sms(whole, True, _mistakable(passed))
    room = SMS_CHARACTERS - len(more) - 1
    kept: list[int] = []
    for number in sorted(range(len(plain)), key=lambda number: (-_weight(plain[number]), number)):
        if sum(len(plain[one]) + 1 for one in kept) + len(plain[number]) <= room:
            kept.append(number)
    if any(_weight(passage) for passage in plain) and not any(_weight(plain[number]) for number in kept):
        kept = []  # a greeting alone tells nothing
    if kept:
        kept.sort()
        return Sms(" ".join([*(plain[number] for number in kept), more]), False, _mistakable([passed[number] for number in kept]))
    begun = _begun(max(passed, key=lambda passage: _weight(bare(passage)), default=""), room)
    return Sms(f"{bare(begun) + '...' if begun else say('artifact', 'sms_only')} {more}", False, _mistakable([begun]))


def _weight(plain: str) -> int:
    folded = plain.lower()
    return sum(weight for weight, pattern in WEIGHTS if pattern.search(folded))


def _begun(passage: str, room: int) -> str:
    """The passage up to the last end of a clause that fits, unless what follows turns it around ("…, trừ hộ …"); "" if none."""
    best = ""
    for end in CLAUSE_END.finditer(passage):
        begun, rest = passage[: end.start()].rstrip(), fold(passage[end.end() :])
        if len(bare(begun)) + 3 <= room and begun.count("(") == begun.count(")") and not TURNS.match(rest):
            best = begun
    return best


def _mistakable(passed: list[str]) -> tuple[tuple[str, str], ...]:
    words = dict.fromkeys(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", " ".join(passed)).lower()))
    others = group("artifact_mistakable")
    return tuple((word, others[word]) for word in words if word in others)
