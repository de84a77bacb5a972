"""What a run left out and why: said in the last lines of `make test`, where it is read.

Whatever leaves something out notes it in the file that BOT_TESTS_SKIPPED names, if there is one.
`python -m tests.skipped 0`, with the run's exit code, then prints what is noted there.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import NoReturn

import pytest

NOTED_IN = "BOT_TESTS_SKIPPED"
_PREFIX = "Skipped: "


def absent(reason: str) -> NoReturn:
    """Skip a test for want of something; under CI fail, for nothing may be missing there."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(reason)
    pytest.skip(reason)


def note(lines: Iterable[str]) -> None:
    """Keep what was left out for the end of the run."""
    path = os.environ.get(NOTED_IN)
    if path:
        with Path(path).open("a") as file:
            file.writelines(f"{' '.join(line.split())}\n" for line in lines)


def of_reports(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return a line for each reason for which tests were skipped: how many, and where."""
    places: dict[str, list[str]] = {}
    for report in reports:
        places.setdefault(_reason(report), []).append(report.nodeid.partition("::")[0])
    return [f"{_tests(names)}: {reason}" for reason, names in places.items()]


def _reason(report: pytest.TestReport) -> str:
    _, _, said = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, "no reason")
    return said.removeprefix(_PREFIX)


def _tests(names: list[str]) -> str:
    folders = ", ".join(sorted({str(PurePath(name).parent) for name in names}))
    return f"{len(names)} test{'s' * (len(names) > 1)} ({folders})"


def last_lines(noted: str, code: int) -> list[str]:
    """Return the end of a run; one that failed did not come to its end, and boasts of nothing."""
    lines = [f"{_PREFIX}{line}" for line in dict.fromkeys(noted.splitlines())]
    return lines or ([] if code else ["Nothing was skipped."])


def main(code: int) -> None:
    """Print them."""
    path = Path(os.environ[NOTED_IN])
    noted = path.read_text() if path.exists() else ""
    print("".join(f"{line}\n" for line in last_lines(noted, code)), end="")


if __name__ == "__main__":
    main(int(sys.argv[1]))
