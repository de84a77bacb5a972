"""What a run left out is said in its last lines."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import skipped
from tests.inner_run import ROOT, inner_run, outside

MAKE = shutil.which("make") or "make"

PROBE = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_one(number):
    pytest.skip("no ferry goes today")

def test_other():
    pytest.skip("it rains")

def test_expected():
    pytest.xfail("known")
"""

FAKE_PYTHON = """#!/bin/sh
case "$*" in
    "-m tests.skipped "*) exec {python} "$@" ;;
    "-m tests.audit") {audit} ;;
    *) echo "$*" ;;
esac
"""
"""Stands for the Python of the virtual environment: only the last lines are the real one's."""


@pytest.mark.parametrize(
    ("noted", "code", "said"),
    [
        ("", 0, ["Nothing was skipped."]),
        ("", 2, []),
        ("the audit: no network\n", 0, ["Skipped: the audit: no network"]),
        ("the audit: no network\n", 2, ["Skipped: the audit: no network"]),
        ("one: a\ntwo: b\none: a\n", 0, ["Skipped: one: a", "Skipped: two: b"]),
    ],
)
def test_the_last_lines(noted: str, code: int, said: list[str]) -> None:
    """Each thing once; a run that failed did not get to everything, and so never says nothing."""
    assert skipped.last_lines(noted, code) == said


def test_a_note_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a reason looks like; without a file to note it in, nothing is written."""
    monkeypatch.delenv(skipped.NOTED_IN, raising=False)
    skipped.note(["nowhere"])
    monkeypatch.setenv(skipped.NOTED_IN, str(tmp_path / "noted"))
    skipped.note(["one:\n  because\tof this"])
    skipped.note(["two"])
    assert (tmp_path / "noted").read_text() == "one: because of this\ntwo\n"


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [
        ("", pytest.skip.Exception),
        ("false", pytest.skip.Exception),
        ("true", pytest.fail.Exception),
        ("1", pytest.fail.Exception),
    ],
)
def test_nothing_is_absent_under_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a developer's machine a test is skipped for want of something; CI has to have it."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no ferry"):
        skipped.absent("no ferry")


@pytest.mark.seconds(3)
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_pytest_says_what_it_skipped(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """In its summary and in the run's notes: how many, where, and why; what is expected is not."""
    done = subprocess.run(  # noqa: S603 - our own probe
        inner_run(tmp_path, PROBE, workers),
        cwd=ROOT,
        env=outside() | {skipped.NOTED_IN: str(tmp_path / "noted")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = ["1 test (.): it rains", "3 tests (.): no ferry goes today"]
    assert sorted((tmp_path / "noted").read_text().splitlines()) == lines
    assert [f"skipped: {line}" in done.stdout for line in lines] == [True, True]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with our Makefile, an earlier run's notes, and nothing to set up."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".skipped").write_text("yesterday\n")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("requirements.txt", "requirements-dev.txt", ".venv/.made", ".venv/.ready-dev"):
        (tmp_path / name).touch()
    return tmp_path


def make_test(project: Path, audit: str) -> Any:
    """Run `make test` with tools that do nothing, and an audit that does what is given."""
    for tool in ("ruff", "mypy", "lint-imports"):
        (project / ".venv/bin" / tool).symlink_to(shutil.which("true") or "true")
    python = project / ".venv/bin/python"
    python.write_text(FAKE_PYTHON.format(python=sys.executable, audit=audit))
    python.chmod(0o755)
    return subprocess.run(  # noqa: S603 - our own Makefile
        [MAKE, "-C", project, "--no-print-directory", "test"],
        env=outside() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


NOTING = 'echo "audit: no net" >>"$BOT_TESTS_SKIPPED"'


@pytest.mark.parametrize(
    ("audit", "code", "last"),
    [
        ("true", 0, "Nothing was skipped."),
        (NOTING, 0, "Skipped: audit: no net"),
        (f"{NOTING}; exit 3", 2, "Skipped: audit: no net"),
        ("exit 3", 2, None),
    ],
)
def test_the_end_of_make_test(project: Path, audit: str, code: int, last: str | None) -> None:
    """Its last line, and its exit code, are those of this run, whatever an earlier one has left."""
    done = make_test(project, audit)
    lines = done.stdout.splitlines()
    assert done.returncode == code, done.stdout + done.stderr
    assert [line for line in lines if "kipped" in line] == ([last] if last else [])
    if last:
        assert lines[-1] == last
