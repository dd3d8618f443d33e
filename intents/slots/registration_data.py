"""The registration form's words and phrases, read from registration.toml (see its first lines for how phrases are written)."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.vietnamese import fold

DATA = Path(__file__).parent / "registration.toml"


@dataclass(frozen=True)
class Table:
    """registration.toml: abbreviations, macros, word lists and phrase lists by name."""

    short: dict[str, str]
    kept: frozenset[str]
    macros: dict[str, list[str]]
    words: dict[str, tuple[str, ...]]
    phrases: dict[str, dict[str, list[str]]]
    vocabulary: frozenset[str]
    short_places: dict[str, str]
    animals: dict[str, str]
    type_names: dict[str, str]

    @property
    def hyphen_words(self) -> frozenset[str]:
        """Words that a hyphen only separates from the next item of a list."""
        places = (word for level in ("village", "commune", "district", "province") for word in self.words[f"{level}_types"])
        return frozenset(fold(word) for word in (*places, *self.words["list_words"]))

    def folded(self, name: str) -> frozenset[str]:
        """A word list without accents."""
        return frozenset(fold(word) for word in self.words[name])


@lru_cache(maxsize=1)
def table() -> Table:
    data: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))
    short = {unicodedata.normalize("NFC", key): value for key, value in data["short"].items()}
    words = {name: tuple(line for line in lines) for name, lines in data["words"].items()}
    phrases: dict[str, dict[str, list[str]]] = {name: data[name] for name in data["phrase_tables"]}
    texts = [*(text for labels in phrases.values() for lines in labels.values() for text in lines)]
    texts += [text for lines in data["macros"].values() for text in lines]
    texts += [text for lines in words.values() for text in lines]
    vocabulary = frozenset(fold(part.strip("()?<>|.!")) for text in texts for part in text.replace("|", " ").replace("(", " ").split())
    return Table(
        short,
        frozenset(data["kept"]["words"]),
        data["macros"],
        words,
        phrases,
        vocabulary,
        data["short_places"],
        data["animals"],
        data["type_names"],
    )
