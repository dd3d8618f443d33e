"""The short guided self-check: area, income a person a month, number of lacks. An orientation, never a decision.

The lines come from the national rules (national.poverty_line_now): Nghị định 07/2021/NĐ-CP, kept for 2026 by Nghị định
351/2025/NĐ-CP.
"""

from __future__ import annotations

import re
from dataclasses import replace

from intents.compose import rule_citation, rule_lines
from intents.flows.moment import dotted
from intents.messages import Choice, Kind, Reply
from intents.slots.money import sums
from intents.state import Conversation, SelfCheck, Turn
from intents.understand import Understanding
from intents.wording import say
from knowledge.model import Knowledge
from knowledge.vietnamese import read

RULE = "national.poverty_line_now"
LINES = {False: 1_500_000, True: 2_000_000}  # đồng a person a month, rural and urban
ENOUGH_LACKS = 3
ASKS_CLASS = re.compile(
    r"\b(?:ngheo hay|ngheo (?:chua|khong|ko|gi|nao|ha|a|nhi|vay)$|co phai (?:la )?(?:ho )?(?:can )?ngheo|thuoc (?:dien |loai |ho )*(?:can )?ngheo|"
    r"(?:la|xep|tinh|duoc|vao|thanh|van) (?:vao |la )?(?:dien |loai )?(?:ho |nha )?(?:can )?ngheo|co (?:bi |duoc )?(?:ngheo|can ngheo))\b"
)
EARNS = re.compile(r"\b(?:thu nhap|kiem|lam ra|luong|tien cong|thang|moi nguoi|dau nguoi|mot nguoi|binh quan|gom|moi khau)\b")
OTHER_MATTER = re.compile(
    r"\b(?:ung ho|trao tang|tang qua|van dong|khen thuong|duoc khen|tien thuong|vay von|vay tien|cho vay|lai suat|tai tro|doanh nghiep|cong ty|nam 2027|sang nam|tu nam)\b"
)
OWN_CLASS = re.compile(
    r"\b(?:kiem tra|xem thu|xem giup|tinh thu|tinh giup)\b.*\bnha (?:toi|em|minh|chau|tui|con)\b.*\bngheo\b|"
    r"^(?:\w+ ){0,4}nha (?:toi|em|minh|chau|tui|con) (?:co phai|co thuoc|co duoc tinh|thuoc dien|la) (?:la )?(?:ho )?(?:can )?ngheo (?:khong|ko|chua|hay|gi)"
)
PEOPLE = re.compile(r"\b(\d{1,2}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\s*(?:nguoi|khau|nhan khau|mieng an|thanh vien)\b")
EACH = re.compile(r"\b(?:moi|mot|1|dau|tung)\s*(?:nguoi|khau|dau nguoi)\b|\bbinh quan\b|\bdau nguoi\b|/\s*nguoi|\bmoi dua\b")
WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}
URBAN = re.compile(r"\b(?:thanh thi|thanh pho|phuong|thi tran|do thi|thi xa|pho)\b")
RURAL = re.compile(r"\b(?:nong thon|o que|que|xa|thon|lang|xom|ban|mien nui)\b")
LACKS = re.compile(
    r"\b(?:thieu|thieu hut)\s*(?:khoang\s*)?(\d{1,2}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\b|^(?:khoang )?(\d{1,2})(?: chi so| cai| thu)?$"
)


def income_of(line: str) -> int | None:
    """Income a person a month in đồng, from folded text; a household's whole income is shared among its members."""
    found = [value for value in sums(line) if 50_000 <= value <= 100_000_000]
    if not found:
        return None
    if EACH.search(line):
        return found[-1] if len(found) == 1 else min(found)
    people = PEOPLE.search(line)
    return found[0] // (WORDS.get(people[1]) or int(people[1])) if people else found[0]


def start(conversation: Conversation, heard: Understanding, knowledge: Knowledge) -> Turn | None:
    """Opens the check when a message brings an income and asks for a class; None otherwise."""
    line = heard.words.line
    if RULE not in knowledge.rules or OTHER_MATTER.search(line):
        return None
    income = income_of(line)
    told = income is not None and EARNS.search(line) and (ASKS_CLASS.search(line) or (PEOPLE.search(line) and LACKS.search(line)))
    if not told and not OWN_CLASS.search(line):
        return None
    return _next(conversation, _filled(SelfCheck(income=income), line), knowledge)


def take(conversation: Conversation, text: str, knowledge: Knowledge) -> Turn | None:
    """Goes on with an open check when the message answers what was asked; None lets the message be understood freely."""
    check = conversation.check
    if check is None:
        return None
    line = read(text).line
    filled = _filled(check, line)
    if filled == check:
        return None
    return _next(conversation, filled, knowledge)


def _filled(check: SelfCheck, line: str) -> SelfCheck:
    if check.urban is None and (URBAN.search(line) or RURAL.search(line) or line in ("1", "2")):
        check = replace(check, urban=bool(URBAN.search(line)) or line == "2")
    elif check.income is None and (income := income_of(line)):
        check = replace(check, income=income)
    elif check.urban is not None and check.lacks is None and (match := LACKS.search(line)):
        said = match[1] or match[2]
        check = replace(check, lacks=WORDS.get(said) or int(said))
    return check


def _next(conversation: Conversation, check: SelfCheck, knowledge: Knowledge) -> Turn:
    rule = knowledge.rules[RULE]
    lines: list[str] = []
    choices: tuple[Choice, ...] = ()
    open_check: SelfCheck | None = check
    if check.income is not None and (check.urban is not None or check.income > max(LINES.values()) or check.income <= min(LINES.values())):
        urban = bool(check.urban) if check.urban is not None else check.income > max(LINES.values())
        line, area = LINES[urban], "thành thị" if urban else "nông thôn"
        name = "over_line" if check.income > line else "under_line"
        lines.append(say("self_check", name, income=dotted(check.income), line=dotted(line), area=area))
        if check.income > line:
            open_check = None
        elif check.lacks is None:
            lines += [say("self_check", "both"), say("self_check", "lacks")]
        else:
            lines.append(say("self_check", "poor" if check.lacks >= ENOUGH_LACKS else "near_poor"))
            open_check = None
    elif check.income is None:
        lines.append(say("self_check", "income"))
    if check.urban is None and open_check is not None:
        lines.append(say("self_check", "area"))
        choices = (Choice("Nông thôn", "ở nông thôn"), Choice("Thành thị", "ở thành thị"))
    lines += [say("self_check", "disclaimer"), rule_lines(rule)[1]]
    reply = Reply(Kind.NOT_IN_PLAN, "\n".join(lines), (rule_citation(rule),), choices=choices)
    known = replace(conversation, check=open_check, question=RULE, parked="")
    return Turn(known.after(reply), reply)
