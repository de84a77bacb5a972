"""The mutants of a module: its source with one small thing changed in each.

The changes are mutmut's, and two of our own. Its own runner is not used, for it changes nothing
outside of functions and in properties, and half of what the domain knows stands there: the table
of moves, the figures, the defaults.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

_LEFT_ALONE = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
"""What says how and not what. Types are mypy's business."""

_NEVER = "assert_never("
"""What can't be reached, which mypy proves at each such line."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What a mutant changes. It has no line number, so that it keeps its name when code moves.

    `where` is the dotted name of the module, class or function; `was` and `becomes` are the lines
    that differ, without their indentation.
    """

    where: str
    was: str
    becomes: str

    def __str__(self) -> str:
        lines = [f"    - {line}" for line in self.was.splitlines()]
        lines += [f"    + {line}" for line in self.becomes.splitlines()]
        return "\n".join([self.where, *lines])


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's source with one change in it."""

    module: str
    source: str
    change: Change


def mutants_of(path: Path, module: str) -> list[Mutant]:
    """Return all mutants of the module at `path`, whose dotted name is `module`."""
    finder = _Finder(cst.parse_module(path.read_text()), module)
    finder.tree.visit(finder)
    return finder.found


def unchanged(path: Path, module: str) -> Mutant:
    """Return the module as it is, which must survive where a mutant's death is to mean anything."""
    return Mutant(module, path.read_text(), Change(module, "", ""))


def without_an_element(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Give a set or a dict with more than one element without each of them in turn."""
    if isinstance(node, cst.Set | cst.Dict) and len(node.elements) > 1:
        for at in range(len(node.elements)):
            yield node.with_changes(elements=[*node.elements[:at], *node.elements[at + 1 :]])


def returning_nothing(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Give a return of something as a return of None."""
    nothing = cst.Name("None")
    if isinstance(node, cst.Return) and node.value and not node.value.deep_equals(nothing):
        yield node.with_changes(value=nothing)


_OPERATORS = (
    *mutation_operators,
    (cst.CSTNode, without_an_element),
    (cst.CSTNode, returning_nothing),
)


class _Finder(cst.CSTVisitor):
    """Walks through a module and keeps a mutant for each change that an operator knows."""

    def __init__(self, tree: cst.Module, module: str) -> None:
        super().__init__()
        self.tree = tree
        self.found: list[Mutant] = []
        self._module = module
        self._scope = [module]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _LEFT_ALONE):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._scope.append(node.name.value)
        for kind, operator in _OPERATORS:
            if isinstance(node, kind):
                made = [self._mutant(node, changed) for changed in operator(node)]
                self.found += [mutant for mutant in made if _NEVER not in mutant.change.was]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self._scope.pop()

    def _mutant(self, node: cst.CSTNode, changed: cst.CSTNode) -> Mutant:
        source = cst.ensure_type(self.tree.deep_replace(node, changed), cst.Module).code
        was, becomes = _difference(self.tree.code, source)
        return Mutant(self._module, source, Change(".".join(self._scope), was, becomes))


def _difference(before: str, after: str) -> tuple[str, str]:
    """Return the lines that differ, as they were and as they are."""
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0))[2:]
    was, becomes = ([d[1:].strip() for d in diff if d.startswith(sign)] for sign in "-+")
    return "\n".join(was), "\n".join(becomes)
