"""The verdict on the pinned dependencies."""

from typing import Any

import pytest

from tests.audit import verdict

GOOD = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
BAD = {"name": "httpx", "version": "0.1", "vulns": [{"id": "CVE-1"}, {"id": "GHSA-2"}]}
UNKNOWN = {"name": "structlog", "skip_reason": "not found"}


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
