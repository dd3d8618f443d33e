"""The conversation survives a restart; real SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from bot.assistant import handle
from bot.chat import shown
from intents.dialogue import Dialogue
from intents.messages import Choice, Kind, Reply
from intents.state import Conversation, SelfCheck
from storage import conversations
from storage.database import StorageError, open_database
from tests.conftest import TODAY


def test_a_conversation_goes_on_after_a_restart(tmp_path: Path, dialogue: Dialogue) -> None:
    path = tmp_path / "talk.sqlite3"
    assert handle(open_database(path), dialogue, "terminal:a", "hạn báo cáo hằng năm", TODAY).kind is Kind.CLARIFY
    assert handle(open_database(path), dialogue, "terminal:a", "Ninh Bình", TODAY).kind is Kind.ANSWER


def test_two_people_do_not_share_a_place(tmp_path: Path, dialogue: Dialogue) -> None:
    engine = open_database(tmp_path / "talk.sqlite3")
    handle(engine, dialogue, "terminal:a", "Ninh Bình", TODAY)
    assert handle(engine, dialogue, "terminal:b", "hạn báo cáo hằng năm", TODAY).kind is Kind.CLARIFY


def test_everything_remembered_comes_back(tmp_path: Path) -> None:
    kept = Conversation(plan="p", place="x", question="q", plans=("p",), choices=(Choice("a", "b"),), check=SelfCheck(urban=True, income=5))
    with Session(open_database(tmp_path / "talk.sqlite3")) as session, session.begin():
        conversations.save(session, "terminal:a", kept)
    with Session(open_database(tmp_path / "talk.sqlite3")) as session:
        assert conversations.load(session, "terminal:a") == kept


def test_a_database_that_cannot_be_opened_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StorageError, match="file"):
        open_database(tmp_path / "file" / "talk.sqlite3")


def test_the_terminal_numbers_the_choices() -> None:
    assert "1. Nông thôn" in shown(Reply(Kind.CLARIFY, "Ở đâu?", choices=(Choice("Nông thôn", "x"),)))
