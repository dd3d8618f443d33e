"""Figures of an officer's text: every date, sum and percentage is found, and only what really stands in a plan confirms one."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.flows.fact_check import Checked, check, figures_of
from knowledge.load import knowledge
from knowledge.units import Area

TODAY = date(2026, 11, 21)
NINH_BINH = Area("Ninh Bình", "xã Gia Viễn")
HA_TINH = Area("Hà Tĩnh", "xã Cẩm Xuyên")
CAN_LOC = Area("Hà Tĩnh", "xã Can Lộc")
KBANG = Area("Gia Lai", "xã Kbang")
NOWHERE = Area("Nghệ An", "xã Yên Thành")

FIGURES: list[tuple[str, list[tuple[str, str]]]] = [
    ("Nộp đơn trước 30/11.", [("30/11", "date")]),
    ("Nộp đơn trước ngày 30/11/2026.", [("30/11/2026", "date")]),
    ("Họp ngày 30 tháng 11 tại nhà văn hóa", [("ngày 30 tháng 11", "date")]),
    ("Họp ngày 30 tháng 11 năm 2026", [("ngày 30 tháng 11 năm 2026", "date")]),
    ("hop ngay 5 thang 12", [("ngay 5 thang 12", "date")]),
    ("ngày ba mươi tháng mười một", [("ngày ba mươi tháng mười một", "date")]),
    ("hạn 30-11-2026", [("30-11-2026", "date")]),
    ("hạn ngày 30.11", [("30.11", "date")]),
    ("từ 01/9 đến 14/12", [("01/9", "date"), ("14/12", "date")]),
    ("từ 25-30/11", [("25-30/11", "date")]),
    ("trong quý IV", [("quý IV", "date")]),
    ("quý 4 năm 2026", [("quý 4 năm 2026", "date")]),
    ("quý II/2027", [("quý II/2027", "date")]),
    ("năm 2026", [("năm 2026", "date")]),
    ("giai đoạn 2021-2025", [("2021-2025", "date")]),
    ("giai đoạn 2021 – 2025", [("2021 – 2025", "date")]),
    ("từ năm 2021 đến năm 2025", [("2021 đến năm 2025", "date")]),
    ("trong tháng 12", [("tháng 12", "date")]),
    ("trước tháng 12/2026", [("tháng 12/2026", "date")]),
    ("hết 12/2026", [("12/2026", "date")]),
    ("từ ngày 15 hằng tháng", [("ngày 15", "date")]),
    ("30/11 năm nay", [("30/11 năm nay", "date")]),
    ("hạn 31/2", [("31/2", "date")]),
    ("được vay 45 triệu", [("45 triệu", "money")]),
    ("vay 45 triệu đồng", [("45 triệu đồng", "money")]),
    ("1.500.000 đồng", [("1.500.000 đồng", "money")]),
    ("2,6 triệu/người/tháng", [("2,6 triệu/người/tháng", "money")]),
    ("1.500.000đ/người/tháng", [("1.500.000đ/người/tháng", "money")]),
    ("hỗ trợ 500k", [("500k", "money")]),
    ("ho tro 2tr5", [("2tr5", "money")]),
    ("vay 20 000 000 đồng", [("20 000 000 đồng", "money")]),
    ("từ 31/12/2025-31/12/2026", [("31/12/2025", "date"), ("31/12/2026", "date")]),
    ("từ 01 - 05/12/2026", [("01 - 05/12/2026", "date")]),
    ("tiền ăn 30.000đ/ngày", [("30.000đ/ngày", "money")]),
    ("Tết 2027: hỗ trợ 300-500 nghìn đồng/hộ", [("2027", "date"), ("300-500 nghìn đồng/hộ", "money")]),
    ("hai triệu rưỡi", [("hai triệu rưỡi", "money")]),
    ("từ 3 đến 5 triệu", [("3 đến 5 triệu", "money")]),
    ("1,2 tỷ đồng", [("1,2 tỷ đồng", "money")]),
    ("giảm 5%", [("5%", "percent")]),
    ("3,5 phần trăm", [("3,5 phần trăm", "percent")]),
    ("giam 3.5 phan tram", [("3.5 phan tram", "percent")]),
    ("giảm 4-5%/năm", [("4-5%/năm", "percent")]),
    ("từ 4% đến 5%", [("4% đến 5%", "percent")]),
    ("năm phần trăm", [("năm phần trăm", "percent")]),
    ("họp lúc 8h30 ngày 25/11", [("25/11", "date")]),
    ("8 giờ 30 ngày 25/11/2026, vay 50 triệu, lãi 6,6%/năm", [("25/11/2026", "date"), ("50 triệu", "money"), ("6,6%/năm", "percent")]),
    ("30/11: nộp đơn; 15/12: nhận 2 triệu", [("30/11", "date"), ("15/12", "date"), ("2 triệu", "money")]),
]


@pytest.mark.parametrize(("text", "found"), FIGURES, ids=[text for text, _ in FIGURES])
def test_every_date_sum_and_percentage_is_found_as_written(text: str, found: list[tuple[str, str]]) -> None:
    assert [(figure.written, figure.kind) for figure in figures_of(text, TODAY)] == found


@pytest.mark.parametrize(
    "text",
    ["họp lúc 8h30", "8 giờ 30 phút", "14:30", "lúc 7h tối", "gọi 0912345678", "gọi 0912.345.678", "gọi +84 912 345 678", "tổng đài 1900 1234", "mã DK-7A3K-2M9",
     "TB-A2C3-4H5", "3 con bò", "12 hộ", "150.000 cây giống", "thôn 3", "mẫu số 01", "Nghị định 07/2021/NĐ-CP", "Quyết định số 24/2021/QĐ-TTg", "165/KH-UBND",
     "2/3 số hộ", "03/10 chỉ số", "trong 15 ngày", "6 tháng một lần", "CCCD 040123456789", "năm nay", "5 người", "nhà số 12", "quỹ vì người nghèo", "quý bà con",
     "", "không có số nào", "2 tháng", "điều 5 khoản 2", "xã 135", "mỗi tháng 2 lần", "ăn 3 bữa"],
)  # fmt: skip
def test_hours_telephones_codes_and_counts_are_no_figures_to_check(text: str) -> None:
    assert figures_of(text, TODAY) == []


def checked(text: str, area: Area, today: date = TODAY) -> list[Checked]:
    return list(check(text, area, knowledge(), today))


CONFIRMED = [
    ("Các cơ quan báo cáo kết quả trước ngày 30/11 hằng năm.", NINH_BINH, "ninh-binh-2021-2025", True),
    ("Nhắc gửi báo cáo kết quả về tỉnh trước 30/11/2026", NINH_BINH, "ninh-binh-2021-2025", True),
    ("bao cao ket qua truoc ngay 30/11", NINH_BINH, "ninh-binh-2021-2025", True),
    ("Báo cáo kết quả: chậm nhất ngày 30 tháng 11", NINH_BINH, "ninh-binh-2021-2025", True),
    ("Trước ngày 30/11, các thôn gửi báo cáo", NINH_BINH, "ninh-binh-2021-2025", True),
    ("Thu nhập từ 1.500.000 đồng/người/tháng trở xuống", NOWHERE, "national", False),
    ("Chuẩn hộ nghèo ở nông thôn là 1,5 triệu/người/tháng", NOWHERE, "national", False),
    ("thu nhap duoi 1tr5 moi nguoi mot thang", NOWHERE, "national", False),
    ("Rà soát hộ nghèo từ 01/9", CAN_LOC, "national", False),
    ("Rà soát định kỳ hằng năm đến hết ngày 14/12", CAN_LOC, "national", False),
    ("Người thuộc hộ cận nghèo được hỗ trợ 70% mức đóng bảo hiểm y tế", NOWHERE, "national", False),
    ("Lãi suất vay của hộ mới thoát nghèo bằng 125% của hộ nghèo", NOWHERE, "national", False),
    ("Phong trào thi đua giai đoạn 2021-2025", HA_TINH, "ha-tinh-2021-2025", True),
    ("Doanh nghiệp đóng góp giảm nghèo bằng tiền, hiện vật từ 300 triệu đồng trở lên", HA_TINH, "ha-tinh-2021-2025", True),
    ("Tỷ lệ hộ nghèo giảm bình quân trên 2%/năm", KBANG, "kbang-2021-2025", True),
    ("Giảm tỷ lệ hộ nghèo bình quân 1-2%/năm", CAN_LOC, "can-loc-2016-2020", True),
    ("Đỡ đầu, tài trợ về vật chất trị giá từ 200 triệu đồng", CAN_LOC, "can-loc-2016-2020", True),
    ("Đóng góp bằng hiện vật từ 300 triệu đồng trở lên", CAN_LOC, "ha-tinh-2021-2025", True),
]


@pytest.mark.parametrize(("text", "area", "plan", "over"), CONFIRMED, ids=[text for text, *_ in CONFIRMED])
def test_a_figure_of_a_plan_or_a_valid_rule_is_confirmed_with_its_words(text: str, area: Area, plan: str, over: bool) -> None:
    (found,) = checked(text, area)
    assert found.citation and (found.plan, found.citation.plan, found.over) == (plan, plan, over)


FLAGGED = [
    ("Nộp đơn trước 30/11.", NINH_BINH),
    ("Bà con nộp đơn về Ủy ban nhân dân xã trước 30/11", NINH_BINH),
    ("Hưởng ứng phong trào thi đua, bà con nộp đơn trước ngày 30/11", NINH_BINH),
    ("Đơn tham gia phong trào thi đua nộp trước 30/11", NINH_BINH),
    ("Các đơn vị nộp đơn trước ngày 30/11; báo cáo gửi sau", NINH_BINH),
    ("Nộp trước 30/11, còn báo cáo gửi sau", NINH_BINH),
    ("Báo cáo kết quả trước ngày 30/10", NINH_BINH),
    ("Báo cáo kết quả trước ngày 30/11", HA_TINH),
    ("Báo cáo kết quả trước ngày 30/11", NOWHERE),
    ("Phong trào thi đua giai đoạn 2021-2025 hỗ trợ 300 triệu", KBANG),
    ("Hỗ trợ mỗi hộ 300 triệu đồng", HA_TINH),
    ("Thu nhập từ 1.500.000 đồng/năm trở xuống", NOWHERE),
    ("Thu nhập từ 1.600.000 đồng/người/tháng", NOWHERE),
    ("Hỗ trợ làm nhà ở nông thôn 2.000.000 đồng", NOWHERE),
    ("Chuẩn hộ nghèo 2.200.000 đồng/người/tháng", NOWHERE),
    ("Thu nhập hộ nghèo nông thôn đến 700.000 đồng", NOWHERE),
    ("Tỷ lệ hộ nghèo giảm 2%", KBANG),
    ("Hỗ trợ 100% tiền ăn", NOWHERE),
    ("Lãi suất 125%/năm", NOWHERE),
    ("Họp dân ngày 25/11", CAN_LOC),
    ("Người lao động có thu nhập thấp: từ 2.250.000 đồng/người/tháng", NOWHERE),
    ("hạn 31/2", CAN_LOC),
]


@pytest.mark.parametrize(("text", "area"), FLAGGED, ids=[f"{text} ({area.commune})" for text, area in FLAGGED])
def test_a_figure_that_no_entry_about_the_same_thing_holds_stays_flagged(text: str, area: Area) -> None:
    assert any(one.citation is None and one.plan == "" and not one.over for one in checked(text, area))


def test_a_place_without_a_plan_has_only_the_national_rules() -> None:
    text = "Giảm tỷ lệ hộ nghèo bình quân 3%/năm"
    assert checked(text, Area("Lạng Sơn", "xã Bình Gia"))[0].citation is not None
    assert checked(text, NOWHERE)[0].citation is None


def test_the_plan_of_a_province_is_none_for_communes_that_joined_it_later() -> None:
    """Ý Yên belonged to Nam Định when the plan of Ninh Bình was issued."""
    text = "Báo cáo kết quả về Ủy ban nhân dân tỉnh trước ngày 30/11"
    assert checked(text, NINH_BINH)[0].citation is not None
    assert checked(text, Area("Ninh Bình", "xã Ý Yên"))[0].citation is None
    assert checked(text, Area("Ninh Bình"))[0].citation is not None


def test_a_village_has_the_plans_of_its_commune() -> None:
    assert checked("Báo cáo kết quả trước ngày 30/11", Area("Ninh Bình", "xã Gia Viễn", "thôn 3", "Gia Vượng"))[0].plan == "ninh-binh-2021-2025"


def test_the_nearer_of_two_entries_with_the_same_figure_is_cited() -> None:
    village = checked("Quy mô hộ nghèo đa chiều giảm trên 50% trên tổng số hộ nghèo so với đầu kỳ", HA_TINH)[0]
    assert village.citation and "tổng số hộ nghèo" in village.citation.quote


def test_the_standard_of_the_poor_is_cited_for_the_poor_and_that_of_the_near_poor_for_them() -> None:
    for kind, opening in (("hộ nghèo", "Hộ nghèo"), ("hộ cận nghèo", "Hộ cận nghèo")):
        citation = checked(f"Chuẩn {kind} là thu nhập từ 1.500.000 đồng/người/tháng trở xuống", NOWHERE)[0].citation
        assert citation and citation.quote.startswith(opening)


def test_rules_count_only_while_they_are_valid() -> None:
    text = "Chuẩn hộ nghèo ở nông thôn là 2.200.000 đồng/người/tháng"
    assert checked(text, NOWHERE, date(2026, 12, 31))[0].citation is None
    assert checked(text, NOWHERE, date(2027, 1, 1))[0].citation is not None


def test_a_plan_in_its_period_is_not_said_to_be_over() -> None:
    found = checked("Báo cáo kết quả trước ngày 30/11", NINH_BINH, date(2025, 11, 1))[0]
    assert found.citation is not None and not found.over


def test_each_figure_is_judged_by_its_own_words() -> None:
    found = checked("Báo cáo kết quả trước ngày 30/11. Nộp đơn trước ngày 30/11.", NINH_BINH)
    assert [one.citation is not None for one in found] == [True, False]


def test_what_is_cited_stands_in_the_knowledge_base() -> None:
    plans = knowledge().plans
    for text, area, plan, _ in CONFIRMED:
        citation = checked(text, area)[0].citation
        assert citation is not None
        if plan == "national":
            assert citation.quote in {rule.statement for rule in knowledge().rules.values()}
        else:
            provision = plans[plan].provision(citation.section)
            assert provision is not None and citation.quote in provision.text


def test_a_text_without_figures_has_nothing_to_check() -> None:
    assert checked("Mời bà con đến nhà văn hóa thôn.", CAN_LOC) == []


PIECES = st.sampled_from(
    ["30/11", "trước ngày", "năm 2026", "2021-2025", "45 triệu", "5%", "4-5%/năm", "quý IV", "tháng", "phần trăm", "8h30", "0912345678", "/", "đồng", ",", ".", "báo cáo"]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=12).map(" ".join)))
@example("9" * 400)
@example("1/1/" * 200)
@example("İ 5% ß 30/11 ﬁ")
@example("²/³ ① 5٪")
@example("hai trăm mười trăm phần trăm")
def test_any_text_is_read_without_failing_and_figures_stand_in_it_in_order(text: str) -> None:
    found = figures_of(text, TODAY)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert len(check(text, NINH_BINH, knowledge(), TODAY)) == len(found)
