"""Change the domain in every small way, and fail where its tests don't notice: `make mutants`."""

import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.mutants import Change, mutants_of, unchanged
from tests.mutation.trial import Outcome, trials

DOMAIN = Path("bot/domain")
EXPLAINED = Path("tests/mutation/explained.toml")


def main() -> int:
    """Print the figures and return 0 if every mutant was killed or is explained, else 1."""
    began, side_by_side = time.monotonic(), int(sys.argv[1])
    modules = {
        path: ".".join(path.with_suffix("").parts) for path in sorted(DOMAIN.glob("[a-z]*.py"))
    }
    controls = [unchanged(path, module) for path, module in modules.items()]
    if {outcome for _, outcome in trials(controls, side_by_side)} != {Outcome.SURVIVED}:
        print("The tests of the domain fail on the code as it is; see to them first.")
        return 1
    mutants = [mutant for path, module in modules.items() for mutant in mutants_of(path, module)]
    outcomes = [(mutant.change, outcome) for mutant, outcome in trials(mutants, side_by_side)]
    explained = read_explained(EXPLAINED.read_text())
    complaints = verdict(outcomes, explained)
    print(*complaints, figures(outcomes, explained), sep="\n")
    print(f"{time.monotonic() - began:.0f} s, {side_by_side} side by side")
    return 1 if complaints else 0


def read_explained(text: str) -> dict[Change, str]:
    """Return the mutants that no test can kill, with the sentence that says why."""
    entries = tomllib.loads(text).get("mutant", [])
    return {Change(e["where"], e["was"], e["becomes"]): e["why"] for e in entries}


def verdict(outcomes: Sequence[tuple[Change, Outcome]], explained: dict[Change, str]) -> list[str]:
    """Return a sentence for each survivor that is not explained, and each idle explanation."""
    survived = {change for change, outcome in outcomes if outcome is Outcome.SURVIVED}
    known = {change for change, _ in outcomes}
    return [
        *(f"No test notices this change: {c}" for c in sorted(survived - set(explained))),
        *(f"Explained, but it does not exist: {c}" for c in explained if c not in known),
        *(f"Explained, but the tests notice it: {c}" for c in explained if c in known - survived),
        *(f"Explained without a sentence: {c}" for c, why in explained.items() if not why.strip()),
    ]


def figures(outcomes: Sequence[tuple[Change, Outcome]], explained: dict[Change, str]) -> str:
    """Return the numbers that the README may quote."""
    survivors = [c for c, outcome in outcomes if outcome is Outcome.SURVIVED]
    unexplained = sum(change not in explained for change in survivors)
    slow = sum(outcome is Outcome.TOO_SLOW for _, outcome in outcomes)
    return (
        f"{len(outcomes)} mutants: {len(outcomes) - len(survivors)} killed"
        f" ({slow} of them by the time), {len(survivors) - unexplained} explained,"
        f" {unexplained} survived"
    )


if __name__ == "__main__":
    sys.exit(main())
