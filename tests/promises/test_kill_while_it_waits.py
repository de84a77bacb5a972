"""Death at every outbound call of an approval: while it is asked for, waits, is given, is closed.

The time is moved and the process is this one, as in an emergency: a bot dies by being cut off at
the call, and another one takes over when its leases have run out.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.views.approval import APPROVE_ACTION, DISAPPROVE_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from tests.promises.people import HISTORY
from tests.promises.test_kill_in_an_emergency import MOMENTS, Flow, Mortal, at_each_call, play
from tests.simulation import BATCH, Simulation

OVER, VALID = 50, 3600


async def _waits(sim: Simulation, channel: str = "C0BATCHES") -> Ephemeral:
    """Ask for approval; whoever died over it, the channel is asked once."""
    await sim.slack.command(BATCH, channel=channel)
    await sim.pass_time(60)
    shown = next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons)
    await sim.press(shown)
    await sim.pass_time(200)
    return shown


def _message(sim: Simulation) -> SandboxMessage:
    (message,) = [m for m in sim.parents() if m.channel == "C0BATCHES"]
    return message


async def _press(sim: Simulation, action: str, user: str = "U0BEN") -> None:
    await sim.press(_message(sim), action, user=user)
    await sim.pass_time(600)


def _ended(sim: Simulation, *, cancels: int) -> None:
    """Check what holds of every end: sent or not, told once, and no button is left."""
    assert len(sim.respan.cancels) == cancels
    assert _message(sim).buttons == []
    assert len(sim.replies()) == 1


async def approved(sim: Simulation) -> None:
    """Agree as a second person: it is sent once, and told once."""
    await _waits(sim)
    await _press(sim, APPROVE_ACTION)
    assert await sim.stage() == "reported"
    _ended(sim, cancels=1)
    assert (await sim.request()).own[0].approved_by == "U0BEN"
    assert any("Approved: Respan is being asked" in text for text in sim.private("U0BEN"))


async def declined(sim: Simulation) -> None:
    """Decline as a second person: that is said once, and nothing is sent."""
    await _waits(sim)
    await _press(sim, DISAPPROVE_ACTION)
    assert await sim.stage() == "declined"
    _ended(sim, cancels=0)
    assert any(text.startswith("Declined:") for text in sim.private("U0BEN"))


async def withdrawn(sim: Simulation) -> None:
    """Who asked takes it back."""
    shown = await _waits(sim)
    await sim.press(shown, WITHDRAW_ACTION, value=(await sim.request()).id)
    await sim.pass_time(600)
    assert await sim.stage() == "withdrawn"
    _ended(sim, cancels=0)
    assert shown.text.startswith("Withdrawn: nothing was sent")


async def ran_out(sim: Simulation) -> None:
    """Nobody answers: the thread hears it once, and a late click does nothing."""
    await _waits(sim)
    value = _message(sim).buttons[0]["value"]
    await sim.pass_time(VALID)
    assert await sim.stage() == "expired"
    _ended(sim, cancels=0)
    await sim.press(_message(sim), APPROVE_ACTION, user="U0BEN", value=value)
    await sim.pass_time(60)
    _ended(sim, cancels=0)


async def changed(sim: Simulation) -> None:
    """Much has run by the approval: it is asked for once more, and then sent once."""
    await _waits(sim)
    sim.respan.batches[BATCH].completed += 20
    await _press(sim, APPROVE_ACTION)
    assert sim.respan.cancels == []
    assert "43 of 100 requests done" in _message(sim).text
    await _press(sim, APPROVE_ACTION)
    assert await sim.stage() == "reported"
    _ended(sim, cancels=1)


async def final_by_then(sim: Simulation) -> None:
    """Agree to what is over by then: the thread hears that nothing was sent."""
    await _waits(sim)
    sim.respan.batches[BATCH].status = "completed"
    await _press(sim, APPROVE_ACTION)
    assert await sim.stage() == "refused"
    _ended(sim, cancels=0)


async def not_invited(sim: Simulation) -> None:
    """Ask where the bot can't post: who asked hears so, and nothing waits."""
    shown = await _waits(sim, "C0PRIVATE")
    assert await sim.stage() == "refused"
    told = [shown.text, *(m.text for m in sim.slack.workspace.messages)]
    assert any("Type `/invite`" in text for text in told)
    assert sim.respan.cancels == []


FLOWS: list[Flow] = [
    approved,
    declined,
    withdrawn,
    ran_out,
    changed,
    final_by_then,
    not_invited,
]
LEAST: dict[Flow, int] = {
    approved: 12,
    declined: 9,
    withdrawn: 8,
    ran_out: 8,
    changed: 16,
    final_by_then: 10,
    not_invited: 5,
}
"""Calls that each flow has at least."""


async def _die(database_url: str, flow: Flow, k: int, moment: str) -> str:
    """Play a flow with a death at its k-th call; return the call's name, "" where there is none."""
    more: dict[str, Any] = {"scopes": tuple(HISTORY), "approval_over_requests": OVER}
    async with Mortal(database_url, **more) as sim:
        sim.left, sim.moment = k, moment
        await play(sim, flow)
        return sim.hit


@pytest.mark.seconds(20)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_some_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: one decision, one message, one reply, and everybody hears of it.

    Each database takes every third call; the long form takes all.
    """
    first = 1 if database_url.startswith("sqlite") else 2
    ks = range(first, LEAST[flow], 3)
    hits = [await _die(database_url, flow, k, MOMENTS[k % 2]) for k in ks]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(_die, database_url, flow), MOMENTS)
    figure(f"deaths over an approval, {flow.__name__}: {len(hits)}, all ended well")
