"""The pictures of `docs/benchmarks.md`, drawn from the results. Only here is matplotlib known."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Picture

from benchmarks.cases import ORACLE
from benchmarks.figures import Figure, Result, number
from benchmarks.goals import BOLT, BOLT_SQLITE, BOT, FIFTY, FULL, ONE, PUSH, SQLITE, SWEEP, TASKS
from benchmarks.watches import RUNS, case_of

_LOOK: dict[Any, Any] = {
    "svg.hashsalt": "benchmarks",  # the same results are the same file
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_LEAST_LAG = 0.1
"""Seconds: what is less is drawn as so much, for the axis is logarithmic."""

_BUDGET = "within the budget"
_LINES: dict[str, dict[str, Any]] = {
    f"each every 60 s, {_BUDGET}": {"color": "#8c6d31", "marker": "s", "linestyle": "--"},
    f"each every 3 s, {_BUDGET}": {"color": "#ad494a", "marker": "^", "linestyle": "--"},
    f"each with exponential backoff, {_BUDGET}": {
        "color": "#7b4173",
        "marker": "v",
        "linestyle": "--",
    },
    SWEEP: {"color": "#1f77b4", "marker": "o", "linewidth": 2.5},
    PUSH: {"color": "#2ca02c", "marker": "D", "linewidth": 2.5},
    ORACLE: {"color": "#555555", "marker": ".", "linestyle": ":"},
}


def watches(results: dict[str, Result]) -> Picture:
    """Return the lag over the number of watches."""
    picture, axes = _empty(7.5, 4.6)
    taken = results["watches"]
    for name, look in _LINES.items():
        lags = [taken.of(case_of(count), name, "p95") for count in RUNS]
        middles = [max(_LEAST_LAG, lag.median) for lag in lags]
        axes.errorbar(list(RUNS), middles, _to_ends(lags, middles), label=name, capsize=3, **look)
    axes.set(xscale="log", yscale="log", xlabel="batches that are being cancelled at once")
    axes.set_ylabel("seconds from the end to the reply, p95")
    axes.set_xticks(list(RUNS), [f"{count:,}" for count in RUNS])
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_title("95 % of the replies have come by then, 30 calls a minute", loc="left")
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    return picture


def acks(results: dict[str, Result]) -> Picture:
    """Return the acknowledgements of each subject: how long one takes, and how many a second."""
    picture = Picture(figsize=(7.5, 2.6), layout="constrained")
    left, right = picture.subplots(1, 2, sharey=True)
    names, taken = (BOLT, BOLT_SQLITE, BOT), results["acks"]
    _bars(left, [taken.of(ONE, name, "p50") for name in names], "ms, one at a time, p50")
    _bars(right, [taken.of(FIFTY, name, "throughput") for name in names], "a second, 50 at once")
    return picture


def ten_thousand(results: dict[str, Result]) -> Picture:
    """Return the memory and the restart of ten thousand watches."""
    picture = Picture(figsize=(7.5, 2.2), layout="constrained")
    left, right = picture.subplots(1, 2, sharey=True)
    names, taken = (TASKS, FULL), results["ten_thousand"]
    in_hand = "all in hand after kill -9"
    _bars(left, [taken.of(SQLITE, name, "memory") for name in names], "MB")
    _bars(right, [taken.of(SQLITE, name, in_hand) for name in names], "s until all are in hand")
    return picture


PLOTS: dict[str, Callable[[dict[str, Result]], Picture]] = {
    "watches": watches,
    "acks": acks,
    "ten_thousand": ten_thousand,
}
"""What is drawn, by the name of its file in `docs/` without `.svg`."""


def draw(results: dict[str, Result], folder: Path) -> list[Path]:
    """Draw each plot into a file of the folder; return the files."""
    paths = []
    with mpl.rc_context(_LOOK):
        for name, plot in PLOTS.items():
            path = folder / f"{name}.svg"
            plot(results).savefig(path, metadata={"Date": None, "Creator": None})
            text = "\n".join(line.rstrip() for line in path.read_text().splitlines())
            path.write_text(text + "\n")
            paths.append(path)
    return paths


def _empty(width: float, height: float) -> tuple[Picture, Any]:
    picture = Picture(figsize=(width, height), layout="constrained")
    return picture, picture.subplots()


def _to_ends(figures: Sequence[Figure], middles: Sequence[float]) -> list[list[float]]:
    """Return how far the least and the greatest run are from the middle."""
    pairs = list(zip(figures, middles, strict=True))
    below = [middle - max(_LEAST_LAG, min(figure.values)) for figure, middle in pairs]
    above = [max(0.0, max(figure.values) - middle) for figure, middle in pairs]
    return [[max(0.0, part) for part in below], above]


def _bars(axes: Any, figures: Sequence[Figure], title: str) -> None:  # noqa: ANN401 - matplotlib's
    middles = [figure.median for figure in figures]
    names = [figure.subject for figure in figures]
    bars = axes.barh(names, middles, xerr=_to_ends(figures, middles), capsize=3, color="#9ecae1")
    axes.bar_label(bars, [number(middle) for middle in middles], padding=8)
    axes.margins(x=0.2)
    axes.set_title(title, loc="left", fontsize=10)
