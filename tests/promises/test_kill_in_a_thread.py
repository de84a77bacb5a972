"""Death at every outbound call of what was asked for from a message, and stands in its thread."""

from collections.abc import Callable
from functools import partial

import pytest

from bot.sandbox.slack.workspace import BOT_USER, SandboxMessage
from tests.promises.test_kill_in_an_emergency import MOMENTS, Flow, at_each_call, die
from tests.simulation import BATCH, Simulation


async def _cancelled_from(sim: Simulation) -> SandboxMessage:
    """Confirm what the shortcut on an alert asks about; return the alert."""
    sim.respan.batches[BATCH].cancel_seconds = 20.0
    on = sim.slack.workspace.alert(f"[FIRING] {BATCH}", "C0BATCHES")
    await sim.shortcut(on)
    await sim.pass_time(60)
    # Who died over the answer gives it twice: either has the same buttons.
    await sim.press(next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons))
    return on


async def in_the_thread(sim: Simulation) -> None:
    """One announcement and one reply, both below the alert."""
    on = await _cancelled_from(sim)
    await sim.pass_time(300)
    assert await sim.stage() == "reported"
    announcement, reply = _own(sim)
    assert [announcement.thread_ts, reply.thread_ts] == [on.ts, on.ts]
    assert [announcement.edits > 0, "Receipt" in reply.text] == [True, True]
    assert len([cancel for cancel in sim.respan.cancels if cancel.began]) == 1


async def refused_there(sim: Simulation) -> None:
    """One announcement in the channel and one reply below it, where the alert is gone."""
    on = await _cancelled_from(sim)
    sim.slack.workspace.messages.remove(on)
    await sim.pass_time(300)
    assert await sim.stage() == "reported"
    announcement, reply = _own(sim)
    assert [announcement.thread_ts, reply.thread_ts] == [None, announcement.ts]
    assert [announcement.channel, "Receipt" in reply.text] == ["C0BATCHES", True]


def _own(sim: Simulation) -> list[SandboxMessage]:
    return [m for m in sim.slack.workspace.messages if m.user == BOT_USER]


FLOWS = [in_the_thread, refused_there]


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_the_first_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: nothing is twice, and everything is in its place.

    Each database takes every other call.
    """
    first = 1 if database_url.startswith("sqlite") else 2
    hits = [await die(database_url, flow, k, MOMENTS[k // 2 % 2]) for k in range(first, 12, 2)]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(die, database_url, flow), MOMENTS)
    assert "chat.postMessage" in hits
    figure(f"deaths in the thread of a message, {flow.__name__}: {len(hits)}, all ended well")
