"""`ask --json`: one line in, one line out, and a bad line stops nothing."""

from __future__ import annotations

import json

from bot.batch import answer_lines
from intents.dialogue import Dialogue


def ask(dialogue: Dialogue, *lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in answer_lines(lines, dialogue)]


def test_a_reply_has_every_field(dialogue: Dialogue) -> None:
    row = ask(dialogue, '{"id": "1", "turns": ["hạn báo cáo hằng năm"], "place": "Ninh Bình", "today": "2026-11-21"}')[0]
    assert set(row) == {"id", "kind", "text", "plans", "citations", "task", "choices", "ms"}
    assert row["kind"] == "answer"
    assert row["plans"] == ["ninh-binh-2021-2025"]
    assert "30/11" in str(row["text"])


def test_a_bad_line_gets_an_error_with_its_number_and_the_batch_goes_on(dialogue: Dialogue) -> None:
    rows = ask(
        dialogue,
        "khong phai json",
        '{"id": "2"}',
        '{"id": "3", "turns": ["chào"], "today": "31/2"}',
        '{"turns": ["chào"]}',
        '{"id": "5", "turns": ["chào"]}',
    )
    assert [row.get("line") for row in rows] == [1, 2, 3, 4, None]
    assert rows[1]["id"] == "2"
    assert "turns" in str(rows[1]["error"])
    assert rows[4]["kind"] == "smalltalk"


def test_only_the_last_turn_is_answered(dialogue: Dialogue) -> None:
    row = ask(dialogue, '{"id": "1", "turns": ["hạn báo cáo hằng năm", "Ninh Bình"]}')[0]
    assert row["kind"] == "answer"
