"""What is finished is forgotten after its days; what isn't, never."""

import asyncio
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.engine import retention
from bot.engine.retention import prune, prune_audit, run_retention
from bot.errors import StoreUnavailable
from bot.store.audit import Which
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


async def test_the_audit_is_kept_for_longer(database_url: str, mocker: MockerFixture) -> None:
    """It goes by its own days, in small steps, and what is left is one chain."""
    mocker.patch.object(retention, "_AT_ONCE", 2)
    async with Simulation(database_url) as sim:
        stores = sim.crew[0].stores
        for number in range(3):
            sim.respan.add_batch(f"batch_{number}", status="completed")
            await sim.ask(f"batch_{number}")
        sim.clock.advance(100 * DAY)
        assert await prune(stores, 90) == 3
        assert await prune_audit(stores, 730) == 0
        await sim.slack.command(BATCH)
        sim.clock.advance(631 * DAY)
        assert await prune_audit(stores, 730) == 6
        (left,) = [columns async for columns in stores.audit.records(Which())]
        assert (left["seq"], left["event"]) == (7, "asked")


async def test_it_is_done_every_hour(tmp_path: Path, mocker: MockerFixture) -> None:
    """An outage of the database is no end of it."""
    tried = mocker.patch.object(
        retention, "prune", side_effect=[StoreUnavailable("away"), 0, 3, asyncio.CancelledError]
    )
    audited = mocker.patch.object(retention, "prune_audit", side_effect=[7, 0])
    slept = mocker.patch.object(asyncio, "sleep")
    logged = mocker.patch("bot.engine.retention.log.info")
    with pytest.raises(asyncio.CancelledError):
        await run_retention(mocker.Mock(), 90, 30)
    assert tried.call_count == 4
    assert [call.args for call in slept.call_args_list] == [(3600.0,)] * 3
    assert [call.kwargs for call in logged.call_args_list] == [
        {"records": 7},
        {"rows": 3, "older_than_days": 90},
    ]
    # The audit is never kept for less than what it is about.
    assert [call.args[1] for call in audited.call_args_list] == [90, 90]


async def test_whatever_fails_is_logged_once(mocker: MockerFixture) -> None:
    """An outage of any kind, however long, is one line, and no end of it."""
    errors = [ValueError("x"), StoreUnavailable("away"), KeyError("y"), 0, ValueError("z")]
    mocker.patch.object(retention, "prune", side_effect=[*errors, asyncio.CancelledError])
    mocker.patch.object(retention, "prune_audit", return_value=0)
    mocker.patch.object(asyncio, "sleep")
    logged = mocker.patch("bot.engine.retention.log.warning")
    with pytest.raises(asyncio.CancelledError):
        await run_retention(mocker.Mock(), 90, 730)
    assert [call.kwargs["error"] for call in logged.call_args_list] == ["x", "z"]
