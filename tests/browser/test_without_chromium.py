"""Without a browser: a clear word on a developer's machine, a failure in CI."""

import os
import subprocess
import sys

import pytest

from tests.browser.chromium import HOW_TO_GET_IT
from tests.browser.demo import ROOT

ONE_TEST = "tests/browser/test_reach.py::test_at_360_pixels"


@pytest.mark.parametrize(
    ("outside", "code", "said"),
    [
        ({}, 0, f"skipped: 1 test (tests/browser): no Chromium was found. {HOW_TO_GET_IT}"),
        ({"CHROMIUM": "/nowhere/chromium"}, 0, "1 skipped"),
        ({"CI": "true"}, 1, f"Failed: no Chromium was found. {HOW_TO_GET_IT}"),
    ],
)
def test_a_missing_browser(outside: dict[str, str], code: int, said: str) -> None:
    """The summary says how to get it; under CI nothing is skipped."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ONE_TEST]
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own tests
        command,
        cwd=ROOT,
        env=kept | {"PATH": ""} | outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
