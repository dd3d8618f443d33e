"""Whose plan a message is about: a named place, several, all of them, one we have no plan for, or the person's own."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from intents.state import Conversation
from knowledge.model import Knowledge
from knowledge.places import Mention, find
from knowledge.vietnamese import Words, read

EVERY = re.compile(
    r"\b(?:(?:tung|moi|tat ca cac|tat ca|ca nam|ca 5|nam|5) (?:noi|ke hoach|tinh|dia phuong)(?! (?:nay|do|kia|co|cua|dong))|"
    r"(?:trong|giua) (?:nam|5|cac) ke hoach|so sanh (?:cac|nam|5|tat ca)|khac nhau giua cac|toan bo cac ke hoach)\b"
)
WHICH_PLACE = re.compile(
    r"(?<!nhung )(?<!cac )\b(?:tinh|noi|ke hoach|dia phuong|huyen) nao (?:co|yeu cau|quy dinh|doi|cho|ghi|neu|khong|dat|de ra|giam|thuong|cao|thap|nhieu|it|"
    r"som|muon|la|trong|nhac)\b|\b(?:cac|nhung) (?:noi|ke hoach)(?! nao| nay)\b|^(?:o )?(?:dau|noi nao|ke hoach nao|tinh nao) (?:yeu cau|quy dinh|doi)"
)
COMPARE = re.compile(
    r"\b(?:so sanh|so voi|khac (?:nhau|gi|biet|cho nao|the nao|o diem|o cho)|giong (?:nhau|gi)|giong va khac|hon kem|ben nao|noi nao|cao hon|thap hon|nhieu hon|doi chieu)\b"
)


AGAINST = re.compile(r"\b(?:so voi|so sanh|dat canh|doi chieu|ben nao|hon hay kem|khac gi|giong)\b")


@dataclass(frozen=True)
class Scope:
    """`plans` answer the message (none: no place known); `named` says the message itself named them.

    `unknown` is a named place without a plan; `unclear` a name of several places; `wider` a provincial plan that exists too;
    `taken` a name that other provinces have as well and that is taken for ours.
    """

    plans: tuple[str, ...] = ()
    named: bool = False
    every: bool = False
    unknown: Mention | None = None
    unclear: Mention | None = None
    wider: str = ""
    taken: str = ""
    label: str = ""


def scope_of(words: Words, conversation: Conversation, knowledge: Knowledge) -> tuple[Scope, list[Mention]]:
    """The scope of a message in its conversation, and the places it names."""
    mentions = find(words)
    plans = _most_local([mention.plan for mention in mentions if mention.plan], mentions)
    if len(plans) == 1 and conversation.plans and plans[0] not in conversation.plans and AGAINST.search(words.line):
        plans = (*conversation.plans, *plans)
    if plans:
        first = next(mention for mention in mentions if mention.plan in plans)
        wider = first.options[0].plans[1] if len(first.options[0].plans) > 1 else ""
        if not wider and plans[0] == "can-loc-2016-2020":
            wider = "ha-tinh-2021-2025"
        taken = first.options[0].name if len({place.plans[:1] for place in first.options}) > 1 else ""
        return Scope(plans, True, wider=wider, taken=taken, label=first.options[0].label), mentions
    if not mentions and (EVERY.search(words.line) or (WHICH_PLACE.search(words.line) and not conversation.plan)):
        return Scope(tuple(knowledge.plans), True, every=True), mentions
    unclear = next((mention for mention in mentions if mention.unclear), None)
    if unclear:
        own = [place for place in unclear.options if conversation.plan in place.plans]
        if own and conversation.plan:
            return Scope((conversation.plan,), True, label=own[0].label), mentions
        return Scope(unclear=unclear), mentions
    if mentions:
        return Scope(unknown=mentions[0], label=mentions[0].options[0].label), mentions
    if conversation.plan:
        return Scope((conversation.plan,), label=conversation.place), mentions
    elsewhere = find(read(conversation.unknown_place)) if conversation.unknown_place else []
    if elsewhere:
        return Scope(unknown=elsewhere[0], label=conversation.unknown_place), mentions
    return Scope(), mentions


def without_comparing(plain: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a comparison without those that only say it is one."""
    line = COMPARE.sub(" ", EVERY.sub(" ", " ".join(plain)))
    return tuple(word for word in line.split() if word not in ("voi", "va", "giua", "con", "ben", "ca", "hai")) or plain


def _most_local(found: list[str], mentions: list[Mention]) -> tuple[str, ...]:
    """Without the province that only locates the district beside it ("Can Lộc, Hà Tĩnh")."""
    plans = tuple(dict.fromkeys(found))
    if set(plans) == {"can-loc-2016-2020", "ha-tinh-2021-2025"} and _beside(mentions):
        return ("can-loc-2016-2020",)
    return plans


def _beside(mentions: list[Mention]) -> bool:
    return any(
        one.plan == "can-loc-2016-2020" and other.plan == "ha-tinh-2021-2025" and 0 <= other.start - one.end <= 1
        for one, other in itertools.pairwise(mentions)
    )
