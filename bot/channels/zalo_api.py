"""Calls to the servers of Zalo for one Official Account: requests with an access token that is good, and pictures people sent."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

import httpx

from bot.channels.http_calls import broken, picture
from bot.channels.protocol import FetchFailed, Later, NeedsPerson, Outcome, Reason
from bot.channels.tokens import TokenStore
from bot.channels.zalo_errors import TOLD, Renew, understood
from bot.channels.zalo_oauth import COMMAND, NAME, TokenDead, TokenLater, Tokens
from bot.channels.zalo_settings import PAGE
from knowledge.calendar import ZONE

HOST = re.compile(r"[\w.:-]+")


class Api:
    """The servers, as the settings (by their short names) say where they are; `store` tells the time and takes alarms."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, store: TokenStore, settings: Mapping[str, str]) -> None:
        self._http, self._tokens, self._store, self._set = http, tokens, store, settings

    async def call(self, path: str, method: str = "POST", host: str = "API", **request: Any) -> dict[str, Any] | Outcome:
        """The `data` of Zalo's answer, or what became of the request. A token that has just died is renewed once."""
        found: dict[str, Any] | Outcome | Renew = Renew()
        try:
            token = await self._tokens.access()
            found = await self._ask(f"{self._set[host]}{path}", method, token, request)
            if isinstance(found, Renew):
                found = await self._ask(f"{self._set[host]}{path}", method, await self._tokens.refresh(token), request)
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

    async def fetch(self, photo: str) -> bytes:
        return await picture(self._http, photo, self._refuse_inside)

    async def _refuse_inside(self, address: str) -> None:
        """Raises FetchFailed unless the address is one of the open internet; tests talk to a fake by http, and may."""
        url = httpx.URL(address)
        if self._set["API"].startswith("http:") and url.scheme == "http":
            return
        if url.scheme != "https" or not HOST.fullmatch(url.host):
            raise FetchFailed("not an https address", again=False)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port or 443)
        if not all(ipaddress.ip_address(address[0]).is_global for *_, address in found):
            raise FetchFailed("an address inside", again=False)
