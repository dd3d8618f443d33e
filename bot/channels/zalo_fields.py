"""The fields of one update of Zalo's webhook, read with their types checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.protocol import Malformed

ID = re.compile(r"[!-~]{1,128}")


def digits(value: Any) -> str:
    """A timestamp or id as it stands in the body; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else ""
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


@dataclass(frozen=True)
class Body:
    """One update, read with its types checked. `prefix` is what we put before what a button gives back."""

    name: str
    fields: Mapping[str, Any]
    prefix: str = ""

    def id(self, *path: str) -> str:
        found = self._at(path)
        if not isinstance(found, str) or not ID.fullmatch(found):
            raise Malformed(f"{self.name}: {'.'.join(path)} is not an id")
        return found

    def words(self, *path: str) -> str:
        """A text, "" where there is none."""
        found = self._at(path)
        if not isinstance(found, str | None):
            raise Malformed(f"{self.name}: {'.'.join(path)} is not a text")
        return found or ""

    def made_id(self, kind: str) -> str:
        """The message's id, or one made of the time for events that have none: a repetition has the same time."""
        message = self.fields.get("message")
        if isinstance(message, dict) and "msg_id" in message:
            return self.id("message", "msg_id")
        return self.timed(kind)

    def timed(self, kind: str) -> str:
        time = digits(self.fields.get("timestamp"))
        if not time:
            raise Malformed(f"{self.name}: no timestamp")
        return f"{kind}-{time}"

    def payloads(self, kind: str) -> list[Mapping[str, Any]]:
        """The payloads of the attachments of one type; there must be one."""
        attachments = self._at(("message", "attachments"))
        if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
            raise Malformed(f"{self.name}: no list of attachments")
        found = [one["payload"] for one in attachments if one.get("type") == kind and isinstance(one.get("payload"), dict)]
        if not found:
            raise Malformed(f"{self.name}: no {kind} among the attachments")
        return found

    def _at(self, path: Sequence[str]) -> Any:
        found: Any = self.fields
        for step in path:
            if not isinstance(found, dict):
                raise Malformed(f"{self.name}: {'.'.join(path)} is missing")
            found = found.get(step)
        return found
