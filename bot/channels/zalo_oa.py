"""Zalo Official Account: text with buttons, PDF files and approved templates outwards; everything that its webhook tells inwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.channels import zalo_events
from bot.channels.http_calls import client
from bot.channels.protocol import Event, File, Finding, Later, Limits, Never, Outcome, Part, Rates, Reason, Sent, Unknown, button
from bot.channels.tokens import TokenStore
from bot.channels.zalo_api import Api
from bot.channels.zalo_errors import explained
from bot.channels.zalo_oauth import COMMAND, NAME, Tokens
from bot.channels.zalo_settings import NO_PREFIX, short_names
from bot.channels.zalo_settings import SETTINGS as SETTINGS  # where bot.channels.table looks for them
from bot.settings import SettingsError
from knowledge.calendar import ZONE

PDF = "application/pdf"
LIMITS = Limits(2000, buttons=5, files=(PDF,))
TITLE = 35  # characters of a button: the least that any source names
TEMPLATE_TEXT = 200
SUBTITLE = 100
MOST_FILE = 5_000_000
MOST_HALVES = 1000
FREE_SECONDS = 48 * 3600.0
WINDOW_SECONDS = 7 * 86_400.0
MESSAGE, BY_TEMPLATE, UPLOAD = "/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/v2.0/oa/upload/file"
ENTER = "Webhook không hỏi được Zalo: trong trang ứng dụng, mục Webhook, nhập https://<tên miền>/webhook/zalo_oa, tắt “Lọc cú pháp”."


def make(values: Mapping[str, str], tokens: TokenStore) -> ZaloOA:
    """The channel of checked settings; `tokens` keeps its token pair."""
    return ZaloOA(values, tokens)


class ZaloOA:
    """One Official Account."""

    name = NAME
    webhook = True
    limits = LIMITS

    def __init__(self, values: Mapping[str, str], store: TokenStore) -> None:
        self._set = short_names(values)
        self.rates = Rates(overall=int(self._set["RATE_PER_MINUTE"]) / 60)
        self._prefix = "" if self._set["BUTTON_PREFIX"] == NO_PREFIX else self._set["BUTTON_PREFIX"]
        self._store = store
        self._http = client()
        self.tokens = Tokens(self._http, store, values)
        self._api = Api(self._http, self.tokens, store, self._set)
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
        return await self._api.fetch(photo)

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
        return _sent(await self._api.call(BY_TEMPLATE, json={"user_id": key, "template_id": self._set["TEMPLATE"], "template_data": data}))

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
        uploaded = await self._api.call(UPLOAD, files={"file": (name, file.content, file.media)})
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
        return _sent(await self._api.call(MESSAGE, json={"recipient": {"user_id": key}, "message": message}))

    # -- life ----------------------------------------------------------------------------------------------------------------------

    async def started(self) -> None:
        if await self.tokens.pair() is None:
            raise SettingsError(f"Zalo OA chưa được cấp quyền. Chạy: {COMMAND}, hoặc đặt DONGHANH_ZALO_REFRESH_TOKEN.")

    async def stopped(self) -> None:
        await self.tokens.finish()
        await self._http.aclose()

    async def check(self) -> list[Finding]:
        asked = await self._api.call("/v3.0/oa/user/getlist", "GET", params={"data": json.dumps({"offset": 0, "count": 1})})
        followers = f"Zalo trả lời; {asked.get('total', 'không rõ số')} người quan tâm." if isinstance(asked, dict) else explained(asked)
        findings = [await self._token(), Finding(isinstance(asked, dict), followers)]
        if self.has_template:
            asked = await self._api.call("/template/info/v2", "GET", "BUSINESS_API", params={"template_id": self._set["TEMPLATE"]})
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
