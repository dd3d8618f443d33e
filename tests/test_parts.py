"""A reply becomes messages that any platform takes, and nothing of it is lost on the way."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.parts import BARE_NUMBER, Files, length, parts_of, parts_of_text
from bot.channels.protocol import File, Limits, Part
from intents.compose import split
from intents.messages import Choice, Document, Kind, Reply
from intents.wording import say

PLAIN = Limits(2000)
BUTTONS = Limits(4096, buttons=8, files=("application/pdf", "text/plain"))
FILES = Files(
    lambda document: File(document.name, document.content.encode(), "application/pdf" if document.kind == "poster" else "application/json"),
    lambda document: File(document.name + ".pdf", b"%PDF", "application/pdf"),
)
ONE = Limits(40, buttons=3)
CLUSTERS = ("a", "đ", "ộ", "o\u0302\u0323", "😀", "👍🏽", "👨‍👩‍👧", "🇻🇳", "é", ".", ",", ";", "1", "2. ", " ", " ", "\n", "\t", ". ")
texts = st.lists(st.sampled_from(CLUSTERS), max_size=400).map("".join)
labels = st.lists(st.sampled_from(("Có", "Không", "Để sau", "Hội phụ nữ tặng bò", "😀", "thôn 1")), min_size=1, max_size=5, unique=True)


def bare(text: str) -> str:
    """The text without white space: what must never be lost."""
    return "".join(text.split())


def told(parts: list[Part]) -> str:
    return "\n".join(part.text for part in parts)


def reply(text: str, *labels: str, document: Document | None = None) -> Reply:
    return Reply(Kind.TASK, text, choices=tuple(Choice(label, label.casefold()) for label in labels), document=document)


@given(st.text(max_size=500) | texts, st.integers(2, 60))
def test_no_text_is_lost_or_empty_or_too_long(text: str, most: int) -> None:
    parts = parts_of_text(text, Limits(most), "7")
    assert bare("".join(part.text for part in parts)) == bare(text)
    assert all(0 < len(part.text.encode("utf-16-le", "surrogatepass")) // 2 <= most for part in parts)
    assert all(part.text.strip() and part.tag == "7" and not part.choices and part.file is None for part in parts)


@given(
    st.lists(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ", min_size=1, max_size=20), max_size=100), st.sampled_from((" ", "\n", ". ", "; "))
)
def test_words_that_fit_are_never_cut(words: list[str], between: str) -> None:
    parts = parts_of_text(between.join(words), ONE, "")
    assert told(parts).split() == between.join(words).split()


@given(texts, st.integers(12, 60))
def test_what_is_seen_as_one_character_is_never_cut(text: str, most: int) -> None:
    for part in parts_of_text(f"x{text}", Limits(most), ""):
        first, last = part.text[0], part.text[-1]
        assert not unicodedata.category(first).startswith("M") and first not in "\u200d\U0001f3fd" and last != "\u200d"
        assert len(re.findall("[\U0001f1e6-\U0001f1ff]", part.text)) % 2 == 0


@given(texts, labels, st.sampled_from((ONE, PLAIN, BUTTONS)), st.booleans())
def test_choices_are_numbered_once_whether_or_not_the_text_numbers_them(
    text: str, labels: list[str], limits: Limits, already: bool
) -> None:
    numbered = "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))
    said = f"{text}\n{numbered}" if already else text
    parts = parts_of(reply(said, *labels), limits, "7", FILES)
    assert bare(told(parts)) == bare(f"{text}\n{numbered}")
    assert all(not part.choices for part in parts[:-1])
    assert len(parts[-1].choices) == (len(labels) if len(labels) <= limits.buttons else 0)
    assert all(length(part.text) <= limits.characters for part in parts)


def test_long_text_is_cut_at_the_end_of_a_sentence_and_short_text_not_at_all() -> None:
    sentence = "Hộ nghèo được vay vốn. "
    assert [part.text for part in parts_of_text(sentence * 3, ONE, "")] == [sentence.strip()] * 3
    assert [part.text for part in parts_of_text("Chào bà con.", PLAIN, "9")] == ["Chào bà con."]
    assert parts_of_text(" \n ", PLAIN, "") == []


def test_a_line_end_is_preferred_and_a_list_number_stays_with_its_words() -> None:
    text = "Chọn một việc dưới đây nhé bà con:\n1. Đăng ký thoát nghèo\n2. Báo cáo hoạt động\n3. Gặp cán bộ của xã mình"
    parts = [part.text for part in parts_of_text(text, ONE, "")]
    assert all(re.match(r"\d\. \w", part) for part in parts[1:])
    assert not any(BARE_NUMBER.search(part) for part in parts)


@given(st.text("ađ1 .;)\n\u0323", max_size=300), st.integers(1, 60))
def test_a_long_text_is_told_to_its_end_part_by_part(text: str, room: int) -> None:
    parts, rest = [], text
    for _ in range(len(text) + 1):
        if not rest:
            break
        part, rest = split(rest, room)
        parts.append(part)
    assert not rest and all(len(part) <= room for part in parts) and all(parts[1:])
    assert bare("".join(parts)) == bare(text)


def test_a_word_longer_than_the_room_is_cut_and_a_list_number_is_not_cut_from_its_item() -> None:
    assert split("a" * 30, 20) == ("a" * 20, "a" * 10)
    assert split("vốn ít " + "a" * 30, 20) == ("vốn ít", "a" * 30)
    assert split("1. vay vốn  2. con giống  3. học nghề", 30) == ("1. vay vốn  2. con giống", "3. học nghề")
    assert split("Một câu. Hai câu; ba bốn năm sáu", 20) == ("Một câu. Hai câu;", "ba bốn năm sáu")
    assert split("Hết một giai đoạn. Hai câu; ba bốn", 28) == ("Hết một giai đoạn.", "Hai câu; ba bốn")


def test_an_emoji_counts_as_two_as_telegram_counts() -> None:
    assert length("😀") == 2 and length("ộ") == 1
    assert [part.text for part in parts_of_text("😀" * 5, Limits(4), "")] == ["😀😀", "😀😀", "😀"]


def test_a_word_longer_than_a_message_goes_out_in_pieces() -> None:
    assert "".join(part.text for part in parts_of_text("a" * 95, ONE, "")) == "a" * 95


def test_a_number_elsewhere_in_the_text_is_not_taken_for_the_list() -> None:
    (part,) = parts_of(reply("Ở thôn 11. Có đúng không?", "Có", "Không"), PLAIN, "", FILES)
    assert part.text == "Ở thôn 11. Có đúng không?\n1. Có\n2. Không"


def test_a_list_that_does_not_fit_below_the_text_is_not_torn_apart() -> None:
    parts = parts_of(reply("Bà con muốn làm việc nào sau đây?", "Đăng ký", "Báo cáo"), ONE, "7", FILES)
    assert [part.text for part in parts] == ["Bà con muốn làm việc nào sau đây?", "1. Đăng ký\n2. Báo cáo"]
    assert [len(part.choices) for part in parts] == [0, 2]


def test_choices_without_words_before_them_are_a_message() -> None:
    (part,) = parts_of(reply("", "Có", "Không"), BUTTONS, "7", FILES)
    assert part.text == "1. Có\n2. Không" and len(part.choices) == 2


def test_what_asks_for_a_phone_number_says_so_in_its_last_part() -> None:
    first, last = parts_of(replace(reply("Hộ nghèo được vay vốn. Số điện thoại của nhà mình?"), contact=True), ONE, "7", FILES)
    assert (first.contact, last.contact) == (False, True)


def test_too_many_choices_are_numbers_only() -> None:
    (part,) = parts_of(reply("Thôn nào?", *(f"thôn {number}" for number in range(1, 10))), BUTTONS, "7", FILES)
    assert part.choices == () and "9. thôn 9" in part.text


DATA = Document("du-lieu.json", '{"ten": "Người Thử"}')
POSTER = Document("to-roi.pdf", '{"xa": "Can Lộc"}', "poster")


def test_a_document_goes_as_it_is_where_the_platform_takes_its_kind() -> None:
    limits = replace(BUTTONS, files=("application/json",))
    text, file = parts_of(reply("Đây là dữ liệu của bà con.", "Xong", document=DATA), limits, "7", FILES)
    assert text.choices and text.file is None
    assert file == Part("", tag="7", file=File("du-lieu.json", DATA.content.encode(), "application/json"))


def test_a_document_goes_as_a_pdf_where_only_that_is_taken() -> None:
    *_text, part = parts_of(reply("Đây ạ.", document=DATA), BUTTONS, "7", FILES)
    assert part.file == File("du-lieu.json.pdf", b"%PDF", "application/pdf")
    *_text, poster = parts_of(reply("Đây ạ.", document=POSTER), BUTTONS, "7", FILES)
    assert poster.file and poster.file.name == "to-roi.pdf"


def test_a_document_goes_as_text_under_its_name_where_no_file_is_taken() -> None:
    for limits in (PLAIN, replace(PLAIN, files=("image/png",))):
        parts = parts_of(reply("Đây ạ.", document=DATA), limits, "7", FILES)
        assert [part.text for part in parts] == ["Đây ạ.", f"{say('zalo_bot', 'as_text', name='du-lieu.json')}\n{DATA.content}"]


@given(texts, st.integers(20, 60))
def test_no_word_of_a_long_document_is_lost(content: str, most: int) -> None:
    parts = parts_of(reply("Đây ạ.", document=Document("a.txt", content)), Limits(most), "7", FILES)
    assert bare(told(parts)) == bare(f"Đây ạ. {say('zalo_bot', 'as_text', name='a.txt')} {content}")
    assert all(0 < length(part.text) <= most for part in parts)


def test_a_poster_that_cannot_be_sent_is_told_and_not_spilled() -> None:
    parts = parts_of(reply("Đây ạ.", document=POSTER), PLAIN, "7", FILES)
    assert [part.text for part in parts] == ["Đây ạ.", say("zalo_bot", "no_file", name="to-roi.pdf")]
    assert "{" not in told(parts)
