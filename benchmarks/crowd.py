"""How long after its end each of a hundred batches is told that end soon one after another."""

from random import Random

from benchmarks.cases import BOTS, COMPUTED, figures
from benchmarks.figures import Figure
from benchmarks.goals import MINUTES, SECONDS
from benchmarks.run import main

_FIRST_END = 90.0
"""Seconds from the cancellations to the first end: half a gap of who looks every minute."""

_WITHIN = {MINUTES: 300.0, SECONDS: 5.0}


def ends(count: int, first: float, within: float, seed: int) -> list[float]:
    """Return when each ends, in seconds from the cancellations."""
    random = Random(seed)  # noqa: S311 - the same ends for every subject
    return [first + random.uniform(0.0, within) for _ in range(count)]


def measure(*, quick: bool = False) -> list[Figure]:
    """Return the figures of all ways, for ends over minutes and within seconds."""
    count, runs, first = (2, 1, 10.0) if quick else (100, 2, _FIRST_END)
    cases = {
        case: [ends(count, first, within, seed) for seed in range(runs)]
        for case, within in _WITHIN.items()
    }
    return figures(cases, COMPUTED | BOTS, here=quick)


if __name__ == "__main__":
    main("crowd", measure)
