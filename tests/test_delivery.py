"""What an outcome leads to, for every outcome, kind and number of tries: no row is ever stuck, lost or sent again blindly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.protocol import Later, NeedsPerson, Never, Outcome, Rates, Reason, Sent, Unknown
from bot.delivery import BACKOFF, COMES_BACK, LATEST, MENDING, MOST_TRIES, gone, settled, sound
from storage.sending import Job
from tests.conftest import NOW

KINDS = ("reply", "notice", "test", "aside", "announcement", "recall")
RATES = Rates(30.0)
REASONS = st.sampled_from(list(Reason))
SECONDS = st.none() | st.floats(-10, 1e6) | st.floats(allow_nan=True, allow_infinity=True)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Sent, st.text(max_size=8)),
    st.builds(Later, REASONS, SECONDS, st.booleans()),
    st.builds(Never, REASONS),
    st.builds(Unknown, REASONS),
    st.builds(NeedsPerson, st.just("gia hạn gói"), REASONS),
)
JOBS = st.builds(
    lambda kind, attempts, part, waited, template: job(kind, attempts, part, waited, template=template),
    st.sampled_from(KINDS),
    st.integers(0, MOST_TRIES - 1),
    st.integers(0, 3),
    st.floats(-7200, 200_000),
    st.booleans(),
)


def job(kind: str, attempts: int = 0, part: int = 0, waited: float = 0.0, *, template: bool = False, gone: str = "") -> Job:
    lane = 1 if kind in ("announcement", "recall") else 0
    platform = "77" if kind == "recall" else ""
    return Job(5, 6, "telegram", "6", kind, lane, "tin", None, attempts, part, 60.0, gone, waited, platform, template)


@given(JOBS, OUTCOMES, st.integers(1, 4))
def test_every_outcome_leads_to_a_state_from_which_the_row_goes_on_or_is_over(one: Job, outcome: Outcome, parts: int) -> None:
    row = settled(one, sound(outcome), NOW, RATES, max(parts, one.part + 1))
    assert row.id == one.id and row.state in ("due", "sent", "waiting", "failed", "unknown")
    assert row.attempts <= MOST_TRIES and row.part in (one.part, one.part + 1)
    if row.state == "due":
        assert NOW <= row.due_at <= NOW + LATEST and row.attempts < MOST_TRIES
    if row.state in ("failed", "waiting", "unknown"):
        assert row.reason
    if row.state == "waiting":
        assert one.kind in ("notice", "test") and Reason(row.reason) in COMES_BACK
    if one.kind == "recall" and row.state != "sent":
        assert row.platform == one.platform or row.state == "failed"


@given(JOBS, OUTCOMES)
def test_only_an_announcement_is_ever_unknown_and_from_there_it_does_not_come_back(one: Job, outcome: Outcome) -> None:
    row = settled(one, sound(outcome), NOW, RATES, one.part + 1)
    unknown = one.kind == "announcement" and isinstance(sound(outcome), Unknown)
    assert (row.state == "unknown") == unknown


@given(JOBS, st.floats(0, 80_000), st.integers(1, 3))
def test_being_told_to_wait_is_no_try_and_anything_else_is_one(one: Job, seconds: float, _parts: int) -> None:
    assert settled(one, Later(Reason.RATE, seconds), NOW, RATES).attempts == one.attempts
    assert settled(one, NeedsPerson("gói hết hạn"), NOW, RATES).attempts == one.attempts
    assert settled(one, Later(Reason.BROKEN, seconds), NOW, RATES).attempts == one.attempts + 1


@pytest.mark.parametrize("kind", KINDS)
def test_told_to_wait_without_a_time_it_is_tried_again_soon(kind: str) -> None:
    row = settled(job(kind), Later(Reason.RATE), NOW, RATES)
    assert (row.state, row.due_at) == ("due", NOW + timedelta(seconds=BACKOFF[0]))


@pytest.mark.parametrize("outcome", [Later(Reason.BROKEN), Later(Reason.RATE, 3600.0), Unknown(), NeedsPerson("gói hết hạn")])
def test_a_reply_ends_a_day_after_it_was_made_whatever_keeps_it(outcome: Outcome) -> None:
    attempts, waited = 0, 0.0
    states: list[str] = []
    while not states or states[-1] == "due":
        row = settled(job("reply", attempts, waited=waited), outcome, NOW, RATES)
        attempts, waited = row.attempts, waited + (row.due_at - NOW).total_seconds()
        states.append(row.state)
        assert len(states) <= LATEST.total_seconds() / MENDING + 1
    assert states[-1] == "failed" and row.reason in ("late", "too_often") and waited <= LATEST.total_seconds()


@pytest.mark.parametrize("kind", ["notice", "test", "aside", "recall"])
def test_what_never_arrives_is_given_up_after_the_twelfth_try(kind: str) -> None:
    attempts, pauses = 0, []
    while (row := settled(job(kind, attempts), Unknown(), NOW, RATES)).state == "due":
        attempts = row.attempts
        pauses.append((row.due_at - NOW).total_seconds())
    assert (row.state, row.reason, row.attempts) == ("failed", "too_often", MOST_TRIES)
    assert pauses == [*BACKOFF, *[BACKOFF[-1]] * (MOST_TRIES - 1 - len(BACKOFF))]


def test_a_long_message_goes_on_with_its_next_part_and_its_tries_count_anew() -> None:
    row = settled(job("notice", attempts=9), Sent("8"), NOW, RATES, 3)
    assert (row.state, row.part, row.attempts) == ("due", 1, 0)
    assert row.due_at == NOW + timedelta(seconds=1 / RATES.one)
    assert settled(job("notice", part=2), Sent("9"), NOW, RATES, 3).state == "sent"


def test_a_template_that_has_to_wait_stays_one() -> None:
    assert settled(job("announcement", template=True), Later(Reason.RATE, 3), NOW, RATES).reason == "template"


@given(JOBS, OUTCOMES)
def test_only_a_certain_no_says_that_somebody_has_gone(one: Job, outcome: Outcome) -> None:
    why = gone(one, outcome)
    assert why in ("", "blocked", "left")
    assert not why or (isinstance(outcome, Never) and one.kind != "aside")


@pytest.mark.parametrize(
    "nonsense",
    [None, "sent", 7, Later(Reason.RATE, float("nan")), Later(Reason.RATE, float("inf")), Later("rate", 3), Never("so")],  # type: ignore[arg-type]
)
def test_what_is_no_outcome_is_unknown(nonsense: object) -> None:
    assert sound(nonsense) == Unknown(Reason.BROKEN, "nonsense")


def test_a_number_of_the_platform_becomes_one_that_every_database_takes() -> None:
    assert sound(Sent(77)) == Sent("77")  # type: ignore[arg-type]
    assert sound(Sent("a\0b")) == Sent("ab")
