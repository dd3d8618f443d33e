"""Who may see, decide and invite: every wrong combination of role and place."""

from __future__ import annotations

import pytest

from intents.people import Person, Role
from knowledge.units import Area, communes, village_key

CAN_LOC = Area("Hà Tĩnh", "xã Can Lộc")
DONG_THINH = Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc")
OTHER_VILLAGE = Area("Hà Tĩnh", "xã Can Lộc", "thôn Hồng Vinh", "Thiên Lộc")
SAME_NAME = Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Vượng Lộc")
TO_TUNG = Area("Gia Lai", "xã Tơ Tung", "làng Leng")
OWNER = 7
PEOPLE = {
    "household": Person(1),
    "owner": Person(OWNER),
    "head": Person(2, Role.VILLAGE_HEAD, DONG_THINH, "bác Bình"),
    "head elsewhere": Person(3, Role.VILLAGE_HEAD, OTHER_VILLAGE, "bác Năm"),
    "head of the same name": Person(4, Role.VILLAGE_HEAD, SAME_NAME, "bác Sáu"),
    "commune": Person(5, Role.COMMUNE_OFFICER, CAN_LOC, "chị Hoa"),
    "commune elsewhere": Person(6, Role.COMMUNE_OFFICER, Area("Gia Lai", "xã Tơ Tung"), "anh Blưnh"),
    "province": Person(8, Role.PROVINCE_OFFICER, Area("Hà Tĩnh"), "anh Sơn"),
    "province elsewhere": Person(9, Role.PROVINCE_OFFICER, Area("Gia Lai"), "anh Tú"),
    "admin": Person(10, Role.ADMIN, Area(), "quản trị"),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_record_is_seen_by_its_owner_and_those_of_its_place_only(who: str) -> None:
    assert PEOPLE[who].may_see(DONG_THINH, OWNER) == (who in ("owner", "head", "commune", "province"))


@pytest.mark.parametrize("who", PEOPLE)
def test_only_officers_of_the_place_decide(who: str) -> None:
    assert PEOPLE[who].may_decide(DONG_THINH, OWNER) == (who in ("commune", "province"))


def test_nobody_decides_on_what_they_sent_themselves() -> None:
    assert not PEOPLE["commune"].may_decide(DONG_THINH, PEOPLE["commune"].id)


INVITES = {
    (Role.VILLAGE_HEAD, DONG_THINH): {"commune", "province", "admin"},
    (Role.VILLAGE_HEAD, TO_TUNG): {"commune elsewhere", "province elsewhere", "admin"},
    (Role.COMMUNE_OFFICER, CAN_LOC): {"province", "admin"},
    (Role.PROVINCE_OFFICER, Area("Hà Tĩnh")): {"admin"},
    (Role.ADMIN, Area()): {"admin"},
    (Role.HOUSEHOLD, DONG_THINH): set(),
}


@pytest.mark.parametrize(("role", "area"), INVITES)
@pytest.mark.parametrize("who", PEOPLE)
def test_invitations_go_downwards_inside_ones_own_area(who: str, role: Role, area: Area) -> None:
    assert PEOPLE[who].may_invite(role, area) == (who in INVITES[role, area])


def test_old_and_new_names_lead_to_one_area() -> None:
    old, new = communes("xã Thiên Lộc", "Can Lộc")[0], communes("xã Can Lộc", "", "Hà Tĩnh")[0]
    assert old.area("thôn Đông Thịnh").keys[:3] == new.area("Dong Thinh").keys[:3]
    assert communes("thi tran nghen")[0].commune == "xã Can Lộc"


def test_village_names_meet_without_accents_and_kinds_but_numbers_keep_their_kind() -> None:
    assert village_key("thôn Đông Thịnh") == village_key("DONG THINH")
    assert village_key("thôn 3") == village_key("Thôn 03")
    assert village_key("thôn 3") != village_key("xóm 3")
