"""An announcement in words: as people will read it, whom it reaches and whom not, which figures no plan confirms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from intents.announcements import Audience, Reach
from intents.compose import section_label
from intents.flows.card import holder
from intents.flows.fact_check import check
from intents.flows.moment import dotted, when
from intents.people import Role
from intents.wording import has, say
from knowledge.model import Knowledge
from knowledge.units import Area
from knowledge.vietnamese import fold

APPROVAL_ABOVE = 200  # people: about a village; beyond it a mistake is more than one officer can set right by going there
CODE = re.compile(r"\b[A-Z]{2}-\w{4}-\w{3,4}\b")  # "TB-35K2-…" is no sum of money
LEAST_BARE = 4  # words
LEAST_ACCENTED = 8  # one word in so many has an accent where they are typed at all
MOST_CHECKS = 8  # figures that a reason is asked for at once


def framed(text: str, code: str, area: Area) -> str:
    """The announcement as people read it: who sends it, the text, how to answer and how to stop. `area` is the officer's."""
    return say("announce", "frame", holder=holder(area), text=text, code=code)


# -- whom it is for ----------------------------------------------------------------------------------------------------------------


def audience_words(audience: Audience) -> str:
    """Whom an audience takes in, in one line."""
    if audience.same_as:
        return say("announce", "same_as", code=audience.same_as)
    households = audience.registration or audience.needs
    roles = audience.roles or ((Role.HOUSEHOLD,) if households else ())
    named = ", ".join(say("role", role.value) for role in roles) or say("announce", "everybody_of")
    parts = [say("announce", "in_area", who=named, area=audience.area.label)]
    if audience.registration:
        parts.append(say("announce", "either").join(say("announce", f"registration_{state}") for state in audience.registration))
    if audience.needs:
        parts.append(say("announce", "with_needs", needs=say("announce", "either").join(say("need", need) for need in audience.needs)))
    if audience.channels:
        parts.append(say("announce", "by_channel", channels=", ".join(map(channel_name, audience.channels))))
    return "; ".join(parts)


def channel_name(channel: str) -> str:
    name = f"channel_{channel or 'none'}"
    return say("delivery", name) if has("delivery", name) else channel


def phrase(name: str) -> str:
    """A state or reason of a delivery in words."""
    return say("delivery", name) if has("delivery", name) else name


def what_next(name: str) -> str:
    """What the officer can do about it, "" where nothing is to be done."""
    return say("delivery", f"{name}_next") if has("delivery", f"{name}_next") else ""


def reason_line(group: str, line: str, count: int, reason: str) -> str:
    return say(group, line, count=dotted(count), why=phrase(reason), next=what_next(reason)).removesuffix(": ")


def reach_lines(reach: Reach) -> list[str]:
    """How many are reached by each channel, what that costs, and who is not reached, with what to do."""
    channels = ", ".join(f"{channel_name(name)} {dotted(count)}" for name, count in reach.by_channel.items() if count)
    lines = [say("announce", "reaches", count=dotted(reach.count), channels=channels) if reach.count else say("announce", "reaches_none")]
    lines += [say("announce", "template", count=dotted(reach.template))] if reach.template else []
    lines += [say("announce", "billed", count=dotted(reach.billed))] if reach.billed else []
    left = {reason: count for reason, count in reach.unreachable.items() if count}
    if left:
        lines.append(say("announce", "unreachable", count=dotted(sum(left.values()))))
        lines += [reason_line("announce", "unreachable_line", count, reason) for reason, count in left.items()]
    return lines


def sample_lines(reach: Reach) -> list[str]:
    """Up to five people, so that a wrong audience is seen."""
    if not reach.sample:
        return []
    lines = [say("announce", "sample", count=len(reach.sample))]
    unknown = [one for one in reach.sample if not (one.name or one.place)]
    if len(unknown) > 1:
        lines.append(say("announce", "sample_unknown", count=len(unknown)))
    for one in reach.sample:
        if one in unknown and len(unknown) > 1:
            continue
        name, place = one.name or say("announce", "nameless"), one.place or say("announce", "placeless")
        lines.append(say("announce", "sample_line", name=name, place=place, channel=channel_name(one.channel)))
    return lines


def village_lines(audience: Audience) -> list[str]:
    """Why a village has fewer people here than houses."""
    households = not audience.same_as and (not audience.roles or Role.HOUSEHOLD in audience.roles)
    told = not audience.needs and (not audience.registration or "none" in audience.registration)
    return [say("announce", "village")] if audience.area.village and households and told else []


def is_bare(text: str) -> bool:
    """Whether a text was typed without accents, which is hard to read."""
    typed = unicodedata.normalize("NFC", text).casefold().split()
    return len(typed) >= LEAST_BARE and sum(fold(word) != word for word in typed) * LEAST_ACCENTED < len(typed)


# -- its figures -------------------------------------------------------------------------------------------------------------------


def checks_of(text: str, area: Area, knowledge: Knowledge, today: date, reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every figure of the text: with the entry that it matches, or with the officer's reason ("" while there is none)."""
    kept: list[dict[str, Any]] = []
    for found in check(CODE.sub(" ", text), area, knowledge, today):
        one: dict[str, Any] = {"figure": found.figure, "kind": found.kind}
        if found.citation is not None:
            one |= {"plan": found.citation.plan, "section": found.citation.section, "over": found.over}
        else:
            one["reason"] = reasons.get(found.figure, "")
        kept.append(one)
    return kept


def unexplained(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """The figures that match nothing and have no reason yet, each once."""
    return list(dict.fromkeys(str(one["figure"]) for one in checks if one.get("reason") == ""))


def check_lines(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What an officer has to know of the figures: the reasons for those no entry confirms, and entries that are over."""
    reasons: dict[str, dict[str, None]] = {}
    for one in checks:
        if one.get("reason"):
            reasons.setdefault(str(one["reason"]), {})[str(one["figure"])] = None
    over = {str(one["figure"]): str(one["section"]) for one in checks if one.get("over")}
    lines = [say("announce", "reasons")] if reasons or over else []
    lines += [say("announce", "reason", figure=", ".join(figures), reason=reason) for reason, figures in reasons.items()]
    return lines + [say("announce", "over", figure=figure, section=section_label(section)) for figure, section in over.items()]


# -- when --------------------------------------------------------------------------------------------------------------------------


def at_words(at: datetime | None, today: date, *, approved: bool = False) -> str:
    """ "ngay", "ngay khi được duyệt", "lúc 8:00 ngày 22/11/2026"."""
    if at is None:
        return say("announce", "at_once_approved" if approved else "at_once")
    return say("announce", "at", when=when(at, today))


def starts_at(body: Mapping[str, Any]) -> datetime | None:
    """When an announcement is to begin by its case or form; None: at once."""
    return datetime.fromisoformat(body["starts_at"]) if body.get("starts_at") else None


def body_of(values: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], reach: Reach) -> dict[str, Any]:
    """What is kept of it in its case."""
    return {
        "text": values["text"],
        "audience": values["audience"],
        "checks": list(checks),
        "count": reach.count,
        "who": reach.who,
        "corrects": values.get("corrects") or "",
        "starts_at": values.get("starts_at") or "",
        "urgent": bool(values.get("urgent")),
        "tested": True,
    }
