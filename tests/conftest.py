"""The real dialogue on the real data, built once for all tests; real databases; no test may reach the network."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.chat import PLAYED
from bot.cli import dialogue as make_dialogue
from bot.housekeeping import framed_of
from bot.notices import deliver
from bot.opening import open_assistant
from bot.settings import Settings, settings
from intents.dialogue import Dialogue
from intents.messages import Incoming, Reply
from intents.people import Role
from intents.records import Photo
from knowledge.calendar import ZONE
from knowledge.units import Area
from storage import announcements, people
from storage.database import writing
from storage.reminders import remind

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=ZONE)


@pytest.fixture(scope="session")
def dialogue() -> Dialogue:
    return make_dialogue()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")

    def near(self: socket.socket, address: Any) -> None:
        refuse(self, address)
        connect(self, address)

    def near_ex(self: socket.socket, address: Any) -> int:
        refuse(self, address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", near)
    monkeypatch.setattr(socket.socket, "connect_ex", near_ex)
    yield


@dataclass
class People:
    """Several people talking to one assistant on one database, at a time that the test sets."""

    where: Settings
    dialogue: Dialogue
    now: datetime = NOW
    assistant: Assistant = field(init=False)

    def __post_init__(self) -> None:
        self.assistant = open_assistant(self.where, self.dialogue, lambda: self.now)
        for who, played in PLAYED.items():
            if played[0] is not Role.HOUSEHOLD:
                self.appoint(who, *played)

    def restarted(self) -> People:
        """The same database opened again, as after a restart."""
        self.assistant.engine.dispose()
        return People(self.where, self.dialogue, self.now)

    def say(self, who: str, text: str, message: str = "", photos: tuple[Photo, ...] = ()) -> Reply:
        """The reply to `text`; "ho", "truong-thon", "can-bo"… are the terminal's people, any other name is a household."""
        return self.assistant.handle(Incoming("terminal", who, message or uuid.uuid4().hex, text, photos))

    def appoint(self, who: str, role: Role, area: Area, name: str) -> int:
        """Gives somebody a role at once; the way by invitation has tests of its own."""
        with writing(self.assistant.engine) as connection:
            number = people.of_account(connection, "terminal", who, self.now)
            people.give_role(connection, self.assistant.vault, number, role, area, name)
        return number

    def news(self, who: str) -> list[str]:
        """The notices that wait for somebody, with what the system does by itself (announcements, reminders); they count as sent."""
        with writing(self.assistant.engine) as connection:
            announcements.start_due(connection, self.assistant.vault, framed_of, self.now, self.assistant.templates)
            announcements.finish(connection, self.assistant.vault, self.now)
        remind(self.assistant.engine, self.assistant.vault, self.now)
        return deliver(self.assistant, "terminal", who)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def people_of(tmp_path: Path, dialogue: Dialogue) -> People:
    return People(settings({}, tmp_path / "test.sqlite3"), dialogue)
