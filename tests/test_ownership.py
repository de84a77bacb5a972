"""A database belongs to one workspace and one Respan account."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.clients.respan import RespanClient
from bot.errors import RespanUnavailable, SettingsError
from bot.ownership import must_be_its_account, must_be_its_own
from bot.store.facts import RESPAN_KEY, TEAM
from tests.simulation import BATCH, Simulation


async def _start(sim: Simulation, key: str) -> None:
    """Compare the account as a start with that key does."""
    sim.respan.api_key = key
    async with RespanClient(sim.respan.base_url, key, sim.clock) as respan:
        await must_be_its_account(sim.crew[0].stores, respan, key)


async def test_another_workspace(database_url: str) -> None:
    """The second workspace's bot does not start on the first one's database."""
    async with Simulation(database_url) as sim:
        (first,) = sim.crew
        slack: Any = first.work.handler.slack
        await must_be_its_own(first.stores, slack)
        await must_be_its_own(first.stores, slack)
        assert await first.stores.facts.get(TEAM) == slack.team_id
        slack.team_id = "T0OTHER"
        with pytest.raises(SettingsError, match="belongs to the workspace T0SANDBOX") as raised:
            await must_be_its_own(first.stores, slack)
        assert "T0OTHER" in str(raised.value)
        assert "a database of its own" in str(raised.value)


async def test_an_older_database(database_url: str) -> None:
    """Its rows say whose it is, before anybody has started on it with this version."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.ask()
        (first,) = sim.crew
        slack: Any = first.work.handler.slack
        own, slack.team_id = slack.team_id, "T0OTHER"
        with pytest.raises(SettingsError, match=f"belongs to the workspace {own}"):
            await must_be_its_own(first.stores, slack)
        slack.team_id = own
        await must_be_its_own(first.stores, slack)


async def test_an_organization(database_url: str) -> None:
    """It owns its database whatever workspaces its people are in."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.ask()
        (first,) = sim.crew
        slack: Any = first.work.handler.slack
        slack.team_id, slack.enterprise_id, slack.is_org_wide = "", "E0ONE", True
        await must_be_its_own(first.stores, slack)
        slack.enterprise_id = "E0OTHER"
        with pytest.raises(SettingsError, match="belongs to the workspace E0ONE"):
            await must_be_its_own(first.stores, slack)


async def test_a_rotated_key(database_url: str) -> None:
    """A new key that reads one of the known batches is one of the same account, and is kept."""
    async with Simulation(database_url) as sim:
        for batch_id in ("batch_gone", BATCH):
            sim.respan.add_batch(batch_id)
            await sim.ask(batch_id)
        await _start(sim, "old-key")
        before = await sim.crew[0].stores.facts.get(RESPAN_KEY)
        del sim.respan.batches["batch_gone"]
        await _start(sim, "new-key")
        after = await sim.crew[0].stores.facts.get(RESPAN_KEY)
        assert before
        assert after
        assert before != after
        assert "key" not in before + after
        calls = len(sim.respan.exchanges)
        await _start(sim, "new-key")
        assert len(sim.respan.exchanges) == calls


async def test_another_account(database_url: str) -> None:
    """A key that can read none of them ends the start, and nothing is changed."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.confirm()
        await _start(sim, "old-key")
        before = await sim.crew[0].stores.facts.get(RESPAN_KEY)
        sim.respan.batches.clear()
        for _ in range(2):
            with pytest.raises(SettingsError, match="RESPAN_API_KEY can read none of the last"):
                await _start(sim, "others-key")
        assert await sim.crew[0].stores.facts.get(RESPAN_KEY) == before
        assert await sim.stage() == "confirmed"


async def test_nothing_to_compare_with(database_url: str) -> None:
    """Where no batch was ever read, a new key is as good as the first."""
    async with Simulation(database_url) as sim:
        await _start(sim, "old-key")
        await _start(sim, "new-key")
        await _start(sim, "new-key")
        assert sim.respan.exchanges == []


@pytest.mark.parametrize("code", [401, 403])
async def test_a_key_that_respan_refuses(database_url: str, code: int) -> None:
    """It can do no harm: the bot starts, the log says so, and the old one stays the known one."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.ask()
        await _start(sim, "old-key")
        before = await sim.crew[0].stores.facts.get(RESPAN_KEY)
        sim.respan.faults.add("retrieve", "status", times=None, code=code, body={"detail": "no"})
        with capture_logs() as logs:
            await _start(sim, "new-key")
        said = [line["event"] for line in logs if line["log_level"] == "warning"]
        assert said == ["the new Respan key could not be compared"]
        assert await sim.crew[0].stores.facts.get(RESPAN_KEY) == before


async def test_respan_is_away(database_url: str) -> None:
    """The start waits: whose key it is can't be known."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.ask()
        await _start(sim, "old-key")
        sim.respan.faults.add("retrieve", "status", times=None, code=503)
        with pytest.raises(RespanUnavailable):
            await _start(sim, "new-key")
