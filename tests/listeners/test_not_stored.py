"""An interaction that can't be stored is acknowledged, and whoever made it hears so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.errors import StoreUnavailable
from bot.store.answers import Answers
from bot.store.requests import Requests
from tests.simulation import BATCH, Simulation

FAILURES = [StoreUnavailable("away"), RuntimeError("a defect")]


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize(
    ("text", "owner", "method"),
    [(BATCH, Requests, "ask"), ("help", Answers, "put_once")],
)
async def test_a_command(
    sim: Simulation,
    mocker: MockerFixture,
    failure: Exception,
    text: str,
    owner: type,
    method: str,
) -> None:
    """Be it for the database or for a defect of ours: one answer, which says what to do."""
    broken = mocker.patch.object(owner, method, side_effect=failure)
    delivery = await sim.slack.command(text)
    await sim.pass_time(60)
    assert delivery.status == 200
    (said,) = sim.private()
    assert "could not write your command to its database, so nothing was cancelled" in said
    mocker.stop(broken)
    assert (await sim.ask()).buttons


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
async def test_a_click(sim: Simulation, mocker: MockerFixture, failure: Exception) -> None:
    """The buttons stay, nothing is cancelled, and the same button works a minute later."""
    shown = await sim.ask()
    broken = mocker.patch.object(Requests, "click_on_token", side_effect=failure)
    delivery = await sim.press(shown)
    await sim.pass_time(60)
    assert delivery.status == 200
    assert "could not write your click to its database" in sim.private()[-1]
    assert shown.buttons
    assert sim.respan.cancels == []
    mocker.stop(broken)
    await sim.press(shown)
    await sim.pass_time(60)
    assert len(sim.respan.cancels) == 1
