"""Each benchmark works: its quick form gives figures of the form that the tables are made of."""

import json
from math import isfinite
from pathlib import Path

import pytest

from benchmarks import acks, crowd, start, ten_thousand, watches
from benchmarks.figures import FOLDER, Figure, load, result, save
from benchmarks.goals import GOALS
from benchmarks.run import Measure
from benchmarks.tables import BESIDE, of_result

MODULES: dict[str, Measure] = {
    "acks": acks.measure,
    "crowd": crowd.measure,
    "start": start.measure,
    "ten_thousand": ten_thousand.measure,
    "watches": watches.measure,
}

Kind = tuple[str, str]


@pytest.mark.uncounted
@pytest.mark.seconds(4)
@pytest.mark.parametrize("name", MODULES)
def test_the_quick_form(name: str, tmp_path: Path) -> None:
    """It measures the same subjects by the same measures as the long one; the file is readable."""
    taken = result(name, MODULES[name](quick=True))
    path = save(taken, tmp_path)
    assert load(path) == taken
    assert set(json.loads(path.read_text())) == {
        *("benchmark", "date", "machine", "versions", "figures")
    }
    for figure in taken.figures:
        assert figure.values, figure
        assert all(isfinite(value) for value in figure.values), figure
    assert _kinds(taken.figures) == _kinds(load(FOLDER / f"{name}.json").figures)
    assert BESIDE[name] in {figure.subject for figure in taken.figures}
    assert of_result(taken).count("\n| --- |") == len({f.case for f in taken.figures})


def _kinds(figures: tuple[Figure, ...]) -> set[Kind]:
    """Return who was measured by what."""
    return {(figure.subject, figure.measure) for figure in figures}


@pytest.mark.parametrize("name", MODULES)
def test_the_long_form_was_run(name: str) -> None:
    """The results that are kept are of several runs, and hold what each goal is about.

    A thousand watches may have been watched once: that takes minutes on a busy machine.
    """
    taken = load(FOLDER / f"{name}.json")
    assert taken.benchmark == name
    several = [figure for figure in taken.figures if figure.case != watches.case_of(1000)]
    assert min(len(figure.values) for figure in several) > 1
    if name == "watches":
        assert {f.case for f in taken.figures} == {*map(watches.case_of, watches.RUNS)}
    for goal in GOALS:
        if goal.benchmark == name:
            assert goal.values({name: taken})[0], goal.name


def test_nothing_else_is_kept() -> None:
    """Each file of results is a benchmark's."""
    assert {path.stem for path in FOLDER.iterdir()} == set(MODULES)
