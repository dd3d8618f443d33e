"""The web server: webhooks, the chat page, health and metrics, in one ASGI application."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.protocol import Channel, Malformed, Refused
from bot.intake import Intake, events_of
from bot.metrics import REFUSED, REGISTRY, WAITING
from bot.office import Office
from bot.sender import Sender
from bot.web import chat
from storage.database import reading
from storage.outbox import PULLED
from storage.schema import OUTBOX

LOG = logging.getLogger(__name__)
MOST_BYTES = 1_000_000  # of a webhook's body; platforms send links to pictures, not pictures


class _Wrong(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Server:
    """What the routes need. `secure`: the page is reached by https."""

    office: Office
    intake: Intake
    sender: Sender
    channels: Mapping[str, Channel]
    secure: bool

    def app(self) -> Starlette:
        routes = [
            Route("/webhook/{name}", self.webhook, methods=["POST"]),
            Route("/health", self.health),
            Route("/metrics", self.metrics),
            *chat.routes(self.office, secure=self.secure),
        ]
        return Starlette(routes=routes)

    async def webhook(self, request: Request) -> Response:
        """Verify, understand, commit, and only then 200. Refused requests leave nothing but a count."""
        name = request.path_params["name"]
        channel = self.channels.get(name)
        if channel is None or not channel.webhook:
            return JSONResponse({"error": "no such webhook"}, 404)
        try:
            update = _proved(channel, request, await _body(request))
            events = events_of(channel, update)
        except _Wrong as wrong:
            REFUSED.labels(name, str(wrong)).inc()
            return JSONResponse({"error": str(wrong)}, wrong.status)
        except Malformed as error:  # from the platform itself: sending it again would not mend it
            LOG.warning("%s: an update that cannot be read: %s", name, error)
            REFUSED.labels(name, "unreadable").inc()
            return JSONResponse({"ok": True})
        try:
            for event in events:
                await self.intake.take(channel, event)
        except Exception as error:  # not kept: the platform has to send it again
            LOG.error("%s: an update was not kept: %s", name, type(error).__name__)
            return JSONResponse({"error": "try again"}, 503)
        acknowledge = getattr(channel, "acknowledge", None)  # a button stops turning; nothing depends on it
        return JSONResponse({"ok": True}, background=BackgroundTask(acknowledge, update) if acknowledge else None)

    async def health(self, _request: Request) -> Response:
        """Whether the database answers; who sends; which channels there are, and how much waits for channels that do not run here."""
        try:
            waiting = await self.office.run(self._waiting)
        except Exception as error:
            return JSONResponse({"ok": False, "database": type(error).__name__}, 503)
        stranded: Counter[str] = Counter()
        for (channel, _), count in waiting.items():
            if channel and channel not in self.channels and channel not in PULLED:
                stranded[channel] += count
        body = {"ok": True, "sender": self.sender.holds, "channels": ["web", *self.channels], "waiting": sum(waiting.values())}
        return JSONResponse(body | {"stranded": stranded})

    async def metrics(self, _request: Request) -> Response:
        WAITING.clear()
        try:
            waiting = await self.office.run(self._waiting)
        except Exception as error:  # what was counted in this process is told without the database
            LOG.error("metrics: %s", type(error).__name__)
            waiting = {}
        for (channel, lane), count in waiting.items():
            WAITING.labels(channel, str(lane)).set(count)
        return PlainTextResponse(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    def _waiting(self) -> dict[tuple[str, int], int]:
        query = select(OUTBOX.c.channel, OUTBOX.c.lane, func.count()).where(OUTBOX.c.state == "due")
        with reading(self.office.assistant.engine) as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query.group_by(OUTBOX.c.channel, OUTBOX.c.lane))}


async def _body(request: Request) -> bytes:
    """The body as it came. Raises _Wrong for one that is too long, cut off, or not JSON by its type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Wrong(415, "wrong content type")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 20 or int(length) > MOST_BYTES:
        raise _Wrong(413, "too long")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise _Wrong(413, "too long")
    except ClientDisconnect as error:
        raise _Wrong(400, "cut off") from error
    return bytes(body)


def _proved(channel: Channel, request: Request, body: bytes) -> object:
    """The JSON of a request that proves where it comes from."""
    try:
        channel.prove({name.lower(): value for name, value in request.headers.items()}, body)
    except Refused as error:
        LOG.warning("%s: refused: %s", channel.name, error)
        raise _Wrong(401, "refused") from error
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Wrong(400, "not JSON") from error
