"""New keys: everything is sealed anew, readable all the time, finished after a kill, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event, insert, select, update

from bot.cli import main
from intents.dialogue import Dialogue
from intents.messages import Incoming
from intents.records import CaseKind, State
from intents.state import Conversation
from storage import arrivals, audit, conversations, outbox, people, rotation
from storage.database import StorageError, open_database, reading, writing
from storage.rotation import rotate, sealed_columns
from storage.schema import ANNOUNCEMENT, AUDIT, CASE, CONSENT, CONVERSATION, DATA_REQUEST, PERSON, TOKEN
from storage.vault import VaultError, add_key, open_vault, vault_from
from tests.conftest import NOW, People
from tests.made import ACTIVITY, Kept, kept, on_file
from tests.postgres import postgres, postgres_server

__all__ = ["kept", "on_file", "postgres", "postgres_server"]  # the fixtures

LIFE = (
    "tôi tên Hoàng Thị Mùa, thôn Đông Thịnh xã Thiên Lộc huyện Can Lộc, hộ nghèo, 2 người, xin đăng ký thoát nghèo năm 2027",
    "1",
    "đồng ý",
    "ốm đau",
)


def filled(kept: Kept) -> None:
    """Something in every sealed column."""
    for number in range(5):
        code = kept.case(owner=f"ho{number}")
        for _ in range(1 + number):  # several versions of one case, more than a batch
            kept.change(code, State.RETURNED)
        kept.case(ACTIVITY, CaseKind.REPORT)
    with writing(kept.engine) as connection:
        for name in ("ho0", "ho1", "ho2"):
            number = people.of_account(connection, "terminal", name, NOW)
            conversations.save(connection, kept.vault, number, Conversation(place="Can Lộc"), NOW)
            outbox.notice(connection, kept.vault, number, f"tin cho {name}", NOW)
            connection.execute(update(PERSON).where(PERSON.c.id == number).values(name=kept.vault.seal(name)))
            row = {"person_id": number, "purpose": "p", "version": "1", "wording": "w", "how": kept.vault.seal("self"), "given_at": NOW}
            asked = {"person_id": number, "what": kept.vault.seal("xin bản sao"), "asked_at": NOW, "due_at": NOW}
            connection.execute(insert(DATA_REQUEST).values(case_code="", province_key="", commune_key="", **asked))
            connection.execute(insert(CONSENT).values(**row))
        waits = Incoming("telegram", "7", "m1", "ảnh đây")
        arrivals.keep(connection, kept.vault, waits, ("file-1",), NOW)
        connection.execute(insert(TOKEN).values(name="zalo_oa", body=kept.vault.seal({"access": "a"}), changed_at=NOW))
        about = connection.execute(select(CASE.c.id).limit(1)).scalar_one()
        text = kept.vault.seal("Mời bà con họp thôn.")
        connection.execute(insert(ANNOUNCEMENT).values(case_id=about, author_id=1, run="done", body=text, people=0, who="", urgent=False, replies=0))


def keys(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("hash:")]


def ring_of(path: Path, *lines: str) -> str:
    hashing = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("hash:")]
    return "\n".join([*lines, *hashing])


@contextmanager
def failing_at(kept: Kept, number: int) -> Iterator[None]:
    """Raises instead of the `number`-th UPDATE of a sealed column."""
    seen = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        if statement.startswith("UPDATE") and "audit" not in statement:
            seen += 1
            if seen == number:
                raise KeyboardInterrupt(f"killed at update {number}")

    event.listen(kept.engine, "before_cursor_execute", count)
    yield
    event.remove(kept.engine, "before_cursor_execute", count)


def test_every_sealed_column_is_known() -> None:
    names = {f"{table.name}.{column.name}" for table, columns in sealed_columns().items() for column in columns}
    assert names == {
        "person.name",
        "conversation.state",
        "outbox.body",
        "case_file.body",
        "case_version.body",
        "consent.how",
        "data_request.what",
        "announcement.body",
        "channel_token.body",
        "arrival.body",
    }


def test_everything_is_sealed_with_the_new_key_and_the_old_one_goes(kept: Kept) -> None:
    filled(kept)
    before, old = kept.opened(), keys(kept.where.key_file)
    sealed = sum(value is not None for _, value in before)
    assert {name for name, value in before if value is not None} == {f"{t.name}.{c.name}" for t, cs in sealed_columns().items() for c in cs}
    assert rotate(kept.engine, kept.where.key_file, NOW) == sealed
    new = keys(kept.where.key_file)
    assert len(old) == len(new) == 1 and new != old and new[0].startswith("2:")
    assert kept.opened(open_vault(kept.where.key_file)) == before
    with pytest.raises(VaultError):
        kept.opened(vault_from(ring_of(kept.where.key_file, *old)))
    assert kept.where.key_file.stat().st_mode & 0o077 == 0


def test_hashes_and_the_audit_hold_under_the_new_key(kept: Kept) -> None:
    filled(kept)
    rotate(kept.engine, kept.where.key_file, NOW)
    vault = open_vault(kept.where.key_file)
    with reading(kept.engine) as connection:
        found = audit.verify(connection, vault)
        lines = connection.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.target, AUDIT.c.detail)).all()
    assert found.problem == "" and vault.hash("name", "Mùa") == kept.vault.hash("name", "Mùa")
    assert [tuple(line) for line in lines] == [(0, "rotate keys", "started", "key 2"), (0, "rotate keys", "finished", "43 values")]


def test_a_second_rotation_goes_as_well(kept: Kept) -> None:
    filled(kept)
    before = kept.opened()
    for number in ("2", "3"):
        rotate(kept.engine, kept.where.key_file, NOW)
        assert keys(kept.where.key_file)[0].startswith(f"{number}:")
    assert kept.opened(open_vault(kept.where.key_file)) == before


@pytest.mark.parametrize("at", (1, 2, 4, 7, 9))
def test_killed_in_the_middle_it_stays_readable_and_the_next_run_finishes(kept: Kept, at: int) -> None:
    filled(kept)
    before, old = kept.opened(), keys(kept.where.key_file)
    with pytest.raises(KeyboardInterrupt), failing_at(kept, at):
        rotate(kept.engine, kept.where.key_file, NOW, batch=3)
    between = keys(kept.where.key_file)
    assert between[1:] == old, "the old key stays until everything is sealed anew"
    both = open_vault(kept.where.key_file)
    assert kept.opened(both) == before
    written = kept.person("ho0")
    with writing(kept.engine) as connection:  # life goes on between the two runs
        conversations.save(connection, both, written, Conversation(place="Kbang"), NOW + timedelta(days=1))
    after = kept.opened(both)
    done = rotate(kept.engine, kept.where.key_file, NOW, batch=3)
    everything = sum(value is not None for _, value in before)
    assert 0 < done <= everything - (at - 1), "what was done is not done again"
    assert keys(kept.where.key_file) == between[:1], "the second run adds no further key"
    assert kept.opened(open_vault(kept.where.key_file)) == after


def test_killed_before_the_old_key_goes_the_next_run_finishes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(kept)
    before = kept.opened()

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rotation, "keep_newest", killed)
        rotate(kept.engine, kept.where.key_file, NOW)
    assert len(keys(kept.where.key_file)) == 2
    assert rotate(kept.engine, kept.where.key_file, NOW) == 0
    assert len(keys(kept.where.key_file)) == 1 and kept.opened(open_vault(kept.where.key_file)) == before


def test_what_comes_in_behind_under_the_old_key_is_found_before_that_key_goes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(kept)
    number, walked, real = kept.person("ho0"), 0, rotation._reseal

    def then_a_late_writer(*arguments: Any) -> int:
        nonlocal walked
        walked += 1
        changed = real(*arguments)
        if walked == len(sealed_columns()):
            with writing(kept.engine) as connection:
                outbox.notice(connection, kept.vault, number, "tin đến muộn", NOW)
        return changed

    monkeypatch.setattr(rotation, "_reseal", then_a_late_writer)
    rotate(kept.engine, kept.where.key_file, NOW)
    assert ("outbox.body", {"text": "tin đến muộn"}) in kept.opened(open_vault(kept.where.key_file))


def test_a_process_that_is_really_killed_loses_nothing(on_file: Kept) -> None:
    filled(on_file)
    before = on_file.opened()
    on_file.engine.dispose()
    child = os.fork()
    if not child:
        engine = open_database(on_file.where.database)
        seen = []

        def kill(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement.startswith("UPDATE case_version"))
            if sum(seen) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "after_cursor_execute", kill)
        rotate(engine, on_file.where.key_file, NOW, batch=2)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert len(keys(on_file.where.key_file)) == 2 and on_file.opened(open_vault(on_file.where.key_file)) == before
    assert rotate(on_file.engine, on_file.where.key_file, NOW) > 0
    assert on_file.opened(open_vault(on_file.where.key_file)) == before


def test_a_running_assistant_stops_it_before_anything_changes(kept: Kept) -> None:
    filled(kept)
    before, ring = kept.opened(), kept.where.key_file.read_text(encoding="utf-8")
    running = open_database(kept.where.database)
    with pytest.raises(StorageError, match="dừng trợ lý"):
        rotate(kept.engine, kept.where.key_file, NOW)
    assert kept.where.key_file.read_text(encoding="utf-8") == ring and kept.opened() == before
    running.dispose()
    assert rotate(kept.engine, kept.where.key_file, NOW) > 0


def test_what_no_key_opens_is_told_and_keeps_the_old_keys(kept: Kept) -> None:
    filled(kept)
    foreign = vault_from(ring_of(kept.where.key_file, f"1:{Fernet.generate_key().decode()}"))
    with writing(kept.engine) as connection:
        connection.execute(update(CASE).where(CASE.c.id == 4).values(body=foreign.seal({"x": 1})))
    with pytest.raises(VaultError, match=r"case_file \(4,\)"):
        rotate(kept.engine, kept.where.key_file, NOW)
    assert len(keys(kept.where.key_file)) == 2


def test_a_conversation_kept_before_there_were_keys_is_sealed(kept: Kept) -> None:
    number = kept.person("ho")
    with writing(kept.engine) as connection:
        state = b'{"plan": null, "place": "Ninh B\\u00ecnh", "plans": [], "choices": []}'
        connection.execute(CONVERSATION.insert().values(person_id=number, state=state, changed_at=NOW))
    assert rotate(kept.engine, kept.where.key_file, NOW) == 1
    with reading(kept.engine) as connection:
        assert connection.execute(select(CONVERSATION.c.state)).scalar_one()[:1] != b"{"
        assert conversations.load(connection, open_vault(kept.where.key_file), number).place == "Ninh Bình"


def test_a_key_added_by_hand_is_taken_for_a_rotation_under_way(kept: Kept) -> None:
    filled(kept)
    before = kept.opened()
    add_key(kept.where.key_file)
    rotate(kept.engine, kept.where.key_file, NOW)
    assert keys(kept.where.key_file)[0].startswith("2:") and kept.opened(open_vault(kept.where.key_file)) == before


def test_the_command_turns_the_keys_and_the_conversation_goes_on(
    people_of: People, dialogue: Dialogue, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in LIFE:
        people_of.say("ho", text)
    database = ["--database", str(people_of.where.database)]
    assert main(["keys", "rotate", *database]) == 1
    assert "dừng trợ lý" in capsys.readouterr().err
    people_of.assistant.engine.dispose()
    assert main(["keys", "rotate", *database]) == 0
    assert "sao lưu" in capsys.readouterr().out
    assert main(["audit", "verify", *database]) == 0
    again = people_of.restarted()
    for text in ("vay vốn", "0987654321"):
        again.say("ho", text)
    assert "Hoàng Thị Mùa" in again.say("ho", "xem lại").text
