"""A cancellation that moves wakes its request, and no wake is lost."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.cancellation import State
from bot.domain.clicked import Click
from bot.domain.clicks import withdraw
from bot.domain.request import Request, RequestState
from bot.sandbox.event_bus import SandboxClock
from bot.store.stores import Stores
from tests.rows import ended_as
from tests.simulation import every_request
from tests.store.questions import (
    ANSWER,
    accepted,
    cancellation,
    claimed,
    press,
    shown,
    watch,
)


async def test_a_move_wakes_its_request(stores: Stores, clock: SandboxClock) -> None:
    """At once and in the same moment; a poll without news wakes nobody."""
    row = await shown(stores)
    await press(stores, row)
    going = await accepted(stores, await cancellation(stores))
    woken = await claimed(stores)
    assert woken.cancellations[0].state is State.CANCELLING
    await stores.request_queue.save(woken, woken, None)
    polled = replace(going, polls=1)
    await stores.cancellation_queue.save(going, polled, 0.0)
    woken = await claimed(stores)
    await stores.request_queue.save(woken, woken, None)
    going = await watch(stores)
    await stores.cancellation_queue.save(going, replace(going, polls=2), 0.0)
    assert await stores.request_queue.wait_seconds() is None
    going = await watch(stores)
    over = replace(going, state=State.ENDED, batch=ended_as("cancelled"), ended_at=2.0)
    await stores.cancellation_queue.save(going, over, 0.0)
    assert (await claimed(stores)).is_over


async def test_a_wake_during_a_step_is_not_lost(stores: Stores) -> None:
    """What moves while a request is worked on makes it due again as soon as it is let go."""
    await press(stores, await shown(stores))
    going = await accepted(stores, await cancellation(stores))
    held = await claimed(stores)
    await stores.cancellation_queue.save(going, replace(going, polls=1, is_slow=True), 0.0)
    assert await stores.request_queue.claim(10, 28) == []
    await stores.request_queue.save(held, held, None)
    assert (await claimed(stores)).cancellations[0].is_slow


async def test_a_wake_hurries_no_retry(stores: Stores, clock: SandboxClock) -> None:
    """Slack asked for 60 s: the news is read then, and no earlier."""
    await press(stores, await shown(stores))
    going = await accepted(stores, await cancellation(stores))
    held = await claimed(stores)
    await stores.request_queue.save(held, replace(held, attempts=1), 60.0)
    await stores.cancellation_queue.save(going, replace(going, polls=1, is_slow=True), 0.0)
    assert await stores.request_queue.wait_seconds() == pytest.approx(60, abs=1)
    clock.advance(61)
    assert (await claimed(stores)).cancellations[0].is_slow


async def test_a_move_wakes_who_joined(stores: Stores) -> None:
    """Whoever waits for somebody else's cancellation too hears of its end."""
    await press(stores, await shown(stores, "batch_a"))
    await press(stores, await shown(stores, "batch_a", "batch_b", user="U0BEN"))
    going = {row.batch_id: row for row in await stores.cancellation_queue.claim(10, 28)}
    refused = replace(going["batch_a"], state=State.REFUSED)
    await stores.cancellation_queue.save(going["batch_a"], refused, 0.0)
    woken = await stores.request_queue.claim(10, 28)
    assert sorted(request.user_id for request in woken) == ["U0ANA", "U0BEN"]
    assert all(r.cancellations[0].state is State.REFUSED for r in woken)


async def test_many_joins_and_moves_at_once(stores: Stores, others: Stores) -> None:
    """Whatever the order: in the end each request has read how its cancellations ended."""
    names = [f"batch_{n}" for n in range(8)]
    people = [f"U0MANY{n}" for n in range(8)]
    asked = [
        await shown(stores, *names[n:], *names[:n], user=user) for n, user in enumerate(people)
    ]

    async def end_all() -> None:
        for _ in range(60):
            for row in await others.cancellation_queue.claim(3, 28):
                over = replace(row, state=State.REFUSED)
                await others.cancellation_queue.save(row, over, 0.0)
            await asyncio.sleep(0.005)

    async def read_all() -> None:
        for _ in range(60):
            for request in await stores.request_queue.claim(3, 28):
                await stores.request_queue.save(request, request, None)
                read[request.id] = request
            await asyncio.sleep(0.005)

    read: dict[str, Request] = {}
    await asyncio.gather(end_all(), read_all(), *(press(stores, row) for row in asked))
    await end_all()
    await read_all()
    now = {request.id: request for request in await every_request(stores.database)}
    confirmed = [r for r in now.values() if r.state is RequestState.CONFIRMED]
    assert confirmed
    for request in confirmed:
        assert request.is_over
        assert read[request.id].cancellations == request.cancellations


async def test_a_withdrawal_hurries_no_retry(stores: Stores) -> None:
    """A click that leaves the request where it is keeps the time that Slack asked for."""
    row = await shown(stores, "batch_a", "batch_b")
    await press(stores, row)
    going = await stores.cancellation_queue.claim(10, 28)
    await accepted(stores, next(one for one in going if one.batch_id == "batch_a"))
    held = await claimed(stores)
    await stores.request_queue.save(held, replace(held, attempts=1), 60.0)
    click = Click(row.user_id, row.channel_id, row.id, "https://x.test/w", "w")
    await stores.requests.click_on_id(row.id, withdraw(click), lambda _: ANSWER, click)
    assert await stores.request_queue.wait_seconds() == pytest.approx(60, abs=5)
