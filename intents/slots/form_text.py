"""A message to a form as tokens that keep both the word meant and the letters typed.

`knowledge.vietnamese.read` serves questions: it replaces abbreviations and forgets where they stood. A form has to show names
and places again as typed, and the same letters mean other things here ("vc" is vợ chồng, "4k" is four persons), so the
tokens are read here, with the form's own table before the common one. Punctuation is kept as tokens of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

from intents.slots.numbers import Number, number_at
from intents.slots.registration_data import table
from intents.slots.typing_keys import restored
from knowledge.vietnamese import clean, fold, is_syllable, tone_last, vocabulary

MOST_CHARACTERS = 2000
TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’`\u2010][^\W\d_]+)*['’`]?|[,;:.!?()+/\n–—-]")
HYPHEN = re.compile(r"([^\W\d_]+)-([^\W\d_]+)")
JOIN = "\u2010"  # the hyphen within a name
PUNCTUATION = {"–": "-", "—": "-", "\n": ".", "!": ".", ";": ".", "(": ",", ")": ","}
MARKS = ",.:?-+/"
MOST_PERSONS = 20  # "4k" counts persons, "60k" is money
ACCENTED = 0.35  # share of words with accents from which a word without any means what it says
NUMBERED = re.compile(r"(\d+) ([^\W\d_])(?!\w)")  # "xóm 9b" is two tokens and one name
SHORTEST_MENDED = 4  # letters of a misspelled word that is worth comparing


@dataclass(frozen=True)
class Token:
    """One word, number or mark: `text` as typed (keys accented), `word` folded, `marked` with its tone last."""

    text: str
    word: str
    marked: str

    @property
    def is_mark(self) -> bool:
        return self.text in MARKS


@dataclass(frozen=True)
class Unit:
    """One plain word after abbreviations are spelled out, and the token it came from."""

    word: str
    marked: str
    token: int
    given: bool = False  # by a table, so that its accents are beyond doubt


@dataclass(frozen=True)
class FormText:
    """A message of a form: the cleaned text, its tokens, and the plain words phrases are matched on."""

    raw: str
    tokens: tuple[Token, ...]
    units: tuple[Unit, ...]
    accented: bool
    cased: bool

    @cached_property
    def line(self) -> str:
        """The plain words as "word=marked " each: phrases are compiled to match this (`phrases.py`)."""
        return "".join(f"{unit.word}={unit.marked} " for unit in self.units)

    @cached_property
    def plain(self) -> str:
        """The plain words and marks, separated and ended by one blank."""
        return "".join(f"{unit.word} " for unit in self.units)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(unit.word for unit in self.units)

    def typed(self, start: int, end: int) -> str:
        """The tokens from `start` up to `end` as typed."""
        spaced = " ".join(token.text for token in self.tokens[start:end])
        spaced = re.sub(r"(?<=\b[A-Z]) \.", ".", spaced)
        return NUMBERED.sub(lambda match: match[1] + match[2] if match[1] + match[2] in self.raw else match[0], spaced)


@lru_cache(maxsize=512)
def form_text(text: str) -> FormText:
    """Any text as a form's message. Never fails; cut after MOST_CHARACTERS."""
    cut = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])
    raw = restored("\n".join(filter(None, (clean(line) for line in cut.splitlines()))))
    tokens = tuple(_tokens(HYPHEN.sub(_joined, raw)))
    letters = [token.text for token in tokens if token.text[0].isalpha()]
    accented = sum(fold(word) != word.lower() for word in letters) > len(letters) * ACCENTED
    cased = any(word[0].isupper() for word in letters[1:]) and not all(word.isupper() for word in letters)
    return FormText(raw, tokens, tuple(_units(tokens)), accented, cased)


def _joined(match: re.Match[str]) -> str:
    """A hyphen inside a minority name ("Hra-Đáp") as a blank; between words of the form it separates."""
    left, right = match[1], match[2]
    name = left[0].isupper() and right[0].isupper() and not {fold(left), fold(right)} & table().hyphen_words
    return f"{left}{JOIN}{right}" if name else match[0]


def _tokens(raw: str) -> list[Token]:
    tokens: list[Token] = []
    for match in TOKEN.finditer(raw):
        typed = match[0].strip("`’'") if match[0][0].isalpha() and len(match[0]) > 2 else match[0]
        if typed in PUNCTUATION or typed in MARKS:
            mark = PUNCTUATION.get(typed, typed)
            tokens.append(Token(mark, mark, mark))
        else:
            tokens.extend(Token(part, fold(part), tone_last(part)) for part in _unstuck(typed.replace("’", "'").replace("`", "'").replace(JOIN, "-")))
    return tokens


def _unstuck(typed: str) -> list[str]:
    """ "tênlà" is two words: split where the whole is no syllable and both parts are words forms use."""
    word = fold(typed)
    if len(word) < 5 or typed[0].isupper() or is_syllable(word) or not word.isalpha() or word in known_words():
        return [typed]
    for cut in range(2, len(word) - 1):
        if word[:cut] in known_words() and word[cut:] in known_words() and is_syllable(word[:cut]) and is_syllable(word[cut:]):
            return [typed[:cut], typed[cut:]] if len(typed) == len(word) else [typed]
    return [typed]


def _units(tokens: tuple[Token, ...]) -> list[Unit]:
    units: list[Unit] = []
    index = 0
    while index < len(tokens):
        taken, words = _spelled_out(tokens, index)
        given = words is not None
        words = words or [_mended(tokens[index].word)]
        units.extend(Unit(fold(word), _given_mark(word) if given else tokens[index].marked, index, given) for word in words)
        index += taken
    return units


def _given_mark(word: str) -> str:
    """A word of a table wants its own accents: without any it is matched only by phrases without any."""
    return tone_last(word) if fold(word) != word else "*"


def _spelled_out(tokens: tuple[Token, ...], index: int) -> tuple[int, list[str] | None]:
    """How many tokens from `index` are one abbreviation or dialect phrase, and its plain words; None for a plain word."""
    own, dialect = table().short, vocabulary().dialect
    if tokens[index].word in ("k", "kh") and index and tokens[index - 1].text.isdigit():
        return 1, ["khau" if int(tokens[index - 1].text[:9]) <= MOST_PERSONS else "nghin"]
    for length in (3, 2, 1):
        typed = " ".join(token.text.lower() for token in tokens[index : index + length])
        folded = " ".join(token.word for token in tokens[index : index + length])
        found = own.get(unicodedata.normalize("NFC", typed)) or (own.get(folded) if typed.replace("đ", "d") == folded else None)
        if found:
            return length, found.split()
    token = tokens[index]
    if token.word not in table().kept and not token.is_mark:
        typed = unicodedata.normalize("NFC", token.text.lower())
        found = (dialect.get(typed) if typed != token.word else None) or vocabulary().short.get(typed) or vocabulary().short.get(token.word)
        if found:
            return 1, found.split()
    return 1, None


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Words of the form's own phrases: what a misspelled or stuck word is compared with."""
    return frozenset(word for word in table().vocabulary if word.isalpha())


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    """A word that is no syllable as the one word of the form's phrases one slip away ("ngeho" is "ngheo")."""
    if re.match("ng[ei]", word) and "ngh" + word[2:] in known_words():
        return "ngh" + word[2:]
    if len(word) < SHORTEST_MENDED or not word.isalpha() or is_syllable(word) or word in known_words():
        return word
    near = [known for known in known_words() if _is_near(word, known)]
    near = [known for known in near if known == word[:-1]] or near
    return near[0] if len(near) == 1 else word


def _is_near(word: str, known: str) -> bool:
    close = len(known) >= max(len(word) - 1, 3) and is_syllable(known) and known[0] == word[0]
    return close and OSA.distance(word, known, score_cutoff=1) <= 1


def whole_number(words: Sequence[str], start: int) -> Number | None:
    """`number_at`, None where it fails on what is no number ("hai trăm mười trăm" raises KeyError)."""
    try:
        return number_at(words, start)
    except KeyError:
        return None
