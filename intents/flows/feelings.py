"""One human sentence first, for a worried or an angry message."""

from __future__ import annotations

import re

from intents.messages import Kind, Reply
from intents.understand import Understanding
from intents.wording import say
from knowledge.vietnamese import read

ANGRY = re.compile(
    r"\b(?:buc (?:minh|qua|boi|xuc)|tuc (?:qua|minh|gian)|bat cong|vo ly|vo trach nhiem|lam an kieu gi|chan qua|chan lam|qua dang|"
    r"thien vi|khong cong bang|con ong chau cha|sao lai cat|sao lai gach|ai cho phep|lua dao|dm|d m|hoi miet|hoi mai|bao lau nua)\b"
)
WORRIED = re.compile(
    r"\b(?:lo (?:qua|lang)|lo lam (?:chu|a|roi|con|em|bac)|so (?:qua|bi|mat)|kho (?:qua|lam)|kho khan qua|khoc|khong biet (?:lam sao|tinh sao|keu ai)|"
    r"benh nang|om nang|mat viec|het cach|tui than|buon qua|roi qua|lieu co (?:bi|mat))\b"
)


DISTRESS = re.compile(
    r"\b(?:tu tu|tu sat|muon chet|khong muon song|het muon song|chet cho roi|danh (?:toi|em|chau|con|vo|me)(?! gia| dau)|bao hanh|bi danh|cuu (?:toi|em|voi|con)|"
    r"bi xam hai|bi hiep|nhay song|uong thuoc (?:sau|chuot)|chay nha)\b"
)


def distress(text: str) -> Reply | None:
    """The answer to a person in danger; None for everybody else."""
    if DISTRESS.search(read(text).line):
        return Reply(Kind.OUT_OF_SCOPE, say("feeling", "distress"))
    return None


def human_sentence(heard: Understanding) -> str:
    """The sentence, or "" for an even-tempered message."""
    line = heard.words.line
    if ANGRY.search(line):
        return say("feeling", "anger")
    return say("feeling", "worry") if WORRIED.search(line) else ""
