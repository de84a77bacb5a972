"""The budget for polling, over all processes."""

from itertools import pairwise

import pytest

from bot.sandbox.event_bus import SandboxClock
from bot.store.budget import Budget
from bot.store.database import Database


async def take(database: Database, budget: Budget, wanted: int) -> int:
    """Take calls in a transaction of their own."""
    async with database.writing() as connection:
        return await budget.take(connection, wanted)


async def test_no_minute_has_more_than_its_calls(database: Database, clock: SandboxClock) -> None:
    """A full bucket and a minute's flow together are the budget, for two processes too."""
    mine, theirs = Budget(database, 30), Budget(database, 30)
    taken = await take(database, mine, 100)
    assert taken == 10
    for _ in range(59):
        clock.advance(1)
        taken += await take(database, theirs, 100)
    assert taken == 30


async def test_each_minute_has_all_its_calls(database: Database, clock: SandboxClock) -> None:
    """Thirty a minute are thirty, minute after minute, and in no sixty seconds more."""
    budget, at = Budget(database, 30), list[float]()
    for _ in range(600):
        at += [clock.time()] * await take(database, budget, 100)
        clock.advance(0.5)
    assert len(at) >= 5 * 30 - 5
    assert all(len([t for t in at if since <= t < since + 60]) <= 30 for since in at)


@pytest.mark.parametrize(("keep", "limit"), [(0, 5), (5, 5)])
async def test_a_burst_is_not_repeated_each_minute(
    database: Database, clock: SandboxClock, keep: int, limit: float
) -> None:
    """Once the minute of the burst is over, calls flow evenly: nobody waits for the next minute."""
    budget, at = Budget(database, 30), list[float]()
    for _ in range(600):
        async with database.writing() as connection:
            at += [clock.time()] * await budget.take(connection, 100, keep)
        clock.advance(0.5)
    steady = [t for t in at if t > at[0] + 65]
    assert max(b - a for a, b in pairwise(steady)) <= limit
    assert len(steady) >= 4 * 29 - 5


async def test_the_wait_for_a_full_minute(database: Database, clock: SandboxClock) -> None:
    """Where the minute has had its calls, it is as long as until the first of them is over."""
    budget = Budget(database, 30)
    for _ in range(41):
        await take(database, budget, 100)
        clock.advance(1)
    async with database.reading() as connection:
        wait = await budget.wait(connection)
    assert 15 < wait < 25
    clock.advance(wait - 2)
    assert await take(database, budget, 1) == 0
    clock.advance(2.1)
    assert await take(database, budget, 1) == 1


async def test_what_is_given_back_can_be_taken(database: Database) -> None:
    """A call that was not needed is not lost."""
    budget = Budget(database, 30)
    await take(database, budget, 10)
    async with database.writing() as connection:
        await budget.give_back(connection, 4)
        await budget.give_back(connection, 0)
    assert await take(database, budget, 10) == 4


async def test_a_pause_stops_everyone(database: Database, clock: SandboxClock) -> None:
    """Nobody takes a call before it is over; a shorter pause does not shorten it."""
    budget = Budget(database, 30)
    await budget.pause(50)
    await Budget(database, 30).pause(5)
    assert await take(database, budget, 1) == 0
    async with database.reading() as connection:
        assert await budget.wait(connection) == pytest.approx(50, abs=1)
    clock.advance(51)
    assert await take(database, budget, 1) == 1


async def test_time_that_runs_back_adds_nothing(database: Database, clock: SandboxClock) -> None:
    """A clock that is set back neither fills the bucket nor breaks it."""
    budget = Budget(database, 30)
    await take(database, budget, 10)
    clock.advance(-3600)
    assert await take(database, budget, 10) == 0
    clock.advance(2.1)
    assert await take(database, budget, 10) == 1


async def test_the_wait_for_the_next_call(database: Database, clock: SandboxClock) -> None:
    """It is told how long it takes until there is one."""
    budget = Budget(database, 30)
    async with database.reading() as connection:
        assert await budget.wait(connection) == 0.0
    await take(database, budget, 10)
    async with database.reading() as connection:
        assert await budget.wait(connection) == pytest.approx(2.0, abs=0.3)
    clock.advance(2.1)
    assert await take(database, budget, 10) == 1


async def test_the_smallest_budget(database: Database, clock: SandboxClock) -> None:
    """One call a minute is still a budget."""
    budget = Budget(database, 1)
    assert await take(database, budget, 5) == 1
    assert await take(database, budget, 5) == 0
    clock.advance(61)
    assert await take(database, budget, 5) == 1
