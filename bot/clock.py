"""Time as the sender sees it; tests drive a clock of their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class SenderClock(Protocol):
    def now(self) -> datetime:
        """UTC."""

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        """Returns after `seconds`, or as soon as `woken` is set."""


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            return
