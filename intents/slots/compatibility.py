"""Whether a candidate question fits the slots a message names: audience, office, occasion, level.

Ids of canonical questions carry their slots ("criteria.village.loan", "duty.labour.report", "timeline.interim"), so the
rule is one table and no list of sentences.
"""

from __future__ import annotations

from functools import lru_cache

from knowledge.concepts import Concept

BY_AUDIENCE = ("criteria", "content")
SAME_AUDIENCE = {
    "household": {"household", "household_nonpoor", "well_off"},
    "household_nonpoor": {"household_nonpoor", "well_off", "household"},
    "village": {"village", "community"},
    "community": {"community", "village"},
    "commune": {"commune"},
    "district": {"district"},
    "department": {"department", "armed_forces", "bank", "front"},
    "official": {"official", "party_members"},
    "business": {"business", "bank", "cooperative", "other"},
    "bank": {"bank", "business"},
    "armed": {"armed_forces", "department"},
    "other": {"other", "business", "general_individual"},
    "party": {"party_members", "official"},
}
LEVELS = {"commune": "commune", "district": "district", "province": "province", "state": "state"}
OCCASIONS = ("interim", "final", "annual")
WRONG_AUDIENCE = 0.35
WRONG_OFFICE = 0.3
WRONG_OCCASION = 0.35
RIGHT = 1.35
# what is asked for, the candidates that answer it, and how much that counts (for them, against the others)
ASKED: dict[str, tuple[tuple[str, ...], float, float]] = {
    "phone": (("contact.phone", "contact.person"), 3.0, 0.5),
    "number": (
        (
            "legal",
            "plan.number",
            "plan.date",
            "plan.signer",
            "award.reference",
            "award.guidance",
            "procedure.guidance",
            "national",
            "unknown",
        ),
        1.5,
        0.7,
    ),
    "money": (
        (
            "amount",
            "loan.amount",
            "criteria.business.donation",
            "criteria.other",
            "poverty.line",
            "national",
            "unknown",
            "benefit",
            "procedure.fee",
            "funding.amount",
            "talk",
            "task",
            "false",
            "premise",
        ),
        2.5,
        0.35,
    ),
}
SIGNED = 2.0
NEAR_POOR_TARGET = (12.0, 0.15)
OTHERS_NUMBER = 0.4  # a number of the legal bases, when no legal document is named
SAME_AS = {"amount.business_donation": "criteria.business.donation", "amount.household_income": "criteria.household.income"}
RIGHT_OFFICE = 2.2
RIGHT_LEVEL, WRONG_LEVEL = 1.8, 0.5
ALL_OFFICES = 0.45  # the list of all offices, when one office is named


Slots = frozenset[tuple[str, str]]  # (dimension, value) of every concept a message names


@lru_cache(maxsize=1 << 15)
def compatibility(label: str, named: Slots) -> float:
    """A factor for the candidate's belief: above one where the slots agree, below where they contradict."""
    parts = SAME_AS.get(label, label).split(".")
    fit = 1.0
    audiences = {value for dimension, value in named if dimension == "audience"}
    offices = {value for dimension, value in named if dimension == "organisation"}
    occasions = {value for dimension, value in named if dimension == "occasion"}
    if parts[0] in BY_AUDIENCE and len(parts) > 1 and audiences:
        mine = parts[2] if parts[1] == "theme" and len(parts) > 2 else parts[1]
        if any(mine in SAME_AUDIENCE.get(audience, {audience}) for audience in audiences):
            fit *= RIGHT
        elif any(mine in group for group in SAME_AUDIENCE.values()):
            fit *= WRONG_AUDIENCE
    if parts[0] == "duty" and len(parts) > 1 and offices:
        fit *= RIGHT_OFFICE if parts[1] in offices else ALL_OFFICES if parts[1] == "all" else WRONG_OFFICE if parts[1] != "campaigns" else 1
    if ("topic", "sender") in named and parts[:1] == ["plan"]:
        fit *= SIGNED if parts[1].startswith("signer") else 1
    if parts[0] == "target" and ("poverty", "near_poor") in named and ("poverty", "poor") not in named:
        fit *= NEAR_POOR_TARGET[label != "target.near_poor"]
    levels = audiences & set(LEVELS)
    if parts[:2] == ["award", "forms"] and len(levels) == 1 and len(parts) > 2:
        fit *= RIGHT_LEVEL if parts[2] in levels else WRONG_LEVEL
    if ("asked", "number") in named and parts[0] == "legal" and ("topic", "legal") not in named:
        fit *= OTHERS_NUMBER
    for asked, (answering, better, worse) in ASKED.items():
        if ("asked", asked) in named:
            fit *= better if label.startswith(answering) else worse
    of_label = {occasion for occasion in OCCASIONS if any(part.startswith(occasion) for part in parts)}
    if of_label and occasions and not of_label & occasions:
        fit *= WRONG_OCCASION
    return fit


def same_thread(label: str, question: str) -> float:
    """How much a follow-up keeps to the thread: the same audience or office counts more than the same topic."""
    mine, before = label.split("."), question.split(".")
    if mine[0] != before[0]:
        return 1.0
    return 2.2 if len(mine) > 1 and len(before) > 1 and mine[1] == before[1] else 1.5


def substituted(question: str, found: tuple[Concept, ...]) -> tuple[str, ...]:
    """The question before with the slot a follow-up names put in its place, most likely first."""
    parts = SAME_AS.get(question, question).split(".")
    results: list[str] = []
    for one in found:
        if one.dimension == "audience" and parts[0] in BY_AUDIENCE and len(parts) > 1:
            for audience in (one.value, *sorted(SAME_AUDIENCE.get(one.value, set()) - {one.value})):
                results += [".".join([parts[0], audience, *parts[2:]]), f"{parts[0]}.{audience}.all", f"{parts[0]}.{audience}"]
        if one.dimension in ("audience", "topic") and parts[:2] == ["award", "forms"] and one.value in LEVELS:
            results.append(f"award.forms.{LEVELS[one.value]}")
        if one.dimension == "organisation" and parts[0] == "duty":
            results += [".".join(["duty", one.value, *parts[2:]]), f"duty.{one.value}", f"duty.{one.value}.all"]
        if one.dimension == "audience" and parts[0] == "target":
            results += [f"target.{one.value}_rate", f"target.{one.value}"]
        if one.dimension == "occasion":
            results += [".".join([parts[0], one.value]), f"timeline.{one.value}"] if parts[0] in ("timeline", "award") else []
    return tuple(dict.fromkeys(results))
