"""A Zalo Official Account on loopback: OAuth with refresh tokens that work once, messages, templates, uploads, followers.

By hand: `python -m tests.fakes.zalo_oa --port 8082 [--webhook http://127.0.0.1:8000/webhook/zalo_oa]`; with a webhook every line
typed is sent to it as the message of a person, "#…" as the tap on a button; what was delivered shows after Enter.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tests.fakes.server import Fake, Fault

WINDOW = 7 * 86_400
MOST_TEXT, MOST_BUTTONS, MOST_UPLOAD = 2000, 5, 5_000_000
UPLOADS = {".pdf": "application/pdf", ".doc": "application/msword", ".csv": "text/csv"}
MESSAGES = {
    -201: "%s is invalid!",
    -210: "Parameter exceeds allowable limit",
    -216: "Access token is invalid",
    -220: "access_token is expired or removed",
}


@dataclass(frozen=True)
class Delivered:
    """A message as a person has got it: `kind` is text, file, contact or template."""

    key: str
    kind: str
    text: str = ""
    buttons: tuple[dict[str, Any], ...] = ()
    file: tuple[str, bytes] | None = None
    message: str = ""


class Rejected(Exception):
    """An application error, answered with HTTP 200."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or MESSAGES.get(code, "error")


class FakeZaloOA(Fake):
    """One Official Account and its application. `last_seen` (clock) narrows whom may be written to; empty, everybody may."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        super().__init__(clock)
        self.app, self.app_secret, self.oa, self.oa_secret = "360846524940903967", "app-secret-1", "388613280878808645", "oa-secret-1"
        self.callback, self.template, self.template_status = "https://xa.example/zalo", "T-1", "ENABLE"
        self.template_fields = {"noi_dung"}
        self.life = 90_000.0
        self.token_answer: dict[str, Any] | None = None  # what the token server says instead, where it is set
        self.image = b"\xff\xd8 a picture \xff\xd9"
        self.delivered: list[Delivered] = []
        self.followers: set[str] = set()
        self.last_seen: dict[str, float] = {}
        self.reused = self.minted = 0
        self.access, self.refresh = "access-0", "refresh-0"
        self._dies = self.clock() + self.life
        self._codes: dict[str, str] = {}
        self._uploaded: dict[str, tuple[str, bytes]] = {}
        self._numbers = itertools.count(1)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/v4/oa/permission", self._permission),
            Route("/v4/oa/access_token", self._route(self._token), methods=["POST"]),
            Route("/v3.0/oa/message/cs", self._route(self._message), methods=["POST"]),
            Route("/v3.0/oa/message/template", self._route(self._template), methods=["POST"]),
            Route("/v2.0/oa/upload/file", self._route(self._upload), methods=["POST"]),
            Route("/v3.0/oa/user/getlist", self._route(self._getlist)),
            Route("/template/info/v2", self._route(self._template_info)),
            Route("/photo.jpg", self._route(lambda _request, _body: Response(self.image, media_type="image/jpeg"))),
        ]

    def expire(self) -> None:
        """The access token dies before its time."""
        self._dies = self.clock()

    def payloads(self, ending: str) -> list[Any]:
        """The bodies of the requests whose path ends so."""
        return [asked.body for asked in self.asked if asked.path.endswith(ending)]

    def environment(self) -> dict[str, str]:
        """The settings that lead to this fake."""
        values = {"APP_ID": self.app, "APP_SECRET": self.app_secret, "OA_SECRET": self.oa_secret, "CALLBACK": self.callback}
        hosts = dict.fromkeys(("API", "OAUTH", "BUSINESS_API"), self.url)
        return {f"DONGHANH_ZALO_{name}": value for name, value in {**values, **hosts}.items()}

    # -- the webhook's side --------------------------------------------------------------------------------------------------------

    def event(self, name: str, key: str, message: dict[str, Any], **more: Any) -> bytes:
        """The body of an event of one person; the message gets an id."""
        number = next(self._numbers)
        envelope = {"app_id": self.app, "sender": {"id": key}, "recipient": {"id": self.oa}, "event_name": name}
        body = {**envelope, "message": {"msg_id": f"in-{number}", **message}, "timestamp": str(1_540_000_000_000 + number), **more}
        return json.dumps(body, ensure_ascii=False).encode()

    def sign(self, body: bytes) -> dict[str, str]:
        """The headers that Zalo sends with this body."""
        timestamp = json.loads(body)["timestamp"]
        mac = hashlib.sha256(self.app.encode() + body + timestamp.encode() + self.oa_secret.encode()).hexdigest()
        return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}

    # -- what is asked of it -------------------------------------------------------------------------------------------------------

    def _route(self, carry_out: Callable[[Request, Any], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = _read(request.headers.get("content-type", ""), await request.body())

            def good() -> Response:
                try:
                    return carry_out(request, body)
                except Rejected as error:
                    return JSONResponse({"error": error.code, "message": error.message})

            return await self.answer(request, body, lambda fault: good() if fault.kind == "pass" else _failed(request, fault), good)

        return endpoint

    async def _permission(self, request: Request) -> Response:
        """The administrator says yes at once."""
        asked = request.query_params
        if asked.get("app_id") != self.app or asked.get("redirect_uri") != self.callback:
            return JSONResponse({"error": -14003, "error_name": "Invalid redirect uri"})
        code = f"code-{next(self._numbers)}"
        self._codes[code] = asked.get("code_challenge", "")
        return RedirectResponse(f"{self.callback}?{urlencode({'code': code, 'oa_id': self.oa, 'state': asked.get('state', '')})}")

    def _token(self, request: Request, body: dict[str, str]) -> Response:
        if self.token_answer is not None:
            return JSONResponse(self.token_answer)
        if request.headers.get("secret_key") != self.app_secret or body.get("app_id") != self.app:
            return _denied("Invalid secret key")
        if body.get("grant_type") == "authorization_code":
            challenge = self._codes.pop(body.get("code", ""), None)
            hashed = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
            if challenge is None or challenge != base64.urlsafe_b64encode(hashed).decode().rstrip("="):
                return _denied("Invalid authorization code")
        elif body.get("grant_type") != "refresh_token" or body.get("refresh_token") != self.refresh:
            self.reused += body.get("refresh_token", "").startswith("refresh-")
            return _denied("Invalid refresh token")
        self.minted += 1
        self.access, self.refresh, self._dies = f"access-{self.minted}", f"refresh-{self.minted}", self.clock() + self.life
        return JSONResponse({"access_token": self.access, "refresh_token": self.refresh, "expires_in": str(int(self.life))})

    def _allow(self, request: Request) -> None:
        given = request.headers.get("access_token", "")
        if given != self.access:
            raise Rejected(-216)
        if self.clock() >= self._dies:
            raise Rejected(-220)

    def _message(self, request: Request, body: Any) -> Response:
        self._allow(request)
        key, message = _path(body, "recipient", "user_id"), _path(body, "message")
        if not isinstance(key, str) or not isinstance(message, dict):
            raise Rejected(-201, "recipient is invalid!")
        if self.last_seen and self.clock() - self.last_seen.get(key, -math.inf) > WINDOW:
            raise Rejected(-230)
        return self._deliver(self._checked(key, message))

    def _checked(self, key: str, message: dict[str, Any]) -> Delivered:
        text, payload = message.get("text", ""), _path(message, "attachment", "payload") or {}
        if len(text) > MOST_TEXT or len(payload.get("buttons", ())) > MOST_BUTTONS:
            raise Rejected(-210)
        match _path(message, "attachment", "type"):
            case None if text:
                return Delivered(key, "text", text)
            case "file" if payload.get("token") in self._uploaded and not text:
                return Delivered(key, "file", file=self._uploaded[payload["token"]])
            case "template" if (
                payload.get("template_type") == "request_user_info" and {"title", "image_url"} <= payload["elements"][0].keys()
            ):
                return Delivered(key, "contact", payload["elements"][0]["title"])
            case "template" if text and all({"title", "type", "payload"} <= button.keys() for button in payload.get("buttons", [{}])):
                return Delivered(key, "text", text, tuple(payload["buttons"]))
        raise Rejected(-201, "message is invalid!")

    def _template(self, request: Request, body: Any) -> Response:
        self._allow(request)
        data = _path(body, "template_data")
        if not isinstance(_path(body, "user_id"), str) or not isinstance(data, dict):
            raise Rejected(-201, "user_id is invalid!")
        if body.get("template_id") != self.template:
            raise Rejected(-109)
        if data.keys() != self.template_fields:
            raise Rejected(-1121)
        return self._deliver(Delivered(body["user_id"], "template", " ".join(data.values())))

    def _deliver(self, delivered: Delivered) -> Response:
        number = f"out-{next(self._numbers)}"
        self.delivered.append(Delivered(**{**vars(delivered), "message": number}))
        return _well({"message_id": number, "user_id": delivered.key, "sent_time": "1626926349402"})

    def _upload(self, request: Request, body: Any) -> Response:
        self._allow(request)
        name, media, content = body["file"] if isinstance(body, dict) and "file" in body else ("", "", b"")
        if UPLOADS.get(PurePath(name).suffix) != media:
            raise Rejected(-201, "file is invalid!")
        if len(content) > MOST_UPLOAD:
            raise Rejected(-210)
        token = f"file-{next(self._numbers)}"
        self._uploaded[token] = (name, content)
        return _well({"token": token})

    def _getlist(self, request: Request, _body: Any) -> Response:
        self._allow(request)
        asked = json.loads(request.query_params["data"])
        chosen = sorted(self.followers)[asked["offset"] : asked["offset"] + asked["count"]]
        return _well({"total": len(self.followers), "count": len(chosen), "users": [{"user_id": key} for key in chosen]})

    def _template_info(self, request: Request, _body: Any) -> Response:
        self._allow(request)
        if request.query_params.get("template_id") != self.template:
            raise Rejected(-109)
        return _well({"templateId": self.template, "status": self.template_status})


def _well(data: dict[str, Any]) -> Response:
    return JSONResponse({"data": data, "error": 0, "message": "Success"})


def _denied(name: str) -> Response:
    return JSONResponse({"error": -14014, "error_name": name, "error_reason": name, "error_description": name})


def _failed(request: Request, fault: Fault) -> Response:
    """What a fault answers: "code" an envelope error (of OAuth: its own shape), "http" a bare status, "json" that status though the
    envelope says that all is well. ("pass" lets a request be, for the sake of faults after it.)"""
    if fault.kind == "http":
        headers = {"Retry-After": "7"} if fault.value == 429 else {}
        return Response("gateway", status_code=int(fault.value), headers=headers)
    if fault.kind == "json":
        return JSONResponse({"data": {"message_id": "x"}, "error": 0, "message": "Success"}, status_code=int(fault.value))
    if request.url.path.startswith("/v4/"):
        return _denied("Invalid refresh token")
    return JSONResponse({"error": int(fault.value), "message": MESSAGES.get(int(fault.value), "error")})


def _path(body: Any, *steps: str) -> Any:
    for step in steps:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _read(media: str, content: bytes) -> Any:
    """JSON, form fields, or the parts of a multipart body as (file name, type, bytes)."""
    if media.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(content.decode()))
    if media.startswith("multipart/form-data"):
        pieces = content.split(b"--" + media.partition("boundary=")[2].encode())[1:-1]
        return dict(_part(piece.removeprefix(b"\r\n").removesuffix(b"\r\n")) for piece in pieces)
    return json.loads(content) if content else None


def _part(piece: bytes) -> tuple[str, tuple[str, str, bytes]]:
    head, _, content = piece.partition(b"\r\n\r\n")
    found = dict(re.findall(r'(name|filename)="([^"]*)"', head.decode()))
    media = re.search(r"(?i)content-type: (\S+)", head.decode())
    return found["name"], (found.get("filename", ""), media[1] if media else "", content)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--webhook", default="")
    parser.add_argument("--key", default="246845883529197922")
    chosen = parser.parse_args()
    fake = FakeZaloOA()
    fake.start(chosen.port)
    for name, value in {**fake.environment(), "DONGHANH_ZALO_REFRESH_TOKEN": fake.refresh}.items():
        print(f"{name}={value}")
    shown = 0
    for line in sys.stdin:
        if chosen.webhook and line.strip():
            body = fake.event("user_send_text", chosen.key, {"text": line.strip()})
            print("->", httpx.post(chosen.webhook, content=body, headers=fake.sign(body)).status_code)
        for delivered in fake.delivered[shown:]:
            print(delivered)
        shown = len(fake.delivered)


if __name__ == "__main__":
    _main()
