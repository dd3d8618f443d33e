"""Telephone numbers of ten digits from any writing: "+84 912 405 638", "0978.123.456", "không chín bảy tám …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intents.slots.form_text import FormText
from intents.slots.numbers import SPOKEN_DIGITS
from intents.slots.registration_data import table

NONE = "none"
DIGITS = SPOKEN_DIGITS | {"bai": "7"}
TENS = "muoi"
BETWEEN = (".", "-", ",", "+", "/", "roi", "cach")
VALID = re.compile(r"0[2-9]\d{8}")
COUNTRY = re.compile(r"(?:84|0084|084)(?=[2-9]\d{8}$)0?")


@dataclass(frozen=True)
class Phone:
    """A number of ten digits and the tokens it covers."""

    number: str
    start: int
    end: int


def phone_in(text: FormText) -> Phone | None:
    """The first telephone number of a message, or the one that corrects it ("à nhầm 0345 …")."""
    found: Phone | None = None
    for start in range(len(text.tokens)):
        following = _phone_at(text, start) if found is None or start >= found.end else None
        if following and (found is None or {token.word for token in text.tokens[found.end : start]} & set(table().words["corrections"])):
            found = following
    return found


def _phone_at(text: FormText, start: int) -> Phone | None:
    if not _can_start(text, start):
        return None
    digits, index = "", start
    while index < len(text.tokens) and len(digits) < 14:
        token = text.tokens[index]
        piece, end = _digits_at(text, index)
        if piece and _complete(digits) and (token.text.isdigit() or not _complete(digits + piece)):
            break
        if piece:
            digits, index = digits + piece, end
        elif token.text in BETWEEN or token.word in BETWEEN:
            index += 1
        else:
            break
    number = _complete(digits)
    return Phone(number, start, index) if number else None


def _can_start(text: FormText, start: int) -> bool:
    token = text.tokens[start]
    if start and text.tokens[start - 1].text.isdigit() and token.text.isdigit():
        return False
    return token.text[:1] == "0" or token.text[:2] == "84" or token.word in ("khong", "o")


def _complete(digits: str) -> str | None:
    """Ten digits that can be a telephone number, the country's code turned into 0; else None."""
    national = COUNTRY.sub("0", digits, count=1) if len(digits) > 10 else digits
    return national if VALID.fullmatch(national) else None


def _digits_at(text: FormText, index: int) -> tuple[str, int]:
    """The digits one token, or a spoken number below a hundred, stands for, and where it ends."""
    token = text.tokens[index]
    if token.text.isdecimal() and token.text.isascii():
        return token.text, index + 1
    following = text.tokens[index + 1].word if index + 1 < len(text.tokens) else ""
    after = text.tokens[index + 2].word if index + 2 < len(text.tokens) else ""
    if token.word == "o" and following in DIGITS:
        return "0", index + 1
    if token.word == TENS:
        return ("1" + DIGITS[following], index + 2) if following in DIGITS and following != "khong" else ("10", index + 1)
    if token.word in DIGITS and following == TENS:
        return (
            (DIGITS[token.word] + DIGITS[after], index + 3)
            if after in DIGITS and after != "khong"
            else (DIGITS[token.word] + "0", index + 2)
        )
    return DIGITS.get(token.word, ""), index + 1
