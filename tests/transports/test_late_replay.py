"""A request that was good is good for five minutes."""

import time
from pathlib import Path

from pytest_mock import MockerFixture

from tests.simulation import BATCH, Simulation


async def test_a_command_is_turned_away_after_five_minutes(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    """Until then a replay is acknowledged and has no effect; from then on it is a 401."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as sim:
        sim.respan.add_batch(BATCH)
        command = await sim.slack.command(BATCH)
        await sim.pass_time()
        rows, calls = await sim.requests(), len(sim.slack.exchanges)
        statuses = []
        for seconds in (290, 310):
            mocker.patch("bot.transports.guards.time", return_value=time.time() + seconds)
            statuses.append((await sim.slack.post_raw(command.body.encode(), command.headers))[0])
            await sim.pass_time()
        assert statuses == [200, 401]
        assert await sim.requests() == rows
        assert len(sim.slack.exchanges) == calls
