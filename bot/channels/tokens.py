"""Where a channel keeps what it must not lose: a token pair, saved sealed, changed by one worker at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

Body = Mapping[str, Any]


class TokenStore(Protocol):
    """The store of one database. What it keeps is sealed by the vault."""

    def now(self) -> datetime:
        """The assistant's clock, UTC."""

    async def load(self, name: str) -> Body | None:
        """What was saved under this name, or None."""

    async def save(self, name: str, body: Body) -> None:
        """Saves and commits; returns when it cannot be lost any more."""

    def alone(self, name: str, seconds: float) -> AbstractAsyncContextManager[None]:
        """Holds the named lock over all processes of this database, waiting for whoever has it. Whoever gets it reads anew
        with `load`: somebody else may have done the work meanwhile. The lock falls after `seconds` if its holder dies."""

    async def alarm(self, name: str, text: str) -> None:
        """Tells the administrators once (until `save` is called for the name again), by notice and in the log."""


