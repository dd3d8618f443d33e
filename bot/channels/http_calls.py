"""HTTP calls of the channels: a client that logs no addresses, what a broken call means, pictures brought."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import httpx

from bot.channels.protocol import FetchFailed, Later, Reason, Unknown
from storage.photos import MOST_BYTES

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol, httpx.InvalidURL)
FETCH_SECONDS = 60


def client() -> httpx.AsyncClient:
    """A client whose libraries do not log addresses: some hold a token, others lead to people's photos."""
    for library in ("httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)
    return httpx.AsyncClient(timeout=httpx.Timeout(15, connect=10))


def broken(error: Exception) -> Later | Unknown:
    """What a call without an answer means for its message: surely unsent where the request never left."""
    if isinstance(error, UNSENT):
        return Later(Reason.BROKEN, everyone=True, detail=type(error).__name__)
    return Unknown(detail=type(error).__name__)


async def picture(
    http: httpx.AsyncClient, address: str, allow: Callable[[str], Awaitable[None]] | None = None, *, follow_redirects: bool = False
) -> bytes:
    """The picture at an address that `allow` lets pass. Raises FetchFailed, as `allow` does for one that it does not."""
    content = bytearray()
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            if allow is not None:
                await allow(address)
            plain = {"accept-encoding": "identity"}
            async with http.stream("GET", address, headers=plain, follow_redirects=follow_redirects) as answer:
                if (status := answer.status_code) != 200:
                    raise FetchFailed(f"status {status}", again=status >= 500 or status in (408, 429))
                async for piece in answer.aiter_raw():
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise FetchFailed("too large", again=False)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise FetchFailed("not a web address", again=False) from None
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        raise FetchFailed(type(error).__name__) from None
    return bytes(content)
