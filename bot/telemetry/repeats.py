"""A line that repeats is said at once, and then once a minute with its count."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_EVERY = 60.0
_MOST_KINDS = 50
_ALL_OTHERS = "all others"


class Tell(Protocol):
    """A method of a logger, such as `log.warning`."""

    def __call__(self, event: str, **facts: object) -> object:
        """Log one line."""
        ...  # pragma: no cover - a protocol has no body


class Timer(Protocol):
    """What a timer is once it runs."""

    def cancel(self) -> None:
        """Let nothing come of it."""
        ...  # pragma: no cover - a protocol has no body


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls something after so many seconds."""


@dataclass(slots=True)
class _Line:
    """What is held back of one kind: how often it came, and how it was said last."""

    tell: Tell
    event: str
    facts: dict[str, object]
    timer: Timer
    count: int = 0


def _on_the_loop(seconds: float, call: Callable[[], None]) -> Timer:
    """Set a timer on the running loop."""
    return asyncio.get_running_loop().call_later(seconds, call)


class Repeats:
    """Holds repeated lines back for a minute, and forgets none of them.

    The first line of a kind is said as it is. Those that follow within a minute become one line at
    its end, with the facts of the last of them and `count`, the number that it stands for. A kind
    that was silent for a minute begins anew. At the end of the process `flush` says what is held.
    """

    def __init__(self, later: Later = _on_the_loop, every: float = _EVERY) -> None:
        """Begin with nothing held; `later` sets the timers, on the running loop if not given."""
        self._later, self._every = later, every
        self._held: dict[str, _Line] = {}

    def say(self, kind: str, tell: Tell, event: str, /, **facts: object) -> None:
        """Say this line now or with its count within a minute.

        `kind` is one of a few words of ours, never a text from outside. Should there be more kinds
        than that all the same, the surplus shares one.
        """
        known = kind in self._held or len(self._held) < _MOST_KINDS
        kind = kind if known else _ALL_OTHERS
        line = self._held.get(kind)
        if line is None:
            tell(event, **facts)
            self._held[kind] = _Line(tell, event, facts, self._end_of_minute(kind))
            return
        line.tell, line.event, line.facts = tell, event, facts
        line.count += 1

    def flush(self) -> None:
        """Say everything that is held, and forget all kinds."""
        held, self._held = self._held, {}
        for line in held.values():
            line.timer.cancel()
            _tell(line)

    def _end_of_minute(self, kind: str) -> Timer:
        return self._later(self._every, lambda: self._minute_is_over(kind))

    def _minute_is_over(self, kind: str) -> None:
        line = self._held.pop(kind)
        if line.count:
            _tell(line)
            line.count, line.timer = 0, self._end_of_minute(kind)
            self._held[kind] = line


def _tell(line: _Line) -> None:
    if line.count:
        line.tell(line.event, **line.facts, count=line.count)
