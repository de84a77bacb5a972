"""What `make mutants` changes, and what it complains about."""

import signal
from pathlib import Path

import pytest

from tests.mutation.__main__ import EXPLAINED, figures, read_explained, verdict
from tests.mutation.mutants import Change, mutants_of
from tests.mutation.trial import Outcome, TrialFailed, outcome_of

SOURCE = '''
from dataclasses import dataclass

LIMIT = 3
MOVES = {"a": "b", "c": "d"}


@dataclass(frozen=True)
class Thing:
    size: int = 0

    @property
    def small(self) -> bool:
        """Return whether it is small."""
        return self.size < LIMIT
'''
KILLED = Change("bot.domain.batch", "A = 1", "A = 2")
SURVIVOR = Change("bot.domain.batch.f", "return 1", "return 2")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a small module."""
    path = tmp_path / "thing.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    "change",
    [
        Change("thing", "LIMIT = 3", "LIMIT = 4"),
        Change("thing", 'MOVES = {"a": "b", "c": "d"}', 'MOVES = {"a": "b", }'),
        Change("thing.Thing", "size: int = 0", "size: int = 1"),
        Change("thing.Thing.small", "return self.size < LIMIT", "return self.size <= LIMIT"),
        Change("thing.Thing.small", "return self.size < LIMIT", "return None"),
    ],
)
def test_what_is_changed(source: Path, change: Change) -> None:
    """Constants, tables, defaults and properties are changed, not only functions."""
    (mutant,) = (mutant for mutant in mutants_of(source, "thing") if mutant.change == change)
    assert mutant.source == SOURCE.replace(change.was, change.becomes)


def test_what_is_left_alone(source: Path) -> None:
    """Imports, decorators, types and docstrings are not changed."""
    assert {mutant.change.was for mutant in mutants_of(source, "thing")} == {
        "LIMIT = 3",
        'MOVES = {"a": "b", "c": "d"}',
        "size: int = 0",
        "return self.size < LIMIT",
    }


def test_a_change_keeps_its_name_when_code_moves(source: Path) -> None:
    """An explanation holds wherever its line stands."""
    before = mutants_of(source, "thing")
    source.write_text(f"# One line\n# and another\n{SOURCE}")
    assert [mutant.change for mutant in mutants_of(source, "thing")] == [m.change for m in before]


@pytest.mark.parametrize(
    ("explained", "complaint"),
    [
        ({SURVIVOR: "It is the same."}, None),
        ({}, "No test notices this change: bot.domain.batch.f"),
        ({SURVIVOR: " "}, "Explained without a sentence: bot.domain.batch.f"),
        ({SURVIVOR: "So.", KILLED: "So."}, "Explained, but the tests notice it: bot.domain.batch"),
        ({SURVIVOR: "So.", Change("x", "a", "b"): "So."}, "Explained, but it does not exist: x"),
    ],
)
def test_the_verdict(explained: dict[Change, str], complaint: str | None) -> None:
    """Each survivor needs an explanation, and each explanation its survivor."""
    complaints = verdict([(KILLED, Outcome.KILLED), (SURVIVOR, Outcome.SURVIVED)], explained)
    assert [text.splitlines()[0] for text in complaints] == ([complaint] if complaint else [])


def test_the_figures() -> None:
    """The last line says how many mutants there were and what became of them."""
    outcomes = [(KILLED, Outcome.KILLED), (KILLED, Outcome.TOO_SLOW), (SURVIVOR, Outcome.SURVIVED)]
    expected = "3 mutants: 2 killed (1 of them by the time), {} explained, {} survived"
    assert figures(outcomes, {SURVIVOR: "So."}) == expected.format(1, 0)
    assert figures(outcomes, {}) == expected.format(0, 1)


def test_the_list_is_read() -> None:
    """Each mutant on the list has its sentence."""
    explained = read_explained(EXPLAINED.read_text())
    assert explained
    assert all(why.endswith(".") for why in explained.values())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (pytest.ExitCode.OK, Outcome.SURVIVED),
        (pytest.ExitCode.TESTS_FAILED, Outcome.KILLED),
        (pytest.ExitCode.INTERRUPTED, Outcome.KILLED),
        (-signal.SIGPROF, Outcome.TOO_SLOW),
    ],
)
def test_outcomes(code: int, expected: Outcome) -> None:
    """Only tests that ran and passed let a mutant survive."""
    assert outcome_of(code) is expected


@pytest.mark.parametrize("code", [*range(3, 6), -signal.SIGKILL])
def test_a_trial_that_says_nothing(code: int) -> None:
    """A trial that failed in itself is not taken for a killed mutant."""
    with pytest.raises(TrialFailed):
        outcome_of(code)
