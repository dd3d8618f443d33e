"""Whom an announcement is for, as officers write it: nothing said is left out, and nothing is wider than what was said."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.announcements import Audience
from intents.people import Role
from intents.slots.audience import HeardAudience, parse_audience
from intents.slots.registration_data import table
from knowledge.units import Area

HOUSEHOLD, HEAD, OFFICER = Role.HOUSEHOLD, Role.VILLAGE_HEAD, Role.COMMUNE_OFFICER
COMMUNE = Audience(Area("Hà Tĩnh", "xã Can Lộc"))
PROVINCE = Audience(Area("Hà Tĩnh"))
REGISTERED = ("submitted", "approved", "returned")
ZALO = ("zalo_oa", "zalo_bot")


def want(
    village: str = "", *, roles: tuple[Role, ...] = (), state: tuple[str, ...] = (), needs: tuple[str, ...] = (),
    channels: tuple[str, ...] = (), former: str = "", commune: str = "xã Can Lộc",
) -> Audience:  # fmt: skip
    """What a row expects; states and needs speak of households."""
    kept = (HOUSEHOLD,) if (state or needs) and not roles else roles
    return Audience(Area("Hà Tĩnh", commune, village, former), kept, state, needs, channels)


def same(heard: Audience, wanted: Audience) -> bool:
    """The same people: places by their keys, the order of a list means nothing."""
    lists = [(set(getattr(heard, name)), set(getattr(wanted, name))) for name in ("roles", "registration", "needs", "channels")]
    return heard.area.keys == wanted.area.keys and all(one == other for one, other in lists)


# Written before the rules, by how officers type.
FIRST: list[tuple[str, Audience]] = [
    ("cả xã", want()),
    ("ca xa", want()),
    ("gửi cả xã nhé", want()),
    ("toàn xã", want()),
    ("tất cả", want()),
    ("tat ca moi nguoi", want()),
    ("mọi người trong xã", want()),
    ("toàn bộ bà con trong xã", want(roles=(HOUSEHOLD,))),
    ("tất cả các hộ", want(roles=(HOUSEHOLD,))),
    ("các hộ dân", want(roles=(HOUSEHOLD,))),
    ("ba con", want(roles=(HOUSEHOLD,))),
    ("bà con cả xã", want(roles=(HOUSEHOLD,))),
    ("thôn Đông Thịnh", want("thôn Đông Thịnh")),
    ("thon dong thinh", want("thôn Đông Thịnh")),
    ("gửi cho thôn Đông Thịnh", want("thôn Đông Thịnh")),
    ("bà con thôn Đông Thịnh", want("thôn Đông Thịnh", roles=(HOUSEHOLD,))),
    ("các hộ ở thôn 3", want("thôn 3", roles=(HOUSEHOLD,))),
    ("cac ho o thon 3", want("thôn 3", roles=(HOUSEHOLD,))),
    ("thôn3", want("thôn 3")),
    ("xóm 5", want("xóm 5")),
    ("tổ dân phố 2", want("tổ dân phố 2")),
    ("TDP 2", want("tổ dân phố 2")),
    ("thôn Bắc Sơn xã Can Lộc", want("thôn Bắc Sơn")),
    ("bản Nà Lầu", want("bản Nà Lầu")),
    ("trưởng thôn", want(roles=(HEAD,))),
    ("truong thon", want(roles=(HEAD,))),
    ("các trưởng thôn", want(roles=(HEAD,))),
    ("gửi các bác trưởng thôn", want(roles=(HEAD,))),
    ("tất cả trưởng thôn trong xã", want(roles=(HEAD,))),
    ("trưởng thôn Đông Thịnh", want("thôn Đông Thịnh", roles=(HEAD,))),
    ("truong thon 3", want("thôn 3", roles=(HEAD,))),
    ("các thôn trưởng", want(roles=(HEAD,))),
    ("trưởng xóm", want(roles=(HEAD,))),
    ("tổ trưởng tổ dân phố", want(roles=(HEAD,))),
    ("trưởng bản", want(roles=(HEAD,))),
    ("hộ đã đăng ký", want(state=REGISTERED)),
    ("ho da dang ky", want(state=REGISTERED)),
    ("các hộ đã đk", want(state=REGISTERED)),
    ("hộ đăng ký rồi", want(state=REGISTERED)),
    ("hộ chưa đăng ký", want(state=("none",))),
    ("ho chua dang ki", want(state=("none",))),
    ("nhà nào chưa đăng ký", want(state=("none",))),
    ("những hộ chưa đk ở thôn 3", want("thôn 3", state=("none",))),
    ("ho chua dang ky thon dong thinh", want("thôn Đông Thịnh", state=("none",))),
    ("thon dong thinh ho chua dang ky", want("thôn Đông Thịnh", state=("none",))),
    ("hộ đơn bị trả lại", want(state=("returned",))),
    ("hộ bị trả lại đơn", want(state=("returned",))),
    ("ho co don bi tra ve", want(state=("returned",))),
    ("hộ đã được ghi nhận", want(state=("approved",))),
    ("ho da duoc duyet", want(state=("approved",))),
    ("hộ đang chờ duyệt", want(state=("submitted",))),
    ("hộ đã thoát nghèo", want(state=("exited",))),
    ("ho da thoat ngheo", want(state=("exited",))),
    ("các hộ thoát nghèo rồi ở thôn 2", want("thôn 2", state=("exited",))),
    ("hộ cần vay vốn", want(needs=("loan",))),
    ("ho can vay von", want(needs=("loan",))),
    ("hộ cần con giống", want(needs=("livestock",))),
    ("hộ muốn học nghề", want(needs=("training",))),
    ("hộ có nhu cầu vay vốn và con giống", want(needs=("loan", "livestock"))),
    ("những hộ cần sửa nhà ở thôn 4", want("thôn 4", needs=("housing",))),
    ("hộ xin việc làm", want(needs=("job",))),
    ("qua Zalo", want(channels=ZALO)),
    ("trên Telegram", want(channels=("telegram",))),
    ("chỉ những người dùng zalo", want(channels=ZALO)),
    ("hộ cần vay vốn qua Zalo", want(needs=("loan",), channels=ZALO)),
    ("trưởng thôn qua telegram", want(roles=(HEAD,), channels=("telegram",))),
    ("qua zalo và telegram", want(channels=(*ZALO, "telegram"))),
    ("cán bộ xã", want(roles=(OFFICER,))),
    ("trưởng thôn và cán bộ xã", want(roles=(HEAD, OFFICER))),
    ("trưởng thôn, bà con", want(roles=(HEAD, HOUSEHOLD))),
    ("hộ đã đăng ký và hộ chưa đăng ký", want(state=("none", *REGISTERED))),
    ("hộ chưa đăng ký, thôn Đông Thịnh, qua zalo", want("thôn Đông Thịnh", state=("none",), channels=ZALO)),
    ("hộ đã đăng ký cần vay vốn ở thôn 3 qua zalo", want("thôn 3", state=REGISTERED, needs=("loan",), channels=ZALO)),
]

# Added while the rules were written.
LATER: list[tuple[str, Audience]] = [
    ("hooj chuwa ddawng kys", want(state=("none",))),
    ("trưởg thôn", want(roles=(HEAD,))),
    ("truong thonn", want(roles=(HEAD,))),
    ("TRƯỞNG THÔN", want(roles=(HEAD,))),
    ("HỘ CHƯA ĐĂNG KÝ", want(state=("none",))),
    ("hộ chưa đang ký", want(state=("none",))),
    ("mấy hộ chưa chịu đăng ký", want(state=("none",))),
    ("bà con chưa có đơn", want(state=("none",))),
    ("hộ chưa nộp đơn", want(state=("none",))),
    ("hộ đã nộp đơn", want(state=REGISTERED)),
    ("ai đăng ký rồi thì gửi", want(state=REGISTERED)),
    ("những người đã gửi đơn", want(state=REGISTERED)),
    ("hộ đã đăng ký thoát nghèo", want(state=REGISTERED)),
    ("hộ chưa đăng ký thoát nghèo", want(state=("none",))),
    ("hộ đăng ký", want(state=REGISTERED)),
    ("hộ đã đăng ký nhưng chưa được duyệt", want(state=("submitted",))),
    ("hộ đã đăng ký mà bị trả lại", want(state=("returned",))),
    ("hộ đã đăng ký được ghi nhận", want(state=("approved",))),
    ("hộ đã đăng ký, đã được ghi nhận, chưa đăng ký", want(state=("none", *REGISTERED))),
    ("hộ chưa được ghi nhận", want(state=("submitted",))),
    ("đơn bị trả", want(state=("returned",))),
    ("các hộ phải bổ sung hồ sơ", want(state=("returned",))),
    ("hộ cần sửa đơn", want(state=("returned",))),
    ("hộ được công nhận thoát nghèo", want(state=("exited",))),
    ("hộ đã ra khỏi danh sách hộ nghèo", want(state=("exited",))),
    ("hộ mới thoát nghèo", want(state=("exited",))),
    ("choa gửi cho mấy nhà chưa đăng ký thôn 5", want("thôn 5", state=("none",))),
    ("nhà mô chưa đăng ký", want(state=("none",))),
    ("bà con trong thôn Đông Thịnh ạ", want("thôn Đông Thịnh", roles=(HOUSEHOLD,))),
    ("thôn Đông Thịnh thôi", want("thôn Đông Thịnh")),
    ("chỉ gửi cho thôn Đông Thịnh", want("thôn Đông Thịnh")),
    ("chi gui thon dong thinh thoi nhe", want("thôn Đông Thịnh")),
    ("người dân ở thôn Đông Thịnh", want("thôn Đông Thịnh", roles=(HOUSEHOLD,))),
    ("nhân dân thôn 7", want("thôn 7", roles=(HOUSEHOLD,))),
    ("dân làng Đăk Bok", want("làng Đăk Bok", roles=(HOUSEHOLD,))),
    ("thôn số 3", want("thôn 3")),
    ("thôn 03", want("thôn 3")),
    ("thôn ba", want("thôn ba")),
    ("thôn Trung Thành, xã Can Lộc, tỉnh Hà Tĩnh", want("thôn Trung Thành")),
    ("thôn Trung Thành, xã Can Lộc, Hà Tĩnh", want("thôn Trung Thành")),
    ("thôn Trung Thành, xã Can Lộc (xã Thiên Lộc cũ), Hà Tĩnh", want("thôn Trung Thành", former="Thiên Lộc")),
    ("thôn Đông Thịnh xã Thiên Lộc cũ", want("thôn Đông Thịnh", former="Thiên Lộc")),
    ("trưởng thôn Đông Thịnh xã Thiên Lộc", want("thôn Đông Thịnh", roles=(HEAD,), former="Thiên Lộc")),
    ("trg thôn", want(roles=(HEAD,))),
    ("các đồng chí trưởng thôn", want(roles=(HEAD,))),
    ("trưởng các thôn", want(roles=(HEAD,))),
    ("các thôn xóm trưởng", want(roles=(HEAD,))),
    ("trưởng làng", want(roles=(HEAD,))),
    ("trưởng ấp", want(roles=(HEAD,))),
    ("trưởng khối phố", want(roles=(HEAD,))),
    ("tổ trưởng dân phố", want(roles=(HEAD,))),
    ("cb xã", want(roles=(OFFICER,))),
    ("công chức xã", want(roles=(OFFICER,))),
    ("anh em cán bộ xã", want(roles=(OFFICER,))),
    ("can bo xa va truong thon", want(roles=(OFFICER, HEAD))),
    ("trưởng thôn với bà con thôn 3", want("thôn 3", roles=(HEAD, HOUSEHOLD))),
    ("hộ cần vay tiền", want(needs=("loan",))),
    ("nhà cần vốn làm ăn", want(needs=("loan",))),
    ("hộ muốn nuôi bò", want(needs=("livestock",))),
    ("hộ cần nước sạch", want(needs=("water_sanitation",))),
    ("hộ cần bảo hiểm y tế", want(needs=("health_insurance",))),
    ("hộ cần bhyt", want(needs=("health_insurance",))),
    ("hộ cần đất sản xuất", want(needs=("land",))),
    ("hộ cần việc làm", want(needs=("job",))),
    ("ho can con giong thon 2", want("thôn 2", needs=("livestock",))),
    ("hộ cần con giống hoặc học nghề", want(needs=("livestock", "training"))),
    ("hộ đăng ký nhu cầu vay vốn", want(needs=("loan",))),
    ("hộ có nguyện vọng học nghề", want(needs=("training",))),
    ("ai cần vay vốn thì báo", want(needs=("loan",))),
    ("zalo", want(channels=ZALO)),
    ("zl", want(channels=ZALO)),
    ("bằng za lo", want(channels=ZALO)),
    ("qua zalo oa", want(channels=("zalo_oa",))),
    ("qua zalo bot", want(channels=("zalo_bot",))),
    ("tele", want(channels=("telegram",))),
    ("những hộ dùng telegam", want(roles=(HOUSEHOLD,), channels=("telegram",))),
    ("qua trang web", want(channels=("web",))),
    ("người dùng web", want(channels=("web",))),
    ("hộ chưa đăng ký đang dùng Zalo", want(state=("none",), channels=ZALO)),
    ("gửi tin nhắn zalo cho các trưởng thôn", want(roles=(HEAD,), channels=ZALO)),
    ("thông báo cho toàn thể bà con nhân dân trong toàn xã được biết", want(roles=(HOUSEHOLD,))),
    ("cho hộ chưa đăng ký ở thôn Đông Thịnh nha", want("thôn Đông Thịnh", state=("none",))),
    ("dạ gửi cho hộ bị trả đơn ở xóm 2 giúp em ạ", want("xóm 2", state=("returned",))),
    ("xã nhà", want()),
    ("toàn xã Can Lộc", want()),
    ("xã can lộc", want()),
    ("khắp xã", want()),
    ("tất cả các hộ đã đăng ký trong địa bàn xã", want(state=REGISTERED)),
    ("toàn bộ hộ chưa đăng ký của thôn Đông Thịnh", want("thôn Đông Thịnh", state=("none",))),
]


@pytest.mark.parametrize(("text", "wanted"), FIRST + LATER, ids=[text for text, _ in FIRST + LATER])
def test_an_audience_is_read_as_officers_write_it(text: str, wanted: Audience) -> None:
    heard = parse_audience(text, COMMUNE)
    assert (heard.unknown, heard.outside, heard.several) == ((), (), ())
    assert same(heard.audience, wanted), heard
    assert heard.understood


PROVINCE_ROWS: list[tuple[str, Audience]] = [
    ("xã Can Lộc", want()),
    ("xa can loc", want()),
    ("gửi cả xã Can Lộc", want()),
    ("các trưởng thôn xã Can Lộc", want(roles=(HEAD,))),
    ("truong thon xa can loc", want(roles=(HEAD,))),
    ("cán bộ xã Can Lộc", want(roles=(OFFICER,))),
    ("can bo xa can loc va truong thon", want(roles=(OFFICER, HEAD))),
    ("cán bộ xã", want(commune="", roles=(OFFICER,))),
    ("cán bộ các xã", want(commune="", roles=(OFFICER,))),
    ("cán bộ cấp xã toàn tỉnh", want(commune="", roles=(OFFICER,))),
    ("cả tỉnh", want(commune="")),
    ("toàn tỉnh Hà Tĩnh", want(commune="")),
    ("trưởng thôn cả tỉnh", want(commune="", roles=(HEAD,))),
    ("thôn Đông Thịnh xã Can Lộc", want("thôn Đông Thịnh")),
    ("thôn Đông Thịnh, Can Lộc", want("thôn Đông Thịnh")),
    ("hộ chưa đăng ký xã Đồng Lộc", want(commune="xã Đồng Lộc", state=("none",))),
    ("hộ chưa đăng ký ở xã Thiên Lộc", want(state=("none",))),
    ("xã Thiên Lộc cũ", want()),
    ("thôn 3 xã Thiên Lộc", want("thôn 3", former="Thiên Lộc")),
    ("thị trấn Nghèn", want()),
    ("hộ cần vay vốn xã Tùng Lộc qua zalo", want(commune="xã Tùng Lộc", needs=("loan",), channels=ZALO)),
    ("ho can vay von xa tung loc qua zalo", want(commune="xã Tùng Lộc", needs=("loan",), channels=ZALO)),
    ("x. Can Lộc", want()),
    ("xã Can Lôc", want()),
    ("bà con xã Đồng Lộc ạ", want(commune="xã Đồng Lộc", roles=(HOUSEHOLD,))),
]


@pytest.mark.parametrize(("text", "wanted"), PROVINCE_ROWS, ids=[text for text, _ in PROVINCE_ROWS])
def test_a_province_officer_names_communes_by_old_and_new_names(text: str, wanted: Audience) -> None:
    heard = parse_audience(text, PROVINCE)
    assert (heard.unknown, heard.outside, heard.several) == ((), (), ())
    assert same(heard.audience, wanted), heard


NOT_UNDERSTOOD = [
    ("hộ nghèo", "nghèo"),
    ("hộ cận nghèo thôn 3", "cận nghèo"),
    ("hội viên phụ nữ", "phụ nữ"),
    ("người cao tuổi", "cao tuổi"),
    ("hộ chưa đăng ký có con nhỏ", "con nhỏ"),
    ("các hộ trừ thôn 3", "trừ"),
    ("tất cả trừ hộ đã đăng ký", "trừ"),
    ("tat ca ngoai tru truong thon", "ngoai tru"),
    ("hộ không cần vay vốn", "không"),
    ("trưởng thôn không dùng zalo", "không"),
    ("đừng gửi cho trưởng thôn", "Đừng"),
    ("qua facebook", "facebook"),
    ("trưởng thôn qua sms", "sms"),
    ("bí thư chi bộ", "bí thư"),
    ("già làng", "già"),
    ("cán bộ tỉnh", "tỉnh"),
    ("cán bộ huyện", "huyện"),
    ("hộ ở gần sông", "sông"),
    ("hộ bị lũ", "lũ"),
    ("cả huyện", "huyện"),
    ("chị Hoa", "Hoa"),
    ("hộ cần máy cày mới", "mới"),
    ("hộ đăng ký tháng 11", "tháng 11"),
    ("10 hộ đầu tiên", "10"),
    ("hộ chưa đăng ký xyz", "xyz"),
    ("xã Không Có Thật", "Không Có Thật"),
    ("thôn", "thôn"),
    ("những hộ chưa đăng ký ở thôn nghèo nhất", "nhất"),
    ("hộ đã đăng ký hoặc qua zalo", "hoặc"),
]


@pytest.mark.parametrize(("text", "left"), NOT_UNDERSTOOD, ids=[text for text, _ in NOT_UNDERSTOOD])
def test_what_is_not_understood_is_given_back_and_never_dropped(text: str, left: str) -> None:
    heard = parse_audience(text, COMMUNE)
    assert left.casefold() in " ".join(heard.unknown).casefold(), heard


def test_nothing_after_an_exclusion_is_taken_as_wanted() -> None:
    heard = parse_audience("tất cả các hộ trừ hộ đã đăng ký và thôn 3", COMMUNE)
    assert heard.audience.registration == () and heard.audience.area.village == ""
    assert " ".join(heard.unknown) == "trừ hộ đã đăng ký và thôn 3"


@pytest.mark.parametrize("text", ["", "   ", "ạ", "???", "👍", "gửi đi", "dạ vâng"])
def test_a_text_that_names_nobody_is_understood_as_nobody(text: str) -> None:
    heard = parse_audience(text, COMMUNE)
    assert heard.understood == () and heard.audience == COMMUNE and not heard.is_clear


OUTSIDE = [
    ("xã Đồng Lộc", COMMUNE, "Đồng Lộc"),
    ("thôn 3 xã Đồng Lộc", COMMUNE, "Đồng Lộc"),
    ("trưởng thôn xã Tùng Lộc", COMMUNE, "Tùng Lộc"),
    ("cả tỉnh", COMMUNE, "Hà Tĩnh"),
    ("toàn tỉnh Hà Tĩnh", COMMUNE, "Hà Tĩnh"),
    ("xã Gia Viễn", PROVINCE, "Gia Viễn"),
    ("xã Tơ Tung", PROVINCE, "Tơ Tung"),
    ("tỉnh Nghệ An", PROVINCE, "Nghệ An"),
    ("thôn 3 xã Can Lộc tỉnh Nghệ An", COMMUNE, "Nghệ An"),
    ("cả nước", PROVINCE, "cả nước"),
]


@pytest.mark.parametrize(("text", "base", "place"), OUTSIDE, ids=[text for text, _, _ in OUTSIDE])
def test_a_place_outside_the_officers_area_is_named_and_not_taken(text: str, base: Audience, place: str) -> None:
    heard = parse_audience(text, base)
    assert place in ", ".join(heard.outside) and heard.audience.area == base.area and not heard.is_clear


SEVERAL = [
    ("thôn Đông Thịnh và thôn Bắc Sơn", COMMUNE, ["thôn Đông Thịnh", "thôn Bắc Sơn"]),
    ("thôn 3, 4 và 5", COMMUNE, ["thôn 3", "thôn 4", "thôn 5"]),
    ("thôn 3 với thôn 4", COMMUNE, ["thôn 3", "thôn 4"]),
    ("hộ chưa đăng ký thôn 1,2", COMMUNE, ["thôn 1", "thôn 2"]),
    ("trưởng thôn 3 và trưởng thôn 4", COMMUNE, ["thôn 3", "thôn 4"]),
    ("xã Can Lộc và xã Đồng Lộc", PROVINCE, ["xã Can Lộc", "xã Đồng Lộc"]),
    ("trưởng thôn các xã Can Lộc, Đồng Lộc", PROVINCE, ["xã Can Lộc", "xã Đồng Lộc"]),
    ("thôn 3 xã Can Lộc và thôn 3 xã Đồng Lộc", PROVINCE, ["xã Can Lộc", "xã Đồng Lộc"]),
]


@pytest.mark.parametrize(("text", "base", "places"), SEVERAL, ids=[text for text, _, _ in SEVERAL])
def test_several_places_are_told_apart_so_that_one_can_be_chosen(text: str, base: Audience, places: list[str]) -> None:
    heard = parse_audience(text, base)
    assert len(heard.several) == len(places) and not heard.unknown, heard
    assert all(place in area.label for place, area in zip(places, heard.several, strict=True))
    assert all(base.area.covers(area) for area in heard.several) and not heard.is_clear


def test_a_label_offered_for_one_of_several_places_is_read_back_as_that_place() -> None:
    for area in parse_audience("thôn 3 xã Thiên Lộc, thôn Bắc Sơn", COMMUNE).several:
        assert parse_audience(area.label, COMMUNE).audience.area.keys == area.keys


def test_a_village_without_its_commune_is_asked_back_from_a_province_officer() -> None:
    heard = parse_audience("thôn Đông Thịnh", PROVINCE)
    assert heard.audience.area == PROVINCE.area and heard.unknown == ("thôn Đông Thịnh",)


def test_the_whole_commune_is_nobodys_in_a_province_until_it_is_named() -> None:
    heard = parse_audience("cả xã", PROVINCE)
    assert heard.unknown and not heard.is_clear


def test_roles_that_cannot_be_joined_with_what_narrows_households_are_told_apart() -> None:
    heard = parse_audience("trưởng thôn và hộ chưa đăng ký", COMMUNE)
    assert heard.apart == ("trưởng thôn",) and heard.unknown == ("trưởng thôn",)
    assert heard.audience.registration == ("none",) and heard.audience.roles == (HOUSEHOLD,)


def test_only_roles_that_are_allowed_are_taken() -> None:
    heard = parse_audience("trưởng thôn và cán bộ xã", COMMUNE, roles=(HOUSEHOLD, HEAD))
    assert heard.audience.roles == (HEAD,) and heard.unknown == ("cán bộ xã",)


def test_known_villages_need_no_word_for_their_kind_and_come_out_as_they_are_written() -> None:
    heard = parse_audience("ho chua dang ky dong thinh", COMMUNE, villages=("thôn Đông Thịnh", "thôn Bắc Sơn"))
    assert heard.audience.area.village == "thôn Đông Thịnh" and not heard.unknown


def test_a_village_that_nobody_knows_keeps_the_words_as_typed() -> None:
    assert parse_audience("thôn Xuân Mới", COMMUNE, villages=("thôn Bắc Sơn",)).audience.area.village == "thôn Xuân Mới"


def test_a_former_commune_without_a_village_says_that_the_whole_commune_of_today_is_meant() -> None:
    heard = parse_audience("xã Thiên Lộc", PROVINCE)
    assert "cả xã Can Lộc" in " ".join(heard.understood) and "Thiên Lộc" in " ".join(heard.understood)


def test_what_was_understood_is_said_back_in_plain_words() -> None:
    heard = parse_audience("ho chua dang ky can vay von thon dong thinh qua zalo", COMMUNE)
    assert heard.understood == ("thôn dong thinh", "hộ chưa đăng ký", "cần vay vốn", "qua Zalo")


def test_an_announcement_that_was_narrowed_before_keeps_what_the_text_does_not_speak_of() -> None:
    before = Audience(COMMUNE.area, registration=("none",), roles=(HOUSEHOLD,))
    assert parse_audience("qua zalo", before).audience == Audience(COMMUNE.area, (HOUSEHOLD,), ("none",), (), ZALO)


def test_every_need_of_the_form_can_be_named() -> None:
    labels = set(table().phrases["needs"]) - {"other"}
    phrases = ["vay vốn", "con giống", "học nghề", "việc làm", "sửa nhà", "bảo hiểm y tế", "học phí", "đất sản xuất", "nước sạch"]
    assert {need for one in phrases for need in parse_audience(f"hộ cần {one}", COMMUNE).audience.needs} == labels


def clear(heard: HeardAudience) -> bool:
    return bool(heard.understood) and not (heard.unknown or heard.outside or heard.several)


PIECES = st.sampled_from(
    ["hộ", "chưa", "đăng ký", "thôn", "3", "Đông Thịnh", "xã", "Can Lộc", "trưởng thôn", "qua", "zalo", "cần", "vay vốn", ",", "và", "trừ", "không"]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=10).map(" ".join)))
@example("xã " * 200)
@example("thôn 99999999999999999999")
@example("²³ hộ ①")
def test_any_text_is_read_without_failing_and_never_leaves_the_officers_area(text: str) -> None:
    for base in (COMMUNE, PROVINCE):
        heard = parse_audience(text, base)
        assert heard.audience.area == base.area or base.area.covers(heard.audience.area)
        assert heard.is_clear == clear(heard)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([text for text, _ in FIRST]), st.sampled_from(["gái", "lũ lụt", "zzz", "năm ngoái", "cao tuổi", "88"]))
def test_a_word_more_that_means_something_is_never_swallowed(text: str, word: str) -> None:
    heard = parse_audience(f"{text}, {word}", COMMUNE)
    assert word in " ".join(heard.unknown) or heard.several
