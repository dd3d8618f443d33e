"""The conversation survives a restart; what is kept is sealed; the tables are those of the migrations. Real SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from bot.chat import shown
from bot.opening import open_assistant
from bot.settings import settings
from intents.dialogue import Dialogue
from intents.messages import Choice, Kind, Reply
from intents.state import Conversation, Form, SelfCheck
from storage import conversations, people
from storage.database import StorageError, open_database, reading, writing
from storage.vault import VaultError, add_key, keep_newest, open_vault
from tests.conftest import NOW, People


def test_a_conversation_goes_on_after_a_restart(people_of: People) -> None:
    assert people_of.say("ho", "hạn báo cáo hằng năm").kind is Kind.CLARIFY
    assert people_of.restarted().say("ho", "Ninh Bình").kind is Kind.ANSWER


def test_two_people_do_not_share_a_place(people_of: People) -> None:
    people_of.say("ho", "Ninh Bình")
    assert people_of.say("ho2", "hạn báo cáo hằng năm").kind is Kind.CLARIFY


def test_everything_remembered_comes_back(people_of: People) -> None:
    form = Form("registration", "name", {"members": 4, "reasons": ["illness"]}, ("name",), ("phone",), "DK", 2, NOW.isoformat())
    check = SelfCheck(urban=True, income=5)
    kept = Conversation(plan="p", place="x", plans=("p",), choices=(Choice("a", "b"),), check=check, form=form, lines=(("a", "b"),))
    assistant = people_of.assistant
    with writing(assistant.engine) as connection:
        number = people.of_account(connection, "terminal", "a", NOW)
        conversations.save(connection, assistant.vault, number, kept, NOW)
    with reading(assistant.engine) as connection:
        assert conversations.load(connection, assistant.vault, number) == kept


def test_the_migrations_make_the_tables_of_the_code(people_of: People) -> None:
    with people_of.assistant.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_conversations_of_the_first_version_are_taken_over(tmp_path: Path, dialogue: Dialogue) -> None:
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as old:
        old.execute("create table conversation (person varchar primary key, state varchar not null, changed_at datetime not null)")
        state = '{"plan": "ninh-binh-2021-2025", "place": "Ninh Bình", "plans": [], "choices": []}'
        old.execute("insert into conversation values (?, ?, ?)", ("terminal:local", state, "2026-11-20 10:00:00"))
    assistant = open_assistant(settings({}, path), dialogue)
    with reading(assistant.engine) as connection:
        assert conversations.load(connection, assistant.vault, 1).place == "Ninh Bình"


def test_a_database_that_cannot_be_opened_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StorageError, match="file"):
        open_database(tmp_path / "file" / "talk.sqlite3")


def test_the_terminal_numbers_the_choices() -> None:
    assert "1. Nông thôn" in shown(Reply(Kind.CLARIFY, "Ở đâu?", choices=(Choice("Nông thôn", "x"),)))


def test_a_new_key_opens_what_the_old_one_sealed(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    sealed = open_vault(path).seal({"ten": "Nguyễn Văn A"})
    vault = add_key(path)
    moved = vault.rotated(sealed)
    keep_newest(path)
    assert open_vault(path).open(moved) == {"ten": "Nguyễn Văn A"}
    with pytest.raises(VaultError, match="khóa"):
        open_vault(path).open(sealed)
    assert path.stat().st_mode & 0o077 == 0


def test_a_hash_is_the_same_without_accents_and_tells_nothing_without_the_key(tmp_path: Path) -> None:
    one, other = open_vault(tmp_path / "a"), open_vault(tmp_path / "b")
    assert one.hash("name", "Nguyễn Văn A") == one.hash("name", "nguyen van a")
    assert one.hash("name", "Nguyễn Văn A") != other.hash("name", "Nguyễn Văn A")
