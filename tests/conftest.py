"""The real dialogue on the real data, built once for all tests; no test may reach the network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bot.cli import dialogue as make_dialogue
from intents.dialogue import Dialogue

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def dialogue() -> Dialogue:
    return make_dialogue()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
