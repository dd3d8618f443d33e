"""The web chat: one page and two calls, for phones without Zalo or Telegram. Who writes is known by a cookie, kept nowhere but there."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.assistant import Assistant
from bot.office import Office
from intents.messages import Incoming, Kind, Reply
from intents.wording import group, say
from storage import conversations, outbox, people
from storage.database import reading
from storage.photos import PhotoError, received

CHANNEL = "web"
OPEN, LOCKED, NOBODY = "open", "locked", "nobody"  # an account: its person may be spoken to, is behind a PIN, is not known (any more)
COOKIE = "dh"
COOKIE_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
MESSAGE = re.compile(r"[A-Za-z0-9-]{8,64}")
NUMBER = re.compile(r"\d{1,15}")
MOST_BYTES = 14_000_000  # a photo of 10 MB in base64, and the rest of the message
MOST_TEXT = 2_001  # characters handed on: one more than the dialogue reads, so that it says itself that this is too long
MOST_A_MINUTE = 30
MOST_SESSIONS = 10_000  # counted at once; beyond that all begin anew
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'"
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "geolocation=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOLDER = Path(__file__).parent
FILES = {"chat.css": "text/css", "chat.js": "text/javascript"}


def read_message(body: bytes, key: str) -> tuple[Incoming, bytes | None]:
    """The message, and its picture as it came. Raises HTTPException, like all below, with the name of the text that says why."""
    try:
        said = json.loads(body.decode("utf-8"))
        number, text, photo, location = said["message"], said.get("text", ""), said.get("photo"), said.get("location")
        content = None if photo is None else base64.b64decode(photo, validate=True)
        latitude, longitude = (0.0, 0.0) if location is None else location
        fits = MESSAGE.fullmatch(number) and isinstance(text, str) and {type(latitude), type(longitude)} <= {int, float}
        fits = fits and -90 <= latitude <= 90 and -180 <= longitude <= 180
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise HTTPException(400, "unreadable") from error
    if not fits:
        raise HTTPException(400, "unreadable")
    if not text.strip() and photo is None and location is None:
        raise HTTPException(400, "empty")
    place = None if location is None else (float(latitude), float(longitude))
    return Incoming(CHANNEL, key, number, text[:MOST_TEXT], location=place), content


class Pace:
    """How many messages each session has sent in the running minute."""

    def __init__(self) -> None:
        self._minute, self._sent = 0, Counter[str]()

    def allows(self, key: str) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute or len(self._sent) >= MOST_SESSIONS:
            self._minute, self._sent = minute, Counter()
        self._sent[key] += 1
        return self._sent[key] <= MOST_A_MINUTE


class WebChat:
    """The page, its two files and its two calls, in front of one office."""

    def __init__(self, office: Office, secure: bool, most_bytes: int) -> None:
        self._office, self._secure, self._most_bytes, self._pace = office, secure, most_bytes, Pace()
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}
        texts = {**group("web"), "version": hashlib.sha256(b"".join(self._files.values())).hexdigest()[:12]}
        page = (FOLDER / "chat.html").read_text(encoding="utf-8")
        self._page = re.sub(r"{{(\w+)}}", lambda found: html.escape(texts[found[1]]), page)

    async def page(self, request: Request) -> Response:
        """The page; the cookie is renewed for another year."""
        response = Response(self._page, media_type="text/html", headers=HEADERS | {"Cache-Control": "no-cache"})
        return self._remember(response, session_of(request) or secrets.token_urlsafe(32))

    async def file(self, request: Request) -> Response:
        """The style or the program; the page names the version it needs, so that a phone may keep them."""
        name = request.url.path.rpartition("/")[2]
        return Response(self._files[name], media_type=FILES[name], headers=HEADERS | {"Cache-Control": "public, max-age=86400"})

    async def chat(self, request: Request) -> Response:
        session = session_of(request)
        current = session or secrets.token_urlsafe(32)
        answer = await _told(self._answer(request, account_of(current)))
        # a refused call may come from another site, without the cookie: it must not take the place of the one there is
        return answer if session or answer.status_code != 200 else self._remember(answer, current)

    async def news(self, request: Request) -> Response:
        return await _told(self._waiting(request))

    async def _waiting(self, request: Request) -> dict[str, Any]:
        refuse_elsewhere(request)
        session, given = session_of(request), request.query_params.get("seen", "")
        seen = int(given) if NUMBER.fullmatch(given) else 0
        if not session:
            return {"news": [], "up_to": 0, "account": NOBODY, "asked": None}
        key = account_of(session)
        asked = await self._office.run(asked_last, self._office.assistant, key) if "asked" in request.query_params else None
        return await self._news(key, seen) | {"asked": asked and shown(asked)}

    async def _news(self, key: str, seen: int = 0) -> dict[str, Any]:
        """What waits, and the number that the page gives back once it has shown it: an answer may be lost on its way."""
        texts, up_to = await self._office.news(CHANNEL, key, seen)
        account = await self._office.run(state_of, self._office.assistant, key)
        return {"news": texts, "up_to": up_to, "account": account}

    async def _answer(self, request: Request, key: str) -> dict[str, Any]:
        refuse_elsewhere(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "not_json")
        incoming, picture = read_message(await body_of(request, self._most_bytes), key)
        if not self._pace.allows(key):
            raise HTTPException(429, "too_fast")
        if picture is not None:
            try:
                incoming = replace(incoming, photos=(await self._office.run(received, picture),))
            except PhotoError as error:
                return shown(Reply(Kind.TASK, str(error))) | await self._news(key)
        reply = await self._office.handle(incoming)
        return shown(reply) | await self._news(key)

    def _remember(self, response: Response, session: str) -> Response:
        response.set_cookie(COOKIE, session, max_age=365 * 24 * 3600, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response


async def _told(answer: Awaitable[dict[str, Any]]) -> Response:
    """The answer as JSON, or in words why there is none."""
    try:
        body, status = await answer, 200
    except HTTPException as refusal:
        body, status = {"error": say("web_error", refusal.detail)}, refusal.status_code
    return JSONResponse(body, status, HEADERS | {"Cache-Control": "no-store"})


async def body_of(request: Request, most: int) -> bytes:
    """The body, read on (up to a point) even if it is too large: a phone that is cut off while it sends sees no answer."""
    body, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            body += chunk if size <= most else b""
            if size > 4 * most:
                break
    except ClientDisconnect as error:
        raise HTTPException(400, "unreadable") from error
    if size > most:
        raise HTTPException(413, "too_large")
    return bytes(body)


def refuse_elsewhere(request: Request) -> None:
    """Refuses a call that another site makes this browser send."""
    origin = request.headers.get("origin")
    same = origin is None or origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
    if not same or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "elsewhere")


def session_of(request: Request) -> str | None:
    given = request.cookies.get(COOKIE, "")
    return given if COOKIE_SHAPE.fullmatch(given) else None


def account_of(session: str) -> str:
    """The key of the account: whoever reads the database cannot make the cookie from it."""
    return "w" + hashlib.sha256(session.encode()).hexdigest()


def state_of(assistant: Assistant, key: str) -> str:
    """Whether the page may go on showing what was said."""
    with reading(assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, key)
        if person is None:
            return NOBODY
        return LOCKED if people.load(connection, assistant.vault, person, assistant.clock()).locked else OPEN


def asked_last(assistant: Assistant, key: str) -> Reply | None:
    """The question that a form waits with, for a page that was opened again; None where no form is open or the phone is locked."""
    if state_of(assistant, key) != OPEN:
        return None
    with reading(assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, key)
        if person is None or conversations.load(connection, assistant.vault, person).form is None:
            return None
        last = outbox.latest_reply(connection, assistant.vault, person)
        return replace(last.reply, document=None) if last and last.reply else None


def shown(reply: Reply) -> dict[str, Any]:
    """A reply as the page takes it."""
    document = None
    if reply.document:
        from bot.documents import file_of  # only who asks for a document waits for the PDF library

        file = file_of(reply.document)
        document = {"name": file.name, "media": file.media, "content": base64.b64encode(file.content).decode()}
    choices = [{"label": choice.label, "means": choice.means} for choice in reply.choices]
    return {"text": reply.text, "choices": choices, "document": document, "news": [], "up_to": 0, "account": OPEN}


def routes(office: Office, *, secure: bool, most_bytes: int = MOST_BYTES) -> list[Route]:
    """`secure`: the page is reached by https, and its cookie never leaves by anything else."""
    chat = WebChat(office, secure, most_bytes)
    return [
        Route("/", chat.page),
        *(Route(f"/{name}", chat.file) for name in FILES),
        Route("/api/chat", chat.chat, methods=["POST"]),
        Route("/api/news", chat.news),
    ]
