"""Figures as they are measured, kept as JSON, and written for people."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

FOLDER = Path(__file__).parent / "results"

_PACKAGES = ("slack-bolt", "aiohttp", "SQLAlchemy", "aiosqlite", "psycopg")
_LARGE, _WIDE, _SMALL = 100, 10, 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """What one subject did in one case: a value for each run, in the order of the runs.

    The same place in two figures of a case is the same run.
    """

    case: str
    subject: str
    measure: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the median of the runs."""
        return statistics.median(self.values)


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one benchmark measured, and where and when."""

    benchmark: str
    date: str
    machine: str
    versions: dict[str, str]
    figures: tuple[Figure, ...]

    def of(self, case: str, subject: str, measure: str) -> Figure:
        """Return one figure; raises KeyError with its name where it was not measured."""
        for figure in self.figures:
            if (figure.case, figure.subject, figure.measure) == (case, subject, measure):
                return figure
        raise KeyError(f"{self.benchmark}: {case}, {subject}, {measure}")


def result(benchmark: str, figures: Iterable[Figure]) -> Result:
    """Return the figures with the machine, the versions and the date of today (UTC)."""
    versions = {"Python": platform.python_version()} | {n: metadata.version(n) for n in _PACKAGES}
    today = datetime.now(UTC).date().isoformat()
    return Result(benchmark, today, machine(), versions, tuple(figures))


def machine() -> str:
    """Return the kernel, the processor, its cores and the memory, in a line."""
    gigabytes = psutil.virtual_memory().total / 2**30
    return f"{platform.system()}, {_processor()}, {os.cpu_count()} cores, {gigabytes:.0f} GB"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def save(taken: Result, folder: Path = FOLDER) -> Path:
    """Write a result to its file; return the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{taken.benchmark}.json"
    path.write_text(json.dumps(asdict(taken), indent=1) + "\n")
    return path


def load(path: Path) -> Result:
    """Return what stands in a file of `save`."""
    data = json.loads(path.read_text())
    figures = [Figure(**one | {"values": tuple(one["values"])}) for one in data.pop("figures")]
    return Result(**data, figures=tuple(figures))


def load_all(folder: Path = FOLDER) -> dict[str, Result]:
    """Return every result of the folder, by its benchmark's name."""
    return {path.stem: load(path) for path in sorted(folder.glob("*.json"))}


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of all do not exceed; raises IndexError for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def number(value: float) -> str:
    """Return a number with about three digits that mean something: 1,234, 12.3, 1.05, 0.012, 0."""
    if value == int(value) or abs(value) >= _LARGE:
        return f"{value:,.0f}"
    if abs(value) >= _WIDE:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= _SMALL else f"{round(value, 4):.2g}"


def spread(values: Sequence[float]) -> str:
    """Return the median, and the least and the greatest of the runs where they differ."""
    middle, low, high = (number(f(values)) for f in (statistics.median, min, max))
    return middle if low == high else f"{middle} ({low}–{high})"


def ratios(figure: Figure, beside: Figure) -> tuple[float, ...]:
    """Return how many times as much the one is in each run; nothing where the other is zero."""
    pairs = zip(figure.values, beside.values, strict=True)
    return tuple(own / other for own, other in pairs if other)
