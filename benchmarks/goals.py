"""What was asked for, as a limit of a figure or of a ratio, and whether it was met."""

from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Result, number, ratios, spread

BOT, BOLT, BOLT_SQLITE = "the bot", "bare Bolt", "Bolt that commits each command to SQLite"
ONE, FIFTY = "one at a time", "50 at once"
FIRST_START, LATER_START = "the first start", "a later start"
MINUTES, SECONDS = "100 ends over 5 minutes", "100 ends within 5 seconds"
SQLITE, POSTGRES = "on SQLite", "on PostgreSQL"
EMPTY, FULL, TASKS = "the bot, no watch", "the bot, 10,000 watches", "a task for each of 10,000"
SWEEP, SWEEP_SPARSE = "the sweep", "the sweep, a sparse list"
PUSH = "the sweep with push"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for the median of a figure, or of its ratio to the subject `beside` in each run.

    The limit is the most, or the least with `at_least`.
    """

    name: str
    benchmark: str
    case: str
    subject: str
    measure: str
    limit: float
    beside: str | None = None
    at_least: bool = False

    def values(self, results: dict[str, Result]) -> tuple[tuple[float, ...], str]:
        """Return each run's value, and the unit; raises KeyError for what was not measured."""
        taken = results[self.benchmark]
        own = taken.of(self.case, self.subject, self.measure)
        if self.beside is None:
            return own.values, own.unit
        return ratios(own, taken.of(self.case, self.beside, self.measure)), f"× {self.beside}"

    def is_met(self, results: dict[str, Result]) -> bool:
        """Return whether the median of the runs keeps the limit."""
        middle = median(self.values(results)[0])
        return middle >= self.limit if self.at_least else middle <= self.limit

    def row(self, results: dict[str, Result]) -> list[str]:
        """Return the name, what was measured, what was asked for, and whether it is met."""
        values, unit = self.values(results)
        wanted = f"{'≥' if self.at_least else '≤'} {number(self.limit)}"
        return [self.name, f"{spread(values)} {unit}", wanted, self.word(results)]

    def word(self, results: dict[str, Result]) -> str:
        """Return "met" or "missed"."""
        return "met" if self.is_met(results) else "missed"


_BEFORE = 206.0
"""Acknowledgements a second, 50 at once, before commits were shared: the best of its runs."""

_HUNDRED = "reply after the end, 100 over 5 minutes"


def _ten_thousand(where: str) -> tuple[Goal, ...]:
    name = f"10,000 watches {where}"
    return (
        Goal(f"{name}: memory", "ten_thousand", where, FULL, "memory", 110),
        Goal(f"{name}: processor, idle", "ten_thousand", where, FULL, "processor, idle", 1),
        Goal(f"{name}: ack p99", "ten_thousand", where, FULL, "ack p99", 1.2, EMPTY),
    )


GOALS = (
    Goal("ack, one at a time, p50", "acks", ONE, BOT, "p50", 1.05, BOLT),
    Goal("ack, one at a time, p99", "acks", ONE, BOT, "p99", 1.05, BOLT),
    Goal("acks a second, 50 at once", "acks", FIFTY, BOT, "throughput", 5 * _BEFORE, at_least=True),
    Goal("ack, 50 at once, p99", "acks", FIFTY, BOT, "p99", 100),
    Goal(f"{_HUNDRED}, p95", "crowd", MINUTES, SWEEP, "p95", 10),
    Goal(f"{_HUNDRED}, a sparse list, p95", "crowd", MINUTES, SWEEP_SPARSE, "p95", 10),
    Goal(f"{_HUNDRED}, with push, p95", "crowd", MINUTES, PUSH, "p95", 2),
    Goal("the last of 100 ends within 5 seconds", "crowd", SECONDS, SWEEP, "last", 15),
    *_ten_thousand(SQLITE),
    *_ten_thousand(POSTGRES),
    Goal("start until ready", "start", LATER_START, BOT, "until ready", 2, BOLT),
    Goal("memory, idle", "start", LATER_START, BOT, "memory", 1.6, BOLT),
)
