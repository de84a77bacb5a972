"""How late the event loop is."""

import pytest
from prometheus_client import CollectorRegistry

from bot.telemetry.loop_lag import INTERVAL, LoopLag


class Over(Exception):
    """The test has seen enough."""


async def test_by_how_much_it_was_late_is_what_is_noted() -> None:
    """A loop in time, one that was held for 0.3 s, and a clock that ran back."""
    now, late = 100.0, iter([0.0, 0.3, -5.0])

    async def sleep(seconds: float) -> None:
        nonlocal now
        assert seconds == INTERVAL
        try:
            now += seconds + next(late)
        except StopIteration:
            raise Over from None

    registry = CollectorRegistry()
    with pytest.raises(Over):
        await LoopLag(registry).measure(lambda: now, sleep)
    name = "batch_bot_event_loop_lag_seconds"
    assert registry.get_sample_value(f"{name}_count") == 3
    assert registry.get_sample_value(f"{name}_sum") == pytest.approx(0.3)
    assert registry.get_sample_value(f"{name}_bucket", {"le": "0.25"}) == 2
    assert registry.get_sample_value(f"{name}_bucket", {"le": "0.5"}) == 3
