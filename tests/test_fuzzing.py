"""Whatever is typed at whatever step: a polite reply of at most 1000 characters, no exception, nothing executed, nothing lost.

Scripts lead once to every step of every form; each hostile text is then said at each of those steps, on a database that is as
it was when the step was reached. A step of the code that no script reaches fails its own test.
"""

from __future__ import annotations

import re
import shutil
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from sqlmodel import SQLModel

from bot.settings import settings
from intents.dialogue import FORMS, Dialogue
from intents.flows import announcing, handoff, registration, reporting, review
from intents.flows.card import SLOTS
from intents.flows.report_card import FIELDS
from intents.messages import MOST_CHARACTERS
from intents.records import Case
from intents.state import Form
from storage import audit, conversations, people
from storage.database import reading
from storage.outbox import due
from storage.photos import received
from storage.schema import PERSON
from tests.conftest import People
from tests.killed import CHANNEL, REGISTRATION, REPORT
from tests.postgres import crowd, postgres, postgres_server
from tests.test_concurrency import kept
from tests.test_durability import CODE, picture

__all__ = ["crowd", "postgres", "postgres_server"]  # the fixtures

HOSTILE = (
    "'; DROP TABLE person; --",
    'Robert"); DELETE FROM case_file; --',
    "<script>alert('x')</script> <b>Nguyễn Văn Tư</b>",
    "{x}",
    "{0.__class__}",
    "{name.__class__.__init__.__globals__}",
    "Nguyễn Văn {code}",
    "}{",
    "%s %(name)s %n %d ${PATH} $(id) `id`",
    '=HYPERLINK("http://x")',
    "\\ \\\\ \\N{SNOWMAN} \\u0041 ' \" ",
    "\x00",
    "Nguyễn\x00Văn\x00Tư",
    "\x1b[31mđỏ\x1b[0m \x07\x08\x7f",
    "\u202eơT năV nễyugN\u202c",
    "\u200fNguyễn\u200e \u2066Văn\u2069 Tư",
    "\u200b\u200c\u200d\ufeff",
    "👩‍👩‍👧‍👦🐄🏠 🇻🇳",
    "𝕹𝖌𝖚𝖞𝖊̂̃𝖓 𝖁𝖆̆𝖓",
    "Z̸̢͕͉͖̞͒̆̈́̚a̷l̵g̶o̸" + "\u0301" * 300,
    "\ud800 nửa ký tự",
    "Nguyễn " + "Đ" * 1900,
    "thôn " + "Đ" * 1900,
    "xã " + "Đ" * 1900,
    "bà Lan, " * 180,
    "ông " + "Nguyễn Văn Tư và bà " * 60,
    "99999999999999999999999999 đồng",
    "9" * 400,
    "-1",
    "1e308 triệu, 999999999999 hộ, 99999999999999999999 người, 999999999999 ngày công",
    "ngày 31/12/9999",
    "ngày 0/0/0000",
    "năm 99999999999",
    "½ ⅔ ٣ 五 ①",
    "mở DK-0000-000 BC-9999-999",
    "/moi\n/hangdoi\n/solieu",
    "\n" * 400,
    " ",
    "",
    "?" * 1400,
    "ạ " * 700,
)
HUGE = ("a" * 100_000, "5 triệu " * 12_500, "hộ bà Lan, " * 9_000, "(" * 100_000, "\U0001f404" * 100_000)
SHARE = 8
RANDOM = 100
MOST_SLOW = 3
WORDS = tuple(
    "tôi bà ông hộ nghèo cận thôn xã Đông Thịnh Thiên Lộc Nguyễn Văn Tư 4 người 7 2027 triệu 5 3 con bò gạo hôm qua ngày 15/10 mỗi tổng "
    "tặng cho của không đúng sửa thôi bỏ qua quay lại và, . ? ! : ; - ( ) {x} %s MTTQ báo cáo đăng ký giúp rút đơn xóa hết mã PIN 0912345678".split()
)
SECONDS = 5.0  # for one message, however long; the machine may be busy


class TooSlow(BaseException):
    """A reply took longer than SECONDS. Not an Exception, so that no code takes it for one of its own."""


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"no reply after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# -- every step ------------------------------------------------------------------------------------------------------------------------------

GIFT = "hôm qua đoàn thanh niên xã tặng 5 triệu cho 3 hộ"
OTHER = ("đăng ký giúp hộ ông Nguyễn Văn Tư", "làm tiếp", "đồng ý", "thôn Đông Thịnh")
REST = ("hộ nghèo", "4 người", "7", "1", "2027", "0912345678", "Lê Văn Bình")
MENDS = ("việc", "ngày", "số tiền", "hiện vật", "số hộ", "số người", "ngày công", "người nhận", "bên giúp", "thôn")
SCRIPTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ho", ("xin chào", *REGISTRATION)),
    ("helper", (*OTHER, "xã Hòa Bình", "1", *REST, "2", "hộ đã đồng ý trực tiếp hôm qua", "sửa", "thôi")),
    ("helper-2", (*OTHER, "xã Thiên Lộc", *REST, "1", "đúng")),
    ("household", ("{XN}",)),
    ("helper-4", (*OTHER, "xã Thiên Lộc", "hộ nghèo", "4 người", "thôi", "bỏ hết")),
    ("helper-3", (*OTHER, "xã Không Tên", "xã Không Tên", "Hà Tĩnh")),
    ("ho", ("rút đơn", "không", "rút lại đồng ý", "không", "xóa dữ liệu của tôi", "không", "máy dùng chung", "thôi", "quên PIN", "thôi")),
    ("truong-thon", (*REPORT, GIFT, "đúng", GIFT, "đúng", "việc khác")),
    *(("truong-thon", (GIFT, "sửa", f"sửa {named}", "thôi")) for named in MENDS),
    ("truong-thon", ("hôm kia ủng hộ 2 triệu cho 2 hộ", "đúng")),
    ("asker-2", ("gặp cán bộ", "bao giờ xã phát gạo tết cho hộ nghèo")),
    ("truong-thon", (f"{GIFT} ở thôn Đông Hà", "thôi", "rút báo cáo {BC}", "không")),
    ("asker", ("tiêu chí hộ ở Can Lộc", "gặp cán bộ", "2", "bao giờ xã phát gạo tết cho hộ nghèo", "xã Thiên Lộc", "1")),
    ("can-bo", ("mở {DK}", "trả lại", "thôn", "Chưa rõ thôn, bà con ghi lại.", "thôi", "xác minh tất cả", "thôi")),
    ("can-bo", ("mở {CH}", "trả lời", "Ngày 10/2/2027 tại nhà văn hóa.", "đồng ý", "lưu kiến thức", "thôi")),
    (
        "can-bo",
        ("tiêu chí hộ ở Can Lộc", "tắt câu trả lời", "thôi", "/moi trưởng thôn", "thôi", "/moi trưởng thôn thôn Đông Hà xã Can Lộc"),
    ),
    ("invited", ("{MM}",)),
    (
        "can-bo",
        ("soạn thông báo", "Mời bà con đến nhà văn hóa ngày 28/11 làm thẻ.", "lịch làm việc của xã", "trưởng thôn", "sửa lời",
         "Mời bà con đến nhà văn hóa.", "gửi thử", "đọc được rồi", "22 giờ tối nay", "khẩn", "gửi khẩn", "đồng ý", "hủy {TB}", "không"),
    ),
)


@dataclass(frozen=True)
class Spot:
    """A step of a form (both empty: no form is open), who stands at it, and the database as it was then."""

    form: str
    step: str
    who: str
    database: Path

    def __str__(self) -> str:
        return f"{self.form}.{self.step}"


@dataclass
class Arena:
    """An assistant on a SQLite file that is put back to a spot before each trial."""

    people: People
    spots: list[Spot] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        assert isinstance(self.people.where.database, Path)
        return self.people.where.database

    def play(self, who: str, lines: tuple[str, ...]) -> None:
        for line in lines:
            photos = () if line else (received(picture()),)
            texts = [self.people.say(who, line.format(**self.codes), photos=photos).text]
            texts += [text for name in ("ho", "can-bo", "asker") for text in self.people.news(name)]
            self.codes |= {code[:2]: code for text in texts for code in CODE.findall(text)}
            self.note(who)

    def note(self, who: str) -> None:
        """Keeps where somebody stands now, unless another stood there."""
        form = form_of(self.people, who)
        here = (form.name, form.step) if form else ("", "")
        if here not in [(spot.form, spot.step) for spot in self.spots]:
            self.people.assistant.engine.dispose()  # the last connection to close empties the write-ahead log into the file
            copied = self.path.with_name(f"spot-{len(self.spots)}.sqlite3")
            shutil.copy(self.path, copied)
            self.spots.append(Spot(*here, who, copied))

    def stand(self, spot: Spot) -> None:
        self.people.assistant.engine.dispose()
        shutil.copy(spot.database, self.path)

    def problem(self, spot: Spot, text: str) -> str:
        """What goes wrong when `text` is said at the spot, and "đúng" after it; "" when nothing does."""
        self.stand(spot)
        for said in (text, "đúng"):
            try:
                with in_time():
                    wrong = impolite(self.people.say(spot.who, said).text)
            except (Exception, TooSlow) as error:
                wrong = f"{type(error).__name__}: {str(error).splitlines()[:1]}"
            if wrong:
                return f"{spot}, {spot.who} says {said[:40]!r} ({len(said)}), after {text[:40]!r}: {wrong}"
        return harmed(self.people, spot.who, "can-bo", "ho", "asker")


def form_of(crowd: People, who: str) -> Form | None:
    with reading(crowd.assistant.engine) as connection:
        number = people.find_account(connection, CHANNEL, who)
        return conversations.load(connection, crowd.assistant.vault, number).form if number is not None else None


def impolite(text: str) -> str:
    """Why a text cannot be sent to people; "" when it can."""
    if not 0 < len(text.strip()) <= len(text) <= MOST_CHARACTERS:
        return f"{len(text)} characters: {text[:50]!r}"
    bad = {char for char in text if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"}
    return f"characters that cannot be sent: {sorted(bad)}" if bad else ""


def harmed(crowd: People, *told: str) -> str:
    """What is wrong with the database or the notices that wait; "" when nothing is."""
    engine = crowd.assistant.engine
    if lost := set(SQLModel.metadata.tables) - set(inspect(engine).get_table_names()):
        return f"tables lost: {lost}"
    with reading(engine) as connection:
        if problem := audit.verify(connection, crowd.assistant.vault).problem:
            return f"audit: {problem}"
        numbers = [people.find_account(connection, CHANNEL, name) for name in told]
        notices = [one.text for number in numbers if number is not None for one in due(connection, crowd.assistant.vault, number)]
    return next((f"notice {text[:60]!r}: {wrong}" for text in notices if (wrong := impolite(text))), "")


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, dialogue: Dialogue) -> Arena:
    """Everybody has played all scripts; every step that was reached is a spot."""
    made = Arena(People(settings({}, tmp_path_factory.mktemp("arena") / "arena.sqlite3"), dialogue))
    for who, lines in SCRIPTS:
        made.play(who, lines)
    return made


def steps_of_the_code() -> set[tuple[str, str]]:
    """Every step that the flows' own tables name, and at least one of every form."""
    named = {registration.NAME: {*registration.STEPS, *SLOTS}, reporting.NAME: {*reporting.STEPS, *reporting.GUIDED, *FIELDS}}
    named |= {handoff.NAME: set(handoff.STEPS), "review": set(review.STEPS) - {"source", "send_sure"}, "draft": {"offer", "source"}}
    named |= {"announce": set(announcing.STEPS) - {"place"}}
    return {(form, step) for form, steps in named.items() for step in steps}


def test_the_scripts_reach_every_step_of_every_form(arena: Arena) -> None:
    reached = {(spot.form, spot.step) for spot in arena.spots}
    assert steps_of_the_code() - reached == set()
    assert set(FORMS) - {form for form, _ in reached} == set()


def test_hostile_texts_at_every_step_are_answered_politely(arena: Arena) -> None:
    """Each text at one step of SHARE, each step with one text of SHARE; together all steps and all texts."""
    pairs = [(spot, text) for row, spot in enumerate(arena.spots) for column, text in enumerate(HOSTILE) if (row + column) % SHARE == 0]
    assert {text for _, text in pairs} == set(HOSTILE) and {spot for spot, _ in pairs} == set(arena.spots)
    problems = [wrong for spot, text in pairs if (wrong := arena.problem(spot, text))]
    assert not problems, "\n".join(problems)


def test_huge_texts_are_answered_in_time_at_every_step(arena: Arena) -> None:
    problems: list[str] = []
    for row, spot in enumerate(arena.spots):
        wrong = arena.problem(spot, HUGE[row % len(HUGE)])
        problems += [wrong] if wrong else []
        if len(problems) == MOST_SLOW:  # each takes its time
            break
    assert not problems, "\n".join(problems)


def test_random_texts_at_any_step_are_answered_politely(arena: Arena) -> None:
    @trials(max_examples=RANDOM, deadline=None, derandomize=True, database=None)
    @given(st.sampled_from(arena.spots), st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
    def answered(spot: Spot, text: str) -> None:
        assert arena.problem(spot, text) == ""

    answered()


# -- what is kept ------------------------------------------------------------------------------------------------------------------------------

GOOD = {  # what is answered where the hostile text was no answer
    "registration": dict(
        zip((*SLOTS, "unit", "helper_name", "proof", "proof_text"), ("Nguyễn Văn Tư", "thôn Đông Thịnh", "xã Thiên Lộc", *REST[:6], "1", REST[6], "2", "hộ đã đồng ý trực tiếp hôm qua"), strict=True)
    )
    | {"province": "Hà Tĩnh", "intro": "làm tiếp", "consent": "đồng ý", "review": "đúng"},
    "report": {"kind": "1", "occurred_on": "hôm qua", "what": "5 triệu", "households": "3 hộ", "amount_vnd": "5 triệu", "card": "đúng", "twin": "việc khác", "names": "bỏ qua", "donor": "bỏ qua", "where": "1"},
    "question": {"text": "bao giờ xã phát gạo tết", "place": "xã Thiên Lộc", "sure": "1"},
    "review": {"field": "thôn", "reason": "Bà con ghi rõ hơn giúp xã.", "answer": "Ngày 10/2/2027.", "reason_sure": "đồng ý", "answer_sure": "đồng ý"},
    "draft": {"offer": "thôi"},
    "invitation": {"name": "bác Tám"},
}  # fmt: skip
FIXED = {
    *("intro", "consent", "review", "card", "sure", "reason_sure", "answer_sure", "proof", "unit", "field", "offer", "twin", "where"),
    *("commune", "place"),  # an unknown place is in no officer's area
}
STEPS_MOST = 60
OFFICERS_COMMUNE = "xã Can Lộc"
TOUCHY = re.compile("\x00|\ud800|DROP|99999999|ĐĐĐ")


def bare(text: str) -> str:
    """The letters and digits of a text, by which what is kept is compared with what was typed; "gn" is mended to "ng"."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum()).replace("gn", "ng")


def filled(crowd: People, who: str, hostile: str) -> list[str]:
    """Goes on with the open form to its end, the hostile text said once at every step that takes words; the replies."""
    tried: set[str] = set()
    replies: list[str] = []
    while (form := form_of(crowd, who)) and len(replies) < STEPS_MOST:
        once = form.step not in tried | FIXED
        tried.add(form.step)
        replies.append(crowd.say(who, hostile if once else GOOD[form.name][form.step]).text)
    assert form_of(crowd, who) is None, f"{who} stays at {form_of(crowd, who)}"
    return replies


def said_by(crowd: People, who: str, *lines: str) -> list[str]:
    return [crowd.say(who, line).text for line in lines]


def test_hostile_words_are_kept_as_they_were_typed_and_do_nothing(crowd: People) -> None:
    """Every second text on SQLite, the others on PostgreSQL, and on both what databases themselves are touchy about."""
    half = int(crowd.assistant.engine.dialect.name == "postgresql")
    texts = [text for number, text in enumerate(HOSTILE) if bare(text) and (number % 2 == half or TOUCHY.search(text))]
    problems = [wrong for number, text in enumerate(texts) if (wrong := wrongly_kept(crowd, str(number), text))]
    assert not problems, "\n".join(problems)
    assert harmed(crowd) == ""


def wrongly_kept(crowd: People, number: str, hostile: str) -> str:
    """What goes wrong when a household, an asker, an officer and an invited person use the text for everything; "" when nothing does."""
    helper, asker, invited = f"helper-{number}", f"asker-{number}", f"invited-{number}"
    try:
        before = {case.code for case in kept(crowd)}
        replies = said_by(crowd, helper, "đăng ký giúp hộ hàng xóm") + filled(crowd, helper, f"Nguyễn {hostile}")
        replies += said_by(crowd, "truong-thon", "báo cáo từng câu") + filled(crowd, "truong-thon", f"ủng hộ {hostile}")
        replies += said_by(crowd, asker, "gặp cán bộ") + filled(crowd, asker, f"hỏi câu {number}: {hostile}")
        registered, report, question = (case.code for case in kept(crowd) if case.code not in before)
        replies += said_by(crowd, "can-bo", f"mở {registered}", "trả lại") + filled(crowd, "can-bo", f"Lý do là {hostile}")
        replies += said_by(crowd, "can-bo", f"mở {question}", "trả lời") + filled(crowd, "can-bo", f"Trả lời là {hostile}")
        replies += said_by(crowd, "can-bo", f"mở {report}", "thả ra", "hàng đợi", "số liệu")
        invitation = CODE.findall(crowd.say("can-bo", "/moi trưởng thôn thôn Đông Hà xã Can Lộc").text)[0]
        replies += said_by(crowd, invited, invitation) + filled(crowd, invited, f"bác {hostile}")
        replies += [text for who in (helper, asker, "truong-thon") for text in said_by(crowd, who, "đơn của tôi", "dữ liệu của tôi")]
        replies += [text for who in (helper, asker, "truong-thon", "can-bo") for text in crowd.news(who)]
    except Exception as error:
        said_by(crowd, "truong-thon", "thôi", "thôi")
        return f"{hostile[:30]!r}: {type(error).__name__}: {str(error).splitlines()[:1]}"
    found = {case.code: case for case in kept(crowd)}
    wrong = [wrong for text in replies if (wrong := impolite(text))]
    wrong += differing(number, hostile, found[registered], found[question], named(crowd, invited))
    return f"{hostile[:30]!r}: {wrong}" if wrong else ""


def differing(number: str, hostile: str, registered: Case, question: Case, name: str) -> list[str]:
    """What was stored otherwise than typed: cut or cleaned it may be, and in the form it may have been no answer."""
    verbatim = {
        f"Trả lời là {hostile}": question.note,
        f"hỏi câu {number}: {hostile}": str(question.body["text"]),
        f"bác {hostile}": name,
    }
    if registered.area.commune == OFFICERS_COMMUNE:  # a text may name another commune: its officer is another
        verbatim[f"Lý do là {hostile}"] = registered.note
    wrong = [
        f"{stored!r} for {typed!r}"
        for typed, stored in verbatim.items()
        if not bare(typed).startswith(bare(stored)) or len(bare(stored)) < min(len(bare(typed)), 20)
    ]
    slots = {slot: str(registered.body[slot]) for slot in ("name", "village", "commune", "helper_name", "proof_text")}
    return wrong + [
        f"{slot}: {stored!r}"
        for slot, stored in slots.items()
        if bare(stored) not in bare(f"Nguyễn {hostile}") and stored != GOOD["registration"][slot]
    ]


def named(crowd: People, who: str) -> str:
    with reading(crowd.assistant.engine) as connection:
        number = people.find_account(connection, CHANNEL, who)
        sealed = connection.execute(select(PERSON.c.name).where(PERSON.c.id == number)).scalar_one()
    return str(crowd.assistant.vault.open(sealed))
