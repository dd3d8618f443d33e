"""What an announcement also yields: what the village loudspeaker reads out, a poster (`intents.sms`: a text message).

Nothing here adds a fact or leaves one out: a text too long for the loudspeaker tells how long it takes (`Spoken.seconds`).
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date

from intents.aloud import aloud
from intents.messages import Document
from intents.passages import passages
from intents.wording import say
from knowledge.vietnamese import fold, is_syllable

# -- loudspeaker -----------------------------------------------------------------------------------------------------------------

SYLLABLES_A_SECOND = 3.0  # people talk at about 5, newsreaders at 4; over a loudspeaker with its echo, pauses included, 3 are understood
SLOT_SECONDS = 60


@dataclass(frozen=True)
class Spoken:
    """What is read out and how long that takes; nothing is left out, so it may be longer than its slot."""

    text: str
    seconds: int

    @property
    def fits(self) -> bool:
        return self.seconds <= SLOT_SECONDS


def loudspeaker(text: str, area_label: str, holder: str) -> Spoken:
    """The text as it is spoken, with an opening and a closing; said twice where both fit in a minute."""
    body = " ".join(aloud(" ".join(passage)) for passage in passages(text))
    opening = say("artifact", "opening" if area_label.strip() else "opening_all", area=aloud(area_label), holder=aloud(holder))
    closing = say("artifact", "closing")
    twice = "\n\n".join((opening, body, say("artifact", "again"), body, closing))
    chosen = twice if seconds(twice) <= SLOT_SECONDS else "\n\n".join((opening, body, closing))
    return Spoken(chosen, seconds(chosen))


def seconds(text: str) -> int:
    """How long it takes to read the text out, figures included."""
    return math.ceil(sum(map(_syllables, re.findall(r"\d+(?:[.,/:]\d+)*|[^\W\d_]+", text))) / SYLLABLES_A_SECOND)


def _syllables(word: str) -> int:
    if not word[0].isdecimal():
        plain = fold(word)
        return 1 if is_syllable(plain) else len(re.findall("[aeiouy]+", plain)) or len(plain)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", word):
        word = word.replace(".", "")
    parts = re.split(r"\D", word)
    return sum(len(part) if part[0] == "0" or len(part) > 12 else _number_syllables(int(part)) for part in parts) + len(parts) - 1


def _number_syllables(number: int) -> int:
    """2026, "hai nghìn không trăm hai mươi sáu", has seven."""
    count, groups = 0, f"{number:,}".split(",")
    for place, figures in enumerate(groups):
        hundreds, tens, ones = (int(figure) for figure in figures.zfill(3))
        if hundreds or tens or ones or len(groups) == 1:
            count += 2 * bool(hundreds or place) + (tens > 0) + (tens > 1) + (tens == 0 and ones > 0 and bool(hundreds or place))
            count += bool(ones) or number == 0
            count += place < len(groups) - 1
    return count


# -- poster ----------------------------------------------------------------------------------------------------------------------


def poster(text: str, title: str, holder: str, code: str, link: str, day: date) -> Document:
    """A page to hang up; without a link its QR code holds the words that tell how to ask."""
    content = {"title": title, "text": text, "holder": holder, "code": code, "link": link, "day": day.isoformat()}
    return Document(f"ap-phich-{code}.pdf", json.dumps(content, ensure_ascii=False), "poster")
