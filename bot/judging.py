"""Judges replies against a question set: the rules of the shared grader, for every kind of expectation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
SAME_SECTION = {"mo dau": "mở đầu", "preamble": "mở đầu", "căn cứ": "mở đầu", "signature": "chữ ký"}
NATIONAL = ("national", "unknown")
LONGEST = 1000


@dataclass(frozen=True)
class Verdict:
    """Whether a reply is right, why not, and whether it cites the right section (None where no section is asked for)."""

    right: bool
    why: str = ""
    section: bool | None = None


def normal(text: str) -> str:
    text = unicodedata.normalize("NFC", text or "").casefold()
    for old, new in (("–", "-"), ("—", "-"), ("“", '"'), ("”", '"'), ("uỷ", "ủy"), ("hoà", "hòa")):
        text = text.replace(old, new)
    return re.sub(r"\s+", " ", re.sub(r"\s*-\s*", "-", text))


def judge(row: Row, reply: Row) -> Verdict:
    """The verdict on one reply."""
    if "label" in row:
        return _judge_message(row, reply)
    text, kind = normal(reply.get("text", "")), reply.get("kind")
    expected = row.get("expect") or ("answer" if row["kind"] == "answer" else "not_in_plan")
    bad = next((word for word in row.get("must_not", ()) if normal(word) in text), "")
    also = ["not_in_plan" if other == "unanswerable" else other for other in row.get("also_ok") or ()]
    if bad:
        return Verdict(False, f"says {bad!r}")
    if kind != expected and (kind in also or f"command:{reply.get('task')}" in also):
        return Verdict(True)
    return _expected(expected, row, reply, text)


def _expected(expected: str, row: Row, reply: Row, text: str) -> Verdict:
    kind = reply.get("kind")
    missing = next((group for group in row.get("must", ()) if not any(normal(word) in text for word in group)), None)
    if expected == "answer":
        cited = cites(reply, row.get("section"))
        if kind != "answer":
            return Verdict(False, f"kind={kind}", cited)
        if missing:
            return Verdict(False, f"lacks {missing[:2]}", cited)
        return Verdict(len(reply["text"]) <= LONGEST, f"long {len(reply['text'])}", cited)
    if expected in ("not_in_plan", "unanswerable"):
        return Verdict(kind in ("not_in_plan", "out_of_scope"), f"kind={kind}")
    if expected == "clarify":
        offered = normal(" ".join([reply.get("text", ""), *reply.get("choices", ())]))
        count = sum(normal(name) in offered for name in row.get("must_any_offer", ()))
        return Verdict(kind == "clarify" and count >= 3, f"kind={kind} offers {count}")
    if expected == "command":
        return Verdict(
            kind == "task" and reply.get("task") in [row.get("task"), *(row.get("also_ok") or ())],
            f"kind={kind} task={reply.get('task')} wanted {row.get('task')}",
        )
    if expected == "out_of_scope":
        return Verdict(kind in ("out_of_scope", "not_in_plan", "smalltalk"), f"kind={kind}")
    return Verdict(kind == expected and not missing, f"kind={kind} lacks {missing}")


def _judge_message(row: Row, reply: Row) -> Verdict:
    """The 160 messages: the right reaction, and no words that must not be there."""
    text, kind = normal(reply.get("text", "")), reply.get("kind")
    got = _reaction(reply)
    bad = next((word for word in row.get("must_not", ()) if normal(word) in text), "")
    missing = next((group for group in row.get("must", ()) if not any(normal(word) in text for word in group)), None)
    if bad:
        return Verdict(False, f"says {bad!r}")
    labels = {row["label"], *row.get("also_ok", ())}
    if got not in labels and not ({"unknown", "off_topic"} & labels and got in ("unknown", "off_topic")):
        return Verdict(False, f"{got} ({kind}), wanted {row['label']}")
    if row["label"] == "task" and got == "task" and row.get("task") != reply.get("task"):
        return Verdict(False, f"task {reply.get('task')}, wanted {row.get('task')}")
    return Verdict(missing is None or got != row["label"], f"lacks {missing}")


def _reaction(reply: Row) -> str:
    kind = reply.get("kind")
    if kind == "not_in_plan":
        return "national" if any(c["plan"] == "national" for c in reply.get("citations", ())) else "unknown"
    return {"answer": "plan", "out_of_scope": "off_topic", "place_unknown": "unknown"}.get(str(kind), str(kind))


def cites(reply: Row, wanted: str | list[str] | None) -> bool | None:
    """Whether one of the wanted sections is cited; a parent counts for its part and a part for its parent."""
    if not wanted:
        return None
    sections = {_section(name) for name in ([wanted] if isinstance(wanted, str) else wanted)}
    cited = {_section(c.get("section") or "") for c in reply.get("citations", ())}
    return any(a == b or b.startswith(a + ".") or a.startswith(b + ".") for a in cited for b in sections if a)


def _section(name: str) -> str:
    name = normal(name).strip(" .").replace("mục ", "").replace("phần ", "")
    return SAME_SECTION.get(name, name)
