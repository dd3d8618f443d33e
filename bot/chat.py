"""`donghanh chat`: the conversation in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.assistant import handle
from intents.dialogue import Dialogue
from intents.messages import Reply
from intents.wording import say
from knowledge.calendar import today_in_vietnam
from storage.database import open_database

PERSON = "terminal:local"
BYE = ("/thoat", "/thoát", "/exit", "/quit")


def chat(dialogue: Dialogue, database: Path) -> int:
    """Talks until /thoat or the end of input. The conversation is kept in `database` and goes on next time."""
    engine = open_database(database)
    print(say("chat", "welcome", database=database.name))
    for text in _typed():
        if text.strip().casefold() in BYE:
            break
        if text.strip():
            print(shown(handle(engine, dialogue, PERSON, text, today_in_vietnam())))
    print(say("chat", "bye"))
    return 0


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("\nBà con: ")
        except UnicodeDecodeError:
            print(say("out_of_scope", "unreadable"))
        except (EOFError, KeyboardInterrupt):
            print()
            return


def shown(reply: Reply) -> str:
    """A reply as the terminal shows it; choices that the text does not number are numbered."""
    lines = [f"\nĐồng Hành: {reply.text}"]
    if reply.choices and f"1. {reply.choices[0].label}" not in reply.text:
        lines += [f"  {number}. {choice.label}" for number, choice in enumerate(reply.choices, 1)]
    return "\n".join(lines)
