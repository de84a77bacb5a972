"""What the modules that measure share: the command line and the end of each."""

import argparse
import sys
from time import monotonic
from typing import Protocol

from benchmarks.figures import Figure, result, save


class Measure(Protocol):
    """Measures: in a second or two where it is told to be quick, else as it should be."""

    def __call__(self, *, quick: bool = False) -> list[Figure]:
        """Return the figures."""
        ...  # pragma: no cover - a protocol has no body


def main(benchmark: str, measure: Measure) -> None:
    """Measure, and write the result; `--quick` only tries whether it works, and writes nothing."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark}")
    parser.add_argument("--quick", action="store_true", help="try it, and write nothing")
    quick = parser.parse_args().quick
    began = monotonic()
    taken = result(benchmark, measure(quick=quick))
    where = "nothing was written" if quick else save(taken)
    sys.stdout.write(f"{benchmark}: {monotonic() - began:.0f} s, {where}\n")
