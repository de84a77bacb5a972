"""How long a start takes until commands are taken, and how much memory it holds then."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.acks import bolt_environment
from benchmarks.figures import Figure
from benchmarks.goals import BOLT, BOT, FIRST_START, LATER_START
from benchmarks.processes import Rival, Subject, megabytes, seconds_until_ready
from benchmarks.run import main
from bot.sandbox.world import SandboxWorld

_SETTLES = 1.0
"""Seconds after which a process that started is idle."""

Found = dict[tuple[str, str], list[tuple[float, float]]]
"""Seconds and MB of each start, by case and subject."""


def measure(*, quick: bool = False) -> list[Figure]:
    """Measure, in a second or two where it is to be quick."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> list[Figure]:
    """Return the figures of a few starts, in which the subjects take turns."""
    runs, settles = (1, 0.0) if quick else (3, _SETTLES)
    found: Found = defaultdict(list)
    for _ in range(runs):
        await _run(found, settles)
    return [figure for (case, subject) in found for figure in _figures(case, subject, found)]


async def _run(found: Found, settles: float) -> None:
    """Start everybody: the bot on a new database, then on the one it has, and bare Bolt."""
    with TemporaryDirectory() as folder:
        world = SandboxWorld(Path(folder))
        async with AsyncExitStack() as stack:
            await world.open(stack)
            bolt = Rival("bolt", Path(folder), **bolt_environment(world.slack))
            stack.push_async_exit(bolt)
            turns: list[tuple[str, str, Subject]] = [
                (FIRST_START, BOT, world.bot),
                (LATER_START, BOT, world.bot),
                (LATER_START, BOLT, bolt),
            ]
            for case, name, subject in turns:
                found[case, name].append(await _start(subject, settles))
                await subject.kill()


async def _start(subject: Subject, settles: float) -> tuple[float, float]:
    seconds = await seconds_until_ready(subject)
    await asyncio.sleep(settles)
    return seconds, megabytes(subject)


def _figures(case: str, subject: str, found: Found) -> list[Figure]:
    seconds, memory = zip(*found[case, subject], strict=True)
    return [
        Figure(case, subject, "until ready", "s", seconds),
        Figure(case, subject, "memory", "MB", memory),
    ]


if __name__ == "__main__":
    main("start", measure)
