"""Keeps each person's conversation, sealed."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from intents.messages import Choice
from intents.state import Conversation, Form, SelfCheck
from knowledge.units import communes, plain_name, province_now
from knowledge.vietnamese import fold
from storage.schema import CONVERSATION
from storage.vault import Vault

KEPT = select(CONVERSATION.c.state).where(CONVERSATION.c.person_id == bindparam("person"))


def load(connection: Connection, vault: Vault, person: int) -> Conversation:
    """The person's conversation; a new one where nothing is kept, or what is kept cannot be read any more."""
    kept = connection.execute(KEPT, {"person": person}).scalar_one_or_none()
    if kept is None:
        return Conversation()
    try:
        return _read(json.loads(kept) if bytes(kept[:1]) == b"{" else vault.open(kept))  # "{": kept before there was a vault
    except (ValueError, TypeError, KeyError):
        return Conversation()


def save(connection: Connection, vault: Vault, person: int, conversation: Conversation, at: datetime) -> None:
    """Keeps the conversation; the caller commits."""
    values = {
        "state": vault.seal(asdict(conversation)),
        "changed_at": at,
        "form_since": datetime.fromisoformat(conversation.form.touched) if conversation.form and conversation.form.touched else None,
        "reminded": False,
        **home(conversation.place),
    }
    connection.execute(_saving(connection.dialect.name), {"person_id": person, **values})


@lru_cache(maxsize=2)
def _saving(dialect: str) -> Any:
    row = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(CONVERSATION)
    kept = {name: row.excluded[name] for name in ("state", "changed_at", "form_since", "reminded", "home_province", "home_commune")}
    return row.on_conflict_do_update(index_elements=["person_id"], set_=kept)


@lru_cache(maxsize=4096)
def home(place: str) -> dict[str, str]:
    """The folded province and commune of a place's label ("Thiên Lộc, Can Lộc, Hà Tĩnh"); the commune only where the label says
    which one it is ("xã Can Lộc, Hà Tĩnh"): a bare "Can Lộc, Hà Tĩnh" may be the old district."""
    *names, province = place.split(", ")
    name, district = names[0] if names else "", names[1] if len(names) > 1 else ""
    is_commune = plain_name(name) != fold(name)  # "xã Can Lộc", "phường …"
    found = communes(name, district, province, slips=False) if name and (district or is_commune) else ()
    commune = found[0].commune if len({unit.commune for unit in found}) == 1 else ""
    return {"home_province": plain_name(province_now(province)), "home_commune": plain_name(commune)}


def _read(data: dict[str, Any]) -> Conversation:
    data["plans"] = tuple(data["plans"])
    data["lines"] = tuple(tuple(line) for line in data.get("lines", ()))
    data["choices"] = tuple(Choice(**choice) for choice in data["choices"])
    data["check"] = SelfCheck(**data["check"]) if data.get("check") else None
    if data.get("form"):
        form = data["form"]
        data["form"] = Form(**(form | {"history": tuple(form["history"]), "skipped": tuple(form["skipped"])}))
    return Conversation(**data)
