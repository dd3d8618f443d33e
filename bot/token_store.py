"""The token store of one database: sealed, one worker at a time by a lease, an alarm to the administrators once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.office import Office
from storage import announcements, audit, leases, people
from storage.database import reading, writing
from storage.schema import TOKEN

LOG = logging.getLogger(__name__)
AGAIN_SECONDS = 0.2


class DatabaseTokens:
    """See bot.channels.tokens.TokenStore."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> datetime:
        return self._office.assistant.clock()

    async def load(self, name: str) -> Mapping[str, Any] | None:
        return await self._office.run(self._load, name)

    def _load(self, name: str) -> Mapping[str, Any] | None:
        with reading(self._office.assistant.engine) as connection:
            sealed = connection.execute(select(TOKEN.c.body).where(TOKEN.c.name == name)).scalar_one_or_none()
        return self._office.assistant.vault.open(sealed) if sealed else None

    async def save(self, name: str, body: Mapping[str, Any]) -> None:
        await self._office.run(self._save, name, body)

    def _save(self, name: str, body: Mapping[str, Any]) -> None:
        assistant = self._office.assistant
        with writing(assistant.engine) as connection:
            at = assistant.clock()
            values = {"body": assistant.vault.seal(dict(body)), "changed_at": at, "alarmed_at": None}
            row = people.upsert(connection, TOKEN).values(name=name, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
            audit.write(connection, assistant.vault, at, 0, "token saved", name)

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        holder = leases.new_holder()
        while not await self._office.run(self._take, name, holder, seconds):
            await asyncio.sleep(AGAIN_SECONDS)
        try:
            yield
        finally:
            try:
                await self._office.run(self._give_back, name, holder)
            except Exception as error:  # what was done is done; the lease falls by itself
                LOG.error("%s: the lease is not given back: %s", name, type(error).__name__)

    def _take(self, name: str, holder: str, seconds: float) -> bool:
        with writing(self._office.assistant.engine) as connection:
            return leases.take(connection, name, holder, self.now(), seconds) is not False

    def _give_back(self, name: str, holder: str) -> None:
        with writing(self._office.assistant.engine) as connection:
            leases.give_back(connection, name, holder)

    async def alarm(self, name: str, text: str) -> None:
        LOG.error("%s: %s", name, text)
        await self._office.run(self._alarm, name, text)

    def _alarm(self, name: str, text: str) -> None:
        assistant = self._office.assistant
        with writing(assistant.engine) as connection:
            at = assistant.clock()
            row = people.upsert(connection, TOKEN).values(name=name, body=b"", changed_at=at)
            connection.execute(row.on_conflict_do_nothing())
            fresh = update(TOKEN).where(TOKEN.c.name == name, TOKEN.c.alarmed_at.is_(None)).values(alarmed_at=at)
            if connection.execute(fresh).rowcount:
                announcements.tell_administrators(connection, assistant.vault, text, at)
                audit.write(connection, assistant.vault, at, 0, "token dead", name)
