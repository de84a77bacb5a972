"""Claims, leases and fences: a row has one owner, and a late one can't write."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.cancellation import State
from bot.domain.clicked import Moved
from bot.domain.request import RequestState
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.stores import Stores
from tests.simulation import every_request
from tests.store.questions import (
    ANSWER,
    ask,
    cancellation,
    claimed,
    press,
    shown,
)


async def test_a_row_has_one_owner(stores: Stores, others: Stores) -> None:
    """What one process has claimed no other gets."""
    for number in range(30):
        await ask(stores, f"batch_{number}")
    mine, theirs = await asyncio.gather(
        stores.request_queue.claim(20, 28), others.request_queue.claim(20, 28)
    )
    ids = [row.id for row in mine + theirs]
    assert len(ids) == len(set(ids))
    rest = [*await stores.request_queue.claim(20, 28), *await others.request_queue.claim(20, 28)]
    assert len(ids) + len(rest) == 30


async def test_a_lease_that_ran_out_is_taken_over(
    stores: Stores, others: Stores, clock: SandboxClock
) -> None:
    """After the lease another process may, and the slow owner can't write any more."""
    await ask(stores)
    mine = await claimed(stores)
    assert await others.request_queue.claim(10, 28) == []
    clock.advance(28.5)
    theirs = await claimed(others)
    assert theirs.claim == mine.claim + 1
    refused = replace(mine, state=RequestState.REFUSED)
    with pytest.raises(LeaseLost):
        await stores.request_queue.save(mine, refused, 0.0, (ANSWER,))
    with pytest.raises(LeaseLost):
        await stores.request_queue.save_intent(mine, mine)
    assert await stores.answers.claim("x", 10, 28) == []
    await others.request_queue.save(theirs, replace(theirs, state=RequestState.REFUSED), 0.0)


async def test_a_row_comes_back_when_it_is_due(stores: Stores, clock: SandboxClock) -> None:
    """A delay is kept on the row, and everything on it survives the way through the database."""
    await ask(stores)
    row = await claimed(stores)
    shown = replace(row, shown_at=1.0, expires_at=601.0, identifier="ana@example.com")
    await stores.request_queue.save(row, shown, 30.0)
    assert await stores.request_queue.claim(10, 28) == []
    assert await stores.request_queue.wait_seconds() == pytest.approx(30, abs=1)
    clock.advance(30.1)
    again = await claimed(stores)
    assert again == replace(shown, claim=2, claimed_at=again.claimed_at)


async def test_a_move_that_the_tables_do_not_allow(stores: Stores) -> None:
    """The store performs no other move than the domain's."""
    row = await shown(stores)
    with pytest.raises(ValueError, match="no request moves from asked to reported"):
        await stores.request_queue.save(row, replace(row, state=RequestState.REPORTED), 0.0)
    with pytest.raises(ValueError, match="no request moves from asked to abandoned"):
        await press(
            stores, row, lambda r, _: Moved(replace(r or row, state=RequestState.ABANDONED))
        )
    await press(stores, row)
    going = await cancellation(stores)
    with pytest.raises(ValueError, match="no cancellation moves from confirmed to ended"):
        await stores.cancellation_queue.save(going, replace(going, state=State.ENDED), 0.0)
    assert (await every_request(stores.database))[0].state is RequestState.CONFIRMED


async def test_a_finished_row_forgets_its_response_urls(stores: Stores) -> None:
    """They are secrets, and nobody needs them any more."""
    await ask(stores)
    row = await claimed(stores)
    await stores.request_queue.save(row, replace(row, state=RequestState.REFUSED), 0.0)
    (kept,) = await every_request(stores.database)
    assert (kept.command_url, kept.click_url) == (None, None)
    assert await stores.request_queue.wait_seconds() is None


async def test_release_gives_back_only_ones_own(stores: Stores, others: Stores) -> None:
    """A process that stops leaves its rows to others at once; the others keep theirs."""
    for number in range(2):
        await ask(stores, f"batch_{number}")
    mine_queue, their_queue = stores.request_queue, others.request_queue
    (mine,) = await mine_queue.claim(1, 28)
    (theirs,) = await their_queue.claim(1, 28)
    await mine_queue.release()
    assert [row.id for row in await their_queue.claim(10, 28)] == [mine.id]
    await their_queue.release(everyone=True)
    assert {row.id for row in await mine_queue.claim(10, 28)} == {mine.id, theirs.id}


async def test_a_request_is_stored_once(stores: Stores) -> None:
    """A replay of the same command stores nothing."""
    assert await ask(stores, key="same")
    assert not await ask(stores, key="same")
    assert await ask(stores, "batch_other", key="other")
    assert len(await stores.request_queue.claim(10, 28)) == 2
