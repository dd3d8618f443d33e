"""The knowledge base: whole, verbatim, and checked."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from knowledge import calendar
from knowledge.check import plan_problems, problems
from knowledge.importing.paragraphs import paragraphs
from knowledge.load import HERE, DataError, knowledge, load_plan, table
from knowledge.model import Fact

SHARED = HERE.parent.parent / "shared" / "plans"
PLANS = ("can-loc-2016-2020", "ha-tinh-2021-2025", "kbang-2021-2025", "lang-son-2016-2020", "ninh-binh-2021-2025")


def test_the_data_has_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("plan", PLANS)
def test_every_paragraph_belongs_to_exactly_one_provision(plan: str) -> None:
    source = (HERE / "plans" / plan / "source.txt").read_text(encoding="utf-8").splitlines()
    cut = [paragraph for provision in knowledge().plans[plan].provisions for paragraph in provision.paragraphs]
    assert cut == source


@pytest.mark.parametrize("plan", PLANS)
def test_the_source_is_the_plan_as_issued(plan: str) -> None:
    issued = SHARED / f"{plan}.txt"
    if not issued.exists():
        pytest.skip(f"{issued} is not here: the text cannot be compared with the plan as issued")
    kept = (HERE / "plans" / plan / "source.txt").read_text(encoding="utf-8")
    assert "".join(kept.split()) == "".join(unicodedata.normalize("NFC", issued.read_text(encoding="utf-8")).split())


def test_a_numeral_that_starts_a_wrapped_line_is_no_section() -> None:
    sections = [provision.section for provision in knowledge().plans["ha-tinh-2021-2025"].provisions]
    assert "VIII" not in sections
    assert sections[-2:] == ["V.6", "chữ ký"]


def test_wrapped_lines_are_joined_and_bullets_are_not() -> None:
    text = "- Tiến hành tổng kết gắn với Đại hội thi đua yêu nước tỉnh Hà Tĩnh lần thứ \nVIII. Hàng năm, báo cáo.\n- Ý sau.\n"
    assert paragraphs(text) == [
        "- Tiến hành tổng kết gắn với Đại hội thi đua yêu nước tỉnh Hà Tĩnh lần thứ VIII. Hàng năm, báo cáo.",
        "- Ý sau.",
    ]


def test_a_wrong_quote_is_reported_with_file_and_place(tmp_path: Path) -> None:
    folder = tmp_path / "can-loc-2016-2020"
    folder.mkdir()
    source = HERE / "plans" / "can-loc-2016-2020"
    (folder / "source.txt").write_text((source / "source.txt").read_text(encoding="utf-8"), encoding="utf-8")
    data = (source / "plan.toml").read_text(encoding="utf-8").replace("200 triệu đồng", "250 triệu đồng")
    (folder / "plan.toml").write_text(data, encoding="utf-8")
    found = list(plan_problems(load_plan(folder), folder))
    assert any("can-loc-2016-2020/plan.toml" in problem and "nguyên văn" in problem for problem in found)
    assert any("con số" in problem and "200" in problem for problem in found)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "plan.toml"
    broken.write_text("[plan\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"plan\.toml"):
        table(broken)


def test_thresholds_are_in_the_facts() -> None:
    plans = knowledge().plans
    for plan, question, figure in (
        ("ha-tinh-2021-2025", "criteria.business.donation", "300 triệu"),
        ("can-loc-2016-2020", "criteria.household.income", "2 lần sau 2 năm"),
        ("lang-son-2016-2020", "criteria.household.sustained_exit", "03 năm"),
        ("ninh-binh-2021-2025", "report.deadline", "30/11"),
    ):
        cell = plans[plan].cell(question)
        assert isinstance(cell, Fact)
        assert any(figure in citation.quote for citation in cell.citations)


def test_a_yearly_date_does_not_recur_past_its_period() -> None:
    found = calendar.recurring(30, 11, (2021, 2025), date(2026, 11, 21))
    assert found.next is None
    assert found.last == date(2025, 11, 30)
    assert calendar.recurring(30, 11, (2021, 2025), date(2024, 3, 1)).next == date(2024, 11, 30)


def test_impossible_dates_are_left_out() -> None:
    assert calendar.full_dates("ngày 31/2/2020 và 11/6/2020") == [date(2020, 6, 11)]
