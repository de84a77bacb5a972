"""The verdict on the pinned dependencies."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from tests import audit, skipped
from tests.audit import left_out, verdict

GOOD = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
BAD = {"name": "httpx", "version": "0.1", "vulns": [{"id": "CVE-1"}, {"id": "GHSA-2"}]}
UNKNOWN = {"name": "structlog", "skip_reason": "not found"}
ALL = "the audit of the dependencies"


@pytest.mark.parametrize(
    ("dependencies", "code", "said"),
    [
        ([], 0, "skipped"),
        ([UNKNOWN], 0, "skipped"),
        ([GOOD, UNKNOWN], 0, "no known vulnerability in 1 of 2 packages"),
        ([GOOD, BAD], 1, "httpx 0.1 has known vulnerabilities: CVE-1, GHSA-2"),
    ],
)
def test_verdict(dependencies: list[dict[str, Any]], code: int, said: str) -> None:
    """Only a known vulnerability is a failure, and it is named."""
    expected, lines = verdict(dependencies)
    assert (expected, len(lines)) == (code, 1)
    assert said in lines[0]


@pytest.mark.parametrize(
    ("dependencies", "said"),
    [
        ([], [f"{ALL}: pip-audit lists no dependency"]),
        (
            [UNKNOWN, UNKNOWN],
            [f"{ALL}: the package index tells nothing of vulnerabilities (not found)"],
        ),
        ([GOOD, UNKNOWN], ["the audit of structlog: not found"]),
        ([BAD, UNKNOWN], ["the audit of structlog: not found"]),
        ([GOOD, BAD], []),
    ],
)
def test_what_was_not_asked(dependencies: list[dict[str, Any]], said: list[str]) -> None:
    """Whatever nothing is known of is named, with the reason."""
    assert left_out(dependencies) == said


UNREACHABLE = "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='index', port=443)"
NO_WAY = "the package index can't be reached"


@pytest.mark.parametrize(
    ("code", "said", "errors", "why"),
    [
        (1, "", f"Traceback\n{UNREACHABLE}\n", f"{NO_WAY} ({UNREACHABLE})"),
        (0, "null", "ConnectionError", f"{NO_WAY} (ConnectionError)"),
        (1, "", "No module named x", "pip-audit failed with code 1 (No module named x)"),
        (1, "", "no: a ConnectionError", "pip-audit failed with code 1 (no: a ConnectionError)"),
        (2, "[]", "", "pip-audit failed with code 2 (it said nothing)"),
    ],
)
def test_why_nothing_was_asked(
    code: int,
    said: str,
    errors: str,
    why: str,
    mocker: MockerFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It passes, prints why, and notes that for the run's last lines."""
    monkeypatch.setenv(skipped.NOTED_IN, str(tmp_path / "noted"))
    done = subprocess.CompletedProcess([], code, said, errors)
    mocker.patch("tests.audit.subprocess.run", return_value=done)
    assert audit.main() == 0
    assert capsys.readouterr().out == f"audit: skipped: {why}\n"
    assert (tmp_path / "noted").read_text() == f"{ALL}: {why}\n"


def test_an_index_that_does_not_answer(
    mocker: MockerFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for any longer than it is worth."""
    monkeypatch.delenv(skipped.NOTED_IN, raising=False)  # this run is none that left it out
    mocker.patch("tests.audit.subprocess.run", side_effect=subprocess.TimeoutExpired([], 90.0))
    assert audit.main() == 0
    assert capsys.readouterr().out == "audit: skipped: pip-audit did not end within 90 s\n"
