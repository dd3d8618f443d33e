"""Messages that cannot be a question: emoji, numbers alone, other scripts, keyboard noise, very long pastes."""

from __future__ import annotations

import unicodedata

from intents.messages import Kind, Reply
from intents.wording import say
from knowledge.places import gazetteer
from knowledge.vietnamese import clean, is_syllable, read, vocabulary

MOST_TYPED = 1500  # characters; a long dictated message has some 600
FOREIGN_SHARE = 0.3
NOISE_SHARE = 0.5


def unreadable(text: str) -> Reply | None:
    """The polite refusal for such a message, or None when it can be read."""
    raw = clean(text)
    if len(raw) > MOST_TYPED:
        return Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", "too_long"))
    letters = [char for char in raw if char.isalpha()]
    if not letters:
        name = "number" if any(char.isdigit() for char in raw) else "unreadable"
        return Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", name))
    foreign = sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters)
    if foreign > FOREIGN_SHARE * len(letters):
        return Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", "language"))
    if _noise(raw):
        return Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", "unreadable"))
    return None


UNDERSTOOD = {
    "menu",
    "help",
    "start",
    "hello",
    "hi",
    "hey",
    "bot",
    "ad",
    "admin",
    "ok",
    "oke",
    "okie",
    "bye",
    "thanks",
    "thank",
    "alo",
    "shop",
    "zalo",
}


def _noise(raw: str) -> bool:
    words = [word for word in read(raw).plain if not word[0].isdigit()]
    names = {part for name in gazetteer().names for part in name.split()} if len(words) < 4 else set()
    if any(word in UNDERSTOOD for word in words):
        return False
    known = sum(is_syllable(word) or word in vocabulary().short or word in names for word in words)
    return bool(words) and known < NOISE_SHARE * len(words) and not (len(words) == 1 and len(words[0]) < 4)
