"""Webhooks on the real server, with all three platforms pushing to it: what is not theirs is refused as the README's table says, what
is theirs takes effect once, and neither leaves anything of a person in the logs or the metrics."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import uvicorn
from sqlalchemy import event, select, text

from bot.channels.configuration import values
from bot.channels.protocol import Channel
from bot.channels.telegram import Telegram
from bot.channels.zalo_bot import SETTINGS as ZALO_BOT
from bot.channels.zalo_bot import make as make_zalo_bot
from bot.channels.zalo_oa import SETTINGS as ZALO_OA
from bot.channels.zalo_oa import make as make_zalo_oa
from bot.housekeeping import Housekeeping
from bot.intake import Intake
from bot.office import Office
from bot.sender import Sender
from bot.settings import settings
from bot.token_store import DatabaseTokens
from bot.web.server import MOST_BYTES, Server
from intents.dialogue import Dialogue
from storage.database import reading
from storage.schema import OUTBOX
from tests.channel_people import QUICK, QuickClock
from tests.conftest import People
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.zalo_bot import TOKEN as ZALO_TOKEN
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOA

SECRET = "a-secret-of-the-tests-only"
NAME, PHONE = "Lò Thị Thử Nghiệm", "0901234567"
KEY = "70011223344"
PATIENCE = 20.0
OURS = ("bot", "intents", "knowledge", "storage")
WIRES = ("telegram", "zalo_oa", "zalo_bot")
Fields = dict[str, Any]


class Wire(Protocol):
    """How one platform pushes: bodies as it writes them, the headers that prove them, what reached people."""

    name: str
    fake: Any

    def channel(self, office: Office) -> Channel: ...
    def headers(self, body: bytes) -> dict[str, str]: ...
    def text(self, key: str, number: int, words: str, **more: Any) -> bytes: ...
    def photo(self, key: str, number: int, photo: str, words: str = "") -> bytes: ...
    def heard(self, key: str) -> list[str]: ...


class TelegramWire:
    name = "telegram"

    def __init__(self) -> None:
        self.fake = FakeTelegram()

    def channel(self, office: Office) -> Channel:
        return Telegram(TOKEN, self.fake.url, "https://donghanh.example.vn/webhook/telegram", SECRET)

    def headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}

    def update(self, number: int, kind: str = "message", **fields: Any) -> bytes:
        return json.dumps({"update_id": 9000 + number, kind: fields}, ensure_ascii=False).encode()

    def message(self, key: str, number: int, **fields: Any) -> Fields:
        person = {"id": int(key), "first_name": NAME}
        sender = {"chat": {**person, "type": "private"}, "from": {**person, "is_bot": False}}
        return {"message_id": number, "date": 1_795_000_000, **sender, **fields}

    def text(self, key: str, number: int, words: str, **more: Any) -> bytes:
        return self.update(number, **self.message(key, number, text=words, **more))

    def photo(self, key: str, number: int, photo: str, words: str = "") -> bytes:
        sizes = [{"file_id": photo, "file_unique_id": f"u{photo}", "width": 320, "height": 200}]
        caption = {"caption": words} if words else {}
        return self.update(number, **self.message(key, number, photo=sizes, **caption))

    def heard(self, key: str) -> list[str]:
        return [one.text for one in self.fake.delivered if str(one.chat) == key]


class ZaloOAWire:
    name = "zalo_oa"

    def __init__(self) -> None:
        self.fake = FakeZaloOA()

    def channel(self, office: Office) -> Channel:
        environment = self.fake.environment() | {"DONGHANH_ZALO_REFRESH_TOKEN": self.fake.refresh}
        return make_zalo_oa(values(ZALO_OA, environment), DatabaseTokens(office))

    def headers(self, body: bytes) -> dict[str, str]:
        return self.fake.sign(body)

    def event(self, name: str, key: str, number: int, **fields: Any) -> bytes:
        ends = {"sender": {"id": key}, "recipient": {"id": self.fake.oa}}
        envelope = {"app_id": self.fake.app, "event_name": name, "timestamp": str(1_540_000_000_000 + number)}
        return json.dumps(envelope | ends | fields, ensure_ascii=False).encode()

    def text(self, key: str, number: int, words: str, **more: Any) -> bytes:
        return self.event("user_send_text", key, number, message={"msg_id": f"in-{number}", "text": words, **more})

    def photo(self, key: str, number: int, photo: str, words: str = "") -> bytes:
        picture = {"type": "image", "payload": {"url": f"{self.fake.url}/{photo}"}}
        message = {"msg_id": f"in-{number}", "attachments": [picture]} | ({"text": words} if words else {})
        return self.event("user_send_image", key, number, message=message)

    def heard(self, key: str) -> list[str]:
        return [one.text for one in self.fake.delivered if one.key == key]


class ZaloBotWire:
    name = "zalo_bot"

    def __init__(self) -> None:
        self.fake = FakeZaloBot()

    def channel(self, office: Office) -> Channel:
        hook = {"DONGHANH_ZALO_BOT_WEBHOOK": "https://donghanh.example.vn/webhook/zalo_bot", "DONGHANH_ZALO_BOT_SECRET": SECRET}
        environment = {"DONGHANH_ZALO_BOT_TOKEN": ZALO_TOKEN, "DONGHANH_ZALO_BOT_API": self.fake.url, **hook}
        return make_zalo_bot(values(ZALO_BOT, environment), DatabaseTokens(office))

    def headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": SECRET}

    def event(self, name: str, key: str, number: int, kind: str = "PRIVATE", chat: str = "", **fields: Any) -> bytes:
        ends = {"from": {"id": key, "display_name": NAME, "is_bot": False}, "chat": {"id": chat or key, "chat_type": kind}}
        message = {"message_id": f"in-{number}", "date": 1_794_800_000_000, **ends, **fields}
        return json.dumps({"event_name": name, "message": message}, ensure_ascii=False).encode()

    def text(self, key: str, number: int, words: str, **more: Any) -> bytes:
        return self.event("message.text.received", key, number, text=words, **more)

    def photo(self, key: str, number: int, photo: str, words: str = "") -> bytes:
        return self.event("message.image.received", key, number, photo_url=f"{self.fake.url}/photo/{photo}", caption=words)

    def heard(self, key: str) -> list[str]:
        return [one.text for one in self.fake.delivered if one.chat_id == key]


MADE: Mapping[str, Callable[[], Any]] = {"telegram": TelegramWire, "zalo_oa": ZaloOAWire, "zalo_bot": ZaloBotWire}


@dataclass
class House(People):
    """Everything that `donghanh run` runs, on a free port, with every platform pushing to it; housekeeping goes by hand."""

    wires: dict[str, Any] = field(default_factory=lambda: {name: make() for name, make in MADE.items()})
    url: str = ""

    def __enter__(self) -> House:
        self.office = Office(self.assistant)
        for wire in self.wires.values():
            wire.fake.start()
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(PATIENCE), "the server did not start"
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        for wire in self.wires.values():
            wire.fake.stop()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        channels = {name: wire.channel(self.office) for name, wire in self.wires.items()}
        for channel in channels.values():
            channel.rates = QUICK
            await channel.started()
        self.sender = Sender(self.office, channels, QuickClock(lambda: self.now))
        self.intake = Intake(self.office, self.sender.wake)
        self.keeping = Housekeeping(self.sender, self.intake, channels)
        app = Server(self.office, self.intake, self.sender, channels, False).app()
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, log_level="error", access_log=False))
        serving, sending = asyncio.create_task(server.serve()), asyncio.create_task(self.sender.run())
        while not (server.started and self.sender.holds):
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        ready.set()
        await self._stop.wait()
        self.sender.stop()
        await sending
        server.should_exit = True
        await serving
        for channel in channels.values():
            await channel.stopped()

    def post(self, name: str, body: bytes) -> int:
        """What the server answers to a request as the platform makes it."""
        headers = self.wires[name].headers(body)
        return httpx.post(f"{self.url}/webhook/{name}", content=body, headers=headers, timeout=PATIENCE, trust_env=False).status_code

    def push(self, name: str, body: bytes) -> None:
        """The same, for what has to be taken; returns once everything is sent that may be."""
        assert self.post(name, body) == 200
        self.settle()

    def keep_house(self) -> None:
        """One round of housekeeping, and what it leads to."""
        self.begin(self.keeping.step()).result(PATIENCE)
        self.settle()

    def begin(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Work that goes on in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def settle(self) -> None:
        until(
            lambda: (
                not self.count(
                    "select count(*) from outbox where state in ('due', 'sending') and channel in ('telegram','zalo_oa','zalo_bot')"
                )
            )
        )

    def count(self, query: str, **given: Any) -> int:
        with reading(self.assistant.engine) as connection:
            return int(connection.execute(text(query), given).scalar_one())

    def rows(self) -> dict[str, int]:
        """How many rows each table has that an event could add to."""
        names = ("person", "account", "conversation", "inbox", "outbox", "arrival", "case_file", "reaction", "consent")
        audited = {"audit": self.count("select count(*) from audit where action <> 'token saved'")}  # Zalo's token is fetched anew
        return audited | {name: self.count(f"select count(*) from {name}") for name in names}


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"not done within {PATIENCE} s"
        time.sleep(0.005)


@contextmanager
def locked(house: People) -> Iterator[None]:
    """The database lets nobody write, and does not keep them waiting long."""
    engine = house.assistant.engine

    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=30")

    event.listen(engine, "connect", impatient)
    engine.dispose()
    holder = sqlite3.connect(engine.url.database or "", isolation_level=None)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            holder.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError:  # the sender is just writing
            assert time.monotonic() < end
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()
        event.remove(engine, "connect", impatient)
        engine.dispose()


@pytest.fixture
def house(tmp_path: Path, dialogue: Dialogue) -> Iterator[House]:
    with House(settings({}, tmp_path / "test.sqlite3"), dialogue) as running:
        yield running


@pytest.fixture
def discreet(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything our loggers say; at the end it must hold nothing of a person and no secret, and no crash of a request."""
    for name in OURS:
        caplog.set_level(logging.DEBUG, name)
    yield caplog
    said = caplog.text
    for private in (KEY, NAME, PHONE, SECRET, "oa-secret-1", TOKEN, ZALO_TOKEN, "Thử Nghiệm"):
        assert private not in said
    assert "Traceback" not in said and "Exception in ASGI" not in said


def private_in_metrics(house: House) -> list[str]:
    told = httpx.get(f"{house.url}/metrics", trust_env=False).text
    return [one for one in (KEY, NAME, PHONE, SECRET, TOKEN, ZALO_TOKEN, "viber") if one in told]


# -- what is refused ---------------------------------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}
HELLO = f"tôi là {NAME}, số {PHONE}"


@dataclass(frozen=True)
class Try:
    """One hostile request and what the README says of it; Zalo's signature is read from the body, so what is no object is unproven."""

    name: str
    make: Callable[[Any], tuple[dict[str, str], Any]]
    status: int
    zalo_oa: int = 0
    method: str = "POST"
    path: str = ""

    def expected(self, wire: str) -> int:
        return self.zalo_oa or self.status if wire == "zalo_oa" else self.status


def raw(body: bytes) -> Callable[[Any], tuple[dict[str, str], Any]]:
    """This body under the headers of a proven request; Zalo's own needs a body to be signed, and gets one of another."""
    return lambda wire: (wire.headers(wire.text(KEY, 1, HELLO)), body)


def without(*names: str) -> Callable[[Any], tuple[dict[str, str], Any]]:
    def make(wire: Any) -> tuple[dict[str, str], Any]:
        body = wire.text(KEY, 1, HELLO)
        return {name: value for name, value in wire.headers(body).items() if not any(part in name.lower() for part in names)}, body

    return make


def changed(**headers: str) -> Callable[[Any], tuple[dict[str, str], Any]]:
    def make(wire: Any) -> tuple[dict[str, str], Any]:
        body = wire.text(KEY, 1, HELLO)
        given = {name.lower(): value for name, value in wire.headers(body).items()}
        return given | {name.replace("_", "-"): value for name, value in headers.items()}, body

    return make


def wrong(secret: str) -> Callable[[Any], tuple[dict[str, str], Any]]:
    proofs = ("X-Telegram-Bot-Api-Secret-Token", "X-Bot-Api-Secret-Token", "X-ZEvent-Signature")
    return lambda wire: (JSON | dict.fromkeys(proofs, secret), wire.text(KEY, 1, HELLO))


def tampered(wire: Any) -> tuple[dict[str, str], Any]:
    """Zalo: a body that was signed, and then changed; the others: a secret with its last letter cut off."""
    body = wire.text(KEY, 1, HELLO)
    headers = wire.headers(body)
    return {name: value[:-1] if value.endswith(SECRET[-1]) else value for name, value in headers.items()} | JSON, body + b" "


def proven(make: Callable[[Any], bytes]) -> Callable[[Any], tuple[dict[str, str], Any]]:
    def made(wire: Any) -> tuple[dict[str, str], Any]:
        body = make(wire)
        return wire.headers(body), body

    return made


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 10_000):
        yield b" " * 10_000


def chunked(wire: Any) -> tuple[dict[str, str], Any]:
    return wire.headers(wire.text(KEY, 1, HELLO)), pieces(MOST_BYTES + 200_000)


def odd(change: Callable[[Fields, str], Any]) -> Callable[[Any], tuple[dict[str, str], Any]]:
    """A proven update of a known kind, with something in it that the platform does not send."""

    def make(wire: Any) -> bytes:
        update = json.loads(wire.text(KEY, 1, HELLO))
        change(update, wire.name)
        return json.dumps(update).encode()

    return proven(make)


def _set_number(number: Any) -> Callable[[Fields, str], Any]:
    names = {"telegram": "message_id", "zalo_oa": "msg_id", "zalo_bot": "message_id"}
    return lambda update, wire: update["message"].update({names[wire]: number})


def _set_sender(key: Any) -> Callable[[Fields, str], Any]:
    def change(update: Fields, wire: str) -> None:
        if wire == "zalo_oa":
            update["sender"]["id"] = key
        else:
            update["message"]["from"]["id"] = update["message"]["chat"]["id"] = key

    return change


TRIES = (
    Try("no such channel", changed(), 404, path="/webhook/viber"),
    Try("a channel that is no webhook", changed(), 404, path="/webhook/web"),
    Try("a name that nobody has", changed(), 404, path=f"/webhook/{NAME}%00%F0%9F%98%80"),
    Try("asked by GET", lambda _wire: ({}, None), 405, method="GET"),
    Try("asked by PUT", changed(), 405, method="PUT"),
    Try("a form", changed(content_type="application/x-www-form-urlencoded"), 415),
    Try("a text", changed(content_type="text/plain; charset=application/json"), 415),
    Try("no type", without("content-type"), 415),
    Try("over 1 MB with its length", raw(b" " * (MOST_BYTES + 1)), 413),
    Try("over 1 MB in pieces", chunked, 413),
    Try("no secret", without("secret", "signature"), 401),
    Try("a wrong secret", wrong("mac=0" * 20), 401),
    Try("an empty secret", wrong(""), 401),
    Try("another alphabet", wrong("b\xed m\xadt".encode("latin-1").decode("latin-1")), 401),
    Try("tampered with", tampered, 401),
    Try("nothing", raw(b""), 400, zalo_oa=401),
    Try("no JSON", raw(b'{"update_id": 1, "text": "' + PHONE.encode()), 400, zalo_oa=401),
    Try("not UTF-8", raw(b'{"update_id": "\xff\xfe' + PHONE.encode() + b'"}'), 400, zalo_oa=401),
    Try("nested without end", raw(b"[" * 200_000), 400, zalo_oa=401),
    Try("nested and closed", raw(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), 400, zalo_oa=401),
    Try("a number without end", raw(b'{"update_id": ' + b"9" * 10_000 + b"}"), 400, zalo_oa=401),
    Try("a list", raw(b"[1, 2]"), 200, zalo_oa=401),
    Try("null", raw(b"null"), 200, zalo_oa=401),
    Try("an unknown event", proven(lambda wire: json.dumps({
        "app_id": getattr(wire.fake, "app", ""), "timestamp": "1540000000001", "update_id": 5, "event_name": f"message.{NAME}", NAME: {"text": PHONE},
    }).encode()), 200),
    Try("no event name", proven(lambda wire: json.dumps({
        "app_id": getattr(wire.fake, "app", ""), "timestamp": "1540000000001", "secret": PHONE,
    }).encode()), 200),
    Try("no message", odd(lambda update, _wire: update.update(message=PHONE)), 200),
    Try("a text that is none", odd(lambda update, _wire: update["message"].update(text={"a": PHONE})), 200),
    Try("half a character in the message's number", odd(_set_number("\ud800")), 200),
    Try("a line in the message's number", odd(_set_number(f"1\n{PHONE}")), 200),
    Try("a message's number without end", odd(_set_number("7" * 5000)), 200),
    Try("a huge message's number", odd(_set_number(10**2000)), 200),
    Try("no message's number", odd(_set_number(None)), 200),
    Try("a truth for a sender", odd(_set_sender(True)), 200),
    Try("half a character for a sender", odd(_set_sender("\udfff")), 200),
    Try("a sender without end", odd(_set_sender(10**3000)), 200),
    Try("a list for a sender", odd(_set_sender([KEY])), 200),
    Try("nested answers", odd(lambda update, _wire: _nest(update["message"])), 200),
)  # fmt: skip


def _nest(message: Fields) -> None:
    """An answer to an answer to an answer…, deeper than a reader goes, and without the words of a message."""
    del message["text"]
    inner: Fields = {}
    for _ in range(300):
        inner = {**message, "reply_to_message": inner} if inner else dict(message)
    message["reply_to_message"] = inner


def ask(house: House, wire: str, one: Try) -> int:
    headers, body = one.make(house.wires[wire])
    raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        return client.request(one.method, f"{house.url}{one.path or f'/webhook/{wire}'}", headers=raw_headers, content=body).status_code


@pytest.mark.parametrize("wire", WIRES)
def test_what_is_not_as_it_should_be_is_answered_as_the_readme_says_and_leaves_nothing(
    wire: str, house: House, discreet: pytest.LogCaptureFixture
) -> None:
    before = house.rows()
    assert {one.name: ask(house, wire, one) for one in TRIES} == {one.name: one.expected(wire) for one in TRIES}
    assert house.rows() == before
    assert private_in_metrics(house) == []
    house.push(wire, house.wires[wire].text(KEY, 2, "xin chào"))
    assert len(house.wires[wire].heard(KEY)) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_request_that_breaks_off_is_forgotten(wire: str, house: House, discreet: pytest.LogCaptureFixture) -> None:
    before, body = house.rows(), house.wires[wire].text(KEY, 1, HELLO)
    head = "".join(f"{name}: {value}\r\n" for name, value in house.wires[wire].headers(body).items())
    address = ("127.0.0.1", int(house.url.rpartition(":")[2]))
    for length in (len(body) + 10, 999_999):
        with socket.create_connection(address) as caller:
            caller.sendall(f"POST /webhook/{wire} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{head}\r\n".encode() + body)
    house.push(wire, house.wires[wire].text(KEY, 2, "xin chào"))
    assert house.rows()["inbox"] == before["inbox"] + 1
    assert discreet.messages == [] or not any("Error" in one or "Exception" in one for one in discreet.messages)


@pytest.mark.parametrize("wire", WIRES)
def test_a_message_of_somebody_is_in_no_log_and_no_metric(wire: str, house: House, discreet: pytest.LogCaptureFixture) -> None:
    for number, words in enumerate([HELLO, "gặp cán bộ", f"cho hỏi về {NAME} {PHONE}"], 1):
        house.push(wire, house.wires[wire].text(KEY, number, words))
    assert len(house.wires[wire].heard(KEY)) == 3
    assert private_in_metrics(house) == []


# -- once ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_the_same_event_again_has_no_second_effect(wire: str, house: House) -> None:
    body = house.wires[wire].text(KEY, 1, "hạn gửi báo cáo ở Kbang là khi nào")
    house.push(wire, body)
    after = house.rows()
    house.push(wire, body)
    house.push(wire, body)
    assert house.rows() == after and len(house.wires[wire].heard(KEY)) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_the_same_event_many_times_at_once_takes_effect_once(wire: str, house: House) -> None:
    before, body = house.rows(), house.wires[wire].text(KEY, 1, "hạn gửi báo cáo ở Kbang là khi nào")
    gate = threading.Barrier(8)

    def deliver(_number: int) -> int:
        gate.wait(PATIENCE)
        return house.post(wire, body)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(deliver, range(8))) == [200] * 8
    house.settle()
    new = {name: count - before[name] for name, count in house.rows().items() if count != before[name]}
    assert new == {"person": 1, "account": 1, "conversation": 1, "inbox": 1, "outbox": 1}
    assert len(house.wires[wire].heard(KEY)) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_messages_in_the_wrong_order_are_each_taken_once(wire: str, house: House) -> None:
    one, two, three = (house.wires[wire].text(KEY, number, words) for number, words in ((1, "xin chào"), (2, "trợ giúp"), (3, "cảm ơn")))
    for body in (three, one, three, two, one):
        house.push(wire, body)
    assert len(house.wires[wire].heard(KEY)) == 3
    assert house.count("select count(*) from inbox where channel = :wire", wire=wire) == 3


# -- the database is away ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
def test_without_the_database_the_platform_is_asked_to_send_again_and_nothing_is_lost(
    wire: str, house: House, discreet: pytest.LogCaptureFixture
) -> None:
    before, bodies = house.rows(), [house.wires[wire].text(KEY, number, HELLO) for number in (1, 2)]
    with locked(house):
        assert [house.post(wire, body) for body in bodies * 2] == [503] * 4
    assert house.rows() == before
    for body in bodies * 2:
        house.push(wire, body)
    assert len(house.wires[wire].heard(KEY)) == 2
    assert house.rows()["inbox"] == before["inbox"] + 2


def test_a_follower_whose_second_half_was_not_kept_is_greeted_when_zalo_sends_again(house: House) -> None:
    wire = house.wires["zalo_oa"]
    body = wire.event("follow", KEY, 1, follower={"id": KEY})
    with locked(house):
        assert house.post("zalo_oa", body) == 503
    house.push("zalo_oa", body)
    house.push("zalo_oa", body)
    assert len(wire.heard(KEY)) == 1


def test_health_says_that_the_database_is_away_and_metrics_go_on(house: House, discreet: pytest.LogCaptureFixture) -> None:
    with house.assistant.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO elsewhere")
        connection.commit()
    health, metrics = (httpx.get(f"{house.url}/{page}", trust_env=False) for page in ("health", "metrics"))
    assert (health.status_code, health.json()["ok"]) == (503, False)
    assert metrics.status_code == 200 and "donghanh_events" in metrics.text
    body = house.wires["telegram"].text(KEY, 1, HELLO)
    assert house.post("telegram", body) == 503
    with house.assistant.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO outbox")
        connection.commit()
    house.push("telegram", body)
    assert len(house.wires["telegram"].heard(KEY)) == 1


# -- much at once --------------------------------------------------------------------------------------------------------------------


def test_of_500_good_and_bad_requests_from_eight_threads_exactly_the_good_ones_count(
    house: House, discreet: pytest.LogCaptureFixture
) -> None:
    chance, before = random.Random(11), house.rows()
    words = ("xin chào", "trợ giúp", HELLO, "hạn gửi báo cáo ở Kbang là khi nào", "cảm ơn")
    good = [(name, str(int(KEY) + person), number) for name in WIRES for person in range(12) for number in range(6)]
    again = chance.sample(good, 120)
    bad = [(chance.choice(WIRES), chance.choice(TRIES)) for _ in range(500 - len(good) - len(again))]
    wanted: list[tuple[str, Any]] = [*((name, (key, number)) for name, key, number in good + again), *bad]
    chance.shuffle(wanted)
    numbers = {one: 10_000 + number for number, one in enumerate(good)}

    def deliver(one: tuple[str, Any]) -> tuple[int, int]:
        name, what = one
        if isinstance(what, Try):
            return ask(house, name, what), what.expected(name)
        key, number = what
        body = house.wires[name].text(key, numbers[(name, key, number)], words[number % len(words)])
        return house.post(name, body), 200

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(deliver, wanted))
    house.settle()
    assert [got for got, _ in answers] == [expected for _, expected in answers]
    new = {name: count - before[name] for name, count in house.rows().items() if count != before[name]}
    people, kept = 12 * len(WIRES), len(good)
    assert new == {"person": people, "account": people, "conversation": people, "inbox": kept, "outbox": kept}
    with reading(house.assistant.engine) as connection:
        states = set(connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.kind == "reply")).scalars())
    assert states == {"sent"}
    assert {len(house.wires[name].heard(key)) for name, key, _ in good} == {6}
    assert private_in_metrics(house) == []
