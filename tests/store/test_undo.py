"""The undo window in the store: due at its end, and one of Undo and the intent to call wins."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import AlreadySent, Click, Clicked, Moved
from bot.domain.clicks import confirm
from bot.domain.person import Person
from bot.domain.policy import Policy
from bot.domain.request import Request, RequestState
from bot.domain.undo import cancel_now, undo
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.requests import new_id
from bot.store.stores import Stores
from tests.simulation import every_request
from tests.store.questions import ANSWER, accepted, cancellation, keys, press, shown

WINDOW = 10.0


async def confirmed(
    stores: Stores, *batch_ids: str, user: str = "U0ANA", undo_seconds: float = WINDOW
) -> Request:
    """Ask and confirm, with a window."""
    row = await shown(stores, *batch_ids, user=user)
    await confirmed_as(stores, row, undo_seconds)
    return row


async def confirmed_as(stores: Stores, row: Request, undo_seconds: float = WINDOW) -> None:
    """Confirm a question, with a window."""
    click = Click(row.user_id, row.channel_id, row.token, "https://x.test/c", "")
    deciding = confirm(click, Policy(undo=undo_seconds), Person(row.user_id), new_id)
    assert isinstance(await press(stores, row, deciding), Moved)


def click_of(row: Request) -> Click:
    """Return a new click on the request's buttons."""
    number = next(keys)
    return Click(row.user_id, row.channel_id, row.id, f"https://x.test/{number}", f"u{number}")


async def press_undo(stores: Stores, row: Request) -> Clicked | None:
    click = click_of(row)
    return await stores.requests.click_on_id(row.id, undo(click), lambda _: ANSWER, click)


async def press_now(stores: Stores, row: Request) -> Clicked | None:
    click = click_of(row)
    return await stores.requests.click_on_id(row.id, cancel_now(click), lambda _: ANSWER, click)


async def test_it_is_due_at_the_end_of_its_window(stores: Stores, clock: SandboxClock) -> None:
    """Nobody claims it before, and everybody knows when to look."""
    await confirmed(stores)
    assert await stores.cancellation_queue.claim(10, 28) == []
    wait = await stores.cancellation_queue.wait_seconds()
    assert wait == pytest.approx(WINDOW)
    assert await stores.cancellation_queue.oldest_due() == 0.0
    clock.advance(WINDOW)
    assert (await cancellation(stores)).not_before is not None


async def test_cancel_now_makes_it_due(stores: Stores) -> None:
    """Whoever waits for the queue is told that there is work."""
    row = await confirmed(stores)
    assert isinstance(await press_now(stores, row), Moved)
    assert await stores.cancellation_queue.wait_seconds() == pytest.approx(0.0, abs=0.01)
    assert (await cancellation(stores)).not_before is None
    (after,) = await every_request(stores.database)
    assert str(after.click_url).startswith("https://x.test/")
    assert after.click_url != row.click_url


async def test_undo_frees_the_batch(stores: Stores) -> None:
    """Somebody else can cancel it at once; nothing of the first one is left to do."""
    row = await confirmed(stores)
    assert isinstance(await press_undo(stores, row), Moved)
    assert await stores.cancellation_queue.wait_seconds() is None
    assert await stores.request_queue.wait_seconds() is None
    other = await confirmed(stores, user="U0BEN", undo_seconds=0.0)
    assert (await cancellation(stores)).request_id == other.id


async def _intend(stores: Stores, held: Cancellation) -> bool:
    """Store the intent to call; return whether the row was still held."""
    try:
        await stores.cancellation_queue.save_intent(
            held, replace(held, requesting_since=held.claimed_at)
        )
    except LeaseLost:
        return False
    return True


@pytest.mark.parametrize("first", ["undo", "intent", "both"])
async def test_one_of_undo_and_the_intent_wins(
    stores: Stores, others: Stores, clock: SandboxClock, first: str
) -> None:
    """Whichever is stored first: what is undone is never called, what is called is not undone."""
    for number in range(8):
        row = await confirmed(stores, f"batch_{number}")
        clock.advance(WINDOW)
        (held,) = await stores.cancellation_queue.claim(10, 10_000)
        if first == "undo":
            clicked, intended = await press_undo(others, row), await _intend(stores, held)
        elif first == "intent":
            intended, clicked = await _intend(stores, held), await press_undo(others, row)
        else:
            clicked, intended = await asyncio.gather(press_undo(others, row), _intend(stores, held))
        assert intended is (type(clicked) is AlreadySent)
        assert type(clicked) in {Moved, AlreadySent}
        assert first == "both" or intended is (first == "intent")
        after = next(r for r in await every_request(stores.database) if r.id == row.id)
        (of,) = after.cancellations
        state = State.CONFIRMED if intended else State.WITHDRAWN
        assert (of.state, of.is_unsent) == (state, not intended)
        ends = RequestState.CONFIRMED if intended else RequestState.WITHDRAWN
        assert after.state is ends


async def test_undo_wakes_who_joined(stores: Stores, clock: SandboxClock) -> None:
    """A request that waits for nothing else has something to say then."""
    mine = await confirmed(stores, "batch_a")
    theirs = await confirmed(stores, "batch_a", "batch_b", user="U0BEN", undo_seconds=0.0)
    await accepted(stores, await cancellation(stores))
    clock.advance(1)
    (claimed,) = await stores.request_queue.claim(10, 28)
    assert claimed.id == theirs.id
    await stores.request_queue.save(claimed, claimed, None)
    assert await stores.request_queue.wait_seconds() is None
    await press_undo(stores, mine)
    (woken,) = await stores.request_queue.claim(10, 28)
    assert woken.id == theirs.id
    assert {row.batch_id: row.state for row in woken.cancellations} == {
        "batch_a": State.WITHDRAWN,
        "batch_b": State.CANCELLING,
    }


async def test_who_joined_each_other_undo_at_once(stores: Stores, others: Stores) -> None:
    """Each wakes the other one, from two processes: nobody waits for ever."""
    for number in range(6):
        a, b, c = (f"batch_{number}{letter}" for letter in "abc")
        one = await shown(stores, a, b, user=f"U1{number}")
        two = await confirmed(stores, b, c, user=f"U2{number}")
        await confirmed_as(stores, one)
        first, second = await asyncio.gather(press_undo(stores, one), press_undo(others, two))
        assert isinstance(first, Moved)
        assert isinstance(second, Moved)
    states = {request.state for request in await every_request(stores.database)}
    assert states == {RequestState.WITHDRAWN}
