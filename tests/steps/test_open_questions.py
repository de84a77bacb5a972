"""A person has five open questions at most, and one about the same batch."""

import asyncio

from bot.domain.schedule import MOST_OPEN_QUESTIONS
from tests.simulation import BATCH, DECLINE, Simulation


def _batches(sim: Simulation, number: int) -> list[str]:
    names = [f"batch_{n}" for n in range(number)]
    for name in names:
        sim.respan.add_batch(name)
    return names


async def test_the_same_batch_brings_the_same_question(sim: Simulation) -> None:
    """With the same buttons, in the answer to the new command; one click answers both."""
    first = await sim.ask()
    sim.clock.advance(60)
    second = await sim.ask()
    assert second.buttons == first.buttons
    assert second.text == first.text
    assert len(await sim.requests()) == 1
    assert sum(e.name == "retrieve" for e in sim.respan.exchanges) == 1
    await sim.press(second)
    await sim.pass_time(60)
    await sim.press(first)
    await sim.pass_time()
    assert len(sim.respan.cancels) == 1
    assert "already" in sim.private()[-1] or "cancel" in sim.private()[-1]


async def test_elsewhere_and_for_others_it_is_another_question(sim: Simulation) -> None:
    """In another channel, by another person: each has their own button."""
    rows = [await sim.ask(), await sim.ask(channel="C0GENERAL"), await sim.ask(user="U0BEN")]
    assert len({shown.buttons[0]["value"] for shown in rows}) == 3


async def test_a_question_that_is_almost_over_is_not_repeated(sim: Simulation) -> None:
    """Nobody gets a button that dies while they read."""
    first = await sim.ask()
    sim.clock.advance(545)
    second = await sim.ask()
    assert second.buttons != first.buttons


async def test_while_it_is_looked_up(sim: Simulation) -> None:
    """The second command hears that the question comes; there is one question."""
    sim.respan.faults.add("retrieve", "status", times=1, code=500)
    await sim.slack.command(BATCH)
    await sim.do_due()
    await sim.slack.command(BATCH)
    await sim.do_due()
    assert "it is being looked up" in sim.private()[-1]
    await sim.pass_time(10)
    assert len([text for text in sim.private() if "23 of 100" in text]) == 1


async def test_five_at_most(sim: Simulation) -> None:
    """The sixth reads when they may ask again; an answer makes room at once."""
    *five, sixth = _batches(sim, MOST_OPEN_QUESTIONS + 1)
    shown = [await sim.ask(batch_id) for batch_id in five]
    refused = await sim.ask(sixth)
    assert "You have 5 open questions, so nothing was looked up" in refused.text
    assert not refused.buttons
    assert len(await sim.requests()) == MOST_OPEN_QUESTIONS
    assert (await sim.ask(sixth, user="U0BEN")).buttons
    await sim.press(shown[2], DECLINE)
    assert (await sim.ask(sixth)).buttons


async def test_when_they_may_ask_again(sim: Simulation) -> None:
    """The time in the sentence is true."""
    *five, sixth = _batches(sim, MOST_OPEN_QUESTIONS + 1)
    for batch_id in five:
        await sim.ask(batch_id)
    await sim.pass_time(590)
    assert not (await sim.ask(sixth)).buttons
    await sim.pass_time(11)
    assert (await sim.ask(sixth)).buttons


async def test_a_flood_by_one_person(database_url: str) -> None:
    """Fifty commands at once: five reads, fifty answers; somebody else's cancellation goes out."""
    async with Simulation(database_url, bots=2, respan_calls_per_minute=60) as sim:
        names = _batches(sim, 50)
        sim.respan.add_batch(BATCH)
        shown = await sim.ask(BATCH, "U0BEN")
        await asyncio.gather(*(sim.slack.command(name) for name in names))
        await asyncio.gather(*sim.crew[0].work.handler.in_flight)
        await sim.press(shown)
        await sim.pass_time(1)
        assert len(sim.respan.cancels) == 1
        await sim.pass_time(20)
        reads = {e.path for e in sim.respan.exchanges if e.name == "retrieve"}
        assert len(reads) == MOST_OPEN_QUESTIONS + 1
        told = sim.private()
        assert sum("open questions" in text for text in told) == 45
        assert sum("Cancel `batch_" in text for text in told) == MOST_OPEN_QUESTIONS


async def test_a_replay_of_one_too_many_stays_refused(sim: Simulation) -> None:
    """What was refused is not asked later by a replay of the same request."""
    *five, sixth = _batches(sim, MOST_OPEN_QUESTIONS + 1)
    shown = [await sim.ask(batch_id) for batch_id in five]
    refused = await sim.slack.command(sixth)
    await sim.pass_time()
    await sim.press(shown[0], DECLINE)
    assert (await sim.slack.post_raw(refused.body.encode(), refused.headers))[0] == 200
    await sim.pass_time(5)
    assert len(await sim.requests()) == MOST_OPEN_QUESTIONS
