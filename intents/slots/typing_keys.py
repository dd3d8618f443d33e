"""Turns raw Telex and VNI keys back into accented letters, for names ("Phamj Vawn Hieenf", "Pha5m Va8n Hie62n").

`knowledge.vietnamese` folds such keys for matching; a name in a form has to be shown again, so it needs its accents. A word
is changed only where the result is spelled as a Vietnamese syllable and the word as typed is not: minority names such as
"Hlớp" or "Stơr" stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge.vietnamese import fold, is_syllable

TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
TELEX_LETTERS = (("uow", "ươ"), ("uwow", "ươ"), ("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"))
VNI_LETTERS = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"u": "ư", "o": "ơ"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
WORD = re.compile(r"[A-Za-z0-9]+")
VOWELS = "aăâeêioôơuưy"
MARKED = "ăâêôơư"
SLIPPED_DIGITS = re.compile(r"(?<!\w)(?=(?:\D*\d){2})[\dOolI]{4,}(?!\w)")  # "2O28", "o98l"
LETTERS = re.compile(r"[^\W\d_]{4,}")
SWAPPED_END = re.compile(r"(?<=[aeiouyà-ỹ])(?:(gn)|hn)(?![^\W_])", re.IGNORECASE)
MIXED_KEY = re.compile(r"(?<!\w)([^\W\d_]*[À-ỹ][^\W\d_]*)([sfrxj])(?!\w)", re.IGNORECASE)
FEW_KEYS = 2  # words with keys from which on a text counts as typed in keys throughout


def without_slips(text: str) -> str:
    """Slips of the fingers mended: letters among digits, words stuck at a capital, "gn" for "ng", a tone key after an accent."""
    text = SLIPPED_DIGITS.sub(lambda match: re.sub("[Oo]", "0", re.sub("[lI]", "1", match[0])), text)
    text = LETTERS.sub(_unstuck_names, text)
    text = SWAPPED_END.sub(lambda match: "ng" if match[1] else "nh", text)
    return MIXED_KEY.sub(_key_as_tone, text)


def _unstuck_names(match: re.Match[str]) -> str:
    """ "SongTrường" is two words where both are syllables."""
    word = match[0]
    cut = next((index for index in range(2, len(word) - 1) if word[index].isupper() and word[index - 1].islower()), 0)
    both = cut and is_syllable(fold(word[:cut])) and is_syllable(fold(word[cut:]))
    return f"{word[:cut]} {word[cut:]}" if both else word


def _key_as_tone(match: re.Match[str]) -> str:
    """ "hôj" is "hộ", "đượcj" is "được": the key is a tone the word lacks, or one typed twice."""
    word, key = match[1], match[2].lower()
    if is_syllable(fold(match[0])) or not is_syllable(fold(word)):
        return match[0]
    toned = any(mark in unicodedata.normalize("NFD", word) for mark in TELEX_TONES.values())
    return word if toned else _toned(word, TELEX_TONES[key])


def restored(text: str) -> str:
    """The text with its key-typed words accented; a text without such words comes back as it is."""
    mixed = bool(MIXED_KEY.search(text))
    text = without_slips(text)
    if _typed_in_vni(text):
        return WORD.sub(lambda match: _vni(match[0]) or match[0], text)
    words = WORD.findall(text)
    foreign = sum(bool(re.match("(?i)dd[a-z]*w", word)) and not _telex(word, sure=True) for word in words)
    sure = foreign + sum(bool(_telex(word, sure=True)) for word in words)
    if sure and foreign + sum(bool(_telex(word, sure=False)) for word in words) >= FEW_KEYS - mixed:
        return WORD.sub(lambda match: _telex(match[0], sure=False) or _foreign_telex(match[0]) or match[0], text)
    return WORD.sub(lambda match: (_telex(match[0], sure=True) if re.search("(?i)w|dd", match[0]) else None) or match[0], text)


def _typed_in_vni(text: str) -> bool:
    """Whether digits stand for accents: inside a word, or at the end of many ("thon3" alone is a place's number)."""
    words = [word for word in WORD.findall(text) if re.fullmatch(r"[A-Za-z]+[1-9][A-Za-z0-9]*", word) and _vni(word)]
    inside = sum(bool(re.search(r"\d[A-Za-z]|[6-9]\d", word)) for word in words)
    return inside >= 1 and len(words) >= FEW_KEYS


@lru_cache(maxsize=8192)
def _vni(word: str) -> str | None:
    """ "Nguye64n" is "Nguyễn"; None where the word is no syllable in VNI keys."""
    if not re.fullmatch(r"[A-Za-z]+[1-9][A-Za-z0-9]*", word):
        return None
    letters: list[str] = []
    tone = ""
    for char in word:
        if char in VNI_TONES:
            tone = VNI_TONES[char]
        elif char in VNI_LETTERS:
            _mark_last(letters, VNI_LETTERS[char])
        else:
            letters.append(char)
    bare = "".join(letters)
    return _toned(bare, tone) if is_syllable(fold(bare)) or re.search("[6-9]", word) else None


def _mark_last(letters: list[str], table: dict[str, str]) -> None:
    """Marks the last letter that the key can mark; a horn on "o" after "u" marks both."""
    for index in range(len(letters) - 1, -1, -1):
        low = letters[index].lower()
        if low in table:
            letters[index] = _like(letters[index], table[low])
            if low == "o" and table[low] == "ơ" and index and letters[index - 1].lower() == "u":
                letters[index - 1] = _like(letters[index - 1], "ư")
            return


@lru_cache(maxsize=8192)
def _telex(word: str, *, sure: bool) -> str | None:
    """ "Hieenf" is "Hiền"; None where the word is no syllable in Telex keys.

    `sure` asks for a key that no abbreviation or minority name ends in by chance: a doubled vowel, dd or w.
    """
    low = word.lower()
    if not word.isalpha() or is_syllable(low) or len(word) < 3 or not re.search("[aeiouyw]", low):
        return None
    if sure and not re.search("aa|ee|oo(?!ng|c)|dd|[aou].?w", low):
        return None
    vowel = re.search("[aeiouyw]", low)
    start = vowel.start() if vowel else 0
    tones = [index for index in range(len(word) - 1, start, -1) if low[index] in TELEX_TONES]
    for index in (None, *tones):
        kept = word if index is None else word[:index] + word[index + 1 :]
        bare = _telex_letters(kept)
        if is_syllable(fold(bare)):
            return _toned(bare, "" if index is None else TELEX_TONES[low[index]])
    return None


def _foreign_telex(word: str) -> str | None:
    """A word that is no Vietnamese syllable in a text of Telex keys ("Blowi" is "Blơi", "sddt" is "sđt", "Slaans" "Slấn")."""
    if is_syllable(word.lower()) or not re.search("(?i)aa|ee|oo|dd|[aou]w", word):
        return None
    toned = re.fullmatch("(?i)(.*[aeiouyw].*)([sfrxj])", word)
    return _toned(_telex_letters(toned[1]), TELEX_TONES[toned[2].lower()]) if toned else _telex_letters(word)


def _telex_letters(word: str) -> str:
    for keys, letters in TELEX_LETTERS:
        word = re.sub(keys, lambda match, letters=letters: _like(match[0], letters), word, flags=re.IGNORECASE)  # type: ignore[misc]
    word = re.sub(r"(?i)([uo])([a-z]*)w", lambda match: _like(match[1], {"u": "ư", "o": "ơ"}[match[1].lower()]) + match[2], word)
    return re.sub("(?i)w", lambda match: _like(match[0], "ư"), word)


def _like(typed: str, letters: str) -> str:
    """The letters in the case of the first key typed."""
    return letters[0].upper() + letters[1:] if typed[0].isupper() else letters


def _toned(bare: str, tone: str) -> str:
    """The syllable with its tone mark where Vietnamese puts it."""
    if not tone:
        return bare
    low = bare.lower()
    first = 2 if low.startswith("qu") or (low.startswith("gi") and re.search(f"[{VOWELS}]", low[2:])) else 0
    spots = [index for index in range(first, len(low)) if low[index] in VOWELS]
    if not spots:
        return bare
    marked = [index for index in spots if low[index] in MARKED]
    spot = marked[-1] if marked else spots[-1] if len(spots) == 1 or spots[-1] < len(low) - 1 else spots[-2]
    return unicodedata.normalize("NFC", bare[: spot + 1] + tone + bare[spot + 1 :])
