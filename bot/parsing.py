"""`donghanh parse-report --json` and `parse-registration --json`: one object a line in, one a line out; a bad line gets an
error line and the batch goes on. Formats and conventions: PARSE.md of the evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from intents.slots.answers import parse_slot
from intents.slots.opening import parse_opening
from intents.slots.report import as_json, parse_report
from knowledge.calendar import ZONE

SLOTS = ("name", "village", "commune", "household_type", "members", "phone", "target_year", "reasons", "needs", "confirm")


def report_lines(lines: Iterable[str]) -> Iterator[str]:
    """Activity reports: {"id", "text", "sent_at", "reporter_village"} to {"id", "activities", "missing", "must_question"}."""
    return _each(lines, _report)


def registration_lines(lines: Iterable[str]) -> Iterator[str]:
    """Registrations: {"id", "form": "opening" | "slot", "slot", "text", "sent_at"} to {"id", "fields"} or {"id", "value", …}."""
    return _each(lines, _registration)


def _each(lines: Iterable[str], parse: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_one(number, line, parse), ensure_ascii=False)


def _one(number: int, line: str, parse: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "line": number, "error": f"dòng {number} không phải JSON: {error.msg}"}
    if not isinstance(row, dict):
        return {"id": None, "line": number, "error": f"dòng {number} phải là một đối tượng JSON"}
    try:
        return {"id": row.get("id"), **parse(row)}
    except BadRow as error:
        return {"id": row.get("id"), "line": number, "error": f"dòng {number}: {error}"}


class BadRow(Exception):
    """A line that lacks something; the message says what."""


def _text(row: dict[str, Any]) -> str:
    if "id" not in row:
        raise BadRow("thiếu trường id")
    if not isinstance(row.get("text"), str):
        raise BadRow("trường text phải là chuỗi")
    return str(row["text"])


def _sent_at(row: dict[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(row["sent_at"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRow("trường sent_at phải có dạng 2026-11-21T09:00:00+07:00") from error
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)


def _report(row: dict[str, Any]) -> dict[str, Any]:
    village = row.get("reporter_village")
    if village is not None and not isinstance(village, str):
        raise BadRow("trường reporter_village phải là chuỗi hoặc null")
    return dict(as_json(parse_report(_text(row), _sent_at(row), village)))


def _registration(row: dict[str, Any]) -> dict[str, Any]:
    text, sent_at = _text(row), _sent_at(row)
    if row.get("form") == "opening":
        return {"fields": parse_opening(text, sent_at).as_json()}
    if row.get("form") != "slot":
        raise BadRow("trường form phải là opening hoặc slot")
    if row.get("slot") not in SLOTS:
        raise BadRow(f"trường slot phải là một trong: {', '.join(SLOTS)}")
    answer = parse_slot(row["slot"], text, sent_at)
    value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
    target = {"interrupt_target": answer.interrupt_target} if answer.interrupt_target else {}
    return {"value": value, "interrupt": answer.interrupt, **target}
