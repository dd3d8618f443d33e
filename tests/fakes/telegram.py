"""A Bot API server: one bot's updates, messages, webhook and files, as Telegram keeps them.

Faults beyond those of every fake: "429" (value: retry_after), "400", "401", "403", "409", "413", "gone" (chat not found), "deactivated",
"peer", "migrated", "slow_down" (429 that names no time), "5xx" (value: the status). By hand: `python -m tests.fakes.telegram --port 8081`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.fakes.server import Fake, Fault

TOKEN = "110201543:AAFakeTokenOfNobodyForTestsOnly000000"
BOT = {"id": 110201543, "is_bot": True, "first_name": "Đồng Hành", "username": "dong_hanh_thu_bot", "can_join_groups": True}
LONGEST_POLL, STEP = 0.2, 0.01
UNASKED = {"message_reaction", "message_reaction_count", "chat_member"}  # come only to who names them
DAY = 1_795_000_000  # what the bot's messages are dated; nothing depends on it

Fields = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """A file as it came in a multipart body."""

    name: str
    content: bytes
    media: str


class Delivered(NamedTuple):
    """A message that reached its chat; `text` is the caption where it is a document."""

    chat: int
    text: str
    message_id: int
    at: float


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def response(self) -> Response:
        more = {"parameters": self.parameters} if self.parameters else {}
        return JSONResponse({"ok": False, "error_code": self.code, "description": self.description, **more}, self.code)


GONE = ApiError(400, "Bad Request: chat not found")
BLOCKED = ApiError(403, "Forbidden: bot was blocked by the user")
TWO_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
FAULTS: dict[str, Callable[[int], ApiError]] = {
    "429": lambda seconds: ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds),
    "slow_down": lambda _: ApiError(429, "Too Many Requests"),
    "400": lambda _: ApiError(400, "Bad Request: message text is empty"),
    "401": lambda _: ApiError(401, "Unauthorized"),
    "403": lambda _: BLOCKED,
    "409": lambda _: ApiError(409, TWO_POLL),
    "413": lambda _: ApiError(413, "Request Entity Too Large"),
    "5xx": lambda status: ApiError(status or 500, "Internal Server Error"),
    "gone": lambda _: GONE,
    "deactivated": lambda _: ApiError(403, "Forbidden: user is deactivated"),
    "peer": lambda _: ApiError(400, "Bad Request: PEER_ID_INVALID"),
    "migrated": lambda _: ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100200300),
}


class FakeTelegram(Fake):
    """`known`: the chats that have started the bot (None: every chat). Whoever is in `blocked` has blocked it."""

    def __init__(self, clock: Callable[[], float] | None = None, known: Iterable[int] | None = None, token: str = TOKEN) -> None:
        super().__init__(clock)
        self.token, self.known, self.blocked = token, None if known is None else set(known), set[int]()
        self.delivered: list[Delivered] = []
        self.documents: list[tuple[int, Upload]] = []
        self.deleted: list[tuple[int, int]] = []
        self.undeletable: set[int] = set()  # message numbers older than 48 hours
        self.acknowledged: list[str] = []
        self.files: dict[str, bytes] = {}
        self.tells_sizes = True
        self.webhook: Fields = {"url": ""}
        self.webhook_error: tuple[int, str] | None = None  # when (Unix time), and what
        self._updates: deque[Fields] = deque()
        self._last_update, self._last_message = 7000, 500
        self._allowed: list[str] = []
        self._lock = threading.RLock()

    # -- for tests -----------------------------------------------------------------------------------------------------------------

    def feed(self, update: Mapping[str, Any]) -> int:
        """Puts an update into the queue, under its own number if it has one."""
        with self._lock:
            number = int(update.get("update_id", self._last_update + 1))
            self._last_update = max(self._last_update, number)
            self._updates.append({**update, "update_id": number})
            return number

    def feed_text(self, chat: int, text: str) -> int:
        """A person's private message."""
        with self._lock:
            self._last_message += 1
            person = {"id": chat, "first_name": "Người thử"}
            message = {
                "message_id": self._last_message,
                "date": DAY,
                "chat": {**person, "type": "private"},
                "from": {**person, "is_bot": False},
            }
            return self.feed({"message": {**message, "text": text}})

    @property
    def waiting(self) -> list[int]:
        """The numbers of updates that nobody has confirmed."""
        with self._lock:
            return [update["update_id"] for update in self._updates]

    def busiest(self, seconds: float) -> int:
        """The most messages that were delivered within any so many seconds."""
        return _busiest([one.at for one in self.delivered], seconds)

    def busiest_chat(self, seconds: float) -> int:
        """The same for the chat that got the most."""
        times: dict[int, list[float]] = {}
        for one in self.delivered:
            times.setdefault(one.chat, []).append(one.at)
        return max((_busiest(each, seconds) for each in times.values()), default=0)

    def twice(self) -> list[tuple[int, str]]:
        """Which chats got which text more than once."""
        return [same for same, count in Counter((one.chat, one.text) for one in self.delivered).items() if count > 1]

    # -- HTTP ------------------------------------------------------------------------------------------------------------------------

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
        ]

    async def _method(self, request: Request) -> Response:
        fields = dict(request.query_params) | _fields(request.headers.get("content-type", ""), await request.body())
        name = request.path_params["method"]

        def good() -> Response:
            try:
                if request.path_params["token"] != self.token:
                    raise ApiError(401, "Unauthorized")
                if name not in METHODS:
                    raise ApiError(404, "Not Found")
                with self._lock:
                    return JSONResponse({"ok": True, "result": METHODS[name](self, fields)})
            except ApiError as error:
                return error.response()

        if name == "getUpdates":
            await self._wait(min(float(fields.get("timeout", 0)), LONGEST_POLL), int(fields.get("offset", 0)))
        return await self.answer(request, fields, lambda fault: FAULTS[fault.kind](int(fault.value)).response(), good)

    async def _wait(self, seconds: float, offset: int) -> None:
        for _ in range(round(seconds / STEP)):
            if any(number >= offset for number in self.waiting):
                return
            await asyncio.sleep(STEP)

    async def _download(self, request: Request) -> Response:
        content = self.files.get(request.path_params["path"].removeprefix("photos/"))
        right = request.path_params["token"] == self.token and content is not None

        def broken(fault: Fault) -> Response:
            return FAULTS[fault.kind](int(fault.value)).response()

        return await self.answer(request, None, broken, lambda: Response(content) if right else Response("Not Found", 404))

    # -- methods ---------------------------------------------------------------------------------------------------------------------

    def _get_me(self, _fields: Fields) -> Any:
        return BOT

    def _get_updates(self, fields: Fields) -> Any:
        if self.webhook["url"]:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        offset, limit = int(fields.get("offset", 0)), int(fields.get("limit", 100))
        self._allowed = json.loads(fields["allowed_updates"]) if "allowed_updates" in fields else self._allowed
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        self._updates = deque(update for update in self._updates if self._is_asked_for(update))
        return list(self._updates)[:limit]

    def _is_asked_for(self, update: Fields) -> bool:
        kinds = update.keys() - {"update_id"}
        return bool(kinds & set(self._allowed)) if self._allowed else not kinds & UNASKED

    def _send_message(self, fields: Fields) -> Any:
        text = fields.get("text", "")
        _check(bool(text.strip()), "message text is empty")
        _check(_units(text) <= 4096, "message is too long")
        return self._deliver(fields, text) | {"text": text}

    def _send_document(self, fields: Fields) -> Any:
        caption = fields.get("caption", "")
        upload = fields.get("document")
        if isinstance(upload, str) and upload.startswith("attach://"):
            upload = fields.get(upload.removeprefix("attach://"))
        _check(isinstance(upload, Upload) and upload.content != b"", "file must be non-empty")
        _check(_units(caption) <= 1024, "message caption is too long")
        assert isinstance(upload, Upload)
        sent = self._deliver(fields, caption)
        self.documents.append((sent["chat"]["id"], upload))
        document = {
            "file_id": f"doc{sent['message_id']}",
            "file_unique_id": f"u{sent['message_id']}",
            "file_name": upload.name,
            "mime_type": upload.media,
        }
        return sent | {"document": document} | ({"caption": caption} if caption else {})

    def _deliver(self, fields: Fields, text: str) -> Fields:
        chat = self._chat(fields)
        markup = json.loads(fields.get("reply_markup", "{}"))
        buttons = [button for row in markup.get("inline_keyboard", ()) for button in row]
        _check(all(1 <= len(button.get("callback_data", "").encode()) <= 64 for button in buttons), "BUTTON_DATA_INVALID")
        _check(all(button.get("text") for button in buttons), "inline keyboard button text must be non-empty")
        self._last_message += 1
        self.delivered.append(Delivered(chat, text, self._last_message, self.clock()))
        kind = {"type": "private", "first_name": "Người thử"} if chat > 0 else {"type": "group", "title": "Nhóm thử"}
        return {"message_id": self._last_message, "date": DAY, "from": BOT, "chat": {"id": chat, **kind}}

    def _chat(self, fields: Fields) -> int:
        if not re.fullmatch(r"-?\d+", str(fields.get("chat_id", ""))):
            raise GONE
        chat = int(fields["chat_id"])
        if self.known is not None and chat not in self.known:
            raise GONE
        if chat in self.blocked:
            raise BLOCKED
        return chat

    def _delete_message(self, fields: Fields) -> Any:
        chat, number = self._chat(fields), int(fields["message_id"])
        _check(number not in self.undeletable, "message can't be deleted for everyone")
        there = any((one.chat, one.message_id) == (chat, number) for one in self.delivered)
        _check(there and (chat, number) not in self.deleted, "message to delete not found")
        self.deleted.append((chat, number))
        return True

    def _set_webhook(self, fields: Fields) -> Any:
        _check(fields.get("url", "").startswith("https://"), "bad webhook: An HTTPS URL must be provided for webhook")
        _check(bool(re.fullmatch(r"[A-Za-z0-9_-]{0,256}", fields.get("secret_token", ""))), "secret token contains unallowed characters")
        self.webhook = {"url": fields["url"], "secret_token": fields.get("secret_token", "")}
        self._allowed = json.loads(fields.get("allowed_updates", "[]"))
        return True

    def _delete_webhook(self, _fields: Fields) -> Any:
        self.webhook = {"url": ""}
        return True

    def _get_webhook_info(self, _fields: Fields) -> Any:
        error = dict(zip(("last_error_date", "last_error_message"), self.webhook_error, strict=True)) if self.webhook_error else {}
        state = {"url": self.webhook["url"], "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        return state | error | ({"allowed_updates": self._allowed} if self._allowed else {})

    def _get_file(self, fields: Fields) -> Any:
        number = fields.get("file_id", "")
        _check(number in self.files, "wrong file_id or the file is temporarily unavailable")
        _check(len(self.files[number]) <= 20_000_000, "file is too big")
        size = {"file_size": len(self.files[number])} if self.tells_sizes else {}
        return {"file_id": number, "file_unique_id": f"u{number}", "file_path": f"photos/{number}", **size}

    def _answer_callback_query(self, fields: Fields) -> Any:
        _check(bool(fields.get("callback_query_id")), "query is too old and response timeout expired or query ID is invalid")
        self.acknowledged.append(fields["callback_query_id"])
        return True


METHODS: dict[str, Callable[[FakeTelegram, Fields], Any]] = {
    "getMe": FakeTelegram._get_me,
    "getUpdates": FakeTelegram._get_updates,
    "sendMessage": FakeTelegram._send_message,
    "sendDocument": FakeTelegram._send_document,
    "deleteMessage": FakeTelegram._delete_message,
    "setWebhook": FakeTelegram._set_webhook,
    "deleteWebhook": FakeTelegram._delete_webhook,
    "getWebhookInfo": FakeTelegram._get_webhook_info,
    "getFile": FakeTelegram._get_file,
    "answerCallbackQuery": FakeTelegram._answer_callback_query,
}


def _check(good: bool, otherwise: str) -> None:
    if not good:
        raise ApiError(400, f"Bad Request: {otherwise}")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _busiest(times: list[float], seconds: float) -> int:
    window: deque[float] = deque()
    most = 0
    for at in sorted(times):
        window.append(at)
        while window[0] <= at - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def _fields(kind: str, body: bytes) -> Fields:
    """The fields of a request, in the three encodings that Telegram takes."""
    if kind.startswith("application/json"):
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in json.loads(body).items()}
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    found: Fields = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        told, content = head.decode(), content.removesuffix(b"\r\n")
        name, file, media = (
            re.search(words, told, re.I) for words in (r'[ ;]name="([^"]*)"', r'filename="([^"]*)"', r"content-type: *([^\r\n]+)")
        )
        if name:
            found[name[1]] = Upload(file[1], content, media[1] if media else "") if file else content.decode()
    return found


def main() -> None:
    """A server to try things by hand: every line typed is a message of chat 1001; what the bot sends is printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8081)
    fake = FakeTelegram()
    print(f"DONGHANH_TELEGRAM_API={fake.start(options.parse_args().port)}\nDONGHANH_TELEGRAM_TOKEN={TOKEN}", flush=True)
    threading.Thread(target=_print_delivered, args=(fake,), daemon=True).start()
    for line in sys.stdin:
        if line.strip():
            fake.feed_text(1001, line.strip())
    threading.Event().wait()  # without a terminal it goes on until it is ended


def _print_delivered(fake: FakeTelegram) -> None:
    pause, shown = threading.Event(), 0
    while not pause.wait(0.2):
        for one in fake.delivered[shown:]:
            print(f"[{one.chat}] {one.text}", flush=True)
            shown += 1


if __name__ == "__main__":
    main()
