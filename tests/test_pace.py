"""The pace of a channel, for any sequence of lanes, people and times: no window is ever over its limit, and the rate is reached."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.protocol import Rates
from bot.pace import FLOOD, LONGEST_CLOSED, LONGEST_WINDOW, Pace
from storage.outbox import ANNOUNCED, TALK

ZALO = 4000 / 60
RATES = st.one_of(
    st.sampled_from([30.0, 5.0, ZALO, 1.0, 29.0, 0.05]), st.integers(1, 90).map(float), st.integers(1, 6000).map(lambda n: n / 60)
)
STEPS = st.lists(st.tuples(st.floats(0, 3), st.sampled_from([TALK, ANNOUNCED]), st.integers(1, 80)), max_size=60)
START = 1_790_000_000.0
NEARLY = 1e-6


def busiest(times: list[float], seconds: float) -> int:
    """The most times within any half-open span of so many seconds."""
    return max((sum(first <= at < first + seconds - NEARLY for at in times) for first in times), default=0)


def send_greedily(pace: Pace, steps: list[tuple[float, int, int]]) -> list[tuple[float, int]]:
    """Sends as much as the pace lets, each message to somebody new."""
    now = START
    sent: list[tuple[float, int]] = []
    for passed, lane, wanted in steps:
        now += passed
        for _ in range(min(pace.room(lane, now), wanted)):
            pace.sent(lane, f"{len(sent)}", now)
            sent.append((now, lane))
    return sent


@given(RATES, STEPS)
def test_no_window_is_ever_over_its_limit(overall: float, steps: list[tuple[float, int, int]]) -> None:
    pace = Pace(Rates(overall))
    sent = send_greedily(pace, steps)
    everything, announced = [at for at, _ in sent], [at for at, lane in sent if lane == ANNOUNCED]
    for times, rate in ((everything, overall), (announced, overall * 0.8)):
        assert busiest(times, 1) <= ceil(rate - NEARLY)
        assert busiest(times, pace.window) <= max(1, rate * pace.window + NEARLY)


@given(RATES, STEPS)
def test_there_is_room_once_what_it_says_to_wait_has_passed(overall: float, steps: list[tuple[float, int, int]]) -> None:
    pace = Pace(Rates(overall))
    sent = send_greedily(pace, steps)
    now = START + sum(passed for passed, _, _ in steps)
    if sent and pace.room(TALK, now) <= 0:
        wait = pace.wait(now)
        assert 0 < wait <= max(pace.window, LONGEST_WINDOW)
        assert max(pace.room(TALK, now + wait + NEARLY), pace.room(ANNOUNCED, now + wait + NEARLY)) > 0


@pytest.mark.parametrize("overall", [30.0, 5.0, ZALO, 1.0, 29.0])
@pytest.mark.parametrize("lane", [TALK, ANNOUNCED])
def test_in_the_long_run_the_rate_is_reached(overall: float, lane: int) -> None:
    pace, now, sent, seconds = Pace(Rates(overall)), START, 0, 120
    while now < START + seconds:
        for _ in range(pace.room(lane, now)):
            pace.sent(lane, f"{sent}", now)
            sent += 1
        now += max(pace.wait(now), 0.02)
    wanted = overall * (1.0 if lane == TALK else 0.8) * seconds
    assert 0.95 * wanted <= sent <= wanted + pace.most[lane]


def test_zalos_rate_of_a_minute_is_two_hundred_in_three_seconds_and_not_all_in_the_first() -> None:
    pace = Pace(Rates(ZALO))
    assert (pace.window, pace.most) == (3, (200, 160))
    assert pace.room(TALK, START) == 67 and pace.room(ANNOUNCED, START) == 54


def test_a_rate_that_needs_a_long_window_does_not_leave_all_at_once() -> None:
    pace = Pace(Rates(29.0))
    assert pace.window == 5 and pace.room(TALK, START) == 29


def test_a_rate_of_one_in_twenty_seconds_sends_one_in_twenty_seconds() -> None:
    sent = send_greedily(Pace(Rates(0.05)), [(0.5, TALK, 5)] * 121)
    assert [round(at - START, 1) for at, _ in sent] == [0.5, 20.5, 40.5, 60.5]


@given(st.lists(st.tuples(st.floats(0, 4), st.sampled_from(["7", "8", "-100", "-200"])), max_size=150))
def test_one_chat_gets_one_a_second_and_one_group_twenty_a_minute(steps: list[tuple[float, str]]) -> None:
    pace, now = Pace(Rates(1000.0)), START
    sent: dict[str, list[float]] = {}
    for passed, key in steps:
        now += passed
        if key not in pace.busy(now):
            pace.sent(TALK, key, now)
            sent.setdefault(key, []).append(now)
    for key, times in sent.items():
        assert busiest(times, 1) == 1
        assert not key.startswith("-") or busiest(times, 60) <= 20


def test_a_group_gets_its_twenty_and_its_next_a_minute_after_the_first() -> None:
    pace = Pace(Rates(30.0))
    for second in range(20):
        assert "-100" not in pace.busy(START + 1.1 * second)
        pace.sent(TALK, "-100", START + 1.1 * second)
    assert pace.busy(START + 59.9) == {"-100"} and pace.busy(START + 60.1) == set()


@given(RATES, STEPS, STEPS, st.floats(0.001, 7 * 3600))
def test_a_clock_that_is_set_back_stops_nothing_and_lets_no_more_through(
    overall: float, before: list[tuple[float, int, int]], after: list[tuple[float, int, int]], back: float
) -> None:
    """The clock of the wall loses `back` seconds; in true time the windows hold all the same, and nothing waits for longer."""
    pace, true, lost, sent = Pace(Rates(overall)), START, 0.0, list[float]()
    for number, (passed, lane, wanted) in enumerate([*before, (0.0, TALK, 0), *after]):
        true += passed
        lost = back if number >= len(before) else 0.0
        for _ in range(min(pace.room(lane, true - lost), wanted)):
            pace.sent(lane, f"{len(sent)}", true - lost)
            sent.append(true)
    assert busiest(sent, pace.window - 1e-3) <= max(1, overall * pace.window + NEARLY)
    assert pace.wait(true - lost) <= pace.window + NEARLY
    assert pace.busy(true - lost + 1 + NEARLY) == set()


def test_a_channel_that_was_closed_opens_in_its_time_after_the_clock_was_set_back() -> None:
    pace = Pace(Rates(30.0))
    pace.close(300, START)
    assert pace.room(TALK, START - 3600) == 0
    assert pace.room(TALK, START - 3600 + 301) == 30


def test_only_many_people_told_to_wait_within_a_second_close_the_channel() -> None:
    pace = Pace(Rates(30.0))
    for number in range(FLOOD * 3):
        pace.told_to_wait(9, START + number * 0.3, everyone=False)
    assert pace.room(TALK, START + 6) > 0
    for _ in range(FLOOD):
        pace.told_to_wait(9, START + 10, everyone=False)
    assert pace.room(TALK, START + 18.9) == 0 and pace.room(TALK, START + 19.1) > 0


def test_a_platform_that_says_wait_for_ever_is_asked_again_the_next_day() -> None:
    pace = Pace(Rates(30.0))
    pace.close(1e300, START)
    assert pace.room(TALK, START + LONGEST_CLOSED - 1) == 0 and pace.room(TALK, START + LONGEST_CLOSED + 1) > 0
