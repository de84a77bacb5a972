"""Acknowledgements come at once, whatever Respan does."""

from collections.abc import Callable
from statistics import median

from bot.sandbox.world import SandboxWorld

RESPAN_TAKES = 6.0


async def test_commands_are_acked_while_respan_sleeps(
    world: SandboxWorld, figure: Callable[[str], None]
) -> None:
    """While a look at the batch takes seconds, an acknowledgement takes a small part of that."""
    world.respan.add_batch("batch_slow")
    world.respan.faults.add("retrieve", "delay", times=None, seconds=RESPAN_TAKES)
    deliveries = [await world.slack.command("batch_slow") for _ in range(20)]
    seconds = [delivery.ack_seconds for delivery in deliveries]
    assert all(delivery.acked for delivery in deliveries)
    assert median(seconds) < RESPAN_TAKES / 20
    assert max(seconds) < RESPAN_TAKES / 3
    figure(
        f"acks while Respan takes {RESPAN_TAKES:.0f} s ({world.slack.transport}):"
        f" median {1000 * median(seconds):.1f} ms, longest {1000 * max(seconds):.1f} ms"
    )
