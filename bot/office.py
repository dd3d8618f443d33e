"""The assistant for async code: its work runs in threads of its own, one on SQLite (where writers queue anyway), several on
PostgreSQL, so that the event loop never waits for a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bot.assistant import Assistant
from bot.notices import waiting
from intents.messages import Incoming, Reply

THREADS = 8
P = ParamSpec("P")
T = TypeVar("T")


class Office:
    """One assistant, and the threads it works in."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._threads = ThreadPoolExecutor(1 if assistant.engine.dialect.name == "sqlite" else THREADS, "office")

    async def run(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """The result of `work`, done in a thread that may use the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **more))

    async def handle(self, incoming: Incoming) -> Reply:
        return await self.run(self.assistant.handle, incoming)

    async def news(self, channel: str, key: str, seen: int = 0) -> tuple[list[str], int]:
        """The notices that wait for the person of this account, and the number to give back once they were shown."""
        return await self.run(waiting, self.assistant, channel, key, seen)

    def close(self) -> None:
        """Waits for what is being done, then closes the database."""
        self._threads.shutdown()
        self.assistant.engine.dispose()
