"""Who locks several requests locks them in one order: on PostgreSQL nobody waits in a circle.

A transaction of the test's own holds a lock until the others stand in line for it, so that each
test meets the one order of events that was wrong.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from bot.domain.asking import Asked, Question
from bot.domain.cancellation import State
from bot.domain.clicked import Click, Moved, Taken
from bot.domain.follow import Followed
from bot.domain.refusal import Refusal
from bot.domain.request import RequestState
from bot.domain.undo import undo
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.database import Database
from bot.store.schema import requests
from bot.store.stores import Stores, stores_on
from tests.databases import empty
from tests.simulation import every_request
from tests.store.questions import ANSWER, press, shown

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)


@pytest.fixture
async def stores(kept_postgres: str, clock: SandboxClock) -> AsyncIterator[Stores]:
    """Give a store on PostgreSQL; on SQLite one transaction writes at a time."""
    empty(kept_postgres)
    async with Database(kept_postgres, clock, own_time=True) as database:
        yield stores_on(database, 6000)


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the requests' ids run down: who came first is locked last by id."""
    names = iter([f"request_{n}" for n in range(9, 0, -1)])
    monkeypatch.setattr("bot.store.requests.new_id", lambda: next(names))


async def in_line(stores: Stores, count: int) -> None:
    """Wait until so many transactions wait for a lock."""
    async with asyncio.timeout(10):
        found = 0
        while found < count:
            async with stores.database.reading() as connection:
                found = int((await connection.execute(_WAITING)).scalar_one())


async def test_who_follows_while_a_batch_moves(stores: Stores, ids: None) -> None:
    """Tell me too locks the others' requests, and a move locks its own and those that joined."""
    await press(stores, await shown(stores, "batch_a"))
    joined = await shown(stores, "batch_a", "batch_b", user="U0BEN")
    await press(stores, joined)
    third = await shown(stores, "batch_a", "batch_b", user="U0EVE")
    assert isinstance(await press(stores, third), Taken)
    going = {row.batch_id: row for row in await stores.cancellation_queue.claim(10, 28)}
    taken = replace(going["batch_a"], state=State.CANCELLING, accepted_at=1.0)
    click = Click(third.user_id, third.channel_id, third.id, "https://x.test/tell", "tell")
    async with stores.database.writing() as connection:
        query = select(requests.c.id).where(requests.c.id == joined.id).with_for_update()
        await connection.execute(query)
        following = asyncio.create_task(
            stores.follows.follow(third.id, lambda _: None, lambda _: ANSWER, click)
        )
        await in_line(stores, 1)
        moving = asyncio.create_task(stores.cancellation_queue.save(going["batch_a"], taken, 0.0))
        await in_line(stores, 2)
    _, clicked = await asyncio.gather(moving, following)
    assert isinstance(clicked, Followed)
    assert len(clicked.wishes) == 2


async def test_two_batches_that_move(stores: Stores, ids: None) -> None:
    """The second request joined the first one's batch, and the third joined both."""
    await press(stores, await shown(stores, "batch_a"))
    second = await shown(stores, "batch_a", "batch_b", user="U0BEN")
    await press(stores, second)
    third = await shown(stores, "batch_a", "batch_b", "batch_c", user="U0EVE")
    await press(stores, third)
    going = {row.batch_id: row for row in await stores.cancellation_queue.claim(10, 28)}
    async with stores.database.writing() as connection:
        query = select(requests.c.id).where(requests.c.id == third.id).with_for_update()
        await connection.execute(query)
        moving = []
        for count, batch_id in enumerate(("batch_a", "batch_b"), 1):
            over = replace(going[batch_id], state=State.REFUSED)
            save = stores.cancellation_queue.save(going[batch_id], over, 0.0)
            moving.append(asyncio.create_task(save))
            await in_line(stores, count)
    await asyncio.gather(*moving)
    rows = {request.id: request for request in await every_request(stores.database)}
    states = [(row.batch_id, row.state) for row in rows[third.id].cancellations]
    assert states == [
        ("batch_a", State.REFUSED),
        ("batch_b", State.REFUSED),
        ("batch_c", State.CONFIRMED),
    ]


async def test_a_withdrawal_while_a_batch_moves(stores: Stores, ids: None) -> None:
    """A click that takes back what others joined wakes them: it locks them as a move does."""
    first = await shown(stores, "batch_a", "batch_c")
    await press(stores, first)
    second = await shown(stores, "batch_a", "batch_b", user="U0BEN")
    await press(stores, second)
    going = {row.batch_id: row for row in await stores.cancellation_queue.claim(10, 28)}
    click = Click(first.user_id, first.channel_id, first.id, "https://x.test/undo", "undo")
    async with stores.database.writing() as connection:
        query = select(requests.c.id).where(requests.c.id == second.id).with_for_update()
        await connection.execute(query)
        over = replace(going["batch_c"], state=State.REFUSED)
        refused = replace(going["batch_a"], waits_for=Refusal.UNAVAILABLE)
        save = stores.cancellation_queue.save(going["batch_a"], refused, 60.0)
        moving = asyncio.create_task(save)
        await in_line(stores, 1)
        undoing = asyncio.create_task(
            stores.requests.click_on_id(first.id, undo(click), lambda _: ANSWER, click)
        )
        await in_line(stores, 2)
    _, clicked = await asyncio.gather(moving, undoing)
    assert isinstance(clicked, Moved)
    with pytest.raises(LeaseLost):
        await stores.cancellation_queue.save(going["batch_c"], over, 0.0)
    rows = {request.id: request for request in await every_request(stores.database)}
    assert rows[first.id].state is RequestState.WITHDRAWN
    states = [(row.batch_id, row.state) for row in rows[second.id].cancellations]
    assert states == [("batch_a", State.WITHDRAWN), ("batch_b", State.CONFIRMED)]


async def test_a_new_list_while_the_older_one_is_reviewed(stores: Stores) -> None:
    """What became a question meanwhile stays one: only a list gives its place to a newer one."""
    question = Question((), "U0ANA", "C0BATCHES", "https://slack.test/1", "1", "T0")
    listing = replace(question, state=RequestState.PICKING)
    asked = await stores.requests.ask(listing)
    assert isinstance(asked, Asked)
    (row,) = await stores.request_queue.claim(10, 28)
    now = await stores.database.time()
    seen = replace(row, shown_at=now, expires_at=now + 600)
    await stores.request_queue.save(row, seen, 600.0)
    async with stores.database.writing() as connection:
        reviewed = {"state": RequestState.ASKED, "shown_at": None, "expires_at": None}
        await connection.execute(
            update(requests).where(requests.c.id == asked.request_id).values(reviewed)
        )
        newer = asyncio.create_task(stores.requests.ask(replace(listing, key="2")))
        await in_line(stores, 1)
    assert isinstance(await newer, Asked)
    states = [request.state for request in await every_request(stores.database)]
    assert sorted(states) == [RequestState.ASKED, RequestState.PICKING]
