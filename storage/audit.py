"""The audit: append-only, one line for every change and every view of personal data, chained by a keyed hash.

Nobody without the key can change, take out or add a line unnoticed; the head row tells when lines at the end are missing.
Lines hold numbers and codes, never content or names, so that erasing a person leaves the audit whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from storage.people import upsert
from storage.tables import AuditHeadRow, AuditRow
from storage.vault import Vault

HEAD = AuditHeadRow.__table__  # type: ignore[attr-defined]
LINES = AuditRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Verified:
    """The outcome of a check: how many lines hold, and what is wrong with the first that does not ("" when all hold)."""

    lines: int
    problem: str = ""


def lock(connection: Connection) -> None:
    """Takes the end of the chain, which is every writer's first lock: who holds it writes alone, so that chains do not fork,
    two likely duplicates see each other, and nobody waits for somebody who waits for them."""
    connection.execute(upsert(connection, HEAD).values(id=1, length=0, chain="", seal="").on_conflict_do_nothing())
    connection.execute(select(HEAD.c.id).where(HEAD.c.id == 1).with_for_update())


def write(connection: Connection, vault: Vault, at: datetime, actor: int, action: str, target: str, detail: str = "") -> None:
    """Adds a line to the chain, whose end stays locked until the transaction ends."""
    lock(connection)
    length, before = connection.execute(select(HEAD.c.length, HEAD.c.chain).where(HEAD.c.id == 1)).one()
    chain = _link(vault, before, length + 1, at, actor, action, target, detail)
    connection.execute(insert(LINES).values(id=length + 1, at=at, actor=actor, action=action, target=target, detail=detail, chain=chain))
    connection.execute(update(HEAD).where(HEAD.c.id == 1).values(length=length + 1, chain=chain, seal=_seal(vault, length + 1, chain)))


def verify(connection: Connection, vault: Vault) -> Verified:
    """Computes the whole chain again."""
    before, number = "", 0
    for row in connection.execute(select(LINES).order_by(LINES.c.id).execution_options(yield_per=1000)):
        number += 1
        if row.id != number:
            return Verified(number - 1, f"thiếu dòng {number}")
        before = _link(vault, before, row.id, row.at, row.actor, row.action, row.target, row.detail)
        if before != row.chain:
            return Verified(number - 1, f"dòng {number} đã bị sửa")
    head = connection.execute(select(HEAD).where(HEAD.c.id == 1)).one_or_none()
    if head is None and not number:
        return Verified(0)
    if head is None or (head.length, head.chain) != (number, before) or (number and head.seal != _seal(vault, number, before)):
        return Verified(number, f"cuối sổ không khớp: có {number} dòng, sổ ghi {head.length if head is not None else 0}")
    return Verified(number)


def _seal(vault: Vault, length: int, chain: str) -> str:
    """What only the key's owner can write beside the end: without it an earlier end could be put in its place."""
    return vault.sign(f"head\x1f{length}\x1f{chain}".encode())


def _link(vault: Vault, before: str, number: int, at: datetime, actor: int, action: str, target: str, detail: str) -> str:
    moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return vault.sign("\x1f".join((before, str(number), moment, str(actor), action, target, detail)).encode())
