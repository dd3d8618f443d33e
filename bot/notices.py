"""Gives a person the notices that wait for them, on a channel that is read rather than sent to (terminal, web page)."""

from __future__ import annotations

from bot.assistant import Assistant
from storage import outbox, people
from storage.database import reading, writing


def deliver(assistant: Assistant, channel: str, key: str) -> list[str]:
    """The texts that wait for the person of this account, oldest first; they count as seen."""
    texts, last = waiting(assistant, channel, key)
    if texts:
        waiting(assistant, channel, key, last)
    return texts


def waiting(assistant: Assistant, channel: str, key: str, seen: int = 0) -> tuple[list[str], int]:
    """The texts that wait, and the number up to which they go. Nothing counts as seen before the person's side says so: `seen` is
    the number it was given last. A locked shared phone shows nothing."""
    at = assistant.clock()
    with reading(assistant.engine) as connection:
        person = people.find_account(connection, channel, key)
        if person is None or people.load(connection, assistant.vault, person, at).locked:
            return [], seen
    if seen:
        with writing(assistant.engine) as connection:
            outbox.taken(connection, person, channel, seen, at)
    with reading(assistant.engine) as connection:
        found = outbox.pulled(connection, assistant.vault, person, channel)
    return [text for _, text in found], max([seen, *(number for number, _ in found)])
