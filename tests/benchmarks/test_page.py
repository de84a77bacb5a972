"""The page of benchmarks says what the kept results give, and nothing else."""

import re
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Result, load_all, number, percentile, ratios, spread
from benchmarks.goals import BOLT, BOT, GOALS, ONE, Goal
from benchmarks.page import DOCS, PAGE
from benchmarks.plots import PLOTS, draw
from benchmarks.tables import of_goals, of_result, with_tables

ROOT = DOCS.parent

_MARKED = re.compile(r"<!-- (\w+) -->.*?<!-- /\1 -->", re.DOTALL)
_NAMES = re.compile(r"`[^`]*`|\*\*[^*]*\*\*|!\[[^]]*\]\([^)]*\)")

SAID = {"3", "60", "25", "50", "30"}
"""Numbers in the page's words: how often others look, how long a cancellation takes, what is sent
at once, and the budget. They are what the benchmarks were given, and no outcome."""


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Return what was measured."""
    return load_all()


def _section(title: str) -> str:
    return PAGE.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_is_made_of_the_results(results: dict[str, Result]) -> None:
    """Each table is what `make bench` would write, and each benchmark has one."""
    page = PAGE.read_text()
    assert with_tables(page, results) == page
    assert {found[1] for found in _MARKED.finditer(page)} == {*results, "goals"}


def test_the_words_hold_no_figure() -> None:
    """What was measured stands in the tables alone."""
    words = _NAMES.sub("", _MARKED.sub("", PAGE.read_text()))
    assert set(re.findall(r"\d[\d.,]*\d|\d", words)) <= SAID


@pytest.mark.parametrize("document", ["README.md", "docs/benchmarks.md"])
def test_each_linked_picture_is_there(document: str) -> None:
    """A document shows no picture that nobody has drawn."""
    path = ROOT / document
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", path.read_text())
    assert pictures
    for picture in pictures:
        assert (path.parent / picture).exists(), picture


def test_each_plot_is_shown_and_is_of_these_results(
    results: dict[str, Result], tmp_path: Path
) -> None:
    """The pictures are those that the results give, to the byte where the library is the same."""
    page = PAGE.read_text()
    for drawn in draw(results, tmp_path):
        assert f"]({drawn.name})" in page
        assert _texts(drawn) == _texts(DOCS / drawn.name)
    assert {path.stem for path in tmp_path.iterdir()} == set(PLOTS)


def _texts(path: Path) -> list[str]:
    """Return what can be read in a picture: names, axes, figures."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text())
    assert len(found) > 5
    return found


def test_each_missed_goal_is_explained(results: dict[str, Result]) -> None:
    """A paragraph for each that is missed, and for no other."""
    missed = {goal.name for goal in GOALS if not goal.is_met(results)}
    text = _section("What is missed, and why")
    assert set(re.findall(r"\*\*(.+?)\.\*\*", text)) == missed


# The parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.05, "1.05"),
        (1.2, "1.20"),
        (0, "0"),
        (7.0, "7"),
        (12.04, "12.0"),
        (103.6, "104"),
        (2917.4, "2,917"),
        (1030, "1,030"),
        (0.25, "0.25"),
        (0.0123, "0.012"),
        (0.00058, "0.0006"),
        (4.8e-9, "0"),
        (-3.14159, "-3.14"),
    ],
)
def test_number(value: float, written: str) -> None:
    """About three digits that mean something."""
    assert number(value) == written


def test_spread() -> None:
    """The median, and the runs at both ends where they differ."""
    assert spread((12.0, 11.5, 14.25)) == "12 (11.5–14.2)"
    assert spread((3.0, 3.0)) == "3"


def test_percentile() -> None:
    """The value that so many do not exceed."""
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(100), 0.99) == 99
    assert percentile([1.0], 1.0) == 1.0


def _result(**changes: tuple[float, ...]) -> Result:
    figures = tuple(
        Figure(ONE, subject, "p50", "ms", changes.get(key, (10.0, 20.0)))
        for key, subject in (("bot", BOT), ("bolt", BOLT))
    )
    return Result("acks", "2026-11-28", "a machine", {"Python": "3.11"}, figures)


def test_ratios_are_of_the_same_run() -> None:
    """Each run beside its own; one without anything beside it gives none."""
    bot, bolt = _result(bot=(10.0, 30.0), bolt=(0.0, 20.0)).figures
    assert ratios(bot, bolt) == (1.5,)


@pytest.mark.parametrize(
    ("bot", "at_least", "met"),
    [((10.5, 21.0), False, True), ((10.6, 21.2), False, False), ((10.6, 21.2), True, True)],
)
def test_a_goal(bot: tuple[float, ...], at_least: bool, met: bool) -> None:
    """The median ratio decides; a limit that is just kept is met."""
    results = {"acks": _result(bot=bot)}
    goal = Goal("ack", "acks", ONE, BOT, "p50", 1.05, BOLT, at_least=at_least)
    assert goal.is_met(results) is met
    assert goal.row(results)[2:] == [f"{'≥' if at_least else '≤'} 1.05", "met" if met else "missed"]


def test_a_goal_of_what_was_not_measured() -> None:
    """It names what is missing, instead of being met."""
    with pytest.raises(KeyError, match="p99"):
        Goal("ack", "acks", ONE, BOT, "p99", 1.0).is_met({"acks": _result()})


def test_a_table() -> None:
    """A subject a row, with its spread, its ratio, and what was asked for beside it."""
    text = of_result(_result(bot=(10.0, 21.0)))
    assert (
        "| the bot | 15.5 (10–21), **1.02 (1–1.05) ×** (wanted ≤ 1.05 × bare Bolt: met) |" in text
    )
    assert "| bare Bolt | 15 (10–20) |" in text
    assert "Taken on 2026-11-28, 2 runs. a machine. Python 3.11." in text


def test_the_goals_table(results: dict[str, Result]) -> None:
    """A line for each."""
    assert len(of_goals(results).splitlines()) == len(GOALS) + 2


def test_a_page_without_a_result() -> None:
    """A marker whose benchmark has no result is an error, and no empty table."""
    with pytest.raises(KeyError, match="start"):
        with_tables("<!-- start -->\n<!-- /start -->", {})
