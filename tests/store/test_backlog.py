"""What waits is counted for `/metrics`, out of indexes alone."""

import pytest

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.sandbox.event_bus import SandboxClock
from bot.store.database import Database
from bot.store.stores import Stores
from tests.store.plans import plans
from tests.store.questions import accepted, ask, claimed, press, shown
from tests.store.test_idle import MANY, _fill

NONE_ASKED = dict.fromkeys(
    ("picking", "looking", "asked", "needs_approval", "confirmed", "closing"), 0
)
NONE_SENT = {"confirmed": 0, "cancelling": 0}


async def test_nothing_waits(stores: Stores) -> None:
    """Every state is there with 0, so that an alert has something to compare."""
    backlog = await stores.backlog.count()
    assert (backlog.requests, backlog.cancellations) == (NONE_ASKED, NONE_SENT)
    assert (backlog.answers, backlog.oldest_answer, backlog.oldest_due) == (0, 0.0, 0.0)
    assert backlog.set_aside == {"requests": 0, "cancellations": 0, "answers": 0}
    assert 0 < backlog.calls_left <= backlog.calls_per_minute
    assert backlog.paused == 0.0


async def test_requests_and_cancellations_by_state(stores: Stores, clock: SandboxClock) -> None:
    """Open questions, confirmed requests, and their cancellations; and how long one is due."""
    await ask(stores, "batch_x")
    clock.advance(5)
    backlog = await stores.backlog.count()
    assert backlog.requests == NONE_ASKED | {"asked": 1}
    assert backlog.oldest_due == pytest.approx(5, abs=1)
    await claimed(stores)
    await press(stores, await shown(stores, "batch_a", "batch_b"))
    (one, _) = await stores.cancellation_queue.claim(10, 28)
    await accepted(stores, one)
    backlog = await stores.backlog.count()
    assert backlog.requests == NONE_ASKED | {"asked": 1, "confirmed": 1}
    assert backlog.cancellations == {"confirmed": 1, "cancelling": 1}


async def test_the_outbox(stores: Stores, clock: SandboxClock) -> None:
    """How many answers wait, and for how long the oldest has, however often it was tried."""
    await stores.answers.put(Answer("https://slack.test/1", "U0ANA", Message("hello")))
    clock.advance(90)
    before = (await stores.backlog.count()).oldest_answer
    await stores.answers.put(Answer("https://slack.test/2", "U0ANA", Message("hello")))
    for waiting in await stores.answers.claim("me", 10, 28):
        await stores.answers.later(waiting, "me", 600)
    backlog = await stores.backlog.count()
    assert backlog.answers == 2
    assert 90 <= before <= backlog.oldest_answer <= before + 5


async def test_the_budget(stores: Stores) -> None:
    """What is left goes down by what is taken, is read without a lock, and a pause is told."""
    full = (await stores.backlog.count()).calls_left
    taken = await stores.cancellation_queue.take_calls(1)
    assert (taken, (await stores.backlog.count()).calls_left) == (1, full - 1)
    await stores.budget.pause(40)
    assert (await stores.backlog.count()).paused == pytest.approx(40, abs=2)


async def test_ten_thousand_are_counted_in_indexes(stores: Stores, database: Database) -> None:
    """No count reads a table, or sorts, on SQLite, whose plan says so."""
    if not database.is_sqlite:  # PostgreSQL chooses by its statistics
        return
    await _fill(database, await database.time())
    found = await plans(database, stores.backlog.count)
    assert len([said for said, _ in found if "count(" in said]) == 6
    for said, plan in found:
        assert "TEMP B-TREE" not in plan, plan
        assert "CONSTANT" in plan or "poll_budget" in plan or "USING" in plan, plan
        if "GROUP BY" in said or "created_at" in said:
            assert "COVERING INDEX" in plan, plan
    backlog = await stores.backlog.count()
    assert backlog.cancellations["cancelling"] == backlog.requests["confirmed"] == MANY
