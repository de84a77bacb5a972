"""When the bot looks again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import (
    BLIND_AFTER,
    COMMAND_STALE,
    CONFIRMATION_VALID,
    GIVE_UP_AFTER,
    LONGEST_POLL,
    LONGEST_RETRY,
    LOOK_UP_PATIENCE,
    MOST_OPEN_QUESTIONS,
    SLOW_AFTER,
    UNSENT_ASKED_AGAIN,
    WORTH_REPEATING,
    gap_at,
    poll_gap,
    retry_gap,
)

jitters = st.floats(0, 1)
counts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(CONFIRMATION_VALID, 10), (COMMAND_STALE, 25), (SLOW_AFTER, 10), (GIVE_UP_AFTER, 48 * 60)],
)
def test_how_long_the_bot_is_patient(seconds: float, minutes: int) -> None:
    """A confirmation lives 10 minutes, a command 25; slow is after 10, hopeless after 48 hours."""
    assert seconds == minutes * 60


def test_how_long_nobody_is_left_waiting() -> None:
    """8 s of looking up, a minute without sight, half an hour unsent; five questions at most."""
    assert (LOOK_UP_PATIENCE, BLIND_AFTER, WORTH_REPEATING) == (8, 60, 60)
    assert UNSENT_ASKED_AGAIN == 30 * 60
    assert MOST_OPEN_QUESTIONS == 5


@pytest.mark.parametrize(
    ("polls", "expected"), [(0, 2.0), (1, 3.0), (2, 4.5), (3, 6.75), (8, 51.2578125), (9, 60.0)]
)
def test_polls_begin_soon_and_grow(polls: int, expected: float) -> None:
    """The gaps grow from 2 s to 60 s."""
    assert poll_gap(polls, 0.0) == expected


@pytest.mark.parametrize(
    ("attempts", "expected"), [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (10**9, 60.0)]
)
def test_retries_begin_soon_and_grow(attempts: int, expected: float) -> None:
    """The gaps double from 1 s to 60 s."""
    assert retry_gap(attempts, 0.0) == expected


def test_jitter_spreads_watches() -> None:
    """Chance adds a tenth to a poll's gap, and a quarter to a retry's."""
    assert poll_gap(0, 1.0) == pytest.approx(2.2)
    assert retry_gap(1, 1.0) == pytest.approx(1.25)


@given(counts, jitters)
def test_gaps_stay_within_bounds(count: int, jitter: float) -> None:
    """No gap is shorter than the first or much longer than the longest, however many there were."""
    assert 2.0 <= poll_gap(count, jitter) <= LONGEST_POLL
    assert 1.0 <= retry_gap(count, jitter) <= LONGEST_RETRY * 1.25


@given(counts, jitters, st.floats(0, 3600))
def test_what_the_other_side_asked_for_is_kept(count: int, jitter: float, wait: float) -> None:
    """A Retry-After is never cut short."""
    assert retry_gap(count, jitter, wait) >= wait


def test_ten_minutes_of_watching_cost_few_polls() -> None:
    """Twenty polls are enough for a watch of ten minutes."""
    assert sum(poll_gap(polls, 0.5) for polls in range(20)) > 600


def test_the_gap_at_an_age() -> None:
    """It is what the polls until then have grown to."""
    age = 0.0
    for polls in range(20):
        gap = poll_gap(polls, 0.0)
        assert gap_at(age) == pytest.approx(gap)
        age += gap
    assert gap_at(0.0) == 2.0
    assert gap_at(1e9) == LONGEST_POLL
