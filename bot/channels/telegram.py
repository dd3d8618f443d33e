"""Telegram. python-telegram-bot carries the requests and names the errors; nothing of it leaves this channel's modules."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, KeyboardButton, LinkPreviewOptions, ReplyKeyboardMarkup
from telegram.error import BadRequest

from bot.channels.protocol import Event, FetchFailed, Finding, Limits, Never, Outcome, Part, Rates, Reason, Refused, Sent, button
from bot.channels.telegram_answers import DEAD, DEAD_TOKEN, brief, outcome, pause_after, webhook_findings
from bot.channels.telegram_polling import Pause, Polling, Request
from bot.channels.telegram_settings import NEW_SECRET
from bot.channels.telegram_settings import SETTINGS as SETTINGS  # where bot.channels.table looks for them
from bot.channels.telegram_updates import ASKED_FOR, NAME, Us, events
from bot.channels.tokens import TokenStore
from bot.settings import SettingsError
from intents.wording import say
from storage.photos import MOST_BYTES

UNREACHED = "Không nối được tới Telegram: xem máy có mạng không, và DONGHANH_TELEGRAM_API."
TIMEOUT, CONNECTIONS, STARTS = 10.0, 64, 4
CAPTION, LABEL = 1024, 60
FILES = ("application/pdf", "application/json", "text/csv", "text/plain")
HEADER = "x-telegram-bot-api-secret-token"


def make(values: Mapping[str, str], tokens: TokenStore) -> Telegram:
    """The channel of checked settings. Raises SettingsError for a webhook that anybody could write to."""
    if values["DONGHANH_TELEGRAM_WEBHOOK"] and not values["DONGHANH_TELEGRAM_SECRET"]:
        raise SettingsError(f"Thiếu DONGHANH_TELEGRAM_SECRET: không có nó, ai cũng giả được tin của Telegram. {NEW_SECRET}")
    return Telegram(
        values["DONGHANH_TELEGRAM_TOKEN"],
        values["DONGHANH_TELEGRAM_API"].rstrip("/"),
        values["DONGHANH_TELEGRAM_WEBHOOK"],
        values["DONGHANH_TELEGRAM_SECRET"],
        float(values["DONGHANH_TELEGRAM_RATE"]),
        now=tokens.now,
    )


class Telegram:
    """One bot. `timeout` in seconds; `pause` waits between tries (tests look at how long)."""

    name = NAME
    limits = Limits(4096, buttons=8, files=FILES)

    def __init__(
        self,
        token: str,
        api: str,
        webhook: str = "",
        secret: str = "",
        rate: float = 30,
        *,
        timeout: float = TIMEOUT,
        pause: Pause = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        for chatty in ("httpx", "telegram"):  # they log addresses, which hold the token, and messages
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self.rates = Rates(overall=rate)
        self.webhook = bool(webhook)
        self._address, self._secret, self._pause, self._now = webhook, secret, pause, now
        sending, asking = self._requests = Request(CONNECTIONS, timeout), Request(2, timeout)
        self._bot = Bot(token, f"{api}/bot", f"{api}/file/bot", request=sending, get_updates_request=asking)
        self._polling = Polling(asking, self._bot.base_url, timeout, pause)
        self._us = Us(int(token.partition(":")[0]))

    # -- in ------------------------------------------------------------------------------------------------------------------------

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get(HEADER, "")
        if not self._secret or not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            raise Refused("wrong or no secret token")

    def read(self, body: Any) -> Sequence[Event]:
        return events(body, self._us)

    async def acknowledge(self, body: Any) -> None:
        """Stops the waiting sign on a pressed button; the server calls it where an update was kept. Nothing depends on it."""
        pressed = body.get("callback_query") if isinstance(body, dict) else None
        if isinstance(pressed, dict) and isinstance(pressed.get("id"), str):
            with suppress(Exception):
                await self._bot.answer_callback_query(pressed["id"])

    def poll(self) -> AsyncIterator[Any]:
        return self._polling.updates()

    async def fetch(self, photo: str) -> bytes:
        try:
            file = await self._bot.get_file(photo)
            if not file.file_path or (file.file_size or 0) > MOST_BYTES:
                raise FetchFailed("over 10 MB, or without an address", again=False)
            content = await self._bot.request.retrieve(file.file_path)
        except FetchFailed:
            raise
        except Exception as error:
            raise FetchFailed(brief(error), again=not isinstance(error, (BadRequest, *DEAD))) from None
        if len(content) > MOST_BYTES:
            raise FetchFailed("over 10 MB", again=False)
        return content

    # -- out -----------------------------------------------------------------------------------------------------------------------

    async def send(self, key: str, part: Part) -> Outcome:
        try:
            chat, keyboard = int(key), _keyboard(part)
        except ValueError:
            return Never(Reason.BAD_REQUEST, "the key is not a Telegram number")
        try:
            if part.file:
                file, caption = InputFile(part.file.content, part.file.name), _cut(part.text, CAPTION) or None
                message = await self._bot.send_document(chat, file, caption=caption, reply_markup=keyboard)
            else:
                plain = LinkPreviewOptions(is_disabled=True)
                message = await self._bot.send_message(chat, part.text, link_preview_options=plain, reply_markup=keyboard)
        except Exception as error:
            return outcome(error)
        return Sent(str(message.message_id))

    async def recall(self, key: str, message: str) -> Outcome:
        try:
            await self._bot.delete_message(int(key), int(message))
        except BadRequest as error:
            gone = "message to delete not found" in error.message.casefold()  # such as when the first answer was lost
            return Sent(message) if gone else Never(Reason.BAD_REQUEST, brief(error))
        except ValueError:
            return Never(Reason.BAD_REQUEST, "not a Telegram number")
        except Exception as error:
            return outcome(error)
        return Sent(message)

    def reachable(self, key: str, silent_for: float) -> Reason | None:
        return None

    # -- the account ---------------------------------------------------------------------------------------------------------------

    async def started(self) -> None:
        for failures in range(STARTS):
            try:
                return await self._begin()
            except DEAD:
                raise SettingsError(DEAD_TOKEN) from None
            except BadRequest as error:
                raise SettingsError(f"Telegram không nhận DONGHANH_TELEGRAM_WEBHOOK: {error.message}") from None
            except Exception as error:
                if failures == STARTS - 1:
                    raise SettingsError(f"{UNREACHED} ({brief(error)})") from None
                await self._pause(pause_after(error, failures))

    async def _begin(self) -> None:
        await self._bot.initialize()
        self._us = Us(self._us.id, self._bot.username)
        if self.webhook:
            await self._bot.set_webhook(self._address, secret_token=self._secret, allowed_updates=ASKED_FOR)
        else:
            await self._bot.delete_webhook()

    async def stopped(self) -> None:
        await self._bot.shutdown()
        await asyncio.gather(*(one.shutdown() for one in self._requests))  # the bot leaves them open if it has not been started

    async def check(self) -> list[Finding]:
        try:
            us = await self._bot.get_me()
            info = await self._bot.get_webhook_info()
        except Exception as error:
            return [Finding(False, DEAD_TOKEN if isinstance(error, DEAD) else f"{UNREACHED} ({brief(error)})")]
        return [Finding(True, f"Bot @{us.username} ({us.first_name}) trả lời."), *webhook_findings(info, self._address, self._now())]


def _keyboard(part: Part) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if part.contact:
        share = KeyboardButton(say("channel", "share_contact"), request_contact=True)
        return ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    shown = enumerate(part.choices[: Telegram.limits.buttons], 1)
    rows = [[InlineKeyboardButton(_cut(choice.label, LABEL), callback_data=button(part.tag, number))] for number, choice in shown]
    return InlineKeyboardMarkup(rows) if rows else None


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
