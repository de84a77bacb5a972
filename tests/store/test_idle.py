"""Ten thousand rows that are not due cost nothing: what is due next is read from an index."""

import pytest
from sqlalchemy import insert, text

from bot.store.database import Database
from bot.store.rows import to_columns
from bot.store.schema import cancellations, requests
from bot.store.stores import Stores
from tests.rows import REQUEST, ROW
from tests.store.plans import plans

MANY = 10_000


async def _fill(database: Database, now: float) -> None:
    """Put ten thousand watches that are due in an hour, and their waiting requests, there."""
    owned = {"claim": 0, "claimed_at": 0.0}
    row = to_columns(ROW) | owned | {"state": "cancelling", "next_attempt_at": now + 3600}
    request = to_columns(REQUEST) | owned | {"state": "confirmed", "wakes": 0}
    names = [f"{n:032}" for n in range(MANY)]
    async with database.writing() as connection:
        await connection.execute(
            insert(cancellations), [row | {"id": n, "request_id": n, "batch_id": n} for n in names]
        )
        await connection.execute(insert(requests), [request | {"id": n, "token": n} for n in names])


@pytest.mark.parametrize("name", ["request_queue", "cancellation_queue", "answers"])
async def test_the_next_due_row_is_read_from_an_index(
    stores: Stores, database: Database, name: str
) -> None:
    """No query of a wait reads a whole table, on SQLite, whose plan says so."""
    if not database.is_sqlite:  # PostgreSQL chooses by its statistics
        return
    await _fill(database, await database.time())
    found = await plans(database, getattr(stores, name).wait_seconds)
    assert found
    for _, plan in found:
        assert "CONSTANT" in plan or "poll_budget" in plan or "USING" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


async def test_what_is_due_among_ten_thousand(stores: Stores, database: Database) -> None:
    """It is found all the same: the one that is due, and the one whose lease runs out."""
    now = await database.time()
    await _fill(database, now)
    queue = stores.cancellation_queue
    assert await queue.wait_seconds() == pytest.approx(3600, abs=60)
    assert await stores.request_queue.wait_seconds() is None
    first, second = f"{0:032}", f"{1:032}"
    async with database.writing() as connection:
        due = text(f"UPDATE cancellations SET next_attempt_at = {now + 50} WHERE id = :id")
        await connection.execute(due, {"id": first})
        held = text(
            f"UPDATE cancellations SET lease_until = {now + 20}, next_attempt_at = {now}"
            " WHERE id = :id"
        )
        await connection.execute(held, {"id": second})
    assert await queue.wait_seconds() == pytest.approx(20, abs=15)
