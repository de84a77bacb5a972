"""Whoever follows is told once, whenever they come and whoever dies meanwhile."""

from functools import partial
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Ephemeral
from tests.promises.test_kill_in_an_emergency import MOMENTS, at_each_call, die
from tests.simulation import BATCH, Simulation
from tests.steps.test_follow import TELL


def _offers(sim: Simulation) -> list[Ephemeral]:
    """Return the messages with the button, on whichever process they came."""
    shown = sim.slack.workspace.private("U0BEN")
    return [e for e in shown if any(b["action_id"] == TELL for b in e.buttons)]


async def followed(sim: Simulation) -> None:
    """Ana cancels, Ben follows: one cancel call, one message, one reply, one mention."""
    sim.respan.batches[BATCH].cancel_seconds = 100
    await sim.slack.command(BATCH)
    await sim.pass_time(60)
    await sim.press(next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons))
    await sim.pass_time(60)
    await sim.slack.command(BATCH, "U0BEN")
    await sim.pass_time(60)
    for shown in _offers(sim)[:1]:
        await sim.press(shown, TELL)
    await sim.pass_time(400)
    said = "".join(text for e in sim.slack.workspace.private("U0BEN") for text in e.history)
    assert (await sim.requests())[0].state == "reported"
    (reply,) = sim.replies()
    is_told = "You will be mentioned" in said + "".join(sim.private("U0BEN"))
    assert reply.text.count("<@U0BEN>") == is_told
    assert is_told or "was cancelled" in said + "".join(sim.private("U0BEN"))


@pytest.mark.seconds(10)
async def test_death_at_some_calls(database_url: str) -> None:
    """Each database takes every other of some calls; the long form takes all."""
    first = 1 if database_url.startswith("sqlite") else 2
    hits = [await die(database_url, followed, k, MOMENTS[k % 2]) for k in range(first, 16, 2)]
    assert "" not in hits[:5]


@pytest.mark.chaos
async def test_death_at_every_call(database_url: str) -> None:
    """The same for each call and both moments."""
    assert await at_each_call(partial(die, database_url, followed), MOMENTS)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_follower_who_comes_during_the_report(database_url: str, moment: str) -> None:
    """At every call of it: mentioned, or told at once that it is over; one of the two."""
    told = set()
    for k in range(1, 5):
        mentions, answer = await _arrive(f"{database_url}", k, moment)
        is_promised = answer.startswith("You will be mentioned")
        assert mentions == is_promised, (k, answer)
        assert is_promised or answer.startswith("`batch_abc123` was cancelled")
        told.add(is_promised)
    assert told == {True, False}


async def _arrive(database_url: str, k: int, moment: str) -> tuple[int, str]:
    """Let Ben press the button at the k-th call after the batch has ended.

    Return how often the reply mentions him, and what he read.
    """
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=100)
        await sim.confirm()
        await sim.pass_time(5)
        shown = await sim.ask(user="U0BEN")
        left = [k]

        async def strike(_exchange: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                await sim.slack.click(shown, TELL)

        await sim.pass_time(93)
        for server in (sim.slack, sim.respan):
            setattr(server, moment, strike)
        await sim.pass_time(100)
        for server in (sim.slack, sim.respan):
            setattr(server, moment, None)
        if left[0] > 0:
            await sim.slack.click(shown, TELL)
        await sim.pass_time(100)
        (reply,) = sim.replies()
        return reply.text.count("<@U0BEN>"), shown.text
