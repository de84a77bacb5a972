"""The members of user groups: read once for all who ask together, and kept for a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bot.clock import Clock

_KEPT = 60.0

Read = Callable[[str], Awaitable[frozenset[str]]]
"""Reads the user ids of one group from Slack. Raises SlackError."""


class Members:
    """Reads the members of groups, and remembers them for a minute."""

    def __init__(self, read: Read, clock: Clock) -> None:
        """Remember nothing yet."""
        self._read, self._clock = read, clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}
        self._reading: dict[str, asyncio.Future[frozenset[str]]] = {}

    async def of(self, group: str, *, fresh: bool) -> frozenset[str]:
        """Return the members of a group; `fresh` ones are not older than a call to Slack takes."""
        read_at, members = self._known.get(group, (float("-inf"), frozenset[str]()))
        if not fresh and self._clock.time() - read_at < _KEPT:
            return members
        reading = self._reading.get(group)
        if reading is None:
            reading = asyncio.ensure_future(self._read_one(group))
            self._reading[group] = reading
            reading.add_done_callback(partial(self._done, group))
        # Whoever is cut off while waiting leaves the reading to the others.
        return await asyncio.shield(reading)

    def _done(self, group: str, reading: asyncio.Future[frozenset[str]]) -> None:
        """Forget a reading that has ended; its error is for those who wait for it, if any do."""
        self._reading.pop(group, None)
        if not reading.cancelled():
            reading.exception()

    async def _read_one(self, group: str) -> frozenset[str]:
        members = await self._read(group)
        self._known[group] = (self._clock.time(), members)
        return members
