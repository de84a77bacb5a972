"""Acknowledgements come at once, whatever Respan does."""

from collections.abc import Callable
from statistics import median

import pytest

from bot.sandbox.world import SandboxWorld


@pytest.mark.quiet
async def test_commands_are_acked_while_respan_sleeps(
    world: SandboxWorld, figure: Callable[[str], None]
) -> None:
    """With Respan taking six seconds, the median ack stays below 0.1 s, and each below 1 s."""
    world.respan.add_batch("batch_slow")
    world.respan.faults.add("retrieve", "delay", times=None, seconds=6.0)
    deliveries = [await world.slack.command("batch_slow") for _ in range(20)]
    seconds = [delivery.ack_seconds for delivery in deliveries]
    assert all(delivery.acked for delivery in deliveries)
    assert median(seconds) < 0.1
    assert max(seconds) < 1.0
    figure(
        f"acks while Respan takes 6 s ({world.slack.transport}):"
        f" median {1000 * median(seconds):.1f} ms, longest {1000 * max(seconds):.1f} ms"
    )
