"""The guides for officers and for whoever runs the machine are true: settings, commands, words to type, limits and links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from prometheus_client import generate_latest

from bot.channels import telegram, zalo_bot, zalo_errors, zalo_events, zalo_oa
from bot.channels.configuration import is_configured
from bot.channels.protocol import NeedsPerson, Setting
from bot.channels.table import KINDS
from bot.cli import parser
from bot.metrics import REGISTRY
from bot.settings import Settings, settings
from intents.announcements import BILLED_AFTER, MOST_TEXT, RECALLED_WITHIN, WINDOW, Announcement, Audience, Reach, Run
from intents.codes import check_of, spaced
from intents.dialogue import FORMS, Dialogue
from intents.flows.announcement_replies import without_code
from intents.flows.announcement_runs import ACTS
from intents.flows.announcing_card import APPROVAL_ABOVE, framed
from intents.flows.moment import Moment, dotted
from intents.messages import Kind
from intents.no_desk import NoDesk
from intents.people import Person, Role
from intents.records import Case, CaseKind, State
from intents.slots.sending_time import QUIET_FROM, QUIET_TO
from intents.state import Conversation, Form
from intents.wording import say
from knowledge.units import Area
from knowledge.vietnamese import read

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
ENV = (ROOT / ".env.example").read_text(encoding="utf-8")
OPERATOR, OFFICERS = DOCS["cai-dat-kenh.md"], DOCS["huong-dan-can-bo.md"]
OF_SERVER = ("DATABASE", "KEY_FILE", "PHOTOS", "CACHE", "HOST", "PORT", "PUBLIC_URL")
OF_CHANNELS: list[Setting] = [one for kind in KINDS for one in kind.settings]


# -- .env.example ------------------------------------------------------------------------------------------------------------------


def env_lines() -> dict[str, tuple[str, str]]:
    """Every setting of .env.example: the comment above it, in one line, and its value."""
    found: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for line in ENV.splitlines():
        name, sign, value = line.partition("=")
        if line.startswith("#"):
            above.append(line.removeprefix("#").strip())
        elif sign:
            assert name not in found, name
            found[name] = (" ".join(above), value)
            above = []
        else:
            above = []
    return found


@pytest.mark.parametrize("setting", OF_CHANNELS, ids=lambda setting: setting.name)
def test_a_channels_setting_stands_in_the_example_with_its_way_and_default(setting: Setting) -> None:
    above, value = env_lines()[setting.name]
    assert " ".join(setting.how.split()) in above
    assert value == setting.default
    assert ("(không bắt buộc)" in above) is not setting.needed
    assert not (setting.secret and value)


def test_the_example_has_the_settings_of_the_server_explained_and_no_others() -> None:
    names = [f"DONGHANH_{name}" for name in OF_SERVER]
    assert list(env_lines()) == names + [one.name for one in OF_CHANNELS]
    assert [name for name in names if len(env_lines()[name][0].split()) < 5] == []
    code = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"DONGHANH_[A-Z_]+[A-Z]", code)) <= set(names)


def test_the_example_copied_as_it_is_means_the_defaults_and_no_channel() -> None:
    said = {name: value or "" for name, value in dotenv_values(stream=StringIO(ENV)).items()}
    assert settings(said) == settings({}) == Settings(Path("donghanh.sqlite3"), Path("donghanh.key"), Path("donghanh-anh"))
    assert [kind.name for kind in KINDS if is_configured(kind.settings, said)] == []


# -- commands, files, links --------------------------------------------------------------------------------------------------------


def commands_of(text: str) -> Iterator[str]:
    """Commands of the machine: in backticks, or alone on an indented line."""
    for written in [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"(?m)^ {4}(\S.*)$", text)]:
        if re.match(r"(?:donghanh|make) [a-z]", written):
            yield written


@pytest.mark.parametrize("name", DOCS)
def test_every_command_of_the_docs_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = list(commands_of(DOCS[name]))
    assert found
    for written in found:
        tool, *given = shlex.split(written)
        if tool == "make":
            assert f"\n{given[0]}:" in makefile, written
        else:
            parser().parse_args(given)


def anchors_of(text: str) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCS)
def test_links_between_the_docs_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", DOCS[name]):
        file, _, anchor = target.partition("#")
        assert file in DOCS, target
        assert not anchor or anchor in anchors_of(DOCS[file]), target


def test_docs_that_are_named_exist() -> None:
    named = {one for text in (*DOCS.values(), ENV) for one in re.findall(r"\bdocs/[\w-]+\.md", text)}
    assert "docs/cai-dat-kenh.md" in named
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_settings_named_in_the_docs_exist() -> None:
    named = {one for text in DOCS.values() for one in re.findall(r"DONGHANH_[A-Z_]*[A-Z]\b", text)}
    assert named <= set(env_lines())
    assert {one.name for one in OF_CHANNELS if one.needed} <= named


# -- channels ----------------------------------------------------------------------------------------------------------------------


def rows_of(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    table = re.search(r"(?:^\|.*\|\n)+", text[text.index(f"\n{heading}\n") :], re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def test_the_limits_of_the_channels_are_those_of_the_code() -> None:
    rows = {row[0]: row[1:] for row in rows_of(OPERATOR, "## Mỗi kênh làm được gì")}
    limits = (telegram.Telegram.limits, zalo_oa.LIMITS, zalo_bot.LIMITS)
    for limit, buttons, characters, files in zip(limits, rows["nút bấm"][1:], rows["ký tự một tin"][1:], rows["gửi tệp"][1:], strict=True):
        assert (str(limit.buttons) in buttons) if limit.buttons else buttons.startswith("không")
        assert characters == str(limit.characters)
        assert files.startswith("không") is not bool(limit.files)
    recalled = [
        f"{RECALLED_WITHIN[name].days * 24} giờ" if name in RECALLED_WITHIN else "không" for name in ("telegram", "zalo_oa", "zalo_bot")
    ]
    assert all(span in cell for span, cell in zip(recalled, rows["thu hồi tin đã gửi"][1:], strict=True))
    assert f"{WINDOW['zalo_oa'].days} ngày" in rows["được gửi khi nào"][2]
    assert f"{BILLED_AFTER['zalo_oa'].days * 24} giờ, {WINDOW['zalo_oa'].days} ngày" in OPERATOR


def test_the_codes_of_zalo_are_those_that_are_handled() -> None:
    codes = {int(one) for row in rows_of(OPERATOR, "### Lỗi của Zalo OA") for one in re.findall(r"-\d+", row[0])}
    assert codes <= set(zalo_errors.TABLE)
    needs_person = {code for code, what in zalo_errors.MESSAGE.items() if isinstance(what, NeedsPerson)}
    assert needs_person | set(zalo_errors.TOLD) <= codes


def test_the_events_to_switch_on_are_those_that_are_read() -> None:
    told = {one for row in rows_of(OPERATOR, "## Zalo Official Account") for one in re.findall(r"`(\w+)`", row[0])}
    assert told <= set(zalo_events.EVENTS)
    read_by_us = {name for name, reader in zalo_events.EVENTS.items() if getattr(reader, "func", None) is not zalo_events._ignored}
    assert {one for one in read_by_us if not one.startswith("oa_send_")} <= told


def test_the_metrics_to_watch_exist() -> None:
    offered = generate_latest(REGISTRY).decode()
    watched = set(re.findall(r"donghanh_\w+", OPERATOR))
    assert len(watched) >= 5
    assert [one for one in watched if f"# TYPE {one} " not in offered] == []


# -- announcements -----------------------------------------------------------------------------------------------------------------

SECTION = OFFICERS[OFFICERS.index("\n## Thông báo\n") : OFFICERS.index("\n## Thời hạn\n")]
CODE = spaced("TB", "2A3K4C" + check_of("2A3K4C"))
SHOWN_CODE = "TB-....-..."
CAN_LOC = Area("Hà Tĩnh", "xã Can Lộc")
OFFICER, SECOND = Person(1, Role.COMMUNE_OFFICER, CAN_LOC, "chị Hoa"), Person(2, Role.COMMUNE_OFFICER, CAN_LOC, "anh Bình")
TEXT = "Mời bà con họp ngày 5/12 về vay vốn chăn nuôi."
STEPS = {
    "lời": ("text",),
    "số liệu": ("why",),
    "người nhận": ("audience",),
    "thẻ": ("card",),
    "gửi thử": ("tested",),
    "lúc gửi": ("when",),
    "giờ yên tĩnh": ("quiet",),
    "khẩn": ("urgent",),
    "đồng ý chứ": ("sure",),
    "bước nào sau lời": ("why", "audience", "card", "tested", "when", "quiet", "urgent", "sure"),
    "bước nào sau người nhận": ("card", "tested", "when", "quiet", "urgent", "sure"),
    "bước nào": ("why", "audience", "card", "tested", "when", "quiet", "urgent", "sure"),
}


class Desk(NoDesk):
    """An officer's desk with one announcement on it."""

    def __init__(
        self, person: Person, state: State = State.APPROVED, run: Run = Run.RUNNING, by_state: dict[str, int] | None = None
    ) -> None:
        super().__init__(date(2026, 11, 21))
        self.person, self._run, self._by_state = person, run, by_state or {"sent": 40, "unknown": 2, "due": 3}
        body = {"text": TEXT, "audience": Audience(CAN_LOC).kept(), "checks": [], "count": 45, "who": "seal", "starts_at": ""}
        self._case = Case(CODE, CaseKind.ANNOUNCEMENT, state, OFFICER.id, CAN_LOC, 1, body, self.now, self.now, self.now)

    def case(self, code: str) -> Case | None:
        return self._case if code == CODE else None

    def announcements(self, limit: int = 8) -> list[Case]:
        return [self._case]

    def announcement(self, code: str) -> Announcement:
        return Announcement(code, self._run, 45, by_state=self._by_state, recallable=5)

    def reach(self, audience: Audience) -> Reach:
        return Reach({"telegram": 45}, who="seal")


def typed(cell: str) -> str:
    """What a cell tells to type, with a real code; "" where it tells nothing."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    return found[1].replace(SHOWN_CODE, CODE) if found else ""


def test_every_word_for_a_step_of_writing_is_understood_there(dialogue: Dialogue) -> None:
    rows = rows_of(SECTION, "### Lúc đang soạn")
    assert {row[0] for row in rows} == set(STEPS)
    for where, cell, _ in rows:
        for step in STEPS[where]:
            form = Form("announce", step, {"text": TEXT, "audience": Audience(CAN_LOC).kept(), "count": 45, "who": "seal"}, code=CODE)
            desk = Desk(OFFICER)
            if step not in ("why", "audience"):
                form = form.filled(reasons={"5/12": "theo giấy mời của xã"})
            if step in ("when", "quiet", "urgent", "sure"):
                form = form.filled(tested=framed(TEXT, CODE, CAN_LOC))
            said = typed(cell) or TEXT
            turn = FORMS["announce"].hear(Moment(Conversation(form=form), said, desk, dialogue.knowledge), form)
            assert turn is not None, (where, step, said)
            assert turn.conversation.form != form or "đến nhà" in turn.reply.text, (where, step, said)


def test_an_announcement_may_begin_in_both_ways(dialogue: Dialogue) -> None:
    begun = [one for one in re.findall(r"`([^`]+)`", SECTION) if one.startswith(("soạn thông báo", "thông báo:"))]
    assert len(begun) == 2
    for said in begun:
        form = dialogue.take_turn(Conversation(), said, date(2026, 11, 21), Desk(OFFICER)).conversation.form
        assert form is not None
        assert form.name == "announce"


def test_every_word_after_sending_does_what_its_row_says(dialogue: Dialogue) -> None:
    """With the code and without it the same act."""
    rows = rows_of(SECTION, "### Sau khi gửi")
    acts = set()
    for with_code, without, _ in rows:
        told = [said for said in (typed(with_code), typed(without)) if said]
        assert told
        for said in told:
            turn = dialogue.take_turn(Conversation(), said, date(2026, 11, 21), Desk(OFFICER, run=_stage_of(said)))
            assert (turn.reply.kind, turn.reply.task) == (Kind.TASK, "announce"), said
            assert say("run", "which") not in turn.reply.text, said
        found = [_act_of(said) for said in told if said != CODE and said != "các thông báo"]
        assert len(set(found)) <= 1, told
        acts |= set(found)
    assert acts == {act.label for act in ACTS}


def _stage_of(said: str) -> Run:
    """Where an act of these words is allowed."""
    line = read(without_code(said)).line
    act = next((act for act in ACTS if act.words.search(line)), None)
    return act.runs[0] if act and Run.RUNNING not in act.runs else Run.RUNNING


def _act_of(said: str) -> str:
    line = read(without_code(said)).line
    return next(act.label for act in ACTS if act.words.search(line))


def test_the_second_officer_can_say_what_the_guide_tells(dialogue: Dialogue) -> None:
    conversation = Conversation()
    for said in [typed(row[0]) for row in rows_of(SECTION, "### Duyệt (cán bộ thứ hai)")][:3]:
        turn = dialogue.take_turn(conversation, said, date(2026, 11, 21), Desk(SECOND, State.SUBMITTED))
        assert (turn.reply.kind, turn.reply.task) == (Kind.TASK, "review"), said
        conversation = turn.conversation
    assert "Đồng ý chứ?" in turn.reply.text
    opened = dialogue.take_turn(Conversation(), f"mở {CODE}", date(2026, 11, 21), Desk(SECOND, State.SUBMITTED)).conversation
    refused = dialogue.take_turn(opened, "từ chối", date(2026, 11, 21), Desk(SECOND, State.SUBMITTED))
    assert refused.conversation.form is not None
    assert refused.conversation.form.step == "reason"


def test_people_can_answer_and_stop_with_the_words_they_are_told(dialogue: Dialogue) -> None:
    rows = rows_of(SECTION, "### Bà con thấy gì")
    for said, task in zip([typed(row[0]) for row in rows], ("announce", "unsubscribe", "unsubscribe"), strict=True):
        turn = dialogue.take_turn(Conversation(), said, date(2026, 11, 21), Desk(Person(9)))
        assert turn.reply.task == task, said
        assert turn.effects, said


def test_every_word_in_backticks_of_the_section_stands_in_one_of_its_tables() -> None:
    """So that none of them goes unproved; the words that begin an announcement have a test of their own."""
    cells = [cell.strip() for line in SECTION.splitlines() if line.startswith("|") for cell in line.strip("|").split("|")]
    tables = {typed(cell) for cell in cells}
    written = {one.replace(SHOWN_CODE, CODE) for one in re.findall(r"`([^`]+)`", SECTION)}
    free = {one for one in written - tables if not one.startswith(("soạn thông báo", "thông báo:", "a: "))}
    assert free == set()


def test_the_rules_of_the_section_are_those_of_the_code() -> None:
    assert f"Tối đa {dotted(MOST_TEXT)} ký tự" in SECTION
    assert f"Trên {APPROVAL_ABOVE} người" in SECTION
    assert f"từ {QUIET_FROM:%H:%M} đến {QUIET_TO.hour}:00" in SECTION
    assert f"trong {WINDOW['zalo_oa'].days} ngày; sau {BILLED_AFTER['zalo_oa'].days * 24} giờ" in SECTION


def test_the_message_people_see_is_shown_as_it_is() -> None:
    shown = re.search(r"(?m)(?:^ {4}.+\n)+", SECTION[SECTION.index("### Bà con thấy gì") :])
    assert shown is not None
    lines = [line.strip() for line in shown[0].strip().splitlines()]
    assert "\n".join(lines).replace(SHOWN_CODE, CODE) == framed(lines[1], CODE, CAN_LOC)


def test_why_somebody_got_nothing_is_named_as_the_machine_names_it() -> None:
    for reasons, _ in rows_of(SECTION, "### Người không nhận được"):
        for reason in reasons.split("; "):
            names = ("blocked", "left", "window", "opted_out", "no_account", "page", "unknown", "quota", "account")
            assert reason in {say("delivery", name) for name in names}, reason


def test_a_phrase_nobody_knows_is_not_understood(dialogue: Dialogue) -> None:
    """The tests above can fail."""
    form = replace(Form("announce", "when", {"text": TEXT, "audience": Audience(CAN_LOC).kept(), "count": 45}), code=CODE)
    moment = Moment(Conversation(form=form), "con mèo trèo cây cau", Desk(OFFICER), dialogue.knowledge)
    assert FORMS["announce"].hear(moment, form) is None
