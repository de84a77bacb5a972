"""`make audit`: whether any pinned dependency has a known vulnerability, where that can be asked.

Run by `make test` as `python -m tests.audit`. Without a network, or with a package index that tells
nothing of vulnerabilities, it says so and passes: it must not keep anybody from testing.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_ASK = (
    *("-m", "pip_audit", "--requirement", "requirements.txt", "--require-hashes", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "5"),
)


def main() -> int:
    """Ask, and print the verdict; 1 only for a known vulnerability."""
    try:
        asked = subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, *_ASK], capture_output=True, text=True, timeout=90, check=False
        )
        answer = json.loads(asked.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        answer = {"dependencies": []}
    code, lines = verdict(answer["dependencies"])
    print("\n".join(lines))
    return code


def verdict(dependencies: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return the exit code and what to print for pip-audit's list of dependencies."""
    known = [found for found in dependencies if "vulns" in found]
    bad = [found for found in known if found["vulns"]]
    if bad:
        return 1, [f"audit: {_line(found)}" for found in bad]
    if not known:
        return 0, ["audit: skipped, nothing here tells of known vulnerabilities"]
    return 0, [f"audit: no known vulnerability in {len(known)} of {len(dependencies)} packages"]


def _line(found: dict[str, Any]) -> str:
    ids = ", ".join(vulnerability["id"] for vulnerability in found["vulns"])
    return f"{found['name']} {found['version']} has known vulnerabilities: {ids}"


if __name__ == "__main__":
    sys.exit(main())
