"""The whole life of a registration and a report, played unchanged on every channel, over real HTTP to each platform's fake."""

from __future__ import annotations

import secrets
import tomllib
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.office import Office
from bot.settings import settings
from bot.web import chat
from intents.dialogue import Dialogue
from intents.messages import Kind
from intents.people import Role
from knowledge.units import Area
from storage import outbox, people
from storage.database import reading, writing
from storage.reminders import remind
from tests.channel_people import PLATFORMS, ChannelPeople, Told
from tests.conftest import People
from tests.test_scenarios import play
from tests.test_web_chat import Site

WHOLE_LIFE = Path(__file__).parent / "scenarios" / "whole_life.toml"
LIVES = [pytest.param(row, id=row["name"]) for row in tomllib.loads(WHOLE_LIFE.read_text(encoding="utf-8"))["scenario"]]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("row", LIVES)
def test_the_whole_life_goes_as_written_on_every_channel(row: dict[str, Any], platform: str, tmp_path: Path, dialogue: Dialogue) -> None:
    with ChannelPeople(settings({}, tmp_path / "test.sqlite3"), dialogue, platform=PLATFORMS[platform]()) as people:
        play(people, row)


class WebPeople(People):
    """Everybody sits at the web page, each with a cookie of their own."""

    def __post_init__(self) -> None:
        self.visitors: dict[str, httpx.Client] = {}
        super().__post_init__()
        self.site = Site(Office(self.assistant))
        self.url = self.site.start()

    def appoint(self, who: str, role: Role, area: Area, name: str) -> int:
        session = secrets.token_urlsafe(32)
        self.visitors[who] = httpx.Client(cookies={chat.COOKIE: session})
        with writing(self.assistant.engine) as connection:
            number = people.of_account(connection, "web", chat.account_of(session), self.now)
            people.give_role(connection, self.assistant.vault, number, role, area, name)
        return number

    def visitor(self, who: str) -> httpx.Client:
        return self.visitors.setdefault(who, httpx.Client(cookies={chat.COOKIE: secrets.token_urlsafe(32)}))

    def say(self, who: str, text: str, message: str = "", photos: tuple[Any, ...] = ()) -> Any:
        client = self.visitor(who)
        answer = client.post(f"{self.url}/api/chat", json={"message": uuid.uuid4().hex, "text": text}).json()
        self._take(who, answer)
        with reading(self.assistant.engine) as connection:
            person = people.find_account(connection, "web", chat.account_of(client.cookies[chat.COOKIE]))
            last = outbox.latest_reply(connection, self.assistant.vault, person) if person else None
        return Told(answer["text"], Kind.TASK, last.reply.task if last and last.reply else None)

    def news(self, who: str) -> list[str]:
        remind(self.assistant.engine, self.assistant.vault, self.now)
        self._take(who, self.visitor(who).get(f"{self.url}/api/news").json())
        return self.heard.pop(who, [])

    def _take(self, who: str, answer: dict[str, Any]) -> None:
        """Shows the news and says so, as the page does."""
        self.heard.setdefault(who, []).extend(answer["news"])
        if answer["news"]:
            self.visitor(who).get(f"{self.url}/api/news?seen={answer['up_to']}")

    @property
    def heard(self) -> dict[str, list[str]]:
        return self.__dict__.setdefault("_heard", {})


@pytest.mark.parametrize("row", LIVES)
def test_the_whole_life_goes_as_written_on_the_web_page(row: dict[str, Any], tmp_path: Path, dialogue: Dialogue) -> None:
    people_there = WebPeople(settings({}, tmp_path / "test.sqlite3"), dialogue)
    try:
        play(people_there, row)
    finally:
        people_there.site.stop()
