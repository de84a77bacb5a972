"""How late the event loop is: nothing is acknowledged or posted while something else holds it."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Histogram

INTERVAL = 1.0
"""Seconds between two looks: one wake-up a second is not to be measured itself."""

_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class LoopLag:
    """Sleeps for a second at a time, and notes by how much it was woken too late."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin with nothing seen."""
        self._seconds = Histogram(
            "batch_bot_event_loop_lag_seconds",
            "How late the event loop was to wake what had slept for a second",
            buckets=_BUCKETS,
            registry=registry,
        )

    async def measure(
        self,
        now: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Go on until cancelled."""
        read = now or asyncio.get_running_loop().time
        while True:
            due = read() + INTERVAL
            await sleep(INTERVAL)
            self._seconds.observe(max(0.0, read() - due))
