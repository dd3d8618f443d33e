"""`donghanh ask --json`: one conversation a line in, its last reply a line out; a bad line gets an error line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from intents.dialogue import Dialogue
from intents.messages import Reply
from intents.state import Conversation
from knowledge.calendar import today_in_vietnam
from knowledge.places import find
from knowledge.vietnamese import read


def answer_lines(lines: Iterable[str], dialogue: Dialogue) -> Iterator[str]:
    """One JSON line for each input line that is not blank."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_answer(number, line, dialogue), ensure_ascii=False)


def _answer(number: int, line: str, dialogue: Dialogue) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "line": number, "error": f"dòng {number} không phải JSON: {error.msg}"}
    if not isinstance(row, dict):
        return {"id": None, "line": number, "error": f"dòng {number} phải là một đối tượng JSON"}
    name = row.get("id")
    problem = _problem(row)
    if problem:
        return {"id": name, "line": number, "error": f"dòng {number}: {problem}"}
    today = date.fromisoformat(row["today"]) if row.get("today") else today_in_vietnam()
    conversation = settled(row.get("place"))
    for text in row["turns"][:-1]:
        conversation = dialogue.take_turn(conversation, text, today).conversation
    started = time.perf_counter()
    turn = dialogue.take_turn(conversation, row["turns"][-1], today)
    return {"id": name, **as_json(turn.reply), "ms": round((time.perf_counter() - started) * 1000, 3)}


def _problem(row: dict[str, Any]) -> str:
    turns = row.get("turns")
    if "id" not in row:
        return "thiếu trường id"
    if not isinstance(turns, list) or not turns or not all(isinstance(text, str) for text in turns):
        return "trường turns phải là danh sách câu, ít nhất một câu"
    if row.get("place") is not None and not isinstance(row["place"], str):
        return "trường place phải là chuỗi hoặc null"
    if row.get("today"):
        try:
            date.fromisoformat(row["today"])
        except (TypeError, ValueError):
            return "trường today phải có dạng 2026-11-21"
    return ""


def settled(place: str | None) -> Conversation:
    """A conversation of a person at `place`, as the profile gives it."""
    if not place:
        return Conversation()
    mention = next(iter(find(read(place))), None)
    if mention is None or mention.plan is None:
        return Conversation(unknown_place=place)
    return Conversation(plan=mention.plan, place=mention.options[0].label)


def as_json(reply: Reply) -> dict[str, Any]:
    return {
        "kind": reply.kind.value,
        "text": reply.text,
        "plans": list(reply.plans),
        "citations": [{"plan": c.plan, "section": c.section, "quote": c.quote} for c in reply.citations],
        "task": reply.task,
        "choices": [choice.label for choice in reply.choices],
    }
