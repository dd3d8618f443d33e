"""Zalo Bot: personal bots made in the Zalo app. Text both ways and pictures inwards; no buttons, no files, nothing taken back."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.channels.http_calls import broken, client, picture
from bot.channels.protocol import Event, FetchFailed, Finding, Limits, NeedsPerson, Never, Outcome, Part, Rates, Reason, Refused, Sent
from bot.channels.tokens import TokenStore
from bot.channels.zalo_bot_answers import Answer, account_finding, understood, webhook_finding
from bot.channels.zalo_bot_settings import API, NEW_SECRET, RATE, SECRET, TOKEN, WEBHOOK
from bot.channels.zalo_bot_settings import SETTINGS as SETTINGS  # where bot.channels.table looks for them
from bot.channels.zalo_bot_updates import NAME, events
from bot.settings import SettingsError

LIMITS = Limits(2000)
LOG = logging.getLogger(__name__)
PLAN = (
    "Gói miễn phí được biết có: 3 bot mỗi tài khoản, 50 người mỗi bot, 3 nhóm, 3.000 tin gửi mỗi tháng. "
    "Xã đông người hơn thì nên dùng Zalo OA hoặc Telegram."
)

POLL_SECONDS = 30
BREATH = 0.2  # seconds after an idle answer: a server that says "nothing" at once is not asked without pause
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds after each failed question for news


def make(values: Mapping[str, str], tokens: TokenStore) -> ZaloBot:
    """The channel of checked settings. Its token does not expire, so the store is not needed."""
    if values[WEBHOOK] and not values[SECRET]:
        raise SettingsError(f"Thiếu {SECRET}: không có nó, ai cũng giả được tin của Zalo. {NEW_SECRET}")
    base = f"{values[API].rstrip('/')}/bot{values[TOKEN]}"
    return ZaloBot(base, values[WEBHOOK], values[SECRET], Rates(overall=float(values[RATE])))


@dataclass
class ZaloBot:
    """One bot. `base` ends in its token: it is never logged."""

    base: str = field(repr=False)
    address: str
    secret: str = field(repr=False)
    rates: Rates
    pauses: tuple[float, ...] = PAUSES
    patience: float = 15.0  # seconds for an answer
    name: str = NAME
    limits: Limits = LIMITS

    def __post_init__(self) -> None:
        self.webhook = bool(self.address)
        self._client = client()

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get("x-bot-api-secret-token", "")
        if not self.secret or not hmac.compare_digest(given.encode(errors="replace"), self.secret.encode()):
            raise Refused("the secret token is missing or wrong")

    def read(self, body: Any) -> list[Event]:
        return events(body)

    async def poll(self) -> AsyncIterator[Any]:
        """One update per answer; there is no offset, and the platform repeats some: the inbox knows them by message id."""
        failures, last = 0, -1
        while True:
            answer = await self._ask("getUpdates", {"timeout": str(POLL_SECONDS)}, POLL_SECONDS)
            if answer.failure is None and answer.result:
                failures, last = 0, -1
                yield answer.result
            elif answer.failure is None or answer.code == 408:
                failures, last = 0, -1
                await asyncio.sleep(BREATH)
            else:
                if answer.code != last:
                    LOG.error("Zalo Bot: không lấy được tin mới. %s", answer.failure.detail)
                last = answer.code
                await asyncio.sleep(self.pauses[min(failures, len(self.pauses) - 1)])
                failures += 1

    async def fetch(self, photo: str) -> bytes:
        if not photo.startswith(("https://", "http://")):
            raise FetchFailed("not a web address", again=False)
        return await picture(self._client, photo, follow_redirects=True)

    async def send(self, key: str, part: Part) -> Outcome:
        if part.file:
            return Never(Reason.BAD_REQUEST, "no files here")
        answer = await self._ask("sendMessage", {"chat_id": key, "text": part.text})
        number = answer.result.get("message_id", "") if isinstance(answer.result, dict) else ""
        return answer.failure or Sent(str(number))

    async def recall(self, key: str, message: str) -> Outcome:
        return Never(Reason.BAD_REQUEST, "nothing can be taken back here")

    def reachable(self, key: str, silent_for: float) -> Reason | None:
        return None

    async def started(self) -> None:
        """Sets the webhook, or takes it away: questions for news go unanswered while there is one."""
        wanted = {"url": self.address, "secret_token": self.secret}
        answer = await (self._ask("setWebhook", wanted) if self.webhook else self._ask("deleteWebhook", {}))
        if isinstance(answer.failure, NeedsPerson):
            raise SettingsError(answer.failure.detail)
        if self.webhook and isinstance(answer.failure, Never):
            raise SettingsError(f"Zalo không nhận {WEBHOOK} (mã {answer.code}): cần địa chỉ https gọi được từ Internet.")
        if answer.failure and answer.code not in (400, 404):
            LOG.error("Zalo Bot: chưa đặt lại được webhook (%s); xem donghanh channels check.", answer.failure.detail)

    async def stopped(self) -> None:
        await self._client.aclose()

    async def check(self) -> list[Finding]:
        return [
            account_finding(await self._ask("getMe", {})),
            webhook_finding(await self._ask("getWebhookInfo", {}), self.address),
            Finding(True, PLAN),
        ]

    async def _ask(self, method: str, body: Mapping[str, str], more: float = 0) -> Answer:
        try:
            response = await self._client.post(f"{self.base}/{method}", json=body, timeout=httpx.Timeout(self.patience + more, connect=10))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(0, failure=broken(error))
        return understood(response)
