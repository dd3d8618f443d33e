"""Conversations as data: what is said, and what the reply must and must not hold."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.batch import settled
from intents.dialogue import Dialogue
from intents.messages import MOST_CHARACTERS
from tests.conftest import TODAY

DIALOGUES = [
    row
    for path in sorted((Path(__file__).parent / "dialogues").glob("*.toml"))
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["dialogue"]
]


@pytest.mark.parametrize("row", DIALOGUES, ids=lambda row: row["name"])
def test_the_conversation_goes_as_written(row: dict[str, Any], dialogue: Dialogue) -> None:
    conversation = settled(row["turns"][0].get("place"))
    for turn in row["turns"]:
        taken = dialogue.take_turn(conversation, turn["said"], TODAY)
        conversation, reply = taken.conversation, taken.reply
        assert reply.kind == turn["kind"], (turn["said"], reply.text)
        assert reply.task == turn.get("task"), turn["said"]
        assert len(reply.text) <= MOST_CHARACTERS
        for words in turn.get("has", ()):
            assert words in reply.text, (turn["said"], words, reply.text)
        for words in turn.get("lacks", ()):
            assert words not in reply.text, (turn["said"], words, reply.text)


def test_a_long_answer_goes_on_with_xem_tiep(dialogue: Dialogue) -> None:
    taken = dialogue.take_turn(settled("Hà Tĩnh"), "tiêu chí thi đua của các sở, ban, ngành cấp tỉnh", TODAY)
    assert "xem tiếp" in taken.reply.text
    more = dialogue.take_turn(taken.conversation, "xem tiếp", TODAY)
    assert more.reply.text
    assert len(more.reply.text) <= MOST_CHARACTERS


def test_every_quote_of_an_answer_stands_in_the_cited_section(dialogue: Dialogue) -> None:
    for text, place in (("tiêu chí hộ gia đình", "Can Lộc"), ("hình thức khen thưởng", "Ninh Bình"), ("mục tiêu giảm nghèo", "Lạng Sơn")):
        for citation in dialogue.take_turn(settled(place), text, TODAY).reply.citations:
            provision = dialogue.knowledge.plans[citation.plan].provision(citation.section)
            assert provision is not None
            assert citation.quote in provision.text
