"""The history: the newest first, of all, of a person, of batches; ten thousand cost no more."""

import re
from functools import partial
from typing import Any

from sqlalchemy import event, insert, text

from bot.domain.command import ShowHistory
from bot.domain.history import MOST_LATEST, MOST_UNDER_WAY
from bot.store.database import Database
from bot.store.rows import to_columns
from bot.store.schema import cancellations, requests
from bot.store.stores import Stores
from tests.rows import REQUEST, ROW
from tests.store.plans import plans

MANY = 10_000
ANA, BEN = "U0ANA", "U0BEN"
_OWNED = {"claim": 0, "claimed_at": 0.0}
POSTED = {"channel": "C0BATCHES", "ts": "1.1"}

FILTERS = {
    "all": ShowHistory(),
    "person": ShowHistory(user_id=BEN),
    "busy": ShowHistory(user_id=ANA),
    "name": ShowHistory(user_name="Ben"),
    "nobody": ShowHistory(user_name="nobody"),
    "batch": ShowHistory((f"batch_{5:05}", f"batch_{MANY}")),
}


async def fill(database: Database, count: int, **changes: Any) -> None:
    """Put so many cancellations there, of which every thousandth is Ben's; the last is newest."""
    row = to_columns(ROW) | _OWNED | {"state": "refused", "finished_at": 1.0} | changes
    request = to_columns(REQUEST) | _OWNED | {"state": "reported", "wakes": 0, "finished_at": 1.0}
    rows, of = [], []
    for n in range(count):
        user = BEN if n % 1000 == 7 else ANA
        own = {"id": f"{n:032}", "user_id": user}
        named = {"batch_id": f"batch_{n:05}", "request_id": own["id"], "confirmed_at": float(n)}
        rows.append(row | own | named)
        named = {"token": own["id"], "user_name": user[2:].lower(), "announcement": POSTED}
        of.append(request | own | named)
    async with database.writing() as connection:
        await connection.execute(insert(cancellations), rows)
        await connection.execute(insert(requests), of)


async def test_the_newest_come_first(stores: Stores, database: Database) -> None:
    """Each with its announcement; of a person by id or by name, of batches, of nobody."""
    await fill(database, 30)
    found = await stores.history.latest(ShowHistory(), MOST_LATEST)
    times = [entry.cancellation.confirmed_at for entry in found.shown]
    assert times == [float(n) for n in range(29, 19, -1)]
    assert {entry.announcement.ts for entry in found.shown} == {"1.1"}
    for which in (ShowHistory(user_id=BEN), ShowHistory(user_name="BEN")):
        (entry,) = (await stores.history.latest(which, MOST_LATEST)).shown
        assert entry.cancellation.batch_id == "batch_00007"
    of = await stores.history.latest(ShowHistory(("batch_00003", "batch_00001", "x")), 10)
    assert [e.cancellation.batch_id for e in of.shown] == ["batch_00003", "batch_00001"]
    for which in (ShowHistory(user_name="nobody"), ShowHistory(user_id="U0X"), ShowHistory(("x",))):
        assert (await stores.history.latest(which, 10)).shown == ()


async def test_what_is_under_way(stores: Stores, database: Database) -> None:
    """What is over is left out, what is not listed is counted."""
    await fill(database, 30, state="cancelling", finished_at=None)
    found = await stores.history.under_way(MOST_UNDER_WAY)
    assert (len(found.shown), found.more, found.unreadable) == (20, 10, 0)
    assert found.shown[0].cancellation.batch_id == "batch_00029"
    async with database.writing() as connection:
        await connection.execute(text("UPDATE cancellations SET finished_at = 1"))
    assert await stores.history.under_way(20) == type(found)()


async def test_rows_that_can_not_be_read_are_counted(stores: Stores, database: Database) -> None:
    """A state of a newer version, and an announcement that is none, break nothing."""
    await fill(database, 5, state="cancelling", finished_at=None)
    async with database.writing() as connection:
        new = "UPDATE cancellations SET state = 'undone' WHERE batch_id = 'batch_00004'"
        await connection.execute(text(new))
        strange = """UPDATE requests SET announcement = '{"x": 1}' WHERE user_id = 'U0ANA'"""
        await connection.execute(text(strange))
        await connection.execute(text("DELETE FROM requests WHERE token LIKE '%2'"))
    for found in (
        await stores.history.latest(ShowHistory(), 10),
        await stores.history.under_way(20),
    ):
        assert (len(found.shown), found.more, found.unreadable) == (4, 0, 1)
        assert {entry.announcement.ts for entry in found.shown} == {None}


async def test_ten_thousand_cost_as_little_as_ten(stores: Stores, database: Database) -> None:
    """No filter reads a whole table or sorts one, on either database: their plans say so."""
    await fill(database, MANY)
    for name, which in FILTERS.items():
        (plan,) = await _plans(database, partial(stores.history.latest, which, MOST_LATEST))
        # Of one batch there are few; those of all are read from the end of their index.
        assert name == "batch" or not re.search("TEMP B-TREE|Sort Key", plan), plan
        assert name == "all" or "SCAN" not in plan, plan
        assert "Seq Scan" not in plan, plan
        assert "confirmed_at" in plan or "of_person" in plan or "of_batch" in plan, plan


async def test_what_waits_for_a_second_person(stores: Stores, database: Database) -> None:
    """The newest first, as many as are asked for, without those that can't be read: by an index."""
    await fill(database, 2000)
    assert await stores.history.waiting(5) == ()
    async with database.writing() as connection:
        for n in range(4):
            values = {"at": float(n), "token": f"{n:032}", "none": None}
            waits = "UPDATE requests SET state = 'needs_approval', finished_at = :none,"
            waits += " confirmed_at = :at WHERE token = :token"
            await connection.execute(text(waits), values)
        strange = "UPDATE requests SET asked_again = -1, announcement = '{\"x\": 1}'"
        await connection.execute(text(f"{strange} WHERE token = '{2:032}'"))
    found = await stores.history.waiting(5)
    assert [int(request.token) for request in found] == [3, 1, 0]
    assert [int(request.token) for request in await stores.history.waiting(1)] == [3]
    if database.is_sqlite:
        ((_, plan),) = await plans(database, partial(stores.history.waiting, 5))
        assert "requests_counted" in plan or "open_requests" in plan, plan


async def _plans(database: Database, work: Any) -> list[str]:
    if database.is_sqlite:
        return [plan for _, plan in await plans(database, work)]
    return await _server_plans(database, work)


async def _server_plans(database: Database, work: Any) -> list[str]:
    """Return what PostgreSQL does, knowing how many rows there are."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "cancellations" in statement:
            asked.append((statement, values))

    async with database.writing() as connection:
        await connection.execute(text("ANALYZE cancellations"))
        await connection.execute(text("ANALYZE requests"))
    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await work()
    event.remove(engine, "before_cursor_execute", note)
    found = []
    async with database.reading() as connection:
        for statement, values in asked:
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", values)
            found.append("\n".join(row[0] for row in rows))
    return found
