"""Phrases of registration.toml compiled to find their places in a message.

A phrase is folded words; a word written with accents also wants those accents where the message has any ("bò" is not "bỏ"),
and one that ends in "!" wants them typed.
"(a|b c)" is a choice, "word?" or "(…)?" may be left out, ".." stands for up to three words, "..." for up to eight, "<name>" for a macro's choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from intents.slots.form_text import FormText
from intents.slots.registration_data import table
from knowledge.vietnamese import fold, tone_last

PART = re.compile(r"\(|\)\??|\||<\w+>\??|\.\.\.?|\$|[^\s()<>|$]+")
ANY_WORDS = r"(?:(?!(?:thieu|va|nhung|khong=\S+ co)=)[a-z0-9'][^ ]* ){0,3}?"  # a gap runs over no other item of a list
SENTENCE_END = r"(?=[.?]=|$)"
MANY_WORDS = ANY_WORDS.replace("3", "8")


@dataclass(frozen=True)
class Hit:
    """A phrase found: its label, and the units it covers."""

    label: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def pattern(phrase: str) -> str:
    """One phrase as a regular expression over `FormText.line`. Raises ValueError where parentheses do not close."""
    expression, rest = _sequence(PART.findall(phrase))
    if rest:
        raise ValueError(f"unbalanced parentheses: {phrase}")
    return expression


def _sequence(parts: list[str]) -> tuple[str, list[str]]:
    """The expression of the parts up to a closing parenthesis, "|" being a choice, and the parts left from there."""
    choices = [""]
    while parts and not parts[0].startswith(")"):
        part, parts = parts[0], parts[1:]
        if part == "|":
            choices.append("")
        elif part == "(":
            inside, parts = _sequence(parts)
            choices[-1] += inside + ("?" if parts[:1] == [")?"] else "")
            parts = parts[1:]
        else:
            choices[-1] += _part(part)
    return f"(?:{'|'.join(choices)})", parts


def _part(part: str) -> str:
    if part in ("..", "..."):
        return ANY_WORDS if part == ".." else MANY_WORDS
    optional = "?" if part.endswith("?") else ""
    core = part.rstrip("?")
    inside = _macro(core[1:-1]) if core.startswith("<") else _word(core)
    return f"(?:{inside}){optional}"


def _macro(name: str) -> str:
    return "|".join(pattern(choice) for choice in table().macros[name])


def _word(word: str) -> str:
    if word == "$":
        return SENTENCE_END
    if word == "#":
        return r"\d+=\S+ "
    if word.endswith("!"):
        return f"{re.escape(fold(word[:-1]))}={re.escape(tone_last(word[:-1]))} "
    folded = fold(word)
    if folded == word:
        return f"{re.escape(word)}=\\S+ "
    return f"{re.escape(folded)}=(?:{re.escape(folded)}|{re.escape(tone_last(word))}) "


@lru_cache(maxsize=256)
def compiled(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """A phrase table by label, longest phrases first."""
    return tuple(
        (label, re.compile(rf"(?<!\S)(?:{'|'.join(pattern(one) for one in sorted(phrases, key=len, reverse=True))})"))
        for label, phrases in table().phrases[name].items()
    )


def find(text: FormText, name: str) -> list[Hit]:
    """Every phrase of a table in the message, in order of place; hits of different labels may overlap."""
    hits = [
        Hit(label, *_units(text, match.start(), match.end()))
        for label, expression in compiled(name)
        for match in expression.finditer(text.line)
    ]
    return sorted(hits, key=lambda hit: (hit.start, -hit.end))


def labels(text: FormText, name: str) -> tuple[str, ...]:
    """The labels of a table that the message has, in the table's order."""
    return tuple(label for label, expression in compiled(name) if expression.search(text.line))


def has(text: FormText, phrases: Iterable[str]) -> bool:
    return any(re.search(rf"(?<!\S){pattern(one)}", text.line) for one in phrases)


def _units(text: FormText, start: int, end: int) -> tuple[int, int]:
    """Character places of `FormText.line` as unit numbers."""
    first = text.line.count(" ", 0, start)
    return first, first + text.line.count(" ", start, end)
