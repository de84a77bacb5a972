"""Several bots on one PostgreSQL: what one leaves, another takes over."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.world import SandboxWorld
from tests.postgres import fresh_database, kept_server
from tests.promises.people import HISTORY, about, confirmed_states, effects, insist, query, until

WATCHES = 10


async def _cancel_many(world: SandboxWorld, batches: list[str], seconds: float = 20.0) -> None:
    for batch_id in batches:
        world.respan.add_batch(batch_id, cancel_seconds=seconds)
    gate = asyncio.Semaphore(5)

    async def one(batch_id: str) -> None:
        async with gate:
            await insist(world, batch_id)

    await asyncio.gather(*(one(batch_id) for batch_id in batches))


@pytest.mark.seconds(60)
@pytest.mark.parametrize("bots", [2, pytest.param(3, marks=pytest.mark.chaos)])
async def test_a_dead_process_is_taken_over(
    postgres: str, tmp_path: Path, bots: int, figure: Callable[[str], None]
) -> None:
    """One is killed for good in the middle of its calls: all its watches go on within 30 s."""
    batches = [f"batch_{number:02d}" for number in range(WATCHES)]
    with fresh_database(postgres) as url:
        world = SandboxWorld(tmp_path, database_url=url, bots=bots)
        world.slack.scopes |= HISTORY
        async with world:
            # Long enough for none to end before the kill, on a busy machine too.
            await _cancel_many(world, batches, seconds=45.0)
            for call in ("retrieve", "list"):
                world.respan.faults.add(call, "delay", times=None, seconds=3.0)
            owned = "SELECT owner, batch_id FROM cancellations WHERE owner IS NOT NULL"
            dead: list[tuple[str, str]] = []
            pid = world.bot.pid

            def is_busy() -> bool:
                dead[:] = [row for row in query(url, owned) if f"-{pid}-" in row[0]]
                return len(dead) >= 3

            await until(is_busy, 60, "three watches in the hands of the first bot")
            await world.bot.kill()
            dead[:] = [row for row in query(url, owned) if f"-{pid}-" in row[0]]
            killed_at = time.time()
            world.route_to_live_bot()
            world.respan.faults.clear()
            still = f"{owned} AND owner LIKE '%-{pid}-%'"
            await until(lambda: not query(url, still), 60, "the take-over")
            seconds = time.time() - killed_at
            await until(lambda: confirmed_states(url) == ["reported"] * WATCHES, 120, "all told")
        for batch_id in batches:
            messages, replies = about(world, batch_id)
            assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1)
    assert seconds <= 30
    figure(
        f"{bots} bots, one killed: its {len(dead)} calls taken over after {seconds:.1f} s at most"
    )


@pytest.mark.seconds(60)
async def test_postgresql_restarts_under_load(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The server is stopped and started again and again: nothing is lost, and /readyz tells it."""
    batches = [f"batch_{number:02d}" for number in range(WATCHES)]
    with kept_server() as server, fresh_database(server.start()) as url:
        world = SandboxWorld(tmp_path, database_url=url, bots=2)
        world.slack.scopes |= HISTORY
        async with world:
            asking = asyncio.create_task(_cancel_many(world, batches))
            restarts = 0
            while restarts < 4 or not asking.done():
                await asyncio.sleep(4.0)  # load goes on between two restarts
                await asyncio.to_thread(server.stop)
                assert await _readiness(world) == (503, "the database can't be reached")
                await asyncio.to_thread(server.start)
                restarts += 1
            await asking
            await until(
                lambda: confirmed_states(url) == ["reported"] * len(batches), 100, "all told"
            )
            assert await _readiness(world) == (200, None)
            assert all(bot.running for bot in world.bots)
        for batch_id in batches:
            messages, replies = about(world, batch_id)
            assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1)
    figure(f"PostgreSQL restarted {restarts} times under {len(batches)} cancellations: none lost")


async def _readiness(world: SandboxWorld) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(world.bot.url) as http,
        http.get("/readyz") as response,
    ):
        return response.status, (await response.json()).get("why")


@pytest.mark.seconds(10)
async def test_two_bots_share_one_sqlite_file(tmp_path: Path) -> None:
    """A second process at the file takes nothing from the first one."""
    world = SandboxWorld(tmp_path, bots=2)
    async with world:
        await _cancel_many(world, ["batch_a", "batch_b", "batch_c"], 4.0)
        for batch_id in ("batch_a", "batch_b", "batch_c"):
            await world.reply(batch_id, 60)
            messages, replies = about(world, batch_id)
            assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1)
