"""Announcements on a database: whom an audience takes in, who cannot be reached and why, what is frozen and what adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.housekeeping import framed_of
from intents.announcements import Audience, Reach, Run, Schedule, Start
from intents.codes import new_code
from intents.flows.announcing_card import APPROVAL_ABOVE
from intents.people import Role
from intents.records import CaseKind, State, Submit
from intents.state import Conversation
from knowledge.calendar import ZONE
from knowledge.units import Area
from storage import announcements, audiences, cases, conversations, people
from storage.database import reading, writing
from storage.erasure import erase
from storage.schema import ACCOUNT, ANNOUNCEMENT, OUTBOX, PERSON
from tests.conftest import NOW, People
from tests.postgres import at_once, crowd, postgres, postgres_server

__all__ = ["crowd", "postgres", "postgres_server"]

COMMUNE = Area("Hà Tĩnh", "xã Can Lộc")
THINH = Area("Hà Tĩnh", "xã Can Lộc", "thôn Đông Thịnh", "Thiên Lộc")
BACH_XA = Area("Hà Tĩnh", "xã Can Lộc", "thôn Bạch Xá", "Thiên Lộc")
ELSEWHERE = Area("Hà Tĩnh", "xã Kỳ Xuân", "thôn 1")
OFFICERS = ["can-bo", "can-bo-2"]
TEXT = "Mời bà con sáng mai đến nhà văn hóa nghe hướng dẫn vay vốn."
NONE: frozenset[str] = frozenset()


@dataclass
class Folk:
    """Invented people on one database, known by the key of their account."""

    crowd: People
    numbers: dict[str, int] = field(default_factory=dict)

    def comes(self, key: str, channel: str = "telegram", *, days: float = 0, gone: str = "") -> int:
        """Somebody with an account, who wrote last so many days ago."""
        at = NOW - timedelta(days=days)
        with writing(self.crowd.assistant.engine) as connection:
            number = people.of_account(connection, channel, key, at)
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.channel == channel, ACCOUNT.c.key == key).values(used_at=at, gone=gone))
        self.numbers[key] = number
        return number

    def registers(self, key: str, area: Area = THINH, state: State = State.SUBMITTED, needs: Sequence[str] = (), by: str = "") -> None:
        """A registration of the person, filled in by somebody else where `by` says so."""
        body: dict[str, Any] = {"name": f"Hộ {key}", "needs": list(needs)}
        owner, subject = (self.numbers[by], self.numbers[key]) if by else (self.numbers[key], None)
        new = Submit(new_code("DK"), CaseKind.REGISTRATION, area, body, NOW + timedelta(days=15), state, subject)
        with writing(self.crowd.assistant.engine) as connection:
            cases.submit(connection, self.crowd.assistant.vault, owner, new, NOW)

    def lives(self, key: str, place: str = "Thiên Lộc, Can Lộc, Hà Tĩnh") -> None:
        """The person told the chat where they live."""
        with writing(self.crowd.assistant.engine) as connection:
            conversations.save(connection, self.crowd.assistant.vault, self.numbers[key], Conversation(place=place), NOW)

    def stops(self, key: str) -> None:
        with writing(self.crowd.assistant.engine) as connection:
            connection.execute(update(PERSON).where(PERSON.c.id == self.numbers[key]).values(opted_out=True))

    def erased(self, key: str) -> None:
        with writing(self.crowd.assistant.engine) as connection:
            erase(connection, self.crowd.assistant.vault, self.numbers[key], NOW)

    # -- what there is --

    def of(self, audience: Audience) -> list[str]:
        """The keys of everybody in an audience, whether they can be reached or not."""
        with reading(self.crowd.assistant.engine) as connection:
            found = {way.person for way in audiences.ways(connection, self.crowd.assistant.vault, audience, NOW, NONE)}
            rows = connection.execute(select(ACCOUNT.c.key).where(ACCOUNT.c.person_id.in_(found)))
            return sorted(str(key) for key in rows.scalars())

    def reach(self, audience: Audience, templates: frozenset[str] = NONE) -> Reach:
        with reading(self.crowd.assistant.engine) as connection:
            return audiences.reach(connection, self.crowd.assistant.vault, audience, NOW, templates)

    def announces(self, audience: Audience, at: datetime | None = None, *, urgent: bool = False, author: str = "can-bo") -> str:
        """An approved announcement that begins at once, or at `at`; gives its code."""
        code, vault = new_code("TB"), self.crowd.assistant.vault
        body = {"text": TEXT, "audience": audience.kept(), "urgent": urgent}
        with writing(self.crowd.assistant.engine) as connection:
            owner = people.of_account(connection, "terminal", author, NOW)
            cases.submit(connection, vault, owner, Submit(code, CaseKind.ANNOUNCEMENT, COMMUNE, body, NOW, State.APPROVED), NOW)
            reach = audiences.reach(connection, vault, audience, NOW, NONE)
            if at is None:
                assert announcements.begin(connection, vault, Start(code, reach.count, reach.who), TEXT, NOW, NONE)
            else:
                announcements.schedule(connection, vault, Schedule(code, at, reach.count, reach.who, urgent), TEXT)
        return code

    def start_due(self, at: datetime) -> list[str]:
        with writing(self.crowd.assistant.engine) as connection:
            return announcements.start_due(connection, self.crowd.assistant.vault, framed_of, at, NONE)

    def run(self, code: str) -> Run:
        with reading(self.crowd.assistant.engine) as connection:
            return announcements.standing(connection, code, NOW).run

    def states(self, code: str) -> Counter[str]:
        with reading(self.crowd.assistant.engine) as connection:
            return Counter(announcements.standing(connection, code, NOW).by_state)

    def settle(self, key: str, state: str, reason: str = "", platform: str = "") -> None:
        """What became of the announcement for one account."""
        values = {"state": state, "reason": reason, "platform": platform, "sent_at": NOW if state == "sent" else None}
        with writing(self.crowd.assistant.engine) as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.kind == "announcement").values(**values))


@pytest.fixture
def folk(crowd: People) -> Folk:
    return Folk(crowd)


@pytest.fixture
def village(folk: Folk) -> Folk:
    """People of two villages and of elsewhere, registered and not."""
    for key, channel in (
        ("mùa", "telegram"),
        ("tám", "zalo_oa"),
        ("năm", "telegram"),
        ("ba", "web"),
        ("sáu", "telegram"),
        ("tư", "telegram"),
    ):
        folk.comes(key, channel)
    folk.registers("mùa", needs=["loan", "housing"])
    folk.registers("tám", BACH_XA, State.APPROVED, ["livestock"])
    folk.registers("năm", state=State.RETURNED)
    folk.registers("ba", state=State.VERIFIED)
    folk.registers("sáu", ELSEWHERE, needs=["loan"])
    folk.registers("tư", state=State.EXITED, by="mùa")
    for key in ("bảy", "chín", "mười", "một", "kín"):
        folk.comes(key)
    folk.lives("bảy")
    folk.lives("chín", "Hà Tĩnh")
    folk.registers("mười", state=State.DECLINED)
    folk.registers("một", state=State.WAITING)
    folk.lives("sáu")  # lives here by the chat, registered elsewhere
    return folk


ALL_HERE = ["ba", "bảy", "mùa", "năm", "tám", "tư"]


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        (Audience(COMMUNE), [*ALL_HERE, *OFFICERS, "truong-thon"]),
        (Audience(THINH), ["ba", "mùa", "năm", "tư", "truong-thon"]),
        (Audience(Area("Hà Tĩnh", "xã Can Lộc", "thon dong thinh")), ["ba", "mùa", "năm", "tư", "truong-thon"]),
        (Audience(Area("Hà Tĩnh")), [*ALL_HERE, "sáu", "chín", *OFFICERS, "truong-thon", "can-bo-tinh"]),
        (Audience(COMMUNE, (Role.VILLAGE_HEAD,)), ["truong-thon"]),
        (Audience(BACH_XA, (Role.VILLAGE_HEAD,)), []),
        (Audience(COMMUNE, (Role.COMMUNE_OFFICER,)), OFFICERS),
        (Audience(COMMUNE, (Role.HOUSEHOLD,)), ALL_HERE),
        (Audience(COMMUNE, (Role.HOUSEHOLD, Role.VILLAGE_HEAD)), [*ALL_HERE, "truong-thon"]),
        (Audience(COMMUNE, registration=("submitted",)), ["ba", "mùa"]),
        (Audience(COMMUNE, registration=("approved",)), ["tám"]),
        (Audience(COMMUNE, registration=("returned", "approved")), ["năm", "tám"]),
        (Audience(COMMUNE, registration=("exited",)), ["tư"]),
        (Audience(COMMUNE, registration=("none",)), ["bảy"]),
        (Audience(THINH, registration=("none",)), []),
        (Audience(COMMUNE, registration=("none", "returned")), ["bảy", "năm"]),
        (Audience(COMMUNE, needs=("loan",)), ["mùa"]),
        (Audience(COMMUNE, needs=("loan", "livestock")), ["mùa", "tám"]),
        (Audience(THINH, needs=("livestock",)), []),
        (Audience(COMMUNE, (Role.HOUSEHOLD,), ("submitted",), ("housing",)), ["mùa"]),
        (Audience(COMMUNE, channels=("zalo_oa",)), ["tám"]),
        (Audience(COMMUNE, (Role.HOUSEHOLD,), channels=("telegram", "web")), ["ba", "bảy", "mùa", "năm", "tư"]),
        (Audience(ELSEWHERE), ["sáu"]),
    ],
)
def test_an_audience_takes_in_exactly_these_people(village: Folk, audience: Audience, who: list[str]) -> None:
    assert village.of(audience) == sorted(who)


def test_nobody_of_the_machine_room_is_in_any_audience(village: Folk) -> None:
    everybody = village.of(Audience(Area()))
    assert "quan-tri" not in everybody
    assert {"mùa", "sáu", "can-bo-tinh"} <= set(everybody)


def test_who_cannot_be_reached_is_counted_with_the_reason(folk: Folk) -> None:
    folk.comes("mới", "zalo_oa")
    folk.comes("ba ngày", "zalo_oa", days=3)
    folk.comes("tám ngày", "zalo_oa", days=8)
    folk.comes("chặn", gone="blocked")
    folk.comes("bỏ", "zalo_bot", gone="left")
    folk.comes("thôi")
    folk.comes("không kênh")
    for key in folk.numbers:
        folk.registers(key)
    folk.stops("thôi")
    with writing(folk.crowd.assistant.engine) as connection:
        connection.execute(ACCOUNT.delete().where(ACCOUNT.c.person_id == folk.numbers["không kênh"]))
    households = Audience(COMMUNE, (Role.HOUSEHOLD,))
    found = folk.reach(households)
    assert dict(found.by_channel) == {"zalo_oa": 2}
    assert dict(found.unreachable) == {"window": 1, "blocked": 1, "left": 1, "opted_out": 1, "no_account": 1}
    assert (found.template, found.billed) == (0, 1)
    with_template = folk.reach(households, frozenset({"zalo_oa"}))
    assert (with_template.count, with_template.template, with_template.billed) == (3, 1, 2)
    assert "window" not in with_template.unreachable
    with reading(folk.crowd.assistant.engine) as connection:
        left = audiences.unreached(connection, folk.crowd.assistant.vault, households, NOW, NONE)
    assert {(one.recipient.name, one.reason) for one in left} == {
        ("Hộ tám ngày", "window"),
        ("Hộ chặn", "blocked"),
        ("Hộ bỏ", "left"),
        ("Hộ thôi", "opted_out"),
        ("Hộ không kênh", "no_account"),
    }


def test_somebody_with_two_accounts_is_written_to_once_by_the_one_that_works(folk: Folk) -> None:
    person = folk.comes("zalo của mùa", "zalo_oa", days=1, gone="blocked")
    with writing(folk.crowd.assistant.engine) as connection:
        row = {"channel": "telegram", "key": "telegram của mùa", "person_id": person, "used_at": NOW - timedelta(days=30)}
        connection.execute(ACCOUNT.insert().values(**row))
    folk.registers("zalo của mùa")
    found = folk.reach(Audience(THINH, (Role.HOUSEHOLD,)))
    assert dict(found.by_channel) == {"telegram": 1}
    assert not found.unreachable


def test_the_officer_sees_names_of_those_who_registered_and_of_nobody_else(village: Folk) -> None:
    sample = {one.name: one.place for one in village.reach(Audience(COMMUNE, (Role.HOUSEHOLD,), channels=("telegram",))).sample}
    assert sample["Hộ mùa"] == "thôn Đông Thịnh, xã Can Lộc (xã Thiên Lộc cũ)"
    assert sample[""] == ""  # told the chat only


# -- frozen ------------------------------------------------------------------------------------------------------------------------------


def test_the_audience_is_frozen_at_the_start(village: Folk) -> None:
    code = village.announces(Audience(THINH, (Role.HOUSEHOLD,)))
    village.comes("đến sau")
    village.registers("đến sau")
    village.stops("mùa")
    assert village.states(code) == {"due": 3, "waiting": 1}
    with reading(village.crowd.assistant.engine) as connection:
        rows = connection.execute(select(OUTBOX.c.key).where(OUTBOX.c.kind == "announcement")).scalars()
        assert sorted(rows) == ["ba", "mùa", "năm", "tư"]


def test_other_people_than_those_of_the_yes_begin_nothing(village: Folk) -> None:
    code = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=1))
    village.stops("mùa")
    village.comes("đến sau")
    village.registers("đến sau")  # as many as before, and others
    assert village.start_due(NOW + timedelta(hours=1)) == []
    assert village.run(code) is Run.ASKING
    assert not village.states(code)
    assert any("không còn đúng như lúc đồng ý (4 người)" in text for text in village.crowd.news("can-bo"))


def test_two_processes_begin_an_announcement_once(village: Folk) -> None:
    code = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=1))
    begun = at_once(*[lambda: village.start_due(NOW + timedelta(hours=1))] * 4)
    assert [one for several in begun for one in several] == [code]
    assert sum(village.states(code).values()) == 4


def test_a_correction_goes_to_exactly_those_who_have_it_or_may_have_it(village: Folk) -> None:
    code = village.announces(Audience(COMMUNE, (Role.HOUSEHOLD,)))
    village.settle("mùa", "sent")
    village.settle("tám", "unknown", "stopped")
    village.settle("năm", "failed", "blocked")
    village.settle("bảy", "cancelled", "cancelled")
    village.comes("đến sau")
    village.registers("đến sau")
    village.registers("tư", ELSEWHERE)  # has moved and still has to be told
    village.settle("tư", "sent")
    same = Audience(COMMUNE, same_as=code)
    assert village.of(same) == ["ba", "mùa", "tám", "tư"]
    village.stops("mùa")
    found = village.reach(same)
    assert (found.count, dict(found.unreachable)) == (3, {"opted_out": 1})


def test_a_correction_goes_by_the_account_that_has_the_wrong_words(village: Folk) -> None:
    code = village.announces(Audience(THINH, (Role.HOUSEHOLD,)))
    village.settle("mùa", "sent")
    with writing(village.crowd.assistant.engine) as connection:
        later = {"channel": "zalo_oa", "key": "mùa mới", "person_id": village.numbers["mùa"], "used_at": NOW + timedelta(hours=1)}
        connection.execute(ACCOUNT.insert().values(**later))
        found = audiences.ways(connection, village.crowd.assistant.vault, Audience(COMMUNE, same_as=code), NOW, NONE)
        assert {way.key for way in found if way.person == village.numbers["mùa"]} == {"mùa"}


# -- what adds up ------------------------------------------------------------------------------------------------------------------------


def test_the_states_add_up_to_the_audience_also_after_an_erasure(village: Folk) -> None:
    code = village.announces(Audience(COMMUNE, (Role.HOUSEHOLD,)))
    village.settle("mùa", "sent", platform="77")
    for gone in ("mùa", "năm", "ba"):
        village.erased(gone)
    with reading(village.crowd.assistant.engine) as connection:
        standing = announcements.standing(connection, code, NOW)
        case = cases.find(connection, village.crowd.assistant.vault, code)
        assert case is not None
        told = announcements.deliveries(connection, village.crowd.assistant.vault, case)
        rows = connection.execute(select(OUTBOX.c.person_id, OUTBOX.c.key).where(OUTBOX.c.person_id == 0)).all()
    assert sum(standing.by_state.values()) == standing.count == len(ALL_HERE)
    assert standing.by_state["sent"] == 1
    assert standing.by_state["cancelled"] == 2
    assert len(told) == len(ALL_HERE)
    assert "Hộ mùa" not in {one.recipient.name for one in told}
    assert {tuple(row) for row in rows} == {(0, "")}
    assert "mùa" not in village.of(Audience(COMMUNE, same_as=code))


def test_who_erased_everything_is_in_no_audience(village: Folk) -> None:
    for gone in ("mùa", "bảy"):
        village.erased(gone)
    assert {"mùa", "bảy"}.isdisjoint(village.of(Audience(COMMUNE)))
    assert village.reach(Audience(COMMUNE, (Role.HOUSEHOLD,))).count == len(ALL_HERE) - 2


def test_taking_back_what_waits_ends_the_announcement(village: Folk) -> None:
    code = village.announces(Audience(COMMUNE, (Role.HOUSEHOLD,), channels=("web",)))
    with writing(village.crowd.assistant.engine) as connection:
        assert announcements.finish(connection, village.crowd.assistant.vault, NOW) == [code]
    assert village.states(code) == {"waiting": 1}
    with writing(village.crowd.assistant.engine) as connection:
        assert announcements.recall(connection, village.crowd.assistant.vault, code, NOW) == 0
    assert village.states(code) == {"cancelled": 1}
    assert village.run(code) is Run.CANCELLED


def test_only_what_telegram_still_gives_back_is_asked_for(village: Folk) -> None:
    code = village.announces(Audience(COMMUNE, (Role.HOUSEHOLD,)))
    village.settle("mùa", "sent", platform="1")
    village.settle("tám", "sent", platform="2")  # Zalo
    village.settle("năm", "sent", platform="3")
    with writing(village.crowd.assistant.engine) as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.key == "năm").values(sent_at=NOW - timedelta(hours=49)))
        assert announcements.recall(connection, village.crowd.assistant.vault, code, NOW) == 1
        asked = connection.execute(select(OUTBOX.c.key).where(OUTBOX.c.kind == "recall")).scalars().all()
    assert asked == ["mùa"]
    assert village.states(code) == {"sent": 3, "cancelled": 3}


# -- the hour ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clock", "quiet"), [("20:59", False), ("21:00", True), ("23:30", True), ("05:59", True), ("06:00", False)])
def test_the_quiet_hours_are_from_nine_to_six(clock: str, quiet: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    assert announcements.is_quiet(NOW.replace(hour=hour, minute=minute)) is quiet


def test_what_falls_into_the_quiet_hours_begins_in_the_morning_unless_it_is_urgent(village: Folk) -> None:
    late = datetime(2026, 11, 22, 4, 30, tzinfo=ZONE)
    calm = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), late)
    urgent = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), late, urgent=True)
    assert village.start_due(late) == [urgent]
    assert village.run(calm) is Run.SCHEDULED
    assert village.start_due(late.replace(hour=6)) == [calm]


def test_what_was_held_up_for_hours_is_asked_again(village: Folk) -> None:
    code = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=1))
    in_time = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=3))
    assert village.start_due(NOW + timedelta(hours=5)) == [in_time]
    assert village.run(code) is Run.ASKING
    assert any("nay đã muộn" in text for text in village.crowd.news("can-bo"))


def test_an_author_who_erased_everything_stops_nobody_elses_announcement(village: Folk) -> None:
    village.crowd.appoint("can-bo-3", Role.COMMUNE_OFFICER, COMMUNE, "chị Tuyết")
    gone = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=1), author="can-bo-3")
    other = village.announces(Audience(THINH, (Role.HOUSEHOLD,)), NOW + timedelta(hours=1))
    with writing(village.crowd.assistant.engine) as connection:
        number = people.of_account(connection, "terminal", "can-bo-3", NOW)
        erase(connection, village.crowd.assistant.vault, number, NOW)
    assert village.start_due(NOW + timedelta(hours=1)) == [other]
    assert village.run(gone) is Run.CANCELLED
    assert not village.states(gone)


# -- by conversation ---------------------------------------------------------------------------------------------------------------------


def _many(folk: Folk, count: int) -> None:
    for number in range(count):
        folk.comes(f"hộ {number}", ("telegram", "web")[number % 2])
        folk.lives(f"hộ {number}")


def test_a_large_urgent_one_goes_out_only_after_a_second_officer_has_seen_it(folk: Folk) -> None:
    _many(folk, APPROVAL_ABOVE + 10)
    crowd = folk.crowd
    crowd.now = NOW.replace(hour=22)
    for words in ("thông báo: Nước lũ đang lên, bà con đưa người già và trẻ em lên nhà văn hóa ngay.", "hộ chưa đăng ký", "gửi thử", "rồi"):
        said = crowd.say("can-bo", words)
    assert "210 người, hơn 200 nên cán bộ thứ hai phải duyệt" in said.text
    crowd.say("can-bo", "gửi khẩn ngay")
    said = crowd.say("can-bo", "đúng là khẩn")
    assert "KHẨN" in said.text and "gọi điện ngay" in said.text
    code = said.text.split("KHẨN ")[1].split(" ")[0]
    assert any(text.startswith("KHẨN: ") and code in text for text in crowd.news("can-bo-2"))
    assert folk.run(code) is Run.NONE
    assert "chính mình" in crowd.say("can-bo", f"duyệt {code}").text
    opened = crowd.say("can-bo-2", f"mở {code}")
    assert "KHẨN" in opened.text and "Nước lũ đang lên" in opened.text
    folk.comes("hộ mới")
    folk.lives("hộ mới")
    assert "trước là 210 người, nay 211 người" in crowd.say("can-bo-2", "duyệt").text
    assert "bắt đầu gửi cho 211 người" in crowd.say("can-bo-2", "đồng ý").text
    assert sum(folk.states(code).values()) == 211
    assert any("đã được duyệt" in text for text in crowd.news("can-bo"))


def test_an_officer_who_resigned_from_news_still_gets_the_test_of_an_announcement(folk: Folk) -> None:
    folk.comes("hộ")
    folk.lives("hộ")
    folk.crowd.say("can-bo", "ngừng nhận tin")
    for words in (f"thông báo: {TEXT}", "hộ chưa đăng ký", "gửi thử"):
        folk.crowd.say("can-bo", words)
    assert any(TEXT in text for text in folk.crowd.news("can-bo"))


def test_the_row_of_an_announcement_holds_no_readable_words(village: Folk) -> None:
    village.announces(Audience(THINH))
    with reading(village.crowd.assistant.engine) as connection:
        body = connection.execute(select(ANNOUNCEMENT.c.body)).scalar_one()
    assert "văn hóa".encode() not in body
