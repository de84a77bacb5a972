"""Writes the tables and the plots of `docs/benchmarks.md` anew: `python -m benchmarks.page`."""

import sys
from pathlib import Path

from benchmarks.figures import load_all
from benchmarks.goals import GOALS
from benchmarks.plots import draw
from benchmarks.tables import with_tables

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"


def main() -> None:
    """Write the page and the plots, and say which goals are missed."""
    results = load_all()
    PAGE.write_text(with_tables(PAGE.read_text(), results))
    draw(results, DOCS)
    missed = [goal.name for goal in GOALS if not goal.is_met(results)]
    told = "".join(f"\n  missed: {name}" for name in missed)
    sys.stdout.write(f"{PAGE}: {len(GOALS) - len(missed)} of {len(GOALS)} goals are met{told}\n")


if __name__ == "__main__":
    main()
