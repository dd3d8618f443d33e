"""A child process that plays a scripted life and kills itself with SIGKILL after the N-th point: a writing statement that has
run, or a reply that has been given. It is forked from the tests' process, where the dialogue is already loaded.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from bot.assistant import Assistant
from intents.messages import Incoming, Reply
from intents.records import Photo

REGISTRATION = (
    "đăng ký thoát nghèo",
    "làm tiếp",
    "đồng ý",
    "Nguyễn Văn Tư",
    "thôn Đông Thịnh",
    "xã Thiên Lộc",
    "hộ nghèo",
    "4 người",
    "7",
    "1",
    "2027",
    "0912345678",
    "đúng",
)
REPORT = (
    "báo cáo",
    "từng câu",
    "1",
    "hôm qua",
    "5 triệu",
    "3 hộ",
    "bà Lan, ông Tư, bà Hoa",
    "đoàn thanh niên xã",
    "thêm ảnh",
    "",  # with the photo
    "xong",
    "đúng",
)
CHANNEL = "terminal"
WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Script:
    """What one person sends, line by line; an empty line is a photo alone. Each has the same message id at every play."""

    who: str
    lines: tuple[str, ...]
    photo: Photo | None = None

    def incoming(self, number: int) -> Incoming:
        photos = (self.photo,) if self.photo and not self.lines[number] else ()
        return Incoming(CHANNEL, self.who, f"{self.who}-{number}", self.lines[number], photos)

    def play(self, assistant: Assistant, first: int = 0) -> Iterator[Reply]:
        """The replies to the lines from number `first` on, one at a time."""
        for number in range(first, len(self.lines)):
            yield assistant.handle(self.incoming(number))


@dataclass
class Points:
    """Counts the points passed and does `at_point` at the one whose number (from 1) is `stop`; 0 stops nowhere."""

    stop: int = 0
    at_point: Callable[[], None] = lambda: None
    passed: list[str] = field(default_factory=list)

    def watch(self, assistant: Assistant) -> None:
        event.listen(assistant.engine, "after_cursor_execute", self._executed)

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self.reached(" ".join(statement.split()[:3]))

    def reached(self, what: str) -> None:
        self.passed.append(what)
        if len(self.passed) == self.stop:
            self.at_point()


def undisturbed(script: Script, assistant: Assistant) -> tuple[list[str], list[Reply]]:
    """Plays the script to its end: every point it passes, and the replies."""
    points, replies = Points(), []
    points.watch(assistant)
    for reply in script.play(assistant):
        replies.append(reply)
        points.reached("reply")
    return points.passed, replies


@dataclass(frozen=True)
class Killed:
    """What the child had done when it was killed: the replies it could give, and the message it had begun last."""

    replies: list[dict[str, Any]]
    begun: int


def play_until_killed(opened: Callable[[], Assistant], script: Script, stop: int) -> Killed:
    """Plays the script in a child that is killed at point `stop`. `opened` opens the assistant there: a database
    connection does not survive a fork. Raises AssertionError when the child ends in any other way."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _play(opened, script, stop, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        lines = [json.loads(line) for line in told]
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"point {stop}: the child ended with {status}: {lines[-1:]}"
    return Killed([line["reply"] for line in lines if "reply" in line], max(line["begun"] for line in lines if "begun" in line))


def _play(opened: Callable[[], Assistant], script: Script, stop: int, told: int) -> None:
    """The child: never returns, never runs the tests' own cleaning up."""
    try:
        assistant = opened()
        points = Points(stop, lambda: os.kill(os.getpid(), signal.SIGKILL))
        points.watch(assistant)
        for number in range(len(script.lines)):
            _tell(told, {"begun": number})
            reply = assistant.handle(script.incoming(number))
            _tell(told, {"reply": {"text": reply.text, "choices": [choice.label for choice in reply.choices]}})
            points.reached("reply")
        _tell(told, {"end": "the script ended before the point"})
    except BaseException as error:
        _tell(told, {"error": repr(error)})
    finally:
        os._exit(1)


def _tell(told: int, line: dict[str, Any]) -> None:
    os.write(told, json.dumps(line).encode() + b"\n")
