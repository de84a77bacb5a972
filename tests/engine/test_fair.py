"""Where there are too few calls for all, no watch waits much longer than another of its age."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from tests.simulation import Simulation

pytestmark = pytest.mark.seconds(8)


@pytest.fixture(params=[10, pytest.param(30, marks=pytest.mark.chaos)])
def budget(request: pytest.FixtureRequest) -> int:
    """Give the calls a minute; there are twice as many watches, and more."""
    calls: int = request.param
    return calls


@pytest.fixture
async def tight(database_url: str, budget: int) -> AsyncIterator[Simulation]:
    """Give a simulation with so many calls."""
    async with Simulation(database_url, respan_calls_per_minute=budget) as made:
        yield made


async def _watch(sim: Simulation, names: list[str]) -> None:
    """Let these be cancelled by a few people, whether there are calls to look them up or not."""
    for name in names:
        sim.respan.add_batch(name, cancel_seconds=1e9)
    for first in range(0, len(names), 20):
        user = f"U0MANY{first}"
        await sim.slack.command(" ".join(names[first : first + 20]), user)
        await sim.pass_time(20)
        await sim.press(next(e for e in sim.slack.workspace.private(user) if e.buttons))
    await sim.pass_time(300)


def _longest_waits(sim: Simulation, names: list[str], since: float) -> dict[str, float]:
    """Return the longest time between two looks at each batch, by a page or by itself."""
    looks: dict[str, list[float]] = {name: [] for name in names}
    for exchange in sim.respan.exchanges:
        if exchange.at < since or exchange.status != 200:
            continue
        if exchange.name == "retrieve":
            seen = {exchange.path.split("?")[0].rstrip("/").rsplit("/", 1)[-1]}
        else:
            seen = {b.id for b in sim.respan.batches.values()} - sim.respan.unlisted
        for name in seen & looks.keys():
            looks[name].append(exchange.at)
    return {name: max(b - a for a, b in pairwise(at)) for name, at in looks.items()}


@pytest.mark.parametrize("listed", [0.0, 0.9], ids=["none is listed", "some are not listed"])
async def test_nobody_waits_twice_as_long(tight: Simulation, budget: int, listed: float) -> None:
    """With twice as many looks to make as there are calls, and where a page has most of them."""
    sim = tight
    names = [f"batch_{n:02}" for n in range(2 * budget)]
    sim.respan.unlisted = set(names[round(listed * len(names)) :])
    await _watch(sim, names)
    since = sim.clock.time()
    await sim.pass_time(900)
    waits = _longest_waits(sim, names, since)
    assert max(waits.values()) <= 2 * min(waits.values()), waits
    calls = [e for e in sim.respan.exchanges if e.at >= since]
    assert len(calls) >= 15 * (budget - 2)


async def test_a_fresh_one_does_not_stand_in_line(tight: Simulation, budget: int) -> None:
    """Many old watches wait for minutes; one that has just begun is seen to end at once."""
    sim = tight
    old = [f"batch_{n:02}" for n in range(3 * budget + 9)]
    fresh = "batch_fresh"
    sim.respan.unlisted = {*old, fresh}
    await _watch(sim, old)
    await sim.pass_time(600)
    sim.respan.add_batch(fresh, cancel_seconds=1.0)
    await sim.slack.command(fresh, "U0FRESH")
    await sim.pass_time(20)
    await sim.press(next(e for e in sim.slack.workspace.private("U0FRESH") if e.buttons))
    await sim.pass_time(20)
    assert any(f"`{fresh}` is cancelled" in m.text for m in sim.replies())


async def test_people_come_first(tight: Simulation, budget: int) -> None:
    """Whoever asks reads the numbers, although the watches would take every call."""
    sim = tight
    old = [f"batch_{n:02}" for n in range(2 * budget)]
    sim.respan.unlisted = set(old)
    await _watch(sim, old)
    await sim.pass_time(300)
    for number in range(2 + budget // 15):
        sim.respan.add_batch(f"batch_new{number}", completed=77)
        await sim.slack.command(f"batch_new{number}", f"U0NEW{number}")
        await sim.pass_time(2)
        (shown,) = sim.slack.workspace.private(f"U0NEW{number}")
        assert "77 of 100" in shown.text
