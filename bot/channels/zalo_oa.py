"""Zalo Official Account: text with buttons, PDF files and approved templates outwards; everything that its webhook tells inwards."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from bot.channels import zalo_events
from bot.channels.protocol import (
    Event,
    FetchFailed,
    File,
    Finding,
    Later,
    Limits,
    NeedsPerson,
    Never,
    Outcome,
    Part,
    Rates,
    Reason,
    Sent,
    Setting,
    Unknown,
    button,
)
from bot.channels.tokens import TokenStore
from bot.channels.zalo_errors import TOLD, Renew, broken, explained, understood
from bot.channels.zalo_oauth import COMMAND, TokenDead, TokenLater, Tokens
from bot.settings import SettingsError
from knowledge.calendar import ZONE
from storage.photos import MOST_BYTES

NAME = "zalo_oa"
PDF = "application/pdf"
LIMITS = Limits(2000, buttons=5, files=(PDF,))
TITLE = 35  # characters of a button: the least that any source names
TEMPLATE_TEXT = 200
SUBTITLE = 100
MOST_FILE = 5_000_000
MOST_HALVES = 1000
FREE_SECONDS = 48 * 3600.0
WINDOW_SECONDS = 7 * 86_400.0
FETCH_SECONDS = 60
MESSAGE, BY_TEMPLATE, UPLOAD = "/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/v2.0/oa/upload/file"
ENTER = "Webhook không hỏi được Zalo: trong trang ứng dụng, mục Webhook, nhập https://<tên miền>/webhook/zalo_oa, tắt “Lọc cú pháp”."

NO_PREFIX = "none"
PAGE = "tại https://developers.zalo.me"
HOST = re.compile(r"[\w.:-]+")
URL = r"https?://[\w.-]+(:\d{1,5})?(/[^\s?#/]+)*"


def _named(name: str, how: str, pattern: str = r"\S+", *, secret: bool = False, needed: bool = False, default: str = "") -> Setting:
    return Setting(f"DONGHANH_ZALO_{name}", how, pattern, secret, needed, default)


SETTINGS = (
    _named("APP_ID", f"ID ứng dụng, trong Cài đặt của ứng dụng {PAGE}.", r"\d+", needed=True),
    _named("APP_SECRET", f"Khoá bí mật của ứng dụng, trong Cài đặt {PAGE}.", secret=True, needed=True),
    _named("OA_SECRET", f"OA Secret Key, trong mục Webhook {PAGE} (không phải khoá bí mật của ứng dụng).", secret=True, needed=True),
    _named("CALLBACK", f"Official Account Callback Url đã lưu {PAGE}; cần cho lệnh {COMMAND}.", r"https?://\S+"),
    _named("REFRESH_TOKEN", f"Refresh token, chỉ cần lần đầu nếu không dùng lệnh {COMMAND}.", secret=True),
    _named("ACCESS_TOKEN", "Access token đi cùng refresh token, chỉ dùng lần đầu.", secret=True),
    _named("API", "Địa chỉ máy chủ gửi tin; chỉ đổi khi Zalo đổi.", URL, default="https://openapi.zalo.me"),
    _named("OAUTH", "Địa chỉ máy chủ cấp quyền; chỉ đổi khi Zalo đổi.", URL, default="https://oauth.zaloapp.com"),
    _named("BUSINESS_API", "Địa chỉ máy chủ mẫu tin; chỉ đổi khi Zalo đổi.", URL, default="https://business.openapi.zalo.me"),
    _named("TEMPLATE", "Mã mẫu tin đã duyệt, cho người quá 7 ngày chưa nhắn (tuỳ chọn)."),
    _named("TEMPLATE_FIELD", "Tên tham số chứa nội dung trong mẫu tin.", r"\w+", default="noi_dung"),
    _named("BUTTON_PREFIX", f"Ký tự đứng trước nội dung mà nút bấm gửi về; {NO_PREFIX}: không có.", r"[!-~]{1,8}", default="#"),
    _named("BUTTON_HIDDEN", "1: lần bấm nút không hiện trong hội thoại; 0: có hiện.", "[01]", default="1"),
    _named("SIGNED_BY", "Phần đầu của chữ ký webhook: app_id (mặc định) hoặc oa_id.", "app_id|oa_id", default="app_id"),
    _named("OA_NAME", "Tên Official Account, hiện khi xin số điện thoại (tuỳ chọn).", ".{1,100}"),
    _named("CONTACT_IMAGE", "Địa chỉ https của ảnh hiện khi xin số điện thoại; để trống thì xin bằng lời.", r"https://\S+"),
    _named("RATE_PER_MINUTE", "Số yêu cầu mỗi phút mà gói dịch vụ cho phép.", r"[1-9]\d{0,5}", default="4000"),
)


def make(values: Mapping[str, str], tokens: TokenStore) -> ZaloOA:
    """The channel of checked settings; `tokens` keeps its token pair."""
    return ZaloOA(values, tokens)


class ZaloOA:
    """One Official Account."""

    name = NAME
    webhook = True
    limits = LIMITS

    def __init__(self, values: Mapping[str, str], store: TokenStore) -> None:
        self._set = {one.name.removeprefix("DONGHANH_ZALO_"): values[one.name] for one in SETTINGS}
        self.rates = Rates(overall=int(self._set["RATE_PER_MINUTE"]) / 60)
        self._prefix = "" if self._set["BUTTON_PREFIX"] == NO_PREFIX else self._set["BUTTON_PREFIX"]
        self._store = store
        for library in ("httpx", "httpcore"):  # they log addresses, those of people's photos too
            logging.getLogger(library).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(15, connect=10))
        self.tokens = Tokens(self._http, store, values)
        self._signature = zalo_events.Signature(self._set["APP_ID"], self._set["OA_SECRET"], self._set["SIGNED_BY"])
        self._halves: dict[tuple[str, str, str], Sent] = {}

    # -- in ------------------------------------------------------------------------------------------------------------------------

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        self._signature.prove(headers, body)

    def read(self, body: Any) -> Sequence[Event]:
        return zalo_events.read(body, self._prefix)

    async def poll(self) -> AsyncIterator[Any]:
        """Nothing: Zalo pushes."""
        updates: tuple[Any, ...] = ()
        for update in updates:
            yield update

    async def fetch(self, photo: str) -> bytes:
        content = bytearray()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                await self._refuse_inside(httpx.URL(photo))
                async with self._http.stream("GET", photo, headers={"accept-encoding": "identity"}) as answer:
                    if (status := answer.status_code) != 200:
                        raise FetchFailed(f"status {status}", again=status >= 500 or status in (408, 429))
                    async for piece in answer.aiter_raw():
                        content += piece
                        if len(content) > MOST_BYTES:
                            raise FetchFailed("too large", again=False)
        except httpx.InvalidURL:
            raise FetchFailed("not a web address", again=False) from None
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise FetchFailed(type(error).__name__) from None
        return bytes(content)

    async def _refuse_inside(self, url: httpx.URL) -> None:
        """Raises FetchFailed unless the address is one of the open internet; tests talk to a fake by http, and may."""
        if self._set["API"].startswith("http:") and url.scheme == "http":
            return
        if url.scheme != "https" or not HOST.fullmatch(url.host):
            raise FetchFailed("not an https address", again=False)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port or 443)
        if not all(ipaddress.ip_address(address[0]).is_global for *_, address in found):
            raise FetchFailed("an address inside", again=False)

    # -- out -----------------------------------------------------------------------------------------------------------------------

    async def send(self, key: str, part: Part) -> Outcome:
        if part.file:
            return await self._send_file(key, part, part.file)
        outcome = await self._say(key, part)
        if part.contact and isinstance(outcome, Sent) and self._set["CONTACT_IMAGE"] and self._set["OA_NAME"]:
            card = {"title": self._set["OA_NAME"], "subtitle": _cut(part.text, SUBTITLE), "image_url": self._set["CONTACT_IMAGE"]}
            # The words have asked already; whatever becomes of the card, they need not be said again.
            await self._message(key, {"attachment": _template(template_type="request_user_info", elements=[card])})
        return outcome

    async def send_template(self, key: str, text: str) -> Outcome:
        """The text by the approved template, to whoever has been silent for more than 7 days."""
        if not self.has_template:
            return Never(Reason.WINDOW, "no template")
        data = {self._set["TEMPLATE_FIELD"]: _cut(" ".join(text.split()), TEMPLATE_TEXT)}
        return _sent(await self._call(BY_TEMPLATE, json={"user_id": key, "template_id": self._set["TEMPLATE"], "template_data": data}))

    @property
    def has_template(self) -> bool:
        return bool(self._set["TEMPLATE"])

    def reachable(self, key: str, silent_for: float) -> Reason | None:
        return Reason.WINDOW if silent_for > WINDOW_SECONDS else None

    def billed(self, silent_for: float) -> bool:
        """Whether Zalo takes money for a message to somebody who wrote last `silent_for` seconds ago."""
        return FREE_SECONDS < silent_for <= WINDOW_SECONDS

    async def recall(self, key: str, message: str) -> Outcome:
        return Never(Reason.BAD_REQUEST, "zalo has no recall")

    async def _say(self, key: str, part: Part) -> Outcome:
        kind = "oa.query.hide" if self._set["BUTTON_HIDDEN"] == "1" else "oa.query.show"
        buttons = [
            {"title": _cut(choice.label, TITLE), "type": kind, "payload": self._prefix + button(part.tag, number)}
            for number, choice in enumerate(part.choices[: LIMITS.buttons], 1)
        ]
        return await self._message(key, {"text": part.text} | ({"attachment": _template(buttons=buttons)} if buttons else {}))

    async def _send_file(self, key: str, part: Part, file: File) -> Outcome:
        """Uploads first, which nobody sees; then the text, then the file. Where the text has gone and the file has not, another try
        sends the file alone."""
        if file.media not in LIMITS.files or len(file.content) > MOST_FILE:
            return Never(Reason.BAD_REQUEST, "not a PDF of at most 5 MB")
        name = file.name if file.name.lower().endswith(".pdf") else f"{file.name}.pdf"
        uploaded = await self._call(UPLOAD, files={"file": (name, file.content, file.media)})
        if isinstance(uploaded, Unknown):
            return Later(uploaded.reason, detail=f"upload {uploaded.detail}")
        if not isinstance(uploaded, dict):
            return uploaded
        half = (key, part.tag, part.text)
        text = self._halves.get(half) or (await self._say(key, part) if part.text else None)
        if isinstance(text, Sent) and part.tag:
            self._halves[half] = text
            while len(self._halves) > MOST_HALVES:
                del self._halves[next(iter(self._halves))]
        elif text and not isinstance(text, Sent):
            return text
        outcome = await self._message(key, {"attachment": {"type": "file", "payload": {"token": str(uploaded.get("token", ""))}}})
        if not isinstance(outcome, Later):
            self._halves.pop(half, None)
        return text if text and isinstance(outcome, Sent) else outcome

    async def _message(self, key: str, message: Mapping[str, Any]) -> Outcome:
        return _sent(await self._call(MESSAGE, json={"recipient": {"user_id": key}, "message": message}))

    async def _call(self, path: str, method: str = "POST", host: str = "API", **request: Any) -> dict[str, Any] | Outcome:
        """The `data` of Zalo's answer, or what became of the request. A token that has just died is renewed once."""
        found: dict[str, Any] | Outcome | Renew = Renew()
        try:
            token = await self.tokens.access()
            found = await self._ask(f"{self._set[host]}{path}", method, token, request)
            if isinstance(found, Renew):
                found = await self._ask(f"{self._set[host]}{path}", method, await self.tokens.refresh(token), request)
        except TokenDead as error:
            return NeedsPerson(str(error))
        except TokenLater as error:
            return Later(Reason.BROKEN, error.seconds, everyone=True, detail="token")
        if isinstance(found, Renew):
            return NeedsPerson(f"Zalo không nhận cả mã truy cập vừa làm mới. Kiểm tra ứng dụng {PAGE}, rồi chạy: {COMMAND}.")
        return found

    async def _ask(self, url: str, method: str, token: str, request: Mapping[str, Any]) -> dict[str, Any] | Outcome | Renew:
        try:
            answer = await self._http.request(method, url, headers={"access_token": token}, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return broken(error)
        code, found = understood(answer, self._store.now())
        if code in TOLD:
            await self._store.alarm(f"{NAME}{code}.{self._store.now().astimezone(ZONE):%Y-%m}", TOLD[code])
        return found

    # -- life ----------------------------------------------------------------------------------------------------------------------

    async def started(self) -> None:
        if await self.tokens.pair() is None:
            raise SettingsError(f"Zalo OA chưa được cấp quyền. Chạy: {COMMAND}, hoặc đặt DONGHANH_ZALO_REFRESH_TOKEN.")

    async def stopped(self) -> None:
        await self.tokens.finish()
        await self._http.aclose()

    async def check(self) -> list[Finding]:
        asked = await self._call("/v3.0/oa/user/getlist", "GET", params={"data": json.dumps({"offset": 0, "count": 1})})
        followers = f"Zalo trả lời; {asked.get('total', 'không rõ số')} người quan tâm." if isinstance(asked, dict) else explained(asked)
        findings = [await self._token(), Finding(isinstance(asked, dict), followers)]
        if self.has_template:
            asked = await self._call("/template/info/v2", "GET", "BUSINESS_API", params={"template_id": self._set["TEMPLATE"]})
            status = asked.get("status", "không rõ") if isinstance(asked, dict) else explained(asked)
            findings.append(Finding(status == "ENABLE", f"Mẫu tin: {status}."))
        return [*findings, Finding(True, ENTER)]

    async def _token(self) -> Finding:
        pair = await self.tokens.pair()
        if pair is None or pair.dead:
            return Finding(False, f"Mã truy cập không có hoặc không còn dùng được. Chạy: {COMMAND}.")
        hours = (datetime.fromisoformat(pair.expires) - self._store.now()).total_seconds() / 3600
        when = f"{datetime.fromisoformat(pair.refreshed).astimezone(ZONE):%H:%M %d/%m/%Y}" if pair.refreshed else "chưa lần nào"
        return Finding(True, f"Mã truy cập còn {max(0, round(hours))} giờ; làm mới lần cuối: {when}.")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _template(**payload: Any) -> dict[str, Any]:
    return {"type": "template", "payload": payload}


def _sent(found: dict[str, Any] | Outcome) -> Outcome:
    return Sent(str(found.get("message_id", ""))) if isinstance(found, dict) else found
