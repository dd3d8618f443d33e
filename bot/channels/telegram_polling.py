"""Asking Telegram for updates, for those without a public address: one after another, none confirmed before it was kept."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx
from telegram.error import Conflict, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.protocol import Malformed
from bot.channels.telegram_answers import DEAD, DEAD_TOKEN, brief, pause_after
from bot.channels.telegram_updates import ASKED_FOR

LOG = logging.getLogger(__name__)
SECONDS = 25
TAKEN = "Có máy khác cũng đang nhận tin của bot này, hoặc bot đang đặt webhook: chỉ để một máy chạy."
Pause = Callable[[float], Awaitable[None]]


class Request(HTTPXRequest):
    """The library's own, but an answer that cannot be read is not written to the log: it may hold what people wrote."""

    def __init__(self, connections: int, timeout: float) -> None:
        super().__init__(connections, timeout, timeout, timeout, timeout, media_write_timeout=2 * timeout)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        with suppress(ValueError):
            if isinstance(answer := json.loads(payload), dict):
                return answer
        raise TelegramError("Invalid server response")


class Polling:
    """The updates of one bot. `address` is that of the bot's methods, `timeout` comes on top of the time that Telegram lets us wait."""

    def __init__(self, request: Request, address: str, timeout: float, pause: Pause = asyncio.sleep) -> None:
        self._request, self._address, self._timeout, self._pause = request, address, timeout, pause
        self._next: int | None = None

    async def updates(self) -> AsyncIterator[Any]:
        failures = 0
        while True:
            try:
                found = await self._ask()
            except Exception as error:
                LOG.warning("telegram getUpdates: %s", _told(error))
                await self._pause(pause_after(error, failures))
                failures += 1
                continue
            failures = 0
            for update in found:
                yield update
                self._next = update["update_id"] + 1  # only now: whoever comes back for another has kept this one

    async def _ask(self) -> Sequence[dict[str, Any]]:
        """Raw, not by `Bot.get_updates`: that one fails for a whole batch if it cannot read one of it, and logs what was written."""
        asked: dict[str, str | int] = {"timeout": SECONDS, "allowed_updates": json.dumps(ASKED_FOR)}
        if self._next is not None:
            asked["offset"] = self._next
        found = await self._request.post(f"{self._address}/getUpdates?{httpx.QueryParams(asked)}", read_timeout=SECONDS + self._timeout)
        if not isinstance(found, list) or not all(isinstance(one, dict) and type(one.get("update_id")) is int for one in found):
            raise Malformed("no list of updates")
        return found


def _told(error: Exception) -> str:
    return TAKEN if isinstance(error, Conflict) else DEAD_TOKEN if isinstance(error, DEAD) else brief(error)
