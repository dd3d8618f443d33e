"""Zalo's webhook: its signature, and its events read by one table of event names."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.channels.protocol import Aside, Back, Event, Gone, Heard, HumanReplied, Ignored, Malformed, Reacted, Refused
from bot.channels.zalo_fields import Body, digits
from intents.messages import Incoming, printable
from intents.wording import say

CHANNEL = "zalo_oa"
MOST_BODY = 1_000_000
MOST_PHOTOS = 20
PHONE = re.compile(r"(?:\+?84|0)([1-9][0-9]{8,9})")
PRESSED = re.compile(r"[0-9A-Za-z_-]{1,60}\.[1-9][0-9]?")
BARE = re.compile(r"[0-9]{4,60}\.[1-9]")  # where buttons have a prefix: shorter ones are numbers that people type, as in 1.5 ha
HELP = "trợ giúp"
ERASE = "xóa hết thông tin của tôi"
TAKEN_BACK = "/-remove"


# -- proof -------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """What the webhook is signed with. `signed_by` is the first term: "app_id", or "oa_id" as some of Zalo's users have seen it."""

    app: str
    secret: str
    signed_by: str = "app_id"

    def __repr__(self) -> str:
        return f"Signature(app={self.app!r}, signed_by={self.signed_by!r})"

    def mac(self, term: str, body: bytes, timestamp: str) -> str:
        """The hex of Zalo's formula: SHA-256 of the term, the raw body, the timestamp and the OA secret key."""
        return hashlib.sha256(term.encode() + body + timestamp.encode() + self.secret.encode()).hexdigest()

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused unless the body is signed and meant for our application."""
        if len(body) > MOST_BODY:
            raise Refused("body too large")
        try:
            update = json.loads(body.decode())
        except (ValueError, RecursionError):
            raise Refused("body is not JSON") from None
        if not isinstance(update, dict):
            raise Refused("body is not an object")
        given = headers.get("x-zevent-signature", "").strip().removeprefix("mac=").strip().lower().encode(errors="replace")
        timestamp = digits(update.get("timestamp")) or digits(headers.get("x-zevent-timestamp"))
        terms = (self.app,) if self.signed_by == "app_id" else _account(update)
        if not timestamp or not any([hmac.compare_digest(self.mac(term, body, timestamp).encode(), given) for term in terms]):
            raise Refused("signature does not fit")
        if digits(update.get("app_id")) != self.app:
            raise Refused("meant for another application")


def _account(update: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of a body of which one is the Official Account's: it is named directly, or is one of the two who talk."""
    ends = [end.get("id") for end in (update.get("recipient"), update.get("sender")) if isinstance(end, dict)]
    return tuple(filter(None, map(digits, (update.get("oa_id"), *ends))))


# -- events ------------------------------------------------------------------------------------------------------------------------


def _text(body: Body) -> Sequence[Event]:
    text, pressed = body.words("message", "text"), ""
    if not text:
        raise Malformed("user_send_text: no text")
    if fits := _pressed(text.strip(), body.prefix):
        text, pressed = "", fits
    quotes = body.words("message", "quote_msg_id") and body.id("message", "quote_msg_id")
    return [Heard(Incoming(CHANNEL, body.id("sender", "id"), body.id("message", "msg_id"), text, quotes=quotes, pressed=pressed))]


def _pressed(text: str, prefix: str) -> str:
    """What a button gave back: after the prefix that is set now, after "#", or without any."""
    for mark in filter(None, (prefix, "#")):
        if text.startswith(mark) and PRESSED.fullmatch(text.removeprefix(mark)):
            return text.removeprefix(mark)
    return text if (BARE if prefix else PRESSED).fullmatch(text) else ""


def _image(body: Body) -> Sequence[Event]:
    photos = tuple(payload.get("url") for payload in body.payloads("image")[:MOST_PHOTOS])
    if not all(isinstance(photo, str) and photo and printable(photo) == photo for photo in photos):
        raise Malformed("user_send_image: no url")
    caption = body.words("message", "text")
    return [Heard(Incoming(CHANNEL, body.id("sender", "id"), body.id("message", "msg_id"), caption), tuple(map(str, photos)))]


def _location(body: Body) -> Sequence[Event]:
    coordinates = body.payloads("location")[0].get("coordinates")
    try:
        latitude, longitude = (float(str(coordinates[side])) for side in ("latitude", "longitude"))  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        raise Malformed("user_send_location: no coordinates") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Malformed("user_send_location: coordinates out of range")
    text, place = body.words("message", "text"), (latitude, longitude)
    return [Heard(Incoming(CHANNEL, body.id("sender", "id"), body.id("message", "msg_id"), text, location=place))]


def _unreadable(body: Body) -> Sequence[Event]:
    return [Aside(body.id("sender", "id"), body.id("message", "msg_id"), say("channel", "cannot_read"))]


def _follow(body: Body) -> Sequence[Event]:
    key = body.id("follower", "id")
    return [Back(key), Heard(Incoming(CHANNEL, key, body.made_id("follow"), HELP))]


def _unfollow(body: Body) -> Sequence[Event]:
    return [Gone(body.id("follower", "id"), "left")]


def _withdraw(body: Body) -> Sequence[Event]:
    """A person asks that their data be erased: our own dialogue about that opens. They are gone after it, as whoever is heard is back."""
    key = body.id("user_id")
    return [Heard(Incoming(CHANNEL, key, body.timed("withdraw"), ERASE)), Gone(key, "left")]


def _submitted(body: Body) -> Sequence[Event]:
    """Only the phone is taken: it is what the bot asks for. The address comes in two forms, and is asked for in words."""
    info = body.fields.get("info")
    if not isinstance(info, dict):
        raise Malformed("user_submit_info: no info")
    phone = PHONE.fullmatch(re.sub(r"[ .-]", "", digits(info.get("phone")) or str(info.get("phone", ""))))
    key, message = body.id("sender", "id"), body.made_id("info")
    return [Heard(Incoming(CHANNEL, key, message, f"0{phone[1]}"))] if phone else [Ignored("info without phone")]


def _account_sent(body: Body) -> Sequence[Event]:
    """Every message of the account comes back; those with an `admin_id` were written by a person in Zalo's own tool."""
    if not body.words("sender", "admin_id"):
        return [Ignored("echo")]
    return [HumanReplied(body.id("recipient", "id"), body.id("message", "msg_id"), printable(body.words("message", "text")))]


def _reacted(body: Body) -> Sequence[Event]:
    to, icon = body.id("message", "msg_id"), printable(body.words("message", "react_icon"))
    return [Reacted(body.id("sender", "id"), body.timed(f"reaction-{to}"), to, "" if icon == TAKEN_BACK else icon)]


def _ignored(what: str, _body: Body) -> Sequence[Event]:
    return [Ignored(what)]


Reader = Callable[[Body], Sequence[Event]]
EVENTS: Mapping[str, Reader] = {
    "user_send_text": _text,
    "user_send_image": _image,
    "user_send_location": _location,
    **dict.fromkeys([f"user_send_{kind}" for kind in "audio video sticker file link gif business_card".split()], _unreadable),
    "follow": _follow,
    "unfollow": _unfollow,
    "user_withdraw": _withdraw,
    "user_submit_info": _submitted,
    **dict.fromkeys([f"oa_send_{kind}" for kind in "text image gif list file sticker".split()], _account_sent),
    "user_reacted_message": _reacted,
    "oa_reacted_message": partial(_ignored, "our reaction"),
    "user_received_message": partial(_ignored, "received"),
    "user_seen_message": partial(_ignored, "seen"),
    "user_click_chatnow": partial(_ignored, "chat opened"),
    "permission_revoked": partial(_ignored, "permission revoked"),
    "change_template_status": partial(_ignored, "template status"),
    "oa_send_consent": partial(_ignored, "call consent"),
    "user_reply_consent": partial(_ignored, "call consent"),
}
FAMILIES: Mapping[str, str] = {
    "anonymous_": "anonymous",
    "oa_send_anonymous_": "anonymous",
    "user_send_group_": "group",
    "oa_send_group_": "group",
}


def read(update: Any, prefix: str = "#") -> Sequence[Event]:
    """The events of one update. Raises Malformed."""
    name = update.get("event_name") if isinstance(update, dict) else None
    if not isinstance(name, str):
        raise Malformed("no event name")
    if reader := EVENTS.get(name):
        return reader(Body(name, update, prefix))
    return [Ignored(next((what for family, what in FAMILIES.items() if name.startswith(family)), "unknown event"))]
