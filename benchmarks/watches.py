"""How long after a batch's end it is told, over how many are watched at once."""

from benchmarks.cases import BOTS, COMPUTED, Runs, figures
from benchmarks.figures import Figure
from benchmarks.pollers import cancel_times
from benchmarks.run import main

RUNS = {1: 5, 10: 3, 100: 2, 1000: 1}
"""How often, for so many watches: a thousand take a minute of computing."""

_QUICK = {1: 1, 2: 1}


def case_of(count: int) -> str:
    """Return the name of the case of so many watches."""
    return f"{count:,} watch" if count == 1 else f"{count:,} watches"


def measure(*, quick: bool = False) -> list[Figure]:
    """Return the figures of all ways, for each number of watches."""
    runs = _QUICK if quick else RUNS
    cases: Runs = {
        case_of(count): [cancel_times(count, seed) for seed in range(times)]
        for count, times in runs.items()
    }
    return figures(cases, COMPUTED | BOTS, here=quick)


if __name__ == "__main__":
    main("watches", measure)
