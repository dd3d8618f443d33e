"""The sender over real HTTP to a fake Telegram: order, pace, faults, crashes; nobody twice, nobody lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.protocol import Channel
from bot.clock import RealClock
from bot.office import Office
from bot.sender import Sender
from bot.settings import settings
from intents.announcements import Run
from intents.messages import Choice, Kind, Reply
from storage import announcements, outbox
from storage.database import reading, writing
from storage.schema import ACCOUNT, OUTBOX
from tests.conftest import NOW
from tests.fakes.server import Fault
from tests.fakes.telegram import FakeTelegram
from tests.sending import CODE, DrivenClock, announce, office_on, people_on_telegram, run_until, states, telegram_at

RATE = 30
SHARE = 0.8


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = office_on(settings({}, tmp_path / "sender.sqlite3"))
    yield made
    made.close()


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


def notice(office: Office, person: int, text: str) -> None:
    with writing(office.assistant.engine) as connection:
        outbox.notice(connection, office.assistant.vault, person, text, NOW)


def send_all(office: Office, fake: FakeTelegram, kind: str = "notice", timeout: float = 2.0, rate: float = 500, **more: float) -> Sender:
    """Runs a sender until nothing of a kind is due or under way."""
    channels: dict[str, Channel] = {"telegram": telegram_at(fake.url, rate, timeout)}
    sender = Sender(office, channels, RealClock(), **more)

    def done() -> bool:
        left = states(office, kind)
        return not left["due"] and not left["sending"]

    asyncio.run(run_until(sender, channels, done))
    return sender


def rows(office: Office, kind: str = "notice") -> list[tuple[str, str, int]]:
    with reading(office.assistant.engine) as connection:
        found = connection.execute(select(OUTBOX).where(OUTBOX.c.kind == kind).order_by(OUTBOX.c.id))
        return [(row.state, row.reason, row.attempts) for row in found]


# -- talk --------------------------------------------------------------------------------------------------------------------------


def test_messages_to_one_person_arrive_in_their_order_and_one_a_second(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    for number in range(3):
        notice(office, 1, f"tin {number}")
        notice(office, 2, f"thư {number}")
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=10)
    for chat, name in ((1, "tin"), (2, "thư")):
        assert [one.text for one in telegram.delivered if one.chat == chat] == [f"{name} {number}" for number in range(3)]
    assert telegram.busiest_chat(0.99) == 1
    assert states(office, "notice") == {"sent": 6}


def drive(office: Office, fake: FakeTelegram, clock: DrivenClock, seconds: float, rate: float = RATE) -> None:
    """Runs a sender for so many seconds of driven time."""
    fake.clock = clock.seconds
    channels: dict[str, Channel] = {"telegram": telegram_at(fake.url, rate)}
    sender = Sender(office, channels, clock)
    clock.sender, clock.until = sender, clock.at + timedelta(seconds=seconds)

    async def run() -> None:
        await sender.run()
        await channels["telegram"].stopped()

    asyncio.run(run())


def test_a_long_reply_goes_in_parts_and_its_buttons_hang_on_the_last(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 1)
    text = "Câu này dài. " * 500
    reply = Reply(Kind.TASK, text, choices=(Choice("Làm tiếp", "làm tiếp"), Choice("Thôi", "thôi")))
    with writing(office.assistant.engine) as connection:
        number = outbox.answer(connection, office.assistant.vault, 1, ("telegram", "s", "m"), "1", reply, NOW)
    drive(office, telegram, DrivenClock(NOW), seconds=10)
    assert len(telegram.delivered) == 2
    assert "1. Làm tiếp" in telegram.delivered[-1].text
    with_buttons = [asked.body for asked in telegram.asked if "reply_markup" in (asked.body or {})]
    assert len(with_buttons) == 1 and f'"{number}.1"' in with_buttons[0]["reply_markup"]
    assert states(office, "reply") == {"sent": 1}


def test_a_reply_whose_answer_is_lost_is_sent_again(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 1)
    notice(office, 1, "đơn đã ghi nhận")
    telegram.faults.plan("/sendMessage", Fault("cut", done=True), Fault("5xx", 502))
    drive(office, telegram, DrivenClock(NOW), seconds=30)
    assert [one.text for one in telegram.delivered] == ["đơn đã ghi nhận"] * 2  # at least once
    assert rows(office) == [("sent", "", 2)]


def test_the_time_the_platform_names_is_waited_and_only_by_the_person_it_is_about(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 2)
    notice(office, 1, "một")
    telegram.faults.plan("/sendMessage", Fault("429", 7))
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=3)
    notice(office, 2, "hai")
    drive(office, telegram, clock, seconds=10)
    assert [one.text for one in telegram.delivered] == ["hai", "một"]
    assert telegram.delivered[1].at - NOW.timestamp() >= 7
    assert rows(office)[0] == ("sent", "", 0)  # being told to wait is no failed try


def test_a_flood_of_waits_closes_the_whole_channel(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 40)
    for person in range(1, 41):
        notice(office, person, "tin")
    telegram.faults.plan("/sendMessage", *[Fault("429", 9)] * 8)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=8)
    early = len(telegram.delivered)
    assert early <= RATE  # the first second's messages only
    drive(office, telegram, clock, seconds=20)
    assert len(telegram.delivered) == 40


def test_a_notice_waits_for_a_person_who_blocked_us_and_a_reply_does_not(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 1)
    telegram.blocked.add(1)
    notice(office, 1, "đơn được ghi nhận")
    with writing(office.assistant.engine) as connection:
        outbox.answer(connection, office.assistant.vault, 1, ("telegram", "s", "m"), "1", Reply(Kind.TASK, "xong"), NOW)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=5)
    assert rows(office) == [("waiting", "blocked", 0)]
    assert rows(office, "reply") == [("failed", "blocked", 0)]
    with reading(office.assistant.engine) as connection:
        assert connection.execute(select(ACCOUNT.c.gone)).scalar_one() == "blocked"
    telegram.blocked.clear()
    with writing(office.assistant.engine) as connection:
        from storage import people

        people.used(connection, "telegram", "1", clock.at)
        outbox.release(connection, 1, "telegram", "1", clock.at)
    drive(office, telegram, clock, seconds=5)
    assert [one.text for one in telegram.delivered] == ["đơn được ghi nhận"]


def test_a_dead_token_stops_the_channel_tells_the_administrator_and_loses_nothing(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 3)
    with writing(office.assistant.engine) as connection:
        from intents.people import Role
        from knowledge.units import Area
        from storage import people

        admin = people.of_account(connection, "web", "w1", NOW)
        people.give_role(connection, office.assistant.vault, admin, Role.ADMIN, Area(), "quản trị")
    for person in (1, 2, 3):
        notice(office, person, "tin")
    clock = DrivenClock(NOW)
    telegram.faults.share("/sendMessage", 1.0, Fault("401"))
    drive(office, telegram, clock, seconds=60)
    asked = sum(one.path.endswith("/sendMessage") for one in telegram.asked)
    assert asked <= 6  # not a try a second
    with reading(office.assistant.engine) as connection:
        told = [one.text for one in outbox.due(connection, office.assistant.vault, admin)]
    assert len(told) == 1 and "telegram" in told[0]
    telegram.faults.shares.clear()
    drive(office, telegram, clock, seconds=700)
    assert sorted(one.chat for one in telegram.delivered) == [1, 2, 3]


def test_only_one_process_sends_and_another_takes_over_when_it_falls_silent(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 1)
    clock = DrivenClock(NOW)
    other = Sender(office, {"telegram": telegram_at(telegram.url)}, clock, holder="another-host/7/x")
    asyncio.run(other.step())
    assert other.holds
    notice(office, 1, "tin")
    mine = Sender(office, {"telegram": telegram_at(telegram.url)}, clock)
    asyncio.run(mine.step())
    assert not mine.holds and telegram.delivered == []
    clock.at += timedelta(seconds=30)
    drive(office, telegram, clock, seconds=3)
    assert len(telegram.delivered) == 1


# -- announcements ----------------------------------------------------------------------------------------------------------------------


def test_over_five_minutes_the_rate_is_kept_within_three_percent_and_never_passed(office: Office, telegram: FakeTelegram) -> None:
    seconds = 300
    people_on_telegram(office, int(RATE * SHARE * seconds) + 500)
    announce(office)
    drive(office, telegram, DrivenClock(NOW), seconds)
    wanted = RATE * SHARE * seconds
    assert abs(len(telegram.delivered) - wanted) <= 0.03 * wanted, len(telegram.delivered)
    assert telegram.busiest(0.999) <= RATE * SHARE
    assert telegram.twice() == []


def test_a_reply_in_the_middle_of_an_announcement_leaves_within_a_second(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 600)
    announce(office)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=5)
    asked_at = clock.seconds()
    with writing(office.assistant.engine) as connection:
        for person in range(590, 596):
            reply = Reply(Kind.ANSWER, f"trả lời {person}")
            outbox.answer(connection, office.assistant.vault, person, ("telegram", "s", str(person)), str(person), reply, clock.at)
    drive(office, telegram, clock, seconds=5)
    left = [one.at for one in telegram.delivered if one.text.startswith("trả lời")]
    assert len(left) == 6 and max(left) - asked_at <= 1.0
    assert telegram.busiest(0.999) <= RATE


def test_who_answers_while_their_announcement_waits_is_answered_first(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 200)
    announce(office)
    with writing(office.assistant.engine) as connection:
        outbox.answer(connection, office.assistant.vault, 200, ("telegram", "s", "m"), "200", Reply(Kind.ANSWER, "trả lời"), NOW)
    drive(office, telegram, DrivenClock(NOW), seconds=20)
    assert next(one.text for one in telegram.delivered if one.chat == 200) == "trả lời"
    assert states(office) == {"sent": 200}


def test_paused_it_stops_resumed_it_goes_on_cancelled_it_ends(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 300)
    announce(office)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=3)
    change(office, announcements.pause)
    before = len(telegram.delivered)
    drive(office, telegram, clock, seconds=5)
    assert len(telegram.delivered) == before
    change(office, announcements.resume)
    drive(office, telegram, clock, seconds=3)
    assert len(telegram.delivered) > before
    change(office, announcements.cancel)
    sent = len(telegram.delivered)
    drive(office, telegram, clock, seconds=5)
    assert len(telegram.delivered) == sent
    assert states(office) == {"sent": sent, "cancelled": 300 - sent}


def change(office: Office, how: object) -> None:
    with writing(office.assistant.engine) as connection:
        assert how(connection, CODE)  # type: ignore[operator]


def test_at_night_it_stops_by_itself_and_goes_on_in_the_morning_unless_it_is_urgent(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 400)
    evening = NOW.replace(hour=20, minute=59, second=55)
    announce(office, at=evening)
    announce(office, "TB-2345-AAA", "Khẩn: lũ về.", at=evening, urgent=True)
    clock = DrivenClock(evening)
    drive(office, telegram, clock, seconds=120)
    usual = [one.at for one in telegram.delivered if not one.text.startswith("Khẩn")]
    assert usual and max(usual) < NOW.replace(hour=21, minute=0).timestamp() + 1
    assert sum(one.text.startswith("Khẩn") for one in telegram.delivered) == 400
    clock.at = (evening + timedelta(days=1)).replace(hour=6, minute=0, second=1)
    drive(office, telegram, clock, seconds=30)
    assert states(office) == {"sent": 800}


def test_what_may_have_arrived_is_unknown_and_is_sent_again_only_on_request(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 4)
    telegram.faults.plan("/sendMessage", Fault("cut", done=True), Fault("5xx", 500), Fault("nonsense"))
    announce(office)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=60)
    assert states(office) == {"unknown": 3, "sent": 1}
    with writing(office.assistant.engine) as connection:
        announcements.finish(connection, office.assistant.vault, clock.at)
        assert announcements.send_unknown(connection, CODE, clock.at) == 3
        assert announcements.standing(connection, CODE, clock.at).run is Run.RUNNING
    drive(office, telegram, clock, seconds=10)
    assert states(office) == {"sent": 4}


def test_a_recall_takes_back_what_can_be_taken_back(office: Office, telegram: FakeTelegram) -> None:
    people_on_telegram(office, 100)
    announce(office)
    clock = DrivenClock(NOW)
    drive(office, telegram, clock, seconds=2)
    sent = len(telegram.delivered)
    with writing(office.assistant.engine) as connection:
        assert announcements.standing(connection, CODE, clock.at).recallable == sent
        announcements.recall(connection, office.assistant.vault, CODE, clock.at)
    drive(office, telegram, clock, seconds=10)
    assert len(telegram.deleted) == sent
    with reading(office.assistant.engine) as connection:
        assert announcements.standing(connection, CODE, clock.at).by_reason == {"recalled": sent, "cancelled": 100 - sent}


def test_ten_thousand_with_faults_and_two_kills_are_all_accounted_for(tmp_path: Path) -> None:
    """5 % 429, 3 % 403, 2 % time-outs, two SIGKILLs in the middle: the states add up, nobody gets it twice but unknown ones."""
    database, count = tmp_path / "many.sqlite3", 10_000
    office = office_on(settings({}, database))
    at = datetime.now(NOW.tzinfo)
    people_on_telegram(office, count, at=at)
    assert announce(office, at=at, urgent=True) == count
    with FakeTelegram() as fake:
        fake.faults.share("/sendMessage", 0.05, Fault("429", 1))
        fake.faults.share("/sendMessage", 0.03, Fault("403"))
        fake.faults.share("/sendMessage", 0.02, Fault("hang", 2.0, done=True))
        for kill_at in (2_500, 6_000):
            process = sending_process(database, fake.url)
            while len(fake.delivered) < kill_at:
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        last = sending_process(database, fake.url)
        assert last.wait(240) == 0, last.stderr and last.stderr.read()
    ended = states(office)
    assert sum(ended.values()) == count and set(ended) <= {"sent", "failed", "unknown"}, ended
    with reading(office.assistant.engine) as connection:
        found = connection.execute(select(OUTBOX.c.key, OUTBOX.c.state, OUTBOX.c.reason).where(OUTBOX.c.kind == "announcement")).all()
    times = Counter(str(one.chat) for one in fake.delivered)
    for key, state, reason in found:
        expected = {"sent": (1,), "failed": (0,), "unknown": (0, 1)}[state]
        assert times[key] in expected, (key, state, reason, times[key])
        assert state != "failed" or reason in ("blocked", "too_often")
    assert ended["unknown"] >= 1 and ended["failed"] >= count * 0.02
    office.close()


def sending_process(database: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.sending", str(database), url, "1000"]
    return subprocess.Popen(command, cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE)
