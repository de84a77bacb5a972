"""How long after a batch's end its reply comes, in a time that is moved: within the same budget."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.simulation import Simulation
from tests.webhooks import SECRET

BUDGET = 30
"""Calls a minute, as by default."""


async def _watch(sim: Simulation, count: int) -> list[str]:
    """Let one batch each be cancelled by many people, as slowly as the budget lets them ask."""
    names = [f"batch_{n:03}" for n in range(count)]
    for number, name in enumerate(names):
        sim.respan.add_batch(name, cancel_seconds=1e9)
        await sim.slack.command(name, f"U0MANY{number}")
        await sim.pass_time(9)  # where the budget is used up, the question comes without numbers
        shown = sim.slack.workspace.private(f"U0MANY{number}")[-1]
        assert shown.buttons
        await sim.press(shown)
    await sim.pass_time(120)
    return names


async def lags(sim: Simulation, count: int, over: float, *, push: bool = False) -> list[float]:
    """Let the batches end within `over` seconds; return the seconds to each reply, sorted."""
    names = await _watch(sim, count)
    random, begin = Random(7), sim.clock.time()  # noqa: S311 - the same ends for every run
    ends = sorted((begin + random.uniform(0.0, over), name) for name in names)
    for at, name in ends:
        await sim.pass_time(max(0.0, at - sim.clock.time()))
        _end(sim, name)
        if push:
            assert await sim.push(name) == 200
    await sim.pass_time(400)
    ended = {name: at for at, name in ends}
    told = {message.text.split("`")[1]: float(message.ts) for message in sim.replies()}
    assert set(told) == set(names)
    return sorted(told[name] - ended[name] for name in names)


def _end(sim: Simulation, name: str) -> None:
    """Let a batch end now."""
    batch = sim.respan.batches[name]
    assert batch.cancelled_at is not None
    batch.cancel_seconds = sim.clock.time() - batch.cancelled_at


def _figure(sorted_lags: list[float]) -> str:
    p50, p95 = (sorted_lags[int(len(sorted_lags) * share)] for share in (0.5, 0.95))
    return f"p50 {p50:.1f} s, p95 {p95:.1f} s, worst {sorted_lags[-1]:.1f} s"


@pytest.mark.seconds(15)
@pytest.mark.parametrize(
    ("settings", "push", "limit"),
    [({}, False, 6.0), ({"openai_webhook_secret": SECRET}, True, 2.0)],
    ids=["sweep", "push"],
)
async def test_twenty_watches(
    tmp_path: Any, settings: dict[str, Any], push: bool, limit: float
) -> None:
    """Half of the replies come soon, with a sparse list; none takes minutes."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with Simulation(url, respan_calls_per_minute=BUDGET, **settings) as sim:
        found = await lags(sim, 20, 120.0, push=push)
        assert found[10] <= limit
        assert found[-1] <= 70


@pytest.mark.chaos
@pytest.mark.parametrize("full", [False, True], ids=["sparse", "full"])
@pytest.mark.parametrize("push", [False, True], ids=["sweep", "push"])
@pytest.mark.parametrize("over", [300.0, 5.0])
async def test_a_hundred_watches(
    tmp_path: Any, over: float, push: bool, full: bool, figure: Callable[[str], None]
) -> None:
    """A hundred that end within five minutes, or within five seconds."""
    url, settings = f"sqlite:///{tmp_path / 'bot.db'}", {"openai_webhook_secret": SECRET}
    more: dict[str, Any] = settings if push else {}
    async with Simulation(url, respan_calls_per_minute=BUDGET, **more) as sim:
        sim.respan.list_is_full = full
        found = await lags(sim, 100, over, push=push)
    how = f"{'push' if push else 'sweep'}, a {'full' if full else 'sparse'} list"
    figure(f"lag of 100 ends within {over:.0f} s ({how}): {_figure(found)}")
