"""Reminders the system gives by itself: once each, by day, not to those who have stopped them; reporting days stand in their plans."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.settings import settings
from intents.dialogue import Dialogue
from intents.people import Role
from intents.reporting_dates import days_before, reports_due
from knowledge.calendar import ZONE
from knowledge.load import knowledge
from knowledge.units import Area
from tests.conftest import People

FORM = (
    "đăng ký thoát nghèo",
    "làm tiếp",
    "đồng ý",
    "Nguyễn Văn Tư",
    "thôn Đông Thịnh",
    "xã Thiên Lộc",
    "hộ nghèo",
    "4 người",
    "7",
    "1",
    "2027",
    "0912345678",
    "đúng",
)


def returned(people_of: People, who: str = "ho") -> None:
    """A registration that an officer has returned."""
    for line in FORM:
        people_of.say(who, line)
    for line in ("hàng đợi", "1", "trả lại", "số người", "Sổ hộ khẩu ghi 5 người, bác xem lại", "1"):
        people_of.say("can-bo", line)
    assert any("trả lại" in one for one in people_of.news(who))


def test_a_returned_form_that_waits_is_recalled_once(people_of: People) -> None:
    returned(people_of)
    people_of.later(days=2)
    assert people_of.news("ho") == []
    people_of.later(days=2)
    assert ["sửa đơn" in one for one in people_of.news("ho")] == [True]
    people_of.later(days=30)
    assert people_of.news("ho") == []


def test_a_form_that_was_mended_is_not_recalled(people_of: People) -> None:
    returned(people_of)
    people_of.say("ho", "sửa đơn")
    people_of.say("ho", "5 người")
    people_of.say("ho", "đúng")
    people_of.later(days=5)
    assert people_of.news("ho") == []


def test_who_has_stopped_announcements_is_not_reminded_and_still_told_of_decisions(people_of: People) -> None:
    people_of.say("ho", "ngừng nhận tin")
    returned(people_of)
    people_of.later(days=5)
    assert people_of.news("ho") == []


def test_nobody_is_reminded_at_night(people_of: People) -> None:
    returned(people_of)
    people_of.later(days=4)
    people_of.now = people_of.now.replace(hour=22)
    assert people_of.news("ho") == []
    people_of.later(hours=9)
    assert len(people_of.news("ho")) == 1


@pytest.fixture
def in_ninh_binh(tmp_path, dialogue: Dialogue) -> People:  # type: ignore[no-untyped-def]
    """An officer of a commune in Ninh Bình, while its plan was valid."""
    people_of = People(settings({}, tmp_path / "2024.sqlite3"), dialogue, datetime(2024, 11, 20, 9, tzinfo=ZONE))
    people_of.appoint("can-bo-nb", Role.COMMUNE_OFFICER, Area("Ninh Bình", "xã Nho Quan"), "chị Lý")
    return people_of


def test_those_who_owe_a_plan_its_report_are_reminded_once_before_its_day(in_ninh_binh: People) -> None:
    people_of = in_ninh_binh
    assert people_of.news("can-bo-nb") == []
    people_of.later(days=4)
    told = people_of.news("can-bo-nb")
    assert len(told) == 1 and "30/11/2024" in told[0] and "VI.5" in told[0] and "trước ngày 30/11 hằng năm" in told[0]
    people_of.later(days=3)
    assert people_of.news("can-bo-nb") == [] and people_of.news("can-bo") == []  # once; and not in Hà Tĩnh


def test_a_plan_that_is_over_reminds_nobody(in_ninh_binh: People) -> None:
    in_ninh_binh.now = datetime(2026, 11, 25, 9, tzinfo=ZONE)
    assert in_ninh_binh.news("can-bo-nb") == []


def test_every_reporting_day_stands_in_its_plan_as_quoted() -> None:
    assert days_before() > 0
    for due in reports_due():
        provision = knowledge().plans[due.plan].provision(due.section)
        assert provision is not None and due.quote in provision.text and f"{due.day}/{due.month}" in due.quote
