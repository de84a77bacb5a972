"""A workspace in which a second person must agree to the example batch."""

from typing import Any

from bot.domain.approval import value_of
from bot.sandbox.slack.workspace import Ephemeral, Person, SandboxMessage
from bot.views.approval import APPROVE_ACTION, DISAPPROVE_ACTION
from tests.simulation import BATCH, Simulation

OVER: dict[str, Any] = {"approval_over_requests": 50}
"""The example batch has 76 requests that have not run."""

VALID = 3600.0
"""Seconds for which a request waits, if nothing else is set."""


def prepared(sim: Simulation) -> Simulation:
    """Return the simulation with the example batch and a fourth person, who is a full member."""
    sim.respan.add_batch(BATCH)
    sim.slack.workspace.people["U0DAN"] = Person("U0DAN", "dan", "Dan Ito", "dan@example.com")
    return sim


async def ask_approval(sim: Simulation, typed: str = BATCH) -> Ephemeral:
    """Type the command and press Ask for approval; return the private message."""
    shown = await sim.ask(typed)
    assert "if approved”" in shown.text
    await sim.press(shown)
    await sim.pass_time()
    return shown


def question(sim: Simulation) -> SandboxMessage:
    """Return the message that asks the channel."""
    (message,) = [m for m in sim.parents() if not m.channel.startswith("D")]
    return message


async def approve(sim: Simulation, user: str = "U0BEN", **more: Any) -> None:
    """Press Approve, and let everything be done that follows at once."""
    await click(sim, APPROVE_ACTION, user, **more)


async def decline(sim: Simulation, user: str = "U0BEN", **more: Any) -> None:
    """Press Decline in the same way."""
    await click(sim, DISAPPROVE_ACTION, user, **more)


async def click(sim: Simulation, action: str, user: str, **more: Any) -> None:
    """Press a button of the message in the channel, perhaps one that is gone by now."""
    on = more.pop("on", None) or question(sim)
    more.setdefault("value", value_of(await sim.request()))
    await sim.press(on, action, user=user, **more)
    await sim.pass_time()
