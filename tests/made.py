"""Records made directly, for tests of what happens to them later; on SQLite and on a real PostgreSQL. Invented people only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.settings import Settings, settings
from intents.codes import new_code
from intents.duplicates import hashes_of
from intents.records import PREFIX, CaseKind, Change, State, Submit
from knowledge.units import Area
from storage import cases, people
from storage.database import open_database, reading, writing
from storage.photos import PhotoStore
from storage.rotation import sealed_columns
from storage.schema import CASE
from storage.vault import Vault, open_vault
from tests.conftest import NOW
from tests.postgres import on_postgres

HERE = Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc")
HOUSEHOLD = {
    "name": "Hoàng Thị Mùa",
    "household_type": "poor",
    "members": 4,
    "reasons": ["illness", "lack_capital"],
    "needs": ["loan"],
    "target_year": 2027,
    "phone": "0987654321",
    "on_behalf": True,
    "helper_name": "Phan Bốn",
    "proof_text": "bà ấy nói đồng ý trước mặt ông Tám",
}
ACTIVITY = {
    "kind": "in_kind",
    "occurred_on": "2026-11-20",
    "amount_vnd": 45_000_000,
    "households": 3,
    "items": [{"name": "bò", "quantity": 3, "unit": "con"}],
    "beneficiary_names": ["Hoàng Thị Mùa", "Lê Văn Sáu"],
    "donor": "ông Tạ Đình Chín",
    "said": "sáng nay ông Chín tặng 3 con bò cho bà Mùa",
}


@dataclass(frozen=True)
class Kept:
    """A database with its keys and photos."""

    where: Settings
    engine: Engine
    vault: Vault
    photos: PhotoStore

    def person(self, name: str, at: datetime = NOW) -> int:
        with writing(self.engine) as connection:
            return people.of_account(connection, "terminal", name, at)

    def case(
        self,
        body: Mapping[str, Any] = HOUSEHOLD,
        kind: CaseKind = CaseKind.REGISTRATION,
        state: State = State.SUBMITTED,
        at: datetime = NOW,
        area: Area = HERE,
        owner: str = "ho",
    ) -> str:
        """A new case, and its code."""
        code, number = new_code(PREFIX[kind]), self.person(owner, at)
        with writing(self.engine) as connection:
            new = Submit(code, kind, area, body, at + timedelta(days=15), state, hashed=hashes_of(kind, body, area))
            cases.submit(connection, self.vault, number, new, at)
        return code

    def change(self, code: str, state: State | None = None, at: datetime = NOW, **told: Any) -> None:
        """The case's next version; `told` goes into its body."""
        with writing(self.engine) as connection:
            case = cases.find(connection, self.vault, code)
            assert case is not None
            body = {**case.body, **told}
            wanted = Change(code, state, body, note="lời cán bộ về bà Mùa", hashed=hashes_of(case.kind, body, case.area))
            cases.change(connection, self.vault, case.owner, wanted, at)

    def codes(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(CASE.c.code).order_by(CASE.c.id)).scalars())

    def opened(self, vault: Vault | None = None) -> list[tuple[str, Any]]:
        """Every sealed value there is, opened, with its table and column."""
        with reading(self.engine) as connection:
            return [
                (f"{table.name}.{column.name}", (vault or self.vault).open(value))
                for table, columns in sealed_columns().items()
                for column in columns
                for value in connection.execute(select(column).order_by(*table.primary_key.columns)).scalars()
            ]


def keep(where: Settings) -> Kept:
    return Kept(where, open_database(where.database), open_vault(where.key_file), PhotoStore(where.photos))


@pytest.fixture(params=("sqlite", "postgresql"))
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """An empty database, on SQLite and on PostgreSQL."""
    on_sqlite = request.param == "sqlite"
    opened = keep(settings({}, tmp_path / "test.sqlite3") if on_sqlite else on_postgres(request.getfixturevalue("postgres"), tmp_path))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Kept]:
    """An empty database in a SQLite file, for the commands."""
    opened = keep(settings({}, tmp_path / "test.sqlite3"))
    yield opened
    opened.engine.dispose()
