"""The loop that claims due work, starts it, and waits for more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from bot.errors import StoreError

log = structlog.get_logger(__name__)

LEASE = 26.0
"""Seconds that a row belongs to a process. Others take it over after that.

Longer than all time-outs of a step together (Slack 4.5 s, and Respan 8 s twice), and short enough
for a dead process's rows to be in other hands within 30 s.
"""

CUT_OFF = 0.7 * LEASE
"""Seconds after which a step is cut off: its lease must outlive it."""

_LONGEST_IDLE = 2.0
"""Seconds after which is looked for what another process has written; our own work wakes us."""

_CROWDED = 0.1
_LONGEST_WAY, _WAY_LOOKS = 1.0, 0.01
"""Seconds for which a round gives way at most, and between two looks whether it must."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 5.0
"""Seconds between two rounds while they fail."""

T = TypeVar("T")


class Runner(Generic[T]):
    """Works on up to `slots` things at once.

    `wait_seconds` says when something is due, `claim` takes it, `work` does it and keeps its own
    errors, less those of the store: while the database is away, nothing is lost and nothing done.
    A round that fails, for whatever reason, is done again after a pause: the loop goes on.
    """

    def __init__(
        self,
        name: str,
        wait_seconds: Callable[[], Awaitable[float | None]],
        claim: Callable[[int], Awaitable[Sequence[T]]],
        work: Callable[[T], Awaitable[None]],
        record: Callable[[str | None], None] = lambda _trouble: None,
        failed: Callable[[str], None] = lambda _error: None,
        slots: int = 20,
        gives_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin nothing yet; `record` is told of the database: what is wrong with it, or None.

        `failed` hears the name of the error of each round, and each piece of work, that failed.
        A round waits for a moment while `gives_way` says that there is something more urgent.
        """
        self.name = name
        self._record = record
        self._failed = failed
        self._failures = 0
        self._wait_seconds = wait_seconds
        self._claim = claim
        self._work = work
        self._slots = slots
        self._gives_way = gives_way
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look at once: there is new work."""
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping:
            self._wake.clear()
            if not await self._give_way():
                return
            try:
                wait = await self._round()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the work
                await self._pause(error)
            else:
                self._note_success()
                await self._sleep(wait)

    async def _give_way(self) -> bool:
        """Wait while there is something more urgent, but never for long: a flood has no end.

        Returns whether the work goes on then; it does not once it is stopped.
        """
        deadline = asyncio.get_running_loop().time() + _LONGEST_WAY
        while self._gives_way() and not self._stopping:
            if asyncio.get_running_loop().time() >= deadline:
                break
            await asyncio.sleep(_WAY_LOOKS)
        return not self._stopping

    @property
    def is_failing(self) -> bool:
        """Return whether the last round failed: nothing is worked on then."""
        return self._failures > 0

    async def _pause(self, error: Exception) -> None:
        """Note a failed round, a defect of ours once an outage, and wait before the next."""
        self._failures += 1
        self._failed(type(error).__name__)
        if isinstance(error, StoreError):
            self._record(str(error))
        elif self._failures == 1:
            event = "a round of work failed; it is tried again until it works"
            log.error(event, runner=self.name, exc_info=error)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * self._failures)
        # New work changes nothing about the failure; only a stop cuts the pause short.
        deadline = asyncio.get_running_loop().time() + pause
        while not self._stopping and (left := deadline - asyncio.get_running_loop().time()) > 0:
            self._wake.clear()
            await self._sleep(left)

    def _note_success(self) -> None:
        self._record(None)
        if self._failures:
            log.info("work goes on", runner=self.name, failed_rounds=self._failures)
        self._failures = 0

    async def _round(self) -> float:
        """Claim what is due and start it; return for how many seconds there is nothing to do."""
        free = self._slots - len(self._tasks)
        if free <= 0:
            return _LONGEST_IDLE
        wait = await self._wait_seconds()
        if wait is None or wait > 0:
            return _LONGEST_IDLE if wait is None else min(wait, _LONGEST_IDLE)
        items = await self._claim(free)
        for item in items:
            self._start(item)
        return 0.0 if items else _CROWDED

    def _start(self, item: T) -> None:
        task = asyncio.create_task(self._guarded(item))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def _guarded(self, item: T) -> None:
        try:
            await self._work(item)
        except StoreError as error:
            self._failed(type(error).__name__)
            self._record(str(error))

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a piece of work failed", runner=self.name, exc_info=task.exception())

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def stop(self, seconds: float) -> None:
        """Claim nothing more, give what runs so many seconds, then cut it off."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
