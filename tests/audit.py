"""`make audit`: whether any pinned dependency has a known vulnerability, where that can be asked.

Run by `make test` as `python -m tests.audit`. Without a network, or with a package index that tells
nothing of vulnerabilities, it says so and passes: it must not keep anybody from testing. What could
not be asked, and why, stands in the last lines of `make test` too.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from tests import skipped

_ASK = (
    *("-m", "pip_audit", "--requirement", "requirements.txt", "--require-hashes", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
)
_LONGEST_WAIT = 90.0
_UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ProxyError", "ReadTimeout", "SSLError")
"""What pip-audit ends with where there is no way to the package index."""


class Unanswered(Exception):
    """Nothing could be asked; the sentence says why."""


def main() -> int:
    """Ask, and print the verdict; 1 only for a known vulnerability."""
    try:
        dependencies = _ask()
    except Unanswered as why:
        print(f"audit: skipped: {why}")
        skipped.note([f"the audit of the dependencies: {why}"])
        return 0
    code, lines = verdict(dependencies)
    print("\n".join(lines))
    skipped.note(left_out(dependencies))
    return code


def _ask() -> list[dict[str, Any]]:
    """Return pip-audit's list of dependencies; it keeps nothing from one time to the next."""
    with tempfile.TemporaryDirectory(prefix="batch-bot-audit-") as cache:
        command = [sys.executable, *_ASK, "--cache-dir", cache]
        try:
            asked = subprocess.run(  # noqa: S603 - our own arguments
                command, capture_output=True, text=True, timeout=_LONGEST_WAIT, check=False
            )
        except subprocess.TimeoutExpired:
            raise Unanswered(f"pip-audit did not end within {_LONGEST_WAIT:.0f} s") from None
    try:
        found: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        raise Unanswered(_failure(asked.returncode, asked.stderr)) from None
    return found


def _failure(code: int, said: str) -> str:
    """Return why pip-audit gave no list, from the last line of what it said."""
    last = (said.strip().splitlines() or ["it said nothing"])[-1][:300]
    if any(name in last.partition(":")[0] for name in _UNREACHABLE):
        return f"the package index can't be reached ({last})"
    return f"pip-audit failed with code {code} ({last})"


def verdict(dependencies: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return the exit code and what to print for pip-audit's list of dependencies."""
    known = [found for found in dependencies if "vulns" in found]
    bad = [found for found in known if found["vulns"]]
    if bad:
        return 1, [f"audit: {_line(found)}" for found in bad]
    if not known:
        return 0, [f"audit: skipped: {_silence(dependencies)}"]
    return 0, [f"audit: no known vulnerability in {len(known)} of {len(dependencies)} packages"]


def left_out(dependencies: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line for what nothing is known of; none where everything was asked."""
    unknown = [found for found in dependencies if "vulns" not in found]
    if len(unknown) == len(dependencies):
        return [f"the audit of the dependencies: {_silence(dependencies)}"]
    if unknown:
        names = ", ".join(found["name"] for found in unknown)
        return [f"the audit of {names}: {_reason(unknown[0])}"]
    return []


def _silence(dependencies: Sequence[dict[str, Any]]) -> str:
    if not dependencies:
        return "pip-audit lists no dependency"
    return f"the package index tells nothing of vulnerabilities ({_reason(dependencies[0])})"


def _reason(unknown: dict[str, Any]) -> str:
    return str(unknown.get("skip_reason", "no reason was given"))


def _line(found: dict[str, Any]) -> str:
    ids = ", ".join(vulnerability["id"] for vulnerability in found["vulns"])
    return f"{found['name']} {found['version']} has known vulnerabilities: {ids}"


if __name__ == "__main__":
    sys.exit(main())
