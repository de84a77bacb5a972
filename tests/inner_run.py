"""A run of pytest within a test: other tests, with our conftest, in another environment."""

import os
import sys
from pathlib import Path

from tests.skipped import NOTED_IN

ROOT = Path(__file__).resolve().parents[1]

_INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
markers = uncounted
"""


def inner_run(folder: Path, tests: str, workers: tuple[str, ...]) -> list[str]:
    """Write such tests to a folder; return the command that runs them, for ROOT."""
    (folder / "test_probe.py").write_text(tests)
    (folder / "pytest.ini").write_text(_INI)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers]
    return [*command, "-p", "tests.conftest", "-c", str(folder / "pytest.ini"), str(folder)]


def outside() -> dict[str, str]:
    """Return the environment without what an outer make, pytest or run has put there."""
    ours = ("MAKE", "MFLAGS", "PYTEST", "COV", NOTED_IN)
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
