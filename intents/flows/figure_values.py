"""What is read of a figure: its kind, its value and where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["date", "money", "percent"]
Value = tuple[str | int | float | None, ...]

COUNTED = r"\s*(?:ho|nguoi|khau|con|cay|em|chau|suat|lan|buoi|thanh vien|dai bieu|luot|ban|bo|chiec|lao dong|hoc sinh|kg|ha|tan|xa|thon)\b"
"""Things behind a number that make it a count."""


@dataclass(frozen=True)
class Found:
    kind: Kind
    value: Value
    start: int
    end: int


Reader = Callable[[re.Match[str], str, date], Found | None]
"""Makes a figure of a match in the folded text, given the text as written and today; None where it is none after all."""
