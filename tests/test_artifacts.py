"""What an announcement yields: a text message that changes no figure, a loudspeaker's text that leaves nothing out."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.aloud import aloud
from intents.artifacts import SLOT_SECONDS, loudspeaker, poster, seconds
from intents.codes import spoken
from intents.sms import GSM, SMS_CHARACTERS, bare, sms

CODE = "TB-7A3K-2M9"
ASK = f"Hoi: {CODE}"
MEETING = (
    "Kính gửi toàn thể bà con trong thôn.\n"
    "Thôn họp xét hộ nghèo lúc 19h30 ngày 30/11/2026 tại nhà văn hóa thôn 3.\n"
    "Bà con nhớ mang theo CCCD và sổ hộ khẩu, đến đúng giờ để việc chung được nhanh gọn."
)
LOAN = (
    "UBND xã mời hộ nghèo, hộ cận nghèo nộp hồ sơ vay vốn trước ngày 15/12/2026. Mỗi hộ được vay tối đa 50.000.000 đồng. "
    "Hồ sơ gồm:\n- Đơn theo mẫu\n- Bản sao CCCD\nKhông thu phí. Riêng hộ đã vay năm 2025 thì không nộp lại."
)
SEEDLINGS = (
    "Sáng thứ bảy 28/11, xã cấp 1.200 cây giống cho 60 hộ ở trụ sở UBND xã. Ai chưa đăng ký gọi 0912 345 678 trước 17:00 ngày 27/11."
)
VACCINE = (
    "Trạm y tế xã tiêm phòng cho trẻ dưới 5 tuổi từ ngày 10 đến ngày 12/11/2026. "
    "Thời gian: từ 7h30 đến 11h. Phụ huynh đưa các cháu đến và mang theo sổ tiêm chủng, thẻ BHYT."
)
USUAL = (MEETING, LOAN, SEEDLINGS, VACCINE)
FIGURE = re.compile(r"\d+(?:[.,:/h]\d+)*")


def figures(text: str) -> list[str]:
    return FIGURE.findall(text)


WORDS = st.sampled_from(
    "hộ nghèo, được vay 45.000.000 đồng tại nhà văn hóa “thôn 3” – trước ngày 30/11/2026 lúc 8h30 … 17:00; (trừ hộ 6,6%/năm) Không "
    "Mời bà con. Đến TP. nộp! thuế: đ/c Ấy 0912345678 2026-2030 ½ m² 😀 1️⃣ Ừ Ỹ ₫ ≠ «x» \n".split(" ")
)
NOTICES = st.lists(WORDS, max_size=90).map(" ".join)
KEYS = st.text("0123456789.,:/-–… ;()\nhđĐaựỗTr%“’[|€", max_size=400)


@given(st.one_of(NOTICES, KEYS, st.text(max_size=400)))
@settings(max_examples=300, deadline=None)
def test_a_text_message_is_one_message_of_plain_letters(text: str) -> None:
    made = sms(text, CODE).text
    assert len(made) <= SMS_CHARACTERS
    assert set(made) <= GSM


@given(st.one_of(NOTICES.map(lambda text: text.replace("½", "").replace("1️⃣", "")), KEYS))
@settings(max_examples=300, deadline=None)
def test_no_figure_is_cut_or_changed_in_a_text_message(text: str) -> None:
    made = sms(text, CODE).text.removesuffix(ASK).replace("m2", "m²")
    known = figures(text.replace("đ", "d"))
    assert all(made_figure in known for made_figure in figures(made))


@given(NOTICES)
@settings(max_examples=200, deadline=None)
def test_a_shortened_message_says_how_to_ask_and_cuts_no_word(text: str) -> None:
    made = sms(text, CODE)
    words = set(re.findall(r"\w+", bare(text)))
    kept = re.findall(r"\w+", made.text.removesuffix(ASK))
    assert made.complete or made.text.endswith(ASK)
    assert set(kept) <= words or made.text == f"Co thong bao moi cho ba con. {ASK}"
    assert not made.complete or kept == re.findall(r"\w+", bare(text))


def test_a_short_text_is_whole_and_says_how_to_ask() -> None:
    made = sms("Thôn 3 họp lúc 19h ngày 30/11 – tại “nhà văn hóa”.", CODE)
    assert made.text == f'Thon 3 hop luc 19h ngay 30/11 - tai "nha van hoa". {ASK}'
    assert made.complete


def test_a_text_that_just_fits_is_whole_without_the_way_to_ask() -> None:
    text = "Mời bà con " + "đến họp " * 17 + "lúc 8h."
    made = sms(text, CODE)
    assert made.complete and ASK not in made.text


def test_the_sentences_with_days_hours_and_places_stay() -> None:
    made = sms(MEETING, CODE)
    assert not made.complete
    assert "19h30 ngay 30/11/2026 tai nha van hoa thon 3" in made.text


def test_an_exception_stays_with_its_rule() -> None:
    text = "Hộ vay vốn nộp hồ sơ trước ngày 15/12/2026 tại trụ sở xã. Trừ hộ đã nộp rồi. " + "Bà con báo cho nhau cùng biết nhé. " * 6
    assert "Tru ho da nop roi." in sms(text, CODE).text
    rule = "Mọi hộ phải nộp lại đơn trước ngày 15/12, trừ các hộ " + "đã được cán bộ thôn xác nhận đầy đủ " * 5
    assert "phai nop lai don" not in sms(rule, CODE).text


def test_one_sentence_too_long_is_cut_behind_a_clause_and_shows_it() -> None:
    text = "Họp thôn lúc 8h ngày 2/12 tại nhà văn hóa thôn, mời bà con " + "cùng nhau đến dự đông đủ " * 8 + "."
    assert sms(text, CODE).text == f"Hop thon luc 8h ngay 2/12 tai nha van hoa thon... {ASK}"


def test_words_that_lose_their_meaning_without_accents_are_named() -> None:
    assert sms("Xã hoãn thu thuế đến 5/12.", CODE).mistakable == (("hoãn", "hoàn (trả lại)"), ("thuế", "thuê"))
    assert sms("Mời bà con đi họp.", CODE).mistakable == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("30/11/2026", "ngày 30 tháng 11 năm 2026"),
        ("ngày 05/01/2026", "ngày 5 tháng 1 năm 2026"),
        ("từ 10/11 đến 15/11", "từ ngày 10 tháng 11 đến ngày 15 tháng 11"),
        ("ngày 15-20/11/2026", "ngày 15 đến ngày 20 tháng 11 năm 2026"),
        ("01/12/2026-15/12/2026", "ngày 1 tháng 12 năm 2026 đến ngày 15 tháng 12 năm 2026"),
        ("tháng 11/2026, quý IV/2026", "tháng 11 năm 2026, quý 4 năm 2026"),
        ("đường 30/4", "đường 30 tháng 4"),
        ("8h30", "8 giờ 30"),
        ("7h30-11h", "7 giờ 30 đến 11 giờ"),
        ("08:00 và 17h05", "8 giờ và 17 giờ 5 phút"),
        ("45.000.000 đồng", "45 triệu đồng"),
        ("1.500.000đ/hộ/tháng", "1 triệu 500 nghìn đồng mỗi hộ mỗi tháng"),
        ("500k và 2tr", "500 nghìn đồng và 2 triệu"),
        ("5-7 triệu đồng", "5 đến 7 triệu đồng"),
        ("5%, 6,6%/năm", "5 phần trăm, 6 phẩy 6 phần trăm mỗi năm"),
        ("20 kg gạo/người", "20 ki-lô-gam gạo mỗi người"),
        ("UBND, MTTQ xã, BHYT", "Ủy ban nhân dân, Mặt trận Tổ quốc xã, bảo hiểm y tế"),
        ("số 123/KH-UBND", "số 123 gạch chéo K H gạch ngang U B N D"),
        ("gọi 0912345678", "gọi không chín một hai, ba bốn năm, sáu bảy tám"),
        ("gọi 0269 3838 123", "gọi không hai sáu chín, ba tám ba tám, một hai ba"),
        ("+84 912 345 678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        (f"mã {CODE}", f"mã T B, {spoken(CODE)}"),
        ("t.me/donghanh", "t chấm me gạch chéo donghanh"),
        ("10/12 hộ", "10 trên 12 hộ"),
        ("giai đoạn 2026-2030 có", "giai đoạn 2026 đến 2030 có"),
    ],
)
def test_figures_and_short_forms_are_written_as_they_are_spoken(written: str, said: str) -> None:
    assert aloud(written) == said


@pytest.mark.parametrize(
    "text", ["số nhà 12/3", "1/2 diện tích", "Bệnh viện 19-8.", "1.000.500 đồng", "hộ/người", "8 giờ 30 phút", "thôn 3/2"]
)
def test_what_could_be_heard_as_something_else_stays_as_written(text: str) -> None:
    assert aloud(text).replace("19 tháng 8", "19-8") == text


@given(st.integers(1_000, 999_999_999_999))
@settings(max_examples=300, deadline=None)
def test_an_amount_of_money_keeps_its_value(amount: int) -> None:
    written = f"{amount:,}".replace(",", ".")
    said = aloud(f"Hỗ trợ {written} đồng mỗi hộ.")
    middle = said.removeprefix("Hỗ trợ ").removesuffix(" đồng mỗi hộ.")
    if middle != written:
        sizes = {"tỷ": 10**9, "triệu": 10**6, "nghìn": 1000, None: 1}
        heard = re.findall(r"(\d+)(?: (tỷ|triệu|nghìn))?", middle.replace(".", ""))
        assert sum(int(figure) * sizes[size or None] for figure, size in heard) == amount


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from(["{0.day}/{0.month}/{0.year}", "{0:%d/%m/%Y}", "{0:%d-%m-%Y}", "{0:%d.%m.%Y}"]),
)
@settings(max_examples=200, deadline=None)
def test_every_day_is_spoken_however_it_is_written(day: date, form: str) -> None:
    assert aloud(f"Hạn cuối ngày {form.format(day)}.") == f"Hạn cuối ngày {day.day} tháng {day.month} năm {day.year}."


ORDINARY = frozenset("hộ nghèo được vay tại nhà văn hóa thôn trước lúc trừ Không Mời bà con Đến nộp thuế Ấy Ừ Ỹ".split())


@given(NOTICES)
@settings(max_examples=200, deadline=None)
def test_no_word_is_lost_on_the_way_to_the_loudspeaker(text: str) -> None:
    read = aloud(text)
    said, written = (re.findall(r"[^\W\d_]+", one) for one in (read, text))
    assert [word for word in said if word in ORDINARY] == [word for word in written if word in ORDINARY]
    assert not re.search("[\ue000-\ue009]", read)


@pytest.mark.parametrize("text", USUAL)
def test_usual_announcements_take_about_a_minute(text: str) -> None:
    read = loudspeaker(text, "thôn 3, xã Kbang", "UBND xã Kbang")
    assert 30 <= read.seconds <= 75
    assert read.seconds == seconds(read.text)
    assert read.text.startswith("A lô") and "bà con thôn 3, xã Kbang. Ủy ban nhân dân xã Kbang" in read.text


def test_a_short_announcement_is_said_twice_and_a_long_one_once_and_whole() -> None:
    short = loudspeaker("Họp thôn lúc 19h ngày 30/11.", "thôn 3", "Trưởng thôn 3")
    assert short.text.count("Họp thôn lúc 19 giờ ngày 30 tháng 11.") == 2
    assert short.seconds <= SLOT_SECONDS and short.fits
    long = loudspeaker("\n".join(USUAL), "", "UBND xã Kbang")
    assert "toàn thể bà con" in long.text and not long.fits
    for fact in ("19 giờ 30", "50 triệu đồng", "1 nghìn 200 cây", "năm 2025 thì không nộp lại", "ngày 27 tháng 11", "bảo hiểm y tế"):
        assert long.text.count(fact) == 1


@pytest.mark.parametrize(
    ("figure", "syllables"),
    [("5", 1), ("15", 2), ("20", 2), ("21", 3), ("105", 4), ("1005", 6), ("2026", 7), ("45.000.000", 4), ("0912", 4), ("2,5", 3)],
)
def test_figures_take_the_time_of_the_words_they_are_read_as(figure: str, syllables: int) -> None:
    assert seconds(" ".join([figure] * 3)) == syllables


def test_a_raised_figure_by_itself_takes_its_time_too() -> None:
    assert loudspeaker("Ao rộng 5² mét.", "thôn 3", "Trưởng thôn 3").seconds > 0


def test_a_poster_is_a_document_that_names_what_stands_on_it() -> None:
    made = poster(MEETING, "Họp thôn", "UBND xã Kbang", CODE, "https://t.me/kbang", date(2026, 11, 21))
    assert (made.name, made.kind) == (f"ap-phich-{CODE}.pdf", "poster")
    assert json.loads(made.content) == {
        "title": "Họp thôn",
        "text": MEETING,
        "holder": "UBND xã Kbang",
        "code": CODE,
        "link": "https://t.me/kbang",
        "day": "2026-11-21",
    }
