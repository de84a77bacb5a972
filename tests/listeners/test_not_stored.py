"""An interaction that can't be stored is acknowledged, and whoever made it hears so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.errors import StoreUnavailable
from bot.store.answers import Answers
from bot.store.requests import Requests
from bot.views.private import not_recorded
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


async def test_the_acknowledgement_waits_for_no_apology(
    sim: Simulation, mocker: MockerFixture
) -> None:
    """Slack may take its time for it."""
    handler, go_on = sim.crew[0].work.handler, asyncio.Event()

    async def late(*_: object, **__: object) -> None:
        await go_on.wait()

    mocker.patch.object(Requests, "ask", side_effect=StoreUnavailable("away"))
    said = mocker.patch.object(handler.slack, "answer", side_effect=late)
    delivery = await sim.slack.command(BATCH)
    assert (delivery.acked, len(handler.in_flight), said.call_count) == (True, 1, 1)
    go_on.set()
    await asyncio.gather(*handler.in_flight)


async def test_an_acknowledgement_that_fails(sim: Simulation) -> None:
    """Bolt hears of it, and answers in its own way."""

    async def ack() -> None:
        raise RuntimeError("no way back")

    async def work() -> str:
        return "asked"

    with pytest.raises(RuntimeError, match="no way back"):
        await sim.crew[0].work.handler.handle(ack, work(), "command", "", not_recorded())
