"""Nothing is lost and nothing doubled when the process is killed at any moment, and all works on PostgreSQL as on SQLite.

Points of killing: after every single INSERT, UPDATE and DELETE of a whole registration and of a whole report with a photo
(so also just before each commit), and after every commit whose reply was given. All of them on SQLite; on PostgreSQL, where
each start costs more, every seventh.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection, func, select
from sqlmodel import SQLModel

from bot.assistant import Assistant
from bot.chat import PLAYED
from bot.opening import open_assistant
from bot.settings import Settings, settings
from intents.dialogue import Dialogue
from intents.messages import Reply
from storage import audit, cases, conversations, people
from storage.database import reading, writing
from storage.outbox import due, read
from storage.photos import received
from storage.schema import AUDIT, CASE, CONSENT, OUTBOX, PHOTO
from storage.vault import Vault
from tests.conftest import NOW, People
from tests.killed import CHANNEL, REGISTRATION, REPORT, Script, play_until_killed, undisturbed
from tests.postgres import on_postgres, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]  # the fixtures

LIFE = (
    *(("ho", line) for line in REGISTRATION),
    ("can-bo", "hàng đợi"),
    ("can-bo", "mở {DK}"),
    ("can-bo", "trả lại"),
    ("can-bo", "thôn"),
    ("can-bo", "Thôn ghi chưa rõ, bà con ghi lại giúp."),
    ("can-bo", "đồng ý"),
    ("ho", "sửa đơn {DK}"),
    ("ho", "thôn Đông Hà"),
    ("ho", "đúng"),
    ("can-bo", "mở {DK}"),
    ("can-bo", "ghi nhận"),
    ("ho", "đơn của tôi"),
    *(("truong-thon", line) for line in REPORT if line not in ("thêm ảnh", "", "xong")),
    ("can-bo", "mở {BC}"),
    ("can-bo", "xác minh"),
    ("can-bo", "mở {BC}"),
    ("can-bo", "duyệt"),
    ("can-bo", "số liệu"),
    ("truong-thon", "báo cáo của tôi"),
    ("ho", "gặp cán bộ"),
    ("ho", "bao giờ xã phát gạo tết cho hộ nghèo"),
    ("ho", "1"),
    ("can-bo", "mở {CH}"),
    ("can-bo", "trả lời Ngày 10/2/2027 tại nhà văn hóa thôn."),
    ("can-bo", "đồng ý"),
    ("can-bo", "/moi trưởng thôn thôn Đông Hà xã Can Lộc"),
    ("bac-tam", "{MM}"),
    ("bac-tam", "bác Tám"),
    ("bac-tam", "đơn của thôn"),
    ("ho", "dữ liệu của tôi"),
    ("ho", "xuất dữ liệu của tôi"),
    ("ho", "rút lại đồng ý"),
    ("ho", "rút lại đồng ý"),
    ("ho", "xóa dữ liệu của tôi"),
    ("ho", "xóa hết"),
    ("ho", "đơn của tôi"),
)
CODE = re.compile(r"\b[A-Z]{2}-\w{4}-\w{3}\b")
SPOKEN = re.compile(r"\(đọc: [^)]*\)")
EVERY_ON_POSTGRES = 7


def masked(text: str) -> str:
    """The text without its codes, which are drawn by lot."""
    return SPOKEN.sub("(đọc: …)", CODE.sub(lambda code: code[0][:2], text))


def shown(reply: Reply) -> str:
    return masked(" / ".join([reply.text, *(choice.label for choice in reply.choices)]))


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(kept, "JPEG")
    return kept.getvalue()


def scripts() -> dict[str, Script]:
    return {"registration": Script("ho", REGISTRATION), "report": Script("truong-thon", REPORT, received(picture()))}


def opener(where: Settings, dialogue: Dialogue) -> Callable[[], Assistant]:
    return lambda: open_assistant(where, dialogue, lambda: NOW)


def appoint(assistant: Assistant, *names: str) -> None:
    with writing(assistant.engine) as connection:
        for name in names:
            people.give_role(connection, assistant.vault, people.of_account(connection, CHANNEL, name, NOW), *PLAYED[name])


def prepared(where: Settings, dialogue: Dialogue) -> Callable[[], Assistant]:
    """A database with a household, a village head and an officer who have said nothing yet; how to open it."""
    opened = opener(where, dialogue)
    assistant = opened()
    appoint(assistant, "can-bo", "truong-thon")
    assistant.engine.dispose()
    return opened


def copy(source: Settings, name: str) -> Settings:
    """The same SQLite database and key as files of another name. The source must be closed."""
    assert isinstance(source.database, Path)
    target = settings({}, source.database.with_name(f"{name}.sqlite3"))
    assert isinstance(target.database, Path)
    shutil.copy(source.database, target.database)
    shutil.copy(source.key_file, target.key_file)
    return target


def left(assistant: Assistant, who: str) -> dict[str, Any]:
    """Everything that a life leaves behind, codes and row numbers apart: rows of every table, cases, notices, the audit."""
    vault = assistant.vault
    with reading(assistant.engine) as connection:
        rows = {
            name: connection.execute(select(func.count()).select_from(table)).scalar() for name, table in SQLModel.metadata.tables.items()
        }
        kept = [cases.read(connection, vault, row) for row in connection.execute(select(CASE).order_by(CASE.c.id))]
        officer, person = (people.of_account(connection, CHANNEL, name, NOW) for name in ("can-bo", who))
        lines = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).all()
        photos = list(connection.execute(select(PHOTO.c.sha256)).scalars())
        return {
            "rows": rows,
            "cases": [(case.kind, case.state, case.version, dict(case.body), case.area.label) for case in kept],
            "form": conversations.load(connection, vault, person).form,
            "notices": [masked(one.text) for one in due(connection, vault, officer)],
            "replies": [masked(text) for text in replies_to(connection, vault, person)],
            "audit": [(line.action, masked(line.target), line.detail) for line in lines],
            "broken": audit.verify(connection, vault).problem,
            "photos": photos,
            "damaged": assistant.photos.damaged(photos),
        }


def replies_to(connection: Connection, vault: Vault, person: int) -> list[str]:
    """Every reply a person was given, in order."""
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.person_id == person, OUTBOX.c.kind == "reply").order_by(OUTBOX.c.id))
    return [read(vault, row).text for row in rows]


def goes_on(opened: Callable[[], Assistant], script: Script, stop: int) -> tuple[list[str], dict[str, Any]]:
    """Killed at `stop`, started again, the last message sent again with its id, and on to the end: the replies and what is left."""
    killed = play_until_killed(opened, script, stop)
    assistant = opened()
    again = assistant.handle(script.incoming(killed.begun))
    given = [masked(" / ".join([reply["text"], *reply["choices"]])) for reply in killed.replies]
    if len(killed.replies) > killed.begun:  # the reply was given, only its receipt was lost
        assert again.text == killed.replies[-1]["text"], f"point {stop}: another reply to the same message"
        given.pop()
    replies = [*given, shown(again), *(shown(reply) for reply in script.play(assistant, killed.begun + 1))]
    found = left(assistant, script.who)
    assistant.engine.dispose()
    return replies, found


@pytest.mark.parametrize("name", ["registration", "report"])
def test_killed_after_any_write_it_goes_on_as_if_nothing_had_been(name: str, tmp_path: Path, dialogue: Dialogue) -> None:
    script = scripts()[name]
    source = settings({}, tmp_path / "source.sqlite3")
    prepared(source, dialogue)
    whole = opener(copy(source, "whole"), dialogue)()
    points, replies = undisturbed(script, whole)
    expected = left(whole, script.who)
    assert_whole(expected, name, len(script.lines))
    problems = []
    for stop in range(1, len(points) + 1):
        opened = opener(copy(source, f"killed-{stop}"), dialogue)
        told, found = goes_on(opened, script, stop)
        problems += [
            f"{stop} ({points[stop - 1]}): {key}: {found[key]} != {expected[key]}" for key in expected if found[key] != expected[key]
        ]
        problems += [f"{stop}: other replies"] if told != [shown(reply) for reply in replies] else []
    assert len(points) > 5 * len(script.lines), "the hook sees the writes"
    assert problems == []


def assert_whole(found: dict[str, Any], name: str, messages: int) -> None:
    """What an undisturbed life leaves: one case, its consent, every message and reply once, one notice, an audit that holds."""
    assert [(str(kind), str(state), version) for kind, state, version, *_ in found["cases"]] == [(name, "submitted", 1)]
    assert found["rows"]["consent"] == (1 if name == "registration" else 0)
    assert found["rows"]["activity"] == found["rows"]["photo"] == (0 if name == "registration" else 1)
    assert found["rows"]["inbox"] == len(found["replies"]) == messages
    assert len(found["notices"]) == 1 and found["form"] is None
    assert found["audit"][-1][0] == f"submit {name}" and found["broken"] == "" and found["damaged"] == []


@pytest.mark.parametrize("name", ["registration", "report"])
def test_killed_on_postgresql_it_goes_on_too(name: str, tmp_path: Path, dialogue: Dialogue, postgres: str) -> None:
    script = scripts()[name]
    where = on_postgres(postgres, tmp_path)
    opened = prepared(where, dialogue)
    assistant = opened()
    points, _ = undisturbed(script, assistant)
    expected = left(assistant, script.who)
    assert_whole(expected, name, len(script.lines))
    for stop in range(1, len(points) + 1, EVERY_ON_POSTGRES):
        emptied(assistant)
        assistant.engine.dispose()
        prepared(where, dialogue)
        _, found = goes_on(opened, script, stop)
        assert found == expected, f"killed after {points[stop - 1]}"


def lived(people: People) -> list[str]:
    """The whole life on one database: every reply, document and notice, without its codes."""
    told: list[str] = []
    codes: dict[str, str] = {}
    for who, line in LIFE:
        reply = people.say(who, line.format(**codes))
        seen = [reply.text, reply.document.content if reply.document else ""]
        seen += [text for name in ("ho", "can-bo", "truong-thon") for text in people.news(name)]
        codes |= {code[:2]: code for text in seen for code in CODE.findall(text)}
        told.append(f"{who}: {line} -> {[masked(text) for text in seen]}")
    return told


def test_a_whole_life_goes_the_same_way_on_both_databases(people_of: People, tmp_path: Path, dialogue: Dialogue, postgres: str) -> None:
    lives = people_of, People(on_postgres(postgres, tmp_path / "postgres"), dialogue)
    told = [lived(people) for people in lives]
    assert told[1] == told[0]
    for life in lives:
        with reading(life.assistant.engine) as connection:
            kept = {row.kind: (row.state, row.version) for row in connection.execute(select(CASE))}
            consents = connection.execute(select(CONSENT.c.withdrawn_at)).scalars().all()
            assert kept == {"registration": ("withdrawn", 5), "report": ("approved", 3), "question": ("withdrawn", 2)}
            assert len(consents) == 1 and consents[0] is not None
            assert audit.verify(connection, life.assistant.vault).problem == ""


def emptied(assistant: Assistant) -> None:
    """Takes every row out, for the next life on the same tables."""
    with writing(assistant.engine) as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(table.delete())
