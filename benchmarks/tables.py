"""The tables of `docs/benchmarks.md`, made of the results and of nothing else."""

import re
from collections.abc import Sequence

from benchmarks.figures import Figure, Result, number, ratios, spread
from benchmarks.goals import BOLT, GOALS, TASKS, Goal

BESIDE = {
    "acks": BOLT,
    "start": BOLT,
    "watches": "each every 60 s, within the budget",
    "crowd": "each every 60 s, within the budget",
    "ten_thousand": TASKS,
}
"""Beside which subject the others of a benchmark stand as ratios."""

_MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def with_tables(page: str, results: dict[str, Result]) -> str:
    """Return the page with the tables between its markers made anew.

    Between `<!-- acks -->` and `<!-- /acks -->` stands the benchmark of that name, between those
    of `goals` what was asked for. Raises KeyError for a name that no result has.
    """

    def made(found: re.Match[str]) -> str:
        name = found[2]
        text = of_goals(results) if name == "goals" else of_result(results[name])
        return f"{found[1]}\n{text}\n{found[3]}"

    return _MARKED.sub(made, page)


def of_goals(results: dict[str, Result]) -> str:
    """Return the table of all goals."""
    rows = [goal.row(results) for goal in GOALS]
    return _table(["goal", "measured", "wanted", ""], rows)


def of_result(taken: Result) -> str:
    """Return the tables of a benchmark, one a case, and where and when it was run."""
    cases = dict.fromkeys(figure.case for figure in taken.figures)
    parts = [f"**{_capital(case)}**\n\n{of_case(taken, case)}" for case in cases]
    return "\n".join([*parts, _provenance(taken), ""])


def of_case(taken: Result, case: str) -> str:
    """Return the table of a case: a subject a row, a measure a column."""
    figures = [figure for figure in taken.figures if figure.case == case]
    measures = {f.measure: f"{f.measure}, {f.unit}" if f.unit else f.measure for f in figures}
    found = {(f.subject, f.measure): f for f in figures}
    beside = BESIDE[taken.benchmark]
    rows = [
        [subject, *(_cell(taken, found, subject, measure, beside) for measure in measures)]
        for subject in dict.fromkeys(f.subject for f in figures)
    ]
    return _table(["", *measures.values()], rows)


def _cell(
    taken: Result,
    found: dict[tuple[str, str], Figure],
    subject: str,
    measure: str,
    beside: str,
) -> str:
    """Return a figure with its spread, its ratio, and what was asked for."""
    figure = found.get((subject, measure))
    if figure is None:
        return "–"
    text, other = spread(figure.values), found.get((beside, measure))
    if other is not None and subject != beside and (times := ratios(figure, other)):
        text += f", **{spread(times)} ×**"
    words = [_asked(goal, taken) for goal in GOALS if _is_about(goal, figure, taken.benchmark)]
    return " ".join([text, *words])


def _is_about(goal: Goal, figure: Figure, benchmark: str) -> bool:
    about = (goal.benchmark, goal.case, goal.subject, goal.measure)
    return about == (benchmark, figure.case, figure.subject, figure.measure)


def _asked(goal: Goal, taken: Result) -> str:
    """Return a goal's limit and whether it is met, to stand beside its figure."""
    sign, beside = "≥" if goal.at_least else "≤", f" × {goal.beside}" if goal.beside else ""
    word = goal.word({taken.benchmark: taken})
    return f"(wanted {sign} {number(goal.limit)}{beside}: {word})"


def _provenance(taken: Result) -> str:
    counts = {len(figure.values) for figure in taken.figures}
    runs = " to ".join(str(count) for count in sorted({min(counts), max(counts)}))
    versions = ", ".join(f"{name} {version}" for name, version in taken.versions.items())
    return f"Taken on {taken.date}, {runs} runs. {taken.machine}. {versions}."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
