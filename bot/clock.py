"""Time as the bot reads it: seconds since the epoch that never jump while the process lives."""

import time
from typing import Protocol

_BELIEVED = 6 * 3600.0


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

    def go_on_from(self, then: float) -> float:
        """Let the time not be earlier than `then`; return how many seconds that made.

        A time that already stands in the database and lies ahead means that the wall clock was set
        back while nobody was running. What was set back further than a few hours was wrong before.
        """
        ahead = then - self.time()
        if not 0 < ahead < _BELIEVED:
            return 0.0
        self._origin += ahead
        return ahead

    def time(self) -> float:
        """Return now, in seconds since the epoch."""
        return self._origin + _steady_seconds()
