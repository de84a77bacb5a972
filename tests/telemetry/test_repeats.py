"""A line that repeats is a line a minute, and each occurrence is counted."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry.repeats import Repeats, Timer


class Minutes:
    """A time that the test moves, with timers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Set a timer."""
        entry = (self.now + seconds, call)
        self.timers.append(entry)
        timers = self.timers

        class Set:
            def cancel(self) -> None:
                """Take it away."""
                timers.remove(entry)

        return Set()

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and the timers go off in their order."""
        until = self.now + seconds
        while due := [entry for entry in self.timers if entry[0] <= until]:
            first = min(due, key=lambda entry: entry[0])
            self.timers.remove(first)
            self.now = first[0]
            first[1]()
        self.now = until


class Log:
    """Notes what is said, and when."""

    def __init__(self, minutes: Minutes) -> None:
        self.minutes, self.lines = minutes, list[dict[str, object]]()
        self.times: list[float] = []

    def warning(self, event: str, **facts: object) -> None:
        """Say a line."""
        self.lines.append({"event": event, **facts})
        self.times.append(self.minutes.now)


@pytest.fixture
def minutes() -> Minutes:
    """Give a time to move."""
    return Minutes()


@pytest.fixture
def log(minutes: Minutes) -> Log:
    """Give a log that remembers."""
    return Log(minutes)


def test_the_first_is_said_at_once_and_the_rest_with_a_count(minutes: Minutes, log: Log) -> None:
    """At the end of the minute, with the facts of the last one."""
    repeats = Repeats(minutes.later)
    for peer in range(1000):
        repeats.say("refused", log.warning, "refused", peer=peer)
    assert log.lines == [{"event": "refused", "peer": 0}]
    minutes.pass_by(60)
    assert log.lines[1:] == [{"event": "refused", "peer": 999, "count": 999}]
    minutes.pass_by(600)
    assert len(log.lines) == 2


def test_kinds_are_counted_apart(minutes: Minutes, log: Log) -> None:
    """One that is rare is not lost among those that are frequent."""
    repeats = Repeats(minutes.later)
    for kind in ("a", "a", "b", "a"):
        repeats.say(kind, log.warning, kind)
    minutes.pass_by(60)
    assert log.lines == [{"event": "a"}, {"event": "b"}, {"event": "a", "count": 2}]


def test_after_a_silent_minute_it_begins_anew(minutes: Minutes, log: Log) -> None:
    """So that the next one is said at once."""
    repeats = Repeats(minutes.later)
    repeats.say("a", log.warning, "a")
    minutes.pass_by(61)
    repeats.say("a", log.warning, "a")
    assert log.lines == [{"event": "a"}, {"event": "a"}]
    assert log.times == [0, 61]


def test_what_is_held_is_said_at_the_end(minutes: Minutes, log: Log) -> None:
    """Nothing is lost when the process stops, and no timer goes off after that."""
    repeats = Repeats(minutes.later)
    for kind in ("a", "a", "a", "b"):
        repeats.say(kind, log.warning, kind)
    repeats.flush()
    assert log.lines == [{"event": "a"}, {"event": "b"}, {"event": "a", "count": 2}]
    assert minutes.timers == []


def test_memory_is_bounded(minutes: Minutes, log: Log) -> None:
    """Ten thousand kinds, which should not be, are few lines and lose no count."""
    repeats = Repeats(minutes.later)
    for kind in range(10_000):
        repeats.say(str(kind), log.warning, "x")
    assert len(repeats._held) == len(log.lines) == 51
    repeats.flush()
    assert sum(int(str(line.get("count", 1))) for line in log.lines) == 10_000


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 100))))
def test_nothing_is_lost_and_lines_are_a_minute_apart(events: list[tuple[str, int]]) -> None:
    """Whatever comes whenever: all are counted, and no kind is said twice within a minute."""
    minutes = Minutes()
    log = Log(minutes)
    repeats = Repeats(minutes.later)
    for kind, pause in events:
        repeats.say(kind, log.warning, kind)
        minutes.pass_by(pause)
    minutes.pass_by(121)
    assert sum(int(str(line.get("count", 1))) for line in log.lines) == len(events)
    for kind in "abc":
        pairs = zip(log.times, log.lines, strict=True)
        times = [at for at, line in pairs if line["event"] == kind]
        assert all(later - earlier >= 60 for earlier, later in pairwise(times))
    assert repeats._held == {}


async def test_on_the_running_loop() -> None:
    """Without timers of its own it uses the loop's."""
    said: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    repeats = Repeats(every=0.01)
    for _ in range(2):
        repeats.say("a", lambda event, **facts: said.put_nowait({"event": event, **facts}), "a")
    async with asyncio.timeout(5):
        assert [await said.get(), await said.get()] == [{"event": "a"}, {"event": "a", "count": 1}]
    repeats.flush()
