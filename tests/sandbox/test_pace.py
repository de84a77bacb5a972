"""The speed of cancellations can be changed under way, and no number ever runs backwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.demo.scenarios import SCENARIOS, SPEEDS, change_speed, set_up
from bot.sandbox.respan.batches import SandboxBatch
from bot.sandbox.respan.server import SandboxRespan

STEPS = st.lists(
    st.tuples(st.floats(0.01, 12.0), st.sampled_from([None, *SPEEDS.values()])), max_size=30
)


@given(steps=STEPS, grows=st.integers(0, 76), ends_as=st.sampled_from(["cancelled", "completed"]))
def test_numbers_only_grow(
    steps: list[tuple[float, float | None]], grows: int, ends_as: str
) -> None:
    """Whatever the viewer chooses whenever, `completed` grows and a final status stays."""
    batch = SandboxBatch("batch_a", 0.0, grows=grows, ends_as=ends_as, cancel_seconds=9.0)
    batch.cancel(1.0)
    now, seen = 1.0, [batch.as_json(1.0)]
    for seconds, speed in steps:
        now += seconds
        seen.append(batch.as_json(now))
        if speed is not None:
            batch.pace(now, speed)
            seen.append(batch.as_json(now))
    counts = [s["request_counts"]["completed"] for s in seen]
    assert counts == sorted(counts)
    final = [s["status"] for s in seen if s["status"] != "cancelling"]
    assert set(final) <= {ends_as}
    assert [s["status"] for s in seen[len(seen) - len(final) :]] == final


def test_the_rest_takes_the_new_time() -> None:
    """Half of a slow cancellation, then fast: it ends after half of the fast time."""
    batch = SandboxBatch("batch_a", 0.0, grows=20, cancel_seconds=30.0)
    batch.cancel(0.0)
    batch.pace(15.0, 4.0)
    assert batch.status_at(16.9) == "cancelling"
    assert batch.status_at(17.0) == "cancelled"
    assert batch.as_json(16.0)["request_counts"]["completed"] == 23 + 15


@pytest.mark.parametrize(("stuck_for", "ends_after"), [(3.0, 6.0), (60.0, 0.0)])
def test_a_stuck_one_is_let_go(stuck_for: float, ends_after: float) -> None:
    """It ends when its time is over, and at once if that is past; never in the past."""
    batch = SandboxBatch("batch_a", 0.0, cancel_seconds=9.0, stuck=True)
    batch.cancel(0.0)
    assert batch.status_at(stuck_for) == "cancelling"
    batch.release(stuck_for)
    ends_at = stuck_for + ends_after
    assert batch.status_at(ends_at) == "cancelled"
    assert batch.as_json(ends_at)["cancelled_at"] == int(ends_at)


def test_a_speed_is_for_all_batches() -> None:
    """Those that nobody has cancelled yet take the new time too."""
    respan = SandboxRespan()
    set_up(respan, "slow")
    assert sorted(respan.batches) == sorted(scenario.batch_id for scenario in SCENARIOS)
    assert {b.cancel_seconds for b in respan.batches.values()} == {SPEEDS["slow"]}
    change_speed(respan, "fast")
    assert {b.cancel_seconds for b in respan.batches.values()} == {SPEEDS["fast"]}
