"""Zalo Bot's updates: one body becomes one event, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.protocol import Aside, Event, Heard, Ignored, Malformed
from intents.messages import Incoming
from intents.wording import say

NAME = "zalo_bot"


def events(body: Any) -> list[Event]:
    """Updates come bare or wrapped like an answer ({"ok": true, "result": …}); both are read. Raises Malformed."""
    if isinstance(body, dict) and "event_name" not in body and body.get("ok") is True:
        body = body.get("result")
    if not isinstance(body, dict):
        raise Malformed("the update is not an object")
    name = _words(body, "event_name")
    if name not in READ:
        return [Ignored("reaction" if "reaction" in name else "unknown")]
    message = _part(body, "message")
    sender, chat = _part(message, "from"), _part(message, "chat")
    if sender.get("is_bot") is True:
        return [Ignored("bot")]
    key, number, where = _words(sender, "id"), _words(message, "message_id"), _words(chat, "id")
    if _words(chat, "chat_type") != "PRIVATE":
        return [Aside(where, number, say("zalo_bot", "group_plain"))]
    return [READ[name](message, key, number)]


def _part(of: Any, name: str) -> dict[str, Any]:
    found = of.get(name)
    if not isinstance(found, dict):
        raise Malformed(f"{name} is not an object")
    return found


def _words(of: dict[str, Any], name: str, least: int = 1) -> str:
    found = of.get(name)
    found = "" if found is None else found
    if not isinstance(found, str) or len(found) < least:
        raise Malformed(f"{name} is missing or not a text")
    return found


def _text(message: dict[str, Any], key: str, number: str) -> Event:
    return Heard(Incoming(NAME, key, number, _words(message, "text")))


def _image(message: dict[str, Any], key: str, number: str) -> Event:
    return Heard(Incoming(NAME, key, number, _words(message, "caption", 0)), (_words(message, "photo_url"),))


def _unreadable(message: dict[str, Any], key: str, number: str) -> Event:
    return Aside(key, number, say("channel", "cannot_read"))


READ: Mapping[str, Callable[[dict[str, Any], str, str], Event]] = {
    "message.text.received": _text,
    "message.image.received": _image,
    "message.sticker.received": _unreadable,
    "message.voice.received": _unreadable,
    "message.link.received": _unreadable,
    "message.unsupported.received": _unreadable,  # files, videos, places, contact cards
}
