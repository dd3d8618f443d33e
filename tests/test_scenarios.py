"""Whole conversations of several people as data: who says what, what they are told, which notices reach whom.

A turn: `who` says `said` (or only lets time pass: `later_days`), the reply must hold each of `has` and none of `lacks`; `task`
is the reply's task; `news` are words that the notices waiting for `who` must hold, each in one of them (`[]`: there are none);
`keep = "dk"` keeps the first code of that kind in the reply or the notices (DK, BC, CH…), used later as {dk}. The scenarios
run on the database, as the channels do.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from intents.messages import MOST_CHARACTERS
from tests.conftest import People

SCENARIOS = [
    pytest.param(row, id=f"{path.stem}: {row['name']}")
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]
]


def play(people_of: People, row: dict[str, Any]) -> None:
    """Plays one scenario; also used to run it on every channel."""
    codes: dict[str, str] = {}
    for number, turn in enumerate(row["turns"], 1):
        where = f"{row['name']}, turn {number}: {turn.get('who')}: {turn.get('said')}"
        people_of.later(days=turn.get("later_days", 0), minutes=turn.get("later_minutes", 1))
        heard = []
        if "said" in turn:
            reply = people_of.say(turn["who"], _filled(turn["said"], codes))
            heard.append(reply.text)
            assert len(reply.text) <= MOST_CHARACTERS, f"{where}: {len(reply.text)} characters"
            assert "task" not in turn or reply.task == turn["task"], f"{where}: task {reply.task}: {reply.text}"
            for words in turn.get("has", ()):
                assert _filled(words, codes) in reply.text, f"{where}: {words!r} is not in: {reply.text}"
            for words in turn.get("lacks", ()):
                assert _filled(words, codes) not in reply.text, f"{where}: {words!r} is in: {reply.text}"
        if "news" in turn:
            news = people_of.news(turn["who"])
            heard += news
            assert bool(news) == bool(turn["news"]), f"{where}: news {news}"
            for words in turn["news"]:
                assert any(_filled(words, codes) in one for one in news), f"{where}: {words!r} in none of {news}"
        if kind := turn.get("keep"):
            match = re.search(rf"{kind.upper()}-\w{{4}}-\w{{3}}", " ".join(heard))
            assert match, f"{where}: no {kind} code in {heard}"
            codes[kind] = match[0]


def _filled(text: str, codes: dict[str, str]) -> str:
    for name, code in codes.items():
        text = text.replace(f"{{{name}}}", code)
    return text


@pytest.mark.parametrize("row", SCENARIOS)
def test_the_scenario_goes_as_written(row: dict[str, Any], people_of: People) -> None:
    play(people_of, row)
