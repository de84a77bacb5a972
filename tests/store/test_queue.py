"""Claims, leases and fences: a row has one owner, and a late one can't write."""

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from bot.domain.answer import Answer
from bot.domain.asking import Asked, Question
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicks import (
    AlreadyHandled,
    Click,
    Clicked,
    Decide,
    Moved,
    Taken,
    Unknown,
    confirm,
    withdraw,
)
from bot.domain.message import Message
from bot.domain.permissions import Permissions
from bot.domain.request import Request, RequestState, Target
from bot.errors import LeaseLost
from bot.sandbox.event_bus import SandboxClock
from bot.store.requests import new_id
from bot.store.stores import Stores
from tests.rows import BATCH, ended_as
from tests.simulation import every_request

ANSWER = Answer("https://slack.test/1", "U0ANA", Message("hello"))
_keys = count()


async def ask(stores: Stores, *batch_ids: str, key: str = "", user: str = "") -> bool:
    """Store a question; return whether it was new."""
    ids = batch_ids or (BATCH.id,)
    who = user or f"U{ids[0][-2:]}"
    url = "https://slack.test/command"
    return (
        await stores.requests.ask(Question(ids, who, "C0BATCHES", url, key or ids[0], "T0"))
        == Asked()
    )


async def claimed(stores: Stores) -> Request:
    """Claim the one due request."""
    (row,) = await stores.request_queue.claim(10, 28)
    return row


async def shown(stores: Stores, *batch_ids: str, user: str = "U0ANA") -> Request:
    """Ask, and return the question as it is when the person sees it."""
    assert await ask(stores, *batch_ids, user=user, key=f"{user}{next(_keys)}")
    row = await claimed(stores)
    now = await stores.database.time()
    seen = replace(
        row,
        targets=tuple(Target(target.batch_id, BATCH) for target in row.targets),
        shown_at=now,
        expires_at=now + 600,
    )
    await stores.request_queue.save(row, seen, 600.0)
    return seen


async def press(stores: Stores, row: Request, decide: Decide | None = None) -> Clicked | None:
    """Press a button of a question, as its person does."""
    click = Click(row.user_id, row.channel_id, row.token, f"https://x.test/{next(_keys)}", "")
    deciding = decide or confirm(click, Permissions(), new_id)
    key = f"click-{next(_keys)}"
    return await stores.requests.click_on_token(row.token, deciding, lambda _: ANSWER, key)


async def cancellation(stores: Stores) -> Cancellation:
    """Claim the one due cancellation."""
    (row,) = await stores.cancellation_queue.claim(10, 28)
    return row


async def accepted(stores: Stores, row: Cancellation) -> Cancellation:
    """Save that Respan has accepted it; return it as it is claimed for its first poll."""
    taken = replace(row, state=State.CANCELLING, accepted_at=1.0)
    await stores.cancellation_queue.save(row, taken, 0.0)
    return await watch(stores, row.batch_id)


async def watch(stores: Stores, batch_id: str = BATCH.id) -> Cancellation:
    """Claim the watch of a batch."""
    (row,) = await stores.cancellation_queue.claim_watches([batch_id], 28)
    return row


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


async def test_the_backlog(stores: Stores, clock: SandboxClock) -> None:
    """It counts open questions and unreported cancellations, and how long the oldest is due."""
    assert await stores.request_queue.backlog() == {}
    await ask(stores, "batch_x")
    clock.advance(5)
    assert await stores.request_queue.backlog() == {"asked": 1}
    assert await stores.request_queue.oldest_due() == pytest.approx(5, abs=1)
    await claimed(stores)
    await press(stores, await shown(stores, "batch_a", "batch_b"))
    assert await stores.cancellation_queue.oldest_due() == pytest.approx(0, abs=1)
    (one, _) = await stores.cancellation_queue.claim(10, 28)
    await accepted(stores, one)
    assert await stores.request_queue.backlog() == {"asked": 1, "cancelling": 1, "confirmed": 1}


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
    """However many come at once, the row's lock lets one through; the others read what it did."""
    row = await shown(stores)
    outcomes = await asyncio.gather(*(press(stores, row) for _ in range(100)))
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(Moved) == 1
    assert kinds.count(AlreadyHandled) == 99
    assert len(await stores.cancellation_queue.claim(10, 28)) == 1


async def test_a_request_is_stored_once(stores: Stores) -> None:
    """A replay of the same command stores nothing."""
    assert await ask(stores, key="same")
    assert not await ask(stores, key="same")
    assert await ask(stores, "batch_other", key="other")
    assert len(await stores.request_queue.claim(10, 28)) == 2


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
            assert await store(made_up, look, lambda _: ANSWER, f"k{next(_keys)}") == Unknown()
    assert [None if request is None else request.id for request in seen] == [row.id, None] * 2
    assert await stores.requests.live(BATCH.id) is None


async def test_a_replayed_click_does_nothing(stores: Stores) -> None:
    """It is known by its key before anything is decided, and gets no second answer."""
    row = await shown(stores)
    click = Click(row.user_id, row.channel_id, row.token, "https://x.test/1", "key")
    deciding = confirm(click, Permissions(), new_id)
    press_it = stores.requests.click_on_token
    outcomes = [await press_it(row.token, deciding, lambda _: ANSWER, "key") for _ in range(2)]
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
    first, second = requests
    assert [c.batch_id for c in first.cancellations] == names[:4]
    assert [c.batch_id for c in second.cancellations] == names[:1:-1]


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


async def test_a_withdrawal_takes_a_cancellation_from_its_step(stores: Stores) -> None:
    """A step that is about to send can't write its intent any more, and so sends nothing."""
    row = await shown(stores)
    await press(stores, row)
    held = await cancellation(stores)
    click = Click(row.user_id, row.channel_id, row.id, "https://x.test/w", "w")
    store = stores.requests.click_on_id
    assert isinstance(await store(row.id, withdraw(click), lambda _: ANSWER, "w"), Moved)
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
    await stores.requests.click_on_id(row.id, withdraw(click), lambda _: ANSWER, "w")
    await stores.request_queue.save(held, held, None)
    states = [c.state for c in (await claimed(stores)).cancellations]
    assert states == [State.CANCELLING, State.WITHDRAWN]
