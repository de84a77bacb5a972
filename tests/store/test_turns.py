"""A person's many commands wait for each other, and for nobody else."""

import asyncio

import pytest

from bot.domain.asking import Asked, Question
from bot.store.stores import Stores
from bot.store.turns import Turns


async def test_one_at_a_time_in_their_order() -> None:
    """Each key has a line of its own; what nobody waits for is forgotten."""
    turns, order, open_now = Turns(), list[str](), 0

    async def one(key: str, name: str) -> None:
        nonlocal open_now
        async with turns.of(key):
            open_now += 1
            await asyncio.sleep(0)
            order.append(name)
            assert open_now <= 2
            open_now -= 1

    await asyncio.gather(*(one(key, f"{key}{n}") for n in range(3) for key in "ab"))
    assert [name for name in order if name[0] == "a"] == ["a0", "a1", "a2"]
    assert turns._lines == {}


async def test_an_error_gives_the_turn_to_the_next() -> None:
    """And whoever is cut off while waiting leaves the line."""
    turns, waiting = Turns(), list[asyncio.Task[None]]()

    async def fail() -> None:
        async with turns.of("a"):
            waiting.append(asyncio.create_task(_wait(turns)))
            await asyncio.sleep(0)
            waiting[0].cancel()
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await fail()
    await asyncio.wait(waiting)
    async with asyncio.timeout(1), turns.of("a"):
        pass
    assert turns._lines == {}


async def _wait(turns: Turns) -> None:
    async with turns.of("a"):
        pass


async def test_a_flood_leaves_the_connections_to_others(stores: Stores) -> None:
    """While three hundred of one person's wait for their turn, another's is stored at once."""

    async def ask(user: str, number: int) -> object:
        url = f"https://slack.test/{user}/{number}"
        asked = Question((f"batch_{number}",), user, "C0BATCHES", url, f"{user}-{number}")
        return await stores.requests.ask(asked)

    flood = [asyncio.create_task(ask("U0ANA", number)) for number in range(300)]
    await asyncio.sleep(0.02)
    other = asyncio.create_task(ask("U0BEN", 0))
    assert isinstance(await other, Asked)
    assert sum(task.done() for task in flood) < 100
    outcomes = await asyncio.gather(*flood)
    assert sum(isinstance(outcome, Asked) for outcome in outcomes) == 5
