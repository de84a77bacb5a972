"""Respan's list, read once for all who ask for it within some seconds: it is the same for each."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.domain.picker import Listed

_KEPT = 3.0
"""Seconds for which a list is new enough to pick from: what is picked is read again.

Whoever types the command again and again costs no more than twenty readings a minute.
"""


class SharedList:
    """Reads the list, and remembers it for some seconds."""

    def __init__(self, clock: Clock) -> None:
        """Remember nothing yet."""
        self._clock = clock
        self._read_at, self._listed = float("-inf"), Listed()
        self._reading: asyncio.Future[Listed] | None = None

    async def get(self, read: Callable[[], Awaitable[Listed]]) -> Listed:
        """Return the list, by `read` where it is not known; raises what that raises."""
        if 0 <= self._clock.time() - self._read_at < _KEPT:
            return self._listed
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read(read))
            self._reading.add_done_callback(self._done)
        # Whoever is cut off while waiting leaves the reading to the others.
        return await asyncio.shield(self._reading)

    def _done(self, reading: asyncio.Future[Listed]) -> None:
        """Forget a reading that has ended; its error is for those who wait for it, if any do."""
        self._reading = None
        if not reading.cancelled():
            reading.exception()

    async def _read(self, read: Callable[[], Awaitable[Listed]]) -> Listed:
        started = self._clock.time()
        self._listed, self._read_at = await read(), started
        return self._listed
