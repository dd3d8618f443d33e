"""When an announcement is to be sent, as officers write it; what is not exact is asked and never guessed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.slots.sending_time import SendingTime, in_quiet_hours, next_allowed, parse_sending_time
from knowledge.calendar import ZONE

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=ZONE)  # a Saturday


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


# Written before the rules, by how officers type.
FIRST: list[tuple[str, datetime]] = [
    ("8 giờ sáng mai", at(22, 8)),
    ("8 gio sang mai", at(22, 8)),
    ("8h sáng mai", at(22, 8)),
    ("sáng mai 8h", at(22, 8)),
    ("sang mai luc 8h", at(22, 8)),
    ("mai 8h", at(22, 8)),
    ("8h mai", at(22, 8)),
    ("ngày mai lúc 8 giờ", at(22, 8)),
    ("8h30 ngày 25/11", at(25, 8, 30)),
    ("8h30 ngay 25/11", at(25, 8, 30)),
    ("25/11 lúc 14h", at(25, 14)),
    ("14h 25/11", at(25, 14)),
    ("14h 5/12", at(5, 14, month=12)),
    ("14:30 25/11/2026", at(25, 14, 30)),
    ("chiều nay 3 giờ", at(21, 15)),
    ("chieu nay 3 gio", at(21, 15)),
    ("3 giờ chiều nay", at(21, 15)),
    ("3h chiều", at(21, 15)),
    ("7 giờ tối", at(21, 19)),
    ("7 gio toi", at(21, 19)),
    ("7h tối nay", at(21, 19)),
    ("tối nay 7 rưỡi", at(21, 19, 30)),
    ("7 giờ rưỡi tối", at(21, 19, 30)),
    ("tối mai 7h", at(22, 19)),
    ("toi mai 7h", at(22, 19)),
    ("8 giờ sáng thứ hai", at(23, 8)),
    ("8h sang thu 2", at(23, 8)),
    ("thứ hai 8h", at(23, 8)),
    ("t2 8h", at(23, 8)),
    ("8h chủ nhật", at(22, 8)),
    ("8h cn", at(22, 8)),
    ("sáng thứ hai tuần sau lúc 8 giờ", at(23, 8)),
    ("thứ sáu 14h", at(27, 14)),
    ("thu sau 14h", at(27, 14)),
    ("thứ sáu tuần sau 9h", at(27, 9)),
    ("30 phút nữa", at(21, 10, 30)),
    ("30 phut nua", at(21, 10, 30)),
    ("30p nữa", at(21, 10, 30)),
    ("2 tiếng nữa", at(21, 12)),
    ("2 giờ nữa", at(21, 12)),
    ("nửa tiếng nữa", at(21, 10, 30)),
    ("một tiếng rưỡi nữa", at(21, 11, 30)),
    ("sau 15 phút", at(21, 10, 15)),
    ("14h", at(21, 14)),
    ("14 giờ", at(21, 14)),
    ("14h30", at(21, 14, 30)),
    ("14:30", at(21, 14, 30)),
    ("11h", at(21, 11)),
    ("12h trưa", at(21, 12)),
    ("trưa nay 11 rưỡi", at(21, 11, 30)),
    ("hôm nay 16h", at(21, 16)),
    ("16h hom nay", at(21, 16)),
    ("ngày 25 tháng 11 lúc 8 giờ", at(25, 8)),
    ("8 giờ ngày 25 tháng 11 năm 2026", at(25, 8)),
]

# Added while the rules were written.
LATER: list[tuple[str, datetime]] = [
    ("gửi lúc 8 giờ sáng mai nhé", at(22, 8)),
    ("dạ 8h sáng mai ạ", at(22, 8)),
    ("8 GIỜ SÁNG MAI", at(22, 8)),
    ("8g sáng mai", at(22, 8)),
    ("8g30 sáng mai", at(22, 8, 30)),
    ("8 giờ 30 phút sáng mai", at(22, 8, 30)),
    ("8h30p sáng mai", at(22, 8, 30)),
    ("8 giờ kém 15 sáng mai", at(22, 7, 45)),
    ("9h kém 10 sáng mai", at(22, 8, 50)),
    ("tám giờ sáng mai", at(22, 8)),
    ("tam gio sang mai", at(22, 8)),
    ("bay gio sang mai", at(22, 7)),
    ("sáng mai bảy giờ", at(22, 7)),
    ("bảy giờ rưỡi sáng mai", at(22, 7, 30)),
    ("mười bốn giờ ba mươi", at(21, 14, 30)),
    ("mười một giờ trưa", at(21, 11)),
    ("1h trưa nay", at(21, 13)),
    ("hai giờ chiều mai", at(22, 14)),
    ("2h chiều ngày kia", at(23, 14)),
    ("8h sáng mốt", at(23, 8)),
    ("8 giờ sáng ngày mốt", at(23, 8)),
    ("ngày mai, lúc 14 giờ 15", at(22, 14, 15)),
    ("sáng sớm mai 6h", at(22, 6)),
    ("6 giờ sáng mai", at(22, 6)),
    ("8 giờ tối thứ tư", at(25, 20)),
    ("thứ tư lúc 8 giờ tối", at(25, 20)),
    ("thứ 4 này 9h", at(25, 9)),
    ("thứ ba tới 9h", at(24, 9)),
    ("thứ bảy tuần sau 9h", at(28, 9)),
    ("9h thu bay tuan toi", at(28, 9)),
    ("thứ hai 23/11 lúc 8h", at(23, 8)),
    ("8h ngày 25-11", at(25, 8)),
    ("8h 25-11-2026", at(25, 8)),
    ("8h ngày 25.11", at(25, 8)),
    ("8h 25/11/26", at(25, 8)),
    ("8h ngày 25", at(25, 8)),
    ("ngày 5 lúc 8h", at(5, 8, month=12)),
    ("ngày 25 tháng này 8h", at(25, 8)),
    ("ngày 5 tháng sau, 8h", at(5, 8, month=12)),
    ("8h 5/1", at(5, 8, month=1, year=2027)),
    ("8h ngày 1/12", at(1, 8, month=12)),
    ("17h", at(21, 17)),
    ("5 giờ chiều", at(21, 17)),
    ("17 giờ chiều nay", at(21, 17)),
    ("20h tối nay", at(21, 20)),
    ("9 giờ đêm nay", at(21, 21)),
    ("10h đêm", at(21, 22)),
    ("0h ngày 25/11", at(25, 0)),
    ("24h ngày 25/11", at(26, 0)),
    ("03:30 ngày 25/11", at(25, 3, 30)),
    ("bữa ni 16h", at(21, 16)),
    ("15 phút sau", at(21, 10, 15)),
    ("1h nữa", at(21, 11)),
    ("1 tiếng nữa", at(21, 11)),
    ("2h30 nữa", at(21, 12, 30)),
    ("khoảng 8h sáng mai", at(22, 8)),
    ("tầm 8 giờ sáng mai", at(22, 8)),
    ("2 ngày nữa lúc 8h", at(23, 8)),
    ("ba ngày nữa, 9 giờ sáng", at(24, 9)),
    ("8h sáng mai được không", at(22, 8)),
    ("ngay 8h sáng mai", at(22, 8)),
    ("8h ngay mai", at(22, 8)),
    ("chiều mai 2h30", at(22, 14, 30)),
    ("chieu thu 2 luc 2h", at(23, 14)),
    ("hẹn 8h sáng mai", at(22, 8)),
    ("dời sang 9h sáng mai", at(22, 9)),
    ("sang tuần thứ hai 8h", at(23, 8)),
    ("1 giờ 30 phút nữa", at(21, 11, 30)),
    ("1 tuần nữa lúc 8h", at(28, 8)),
    ("2026-11-25 08:00", at(25, 8)),
    ("ngày mốt 8h", at(23, 8)),
    ("12 giờ mai", at(22, 12)),
    ("19 giờ 05", at(21, 19, 5)),
    ("trưa thứ hai 11h30", at(23, 11, 30)),
    ("8 giờ sáng ngày hai lăm tháng mười một", at(25, 8)),
    ("8h sasng mai", at(22, 8)),
    ("8 giowf sasng mai", at(22, 8)),
]


@pytest.mark.parametrize(("text", "moment"), FIRST + LATER, ids=[text for text, _ in FIRST + LATER])
def test_a_moment_is_read_as_officers_write_it(text: str, moment: datetime) -> None:
    assert parse_sending_time(text, NOW) == SendingTime(moment)


@pytest.mark.parametrize(
    "text",
    ["ngay", "gửi ngay", "gui ngay", "ngay bây giờ", "bây giờ", "bay gio", "bi giờ", "bây chừ", "gửi luôn", "gửi luôn đi", "gửi đi",
     "ngay lập tức", "liền", "gửi liền", "gửi ngay nhé", "gửi ngay hôm nay", "lúc này", "giờ luôn", "bây h gửi luôn", "gửi bây giờ luôn nhé", "dạ gửi ngay ạ", "Ngay!"],
)  # fmt: skip
def test_at_once_is_no_moment(text: str) -> None:
    assert parse_sending_time(text, NOW) == SendingTime()


URGENT: list[tuple[str, SendingTime]] = [
    ("khẩn", SendingTime(urgent=True)),
    ("khẩn cấp", SendingTime(urgent=True)),
    ("khan cap", SendingTime(urgent=True)),
    ("gấp", SendingTime(urgent=True)),
    ("gửi gấp", SendingTime(urgent=True)),
    ("gửi ngay, khẩn", SendingTime(urgent=True)),
    ("hỏa tốc", SendingTime(urgent=True)),
    ("khẩn, 22h tối nay", SendingTime(at(21, 22), urgent=True)),
    ("gấp, 30 phút nữa", SendingTime(at(21, 10, 30), urgent=True)),
    ("không gấp, 8h sáng mai", SendingTime(at(22, 8))),
    ("không khẩn, gửi lúc 8h sáng mai", SendingTime(at(22, 8))),
    ("gặp mặt 8h sáng mai", SendingTime(at(22, 8))),
]


@pytest.mark.parametrize(("text", "meant"), URGENT, ids=[text for text, _ in URGENT])
def test_urgent_only_where_the_text_says_so(text: str, meant: SendingTime) -> None:
    assert parse_sending_time(text, NOW) == meant


@pytest.mark.parametrize(
    "text",
    ["mai", "ngày mai", "sáng mai", "chiều nay", "tối nay", "sáng thứ hai", "thứ hai", "thu 2", "25/11", "ngày 25/11", "tuần sau", "cuối tuần",
     "đầu tuần sau", "mấy hôm nữa", "2 ngày nữa", "hôm nay", "lát nữa", "chốc nữa", "tí nữa", "3 giờ", "3h mai", "5h thứ hai", "8h hoặc 9h sáng mai",
     "từ 8h đến 10h sáng mai", "trước 8h sáng mai", "sau 8h tối", "thứ hai toi 8 gio", "thu hai toi 8 gio", "nửa đêm", "giữa trưa", "tháng sau",
     "8h thứ bảy", "gui ngay hom nay", "sớm nhất có thể", "trước ngày 25/11", "12h đêm nay", "8h-9h sáng mai", "8-9h sáng mai", "8h sáng 25/11 và 26/11", "sau giờ làm", "8h sáng hôm sau", "mùng 5 lúc 8h", "1h đêm"],
)  # fmt: skip
def test_what_could_mean_several_moments_is_vague(text: str) -> None:
    assert parse_sending_time(text, NOW) == SendingTime(vague=True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [("8h sáng nay", at(21, 8)), ("6h sáng", at(21, 6)), ("8h hôm nay", at(21, 8)), ("8h", at(21, 8)), ("9:30", at(21, 9, 30)), ("20/11 lúc 8h", at(20, 8)),
     ("8h 20/11/2026", at(20, 8)), ("hôm qua 8h", at(20, 8)), ("8h ngày 1/11", at(1, 8)), ("14h 25/11/2025", at(25, 14, year=2025)),
     ("8h thứ hai tuần này", at(16, 8)), ("10h", at(21, 10))],
)  # fmt: skip
def test_a_moment_that_has_gone_by_is_told_as_past(text: str, moment: datetime) -> None:
    assert parse_sending_time(text, NOW) == SendingTime(moment, past=True)


@pytest.mark.parametrize(
    "text",
    ["8h ngày 31/2", "31/2", "25 giờ", "25h mai", "8h75", "8h 45/11", "24h30", "14 giờ sáng mai", "13h tối", "8h ngày 30/2/2027", "8h ngày 32",
     "thứ ba 23/11 8h", "8h 25/13", "8h thứ 8", "8h ngày 10/3 âm lịch"],
)  # fmt: skip
def test_what_cannot_be_is_not_understood(text: str) -> None:
    assert parse_sending_time(text, NOW) is None


@pytest.mark.parametrize(
    "text",
    ["", "ạ", "thôi", "không gửi ngay", "đừng gửi ngay", "chưa gửi", "khoan gửi", "khoan đã", "hủy", "mấy giờ thì được", "hộ chưa đăng ký", "ngay khi duyệt xong",
     "khi nào duyệt thì gửi", "8h sáng mai nếu không mưa", "sửa lời", "ngày", "không", "đừng gửi 8h sáng mai", "ngay sau khi họp xong", "2", "👍", "tôi không biết"],
)  # fmt: skip
def test_what_says_no_time_or_takes_one_back_is_not_understood(text: str) -> None:
    assert parse_sending_time(text, NOW) is None


def test_a_vague_day_and_the_hour_told_next_make_one_moment() -> None:
    assert parse_sending_time("chiều mai", NOW) == SendingTime(vague=True)
    assert parse_sending_time("chiều mai" + " " + "3 giờ", NOW) == SendingTime(at(22, 15))


def test_the_same_weekday_as_today_is_asked_and_next_weeks_is_not() -> None:
    monday = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
    assert parse_sending_time("14h thứ hai", monday) == SendingTime(vague=True)
    assert parse_sending_time("14h thứ hai tuần sau", monday) == SendingTime(at(30, 14))
    assert parse_sending_time("14h thứ hai tuần này", monday) == SendingTime(at(23, 14))


def test_now_may_be_told_in_any_time_zone() -> None:
    utc = datetime.fromisoformat("2026-11-21T18:30:00+00:00")  # 01:30 of the 22nd in Việt Nam
    assert parse_sending_time("8h sáng mai", utc) == SendingTime(at(23, 8))


def test_the_last_day_of_a_year_leads_into_the_next() -> None:
    eve = datetime(2026, 12, 31, 20, 0, tzinfo=ZONE)
    assert parse_sending_time("8h sáng mai", eve) == SendingTime(at(1, 8, month=1, year=2027))


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(21, 0, True), (20, 59, False), (5, 59, True), (6, 0, False), (0, 0, True), (12, 0, False), (23, 59, True)],
)
def test_quiet_hours_last_from_nine_in_the_evening_to_six(hour: int, minute: int, quiet: bool) -> None:
    assert in_quiet_hours(at(21, hour, minute)) is quiet


def test_quiet_hours_are_those_of_viet_nam_whatever_the_clock() -> None:
    assert in_quiet_hours(datetime.fromisoformat("2026-11-21T14:00:00+00:00"))
    assert not in_quiet_hours(datetime.fromisoformat("2026-11-20T23:00:00+00:00"))


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [(at(21, 22), at(22, 6)), (at(21, 3), at(21, 6)), (at(21, 21), at(22, 6)), (at(21, 10), at(21, 10)), (at(31, 23, month=12), at(1, 6, month=1, year=2027))],
)
def test_the_next_allowed_moment_is_six_in_the_morning_or_the_moment_itself(moment: datetime, allowed: datetime) -> None:
    assert next_allowed(moment) == allowed


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31)).map(lambda one: one.replace(tzinfo=ZONE))


@settings(max_examples=100, deadline=None)
@given(MOMENTS)
def test_the_next_allowed_moment_is_never_quiet_and_never_a_day_away(moment: datetime) -> None:
    following = next_allowed(moment)
    assert not in_quiet_hours(following) and timedelta() <= following - moment <= timedelta(hours=9)


PIECES = st.sampled_from(
    ["8h", "giờ", "sáng", "mai", "thứ hai", "25/11", "ngày", "31/2", "nữa", "30 phút", "tối", "rưỡi", "kém", "99", "đến", "ngay", "khẩn", "tuần sau", "tháng"]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map(" ".join)), MOMENTS)
@example("99999999999999999999 ngày nữa 8h", NOW)
@example("²h sáng mai", NOW)
@example("8h ngày 29/2", NOW)
@example("999999 giờ nữa", NOW)
def test_any_text_is_read_without_failing_and_a_coming_moment_lies_ahead(text: str, now: datetime) -> None:
    heard = parse_sending_time(text, now)
    if heard and heard.at:
        assert heard.past == (heard.at <= now) and not heard.vague
