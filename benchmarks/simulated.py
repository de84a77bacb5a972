"""The bot's own planner, runner and store at many watches, in a time that is moved."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.pollers import PER_MINUTE, Watched
from benchmarks.rows import CHANNEL, fill
from bot.domain.schedule import FIRST_POLL
from bot.sandbox.slack.workspace import SandboxMessage
from tests.simulation import Simulation
from tests.webhooks import SECRET

_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - each run makes a folder
"""Where the database is, as far as there is one: the time that a disk takes is not measured."""

_ON_ITS_WAY = 0.1
"""Seconds from an end to OpenAI's webhook: one that came in the same instant would find it open."""

_LONG = 6 * 3600.0
"""Seconds after which a reply that is not there will never be."""


async def watched_by_the_bot(ends: Sequence[float], *, full: bool, push: bool) -> Watched:
    """Let batches end so many seconds after their cancellation was accepted.

    `full` lets Respan's list say all of each batch, and not only its status; `push` lets OpenAI's
    webhook come after each end, as one has come some time before, for another batch. Raises
    TimeoutError where an end is never told.
    """
    settings: dict[str, Any] = {"openai_webhook_secret": SECRET} if push else {}
    with TemporaryDirectory(dir=_MEMORY) as folder:
        url = f"sqlite:///{Path(folder) / 'bot.db'}"
        async with Simulation(url, respan_calls_per_minute=PER_MINUTE, **settings) as sim:
            sim.respan.list_is_full = full
            began = sim.clock.time()
            if push:
                await _deliver(sim, "batch_before")
            await _watch(sim, ends)
            await _until_all_end(sim, ends, began, push=push)
            lags = await _until_all_are_told(sim, ends, began)
            calls = tuple(exchange.at - began for exchange in sim.respan.exchanges)
    return Watched(calls, lags)


def _name(number: int) -> str:
    return f"batch_{number:05}"


async def _watch(sim: Simulation, ends: Sequence[float]) -> None:
    """Let each be announced, accepted, and due for its first look."""
    now, announced = sim.clock.time(), []
    for number, end in enumerate(ends):
        sim.respan.add_batch(_name(number), cancelled_at=now, cancel_seconds=end)
        ts = sim.slack.workspace.new_ts()
        message = SandboxMessage(CHANNEL, ts, f"`{_name(number)}` is being cancelled.", [])
        announced.append(sim.slack.workspace.add(message).ts)
    names = [_name(number) for number in range(len(ends))]
    await fill(sim.crew[0].stores.database, names, announced, FIRST_POLL)


async def _until_all_end(
    sim: Simulation, ends: Sequence[float], began: float, *, push: bool
) -> None:
    """Let the time pass until the last has ended, with a webhook for each where there are any."""
    if not push:
        await sim.pass_time(max(ends))
        return
    for end, number in sorted((end, number) for number, end in enumerate(ends)):
        await sim.pass_time(max(0.0, began + end + _ON_ITS_WAY - sim.clock.time()))
        await _deliver(sim, _name(number))


async def _deliver(sim: Simulation, batch_id: str) -> None:
    """Let OpenAI tell of an end. Raises RuntimeError where the bot does not take it."""
    status = await sim.push(batch_id)
    if not 200 <= status < 300:
        raise RuntimeError(f"the bot answered a webhook with {status}")


async def _until_all_are_told(
    sim: Simulation, ends: Sequence[float], began: float
) -> tuple[float, ...]:
    """Let the time pass until each has its reply; return how long after the end each came."""
    told: dict[str, float] = {}
    while len(told) < len(ends):
        if sim.clock.time() - began > _LONG:
            raise TimeoutError(f"{len(told)} of {len(ends)} ends were told")
        await sim.pass_time(60.0)
        requests = await sim.requests()
        told = {r.batch_ids[0]: r.reported_at for r in requests if r.reported_at is not None}
    return tuple(told[_name(n)] - began - end for n, end in enumerate(ends))
