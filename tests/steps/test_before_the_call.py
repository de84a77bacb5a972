"""What is confirmed together is looked at together, also right before the cancel call."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.batch import Counts
from bot.domain.cancellation import Cancellation
from bot.domain.clicked import Live
from bot.domain.person import Kind, Person
from bot.domain.policy import Policy
from bot.domain.request import Target
from bot.errors import RowUnreadable
from bot.steps.before_the_call import People, needs_approval
from tests.rows import BATCH, request_in
from tests.simulation import Simulation

SMALL = replace(BATCH, counts=Counts(100, 70, 0))
ANA = Person("U0ANA", Kind.MEMBER, is_read=True)


async def test_the_limit_is_lowered_in_the_undo_window(database_url: str) -> None:
    """Each of two is below the new limit, together they are not: a second person must agree."""
    async with Simulation(database_url, undo_seconds=60) as sim:
        for batch_id in ("batch_one", "batch_two"):
            sim.respan.add_batch(batch_id, completed=70, failed=0)
        await sim.confirm("batch_one batch_two")
        await sim.pass_time()
        sim.settings = sim.settings.model_copy(update={"approval_over_requests": 50})
        sim.crew.clear()
        await sim.take_over()
        await sim.pass_time(120)
        assert sim.respan.cancels == []
        asked = sim.slack.workspace.private("U0ANA")[-1]
        assert "Cancel 2 batches if approved" in [b["text"]["text"] for b in asked.buttons]


class Known:
    """What the database holds: the request of the row, none, or one that can't be read."""

    def __init__(self, found: Live | RowUnreadable | None) -> None:
        """Hold that."""
        self.found = found

    async def live(self, batch_id: str) -> Live | None:
        """Return it, or raise it."""
        assert batch_id == "batch_abc123"
        if isinstance(self.found, RowUnreadable):
            raise self.found
        return self.found


class Given:
    """The tools as far as they are looked at."""

    def __init__(self, found: Live | RowUnreadable | None, policy: Policy) -> None:
        """Have them."""
        self.records, self.policy = Known(found), policy


REQUEST = replace(
    request_in("confirmed"), targets=(Target("batch_abc123", SMALL), Target("batch_two", SMALL))
)
ROW = Cancellation("c1", REQUEST.id, "batch_abc123", "U0ANA", "C0BATCHES", 0.0)


@pytest.mark.parametrize(
    ("found", "over", "needed"),
    [
        (Live(ROW, REQUEST), 59, True),
        (Live(ROW, REQUEST), 60, False),
        (Live(ROW, replace(REQUEST, id="other")), 59, False),
        (None, 59, False),
        (None, 29, True),
        (RowUnreadable("c2", "its state"), 59, False),
        (RowUnreadable("c2", "its state"), 29, True),
    ],
)
async def test_where_the_others_are_not_known(
    found: Live | RowUnreadable | None, over: int, needed: bool
) -> None:
    """The batch counts alone then; no row waits for another one that can't be read."""
    tools: Any = Given(found, Policy(approval_over=over))
    assert await needs_approval(tools, ROW, SMALL, People(ANA, None)) is needed


async def test_whoever_agreed_has_agreed() -> None:
    """Nothing is looked up for what was approved, or where nobody has to agree."""
    nothing: Any = Given(Live(ROW, REQUEST), Policy())
    strict: Any = Given(Live(ROW, REQUEST), Policy(approval_over=0))
    ben = Person("U0BEN", Kind.MEMBER, is_read=True)
    assert not await needs_approval(nothing, ROW, SMALL, People(ANA, None))
    assert not await needs_approval(strict, ROW, SMALL, People(ANA, ben))
    assert await needs_approval(strict, ROW, SMALL, People(ANA, None))
