"""Codes that people read aloud and write on paper: no letters or figures that look or sound alike, and a check character.

Seven characters of sixteen (six and the check): 16.7 million codes. The check is Luhn's algorithm modulo 16, which finds
every single wrong character and nearly all swapped neighbours. Accepted with any spacing, case, accents and hyphens.
"""

from __future__ import annotations

import re
import secrets

from knowledge.vietnamese import fold

ALPHABET = "23456789ACHKMRXY"  # no 0/O, 1/I/L, B/8 (both shapes), D/Đ, S/5, Z/2, N/M, P/T/V
BASE = len(ALPHABET)
LENGTH = 6
FIGURES = 2  # at least, so that no word is taken for a code
LOOKS_LIKE = str.maketrans({"Z": "2", "S": "5", "B": "8", "G": "6", "N": "M", "Q": "9"})
PREFIXES = ("DK", "BC", "CH", "SA", "KT", "TB", "MM", "NK", "XN")
WRITTEN = re.compile(
    r"(?<![^\W_])(" + "|".join(r"[\s.]*".join(prefix) for prefix in PREFIXES) + r")[\s.:\-–]*((?:[A-Z0-9][\s.\-–]*){7})(?![^\W_])"
)
SHAPED = re.compile(r"(?<![^\W_])(?:" + "|".join(PREFIXES) + r")-[A-Z0-9]{3,5}-[A-Z0-9]{2,4}(?![^\W_])")
BARE = re.compile(r"^\s*((?:[A-Z0-9][\s.\-–]*){7})$")


def check_of(payload: str) -> str:
    """The check character for a payload (Luhn modulo N)."""
    total = 0
    for place, char in enumerate(reversed(payload)):
        step = ALPHABET.index(char) * (2 if place % 2 == 0 else 1)
        total += step // BASE + step % BASE
    return ALPHABET[(BASE - total % BASE) % BASE]


def new_code(prefix: str) -> str:
    """A code nobody can guess, such as "DK-7A3K-2M9"."""
    payload = ""
    while sum(char.isdigit() for char in payload) < FIGURES:
        payload = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return spaced(prefix, payload + check_of(payload))


def spaced(prefix: str, characters: str) -> str:
    return f"{prefix}-{characters[:4]}-{characters[4:]}"


def is_code(characters: str) -> bool:
    return len(characters) == LENGTH + 1 and set(characters) <= set(ALPHABET) and check_of(characters[:-1]) == characters[-1]


def find_code(text: str, prefixes: tuple[str, ...] = (), default: str = "") -> tuple[str | None, bool]:
    """The code in a text, and whether something like a code with a wrong character stands there instead.

    `prefixes` narrows the kinds looked for; `default` is taken for a code typed without its two letters.
    """
    typed = fold(text).upper()
    wrong = False
    for match in WRITTEN.finditer(typed):
        prefix, characters = re.sub(r"\W", "", match[1]), re.sub(r"[^A-Z0-9]", "", match[2]).translate(LOOKS_LIKE)
        if prefixes and prefix not in prefixes:
            continue
        figures = sum(char.isdigit() for char in match[2])
        if figures and is_code(characters):
            return spaced(prefix, characters), False
        wrong = wrong or (figures >= FIGURES and set(characters) <= set(ALPHABET))
    wrong = wrong or bool(SHAPED.search(typed))
    bare = BARE.match(typed)
    if default and bare:
        characters = re.sub(r"[^A-Z0-9]", "", bare[1]).translate(LOOKS_LIKE)
        if is_code(characters):
            return spaced(default, characters), False
    return None, wrong


SPOKEN = {"A": "a", "C": "xê", "H": "hát", "K": "ca", "M": "em-mờ", "R": "e-rờ", "X": "ích", "Y": "i dài"} | dict(
    zip("23456789", ("hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"), strict=True)
)


def spoken(code: str) -> str:
    """How a code is read aloud, without its two letters."""
    return ", ".join(SPOKEN[char] for char in code[2:] if char in SPOKEN)
