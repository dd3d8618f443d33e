"""Receipt codes survive being read aloud and copied; legal clocks count working days."""

from __future__ import annotations

from datetime import datetime

import pytest

from intents.clocks import days_after, due, working_days_after
from intents.codes import ALPHABET, check_of, find_code, is_code, new_code, spoken
from intents.records import CaseKind
from knowledge.calendar import ZONE

CODE = "DK-7A3K-2M" + check_of("7A3K2M")


@pytest.mark.parametrize("typed", [
    CODE,
    CODE.lower(),
    CODE.replace("-", ""),
    CODE.replace("-", " "),
    " ".join(CODE.replace("-", "")),
    f"đơn {CODE.lower().replace('dk', 'đk')} của tôi đến đâu rồi",
    CODE.replace("-", "."),
    CODE.replace("7A3K", "7Á3k"),
])  # fmt: skip
def test_a_code_is_found_however_it_is_written(typed: str) -> None:
    assert find_code(typed) == (CODE, False)


def test_every_wrong_character_is_noticed() -> None:
    plain = CODE.replace("-", "")[2:]
    for place in range(len(plain)):
        for char in ALPHABET:
            if char != plain[place]:
                assert not is_code(plain[:place] + char + plain[place + 1 :])


def test_nearly_all_swapped_neighbours_are_noticed() -> None:
    missed = swapped = 0
    for _ in range(400):
        plain = new_code("DK").replace("-", "")[2:]
        for place in range(len(plain) - 1):
            if plain[place] != plain[place + 1]:
                swapped += 1
                missed += is_code(plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :])
    assert missed / swapped < 0.02


def test_a_miscopied_code_is_told_from_no_code() -> None:
    other = "9" if CODE[-1] != "9" else "8"
    assert find_code(CODE[:-1] + other) == (None, True)


@pytest.mark.parametrize(
    "text", ["lãi suất vay ngân hàng chính sách", "đk thoát nghèo năm 2027", "báo cáo 12 ngày công", "bc 15/10/2026", "chị Hoa ở xóm 3"]
)
def test_ordinary_words_are_no_code(text: str) -> None:
    assert find_code(text) == (None, False)


def test_no_letter_of_a_code_looks_or_sounds_like_another() -> None:
    assert not set(ALPHABET) & set("0O1ILBĐDSZNPTVEG")
    assert spoken("DK-7A3K-2M9") == "bảy, a, ba, ca, hai, em-mờ, chín"


def test_working_days_leave_out_weekends_and_holidays() -> None:
    friday = datetime(2026, 11, 20, 15, tzinfo=ZONE)
    assert working_days_after(friday, 2).date().isoformat() == "2026-11-24"
    before_new_year = datetime(2026, 12, 31, 9, tzinfo=ZONE)
    assert working_days_after(before_new_year, 2).date().isoformat() == "2027-01-05"


def test_the_day_counts_in_viet_nam_not_where_the_machine_stands() -> None:
    late_in_utc = datetime.fromisoformat("2026-11-20T18:00:00+00:00")  # already Saturday 1:00 in Việt Nam
    assert days_after(late_in_utc, 15).date().isoformat() == "2026-12-06"
    assert due(CaseKind.QUESTION, late_in_utc).date().isoformat() == "2026-11-24"
