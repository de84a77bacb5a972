"""What the bot is compared with does what it is said to do."""

import pytest

from benchmarks.pollers import (
    LONGEST,
    SHORTEST,
    Budget,
    Watched,
    backoff,
    cancel_times,
    each_polled,
    every,
    oracle,
)


def test_cancel_times() -> None:
    """Seconds to 25 minutes, half of them below the geometric middle; a seed is a list of them."""
    times = cancel_times(2000, 1)
    assert times == cancel_times(2000, 1) != cancel_times(2000, 2)
    assert SHORTEST <= min(times) < 6
    assert 1400 < max(times) <= LONGEST
    below = sum(time < (SHORTEST * LONGEST) ** 0.5 for time in times)
    assert below == pytest.approx(1000, abs=100)


def test_the_budget_in_any_minute() -> None:
    """A third at once, the rest as they flow in, and never more than there are."""
    budget = Budget(30)
    calls = tuple(budget.take(0.0) for _ in range(120))
    assert calls[:10] == (0.0,) * 10
    assert calls[10] == 2.0
    assert Watched(calls, ()).busiest_minute == 30
    assert calls[29:31] == (40.0, 60.0)
    assert calls[-1] == 220.0


def test_no_budget() -> None:
    """Without a limit each call is made at once."""
    budget = Budget(None)
    assert [budget.take(at) for at in (0.0, 0.0, 5.0)] == [0.0, 0.0, 5.0]


def test_looks_at_each() -> None:
    """Every 3 s until the end: the lag is what is left of the gap."""
    seen = each_polled([7.0, 9.0], every(3.0), None)
    assert seen.lags == (2.0, 0.0)
    assert seen.calls == (3.0, 3.0, 6.0, 6.0, 9.0, 9.0)


def test_looks_within_a_budget() -> None:
    """Who waits longest is looked at first; a hundred loops can't all have their call."""
    free, held = (each_polled([100.0] * 100, every(3.0), limit) for limit in (None, 30))
    assert max(free.lags) == pytest.approx(2.0)
    assert held.busiest_minute == 30 < free.busiest_minute
    assert len(held.lags) == 100
    assert max(held.lags) > 150


def test_backoff() -> None:
    """Doubling, a minute at most, however often."""
    assert [backoff(looks) for looks in (0, 1, 5, 6, 5000)] == [1.0, 2.0, 32.0, 60.0, 60.0]


def test_the_oracle_by_pages() -> None:
    """It waits for no end; what ends while the budget is empty shares the next call."""
    assert oracle([5.0, 9.0], 30, 100) == Watched((5.0, 9.0), (0.0, 0.0))
    crowd = oracle([5.0 + n / 100 for n in range(500)], 30, 100)
    assert len(crowd.lags) == 500
    assert max(crowd.lags) <= 6.0


def test_the_oracle_one_by_one() -> None:
    """A call for each end: a crowd of them waits for the budget."""
    crowd = oracle([5.0] * 100, 30, 1)
    assert len(crowd.calls) == 100
    assert oracle([90.1 + n / 7 for n in range(100)], 30, 1).busiest_minute == 30
    assert max(crowd.lags) == pytest.approx(180, abs=20)
