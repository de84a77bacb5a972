"""A mutant's trial: the domain's tests run against it, each time in a process of its own."""

import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.mutation.mutants import Mutant

TESTS = Path("tests/domain")
LONGEST_TRIAL = 20
"""Seconds of computing. The tests take two; what takes as long as this goes in a circle."""

# None of them is needed here, and they are slower than most trials.
_PLUGINS_LEFT_OUT = (
    "anyio",
    "cacheprovider",
    "pytest_cov",
    "pytest_mock",
    "unraisableexception",
    "xdist",
)
_OPTIONS = (
    *("-x", "-q", "--noconftest"),
    *(f"-pno:{plugin}" for plugin in _PLUGINS_LEFT_OUT),
    # Every trial begins with hypothesis in memory; that its own assertions say less is no matter.
    "-Wignore::pytest.PytestAssertRewriteWarning",
)


class Outcome(Enum):
    """What became of a mutant."""

    SURVIVED = "survived"
    KILLED = "killed"
    TOO_SLOW = "too slow"


_OUTCOMES = {
    int(pytest.ExitCode.OK): Outcome.SURVIVED,
    int(pytest.ExitCode.TESTS_FAILED): Outcome.KILLED,
    int(pytest.ExitCode.INTERRUPTED): Outcome.KILLED,  # it could not even be imported
    -signal.SIGPROF: Outcome.TOO_SLOW,
}


class TrialFailed(Exception):
    """The tests ended in a way that says nothing about the mutant."""


def trials(mutants: Sequence[Mutant], side_by_side: int) -> Iterator[tuple[Mutant, Outcome]]:
    """Give each mutant with its outcome, as they come in."""
    waiting, running = list(reversed(mutants)), dict[int, Mutant]()
    while waiting or running:
        while waiting and len(running) < side_by_side:
            mutant = waiting.pop()
            running[_fork(mutant)] = mutant
        pid, status = os.wait()
        yield running.pop(pid), outcome_of(os.waitstatus_to_exitcode(status))


def outcome_of(code: int) -> Outcome:
    """Return what the exit code of a trial says about its mutant."""
    if code not in _OUTCOMES:
        raise TrialFailed(f"pytest ended with code {code}")
    return _OUTCOMES[code]


def _fork(mutant: Mutant) -> int:
    """Begin a trial and return its process id; the child never returns from here."""
    pid = os.fork()
    if pid == 0:
        code = int(pytest.ExitCode.INTERNAL_ERROR)
        try:
            code = _try(mutant)
        finally:
            os._exit(code)
    return pid


def _try(mutant: Mutant) -> int:
    signal.setitimer(signal.ITIMER_PROF, LONGEST_TRIAL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    # The same examples each time, and none looked for again once one has failed.
    quick = settings(
        derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
    )
    settings.register_profile("trial", quick)
    settings.load_profile("trial")
    return _test(mutant) if _install(mutant) else int(pytest.ExitCode.INTERRUPTED)


def _test(mutant: Mutant) -> int:
    """Run the tests of the mutant's own module, and all others only where it survives these."""
    own = f"test_{mutant.module.rpartition('.')[2]}.py"
    files = sorted(TESTS.glob("test_*.py"), key=lambda path: path.name != own)
    for some in (files[:1], files[1:]):
        code = int(pytest.main([*_OPTIONS, *map(str, some)]))
        if code:
            break
    return code


def _install(mutant: Mutant) -> bool:
    """Put the mutant in the place of its module; return whether that can be imported at all."""
    package, _, name = mutant.module.rpartition(".")
    if mutant.module in sys.modules:
        raise TrialFailed(f"{mutant.module} was imported before its mutant")
    spec = importlib.util.spec_from_loader(mutant.module, loader=None)
    if spec is None:
        raise TrialFailed(f"{mutant.module} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[mutant.module] = module
    setattr(importlib.import_module(package), name, module)
    code = compile(mutant.source, mutant.module, "exec")
    try:
        exec(code, module.__dict__)  # noqa: S102 - this is what a mutant is for
    except Exception:  # noqa: BLE001 - whatever it is, it came from the mutant
        return False
    return True
