"""Any writing of a question reaches the same answer: accents, Unicode form, case, Telex keys and spaces do not matter."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.batch import settled
from intents.dialogue import Dialogue
from intents.messages import MOST_CHARACTERS, Kind, Reply
from intents.state import Conversation
from knowledge.vietnamese import fold, read
from tests.conftest import TODAY

QUESTIONS = (
    ("Tiêu chí thi đua đối với hộ gia đình ở Hà Tĩnh là gì?", None),
    ("Hạn báo cáo hằng năm của Ninh Bình là ngày nào?", None),
    ("Doanh nghiệp ở Can Lộc phải ủng hộ bao nhiêu tiền mới được khen?", None),
    ("Kinh phí khen thưởng của huyện Kbang lấy từ nguồn nào?", None),
    ("Hồ sơ khen thưởng gửi về đâu?", "Kbang"),
    ("Lạng Sơn phấn đấu mỗi năm giảm bao nhiêu phần trăm hộ nghèo?", None),
    ("Khi nào tổng kết phong trào?", "Lạng Sơn"),
    ("Sở Nội vụ có nhiệm vụ gì?", "Ninh Bình"),
    ("Gặp khó khăn vướng mắc thì phản ánh về đâu?", "Hà Tĩnh"),
    ("Thôn muốn được khen thì cần đạt những tiêu chuẩn gì?", "Can Lộc"),
    ("Lãi suất vay ngân hàng chính sách là bao nhiêu?", "Lạng Sơn"),
    ("Tỉnh Nghệ An có tiêu chí nào cho hộ nghèo?", None),
    ("Các hình thức khen thưởng gồm những gì?", "Ninh Bình"),
    ("Cán bộ làm công tác giảm nghèo cần tiêu chuẩn gì để được khen?", "Lạng Sơn"),
    ("Xin chào", None),
)
TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
TELEX_LETTERS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}


def telex(text: str) -> str:
    """The text as raw Telex keys, tone at the end of each word."""
    return " ".join(_telex_word(word) for word in text.split())


def _telex_word(word: str) -> str:
    core = word.rstrip("?.,")
    tone = next((TELEX_TONES[char] for char in unicodedata.normalize("NFD", core) if char in TELEX_TONES), "")
    bare = unicodedata.normalize("NFC", "".join(char for char in unicodedata.normalize("NFD", core) if char not in TELEX_TONES))
    return "".join(TELEX_LETTERS.get(char.lower(), char) for char in bare) + tone + word[len(core) :]


def random_case(text: str) -> str:
    chance = random.Random(5)
    return "".join(char.upper() if chance.random() < 0.5 else char.lower() for char in text)


WRITINGS: dict[str, Callable[[str], str]] = {
    "no accents": fold,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "capitals": str.upper,
    "random case": random_case,
    "telex": telex,
    "spaces": lambda text: "  " + text.replace(" ", "   ") + "\n",
}


def reply_to(dialogue: Dialogue, text: str, place: str | None) -> Reply:
    return dialogue.take_turn(settled(place), text, TODAY).reply


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_reaches_the_same_answer(writing: str, dialogue: Dialogue) -> None:
    different = []
    for text, place in QUESTIONS:
        plain, other = reply_to(dialogue, text, place), reply_to(dialogue, WRITINGS[writing](text), place)
        if (plain.kind, plain.plans, [c.section for c in plain.citations]) != (
            other.kind,
            other.plans,
            [c.section for c in other.citations],
        ):
            different.append((text, plain.kind, other.kind, [c.section for c in other.citations]))
    assert different == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("thoats ngheof", "thoat ngheo"),
        ("thoat1 ngheo2", "thoat ngheo"),
        ("dduowcj khen", "duoc khen"),
        ("hn vs hcn", "ho ngheo voi ho can ngheo"),
        ("UBND xã", "uy ban nhan dan xa"),
        ("lđtbxh", "lao dong thuong binh xa hoi"),
        ("mần răng", "lam sao"),
        ("khi mô", "khi nao"),
        ("nghèoooo", "ngheo"),
        ("hoà", "hoa"),
        ("K'Bang", "kbang"),
        ("sđt", "so dien thoai"),
    ],
)
def test_typing_is_read_as_plain_words(typed: str, meant: str) -> None:
    assert read(typed).line == meant


def test_both_tone_placements_are_one_word() -> None:
    assert read("hoà").marked == read("hòa").marked
    assert read("thuỷ").marked == read("thủy").marked
    assert read("thuế").marked != read("thuê").marked


def test_a_number_beside_a_village_is_no_key() -> None:
    assert read("thôn 1 với thôn 11").plain == ("thon", "1", "voi", "thon", "11")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_conversation(text: str, dialogue: Dialogue) -> None:
    reply = dialogue.take_turn(Conversation(), text, TODAY).reply
    assert reply.text
    assert len(reply.text) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😂😂🐶",
        "0912345678",
        "今天天气怎么样",
        "a" * 100_000,
        "\u202egnhèo\u200b",
        "'; DROP TABLE conversation;--",
        "<script>alert(1)</script>",
    ],
)
def test_hostile_and_empty_messages_get_a_polite_answer(text: str, dialogue: Dialogue) -> None:
    reply = dialogue.take_turn(Conversation(), text, TODAY).reply
    assert reply.kind in (Kind.OUT_OF_SCOPE, Kind.SMALLTALK, Kind.CLARIFY, Kind.NOT_IN_PLAN)
    assert not reply.citations
