"""What happened, for anyone who wants to know: tests, the demo in the terminal, the page."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

_RECHECK = 0.05


class SandboxClock:
    """The wall clock, which can be moved forward; with `runs=False` it moves by that alone."""

    def __init__(self, *, runs: bool = True) -> None:
        """Begin with the real time."""
        self._moved = 0.0
        self._stands_at = None if runs else time.time()

    def time(self) -> float:
        """Return now, in seconds since the epoch."""
        now = time.time() if self._stands_at is None else self._stands_at
        return now + self._moved

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._moved += seconds


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: its kind, and what belongs to it."""

    kind: str
    at: float
    data: dict[str, Any]


@dataclass(slots=True)
class Exchange:
    """One HTTP request that a sandbox server got. `status` is None when no answer was sent.

    `answer` is what processing it gave, `sent` the text that went back in its place or as it is.
    """

    server: str
    name: str
    method: str
    path: str
    headers: dict[str, str]
    args: dict[str, Any]
    at: float
    body: str = ""
    status: int | None = None
    answer: Any = None
    processed: bool = False
    fault: str | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    sent: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class EventBus:
    """Tells every subscriber what happens."""

    clock: SandboxClock = field(default_factory=SandboxClock)
    _queues: list["asyncio.Queue[Event]"] = field(default_factory=list)

    def publish(self, kind: str, **data: Any) -> None:
        """Tell everyone."""
        event = Event(kind, self.clock.time(), data)
        for queue in self._queues:
            queue.put_nowait(event)

    @contextmanager
    def subscribe(self) -> Iterator["asyncio.Queue[Event]"]:
        """Give a queue of everything that happens from now on."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield queue
        finally:
            self._queues.remove(queue)

    async def wait_for(
        self, predicate: Callable[[], T], seconds: float = 10.0, what: str = "it"
    ) -> T:
        """Return the predicate's first true value; it is asked again whenever something happens."""
        deadline = time.monotonic() + seconds
        with self.subscribe() as queue:
            while True:
                value = predicate()
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{what} did not happen within {seconds} s")
                try:
                    await asyncio.wait_for(queue.get(), min(_RECHECK, left))
                except TimeoutError:
                    continue
