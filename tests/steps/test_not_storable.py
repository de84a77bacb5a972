"""What can't be stored gets an answer, and ends no watch."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.domain.cancellation import Step
from bot.domain.request_steps import RequestStep
from bot.engine import worker
from bot.steps.decision import Decision, Tools
from tests.simulation import BATCH, Simulation

BROKEN: list[dict[str, Any]] = [{"identifier": "U\ud800"}, {"attempts": 2**70}]


def _break(
    mocker: MockerFixture, step: Step | RequestStep, broken: dict[str, Any], times: int
) -> None:
    """Let a step come to something that fits into no column, so many times."""
    steps: dict[Any, Any] = dict(worker.STEPS) | dict(worker.REQUEST_STEPS)
    real, left = steps[step], [None] * times

    async def run(tools: Tools, row: Any) -> Decision[Any]:
        decision: Decision[Any] = await real(tools, row)
        if not left:
            return decision
        left.pop()
        return replace(decision, row=replace(decision.row, **broken))

    mocker.patch.dict(worker.STEPS if isinstance(step, Step) else worker.REQUEST_STEPS, {step: run})


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_question_that_can_not_be_stored(
    sim: Simulation, mocker: MockerFixture, broken: dict[str, Any]
) -> None:
    """The person hears so, once, and the row is closed."""
    _break(mocker, RequestStep.ASK, broken, times=9)
    await sim.slack.command(BATCH)
    await sim.pass_time(60)
    (told,) = sim.private()
    assert "can't be stored here, so nothing was asked and nothing was cancelled" in told
    assert await sim.stage() == "refused"


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    "step", [*Step, RequestStep.ANNOUNCE, RequestStep.REFRESH, RequestStep.REPORT]
)
async def test_a_step_that_can_not_be_stored(
    sim: Simulation, mocker: MockerFixture, step: Step | RequestStep, broken: dict[str, Any]
) -> None:
    """It is tried again, with its intent, and nothing is sent twice."""
    sim.respan.batches[BATCH].cancel_seconds = 30.0
    shown = await sim.ask()
    _break(mocker, step, broken, times=2)
    await sim.press(shown)
    await sim.pass_time(300)
    assert await sim.stage() == "reported"
    assert len(sim.respan.cancels) == 1
    assert len(sim.replies()) >= 1
