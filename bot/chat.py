"""`donghanh chat`: the conversation in a terminal, as one person or as several (`/vai`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.assistant import Assistant
from bot.notices import deliver
from intents.messages import Incoming, Reply
from intents.people import Role
from intents.records import Photo
from intents.wording import say
from knowledge.units import Area
from storage import audit, people
from storage.database import writing
from storage.photos import PhotoError, received
from storage.reminders import remind

CHANNEL = "terminal"
BYE = ("/thoat", "/thoát", "/exit", "/quit")
PLAYED = {
    "ho": (Role.HOUSEHOLD, Area(), ""),
    "ho2": (Role.HOUSEHOLD, Area(), ""),
    "truong-thon": (Role.VILLAGE_HEAD, Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc"), "bác Bình"),
    "can-bo": (Role.COMMUNE_OFFICER, Area("Hà Tĩnh", "xã Can Lộc"), "chị Hoa"),
    "can-bo-2": (Role.COMMUNE_OFFICER, Area("Hà Tĩnh", "xã Can Lộc"), "anh Dũng"),
    "can-bo-tinh": (Role.PROVINCE_OFFICER, Area("Hà Tĩnh"), "anh Sơn"),
    "quan-tri": (Role.ADMIN, Area(), "quản trị"),
}


@dataclass
class Terminal:
    """One terminal: who is being played, and the assistant behind."""

    assistant: Assistant
    who: str = "ho"
    photos: list[Photo] = field(default_factory=list)

    @property
    def key(self) -> str:
        return "local" if self.who == "ho" else self.who

    def hear(self, text: str) -> str:
        """What the terminal shows for one line typed."""
        command, _, rest = text.strip().partition(" ")
        if command == "/vai":
            return self._play(rest.strip())
        if command in ("/anh", "/ảnh"):
            return self._picture(rest.strip())
        if command in ("/vitri", "/vị-trí"):
            return self._place(rest)
        return self._say(text)

    def _place(self, degrees: str) -> str:
        try:
            latitude, longitude = (float(part) for part in degrees.replace(",", " ").split())
        except ValueError:
            return say("chat", "no_location")
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return say("chat", "no_location")
        return shown(self.assistant.handle(Incoming(CHANNEL, self.key, uuid.uuid4().hex, "", (), (latitude, longitude))))

    def _say(self, text: str) -> str:
        incoming = Incoming(CHANNEL, self.key, uuid.uuid4().hex, text, tuple(self.photos))
        self.photos = []
        return shown(self.assistant.handle(incoming))

    def _play(self, who: str) -> str:
        """Goes on as somebody else; a role is given the first time (only here: elsewhere it takes an invitation)."""
        if who not in PLAYED:
            return say("chat", "who", names=", ".join(PLAYED))
        self.who = who
        role, area, name = PLAYED[who]
        with writing(self.assistant.engine) as connection:
            at = self.assistant.clock()
            number = people.of_account(connection, CHANNEL, self.key, at)
            known = people.load(connection, self.assistant.vault, number, at)
            if role is not Role.HOUSEHOLD and known.role is Role.HOUSEHOLD:
                people.give_role(connection, self.assistant.vault, number, role, area, name)
                audit.write(connection, self.assistant.vault, at, number, "role played in the terminal", str(number), role.value)
                known = people.load(connection, self.assistant.vault, number, at)
        return say("chat", "played", name=known.name or who, role=say("role", known.role.value), area=known.area.label)

    def _picture(self, path: str) -> str:
        try:
            self.photos.append(received(Path(path).expanduser().read_bytes()))
        except OSError as error:
            return say("chat", "no_picture", path=path, why=error.strerror)
        except PhotoError as error:
            return str(error)
        return self._say("")

    def news(self) -> list[str]:
        """Notices that wait for the person being played; they count as sent once shown."""
        return deliver(self.assistant, CHANNEL, self.key)


def chat(assistant: Assistant, name: str) -> int:
    """Talks until /thoat or the end of input. Everything is kept and goes on next time."""
    terminal = Terminal(assistant)
    remind(assistant.engine, assistant.vault, assistant.clock())
    print(say("chat", "welcome", database=name))
    _print_news(terminal)
    for text in _typed(terminal):
        if text.strip().casefold() in BYE:
            break
        if text.strip():
            print(f"\nĐồng Hành: {terminal.hear(text)}")
        _print_news(terminal)
    print(say("chat", "bye"))
    return 0


def _print_news(terminal: Terminal) -> None:
    for text in terminal.news():
        print(f"\n{say('chat', 'news')} {text}")


def _typed(terminal: Terminal) -> Iterator[str]:
    while True:
        name = "Bà con" if PLAYED[terminal.who][0] is Role.HOUSEHOLD else PLAYED[terminal.who][2].title()
        try:
            yield input(f"\n{name}: ")
        except UnicodeDecodeError:
            print(say("out_of_scope", "unreadable"))
        except (EOFError, KeyboardInterrupt):
            print()
            return


def shown(reply: Reply) -> str:
    """A reply as the terminal shows it; choices that the text does not number are numbered; a document is written beside."""
    lines = [reply.text]
    if reply.choices and f"1. {reply.choices[0].label}" not in reply.text:
        lines += [f"  {number}. {choice.label}" for number, choice in enumerate(reply.choices, 1)]
    if reply.document:
        from bot.documents import file_of  # only who asks for a document waits for the PDF library

        file = file_of(reply.document)
        path = Path(file.name)
        path.write_bytes(file.content)
        lines.append(say("chat", "document", path=path))
    return "\n".join(lines)
