"""Claims, leases and fences: a row has one owner, and a late one can't write."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.answer import Answer
from bot.domain.asking import Asked, Moved
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Message
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.stores import Stores
from tests.rows import BATCH

ANSWER = Answer("https://slack.test/1", "U0ANA", Message("hello"))


async def ask(stores: Stores, batch_id: str = BATCH.id, key: str = "", user: str = "") -> bool:
    """Store a question; return whether it was new."""
    asking = await stores.cancellations.ask(
        batch_id=batch_id,
        user_id=user or f"U{batch_id[-2:]}",
        channel_id="C0BATCHES",
        team_id="T0",
        url="https://slack.test/command",
        key=key or batch_id,
    )
    return asking == Asked()


async def claimed(stores: Stores) -> Cancellation:
    """Claim the one due row."""
    (row,) = await stores.queue.claim(10, 28)
    return row


async def test_a_row_has_one_owner(stores: Stores, others: Stores) -> None:
    """What one process has claimed no other gets."""
    for number in range(30):
        await ask(stores, f"batch_{number}")
    mine, theirs = await asyncio.gather(stores.queue.claim(20, 28), others.queue.claim(20, 28))
    ids = [row.id for row in mine + theirs]
    assert len(ids) == len(set(ids))
    rest = await stores.queue.claim(20, 28) + await others.queue.claim(20, 28)
    assert len(ids) + len(rest) == 30


async def test_a_lease_that_ran_out_is_taken_over(
    stores: Stores, others: Stores, clock: SandboxClock
) -> None:
    """After the lease another process may, and the slow owner can't write any more."""
    await ask(stores)
    mine = await claimed(stores)
    assert await others.queue.claim(10, 28) == []
    clock.advance(28.5)
    theirs = await claimed(others)
    assert theirs.claim == mine.claim + 1
    with pytest.raises(LeaseLost):
        await stores.queue.save(mine, replace(mine, state=State.REFUSED), 0.0, (ANSWER,))
    with pytest.raises(LeaseLost):
        await stores.queue.save_intent(mine, mine)
    assert await stores.answers.claim("x", 10, 28) == []
    await others.queue.save(theirs, replace(theirs, state=State.REFUSED), 0.0)


async def test_a_click_takes_the_row_from_its_step(stores: Stores) -> None:
    """A person's click is stronger than a step that holds the row."""
    await ask(stores)
    row = await claimed(stores)
    shown = replace(row, shown_at=1.0, expires_at=2.0, batch=BATCH)
    await stores.queue.save(row, shown, 0.0)
    expiring = await claimed(stores)
    confirmed = replace(expiring, state=State.CONFIRMED, confirmed_at=1.5)
    assert await stores.cancellations.move(expiring, confirmed, ANSWER, "key") is Moved.MOVED
    with pytest.raises(LeaseLost):
        await stores.queue.save(expiring, replace(expiring, state=State.EXPIRED), 0.0)
    assert (await claimed(stores)).state is State.CONFIRMED


async def test_a_row_comes_back_when_it_is_due(stores: Stores, clock: SandboxClock) -> None:
    """A delay is kept on the row, and everything on it survives the way through the database."""
    await ask(stores)
    row = await claimed(stores)
    shown = replace(row, batch=BATCH, shown_at=1.0, expires_at=601.0, identifier="ana@example.com")
    await stores.queue.save(row, shown, 30.0)
    assert await stores.queue.claim(10, 28) == []
    assert await stores.queue.wait_seconds() == pytest.approx(30, abs=1)
    clock.advance(30.1)
    again = await claimed(stores)
    assert again == replace(shown, claim=2, claimed_at=again.claimed_at)


async def test_a_move_that_the_table_does_not_allow(stores: Stores) -> None:
    """The store performs no other move than the domain's."""
    await ask(stores)
    row = await claimed(stores)
    with pytest.raises(ValueError, match="no cancellation moves from asked to told"):
        await stores.queue.save(row, replace(row, state=State.TOLD), 0.0)
    with pytest.raises(ValueError, match="no cancellation moves from asked to ended"):
        await stores.cancellations.move(row, replace(row, state=State.ENDED), ANSWER, "key")


async def test_a_finished_row_forgets_its_response_urls(stores: Stores) -> None:
    """They are secrets, and nobody needs them any more."""
    await ask(stores)
    row = await claimed(stores)
    await stores.queue.save(row, replace(row, state=State.REFUSED), 0.0)
    kept = await stores.cancellations.by_id(row.id)
    assert kept is not None
    assert (kept.command_url, kept.click_url) == (None, None)
    assert await stores.queue.wait_seconds() is None


async def test_release_gives_back_only_ones_own(stores: Stores, others: Stores) -> None:
    """A process that stops leaves its rows to others at once; the others keep theirs."""
    for number in range(2):
        await ask(stores, f"batch_{number}")
    (mine,) = await stores.queue.claim(1, 28)
    (theirs,) = await others.queue.claim(1, 28)
    await stores.queue.release()
    assert [row.id for row in await others.queue.claim(10, 28)] == [mine.id]
    await others.queue.release(everyone=True)
    assert {row.id for row in await stores.queue.claim(10, 28)} == {mine.id, theirs.id}


async def test_the_backlog(stores: Stores, clock: SandboxClock) -> None:
    """It counts what is unfinished by state, and how long the oldest has been due."""
    assert await stores.queue.backlog() == ({}, 0.0)
    await ask(stores)
    clock.advance(5)
    counts, late = await stores.queue.backlog()
    assert counts == {"asked": 1}
    assert late == pytest.approx(5, abs=1)


async def test_two_live_rows_of_one_batch_cannot_be(stores: Stores) -> None:
    """The second confirmation of a batch finds it taken, in whatever order they come."""
    for key in ("one", "two"):
        await ask(stores, key=key, user=key)
    rows = [replace(row, batch=BATCH) for row in await stores.queue.claim(10, 28)]
    outcomes = await asyncio.gather(
        *(
            stores.cancellations.move(
                row, replace(row, state=State.CONFIRMED, confirmed_at=1.0), ANSWER, row.id
            )
            for row in rows
        )
    )
    assert sorted(outcomes) == [Moved.MOVED, Moved.TAKEN]
    live = await stores.cancellations.live(BATCH.id)
    assert live is not None
    assert live.state is State.CONFIRMED


async def test_a_hundred_clicks_move_a_row_once(stores: Stores) -> None:
    """However many come at once, the compare-and-set lets one through."""
    await ask(stores)
    row = await claimed(stores)
    confirmed = replace(row, state=State.CONFIRMED, confirmed_at=1.0)
    moves = [stores.cancellations.move(row, confirmed, ANSWER, "key") for _ in range(100)]
    outcomes = await asyncio.gather(*moves)
    assert outcomes.count(Moved.MOVED) == 1
    assert outcomes.count(Moved.TOO_LATE) == 99


async def test_a_request_is_stored_once(stores: Stores) -> None:
    """A replay of the same request stores nothing."""
    assert await ask(stores, key="same")
    assert not await ask(stores, key="same")
    assert await ask(stores, "batch_other", key="other")
    assert len(await stores.queue.claim(10, 28)) == 2


async def test_tokens_find_their_rows(stores: Stores) -> None:
    """Each row has a token of its own; a made-up one finds none."""
    await ask(stores)
    row = await claimed(stores)
    assert await stores.cancellations.by_token(row.token) == replace(row)
    assert await stores.cancellations.by_token("made-up") is None
    assert await stores.cancellations.live(BATCH.id) is None
