"""Zalo Bot: personal bots made in the Zalo app. Text both ways and pictures inwards; no buttons, no files, nothing taken back."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.channels.protocol import (
    Aside,
    Event,
    FetchFailed,
    Finding,
    Heard,
    Ignored,
    Later,
    Limits,
    Malformed,
    NeedsPerson,
    Never,
    Outcome,
    Part,
    Rates,
    Reason,
    Refused,
    Sent,
    Setting,
    Unknown,
)
from bot.channels.tokens import TokenStore
from bot.settings import SettingsError
from intents.messages import Incoming, printable
from intents.wording import say
from storage.photos import MOST_BYTES

NAME = "zalo_bot"
LIMITS = Limits(2000)
LOG = logging.getLogger(__name__)

NEW_SECRET = 'Tạo một khóa: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
TOKEN, WEBHOOK, SECRET = "DONGHANH_ZALO_BOT_TOKEN", "DONGHANH_ZALO_BOT_WEBHOOK", "DONGHANH_ZALO_BOT_SECRET"
API, RATE = "DONGHANH_ZALO_BOT_API", "DONGHANH_ZALO_BOT_RATE"
GET_TOKEN = (
    "Trong ứng dụng Zalo, tìm Zalo Bot Manager (hoặc vào bot.zaloplatforms.com), tạo bot có tên bắt đầu bằng chữ Bot; "
    "Zalo nhắn lại token dạng mã:khóa, chép nguyên vào đây."
)
GET_WEBHOOK = "Để trống thì máy tự hỏi Zalo. Muốn Zalo gọi đến: địa chỉ https đầy đủ, ví dụ https://tên-miền/webhook/zalo_bot."
GET_SECRET = f"Chỉ cần khi có {WEBHOOK}: 8 đến 256 chữ không dấu, không cách. {NEW_SECRET}"
GET_API = "Địa chỉ máy chủ của Zalo Bot; chỉ đổi khi Zalo đổi."
GET_RATE = "Số tin gửi mỗi giây, lớn hơn 0 (Zalo không công bố giới hạn)."
SETTINGS = (
    Setting(TOKEN, GET_TOKEN, r"[^\s:/?#%]+:[^\s:/?#%]+", secret=True),
    Setting(WEBHOOK, GET_WEBHOOK, r"https://\S+", needed=False),
    Setting(SECRET, GET_SECRET, r"[!-~]{8,256}", secret=True, needed=False),
    Setting(API, GET_API, r"https?://[\w.-]+(:\d{1,5})?(/[^\s?#]*)?", needed=False, default="https://bot-api.zaloplatforms.com"),
    Setting(RATE, GET_RATE, r"(?=.*[1-9])\d{1,3}(\.\d{1,3})?", needed=False, default="5"),
)
PLAN = (
    "Gói miễn phí được biết có: 3 bot mỗi tài khoản, 50 người mỗi bot, 3 nhóm, 3.000 tin gửi mỗi tháng. "
    "Xã đông người hơn thì nên dùng Zalo OA hoặc Telegram."
)
DEAD_TOKEN = f"Zalo không nhận token của bot. Xem lại {TOKEN}: lấy token mới trong Zalo Bot Manager rồi khởi động lại."
NO_QUOTA = "Bot Zalo đã hết hạn mức gửi tin của gói. Chờ sang tháng hoặc nâng gói trong Zalo Bot Manager rồi khởi động lại."

POLL_SECONDS = 30
BREATH = 0.2  # seconds after an idle answer: a server that says "nothing" at once is not asked without pause
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds after each failed question for news
FETCH_SECONDS = 60
QUOTA = re.compile(r"quota|hạn mức|monthly|per month")
NO_CHAT = re.compile(r"\b(?:chat|user)\w*\b.*(?:not found|not exist|invalid)")
Failure = Later | Never | Unknown | NeedsPerson
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


# -- what comes in ---------------------------------------------------------------------------------------------------------------


def _part(of: Any, name: str) -> dict[str, Any]:
    found = of.get(name)
    if not isinstance(found, dict):
        raise Malformed(f"{name} is not an object")
    return found


def _words(of: dict[str, Any], name: str, least: int = 1) -> str:
    found = of.get(name)
    found = "" if found is None else found
    if not isinstance(found, str) or len(found) < least:
        raise Malformed(f"{name} is missing or not a text")
    return found


def _text(message: dict[str, Any], key: str, number: str) -> Event:
    return Heard(Incoming(NAME, key, number, _words(message, "text")))


def _image(message: dict[str, Any], key: str, number: str) -> Event:
    return Heard(Incoming(NAME, key, number, _words(message, "caption", 0)), (_words(message, "photo_url"),))


def _unreadable(message: dict[str, Any], key: str, number: str) -> Event:
    return Aside(key, number, say("channel", "cannot_read"))


READ: Mapping[str, Callable[[dict[str, Any], str, str], Event]] = {
    "message.text.received": _text,
    "message.image.received": _image,
    "message.sticker.received": _unreadable,
    "message.voice.received": _unreadable,
    "message.link.received": _unreadable,
    "message.unsupported.received": _unreadable,  # files, videos, places, contact cards
}


# -- what the platform says ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What became of a request: its result, or the failure as it would be told of a message; `code` 0: no answer at all."""

    code: int
    result: Any = None
    failure: Failure | None = None


def _understood(response: httpx.Response) -> Answer:
    status = response.status_code
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return Answer(status, failure=KNOWN[429] if status == 429 else Unknown(detail=f"nonsense {status}"))
    if body["ok"] and status < 400:
        return Answer(200, body.get("result"))
    told = body.get("error_code")
    code = told if type(told) is int else status
    parameters = body.get("parameters")
    seconds = [place.get("retry_after") for place in (body, parameters) if isinstance(place, dict)]
    waiting = next((float(one) for one in seconds if isinstance(one, int | float) and 0 < one < 86_400), None)
    return Answer(code, failure=_failure(code, str(body.get("description", "")).casefold(), waiting))


KNOWN: Mapping[int, Failure] = {
    401: NeedsPerson(DEAD_TOKEN),
    403: Never(Reason.BLOCKED, "403"),
    408: Unknown(detail="408"),
    429: Later(Reason.RATE, everyone=True, detail="429"),
}


def _failure(code: int, description: str, waiting: float | None) -> Failure:
    if code == 429 and waiting is not None:
        return Later(Reason.RATE, waiting, everyone=True, detail="429")
    if 400 <= code < 500 and QUOTA.search(description):
        return NeedsPerson(NO_QUOTA, Reason.QUOTA)
    if code in (400, 404) and NO_CHAT.search(description):
        return Never(Reason.LEFT, str(code))
    return KNOWN.get(code) or (Never(Reason.BAD_REQUEST, str(code)) if 400 <= code < 500 else Unknown(detail=str(code)))


# -- the channel -----------------------------------------------------------------------------------------------------------------


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
        for library in ("httpx", "httpcore"):  # they log addresses, and the token is in ours
            logging.getLogger(library).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(15, connect=10))

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get("x-bot-api-secret-token", "")
        if not self.secret or not hmac.compare_digest(given.encode(errors="replace"), self.secret.encode()):
            raise Refused("the secret token is missing or wrong")

    def read(self, body: Any) -> list[Event]:
        """Updates come bare or wrapped like an answer ({"ok": true, "result": …}); both are read."""
        if isinstance(body, dict) and "event_name" not in body and body.get("ok") is True:
            body = body.get("result")
        if not isinstance(body, dict):
            raise Malformed("the update is not an object")
        name = _words(body, "event_name")
        if name not in READ:
            return [Ignored("reaction" if "reaction" in name else "unknown")]
        message = _part(body, "message")
        sender, chat = _part(message, "from"), _part(message, "chat")
        if sender.get("is_bot") is True:
            return [Ignored("bot")]
        key, number, where = _words(sender, "id"), _words(message, "message_id"), _words(chat, "id")
        if _words(chat, "chat_type") != "PRIVATE":
            return [Aside(where, number, say("zalo_bot", "group_plain"))]
        return [READ[name](message, key, number)]

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
        content = bytearray()
        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                self._client.stream("GET", photo, headers={"accept-encoding": "identity"}, follow_redirects=True) as response,
            ):
                if (status := response.status_code) != 200:
                    raise FetchFailed(f"status {status}", again=status >= 500 or status in (408, 429))
                async for piece in response.aiter_raw():
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise FetchFailed("too large", again=False)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise FetchFailed("not a web address", again=False) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise FetchFailed(type(error).__name__) from error
        return bytes(content)

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
        return [_who(await self._ask("getMe", {})), self._where(await self._ask("getWebhookInfo", {})), Finding(True, PLAN)]

    def _where(self, answer: Answer) -> Finding:
        if answer.failure and answer.code != 404:  # 404: none is set
            return Finding(False, f"Không hỏi được webhook: {answer.failure.detail}")
        found = printable(str(answer.result.get("url") or "")) if isinstance(answer.result, dict) else ""
        if found == self.address:
            return Finding(True, f"Zalo gọi đến {found}." if found else "Không đặt webhook: máy tự hỏi Zalo có tin mới không.")
        return Finding(False, f"Webhook ở Zalo là {found or '(trống)'}, cài đặt là {self.address or '(trống)'}: khởi động lại để đặt lại.")

    async def _ask(self, method: str, body: Mapping[str, str], more: float = 0) -> Answer:
        try:
            response = await self._client.post(f"{self.base}/{method}", json=body, timeout=httpx.Timeout(self.patience + more, connect=10))
        except NOT_ASKED as error:
            return Answer(0, failure=Later(Reason.BROKEN, everyone=True, detail=type(error).__name__))
        except httpx.HTTPError as error:
            return Answer(0, failure=Unknown(detail=type(error).__name__))
        return _understood(response)


def _who(answer: Answer) -> Finding:
    if answer.failure:
        return Finding(False, f"Không hỏi được Zalo Bot: {answer.failure.detail}")
    named = answer.result if isinstance(answer.result, dict) else {}
    name, number, kind = (printable(str(named.get(one, ""))) for one in ("account_name", "id", "account_type"))
    return Finding(True, f"Bot {name} (mã {number}, loại {kind}).")
