"""An interaction that comes again is known by its signature or envelope: one answer."""

import asyncio

import pytest

from bot.domain.answer import Answer
from bot.domain.cancellation import State
from bot.domain.message import Message
from bot.engine.retention import prune
from tests.simulation import BATCH, CONFIRM, DECLINE, Simulation

ANSWER = Answer("https://slack.test/commands/1", "U0ANA", Message("hello"))
DIRECT = Answer("", "U0ANA", Message("hello"))


async def test_a_interaction_is_answered_once(database_url: str) -> None:
    """However often it comes, at once or later; another one is another one."""
    async with Simulation(database_url) as sim:
        answers = sim.crew[0].stores.answers
        outcomes = await asyncio.gather(*(answers.put_once(ANSWER, "key") for _ in range(5)))
        assert sorted(outcomes) == [False] * 4 + [True]
        await sim.pass_time()
        assert await answers.put_once(ANSWER, "key") is False
        assert [await answers.put_once(DIRECT, key) for key in ("a", "b")] == [True, True]
        assert len(await answers.claim("me", 10, 60.0)) == 2


async def test_a_replay_is_forgotten_after_a_day(database_url: str) -> None:
    """No request is good for so long, and the table does not grow for ever."""
    async with Simulation(database_url) as sim:
        stores = sim.crew[0].stores
        await stores.answers.put_once(ANSWER, "key")
        sim.clock.advance(86_000)
        await prune(stores, 90)
        assert await stores.answers.put_once(ANSWER, "key") is False
        sim.clock.advance(800)
        await prune(stores, 90)
        assert await stores.answers.put_once(ANSWER, "key") is True


@pytest.mark.parametrize(
    ("action", "end"),
    [(CONFIRM, "reported"), (DECLINE, "declined")],
    ids=["confirm", "decline"],
)
async def test_a_click_that_moved_a_row_is_known(
    database_url: str, action: str, end: State
) -> None:
    """It is told from a second click, which hears what became of the first."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=20)
        shown = await sim.ask()
        token = (await sim.request()).token
        click = await sim.press(shown, action)
        await sim.pass_time(60)
        said, calls = shown.text, len(sim.slack.exchanges)
        assert (await sim.slack.post_raw(click.body.encode(), click.headers))[0] == 200
        await sim.pass_time(60)
        assert (shown.text, len(sim.slack.exchanges)) == (said, calls)
        await sim.press(shown, action, value=token)
        await sim.pass_time()
        assert len(sim.slack.exchanges) == calls + 1
        assert await sim.stage() == end
