"""Officers' announcements in conversation, on a desk that keeps everything in memory: what is said, and what is to be done."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.protocol import Reason
from intents.announcements import (
    MOST_TEXT,
    Announcement,
    Audience,
    CancelRun,
    Delivery,
    Pause,
    Reach,
    Recall,
    Recipient,
    Replied,
    Resume,
    Run,
    Schedule,
    SendTest,
    SendUnknown,
    Start,
)
from intents.codes import check_of, spaced
from intents.dialogue import Dialogue
from intents.flows.announcement_replies import without_code
from intents.flows.announcing import framed
from intents.flows.announcing_card import APPROVAL_ABOVE, audience_words
from intents.messages import MOST_CHARACTERS, Reply
from intents.no_desk import NoDesk
from intents.people import Person, Role
from intents.records import (
    Case,
    CaseKind,
    Change,
    Claim,
    Effect,
    Notify,
    NotifyOfficers,
    OptOut,
    Release,
    State,
    Submit,
    Viewed,
)
from intents.state import Conversation
from intents.wording import has
from knowledge.calendar import ZONE
from knowledge.units import Area

CAN_LOC = Area("Hà Tĩnh", "xã Can Lộc")
PEOPLE = {
    "hoa": Person(1, Role.COMMUNE_OFFICER, CAN_LOC, "chị Hoa"),
    "binh": Person(2, Role.COMMUNE_OFFICER, CAN_LOC, "anh Bình"),
    "tinh": Person(3, Role.PROVINCE_OFFICER, Area("Hà Tĩnh"), "anh Tuấn"),
    "xa-khac": Person(4, Role.COMMUNE_OFFICER, Area("Hà Tĩnh", "xã Kỳ Xuân"), "chị Mai"),
    "truong-thon": Person(5, Role.VILLAGE_HEAD, replace(CAN_LOC, village="thôn 3"), "bác Sơn"),
    "ly": Person(6),
}
MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=ZONE)
TEXT = "Mời bà con thôn 3 đến nhà văn hóa họp về vay vốn chăn nuôi."
CODES = [spaced("TB", payload + check_of(payload)) for payload in ("2A3K4C", "3C4H5M", "4H5K6R")]
SAMPLE = (Recipient(11, "Nguyễn Thị Lành", "thôn 3", "zalo_oa"), Recipient(12, "", "", "telegram"))


def reach(count: int = 45, who: str = "", **more: Any) -> Reach:
    """Some people on Zalo and one on Telegram."""
    channels = {"zalo_oa": count - 1, "telegram": 1} if count else {}
    return Reach(channels, more.pop("unreachable", {}), sample=SAMPLE if count else (), who=who or f"seal{count}", **more)


@dataclass
class Records:
    """What all desks share."""

    cases: dict[str, Case] = field(default_factory=dict)
    standing: dict[str, Announcement] = field(default_factory=dict)
    delivered: dict[str, list[Delivery]] = field(default_factory=dict)
    left: list[Delivery] = field(default_factory=list)
    reach: Reach = field(default_factory=reach)
    asked: list[Audience] = field(default_factory=list)
    codes: list[str] = field(default_factory=lambda: list(CODES))


class Desk(NoDesk):
    def __init__(self, records: Records, person: Person, now: datetime) -> None:
        super().__init__(now.date())
        self.records, self.person, self.now = records, person, now

    def fresh_code(self, prefix: str) -> str:
        return self.records.codes.pop(0)

    def case(self, code: str) -> Case | None:
        return self.records.cases.get(code)

    def mine(self, kind: CaseKind) -> Sequence[Case]:
        return [case for case in self.records.cases.values() if case.kind is kind and case.owner == self.person.id]

    def queue(
        self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "", limit: int = 10, skip: int = 0
    ) -> Sequence[Case]:
        return [case for case in self.records.cases.values() if case.kind in kinds and case.state in states]

    def queue_length(self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "") -> int:
        return len(self.queue(kinds, states))

    def reach(self, audience: Audience) -> Reach:
        self.records.asked.append(audience)
        return self.records.reach

    def announcement(self, code: str) -> Announcement:
        return self.records.standing.get(code, Announcement(code, Run.NONE))

    def announcements(self, limit: int = 8) -> Sequence[Case]:
        return [case for case in reversed(self.records.cases.values()) if case.kind is CaseKind.ANNOUNCEMENT][:limit]

    def deliveries(self, code: str) -> Sequence[Delivery]:
        return self.records.delivered.get(code, [])

    def unreached(self, audience: Audience) -> Sequence[Delivery]:
        return self.records.left


@dataclass
class Commune:
    """Several people who talk to one dialogue; effects on cases are carried out, all are remembered."""

    dialogue: Dialogue
    now: datetime = MORNING
    records: Records = field(default_factory=Records)
    talks: dict[str, Conversation] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    reply: Reply | None = None

    def say(self, who: str, text: str) -> str:
        """The reply's text; what the turn wants done is in `effects`."""
        desk = Desk(self.records, PEOPLE[who], self.now)
        turn = self.dialogue.take_turn(self.talks.get(who, Conversation()), text, self.now.date(), desk)
        self.talks[who], self.effects, self.reply = turn.conversation, list(turn.effects), turn.reply
        for effect in turn.effects:
            self._perform(PEOPLE[who], effect)
        assert len(turn.reply.text) <= MOST_CHARACTERS, turn.reply.text
        return turn.reply.text

    def all_said(self, who: str) -> str:
        """The last reply and all that "xem tiếp" brings."""
        texts = [self.reply.text if self.reply else ""]
        while self.talks[who].rest:
            texts.append(self.say(who, "xem tiếp"))
        return "\n".join(texts)

    def through(self, who: str, *texts: str) -> str:
        return [self.say(who, text) for text in texts][-1]

    def step(self, who: str = "hoa") -> str:
        form = self.talks[who].form
        return form.step if form else ""

    def of(self, kind: type) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def _perform(self, person: Person, effect: Effect) -> None:
        cases = self.records.cases
        if isinstance(effect, Submit):
            times = (self.now, self.now, effect.due_at)
            cases[effect.code] = Case(effect.code, effect.kind, effect.state, person.id, effect.area, 1, effect.body, *times)
        elif isinstance(effect, Change):
            old = cases[effect.code]
            body = old.body if effect.body is None else effect.body
            changed: dict[str, Any] = {"state": effect.state or old.state, "body": body, "note": effect.note, "version": old.version + 1}
            cases[effect.code] = replace(old, **changed, claimed_by=None, claimed_until=None)
        elif isinstance(effect, Claim):
            claim: dict[str, Any] = {"claimed_by": person.id, "claimed_until": effect.until, "claimed_name": person.name}
            cases[effect.code] = replace(cases[effect.code], **claim)
        elif isinstance(effect, Release):
            cases[effect.code] = replace(cases[effect.code], claimed_by=None, claimed_until=None)
        json.dumps([cases[code].body for code in cases])


@pytest.fixture
def commune(dialogue: Dialogue) -> Commune:
    return Commune(dialogue)


def written(commune: Commune, count: int = 45) -> str:
    """An announcement up to the question when to send it; gives its code."""
    commune.records.reach = reach(count)
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả", "gửi thử", "đã đọc được")
    assert commune.step() == "when"
    form = commune.talks["hoa"].form
    assert form is not None
    return form.code


def running(commune: Commune, run: Run = Run.RUNNING, **more: Any) -> str:
    """An announcement that was sent, and how it stands."""
    code = written(commune)
    commune.say("hoa", "gửi ngay")
    commune.records.standing[code] = Announcement(code, run, 45, **more)
    return code


# -- writing -------------------------------------------------------------------------------------------------------------------------


def test_an_officer_writes_chooses_people_tests_and_sends(commune: Commune) -> None:
    assert "Viết lời thông báo" in commune.say("hoa", "soạn thông báo")
    said = commune.say("hoa", TEXT)
    assert "Gửi cho ai?" in said
    assert "1. Mọi người ở xã Can Lộc, Hà Tĩnh" in said
    commune.say("hoa", "1")
    card = commune.all_said("hoa")
    assert "Gửi được 45 người (Zalo 44, Telegram 1)" in card
    assert "Nguyễn Thị Lành (thôn 3; Zalo)" in card
    assert "chưa rõ tên (chưa rõ nơi ở; Telegram)" in card
    assert framed(TEXT, CODES[0], CAN_LOC) in card
    commune.say("hoa", "1")
    assert commune.of(SendTest) == [SendTest(framed(TEXT, CODES[0], CAN_LOC))]
    assert not commune.of(Submit)
    said = commune.say("hoa", "1")
    assert "Gửi ngay cho 45 người" in said
    said = commune.say("hoa", "1")
    assert "Bắt đầu gửi" in said
    (submitted,) = commune.of(Submit)
    assert submitted.state is State.APPROVED
    assert submitted.area == CAN_LOC
    assert submitted.body["text"] == TEXT
    assert Audience.read(submitted.body["audience"]) == Audience(CAN_LOC)
    assert submitted.body["tested"] is True
    assert commune.of(Start) == [Start(CODES[0], 45, "seal45")]
    assert commune.step() == ""


def test_the_frame_tells_who_sends_how_to_answer_and_how_to_stop() -> None:
    text = framed(TEXT, CODES[0], CAN_LOC)
    assert text.startswith("Thông báo của UBND xã Can Lộc:\n")
    assert TEXT in text
    assert CODES[0] in text
    assert "ngừng nhận tin" in text
    assert len(framed("", CODES[0], CAN_LOC)) < 220


@pytest.mark.parametrize(
    "words", ["soạn thông báo", "viết thông báo", "gửi thông báo", "Thông báo mới", "soan thong bao di a", "gửi thông báo mới", "soạn TB"]
)
def test_many_words_begin_an_announcement(commune: Commune, words: str) -> None:
    commune.say("hoa", words)
    assert commune.step() == "text"


@pytest.mark.parametrize("who", ["ly", "truong-thon"])
def test_only_officers_write_announcements(commune: Commune, who: str) -> None:
    commune.say(who, "soạn thông báo")
    assert commune.step(who) == ""
    assert not commune.effects


@pytest.mark.parametrize("words", ["gửi thông báo cho hộ nghèo thế nào?", "đăng ký nhận tin", "thông báo kế hoạch cho dân thế nào"])
def test_a_question_or_another_wish_begins_none(commune: Commune, words: str) -> None:
    commune.say("hoa", words)
    assert commune.step() == ""


def test_words_after_a_colon_are_the_text_even_with_a_code_or_a_command_in_them(commune: Commune) -> None:
    commune.say("hoa", f"thông báo: Hộ đang chờ duyệt đơn xin giữ mã {CODES[1]} cẩn thận.")
    assert commune.step() == "audience"
    form = commune.talks["hoa"].form
    assert form is not None
    assert form.values["text"] == f"Hộ đang chờ duyệt đơn xin giữ mã {CODES[1]} cẩn thận."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"gửi thông báo cho bà con: {TEXT}", TEXT),
        ("Thông báo lịch họp: sáng mai ở nhà văn hóa", "Thông báo lịch họp: sáng mai ở nhà văn hóa"),
        (f"TB: {TEXT}", TEXT),
    ],
)
def test_what_stands_before_the_colon_is_kept_where_it_tells_something(commune: Commune, said: str, kept: str) -> None:
    commune.say("hoa", said)
    form = commune.talks["hoa"].form
    assert form is not None
    assert form.values["text"] == kept


def test_the_opening_word_is_not_sent_twice(commune: Commune) -> None:
    commune.through("hoa", "soạn thông báo", f"Thông báo: {TEXT}")
    form = commune.talks["hoa"].form
    assert form is not None
    assert form.values["text"] == TEXT


def test_a_colon_with_too_few_words_asks_for_the_text(commune: Commune) -> None:
    assert "Viết lời thông báo" in commune.say("hoa", "thông báo: họp thôn")


def test_a_text_that_is_too_long_says_by_how_much(commune: Commune) -> None:
    commune.say("hoa", "soạn thông báo")
    said = commune.say("hoa", "bà con ơi " * 125)
    assert f"quá {1249 - MOST_TEXT} ký tự" in said
    assert commune.step() == "text"


def test_the_longest_text_is_shown_whole_and_the_choices_stay_open(commune: Commune) -> None:
    text = ("Mời bà con họp thôn bàn việc chung. " * 40)[:MOST_TEXT].strip()
    commune.through("hoa", f"thông báo: {text}", "tất cả")
    shown = commune.all_said("hoa")
    assert shown.count("Mời bà con họp thôn") == text.count("Mời bà con họp thôn")
    assert shown.splitlines()[-4:-2] == ["1. Gửi thử cho mình", "2. Sửa lời"]
    commune.say("hoa", "1")
    assert commune.of(SendTest)


def test_before_anything_is_written_another_command_takes_over(commune: Commune) -> None:
    commune.say("hoa", "soạn thông báo")
    assert "Không có việc nào" in commune.say("hoa", "hàng đợi")
    assert commune.step() == ""


# -- figures ---------------------------------------------------------------------------------------------------------------------------


def test_a_figure_that_matches_nothing_needs_a_reason(commune: Commune) -> None:
    said = commune.say("hoa", "thông báo: Mời bà con họp ngày 5/12/2026 về mức vay 70 triệu đồng.")
    assert "(a) 5/12/2026" in said
    assert commune.step() == "why"
    commune.say("hoa", "vì thế")
    assert commune.step() == "why"
    commune.say("hoa", "a: theo giấy mời của xã")
    form = commune.talks["hoa"].form
    assert form is not None
    assert form.values["reasons"] == {"5/12/2026": "theo giấy mời của xã"}
    if commune.step() == "why":
        said = commune.say("hoa", "Ngân hàng chính sách cho biết")
    assert commune.step() == "audience"
    commune.through("hoa", "tất cả")
    card = commune.all_said("hoa")
    assert "5/12/2026: không có trong kế hoạch; căn cứ: theo giấy mời của xã" in card
    commune.through("hoa", "gửi thử", "rồi", "gửi ngay")
    checks = {one["figure"]: one.get("reason") for one in commune.of(Submit)[0].body["checks"]}
    assert checks["5/12/2026"] == "theo giấy mời của xã"


def test_one_reason_may_stand_for_all_figures(commune: Commune) -> None:
    commune.say("hoa", "thông báo: Họp ngày 5/12/2026 và ngày 9/12/2026 tại nhà văn hóa.")
    commune.say("hoa", "Lịch họp do Chủ tịch xã ký")
    assert commune.step() == "audience"
    form = commune.talks["hoa"].form
    assert form is not None
    assert set(form.values["reasons"].values()) == {"Lịch họp do Chủ tịch xã ký"}


def test_a_figure_keeps_its_letter_until_all_have_their_reasons(commune: Commune) -> None:
    commune.say("hoa", "thông báo: Họp ngày 5/12/2026 và ngày 9/12/2026 tại nhà văn hóa.")
    said = commune.say("hoa", "a: giấy mời của xã")
    assert "(b) 9/12/2026" in said
    commune.say("hoa", "b: giấy mời của huyện")
    form = commune.talks["hoa"].form
    assert form is not None
    assert form.values["reasons"] == {"5/12/2026": "giấy mời của xã", "9/12/2026": "giấy mời của huyện"}


def test_a_figure_that_a_plan_confirms_needs_no_reason_and_a_plan_that_is_over_is_told(commune: Commune) -> None:
    commune.say("hoa", "thông báo: Xã tổng kết Đề án giảm nghèo bền vững tỉnh Hà Tĩnh giai đoạn 2016 - 2020.")
    assert commune.step() == "audience"
    commune.say("hoa", "cả xã")
    assert "2016 - 2020: có trong kế hoạch (mở đầu) nhưng giai đoạn của kế hoạch đã hết" in commune.all_said("hoa")
    commune.through("hoa", "gửi thử", "rồi", "gửi ngay")
    (check,) = commune.of(Submit)[0].body["checks"]
    assert check["plan"] == "can-loc-2016-2020"
    assert check["over"] is True


def test_reasons_for_figures_cannot_be_jumped_over(commune: Commune) -> None:
    commune.through("hoa", "thông báo: Họp ngày 5/12/2026 tại nhà văn hóa.", "chọn lại người nhận", "tất cả")
    assert commune.step() == "why"


def test_a_figure_that_is_written_anew_needs_its_own_reason(commune: Commune) -> None:
    commune.through("hoa", "thông báo: Họp ngày 5/12/2026 tại nhà văn hóa.", "Lịch họp của xã", "tất cả", "sửa lời")
    assert commune.step() == "rewrite"
    said = commune.say("hoa", "Họp ngày 7/12/2026 tại nhà văn hóa.")
    assert "7/12/2026" in said
    assert "5/12/2026" not in said
    commune.say("hoa", "Xã đổi lịch họp")
    assert commune.step() == "card"


def test_a_code_in_the_text_is_no_figure(commune: Commune) -> None:
    commune.say("hoa", "thông báo: Ai đã nộp đơn DK-35K2-9TR thì mang giấy tờ đến trụ sở xã.")
    assert commune.step() == "audience"


# -- whom ------------------------------------------------------------------------------------------------------------------------------


def test_free_words_choose_the_people(commune: Commune) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "hộ chưa đăng ký ở thôn 3")
    assert commune.step() == "card"
    asked = commune.records.asked[-1]
    assert asked.registration == ("none",)
    assert "3" in asked.area.village
    assert asked.area.commune == "xã Can Lộc"


@pytest.mark.parametrize(("number", "check"), [("2", "roles"), ("3", "registration"), ("4", "registration")])
def test_the_numbered_choices_narrow_the_people(commune: Commune, number: str, check: str) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", number)
    assert commune.step() == "card"
    assert getattr(commune.records.asked[-1], check)
    assert commune.records.asked[-1].area == CAN_LOC


def test_a_place_outside_the_officers_area_is_refused(commune: Commune) -> None:
    commune.say("hoa", f"thông báo: {TEXT}")
    said = commune.say("hoa", "xã Sơn Lộc")
    assert "chỉ gửi được trong địa bàn" in said
    assert commune.step() == "audience"
    assert not commune.records.asked


def test_one_of_several_places_is_chosen(commune: Commune) -> None:
    said = commune.through("hoa", f"thông báo: {TEXT}", "hộ chưa đăng ký ở thôn 3 và thôn 5")
    assert "2. thôn 5, xã Can Lộc, Hà Tĩnh" in said
    assert not commune.records.asked
    commune.say("hoa", "2")
    assert commune.records.asked[-1].area.village == "thôn 5"
    assert commune.records.asked[-1].registration == ("none",)


def test_other_words_instead_of_one_of_several_places_choose_anew(commune: Commune) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "thôn 3 và thôn 5", "trưởng thôn")
    assert commune.records.asked[-1].roles == (Role.VILLAGE_HEAD,)
    assert commune.records.asked[-1].area == CAN_LOC


@pytest.mark.parametrize(
    ("words", "said"), [("trưởng thôn cần vay vốn", "hai thông báo riêng"), ("hộ chưa đăng ký thích bóng đá", "chưa hiểu")]
)
def test_what_is_not_understood_is_asked_and_never_left_out(commune: Commune, words: str, said: str) -> None:
    commune.say("hoa", f"thông báo: {TEXT}")
    assert said in commune.say("hoa", words)
    assert commune.step() == "audience"
    assert not commune.records.asked


def test_what_is_no_audience_is_answered_beside_and_asked_again(commune: Commune) -> None:
    commune.say("hoa", f"thông báo: {TEXT}")
    said = commune.say("hoa", "hàng đợi")
    assert "Không có việc nào" in said
    assert "Gửi cho ai?" in said
    assert commune.step() == "audience"


def test_nobody_within_reach_cannot_be_sent_to(commune: Commune) -> None:
    commune.records.reach = reach(0, unreachable={"window": 3, "no_account": 1})
    said = commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    assert "Không gửi được cho ai" in said
    assert "Gửi thử" not in said
    commune.say("hoa", "gửi thử")
    commune.say("hoa", "đã đọc được")
    commune.say("hoa", "gửi ngay")
    assert not commune.of(Start)
    assert not commune.records.cases


def test_the_card_tells_who_is_not_reached_why_and_what_to_do(commune: Commune) -> None:
    unreachable = {"window": 1200, "blocked": 2, "opted_out": 1, "no_account": 4}
    commune.records.reach = reach(45, unreachable=unreachable, template=7, billed=9)
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    card = commune.all_said("hoa")
    assert "Không đến được 1.207 người" in card
    assert "1.200 người lâu chưa nhắn" in card
    assert "2 người đã chặn: đến nhà báo" in card
    assert "7 người đã lâu chưa nhắn, chỉ nhận được tin mẫu" in card
    assert "Zalo tính tiền 9 tin" in card


def test_names_on_the_card_are_noted_as_seen(commune: Commune) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    assert commune.of(Viewed) == [Viewed(CODES[0])]


def test_the_list_to_visit_comes_beside_the_card(commune: Commune) -> None:
    commune.records.reach = reach(45, unreachable={"window": 1})
    commune.records.left = [Delivery(Recipient(20, "Trần Văn Út", "thôn 1", ""), "failed", "window")]
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    said = commune.say("hoa", "danh sách đến nhà")
    assert "1 người cần đến nhà" in said
    assert commune.step() == "card"
    assert commune.reply is not None
    assert commune.reply.document is not None
    assert "thôn 1;Trần Văn Út" in commune.reply.document.content
    assert commune.of(Viewed)


def test_an_audience_is_told_in_words() -> None:
    audience = Audience(replace(CAN_LOC, village="thôn 3"), (), ("none", "returned"), ("loan",), ("zalo_oa",))
    said = audience_words(audience)
    for words in ("người dân", "chưa đăng ký", "đơn bị trả lại", "cần vay vốn", "thôn 3, xã Can Lộc", "qua Zalo"):
        assert words in said
    assert audience_words(Audience(CAN_LOC, (Role.VILLAGE_HEAD,))).startswith("trưởng thôn")
    assert CODES[0] in audience_words(Audience(CAN_LOC, same_as=CODES[0]))


# -- the test --------------------------------------------------------------------------------------------------------------------------


def test_nothing_can_be_sent_before_the_test_was_read(commune: Commune) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    for words in ("gửi ngay", "đổi giờ", "tiếp tục"):
        commune.say("hoa", words)
        assert commune.step() == "card", words
    commune.say("hoa", "gửi thử")
    said = commune.say("hoa", "chưa thấy gì")
    assert "Chưa đọc được thì chưa gửi" in said
    assert commune.step() == "tested"
    commune.say("hoa", "1")
    assert commune.of(SendTest)
    commune.say("hoa", "nhận được rồi")
    assert commune.step() == "when"


def test_a_new_text_needs_a_new_test_and_other_people_do_not(commune: Commune) -> None:
    written(commune)
    said = commune.through("hoa", "xem lại", "chọn lại người nhận", "trưởng thôn")
    assert "Tiếp: chọn lúc gửi" in said
    assert "Gửi thử" not in said
    said = commune.through("hoa", "sửa lời", "Mời bà con đến trụ sở họp chiều thứ bảy này.")
    assert "Gửi thử cho mình" in said
    commune.say("hoa", "1")
    assert "họp chiều thứ bảy" in commune.of(SendTest)[0].text


def test_the_code_stays_the_same_while_it_is_written(commune: Commune) -> None:
    code = written(commune)
    commune.through("hoa", "sửa lời", "Mời bà con đến trụ sở họp chiều thứ bảy này.", "gửi thử")
    assert code in commune.of(SendTest)[0].text
    assert commune.say("hoa", code).count("Đã gửi thử") == 1


# -- the time --------------------------------------------------------------------------------------------------------------------------


def test_a_set_time_is_read_back_before_it_is_kept(commune: Commune) -> None:
    code = written(commune)
    said = commune.through("hoa", "hẹn giờ", "8 giờ sáng mai")
    assert "lúc 8:00 ngày 22/11/2026" in said
    commune.say("hoa", "đồng ý")
    assert commune.of(Schedule) == [Schedule(code, MORNING.replace(day=22, hour=8), 45, "seal45", False)]
    assert commune.of(Submit)[0].due_at == MORNING.replace(day=22, hour=8)


@pytest.mark.parametrize(("words", "said"), [("8 giờ hôm qua", "đã qua"), ("chiều mai", "chưa rõ mấy giờ")])
def test_a_time_that_is_past_or_vague_is_asked_again(commune: Commune, words: str, said: str) -> None:
    written(commune)
    assert said in commune.say("hoa", words)
    assert commune.step() == "when"


def test_an_hour_alone_belongs_to_the_day_said_before(commune: Commune) -> None:
    written(commune)
    commune.say("hoa", "chiều mai")
    assert "lúc 14:00 ngày 22/11/2026" in commune.say("hoa", "2 giờ")
    commune.through("hoa", "đổi giờ", "chiều mai")
    assert "lúc 8:00 ngày 24/11/2026" in commune.say("hoa", "8 giờ sáng thứ ba")


def test_no_at_the_last_question_goes_back_to_the_time(commune: Commune) -> None:
    written(commune)
    commune.through("hoa", "8 giờ sáng mai", "không")
    assert commune.step() == "when"
    assert not commune.records.cases


def test_a_time_that_passes_while_it_is_asked_is_asked_again(commune: Commune) -> None:
    written(commune)
    commune.say("hoa", "10 giờ hôm nay")
    commune.now += timedelta(hours=3)
    assert "đã qua" in commune.say("hoa", "đồng ý")
    assert not commune.records.cases


def test_at_night_the_morning_is_offered(commune: Commune) -> None:
    code = written(commune)
    commune.now = MORNING.replace(hour=22)
    said = commune.say("hoa", "gửi ngay")
    assert "6:00 ngày 22/11/2026" in said
    assert not commune.records.cases
    commune.say("hoa", "1")
    commune.say("hoa", "đồng ý")
    assert commune.of(Schedule) == [Schedule(code, MORNING.replace(day=22, hour=6), 45, "seal45", False)]


def test_at_night_only_an_urgent_matter_goes_out_and_is_asked_twice(commune: Commune) -> None:
    code = written(commune)
    commune.now = MORNING.replace(hour=22)
    commune.say("hoa", "gửi ngay")
    said = commune.say("hoa", "khẩn")
    assert "Chắc chắn là khẩn chứ?" in said
    assert not commune.records.cases
    commune.say("hoa", "đúng")
    assert commune.of(Start) == [Start(code, 45, "seal45")]
    assert commune.of(Submit)[0].body["urgent"] is True
    assert [change.action for change in commune.of(Change)] == ["urgent confirmed"]


def test_urgent_can_be_taken_back(commune: Commune) -> None:
    written(commune)
    commune.now = MORNING.replace(hour=22)
    commune.through("hoa", "gửi ngay", "2", "không")
    assert commune.step() == "when"
    commune.through("hoa", "8 giờ sáng mai", "đồng ý")
    assert commune.of(Submit)[0].body["urgent"] is False


@pytest.mark.parametrize(("words", "step"), [("chưa", "when"), ("để hỏi chủ tịch đã", "urgent")])
def test_only_a_plain_yes_makes_it_urgent(commune: Commune, words: str, step: str) -> None:
    written(commune)
    commune.now = MORNING.replace(hour=22)
    commune.through("hoa", "khẩn", words)
    assert commune.step() == step
    assert not commune.records.cases


def test_a_set_urgent_time_is_read_back_after_the_second_yes(commune: Commune) -> None:
    code = written(commune)
    commune.through("hoa", "gửi khẩn lúc 22h", "đúng là khẩn")
    assert commune.step() == "sure"
    commune.say("hoa", "đồng ý")
    assert commune.of(Schedule) == [Schedule(code, MORNING.replace(hour=22), 45, "seal45", True)]


@pytest.mark.parametrize("words", ["để xem thêm", "ngày ấy trời có mưa không nhỉ"])
def test_at_every_question_only_an_answer_moves_on(commune: Commune, words: str) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    for onward, step in (("gửi thử", "card"), ("rồi", "tested"), ("8 giờ sáng mai", "when"), ("đồng ý", "sure")):
        commune.say("hoa", words)
        assert commune.step() == step
        assert not commune.records.cases
        commune.say("hoa", onward)
    assert commune.of(Schedule)


def test_a_set_time_at_night_is_asked_too(commune: Commune) -> None:
    written(commune)
    commune.say("hoa", "23 giờ hôm nay")
    assert commune.step() == "quiet"
    commune.say("hoa", "7 giờ sáng mai")
    assert commune.step() == "sure"
    commune.through("hoa", "đổi giờ", "23 giờ hôm nay", "không")
    assert commune.step() == "when"
    commune.through("hoa", "khẩn")
    assert commune.step() == "urgent"


def test_night_that_falls_between_question_and_yes_is_noticed(commune: Commune) -> None:
    written(commune)
    commune.records.reach = reach(46)
    commune.say("hoa", "gửi ngay")
    assert commune.step() == "sure"
    commune.now = MORNING.replace(hour=21)
    commune.say("hoa", "đồng ý")
    assert commune.step() == "quiet"
    assert not commune.records.cases


# -- the last look ---------------------------------------------------------------------------------------------------------------------


def test_people_who_have_changed_are_shown_and_agreed_to_again(commune: Commune) -> None:
    code = written(commune)
    commune.records.reach = reach(47)
    said = commune.say("hoa", "gửi ngay")
    assert "trước là 45 người, nay 47 người" in said
    assert not commune.of(Start)
    commune.records.reach = reach(47, "others")
    said = commune.say("hoa", "đồng ý")
    assert "vẫn 47 người" in said
    commune.say("hoa", "đồng ý")
    assert commune.of(Start) == [Start(code, 47, "others")]


def test_nobody_left_at_the_last_moment_shows_the_card(commune: Commune) -> None:
    written(commune)
    commune.records.reach = reach(0)
    assert "Không gửi được cho ai" in commune.say("hoa", "gửi ngay")
    assert commune.step() == "card"


# -- stopping and interrupting -----------------------------------------------------------------------------------------------------------


def test_stopping_gives_the_text_back(commune: Commune) -> None:
    commune.through("hoa", f"thông báo: {TEXT}", "tất cả")
    assert TEXT in commune.say("hoa", "thôi")
    assert commune.step() == ""
    commune.say("hoa", "soạn thông báo")
    assert "thôi không soạn" in commune.say("hoa", "hủy thông báo")


def test_going_back_step_by_step(commune: Commune) -> None:
    written(commune)
    steps = []
    for _ in range(3):
        commune.say("hoa", "quay lại")
        steps.append(commune.step())
    assert steps == ["card", "audience", "rewrite"]
    commune.say("hoa", "quay lại")
    assert commune.step() == "card"


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(commune: Commune) -> None:
    code = written(commune)
    said = commune.say("hoa", "tiêu chí hộ gia đình ở Can Lộc là gì?")
    assert "lúc nào?" in said
    assert commune.step() == "when"
    commune.say("hoa", "1")
    assert commune.of(Start)[0].code == code


def test_another_case_waits_until_the_announcement_is_finished(commune: Commune) -> None:
    code = written(commune, APPROVAL_ABOVE + 1)
    commune.through("hoa", "gửi ngay")
    commune.through("binh", f"thông báo: {TEXT}", "tất cả")
    said = commune.say("binh", f"mở {code}")
    assert "dở một mẫu khác" in said
    assert commune.step("binh") == "card"


def test_a_running_one_is_paused_while_another_is_written(commune: Commune) -> None:
    code = running(commune)
    for words in ("tạm dừng", f"tạm dừng {code}"):
        commune.say("hoa", f"thông báo: {TEXT}")
        said = commune.say("hoa", words)
        assert commune.of(Pause) == [Pause(code)]
        assert "Gửi cho ai?" in said
        assert commune.step() == "audience"
        commune.through("hoa", "quay lại", f"báo cáo từng người {code}")
        assert commune.step() == "rewrite"
        commune.say("hoa", "thôi")


def test_keeping_the_text_while_it_is_written_anew(commune: Commune) -> None:
    written(commune)
    commune.through("hoa", "sửa lời", "giữ nguyên")
    assert commune.step() == "card"


# -- a second officer ----------------------------------------------------------------------------------------------------------------------


def submitted(commune: Commune, *times: str) -> str:
    code = written(commune, APPROVAL_ABOVE + 50)
    commune.through("hoa", *(times or ("gửi ngay",)))
    assert commune.records.cases[code].state is State.SUBMITTED
    assert not commune.of(Start)
    return code


def test_above_the_limit_a_second_officer_approves_and_it_begins(commune: Commune) -> None:
    said = commune.say("hoa", "soạn thông báo")
    commune.talks.clear()
    code = submitted(commune)
    assert commune.of(NotifyOfficers)[0].area == CAN_LOC
    said = commune.say("binh", "hàng đợi thông báo")
    assert f"1. {code} thông báo" in said
    commune.say("binh", "1")
    card = commune.all_said("binh")
    assert framed(TEXT, code, CAN_LOC) in card
    assert "250 người" in card
    assert "Nguyễn Thị Lành" in card
    said = commune.say("binh", "duyệt")
    assert f"Duyệt {code}: gửi ngay cho 250 người" in said
    assert commune.records.cases[code].state is State.SUBMITTED
    commune.say("binh", "1")
    case = commune.records.cases[code]
    assert case.state is State.APPROVED
    assert case.body["second"] == PEOPLE["binh"].id
    assert commune.of(Start) == [Start(code, 250, "seal250")]
    assert commune.of(Notify)[0].person == PEOPLE["hoa"].id


def test_the_author_never_approves(commune: Commune) -> None:
    code = submitted(commune)
    assert "chính mình gửi" in commune.say("hoa", f"duyệt {code}")
    assert commune.records.cases[code].state is State.SUBMITTED
    said = commune.say("hoa", code)
    assert "chờ cán bộ thứ hai" in said
    assert "duyệt" not in commune.talks["hoa"].choices[0].means


def test_the_author_may_take_it_back_before_it_is_approved(commune: Commune) -> None:
    code = submitted(commune)
    commune.through("hoa", code, "1", "đồng ý")
    assert commune.records.cases[code].state is State.WITHDRAWN
    assert "đã hủy" in commune.say("hoa", code)
    assert "rút" in commune.say("binh", f"mở {code}") or commune.step("binh") == ""


def test_people_who_changed_since_the_submission_are_told_to_the_second_officer(commune: Commune) -> None:
    code = submitted(commune)
    commune.records.reach = reach(260)
    commune.say("binh", f"mở {code}")
    assert "trước là 250 người, nay 260" in commune.all_said("binh")
    commune.say("binh", "duyệt")
    commune.records.reach = reach(270)
    said = commune.say("binh", "đồng ý")
    assert "270 người" in said
    assert not commune.of(Start)
    commune.say("binh", "đồng ý")
    assert commune.of(Start) == [Start(code, 270, "seal270")]
    assert commune.records.cases[code].body["count"] == 270


def test_an_approval_at_night_waits_for_the_morning(commune: Commune) -> None:
    code = submitted(commune)
    commune.now = MORNING.replace(hour=23)
    said = commune.through("binh", f"mở {code}", "duyệt")
    assert "giờ nghỉ" in said
    commune.say("binh", "đồng ý")
    assert commune.of(Schedule) == [Schedule(code, MORNING.replace(day=22, hour=6), 250, "seal250", False)]


def test_an_approval_after_the_set_time_says_so(commune: Commune) -> None:
    code = submitted(commune, "10 giờ hôm nay", "đồng ý")
    commune.now = MORNING.replace(hour=11)
    said = commune.through("binh", f"mở {code}", "duyệt")
    assert "Giờ hẹn đã qua" in said
    commune.say("binh", "đồng ý")
    assert commune.of(Start)


def test_an_approved_set_time_is_kept(commune: Commune) -> None:
    code = submitted(commune, "8 giờ sáng mai", "đồng ý")
    commune.through("binh", f"mở {code}", "duyệt", "đồng ý")
    assert commune.of(Schedule)[0].at == MORNING.replace(day=22, hour=8)


def test_an_urgent_one_is_marked_for_the_second_officer_and_goes_at_once(commune: Commune) -> None:
    commune.now = MORNING.replace(hour=22)
    code = submitted(commune, "gửi ngay", "khẩn", "đúng")
    said = commune.through("binh", f"mở {code}", "duyệt")
    assert "KHẨN" in said
    commune.say("binh", "đồng ý")
    assert commune.of(Start)
    assert commune.of(Change)[0].action == "announcement approved, urgent"


def test_a_refusal_needs_a_reason_that_the_author_reads(commune: Commune) -> None:
    code = submitted(commune)
    commune.through("binh", f"mở {code}", "từ chối", "Sai ngày họp rồi", "đồng ý")
    assert commune.records.cases[code].state is State.DECLINED
    (notice,) = commune.of(Notify)
    assert notice.person == PEOPLE["hoa"].id
    assert "Sai ngày họp rồi" in notice.text
    assert "Sai ngày họp rồi" in commune.say("hoa", code)


def test_no_at_the_approval_puts_the_case_back(commune: Commune) -> None:
    code = submitted(commune)
    commune.through("binh", f"mở {code}", "duyệt", "không")
    assert commune.of(Release)
    assert commune.records.cases[code].state is State.SUBMITTED


def test_nobody_left_is_not_approved(commune: Commune) -> None:
    code = submitted(commune)
    commune.records.reach = reach(0)
    assert "không gửi được cho ai" in commune.through("binh", f"mở {code}", "duyệt")
    assert commune.records.cases[code].state is State.SUBMITTED


def test_something_else_at_the_approval_is_no_yes(commune: Commune) -> None:
    code = submitted(commune)
    commune.through("binh", f"mở {code}", "duyệt", "để xem thêm đã")
    assert commune.records.cases[code].state is State.SUBMITTED


def test_reasons_for_figures_are_shown_to_the_second_officer(commune: Commune) -> None:
    commune.records.reach = reach(300)
    commune.through("hoa", "thông báo: Họp ngày 5/12/2026 tại nhà văn hóa.", "Lịch họp của xã", "tất cả", "gửi thử", "rồi", "gửi ngay")
    commune.say("binh", CODES[0])
    assert "5/12/2026: không có trong kế hoạch; căn cứ: Lịch họp của xã" in commune.all_said("binh")


# -- while it runs and after ---------------------------------------------------------------------------------------------------------------


def test_the_code_alone_shows_how_far_it_is(commune: Commune) -> None:
    code = running(commune)
    commune.records.standing[code] = Announcement(
        code,
        Run.RUNNING,
        10000,
        by_state={"sent": 4000, "due": 5870, "sending": 10, "failed": 100, "unknown": 20},
        by_reason={"blocked": 90, "quota": 10, "page": 5},
        minutes_left=3,
        reactions={"❤": 12},
        replies=4,
        recallable=40,
        urgent=True,
    )
    said = commune.say("hoa", code)
    assert "đang gửi 4.120/10.000, còn 3 phút" in said
    assert "90 người đã chặn: đến nhà báo" in said
    assert "10 người hết lượt gửi" in said
    assert "mở trang" not in said
    assert "❤ 12" in said
    assert "Ý kiến gửi lại: 4" in said
    assert "khẩn" in said
    for label in ("Tạm dừng", "Hủy", "Thu hồi", "Báo cáo từng người", "Đính chính", "Bản đọc loa", "SMS", "Áp phích", "20 người chưa rõ"):
        assert label in said
    assert "Gửi tiếp" not in said


@pytest.mark.parametrize(
    ("run", "more", "said"),
    [
        (Run.SCHEDULED, {"starts_at": MORNING.replace(day=22, hour=8)}, "hẹn 8:00 ngày 22/11/2026"),
        (Run.ASKING, {}, "chờ đồng ý lại"),
        (Run.RUNNING, {"by_state": {"sent": 40, "due": 5}, "minutes_left": 0}, "chưa đến 1 phút"),
        (Run.PAUSED, {"by_state": {"sent": 40, "due": 5}}, "tạm dừng ở 40/45"),
        (Run.CANCELLED, {"by_state": {"sent": 40, "cancelled": 5}}, "dừng hẳn ở 40/45"),
        (Run.DONE, {"by_state": {"sent": 45}}, "gửi xong, 45/45 người đã nhận"),
        (Run.NONE, {}, "chưa gửi"),
    ],
)
def test_every_stage_has_its_words(commune: Commune, run: Run, more: dict[str, Any], said: str) -> None:
    code = running(commune, run, **more)
    assert said in commune.say("hoa", code)
    assert said in commune.say("hoa", "các thông báo")


def test_pause_and_resume_with_a_code_by_number_and_without_one(commune: Commune) -> None:
    code = running(commune)
    commune.say("hoa", f"tạm dừng {code}")
    assert commune.of(Pause) == [Pause(code)]
    commune.records.standing[code] = Announcement(code, Run.PAUSED, 45)
    commune.say("hoa", "1")
    assert commune.of(Resume) == [Resume(code)]
    commune.records.standing[code] = Announcement(code, Run.RUNNING, 45)
    commune.say("hoa", "tạm dừng")
    assert commune.of(Pause) == [Pause(code)]
    assert "Không có thông báo nào của mình" in commune.say("binh", "tạm dừng")
    commune.say("hoa", "số liệu")
    assert "Không có thông báo nào của mình" in commune.say("hoa", "gửi tiếp")


def test_a_colleague_of_the_same_area_may_pause(commune: Commune) -> None:
    code = running(commune)
    commune.say("binh", f"tạm dừng {code}")
    assert commune.of(Pause) == [Pause(code)]


def test_what_cannot_be_done_now_is_said_with_what_can(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 45})
    said = commune.say("hoa", f"tạm dừng {code}")
    assert "không làm việc đó được" in said
    assert "Báo cáo từng người" in said
    assert not commune.effects


def test_resuming_at_night_waits_unless_urgent(commune: Commune) -> None:
    code = running(commune, Run.PAUSED)
    commune.now = MORNING.replace(hour=22)
    assert "giờ nghỉ" in commune.say("hoa", f"gửi tiếp {code}")
    assert not commune.effects
    commune.records.standing[code] = Announcement(code, Run.PAUSED, 45, urgent=True)
    commune.say("hoa", f"gửi tiếp {code}")
    assert commune.of(Resume)


def test_cancelling_asks_first(commune: Commune) -> None:
    code = running(commune, by_state={"sent": 40, "due": 5})
    said = commune.say("hoa", f"hủy {code}")
    assert "5 người chưa nhận" in said
    assert "40 người đã nhận" in said
    assert "giữ nguyên" in commune.say("hoa", "2")
    commune.through("hoa", f"hủy {code}", "đồng ý")
    assert commune.of(CancelRun) == [CancelRun(code)]


def test_a_scheduled_one_is_cancelled_by_its_words_without_the_code(commune: Commune) -> None:
    code = running(commune, Run.SCHEDULED, starts_at=MORNING + timedelta(days=1))
    assert "45 người chưa nhận" in commune.say("hoa", "hủy thông báo")
    assert "45 người chưa nhận" in commune.say("hoa", "hủy TB")
    commune.say("hoa", "1")
    assert commune.of(CancelRun) == [CancelRun(code)]


@pytest.mark.parametrize(("words", "kind"), [("hủy", CancelRun), ("thu hồi", Recall), ("gửi lại", SendUnknown)])
def test_the_word_itself_is_a_yes_to_its_question(commune: Commune, words: str, kind: type) -> None:
    code = running(commune, by_state={"sent": 40, "unknown": 5}, recallable=3)
    commune.say("hoa", f"{words} {code}")
    assert not commune.effects
    commune.say("hoa", f"{words} đi")
    assert commune.of(kind) == [kind(code)]


def test_recalling_says_how_many_and_that_zalo_cannot(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 45}, recallable=7)
    said = commune.say("hoa", f"thu hồi {code}")
    assert "lấy lại 7 tin" in said
    assert "Zalo không cho" in said
    commune.say("hoa", "1")
    assert commune.of(Recall) == [Recall(code)]
    commune.records.standing[code] = Announcement(code, Run.DONE, 45, by_state={"sent": 45})
    assert "Không tin nào" in commune.say("hoa", f"thu hồi {code}")
    assert not commune.effects


def test_those_of_whom_nothing_is_known_get_it_again_after_a_yes(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 40, "unknown": 5})
    assert "có người nhận hai lần" in commune.say("hoa", f"gửi lại {code}")
    commune.say("hoa", "đồng ý")
    assert commune.of(SendUnknown) == [SendUnknown(code)]
    commune.records.standing[code] = Announcement(code, Run.DONE, 45, by_state={"sent": 45})
    commune.say("hoa", f"gửi lại {code}")
    assert not commune.effects


def test_a_yes_that_comes_too_late_does_nothing(commune: Commune) -> None:
    code = running(commune)
    commune.say("hoa", f"hủy {code}")
    commune.records.standing[code] = Announcement(code, Run.DONE, 45)
    assert "không còn ở bước đó" in commune.say("hoa", "đồng ý")
    assert not commune.effects


def test_an_open_question_that_is_over_is_not_asked_again(commune: Commune) -> None:
    code = running(commune)
    commune.say("hoa", f"hủy {code}")
    commune.records.standing[code] = Announcement(code, Run.DONE, 45)
    said = commune.say("hoa", "tiêu chí hộ gia đình ở Can Lộc là gì?")
    assert "không còn ở bước đó" in said
    assert commune.step() == ""


def test_who_is_no_officer_any_more_does_nothing(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    code = running(commune)
    commune.say("hoa", f"hủy {code}")
    monkeypatch.setitem(PEOPLE, "hoa", Person(1))
    commune.say("hoa", "đồng ý")
    assert not commune.effects


def test_another_command_takes_the_place_of_an_open_question(commune: Commune) -> None:
    code = running(commune)
    commune.say("hoa", f"hủy {code}")
    commune.say("hoa", f"tạm dừng {code}")
    assert commune.of(Pause) == [Pause(code)]
    commune.say("hoa", f"hủy {code}")
    said = commune.say("hoa", "tiêu chí hộ gia đình ở Can Lộc là gì?")
    assert "Hủy chứ?" in said
    assert commune.step() == "sure"


def test_a_changed_audience_is_shown_and_agreed_to_before_it_begins(commune: Commune) -> None:
    code = running(commune, Run.ASKING)
    commune.records.reach = reach(50)
    said = commune.say("hoa", f"gửi {code}")
    assert "trước là 45 người, nay 50 người" in said
    commune.records.reach = reach(51)
    said = commune.say("hoa", "đồng ý")
    assert "51 người" in said
    commune.say("hoa", "đồng ý")
    assert commune.of(Start) == [Start(code, 51, "seal51")]
    assert commune.records.cases[code].body["count"] == 51
    assert commune.records.cases[code].state is State.APPROVED


def test_a_changed_audience_at_night_waits_for_the_morning(commune: Commune) -> None:
    code = running(commune, Run.ASKING)
    commune.records.reach = reach(50)
    commune.now = MORNING.replace(hour=22)
    commune.through("hoa", f"gửi {code}", "đồng ý")
    assert commune.of(Schedule) == [Schedule(code, MORNING.replace(day=22, hour=6), 50, "seal50", False)]


def test_an_audience_that_has_grown_beyond_the_limit_needs_the_second_officer(commune: Commune) -> None:
    code = running(commune, Run.ASKING)
    commune.records.reach = reach(APPROVAL_ABOVE + 1)
    commune.through("hoa", f"gửi {code}", "đồng ý")
    assert commune.records.cases[code].state is State.SUBMITTED
    assert not commune.of(Start)
    assert commune.of(NotifyOfficers)
    commune.through("binh", f"mở {code}", "duyệt", "đồng ý")
    assert commune.of(Start)
    commune.records.standing[code] = Announcement(code, Run.ASKING, 201)
    commune.records.reach = reach(APPROVAL_ABOVE + 9)
    commune.through("hoa", f"gửi {code}", "đồng ý")
    assert commune.of(Start)


def test_a_changed_audience_of_nobody_is_not_sent(commune: Commune) -> None:
    code = running(commune, Run.ASKING)
    commune.records.reach = reach(0)
    assert "không gửi được cho ai" in commune.say("hoa", f"gửi {code}")
    assert commune.step() == ""


# -- correction ------------------------------------------------------------------------------------------------------------------------------


def test_a_correction_goes_to_exactly_the_same_people_by_the_same_steps(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 45})
    assert "Viết lời đính chính" in commune.say("hoa", f"đính chính {code}")
    said = commune.say("hoa", "Giờ họp là buổi chiều chứ không phải buổi sáng.")
    assert commune.step() == "card"
    assert f"đúng những người của {code}" in said
    assert "Chọn lại người nhận" not in said
    assert commune.records.asked[-1].same_as == code
    commune.say("hoa", "chọn lại người nhận")
    assert commune.step() == "card"
    commune.say("hoa", "quay lại")
    assert commune.step() == "rewrite"
    commune.through("hoa", "quay lại", "gửi thử")
    assert f"ĐÍNH CHÍNH thông báo {code}: Giờ họp" in commune.of(SendTest)[0].text
    commune.through("hoa", "rồi", "gửi ngay")
    (made,) = commune.of(Submit)
    assert made.body["corrects"] == code
    assert Audience.read(made.body["audience"]).same_as == code
    assert made.code != code
    assert commune.of(Start)


def test_a_correction_written_anew_is_marked_once(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 45})
    commune.through("hoa", f"đính chính {code}", "Giờ họp là buổi chiều nhé bà con.", "sửa lời")
    commune.through("hoa", f"ĐÍNH CHÍNH thông báo {code}: Giờ họp là 14 giờ chiều.", "gửi thử")
    assert commune.of(SendTest)[0].text.count("ĐÍNH CHÍNH") == 1


# -- papers -----------------------------------------------------------------------------------------------------------------------------------


def rows(document_text: str) -> list[list[str]]:
    assert document_text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(document_text[1:]), delimiter=";"))


def test_the_report_has_a_line_for_every_person(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 1, "failed": 2})
    commune.records.delivered[code] = [
        Delivery(Recipient(11, "Nguyễn Thị Lành", "thôn 3", "zalo_oa"), "sent", at=MORNING),
        Delivery(Recipient(12, "=HYPERLINK(1)", "", "telegram"), "failed", "blocked"),
        Delivery(Recipient(13, "", "thôn 1", "web"), "waiting", "page"),
        Delivery(Recipient(14, "Lê Văn Tám", "thôn 1", "telegram"), "sent", "recalled"),
    ]
    assert "4 người" in commune.say("hoa", f"báo cáo {code}")
    assert commune.of(Viewed) == [Viewed(code)]
    assert commune.reply is not None
    assert commune.reply.document is not None
    table = rows(commune.reply.document.content)
    assert table[0] == ["người", "nơi", "kênh", "kết quả", "lý do", "nên làm gì", "lúc"]
    assert table[1] == ["Nguyễn Thị Lành", "thôn 3", "Zalo", "đã gửi đến", "", "", "09:00 21/11/2026"]
    assert table[2][0] == "'=HYPERLINK(1)"
    assert table[2][3:6] == ["không gửi được", "đã chặn", "đến nhà báo"]
    assert table[3][0] == "chưa rõ tên"
    assert table[3][3:6] == ["chờ người đó mở ra xem", "", "việc gấp thì đến nhà báo"]
    assert table[4][3] == "đã thu hồi"


def test_before_anything_was_sent_there_is_no_report(commune: Commune) -> None:
    code = running(commune)
    assert "chưa có báo cáo" in commune.say("hoa", "báo cáo từng người")
    assert code in (commune.reply.text if commune.reply else "")


def test_the_list_to_visit_is_ordered_by_village_and_names_nobody_twice(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"failed": 1})
    ut, lanh = Recipient(20, "Trần Văn Út", "thôn 1", ""), Recipient(21, "Bùi Thị Lan", "thôn 9", "telegram")
    commune.records.delivered[code] = [Delivery(lanh, "failed", "blocked"), Delivery(Recipient(22, "Ai", "thôn 2", "web"), "sent")]
    commune.records.left = [Delivery(lanh, "failed", "blocked"), Delivery(ut, "failed", "window")]
    said = commune.say("hoa", f"danh sách đến nhà {code}")
    assert "- thôn 1: 1" in said
    assert commune.reply is not None
    assert commune.reply.document is not None
    assert [row[:2] for row in rows(commune.reply.document.content)[1:]] == [["thôn 1", "Trần Văn Út"], ["thôn 9", "Bùi Thị Lan"]]
    commune.records.delivered.clear()
    commune.records.left = []
    assert "Không có ai phải đến nhà" in commune.say("hoa", f"danh sách đến nhà {code}")


def test_many_villages_are_counted_and_the_rest_is_in_the_file(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"failed": 1})
    commune.records.left = [Delivery(Recipient(number, "Ai", f"thôn {number:02}", ""), "failed", "window") for number in range(1, 13)]
    assert "và 4 nơi nữa" in commune.say("hoa", f"danh sách đến nhà {code}")


def test_the_same_words_for_the_loudspeaker_a_text_message_and_a_poster(commune: Commune) -> None:
    code = running(commune, Run.DONE, by_state={"sent": 45})
    said = commune.say("hoa", f"bản loa {code}")
    assert "giây" in said
    assert "nhà văn hóa" in said
    commune.say("hoa", "bản sms")
    assert commune.reply is not None
    assert "/160 ký tự" in commune.reply.text
    assert "nha van hoa" in commune.reply.text
    commune.say("hoa", f"áp phích {code}")
    assert commune.reply.document is not None
    assert commune.reply.document.kind == "poster"
    assert json.loads(commune.reply.document.content)["code"] == code


def test_a_text_message_that_leaves_something_out_says_so(commune: Commune) -> None:
    code = running(commune)
    case = commune.records.cases[code]
    long = "Mời bà con họp tại nhà văn hóa thôn 3. " + "Bà con nhớ mang theo giấy tờ tùy thân và sổ hộ khẩu cũ để cán bộ xem. " * 4
    commune.records.cases[code] = replace(case, body={**case.body, "text": long})
    assert "rút gọn" in commune.say("hoa", f"bản sms {code}")


def test_words_that_can_be_misread_without_accents_are_pointed_out(commune: Commune) -> None:
    code = running(commune)
    case = commune.records.cases[code]
    commune.records.cases[code] = replace(case, body={**case.body, "text": "Bà con bán bò thì báo cho trưởng thôn, đừng bỏ chuồng."})
    assert "đọc lầm" in commune.say("hoa", f"bản sms {code}")


# -- who may see it ----------------------------------------------------------------------------------------------------------------------------


def test_an_officer_of_the_province_sees_it_and_one_of_another_commune_only_answers(commune: Commune) -> None:
    code = running(commune)
    assert "đang gửi" in commune.say("tinh", code)
    said = commune.say("xa-khac", code)
    assert TEXT not in said
    assert "đang gửi" not in said
    commune.say("xa-khac", f"hủy {code}")
    assert not commune.of(CancelRun)


def test_an_unknown_code_is_not_found(commune: Commune) -> None:
    assert "Không tìm thấy" in commune.say("hoa", CODES[2])
    assert "không tìm thấy mã" in commune.say("ly", f"{CODES[2]} tôi có ý kiến")
    assert not commune.effects


def test_the_list_of_announcements_leads_to_each_and_to_a_new_one(commune: Commune) -> None:
    assert "Chưa có thông báo nào" in commune.say("hoa", "thông báo")
    commune.say("hoa", "1")
    assert commune.step() == "text"
    commune.talks.clear()
    code = running(commune)
    assert code in commune.say("hoa", "các thông báo")
    assert "Tình hình: đang gửi" in commune.say("hoa", "1")


def test_a_submitted_one_stands_in_the_list_as_waiting(commune: Commune) -> None:
    submitted(commune)
    assert "đang chờ" in commune.say("hoa", "các thông báo")


# -- answers -----------------------------------------------------------------------------------------------------------------------------------


def test_words_to_an_announcement_reach_the_officer_without_a_name(commune: Commune) -> None:
    code = running(commune)
    commune.records.cases["DK-1"] = replace(
        commune.records.cases[code],
        code="DK-1",
        kind=CaseKind.REGISTRATION,
        owner=PEOPLE["ly"].id,
        area=replace(CAN_LOC, village="thôn 3"),
        body={"name": "Phan Thị Lý", "phone": "0912345678"},
    )
    said = commune.say("ly", f"{code} nhà tôi bận, họp buổi tối được không ạ?")
    assert "Cảm ơn bà con" in said
    (notice,) = commune.of(Notify)
    assert notice.person == PEOPLE["hoa"].id
    assert "nhà tôi bận, họp buổi tối được không ạ?" in notice.text
    assert "thôn 3, xã Can Lộc" in notice.text
    assert "Lý" not in notice.text
    assert "0912345678" not in notice.text
    assert commune.of(Replied) == [Replied(code)]


def test_the_code_alone_tells_a_household_only_how_to_answer(commune: Commune) -> None:
    code = running(commune)
    said = commune.say("ly", code.lower().replace("-", " "))
    assert "nhắn mã rồi viết luôn lời" in said
    assert TEXT not in said
    assert not commune.effects


def test_an_announcement_that_waits_for_approval_is_unknown_to_households(commune: Commune) -> None:
    code = submitted(commune)
    assert "không tìm thấy" in commune.say("ly", f"{code} cho tôi hỏi").lower()
    assert not commune.effects


def test_stopping_announcements_by_an_answer_stops_them(commune: Commune) -> None:
    code = running(commune)
    commune.say("ly", f"{code} ngừng nhận tin")
    assert commune.of(OptOut) == [OptOut(True)]
    commune.say("ly", "nhận tin")
    assert commune.of(OptOut) == [OptOut(False)]


@pytest.mark.parametrize("words", ["tôi không hiểu thông báo này", "không nhận được tiền thì nhắn ai ạ", "thôi tôi gửi con đến họp thay"])
def test_words_that_only_sound_like_stopping_are_passed_on(commune: Commune, words: str) -> None:
    code = running(commune)
    commune.say("ly", f"{code} {words}")
    assert not commune.of(OptOut)
    assert words in commune.of(Notify)[0].text


def test_a_command_as_an_answer_is_a_command(commune: Commune) -> None:
    code = running(commune)
    said = commune.say("ly", f"{code} đơn của tôi")
    assert "đơn" in said
    assert not commune.of(Notify)


def test_an_answer_in_the_middle_of_a_form_keeps_the_form(commune: Commune) -> None:
    code = running(commune)
    commune.through("ly", "đăng ký thoát nghèo")
    before = commune.step("ly")
    assert before
    commune.say("ly", f"{code} tôi sẽ đến họp")
    assert commune.of(Replied)
    assert commune.step("ly") == before


def test_a_locked_phone_may_answer_and_is_shown_nothing(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    code = running(commune)
    monkeypatch.setitem(PEOPLE, "ly", Person(6, shared_phone=True, locked=True))
    commune.say("ly", f"{code} tôi sẽ đến họp")
    assert commune.of(Replied)
    commune.say("ly", f"{code} đơn của tôi")
    assert commune.of(Replied)
    assert "DK-" not in (commune.reply.text if commune.reply else "")


@pytest.mark.parametrize(
    ("text", "left"),
    [(f"{CODES[0]} tôi đến", "tôi đến"), (f"tôi đến, {CODES[0]}", "tôi đến"), (CODES[0], ""), ("tôi đến", "tôi đến")],
)
def test_the_code_is_taken_out_of_an_answer(text: str, left: str) -> None:
    assert without_code(text) == left


# -- wording -----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *(reason.value for reason in Reason),
        *(
            "opted_out",
            "no_account",
            "due",
            "sending",
            "sent",
            "failed",
            "unknown",
            "cancelled",
            "waiting",
            "recalled",
            "page",
            "recalling",
            "stopped",
        ),
    ],
)
def test_every_state_and_reason_has_words_and_what_to_do(name: str) -> None:
    assert has("delivery", name)
    assert has("delivery", f"{name}_next")
