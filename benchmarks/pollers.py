"""What somebody would write in the bot's place to see batches end, in a time that is computed.

Each call may be held to the bot's own budget: a third of a minute's calls at once, the rest as they
flow in, and in no minute more than there are. Times are seconds since the cancellations.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

PER_MINUTE = 30
"""The bot's budget by default."""

PAGE = 100
"""Batches on a page of Respan's list."""

SHORTEST, LONGEST = 5.0, 25 * 60.0
"""How long a cancellation takes: seconds, and up to 25 minutes, as was seen."""

_MINUTE = 60.0
_ENOUGH_DOUBLINGS = 32
_ROUNDING = 1e-6
"""Seconds: a minute that was added and taken off again is not always what it was."""

Gap = Callable[[int], float]
"""Seconds until the next look, after so many."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of it: when each call was made, and how long after each end it was seen."""

    calls: tuple[float, ...]
    lags: tuple[float, ...]

    @property
    def busiest_minute(self) -> int:
        """Return how many calls the busiest minute had."""
        most, recent = 0, deque[float]()
        for at in sorted(self.calls):
            recent.append(at)
            while recent[0] <= at - _MINUTE + _ROUNDING:
                recent.popleft()
            most = max(most, len(recent))
        return most


class Budget:
    """Says when the next call may be made; without a number of calls a minute, at once."""

    def __init__(self, per_minute: int | None) -> None:
        """Begin with a full bucket."""
        self._per_minute = per_minute
        self._capacity = 1 if per_minute is None else max(1, per_minute // 3)
        self._tokens, self._at = float(self._capacity), 0.0
        self._calls: deque[float] = deque(maxlen=per_minute)

    def take(self, now: float) -> float:
        """Take a call; return when it is made, `now` at the soonest."""
        if self._per_minute is None:
            return now
        rate = self._per_minute / _MINUTE
        at = max(now, self._at)
        if len(self._calls) == self._per_minute:
            at = max(at, self._calls[0] + _MINUTE)
        tokens = min(self._capacity, self._tokens + (at - self._at) * rate)
        if tokens < 1:
            at, tokens = at + (1 - tokens) / rate, 1.0
        self._tokens, self._at = tokens - 1, at
        self._calls.append(at)
        return at


def cancel_times(count: int, seed: int) -> list[float]:
    """Return how long each cancellation takes: each doubling of the time is as likely."""
    random = Random(seed)  # noqa: S311 - the same times for every subject
    low, high = math.log(SHORTEST), math.log(LONGEST)
    return [math.exp(random.uniform(low, high)) for _ in range(count)]


def every(seconds: float) -> Gap:
    """Return a gap that stays as it is."""
    return partial(_always, seconds)


def _always(seconds: float, _looks: int) -> float:
    return seconds


def backoff(looks: int) -> float:
    """Return a gap that doubles from a second to a minute."""
    return min(_MINUTE, 2.0 ** min(looks, _ENOUGH_DOUBLINGS))


def each_polled(ends: Sequence[float], gap: Gap, per_minute: int | None) -> Watched:
    """Look at each batch by itself until it has ended; whoever waits longest is looked at first."""
    budget, calls, lags = Budget(per_minute), [], []
    waiting = [(gap(0), number, 1) for number in range(len(ends))]
    heapq.heapify(waiting)
    while waiting:
        due, number, looks = heapq.heappop(waiting)
        at = budget.take(due)
        calls.append(at)
        if at >= ends[number]:
            lags.append(at - ends[number])
        else:
            heapq.heappush(waiting, (at + gap(looks), number, looks + 1))
    return Watched(tuple(calls), tuple(lags))


def oracle(ends: Sequence[float], per_minute: int, together: int) -> Watched:
    """Call as soon as a batch has ended and the budget allows it, and never in vain.

    A call answers for up to `together` batches that have ended by then: a page of a list that says
    all of them, or each by itself.
    """
    budget, calls, lags, left = Budget(per_minute), [], [], deque(sorted(ends))
    while left:
        at = budget.take(left[0])
        calls.append(at)
        for _ in range(min(together, len(left))):
            if left[0] > at:
                break
            lags.append(at - left.popleft())
    return Watched(tuple(calls), tuple(lags))
