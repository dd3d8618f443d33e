"""A message as a line of tokens that remember how they were written.

`lex` splits a message into words, folds them, and mends abbreviations, Telex and VNI keys and slips of the finger against
the words of report.toml. Each token keeps where it stood in the cleaned message, so that names come out as written.
Later passes `tag` stretches of tokens (a date, a sum, a name); patterns then run over the line with the tags in it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import overload

from intents.slots.lexicon import lexicon
from knowledge.vietnamese import INVISIBLE, fold, from_keys, is_syllable, tone_last

MOST_CHARACTERS = 2_000
LONGEST_SLIP = 9  # letters: a Vietnamese syllable has 7 at most
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’`][^\W\d_]+)*(?:\d+[^\W\d_]*)*|[$€%+×*]")
BEFORE_TE = ("y", "kinh", "thuc", "quoc", "thiet", "tinh", "te")
ABBREVIATED = ("tp", "tx", "tt", "bs", "ths", "ts", "gs", "kp", "tdp", "đ/c")
ACCENTED = 0.35  # of the words; Vietnamese text has accents on about two thirds
VNI = re.compile(r"[a-z]+[1-9][a-z0-9]*")
GAPS = (("\n", " | "), ("|", " | "), (";", " ; "), ("•", " | "), (":", " : "), ("(", " ( "), (")", " ) "), (",", " , "), (".", " . "))
DASHES = re.compile(r"[-–—‒−]")


@dataclass(frozen=True)
class Token:
    """One word: `plain` is what patterns match; `start` and `end` are its place in the text; `gap` what stood before it."""

    plain: str
    raw: str
    start: int
    end: int
    gap: str = " "
    tag: str = ""
    value: object = None
    mended: bool = False
    short: bool = False
    sure: bool = False

    @property
    def shown(self) -> str:
        return f"<{self.tag}>" if self.tag else self.plain

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()

    @cached_property
    def folded(self) -> str:
        return fold(self.plain)

    @cached_property
    def counting(self) -> str:
        """The word for reading numbers: "_" for a word that only looks like a number word ("bà"); a tag is shown."""
        return self.shown if self.tag or may_count(self) else "_"


@dataclass(frozen=True)
class Line:
    """Tokens in order, and the text they came from."""

    source: str
    tokens: tuple[Token, ...]

    @cached_property
    def _pieces(self) -> tuple[str, tuple[int, ...]]:
        text, starts = "", []
        for token in self.tokens:
            text += token.gap
            starts.append(len(text))
            text += token.shown
        return text + " ", tuple(starts)

    @property
    def text(self) -> str:
        return self._pieces[0]

    @cached_property
    def folded(self) -> str:
        """`text` without the accents of words that are kept apart, for patterns that do not need them."""
        return fold(self.text)

    @property
    def words(self) -> list[str]:
        return [token.shown for token in self.tokens]

    @property
    def accented(self) -> bool:
        return fold(self.source) != self.source.casefold()

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], int, int]]:
        """Each match in the folded text with the tokens it covers (first, one past the last)."""
        for match in pattern.finditer(self.folded):
            yield match, self.at(match.start()), self.at(match.end() - 1) + 1

    def at(self, offset: int) -> int:
        """The token that stands at (or last before) a place in `text`."""
        return max(0, bisect_right(self._pieces[1], offset) - 1)

    def tagged(self, start: int, end: int, tag: str, value: object) -> Line:
        """The line with tokens start..end made into one; at least one token is taken."""
        end = max(end, start + 1)
        first, last = self.tokens[start], self.tokens[end - 1]
        one = replace(first, plain=f"<{tag}>", end=last.end, tag=tag, value=value, raw=self.source[first.start : last.end])
        return Line(self.source, (*self.tokens[:start], one, *self.tokens[end:]))

    def part(self, start: int, end: int) -> Line:
        return Line(self.source, self.tokens[start:end])

    def written(self, start: int, end: int) -> str:
        """The words as written; a word that was mended is given mended."""
        return " ".join(word for token in self.tokens[start:end] if (word := written(token)))


def written(token: Token) -> str:
    """The word as written; mended where it had to be, and a mention as its pass put it down."""
    if token.tag:
        return str(token.value) if token.tag in ("org", "village", "name") else token.raw
    return token.plain if token.mended else token.raw


class Counting(Sequence[str]):
    """The words of tokens for reading numbers, each made out when it is looked at."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    def __len__(self) -> int:
        return len(self._tokens)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [token.counting for token in self._tokens[at]]
        return self._tokens[at].counting


def tag_all(line: Line, found: list[tuple[int, int, object]], tag: str) -> Line:
    """The line with every stretch tagged; stretches do not overlap."""
    for start, end, value in sorted(found, key=lambda one: one[0], reverse=True):
        line = line.tagged(start, end, tag, value)
    return line


MOST_FIGURES = 15  # of a number; a longer one means nothing, and no float holds it
LONG_NUMBER = re.compile(rf"\d{{{MOST_FIGURES + 1},}}")


def clean(text: str) -> str:
    """NFKC without invisible characters, at most MOST_CHARACTERS; line breaks stay, endless numbers end."""
    text = text[: MOST_CHARACTERS * 2].replace("\r", "\n").replace("\t", " ")
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", unicodedata.normalize("NFKC", text.replace("\n", "\ue000"))))
    return LONG_NUMBER.sub("9" * MOST_FIGURES, text.replace("\ue000", "\n")[:MOST_CHARACTERS])


def lex(text: str) -> Line:
    """A message as tokens. Never fails; a message without words gives none."""
    source = clean(text)
    typed = list(_typed(source))
    keyed = sum(is_keyed(source[start:end]) for start, end in typed) > 1
    tokens: list[Token] = []
    last = 0
    for start, end in typed:
        raw = source[start:end]
        gap = _gap(source[last:start], source[start:end])
        last = end
        mended, is_slip = _mend(raw, keyed=keyed, is_first=not tokens)
        if tokens and tokens[-1].plain in BEFORE_TE and raw.casefold() == "tê":
            mended = ("te",)  # "kinh tê", "y tê": a slip for "tế", not the Centre's word for "kia"
        if tokens and gap == " . " and tokens[-1].raw.casefold() in ABBREVIATED:
            gap = " "
        if raw == "HN" or (raw == "hn" and tokens and tokens[-1].plain[:1].isdigit()):  # Hà Nội; "5 hn" are poor households
            mended = ("hn",) if raw == "HN" else ("ho", "ngheo")
        for number, plain in enumerate(mended):
            first = number == 0
            tokens.append(
                Token(
                    plain,
                    raw if first else "",
                    start,
                    end,
                    gap if first else " ",
                    mended=is_slip,
                    short=len(mended) > 1 or not (is_slip or plain in (fold(raw), raw.casefold())),
                )
            )
    line = Line(source, tuple(tokens))
    return Line(source, tuple(replace(token, sure=True) for token in tokens)) if not keyed and _is_accented(tokens) else line


def _is_accented(tokens: list[Token]) -> bool:
    """Whether accents are typed throughout, so that a word without any is meant so; not in a message with a few only."""
    words = [token.raw for token in tokens if token.raw.isalpha() and not token.short]
    return sum(fold(word) != word.casefold() for word in words) >= ACCENTED * len(words) and any(
        fold(word) != word.casefold() for word in words
    )


def _typed(source: str) -> Iterator[tuple[int, int]]:
    """Where each word stands. Letters and digits part ("thon3", "x7"), unless the message is written in VNI keys."""
    found = list(_undotted(source, [(match.start(), match.end()) for match in WORD.finditer(source)]))
    keyed = [source[a:b].casefold() for a, b in found if VNI.fullmatch(source[a:b].casefold())]
    vni = sum(len(word) > 2 and is_syllable(re.sub(r"\d", "", word)) for word in keyed) > 2
    for start, end in found:
        word = source[start:end]
        if (
            (vni and not source[start - 1 : start].isdigit())
            or word[:1].isdigit()
            or word.isalpha()
            or not any(char.isdigit() for char in word)
        ):
            yield start, end
            continue
        for piece in re.finditer(r"\d+|[^\W\d_]+", word):
            yield start + piece.start(), start + piece.end()


def _undotted(source: str, found: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The words, "p.phát" and "h/trợ" of the abbreviations as one, and without a plus sign that only opens a line."""
    index = 0
    while index < len(found):
        start, end = found[index]
        after = found[index + 1] if index + 1 < len(found) else None
        index += 1
        if source[start:end] == "+" and source[:start].rstrip(" ")[-1:] in ("", "\n"):
            continue
        if (
            after
            and after[0] == end + 1
            and source[end] in "./"
            and source[start : after[1]].casefold().replace("/", ".") in lexicon().short
        ):
            end = after[1]
            index += 1
        yield start, end


def _gap(between: str, following: str) -> str:
    """What stands between two words, as one sign; "~" is a minus that is tied to the figure after it."""
    if between in ("/", "-", "–"):
        return "/" if between == "/" else "-"
    if following[:1].isdigit() and re.search(r"[\s:(][-−–]$", between) and "\n" not in between:
        return " ~"
    if "//" in between:
        return " | "
    for sign, shown in GAPS:
        if sign in between:
            return shown
    if DASHES.search(between):
        return " - "
    return " / " if "/" in between else " "


def same_word(token: Token, word: str) -> bool:
    """Whether a token is a word of the goods or units: accents that were typed must not make it another word."""
    return fold(token.plain) == fold(word) and (is_bare(token) or _tone_fits(tone_last(token.raw), tone_last(word)))


def _tone_fits(typed: str, meant: str) -> bool:
    """Whether a word was typed with the accents meant, or without its tone only."""
    return typed == meant or typed == swapped(meant) or (typed == meant.rstrip("12345") and fold(typed) != typed)


def swapped(word: str) -> str:
    """A word (as of `tone_last`) with hỏi for ngã or ngã for hỏi, as the Centre and the South write them ("mổi" for "mỗi")."""
    return word[:-1] + {"3": "4", "4": "3"}.get(word[-1:], word[-1:])


def fits(token: Token, *, people: bool = False) -> bool:
    """Whether accents, where typed, allow the sense that the lists mean ("bản" and "ban", not "bạn" unless of people)."""
    forms = lexicon().marked_people.get(token.plain) if people else None
    forms = forms or lexicon().marked.get(token.plain)
    return forms is None or is_bare(token) or (typed := tone_last(token.raw)) in forms or swapped(typed) in forms


def is_bare(token: Token) -> bool:
    """Whether the word was typed without accents (or had to be mended), so that it may be any word so spelled."""
    if token.mended or token.short or not token.raw:
        return True
    return fold(token.raw) == token.raw.casefold() and not (token.sure and token.plain in lexicon().lists["ambiguous"])


@lru_cache(maxsize=65536)
def _mend(raw: str, *, keyed: bool, is_first: bool) -> tuple[tuple[str, ...], bool]:
    """The plain words a typed word stands for, and whether it had to be mended."""
    words = lexicon()
    lower = re.sub(r"([^\W\d_])\1{2,}", r"\1", raw.casefold())
    folded = fold(lower.replace("’", "'").replace("`", "'"))
    lower = lower.replace("/", ".")
    short = (
        (words.short.get(raw) or words.short.get(raw.casefold()) if len(raw) > 1 else None)
        or words.short.get(lower)
        or (words.short.get(folded) if folded == lower.replace("đ", "d") else None)
    )
    if short:
        return tuple(short.split()), False
    if lower in words.apart:
        return (lower,), False
    if words.dialect.get(lower):
        return tuple(words.dialect[lower].split()), False
    if not folded.isascii() or not folded.isalnum() or folded.isdigit() or is_syllable(folded) or folded in words.known:
        return (folded,), False
    if raw[:1].isupper() and not (keyed or is_first):
        return (folded,), False
    plain = _from_keys(folded)
    if is_syllable(plain):
        return (plain,), True
    if glued := _parted(folded):
        return glued, True
    slip = _slip(folded)
    return (slip or folded,), slip is not None


def _from_keys(word: str) -> str:
    return from_keys(re.sub(r"(?<![aouw])w(?=[aoeiuy])", "u", word))


def is_keyed(word: str) -> bool:
    """Whether a word typed in small letters is raw Telex or VNI keys."""
    return (
        word.isascii()
        and word.isalnum()
        and word.islower()
        and not is_syllable(word)
        and word not in lexicon().short
        and is_syllable(_from_keys(word))
    )


def _parted(word: str) -> tuple[str, ...] | None:
    """Two words written as one ("vayvon"), where they stand together in the lists."""
    cuts = range(2, len(word) - 1) if 5 <= len(word) <= 2 * LONGEST_SLIP else range(0)
    return next(((word[:at], word[at:]) for at in cuts if f"{word[:at]} {word[at:]}" in lexicon().pairs), None)


def _slip(word: str) -> str | None:
    """The known word meant by a slip: "nog" (nông), "gahc" (gạch), "nagy" (ngày)."""
    known = lexicon().known
    if re.search(r"[aeiouy]g$", word) and is_syllable(word[:-1] + "ng"):
        return word[:-1] + "ng"
    if not 3 <= len(word) <= LONGEST_SLIP:
        return None
    for at in range(len(word) - 1):
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if swapped in known:
            return swapped
    letters = "aeiouynghctmbdklrsvxp"
    tries = [word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in letters]
    if len(word) > 3:
        tries += [word[:at] + word[at + 1 :] for at in range(len(word))] if len(word) > 4 else []
        tries += [word[:at] + letter + word[at + 1 :] for at in range(len(word)) for letter in letters] if len(word) > 4 else []
    return next((one for one in tries if one in known), None)


def may_count(token: Token) -> bool:
    """Whether a word spelled like a number word can be one: "ba", not "bà"; "sáu", not "sau" where accents are typed."""
    forms = lexicon().numerals.get(token.plain)
    if forms is None or token.mended or token.raw == "":
        return True
    return fold(token.raw) == token.raw.casefold() or not forms.isdisjoint((tone_last(token.raw), swapped(tone_last(token.raw))))
