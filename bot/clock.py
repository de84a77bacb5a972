"""Time as the bot reads it: seconds since the epoch that never jump while the process lives."""

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in seconds since the Unix epoch (UTC)."""

    def time(self) -> float:
        """Return now, in seconds since the epoch."""
        ...  # pragma: no cover - a protocol has no body


def _steady_seconds() -> float:
    """Return seconds that only ever grow, while a laptop is suspended too where possible."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class SteadyClock:
    """The wall clock as it stood at the start, carried on by a clock that nobody can set.

    A deadline that was counted from the wall clock would be missed, or come an hour early, when an
    administrator or NTP sets the clock of a running machine.
    """

    def __init__(self) -> None:
        """Read both clocks once."""
        self._origin = time.time() - _steady_seconds()

    def time(self) -> float:
        """Return now, in seconds since the epoch."""
        return self._origin + _steady_seconds()
