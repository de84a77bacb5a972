"""What is finished is forgotten after its days; what isn't, never."""

import asyncio
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.engine import retention
from bot.engine.retention import prune, run_retention
from bot.errors import StoreUnavailable
from tests.simulation import BATCH, Simulation

DAY = 86400


async def test_only_old_and_finished_rows_go(database_url: str, mocker: MockerFixture) -> None:
    """After 90 days, not before; an unfinished one stays however old it is."""
    mocker.patch.object(retention, "_AT_ONCE", 2)
    async with Simulation(database_url) as sim:
        for number in range(5):
            sim.respan.add_batch(f"batch_{number}", status="completed")
            await sim.ask(f"batch_{number}")
        sim.clock.advance(89 * DAY)
        await sim.slack.command(BATCH)  # asked, and never worked on
        stores = sim.crew[0].stores
        assert await prune(stores, 90) == 0
        sim.clock.advance(2 * DAY)
        assert await prune(stores, 90) == 5
        sim.clock.advance(500 * DAY)
        assert await prune(stores, 90) == 0
        assert len(await sim.requests()) == 1


async def test_it_is_done_every_hour(tmp_path: Path, mocker: MockerFixture) -> None:
    """An outage of the database is no end of it."""
    tried = mocker.patch.object(
        retention, "prune", side_effect=[StoreUnavailable("away"), 3, asyncio.CancelledError]
    )
    slept = mocker.patch.object(asyncio, "sleep")
    logged = mocker.patch("bot.engine.retention.log.info")
    with pytest.raises(asyncio.CancelledError):
        await run_retention(mocker.Mock(), 90)
    assert tried.call_count == 3
    assert [call.args for call in slept.call_args_list] == [(3600.0,), (3600.0,)]
    assert logged.call_args.kwargs == {"rows": 3, "older_than_days": 90}


async def test_whatever_fails_is_logged_once(mocker: MockerFixture) -> None:
    """An outage of any kind, however long, is one line, and no end of it."""
    errors = [ValueError("x"), StoreUnavailable("away"), KeyError("y"), 0, ValueError("z")]
    mocker.patch.object(retention, "prune", side_effect=[*errors, asyncio.CancelledError])
    mocker.patch.object(asyncio, "sleep")
    logged = mocker.patch("bot.engine.retention.log.warning")
    with pytest.raises(asyncio.CancelledError):
        await run_retention(mocker.Mock(), 90)
    assert [call.kwargs["error"] for call in logged.call_args_list] == ["x", "z"]
