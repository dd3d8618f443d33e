"""What the fake platforms share: a real HTTP server in a thread of its own, a record of what was asked, and faults on demand.

A fault is planned for the next requests that match a path ending, or is drawn at random by shares with a seed. `delay` seconds pass
before any answer; "hang" never answers within the client's time; "cut" closes the connection after the request was taken;
"nonsense" answers with something that is not JSON; other faults are the platform's own errors, made by the fake itself.
"""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

HANG_SECONDS = 30.0


@dataclass(frozen=True)
class Fault:
    """`kind` is "hang", "cut", "nonsense", or a name that the fake knows; `value` is its number (seconds, code, status).

    `done`: the platform has carried the request out all the same (the message is delivered), only the answer goes wrong.
    """

    kind: str
    value: float = 0
    done: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it came: path, query, lower-case headers, body as read by the fake (form fields, JSON), and when (clock)."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class Faults:
    """Which request goes wrong, and how."""

    planned: list[tuple[str, Fault]] = field(default_factory=list)
    shares: list[tuple[str, float, Fault]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    delay: float = 0.0

    def plan(self, ending: str, *faults: Fault) -> None:
        """The next requests whose path ends so get these faults, one each."""
        self.planned += [(ending, fault) for fault in faults]

    def share(self, ending: str, share: float, fault: Fault) -> None:
        """About this share (0 to 1) of the requests whose path ends so get the fault."""
        self.shares.append((ending, share, fault))

    def next(self, path: str) -> Fault | None:
        for number, (ending, fault) in enumerate(self.planned):
            if path.endswith(ending):
                del self.planned[number]
                return fault
        draw = self.chance.random()
        for ending, share, fault in self.shares:
            if path.endswith(ending):
                if draw < share:
                    return fault
                draw -= share
        return None


class Fake:
    """A fake platform: subclasses give `routes()`; they call `answer` for every request."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.clock = clock or time.monotonic
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def routes(self) -> list[BaseRoute]:
        raise NotImplementedError

    async def answer(self, request: Request, body: Any, fault_answer: Callable[[Fault], Response], good: Callable[[], Response]) -> Response:
        """Records the request, applies the fault whose turn it is, and answers. `good` carries the request out and answers."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.url.path, dict(request.query_params), headers, body, self.clock()))
        fault = self.faults.next(request.url.path)
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        if fault is None:
            return good()
        if fault.done:
            good()
        if fault.kind == "hang":
            await asyncio.sleep(fault.value or HANG_SECONDS)
            return Response(status_code=504)
        if fault.kind == "cut":
            return _Cut()
        if fault.kind == "nonsense":
            return Response("<html>502 Bad Gateway</html>", status_code=int(fault.value or 200), media_type="text/html")
        return fault_answer(fault)

    def start(self, port: int = 0) -> str:
        """Starts the server and gives its base URL, such as http://127.0.0.1:40123."""
        listening = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(Starlette(routes=self.routes()), log_level="critical", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        return self.url

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


class _Cut(Response):
    """Closes the connection in the middle of an answer."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionResetError
