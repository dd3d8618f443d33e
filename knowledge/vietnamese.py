"""Reads Vietnamese as people type it: accents or none, decomposed, Telex or VNI keys, abbreviations, teencode, dialect.

`read` gives two views of a text, both lists of words in order. `plain` is folded (no accents) with abbreviations, keys and
dialect turned into plain words: it is what all matching uses. `marked` keeps what accents were typed, with the tone
written after the word, so that hoà and hòa are one word; it tells opposites apart where accents were typed at all.
No accent is ever restored: published restoration is wrong in 3-6 % of syllables.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TONES = {"\u0300": "2", "\u0301": "1", "\u0303": "4", "\u0309": "3", "\u0323": "5"}
TOKEN = re.compile(r"\d+(?:[.,/:]\d+)*\s?%|\d+(?:[.,/:]\d+)*(?![^\W\d_])|[^\W_]+(?:['’][^\W\d_]+)*")
INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]|[\x00-\x08\x0b-\x1f\x7f]")
K_BANG = re.compile(r"\b[Kk][\s'’]\s?[Bb](?:ang|ANG|ăng)\b|\bK'BANG\b")
DATA = Path(__file__).parent / "language"

ONSETS = (
    "",
    "b",
    "c",
    "ch",
    "d",
    "g",
    "gh",
    "gi",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "ngh",
    "nh",
    "p",
    "ph",
    "q",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
)
RIMES = frozenset(
    (
        "a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem ien "
        "ieng iep iet ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen "
        "oeo oet oi om on ong op ot u ua uan uang uat uay uc ue uech uenh ui uoi um un ung uo uoc uom uon "
        "uong uop uot uou up ut uu uy uya uych uyen uyet uynh uyt uyu y yem yen yet yeu ynh "
    ).split()
)


@dataclass(frozen=True)
class Words:
    """A text as read. `plain` and `marked` are for matching, `raw` is the cleaned text for rules on digits and names."""

    raw: str
    plain: tuple[str, ...]
    marked: tuple[str, ...]
    accented: bool

    @property
    def line(self) -> str:
        return " ".join(self.plain)


@dataclass(frozen=True)
class Vocabulary:
    """Replacement tables of words.toml: one word, or several, to plain words."""

    short: dict[str, str]
    dialect: dict[str, str]
    dialect_plain: dict[str, str]
    longest: int
    protected: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    tables = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))
    protected = frozenset(tables.pop("protected")["names"])
    tables["dialect"] = {unicodedata.normalize("NFC", key): value for key, value in tables["dialect"].items()}
    longest = max(len(key.split()) for table in tables.values() for key in table)
    return Vocabulary(tables["short"], tables["dialect"], tables["dialect_plain"], longest, protected)


def clean(text: str) -> str:
    """NFC without invisible characters (direction marks, control codes); white space folded."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", text).strip()


def fold(text: str) -> str:
    """Lower case without any accent; đ becomes d."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).replace("đ", "d")


def tone_last(word: str) -> str:
    """The word with its tone written as a digit at the end: hoà and hòa both give "hoa2"; no tone gives no digit."""
    tone = ""
    letters = []
    for char in unicodedata.normalize("NFD", word.casefold()):
        if char in TONES:
            tone = TONES[char]
        else:
            letters.append(char)
    return unicodedata.normalize("NFC", "".join(letters)) + tone


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Whether a folded word is spelled as a Vietnamese syllable."""
    for length in (3, 2, 1, 0):
        if word[:length] in ONSETS and len(word) > length and word[length:] in RIMES:
            return True
    return word in {"gi", "gin", "gio", "gia"}


@lru_cache(maxsize=65536)
def from_keys(word: str) -> str:
    """The folded word meant by raw Telex or VNI keys ("thoats", "dduowcj", "ngheo2"); the word itself if it is none."""
    if is_syllable(word) or len(word) < 2 or word.isdigit():
        return word
    if word.isalnum() and word[0].isalpha() and any(char.isdigit() for char in word):
        bare = re.sub(r"[1-9]", "", word)
        return bare if is_syllable(bare) else word
    bare = re.sub(r"([a-z])\1", r"\1", word.replace("w", "u" if not re.search("[aou]", word) else ""))
    vowel = re.search("[aeiouy]", bare)
    tones = [i for i in range(len(bare) - 1, 0, -1) if vowel and i > vowel.start() and bare[i] in "sfrxj"]
    for candidate in (bare, *(bare[:i] + bare[i + 1 :] for i in tones)):
        if is_syllable(candidate):
            return candidate
    return word


@lru_cache(maxsize=16384)
def read(text: str) -> Words:
    """Any text as words. Never fails; a text without words gives empty tuples."""
    raw = K_BANG.sub("Kbang", clean(text))
    typed = [match[0].replace("’", "").replace("'", "").replace(" ", "") for match in TOKEN.finditer(raw)]
    typed = [re.sub(r"([^\W\d_])\1{2,}", r"\1", word).casefold() for word in typed]
    vni = sum(bool(re.fullmatch(r"[a-z]+[1-9][a-z0-9]*", word)) for word in typed) > 1
    plain: list[str] = []
    index = 0
    while index < len(typed):
        taken, words = _replace(typed, index)
        plain.extend(words if taken else [_plain(typed[index], vni)])
        index += taken or 1
    accented = any(fold(word) != word for word in typed)
    return Words(raw, tuple(plain), tuple(tone_last(word) for word in typed), accented)


def _plain(word: str, vni: bool) -> str:
    folded = fold(word)
    if not vni and folded[-1:].isdigit() and is_syllable(folded.rstrip("0123456789")):
        return folded  # "thon3" is a place's number; keys only where several words carry them
    return from_keys(folded)


def _replace(typed: list[str], index: int) -> tuple[int, list[str]]:
    """The longest entry of the tables that starts at `index`: how many words it takes, and the plain words for it."""
    table = vocabulary()
    for length in range(min(table.longest, len(typed) - index), 0, -1):
        phrase = " ".join(typed[index : index + length])
        folded = fold(phrase)
        found = table.dialect.get(phrase) if folded != phrase else None
        found = found or table.dialect_plain.get(folded)
        if length == 1 and _is_protected(typed, index):
            return 0, []
        if found is None and length == 1:
            found = table.short.get(phrase) or table.short.get(folded if folded == phrase.replace("đ", "d") else "")
            if found is None and phrase in table.dialect and not is_ambiguous(phrase):
                found = table.dialect[phrase]
        if found:
            return length, found.split()
    return 0, []


def _is_protected(typed: list[str], index: int) -> bool:
    """Whether the word is part of a name that must stay as it is ("Yên Mô" has no "đâu")."""
    names = vocabulary().protected
    return any(" ".join(map(fold, typed[start : start + 2])) in names for start in (index - 1, index) if start >= 0)


def is_ambiguous(word: str) -> bool:
    """Dialect words without accents that are common words too ("chi" in "chi tiêu", "o" in "ở", "bá", "mi")."""
    return fold(word) == word and word in {"chi", "o", "ri", "mi", "tau", "ni", "nghe", "hen", "hem"}
