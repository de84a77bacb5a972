"""How long a command waits for its acknowledgement, and how many are acknowledged a second."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, percentile
from benchmarks.goals import BOLT, BOLT_SQLITE, BOT, FIFTY, ONE
from benchmarks.load import Acks, at_once, commands, one_at_a_time
from benchmarks.processes import Rival, Subject
from benchmarks.run import main
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.world import SandboxWorld

_BATCH = "batch_abc123"
_MANY = 50
_PATIENCE = 60.0
"""Seconds for the bot to show the questions of many commands."""


def measure(*, quick: bool = False) -> list[Figure]:
    """Measure, in a second or two where it is to be quick."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> list[Figure]:
    """Return the figures of a few runs, in which the subjects take turns."""
    runs, singly, together = (1, 5, _MANY) if quick else (3, 50, 500)
    found: dict[tuple[str, str], list[Acks]] = defaultdict(list)
    async with _subjects() as (slack, subjects):
        for run in range(runs):
            for name, subject in subjects.items():
                sent = commands(slack, _BATCH, singly)
                found[ONE, name].append(await one_at_a_time(subject.url, sent))
            for name, subject in subjects.items():
                sent = commands(slack, _BATCH, together)
                found[FIFTY, name].append(await at_once(subject.url, sent, _MANY))
                if name == BOT:
                    await _until_shown(slack, (singly + together) * (run + 1))
    return [figure for case in (ONE, FIFTY) for figure in _figures(case, found)]


async def _until_shown(slack: SandboxSlack, commands_to_the_bot: int) -> None:
    """Wait until the bot has done what it does about its commands.

    The rivals do nothing about theirs, and are measured while it is idle.
    """
    async with asyncio.timeout(_PATIENCE):
        while len(slack.calls("response_url")) < commands_to_the_bot:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)


def _figures(case: str, found: dict[tuple[str, str], list[Acks]]) -> list[Figure]:
    made = []
    for (where, subject), acks in found.items():
        if where != case:
            continue
        for measure_, share in (("p50", 0.5), ("p99", 0.99)):
            values = tuple(1000 * percentile(run.each, share) for run in acks)
            made.append(Figure(case, subject, measure_, "ms", values))
        if case == FIFTY:
            values = tuple(len(run.each) / run.all_together for run in acks)
            made.append(Figure(case, subject, "throughput", "acks a second", values))
    return made


@asynccontextmanager
async def _subjects() -> AsyncIterator[tuple[SandboxSlack, dict[str, Subject]]]:
    """Give the workspace, and everybody that takes its commands, each as a process."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        world = SandboxWorld(folder, RESPAN_CALLS_PER_MINUTE="60000")
        async with world:
            world.respan.add_batch(_BATCH)
            environment = bolt_environment(world.slack)
            stored = Rival("bolt", folder, **environment, DATABASE=str(folder / "bolt.db"))
            async with Rival("bolt", folder, **environment) as bolt, stored:
                yield world.slack, {BOT: world.bot, BOLT: bolt, BOLT_SQLITE: stored}


def bolt_environment(slack: SandboxSlack) -> dict[str, str]:
    """Return what bare Bolt is told of a workspace."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
    }


if __name__ == "__main__":
    main("acks", measure)
