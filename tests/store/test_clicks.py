"""A click is one transaction: it moves what it moves once, whoever else is at work."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.cancellation import State
from bot.domain.clicked import AlreadyHandled, Click, Clicked, Moved, Taken, Unknown
from bot.domain.clicks import confirm, withdraw
from bot.domain.person import Person
from bot.domain.policy import Policy
from bot.domain.request import Request, RequestState
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.requests import new_id
from bot.store.stores import Stores
from tests.rows import BATCH
from tests.simulation import every_request
from tests.store.questions import (
    ANSWER,
    accepted,
    cancellation,
    claimed,
    keys,
    press,
    shown,
)


async def test_a_click_takes_the_row_from_its_step(stores: Stores, clock: SandboxClock) -> None:
    """A person's click is stronger than a step that holds the row."""
    row = await shown(stores)
    clock.advance(600)
    expiring = await claimed(stores)
    clock.advance(-10)
    assert isinstance(await press(stores, row), Moved)
    expired = replace(expiring, state=RequestState.EXPIRED)
    with pytest.raises(LeaseLost):
        await stores.request_queue.save(expiring, expired, 0.0)
    assert await stores.request_queue.wait_seconds() is None
    assert (await cancellation(stores)).request_id == row.id


async def test_two_live_cancellations_of_one_batch_cannot_be(stores: Stores) -> None:
    """The second confirmation of a batch finds it taken, in whatever order they come."""
    rows = [await shown(stores, user=user) for user in ("U0ANA", "U0BEN")]
    outcomes = await asyncio.gather(*(press(stores, row) for row in rows))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Moved", "Taken"]
    taken = next(outcome for outcome in outcomes if isinstance(outcome, Taken))
    (other,) = taken.others
    live = await stores.requests.live(BATCH.id)
    assert live == other
    assert other.cancellation.state is State.CONFIRMED
    states = sorted(request.state for request in await every_request(stores.database))
    assert states == ["confirmed", "refused"]


async def test_a_hundred_clicks_move_a_row_once(stores: Stores) -> None:
    """The row's lock lets one through; the others, at once or later, read what it did."""
    row = await shown(stores)
    # Twenty at once, as each waits for a connection of the pool, and that no longer than 4 s.
    outcomes = [
        outcome
        for _ in range(5)
        for outcome in await asyncio.gather(*(press(stores, row) for _ in range(20)))
    ]
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(Moved) == 1
    assert kinds.count(AlreadyHandled) == 99
    assert len(await stores.cancellation_queue.claim(10, 28)) == 1


async def test_buttons_find_their_requests(stores: Stores) -> None:
    """Each has a token of its own and an id; a made-up one finds none."""
    row = await shown(stores)
    seen: list[Request | None] = []

    def look(request: Request | None, _now: float) -> Clicked:
        seen.append(request)
        return Unknown()

    for value, store in (
        (row.token, stores.requests.click_on_token),
        (row.id, stores.requests.click_on_id),
    ):
        for made_up in (value, "made-up"):
            click = Click("U0ANA", "C0BATCHES", made_up, "https://x.test/1", f"k{next(keys)}")
            assert await store(made_up, look, lambda _: ANSWER, click) == Unknown()
    assert [None if request is None else request.id for request in seen] == [row.id, None] * 2
    assert await stores.requests.live(BATCH.id) is None


async def test_a_replayed_click_does_nothing(stores: Stores) -> None:
    """It is known by its key before anything is decided, and gets no second answer."""
    row = await shown(stores)
    click = Click(row.user_id, row.channel_id, row.token, "https://x.test/1", "key")
    deciding = confirm(click, Policy(), Person(row.user_id), new_id)
    press_it = stores.requests.click_on_token
    outcomes = [await press_it(row.token, deciding, lambda _: ANSWER, click) for _ in range(2)]
    assert [type(outcome) for outcome in outcomes] == [Moved, type(None)]


async def test_several_batches_are_one_click(stores: Stores) -> None:
    """What others have is joined, the rest begins; two who click at once block nobody for ever."""
    names = [f"batch_{n}" for n in range(6)]
    mine = await shown(stores, *names[:4])
    theirs = await shown(stores, *reversed(names[2:]), user="U0BEN")
    outcomes = await asyncio.gather(press(stores, mine), press(stores, theirs))
    assert [type(outcome) for outcome in outcomes] == [Moved, Moved]
    requests = await every_request(stores.database)
    assert sorted(c.batch_id for request in requests for c in request.own) == names
    assert [len(request.cancellations) for request in requests] == [4, 4]
    first, second = sorted(requests, key=lambda request: request.user_id)
    assert [c.batch_id for c in first.cancellations] == names[:4]
    assert [c.batch_id for c in second.cancellations] == names[:1:-1]


async def test_a_withdrawal_takes_a_cancellation_from_its_step(stores: Stores) -> None:
    """A step that is about to send can't write its intent any more, and so sends nothing."""
    row = await shown(stores)
    await press(stores, row)
    held = await cancellation(stores)
    click = Click(row.user_id, row.channel_id, row.id, "https://x.test/w", "w")
    store = stores.requests.click_on_id
    assert isinstance(await store(row.id, withdraw(click), lambda _: ANSWER, click), Moved)
    with pytest.raises(LeaseLost):
        await stores.cancellation_queue.save_intent(held, replace(held, requesting_since=1.0))
    assert (await every_request(stores.database))[0].state is RequestState.WITHDRAWN
    for queue in (stores.request_queue, stores.cancellation_queue):
        assert await queue.wait_seconds() is None


async def test_a_withdrawal_leaves_a_post_under_way_alone(stores: Stores) -> None:
    """Where something is accepted, the request's step keeps the row, and is woken afterwards."""
    row = await shown(stores, "batch_a", "batch_b")
    await press(stores, row)
    going = await stores.cancellation_queue.claim(10, 28)
    await accepted(stores, next(one for one in going if one.batch_id == "batch_a"))
    held = await claimed(stores)
    click = Click(row.user_id, row.channel_id, row.id, "https://x.test/w", "w")
    await stores.requests.click_on_id(row.id, withdraw(click), lambda _: ANSWER, click)
    await stores.request_queue.save(held, held, None)
    states = [c.state for c in (await claimed(stores)).cancellations]
    assert states == [State.CANCELLING, State.WITHDRAWN]
