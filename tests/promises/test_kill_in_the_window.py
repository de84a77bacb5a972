"""Death at every outbound call around an undo window: it is a deadline on the row.

The time is moved and the process is this one, as in an emergency: a bot dies by being cut off at
the call, and another one takes over when its leases have run out.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Ephemeral
from bot.views.undo import NOW_ACTION, UNDO_ACTION
from tests.promises.people import HISTORY
from tests.promises.test_kill_in_an_emergency import MOMENTS, Flow, Mortal, at_each_call, play
from tests.simulation import BATCH, Simulation

WINDOW = 300
"""Seconds: longer than a lease, so that another bot takes over while it lasts."""


async def _confirmed(sim: Simulation) -> Ephemeral:
    await sim.slack.command(BATCH)
    await sim.pass_time(60)
    shown = next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons)
    await sim.press(shown)
    await sim.pass_time(60)
    assert "Choose Undo" in shown.text
    return shown


async def _once(sim: Simulation, shown: Ephemeral) -> None:
    """Check that it was sent once and told once."""
    assert len(sim.respan.cancels) == 1
    assert "Respan accepted" in "".join([shown.text, *shown.history])
    assert await sim.stage() == "reported"
    assert len(sim.parents()) == len(sim.replies()) == 1


async def at_the_deadline(sim: Simulation) -> None:
    """Nobody presses anything: it is sent when the window ends, and not before."""
    shown = await _confirmed(sim)
    await sim.pass_time(WINDOW - 150)
    assert sim.respan.cancels == []
    await sim.pass_time(600)
    await _once(sim, shown)


async def hurried(sim: Simulation) -> None:
    """Cancel now counts, whoever dies over what follows."""
    shown = await _confirmed(sim)
    await sim.press(shown, NOW_ACTION)
    await sim.pass_time(WINDOW - 150)
    assert len(sim.respan.cancels) == 1
    await sim.pass_time(600)
    await _once(sim, shown)


async def taken_back(sim: Simulation) -> None:
    """Undo counts, and is answered."""
    shown = await _confirmed(sim)
    await sim.press(shown, UNDO_ACTION)
    await sim.pass_time(600)
    assert shown.text.startswith("Undone: nothing was sent to Respan")
    assert sim.respan.cancels == []
    assert sim.slack.workspace.messages == []
    assert await sim.stage() == "withdrawn"


async def too_late(sim: Simulation) -> None:
    """Press Undo after the window: that is said, and the cancellation goes on."""
    shown = await _confirmed(sim)
    row = shown.buttons[0]["value"]
    await sim.pass_time(WINDOW)
    assert len(sim.respan.cancels) == 1
    await sim.press(shown, UNDO_ACTION, value=row)
    await sim.pass_time(600)
    assert any("too late to undo" in text for text in [*sim.private(), *shown.history])
    await _once(sim, shown)


FLOWS: list[Flow] = [at_the_deadline, hurried, taken_back, too_late]
LEAST: dict[Flow, int] = {at_the_deadline: 9, hurried: 9, taken_back: 5, too_late: 10}
"""Calls that each flow has at least."""


async def _die(database_url: str, flow: Flow, k: int, moment: str) -> str:
    """Play a flow with a death at its k-th call; return the call's name, "" where there is none."""
    more: dict[str, Any] = {"scopes": tuple(HISTORY), "undo_seconds": WINDOW}
    async with Mortal(database_url, **more) as sim:
        sim.left, sim.moment = k, moment
        await play(sim, flow)
        return sim.hit


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_the_first_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: what was to happen happens once, and everybody hears of it.

    Each database takes every other call.
    """
    first = 1 if database_url.startswith("sqlite") else 2
    ks = range(first, LEAST[flow], 2)
    hits = [await _die(database_url, flow, k, MOMENTS[k // 2 % 2]) for k in ks]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(_die, database_url, flow), MOMENTS)
    figure(f"deaths in an undo window, {flow.__name__}: {len(hits)}, all ended well")
