"""The registration form is read as people write it: names, addresses, households, telephones, years, causes, answers."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.slots.answers import READERS, parse_slot
from intents.slots.opening import parse_opening
from intents.slots.phrases import pattern
from intents.slots.registration_data import table
from intents.slots.typing_keys import restored

SENT = datetime.fromisoformat("2026-06-01T10:00:00+07:00")

NAMES = [
    ("Nguyễn Văn Tư", "Nguyễn Văn Tư"),
    ("tên e là lò thị pâng ạ", "Lò Thị Pâng"),
    ("Trieu Tien Phuc", "Trieu Tien Phuc"),
    ("chị Đinh Hlớp", "Đinh Hlớp"),
    ("ghi là bà Nông Thị Slưa nhé", "Nông Thị Slưa"),
    ("Phamj Vawn Hieenf", "Phạm Văn Hiền"),
    ("Hồ Văn Năm", "Hồ Văn Năm"),
    ("họ Vi, tên đệm là Thị, tên Lả", "Vi Thị Lả"),
    ("tên trong giấy là Đặng Thị Chòi, bà con gọi mế Chòi", "Đặng Thị Chòi"),
    ("con mệ Bảy đầu xóm chơ ai", None),
    ("Nông V. Đoàn", "Nông V. Đoàn"),
    ("H'Lan", "H'Lan"),
    ("không phải tên em đâu mà tên bố em, Vi Văn Cờ", "Vi Văn Cờ"),
    ("tui làPhan Thị Lài", "Phan Thị Lài"),
]
PLACES = [
    ("village", "thon 3", "thon 3"),
    ("village", "3", "3"),
    ("village", "ở bản nà lầu cô ạ", "bản nà lầu"),
    ("village", "trước là xóm 2, sáp nhập rồi thành thôn Tân Tiến", "thôn Tân Tiến"),
    ("village", "TDP 8", "tổ dân phố 8"),
    ("village", "chỗ gần cầu ấy", None),
    ("village", "Th. Bắc Sơn", "thôn Bắc Sơn"),
    ("village", "bản Sấm 3 em nhé", "bản Sấm 3"),
    ("commune", "xã Thốgn Nhâts", "xã Thống Nhất"),
    ("commune", "xã mới Can Lộc", "xã Can Lộc"),
    ("commune", "x. Gia Vân", "xã Gia Vân"),
    ("commune", "xã lơ ku huyện kbang", "xã lơ ku"),
    ("commune", "dong loc", "dong loc"),
]
RANKS = [
    ("1", "poor"),
    ("2", "near_poor"),
    ("3", "escaped_poor"),
    ("hn", "poor"),
    ("cận thôi, không phải nghèo", "near_poor"),
    ("hộ nghèo, chưa lên được cận", "poor"),
    ("mới ra khỏi hộ nghèo năm ngoái", "escaped_poor"),
    ("xã xóa tên khỏi sổ nghèo rồi", "escaped_poor"),
    ("chưa thoát được", "poor"),
]
HOUSEHOLDS = [
    ("4", 4),
    ("nhà bảy khẩu", 7),
    ("2 vc với 2 con nhỏ", 4),
    ("hai mệ con", 2),
    ("pá mế già với hai vợ chồng em, một đứa con", 5),
    ("tui với 3 đứa cháu", 4),
    ("một thân một mình", 1),
    ("chồng chết, tôi nuôi 3 con", 4),
    ("ba bà cháu", 3),
    ("6 người mà con lớn lấy chồng tách khẩu nên giờ còn 5", 5),
    ("vợ chồng em, 2 cháu, bố chồng", 5),
    ("bok với yă, 2 đứa cháu", 4),
    ("đông lắm", None),
    ("hai gấy nhông tui với ông mệ già", 4),
    ("chồng em tai biến, em một mình nuôi 3 đứa", 5),
    ("5 - 1 (lấy chồng) = 4", 4),
    ("trước 5 giờ 6 vì mới đẻ", 6),
    ("tám người à không bảy", 7),
]
PHONES = [
    ("+84 912 405 638", "0912405638"),
    ("0978.123.456", "0978123456"),
    ("không chín bảy tám một hai ba bốn năm sáu", "0978123456"),
    ("khong chin tam hai muoi ba bon nam sau bay tam", "0982345678"),
    ("ko co dt", "none"),
    ("nỏ có điện thoại", "none"),
    ("0912 48 33", None),
]
YEARS = [
    ("sang năm", 2027),
    ("2 năm nữa", 2028),
    ("cuối năm nay", 2026),
    ("năm mùi ấy", 2027),
    ("năm con khỉ", 2028),
    ("năm hai tám", 2028),
    ("hai nghìn không trăm hai chín", 2029),
    ("hết năm sau", 2027),
    ("2020", None),
    ("2O28", 2028),
    ("bốn năm nữa", 2030),
    ("nghèo hai năm nay", None),
    ("vài năm nữa", None),
]
CAUSES = [
    ("reasons", "1, 3", ("lack_capital", "lack_labour")),
    ("reasons", "đông con / ít đất / chồng bị tai biến", ("lack_land", "illness", "many_dependents")),
    ("reasons", "k có vốn vs k có đất", ("lack_capital", "lack_land")),
    ("reasons", "mình không rành tiếng kinh", ("ethnic_language",)),
    ("reasons", "bữa có bữa không", ("no_job",)),
    ("needs", "học cách nuôi lợn", ("training",)),
    ("needs", "không tôi chả cần cái gì cả để dành cho nhà khác", None),
    ("reasons", "thiếu đồ nghề thiếu vốn", ("lack_capital", "lack_tools")),
    ("needs", "1 và 2", ("loan", "livestock")),
    ("needs", "xin con bò với làm cái nhà vệ sinh", ("livestock", "water_sanitation")),
    ("needs", "k vay nợ đâu, cho đàn gà giống là dc", ("livestock",)),
    ("needs", "học nghề may, việc làm cho thằng lớn", ("training", "job")),
]
INTERRUPTS = [
    ("members", "sao hỏi lắm thế", "complaint", None),
    ("phone", "hỏi số làm gì vậy", "question", None),
    ("target_year", "thoát rồi có bị cắt thẻ bảo hiểm y tế không", "question", None),
    ("phone", "không nhớ", "dont_know", None),
    ("reasons", "quay lại câu trước", "back", None),
    ("village", "để sau", "skip", None),
    ("needs", "thôi ko làm nữa", "cancel", None),
    ("members", "sửa tên", "edit", "name"),
    ("confirm", "nhà tôi 5 khẩu chứ không phải 4", "edit", "members"),
    ("confirm", "sửa lại số điện thoại", "edit", "phone"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_names(text: str, name: str | None) -> None:
    assert parse_slot("name", text, SENT).value == name


@pytest.mark.parametrize(("slot", "text", "place"), PLACES)
def test_places(slot: str, text: str, place: str | None) -> None:
    assert parse_slot(slot, text, SENT).value == place


@pytest.mark.parametrize(("text", "rank"), RANKS)
def test_household_types(text: str, rank: str) -> None:
    assert parse_slot("household_type", text, SENT).value == rank


@pytest.mark.parametrize(("text", "count"), HOUSEHOLDS)
def test_members(text: str, count: int | None) -> None:
    assert parse_slot("members", text, SENT).value == count


@pytest.mark.parametrize(("text", "number"), PHONES)
def test_phones(text: str, number: str | None) -> None:
    assert parse_slot("phone", text, SENT).value == number


@pytest.mark.parametrize(("text", "year"), YEARS)
def test_years(text: str, year: int | None) -> None:
    assert parse_slot("target_year", text, SENT).value == year


@pytest.mark.parametrize(("slot", "text", "labels"), CAUSES)
def test_causes_and_needs(slot: str, text: str, labels: tuple[str, ...] | None) -> None:
    assert parse_slot(slot, text, SENT).value == labels


@pytest.mark.parametrize(("text", "value"), [("ừ đúng rồi", "yes"), ("chưa đúng", "no"), ("không có gì sai cả", "yes"), ("nỏ phải rứa mô", "no")])
def test_confirmation(text: str, value: str) -> None:
    assert parse_slot("confirm", text, SENT).value == value


@pytest.mark.parametrize(("slot", "text", "interrupt", "target"), INTERRUPTS)
def test_interruptions(slot: str, text: str, interrupt: str, target: str | None) -> None:
    answer = parse_slot(slot, text, SENT)
    assert (answer.value, answer.interrupt, answer.interrupt_target) == (None, interrupt, target)


def test_an_opening_says_what_it_says() -> None:
    opening = parse_opening(
        "Em là Lý A Sùng con bà Lý Thị Mẩy, em đăng ký cho mẹ em, mẹ ở một mình, hộ nghèo, thôn Khuổi Nọi, "
        "xã Hưng Đạo, không có điện thoại, mẹ đau khớp, cuối 2027 xin thoát, mong được cấp con bò",
        SENT,
    )
    assert (opening.name, opening.village, opening.commune, opening.district) == ("Lý Thị Mẩy", "thôn Khuổi Nọi", "xã Hưng Đạo", None)
    assert (opening.household_type, opening.members, opening.phone, opening.target_year) == ("poor", 1, "none", 2027)
    assert (opening.reasons, opening.needs, opening.on_behalf) == (("illness",), ("livestock",), True)


def test_the_sender_is_not_the_household() -> None:
    opening = parse_opening("Tôi là Phạm Đức Thuận, trưởng thôn, đăng ký thay cho hộ bà Đinh Thị Vui, hộ cận nghèo", SENT)
    assert (opening.name, opening.helper_name, opening.on_behalf) == ("Đinh Thị Vui", "Phạm Đức Thuận", True)


def test_years_of_other_things_are_no_target() -> None:
    opening = parse_opening("Tôi sinh năm 1961, hộ nghèo từ năm 2023, hộ nghèo năm nay vẫn thế, xin đăng ký thoát nghèo", SENT)
    assert opening.target_year is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Nguye64n Thi5 Tha81m, xo1m 4", "Nguyễn Thị Thắm, xóm 4"), ("tooi owr thoon Haf Thanh", "tôi ở thôn Hà Thanh"), ("làng Kor xã Stor", "làng Kor xã Stor")],
)
def test_keys_are_turned_back_into_accents(typed: str, meant: str) -> None:
    assert restored(typed) == meant


def test_every_phrase_of_the_data_compiles() -> None:
    for labels in table().phrases.values():
        for phrases in labels.values():
            for phrase in phrases:
                assert pattern(phrase)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_nothing_raises(text: str) -> None:
    parse_opening(text, SENT)
    for slot in READERS:
        parse_slot(slot, text, SENT)


WORDS = "tôi tên là Nguyễn Văn Ba thôn 3 xã hộ cận nghèo nhà 4 người năm 2028 không có vốn 0978 , . : - ( xin vay bò H' ở cho o mệ 9 mươi trăm".split()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_order_of_form_words_raises(words: list[str]) -> None:
    text = " ".join(words)
    parse_opening(text, SENT)
    for slot in READERS:
        parse_slot(slot, text, SENT)


@pytest.mark.parametrize("text", ["", "\x00\u202e", "🙏" * 50, "a" * 100_000, "nhà 4 người " * 10_000, "9" * 5_000, "((((" * 600, "số " * 900])
def test_odd_texts_raise_nothing(text: str) -> None:
    parse_opening(text, SENT)
    assert all(parse_slot(slot, text, SENT) is not None for slot in READERS)


@pytest.mark.parametrize(
    "text",
    [
        "Chi hội Phụ nữ thôn Sấm 3 giới thiệu hội viên Quách Thị Phượng, xã Cúc Phương",
        "mẹ tôi không biết chữ nên con đăng ký cho, mẹ là Hoàng Thị Tư",
        "nhờ ghi tên chú hàng xóm Phạm Văn Thuộc vào danh sách thoát nghèo",
        "Em gái tôi Hoàng Thị Liễu không biết chữ, tôi nhắn hộ. Thôn Bản Mới",
        "Đăng ký thay cho hộ ông Nông Văn Thắm, thôn Tà Lài",
    ],
)
def test_a_message_for_another_household(text: str) -> None:
    assert parse_opening(text, SENT).on_behalf


@pytest.mark.parametrize(
    "text",
    ["ghi cho em vào danh sách, em là Trịnh Khắc Đoàn", "đăng ký hộ em với ạ, em tên Vi Thị Sinh", "bok là Đinh Hrơn, cho bok đăng ký", "xin việc cho con, tôi là Phan Bá Cừ"],
)
def test_a_message_for_ones_own_household(text: str) -> None:
    assert not parse_opening(text, SENT).on_behalf


@pytest.mark.parametrize("slot", [slot for slot in READERS])
def test_enough_alone_cancels_at_every_question(slot: str) -> None:
    assert parse_slot(slot, "thôi ạ", SENT).interrupt == "cancel"


@pytest.mark.parametrize("text", ["đúng", "đồng ý", "vâng ạ", "ok em"])
def test_agreement_is_no_name(text: str) -> None:
    assert parse_slot("name", text, SENT).value is None


def test_a_correction_at_the_end_is_an_edit() -> None:
    answer = parse_slot("confirm", "số khẩu là 5", SENT)
    assert (answer.interrupt, answer.interrupt_target) == ("edit", "members")


@pytest.mark.parametrize(
    ("text", "members"),
    [("có 6 nhưng 1 đứa lấy ck tách khẩu r", 5), ("hai bà cháu", 2), ("ôông bà nội, o út, bọ mạ với ba anh em tui", 8), ("cả thảy bốn mống", 4), ("hai lớn ba nhỏ", 5)],
)
def test_families_said_in_many_ways(text: str, members: int) -> None:
    assert parse_slot("members", text, SENT).value == members


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("lấy tiền mô ra mà nuôi bò", ("lack_capital",)),
        ("có mình tui mần thôi", ("lack_labour",)),
        ("nuôi con gì chết con nấy", ("lack_knowledge",)),
        ("sâu bệnh phá hết lúa", ("disaster",)),
        ("không nghe được tiếng phổ thông", ("ethnic_language",)),
        ("phải lọc máu hoài", ("illness",)),
        ("nà noi, chèn bấu mì", ("lack_capital", "lack_land")),
    ],
)
def test_causes_in_the_words_of_the_people(text: str, reasons: tuple[str, ...]) -> None:
    assert parse_slot("reasons", text, SENT).value == reasons


@pytest.mark.parametrize(
    ("text", "village"),
    [("xóm 3 cũ, nay là thôn Bắc Sơn", "thôn Bắc Sơn"), ("ở xóm 9b bạn nhé", "xóm 9b"), ("Khòn Chu ạ, ngay cạnh trường", "Khòn Chu"), ("thôn Bắc Sơn (xóm 3 cũ)", "thôn Bắc Sơn")],
)
def test_the_village_as_it_is_called_now(text: str, village: str) -> None:
    assert parse_slot("village", text, SENT).value == village
