"""Death at every outbound call of a request about five batches, some of which others cancel.

The time is moved here, and a bot dies by being cut off at the call; `test_kill_at_every_call.py`
kills the process itself.
"""

from collections.abc import Callable
from functools import partial

import pytest

from bot.domain.cancellation import State
from tests.promises.test_kill_in_an_emergency import MOMENTS, Flow, at_each_call, die
from tests.simulation import Simulation

FIVE = [f"batch_{name}" for name in ("aaa", "bbb", "ccc", "ddd", "eee")]


def _add(sim: Simulation) -> None:
    for batch_id in FIVE:
        sim.respan.add_batch(batch_id, cancel_seconds=20.0)


def _effects(sim: Simulation) -> list[str]:
    """Return the batches of the cancel calls that had an effect.

    A call that was cut off may arrive after the batch was looked at, and so after a second one.
    """
    return sorted(cancel.batch_id for cancel in sim.respan.cancels if cancel.began)


async def five(sim: Simulation) -> None:
    """One question, one announcement, one reply; one of them ends otherwise, one is unknown."""
    _add(sim)
    sim.respan.batches[FIVE[1]].ends_as = "completed"
    await sim.slack.command(" ".join([*FIVE, "batch_unknown"]))
    await sim.pass_time(60)
    # Who died over the answer gives it twice: either has the same buttons.
    await sim.press(next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons))
    await sim.pass_time(400)
    assert _effects(sim) == FIVE
    assert (await sim.request()).state == "reported"
    states = {c.batch_id: c.state for c in (await sim.request()).cancellations}
    # Who died over its cancel call finds it over, and can't tell that from "too late".
    assert states.pop(FIVE[1]) in {State.ENDED, State.REFUSED}
    assert set(states.values()) == {State.ENDED}
    assert len(sim.parents()) == 1
    (reply,) = sim.replies()
    assert "4 of 5 batches are cancelled." in reply.text


async def joined(sim: Simulation) -> None:
    """Somebody else cancels two of the five: they are joined, and both people read the end."""
    _add(sim)
    await sim.slack.command(" ".join(FIVE))
    await sim.slack.command(" ".join(FIVE[3:]), user="U0BEN")
    await sim.pass_time(60)
    shown = {e.user: e for e in sim.slack.workspace.ephemerals if e.buttons}
    await sim.press(shown["U0BEN"])
    await sim.press(shown["U0ANA"])
    await sim.pass_time(400)
    assert _effects(sim) == FIVE
    by = {cancel.batch_id: cancel.identifier for cancel in sim.respan.cancels}
    assert by == dict.fromkeys(FIVE[:3], "U0ANA") | dict.fromkeys(FIVE[3:], "U0BEN")
    assert [r.state for r in await sim.requests()] == ["reported", "reported"]
    assert len(sim.parents()) == len(sim.replies()) == 2
    texts = sorted(reply.text for reply in sim.replies())
    assert ["All 5 batches" in texts[0], "All 2 batches" in texts[1]] == [True, True]


async def pushed(sim: Simulation, *, is_full: bool = False) -> None:
    """OpenAI says of each that it has ended, of one too early; what it says is kept by no process.

    Whoever dies over the look leaves the watch due.
    """
    _add(sim)
    sim.respan.list_is_full = is_full
    for batch_id in FIVE:
        sim.respan.batches[batch_id].cancel_seconds = 100.0
    await sim.slack.command(" ".join(FIVE))
    await sim.pass_time(60)
    await sim.press(next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons))
    await sim.pass_time(40)
    assert await sim.push(FIVE[0]) == 200
    await sim.pass_time(100)
    for batch_id in FIVE:
        assert await sim.push(batch_id) == 200
    await sim.pass_time(200)
    assert _effects(sim) == FIVE
    assert (await sim.request()).state == "reported"
    assert len(sim.parents()) == 1
    (reply,) = sim.replies()
    assert "All 5 batches are cancelled." in reply.text


async def pushed_and_listed(sim: Simulation) -> None:
    """Do the same where a page of the list says all."""
    await pushed(sim, is_full=True)


FLOWS = [five, joined, pushed, pushed_and_listed]


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_some_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: one cancel effect a batch, one announcement, one reply.

    Each database takes every other of some calls; the long form takes all.
    """
    first = 1 if database_url.startswith("sqlite") else 3
    hits = [await die(database_url, flow, k, MOMENTS[k // 2 % 2]) for k in range(first, 26, 4)]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(die, database_url, flow), MOMENTS)
    figure(f"deaths over five batches, {flow.__name__}: {len(hits)}, all ended well")
