"""Ways to see batches end, side by side: computed ones, and the bot's own, in several processes."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from os import cpu_count

import structlog

from benchmarks.figures import Figure, percentile
from benchmarks.goals import PUSH, SWEEP, SWEEP_SPARSE
from benchmarks.pollers import PAGE, PER_MINUTE, Watched, backoff, each_polled, every, oracle
from benchmarks.simulated import watched_by_the_bot

ORACLE = "the best that the budget allows"
ORACLE_SPARSE = "the best that the budget allows, a sparse list"

Way = Callable[[Sequence[float]], Watched]
"""Sees batches end so many seconds after their cancellations."""


def _within_and_without(name: str, gap: Callable[[int], float]) -> dict[str, Way]:
    return {
        f"{name}, within the budget": partial(each_polled, gap=gap, per_minute=PER_MINUTE),
        f"{name}, as if there were no limit": partial(each_polled, gap=gap, per_minute=None),
    }


COMPUTED: dict[str, Way] = (
    _within_and_without("each every 3 s", every(3.0))
    | _within_and_without("each every 60 s", every(60.0))
    | _within_and_without("each with exponential backoff", backoff)
    | {
        ORACLE: partial(oracle, per_minute=PER_MINUTE, together=PAGE),
        ORACLE_SPARSE: partial(oracle, per_minute=PER_MINUTE, together=1),
    }
)
"""What takes no time to find out."""


@dataclass(frozen=True, slots=True)
class BotsWay:
    """How the bot is told: by a full list or a sparse one, and by OpenAI's webhooks or not."""

    full: bool
    push: bool

    def __call__(self, ends: Sequence[float]) -> Watched:
        """Let the bot see the batches end."""
        return asyncio.run(watched_by_the_bot(ends, full=self.full, push=self.push))


BOTS: dict[str, Way] = {
    SWEEP: BotsWay(full=True, push=False),
    SWEEP_SPARSE: BotsWay(full=False, push=False),
    PUSH: BotsWay(full=True, push=True),
}
"""What is computed by the real planner. With push each end is read by itself, whatever the list."""

Runs = dict[str, list[list[float]]]
"""For each case the ends of each run."""


def figures(cases: Runs, ways: dict[str, Way], *, here: bool) -> list[Figure]:
    """Return what each way comes to in each case: `here` in this process, else in several.

    The time in them is moved, so that they neither hurry nor disturb one another.
    """
    found = (_here if here else _in_processes)(cases, ways)
    of = ((case, name) for case in cases for name in ways)
    return [figure for case, name in of for figure in of_case(case, name, found[case, name])]


def _here(cases: Runs, ways: dict[str, Way]) -> dict[tuple[str, str], list[Watched]]:
    return {
        (case, name): [way(ends) for ends in runs]
        for case, runs in cases.items()
        for name, way in ways.items()
    }


def _in_processes(cases: Runs, ways: dict[str, Way]) -> dict[tuple[str, str], list[Watched]]:
    """Do the same on all cores, the longest first, so that none is idle at the end.

    Each run waits half of its time for the thread of its SQLite connection: two share a core.
    """
    spawned = get_context("spawn")
    longest_first = sorted(cases.items(), key=lambda item: -len(item[1][0]))
    with ProcessPoolExecutor(
        2 * (cpu_count() or 1), mp_context=spawned, initializer=be_quiet
    ) as pool:
        begun = {
            (case, name): [pool.submit(way, ends) for ends in runs]
            for case, runs in longest_first
            for name, way in ways.items()
        }
        return {key: [run.result() for run in runs] for key, runs in begun.items()}


def be_quiet() -> None:
    """Let the bot log nothing but what goes wrong."""
    level = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=level)


def of_case(case: str, name: str, seen: Iterable[Watched]) -> list[Figure]:
    """Return the calls and the lags of one way in one case."""
    runs = list(seen)
    calls = tuple(float(len(run.calls)) for run in runs)
    busiest = tuple(float(run.busiest_minute) for run in runs)
    made = [
        Figure(case, name, "calls", "", calls),
        Figure(case, name, "busiest minute", "calls", busiest),
    ]
    for measure, share in (("p50", 0.5), ("p95", 0.95), ("last", 1.0)):
        values = tuple(percentile(run.lags, share) for run in runs)
        made.append(Figure(case, name, measure, "s", values))
    return made
