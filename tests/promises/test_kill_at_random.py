"""kill -9 at seeded random times, during the start too."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bot.sandbox.world import SandboxWorld
from tests.postgres import fresh_database
from tests.promises.people import (
    HISTORY,
    about,
    confirmed_states,
    effects,
    insist,
    is_final,
    until,
)
from tests.promises.pickers import pick

BATCH = "batch_abc123"
FEW, MANY = 4, 100
"""Kills: a few in `make test`, on each database twice as many as MANY in `make chaos`."""


async def kill_now_and_then(folder: Path, url: str, seed: int) -> int:
    """Play one cancellation, killing the bot once and perhaps again during its start.

    Every other person has the id, the others pick it from the list.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)  # noqa: S311 - the same seed is to give the same kills
    world = SandboxWorld(folder, database_url=url)
    world.slack.scopes |= HISTORY
    world.respan.add_batch(BATCH)
    async with world:
        picks = seed % 2 == 1
        asking = asyncio.create_task(pick(world, (BATCH,)) if picks else insist(world, BATCH))
        await asyncio.sleep(random.uniform(0.0, 5.0))
        kills = 1
        await world.bot.kill()
        while random.random() < 0.5:
            await world.bot.launch()
            await asyncio.sleep(random.uniform(0.0, 1.5))
            await world.bot.kill()
            kills += 1
        await world.bot.start()
        await asking
        await until(lambda: "reported" in confirmed_states(url), 90, f"told, seed {seed}")
        messages, replies = about(world, BATCH)
        assert effects(world, BATCH) == 1, seed
        assert len(messages) == 1, seed
        assert len(replies) == 1, seed
        assert is_final(messages[0]), seed
        return kills


async def _many(folder: Path, server: str | None, seeds: range) -> int:
    gate = asyncio.Semaphore(4 if server is None else 8)

    async def one(seed: int) -> int:
        async with gate:
            if server is None:
                file = folder / str(seed) / "bot.db"
                return await kill_now_and_then(folder / str(seed), f"sqlite:///{file}", seed)
            with fresh_database(server) as url:
                return await kill_now_and_then(folder / str(seed), url, seed)

    return sum(await asyncio.gather(*(one(seed) for seed in seeds)))


@pytest.mark.seconds(15)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_few_kills(
    kind: str, postgres: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Whenever it dies and however often: one cancel, one message, one reply."""
    kills = await _many(tmp_path, None if kind == "sqlite" else postgres, range(FEW))
    figure(f"random kills on {kind}: {kills} in {FEW} cancellations, none lost, none twice")


@pytest.mark.chaos
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_many_kills(
    kind: str, postgres: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The same, a hundred times on each database."""
    seeds = range(1000, 1000 + MANY)
    kills = await _many(tmp_path, None if kind == "sqlite" else postgres, seeds)
    figure(f"random kills on {kind}: {kills} in {MANY} cancellations, none lost, none twice")
