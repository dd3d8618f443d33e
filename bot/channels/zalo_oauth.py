"""The token pair of the Official Account: kept sealed, renewed by one worker at a time, asked of a person once it is dead.

A refresh token works once. Whoever renews therefore saves the new pair before anything else, cannot be cancelled half-way, and
counts an answer that never came as "perhaps used up": the next try tells.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.channels.http_calls import UNSENT
from bot.channels.tokens import Body, TokenStore
from bot.settings import SettingsError

NAME = "zalo_oa"
LOCK, LOCK_SECONDS = "zalo_oa_refresh", 60
CALL_SECONDS = 40  # less than the lock holds
LIFE = timedelta(hours=25)
AHEAD = timedelta(hours=1)
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 900.0
COMMAND = "donghanh channels authorize"
DEAD = f"Zalo OA: mã truy cập không còn dùng được, bot không gửi được tin qua Zalo. Chạy: {COMMAND}."


class TokenDead(Exception):
    """A person has to authorise the bot anew; the message says how, in Vietnamese."""


class TokenLater(Exception):
    """The token could not be renewed now and may be in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"chưa hỏi được máy chủ cấp quyền của Zalo, thử lại sau {seconds:.0f} giây")
        self.seconds = seconds


@dataclass(frozen=True)
class Pair:
    """A token pair as it is saved; `refreshed` is when. `dead`: Zalo has refused `refresh`."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    expires: str = ""
    refreshed: str = ""
    dead: bool = False
    given: str = field(default="", repr=False)  # the refresh token that the settings named when the pair was made

    def lasts(self, now: datetime, ahead: timedelta) -> bool:
        return bool(self.access) and datetime.fromisoformat(self.expires) - ahead > now


def challenge_of(verifier: str) -> str:
    """The PKCE challenge (S256): base64url of the hash, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Tokens:
    """The pair of one Official Account in one store. `settings` are the values of zalo_oa.SETTINGS."""

    def __init__(self, http: httpx.AsyncClient, store: TokenStore, settings: Mapping[str, str]) -> None:
        self._http, self._store, self._settings = http, store, settings
        self._known: Pair | None = None
        self._pause, self._not_before = FIRST_PAUSE, datetime.min.replace(tzinfo=UTC)
        self._working: set[asyncio.Task[str]] = set()

    async def access(self) -> str:
        """A valid access token, renewed when it has less than an hour left. Raises TokenDead, TokenLater."""
        pair = self._known or await self.pair()
        now = self._store.now()
        if pair and pair.lasts(now, AHEAD):
            self._known = pair  # every message asks; one that another worker has replaced is refused, and looked up again
            return pair.access
        try:
            return await self.refresh(pair.access if pair else "")
        except (TokenDead, TokenLater):
            if pair and pair.lasts(now, timedelta()):
                return pair.access
            raise

    async def refresh(self, stale: str) -> str:
        """An access token other than `stale`: what another worker has got meanwhile, or a new one. Raises TokenDead, TokenLater."""
        return await self._whole(self._renew(stale))

    async def exchange(self, code: str, verifier: str) -> None:
        """Turns the code of the permission page into the first pair. Raises TokenDead, TokenLater."""
        await self._whole(self._exchange(code, verifier))

    def permission_url(self, state: str, verifier: str) -> str:
        """The page on which an administrator of the Official Account grants the bot its rights. `verifier` has 43 characters."""
        callback = self._settings["DONGHANH_ZALO_CALLBACK"]
        if not callback:
            raise SettingsError("Thiếu DONGHANH_ZALO_CALLBACK: địa chỉ “Official Account Callback Url” đã lưu trong ứng dụng Zalo.")
        asked = {"app_id": self._settings["DONGHANH_ZALO_APP_ID"], "redirect_uri": callback}
        query = urlencode({**asked, "code_challenge": challenge_of(verifier), "state": state})
        return f"{self._settings['DONGHANH_ZALO_OAUTH']}/v4/oa/permission?{query}"

    async def pair(self) -> Pair | None:
        """The saved pair; that of the settings before the first one is saved, and where the saved one is dead and somebody has put a new
        one there; None where there is neither."""
        saved = await self._store.load(NAME)
        kept = Pair(**saved) if saved else None
        access, refresh = self._settings["DONGHANH_ZALO_ACCESS_TOKEN"], self._settings["DONGHANH_ZALO_REFRESH_TOKEN"]
        if kept and not (kept.dead and refresh and refresh != kept.given):
            return kept
        expires = self._store.now() + LIFE if access else self._store.now()
        return Pair(access, refresh, expires.isoformat(), given=refresh) if access or refresh else None

    async def finish(self) -> None:
        """Waits for a renewal that is under way, whose pair would be lost."""
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _whole(self, work: Coroutine[Any, Any, str]) -> str:
        """The result of `work`, which goes on to its end even if whoever waits for it is cancelled."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return await asyncio.shield(task)

    async def _renew(self, stale: str) -> str:
        async with self._store.alone(LOCK, LOCK_SECONDS):
            pair = await self.pair()
            if pair and pair.access and pair.access != stale and not pair.dead:
                self._known = pair
                return pair.access
            if pair is None or pair.dead or not pair.refresh:
                return await self._die(pair)
            if self._store.now() < self._not_before:
                raise TokenLater((self._not_before - self._store.now()).total_seconds())
            answer = await self._ask({"refresh_token": pair.refresh, "grant_type": "refresh_token"})
            return await self._keep(answer) or await self._die(pair)

    async def _exchange(self, code: str, verifier: str) -> str:
        async with self._store.alone(LOCK, LOCK_SECONDS):
            answer = await self._ask({"code": code, "grant_type": "authorization_code", "code_verifier": verifier})
            access = await self._keep(answer)
            if not access:
                raise TokenDead(f"Zalo không nhận mã này: mỗi mã chỉ dùng một lần trong 10 phút. Chạy lại: {COMMAND}.")
            return access

    async def _ask(self, fields: Mapping[str, str]) -> Body:
        """The JSON object Zalo answers with. Raises TokenLater where there is none: no connection, no time, 5xx, nonsense."""
        values = self._settings
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await self._http.post(
                    f"{values['DONGHANH_ZALO_OAUTH']}/v4/oa/access_token",
                    data={**fields, "app_id": values["DONGHANH_ZALO_APP_ID"]},
                    headers={"secret_key": values["DONGHANH_ZALO_APP_SECRET"]},
                )
            body = answer.json()
            if answer.status_code == 429 or answer.status_code >= 500 or not isinstance(body, dict):
                raise self._later(LONGEST_PAUSE)
        except UNSENT:
            raise self._later(FIRST_PAUSE) from None
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError):
            raise self._later(LONGEST_PAUSE) from None
        self._pause = FIRST_PAUSE
        return body

    def _later(self, longest: float) -> TokenLater:
        """Another try after a pause, twice as long each time: a token that was used up is told by the next answer."""
        seconds = min(self._pause, longest)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._not_before = self._store.now() + timedelta(seconds=seconds)
        return TokenLater(seconds)

    async def _keep(self, answer: Body) -> str:
        """Saves the pair of an answer, then gives its access token; "" where the answer has no pair."""
        access, refresh, life = answer.get("access_token"), answer.get("refresh_token"), str(answer.get("expires_in", ""))
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            return ""
        now = self._store.now()
        lasts = timedelta(seconds=int(life)) if life.isdecimal() and len(life) < 9 else LIFE
        given = self._settings["DONGHANH_ZALO_REFRESH_TOKEN"]
        pair = Pair(access, refresh, (now + lasts).isoformat(), now.isoformat(), given=given)
        await self._save(pair)
        return access

    async def _save(self, pair: Pair) -> None:
        await self._store.save(NAME, asdict(pair))
        self._known = pair

    async def _die(self, pair: Pair | None) -> str:
        """Saves that the pair is dead, so that Zalo is not asked again, then tells the administrators (once)."""
        if pair and not pair.dead:
            await self._save(replace(pair, dead=True))
        await self._store.alarm(NAME, DEAD)
        raise TokenDead(DEAD)
