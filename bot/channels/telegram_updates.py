"""What a Telegram update means to us. Pure: nothing is asked, nothing is answered."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Location, Message, MessageReactionUpdated, Update

from bot.channels.protocol import Aside, Back, Event, Gone, Heard, Ignored, Malformed, Reacted
from intents.messages import Incoming
from intents.wording import say

NAME = "telegram"
PRIVATE, GROUPS = "private", ("group", "supergroup")
START = re.compile(r"/start(@\w+)?(\s.*)?", re.DOTALL)
PICTURES = ("image/jpeg", "image/png", "image/webp")  # sent "as a file", as Telegram on a computer does


@dataclass(frozen=True)
class Us:
    """Who the bot is: its number, and its name without @ ("" until Telegram has told it)."""

    id: int
    username: str = ""


def events(body: Any, us: Us) -> Sequence[Event]:
    """The events of one update. Raises Malformed."""
    if not isinstance(body, dict) or type(body.get("update_id")) is not int:
        raise Malformed("not an update: no number")
    try:
        update = Update.de_json(body, None)
        return [next((read(found, us, body) for kind, read in READERS.items() if (found := getattr(update, kind))), Ignored("unknown"))]
    except Malformed:
        raise
    except Exception as error:  # the library does not check types: a wrong one shows itself as any exception
        raise Malformed(f"not an update: {type(error).__name__}") from None


# -- one reader for each kind of update ------------------------------------------------------------------------------------------


def _message(message: Message, us: Us, _body: Any) -> Event:
    if message.chat.type in GROUPS:
        return _in_group(message, us)
    if message.chat.type != PRIVATE:
        return Ignored("channel")
    return _in_private(message, us, str(_number(message.message_id)))


def _edited(message: Message, us: Us, body: Any) -> Event:
    if message.chat.type != PRIVATE:
        return Ignored("group")
    if message.location:
        return Ignored("live_location")  # a shared live location reports itself every few seconds
    number = f"{_number(message.message_id)}e{_number(body['edited_message']['edit_date'])}"
    return _in_private(message, us, number, edited=True)


def _pressed(pressed: CallbackQuery, _us: Us, _body: Any) -> Event:
    if not pressed.message or pressed.message.chat.type != PRIVATE or pressed.data is None:
        return Ignored("button")
    key, message = str(_number(pressed.from_user.id)), f"c{_text(pressed.id)}"
    return Heard(Incoming(NAME, key, message, "", pressed=_text(pressed.data)))


def _reacted(reaction: MessageReactionUpdated, _us: Us, body: Any) -> Event:
    if not reaction.user or reaction.chat.type != PRIVATE:
        return Ignored("group")
    icons = [str(_text(getattr(one, "emoji", one.type))) for one in reaction.new_reaction]
    number = f"r{body['update_id']}"
    return Reacted(str(_number(reaction.chat.id)), number, str(_number(reaction.message_id)), icons[0] if icons else "")


def _membership(change: ChatMemberUpdated, _us: Us, _body: Any) -> Event:
    if change.chat.type != PRIVATE:
        return Ignored("group")
    key, status = str(_number(change.chat.id)), change.new_chat_member.status
    return Gone(key, "blocked") if status in ("kicked", "left") else Back(key) if status == "member" else Ignored("membership")


def _posted(_post: Message, _us: Us, _body: Any) -> Event:
    return Ignored("channel")


READERS: dict[str, Callable[[Any, Us, Any], Event]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "message_reaction": _reacted,
    "my_chat_member": _membership,
    "channel_post": _posted,
    "edited_channel_post": _posted,
}
ASKED_FOR = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")


# -- messages --------------------------------------------------------------------------------------------------------------------


def _in_private(message: Message, us: Us, number: str, edited: bool = False) -> Event:
    key = str(_number(message.chat.id))
    if message.from_user and message.from_user.is_bot:
        return Ignored("bot")
    text, location = _text(message.text or message.caption or ""), None
    photos = _photos(message)
    if message.contact:
        if not message.from_user or message.contact.user_id != message.from_user.id:
            return Aside(key, number, say("channel", "foreign_contact"))
        text = _text(message.contact.phone_number)
    elif message.location:
        if message.forward_origin:
            return Aside(key, number, say("channel", "foreign_location"))
        location = _degrees(message.location)
    elif not photos and not message.text:
        return Aside(key, number, say("channel", "cannot_read")) if message.effective_attachment else Ignored("service")
    text = "/start" if START.fullmatch(text) else text
    return Heard(Incoming(NAME, key, number, text, location=location, quotes=_quoted(message, us), edited=edited), photos)


def _in_group(message: Message, us: Us) -> Event:
    """Only to who speaks to the bot, and only where to go: others read along."""
    if (message.from_user and message.from_user.is_bot) or not _is_for_us(message, us):
        return Ignored("group")
    text = say("channel", "group", bot=us.username) if us.username else say("channel", "group_without_link")
    return Aside(str(_number(message.chat.id)), str(_number(message.message_id)), text)


def _is_for_us(message: Message, us: Us) -> bool:
    """Whether a group's message mentions the bot, answers it, or is a command that is not another bot's."""
    if _quoted(message, us):
        return True
    name = f"@{us.username}".casefold()
    named = message.parse_entities() if message.text else message.parse_caption_entities() if message.caption else {}
    for entity, words in named.items():
        addressed = words.casefold().partition("@")[2]
        if entity.type == "mention" and words.casefold() == name:
            return True
        if entity.type == "text_mention" and entity.user and entity.user.id == us.id:
            return True
        if entity.type == "bot_command" and entity.offset == 0 and f"@{addressed}" in ("@", name):
            return True
    return False


def _quoted(message: Message, us: Us) -> str:
    quoted = message.reply_to_message
    return str(_number(quoted.message_id)) if quoted and quoted.from_user and quoted.from_user.id == us.id else ""


def _photos(message: Message) -> tuple[str, ...]:
    if message.photo:
        return (_text(max(message.photo, key=lambda size: size.width * size.height).file_id),)
    if message.document and message.document.mime_type in PICTURES:
        return (_text(message.document.file_id),)
    return ()


# -- checked values ------------------------------------------------------------------------------------------------------------------


def _degrees(location: Location) -> tuple[float, float]:
    latitude, longitude = location.latitude, location.longitude
    if (
        not all(type(one) in (int, float) and math.isfinite(one) for one in (latitude, longitude))
        or abs(latitude) > 90
        or abs(longitude) > 180
    ):
        raise Malformed("a location that is nowhere")
    return float(latitude), float(longitude)


def _number(value: Any) -> int:
    if type(value) is not int:
        raise Malformed("a number is something else")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("a text is something else")
    return value
