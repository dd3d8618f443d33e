"""A fake Zalo Bot platform: one update per answer, 408 when idle, no buttons and no files.

`python -m tests.fakes.zalo_bot --port 8083` runs it alone; then `curl -d '{"from": "a1", "text": "xin chào"}' 127.0.0.1:8083/feed` writes to
the bot and `curl 127.0.0.1:8083/delivered` shows what it sent.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.fakes.server import Fake, Fault

TOKEN = "1234567890:khoa-thu"
TOLD = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    408: "Request timeout",
    429: "Too many requests",
}


@dataclass(frozen=True)
class Delivered:
    """A message that the platform has taken for somebody."""

    chat_id: str
    text: str
    message_id: str


class FakeZaloBot(Fake):
    """`replays`: so many times an update is given once more after it was consumed; `statuses`: errors have their code as the HTTP
    status too (the documents do not say), otherwise only in the body; `gone`: chats that the platform does not find."""

    def __init__(self, token: str = TOKEN, idle: float = 0.05, replays: int = 0, statuses: bool = True) -> None:
        super().__init__()
        self.token, self.idle, self.replays, self.statuses = token, idle, replays, statuses
        self.delivered: list[Delivered] = []
        self.gone: set[str] = set()
        self.pictures: dict[str, bytes] = {}
        self.webhook: dict[str, str] | None = None
        self._waiting: deque[tuple[Any, int]] = deque()
        self._numbers = itertools.count(1)

    def feed(self, update: Any) -> None:
        """The next getUpdates gets this update."""
        self._waiting.append((update, self.replays))

    def write(self, sender: str, text: str) -> None:
        """A person writes to the bot."""
        person = {"id": sender, "display_name": "Người Thử", "is_bot": False}
        message = {"message_id": f"in{next(self._numbers)}", "text": text, "chat": {"id": sender, "chat_type": "PRIVATE"}}
        self.feed({"event_name": "message.text.received", "message": {**message, "from": person, "date": 1794800000000}})

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/bot{token}/{method}", self._method, methods=["POST"]),
            Route("/photo/{name}", self._picture),
            Route("/feed", self._feed, methods=["POST"]),
            Route("/delivered", self._delivered),
        ]

    async def _method(self, request: Request) -> Response:
        known: dict[str, Callable[[dict[str, Any]], Response]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendChatAction": lambda body: JSONResponse({"ok": True}),
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "deleteWebhook": self._delete_webhook,
        }
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = None
        method = request.path_params["method"]
        if method == "getUpdates" and not self._waiting:
            await asyncio.sleep(self.idle)

        def good() -> Response:
            if request.path_params["token"] != self.token:
                return self._error(401)
            if method not in known or not isinstance(body, dict):
                return self._error(404 if method not in known else 400)
            return known[method](body)

        return await self.answer(request, body, self._faulty, good)

    def _faulty(self, fault: Fault) -> Response:
        """Faults: "429" with `value` seconds to wait (0: not told), "http" with `value` as the status, "quota", or a code."""
        if fault.kind == "quota":
            return self._error(429, "Monthly message quota exceeded")
        if fault.kind == "http":
            return JSONResponse({"ok": False, "error_code": int(fault.value), "description": "Error"}, int(fault.value))
        return self._error(int(fault.kind), retry_after=fault.value)

    def _error(self, code: int, description: str = "", retry_after: float = 0) -> Response:
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": description or TOLD.get(code, "Error")}
        if retry_after:
            body["parameters"] = {"retry_after": retry_after}
        return JSONResponse(body, code if self.statuses else 200)

    def _well(self, result: Any) -> Response:
        return JSONResponse({"ok": True, "result": result})

    def _get_me(self, body: dict[str, Any]) -> Response:
        return self._well({"id": "b01", "account_name": "Bot Đồng Hành Thử", "account_type": "BASIC", "can_join_groups": False})

    def _get_updates(self, body: dict[str, Any]) -> Response:
        if self.webhook:
            return self._error(400, "Bad Request: webhook is active")
        if not isinstance(body.get("timeout", "30"), str):
            return self._error(400, "Bad Request: timeout must be a string")
        if not self._waiting:
            return self._error(408)
        update, replays = self._waiting.popleft()
        if replays:
            self._waiting.append((update, replays - 1))
        return self._well(update)

    def _send_message(self, body: dict[str, Any]) -> Response:
        chat, text = body.get("chat_id"), body.get("text")
        if not isinstance(chat, str) or not isinstance(text, str) or not 1 <= len(text.strip()) <= len(text) <= 2000:
            return self._error(400, "Bad Request: text must have 1 to 2000 characters")
        if chat in self.gone:
            return self._error(404, "Chat not found")
        self.delivered.append(Delivered(chat, text, f"out{next(self._numbers)}"))
        return self._well({"message_id": self.delivered[-1].message_id, "date": 1794800000000})

    def _set_webhook(self, body: dict[str, Any]) -> Response:
        url, secret = str(body.get("url", "")), str(body.get("secret_token", ""))
        if not url.startswith("https://") or not 8 <= len(secret) <= 256:
            return self._error(400, "Bad Request: bad webhook")
        self.webhook = {"url": url, "secret_token": secret}
        return self._well({"url": url, "updated_at": 1794800000000})

    def _get_webhook_info(self, body: dict[str, Any]) -> Response:
        return self._well({"url": self.webhook["url"], "updated_at": 1794800000000}) if self.webhook else self._error(404)

    def _delete_webhook(self, body: dict[str, Any]) -> Response:
        self.webhook = None
        return self._well({"url": "", "updated_at": 1794800000000})

    async def _picture(self, request: Request) -> Response:
        content = self.pictures.get(request.path_params["name"])
        found = Response(content, media_type="image/jpeg") if content is not None else Response(status_code=404)
        return await self.answer(request, None, lambda fault: Response(status_code=int(fault.value)), lambda: found)

    async def _feed(self, request: Request) -> Response:
        told = await request.json()
        if "event_name" in told or "ok" in told:
            self.feed(told)
        else:
            self.write(str(told["from"]), str(told["text"]))
        return JSONResponse({"waiting": len(self._waiting)})

    async def _delivered(self, request: Request) -> Response:
        return JSONResponse([asdict(one) for one in self.delivered])


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Zalo Bot platform.")
    parser.add_argument("--port", type=int, default=8083)
    fake = FakeZaloBot(idle=5)
    print(f"DONGHANH_ZALO_BOT_API={fake.start(parser.parse_args().port)}\nDONGHANH_ZALO_BOT_TOKEN={TOKEN}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
