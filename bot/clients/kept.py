"""What was read from Slack: read once for all who ask together, and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from bot.clock import Clock

T = TypeVar("T")

_MOST = 10_000
"""Things that are kept at most: the oldest go first."""


class Kept(Generic[T]):
    """Reads things by their names, and remembers each for some seconds."""

    def __init__(self, read: Callable[[str], Awaitable[T]], clock: Clock, seconds: float) -> None:
        """Remember nothing yet; `read` raises SlackError."""
        self._read, self._clock, self._seconds = read, clock, seconds
        self._known: dict[str, tuple[float, T]] = {}
        self._reading: dict[str, asyncio.Future[T]] = {}

    def known(self, name: str) -> T | None:
        """Return what was read a while ago, None for what is not known any more."""
        read_at, value = self._known.get(name, (float("-inf"), None))
        return value if self._clock.time() - read_at < self._seconds else None

    async def of(self, name: str, *, fresh: bool) -> T:
        """Return a thing; a `fresh` one is not older than a call to Slack takes."""
        known = None if fresh else self.known(name)
        if known is not None:
            return known
        reading = self._reading.get(name)
        if reading is None:
            reading = asyncio.ensure_future(self._read_one(name))
            self._reading[name] = reading
            reading.add_done_callback(partial(self._done, name))
        # Whoever is cut off while waiting leaves the reading to the others.
        return await asyncio.shield(reading)

    def _done(self, name: str, reading: asyncio.Future[T]) -> None:
        """Forget a reading that has ended; its error is for those who wait for it, if any do."""
        self._reading.pop(name, None)
        if not reading.cancelled():
            reading.exception()

    async def _read_one(self, name: str) -> T:
        value = await self._read(name)
        self._known.pop(name, None)
        self._known[name] = (self._clock.time(), value)
        while len(self._known) > _MOST:
            self._known.pop(next(iter(self._known)))
        return value
