"""A newer list takes the place of an older one, but of no question that is picked from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy import text, update

from bot.domain.asking import Asked, Question
from bot.domain.request import Request, RequestState
from bot.store.database import Database
from bot.store.schema import requests
from bot.store.stores import Stores
from tests.simulation import every_request
from tests.store.questions import claimed

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _list(key: str) -> Question:
    """Return the command without words."""
    url, picking = f"https://x.test/{key}", RequestState.PICKING
    return Question((), "U0ANA", "C0BATCHES", url, key, "T0", state=picking)


async def _shown_list(stores: Stores) -> Request:
    assert isinstance(await stores.requests.ask(_list("first")), Asked)
    row = await claimed(stores)
    now = await stores.database.time()
    seen = replace(row, shown_at=now, expires_at=now + 600)
    await stores.request_queue.save(row, seen, 600.0)
    return seen


@asynccontextmanager
async def _being_reviewed(database: Database, row: Request) -> AsyncIterator[None]:
    """Keep a transaction open in which Review has made the list a question."""
    asked = {"state": RequestState.ASKED, "shown_at": None, "replaces": True}
    async with database.writing() as connection:
        await connection.execute(update(requests).where(requests.c.id == row.id).values(asked))
        yield


async def _waits_for_it(database: Database, asking: asyncio.Task[object]) -> None:
    """Wait until the command waits for the row, where the database lets it come so far."""
    while not database.is_sqlite and not asking.done():
        async with database.reading() as connection:
            if (await connection.execute(_WAITING)).scalar_one():
                return
        await asyncio.sleep(0.01)  # the server tells nobody when somebody waits


async def test_a_list_that_is_reviewed_meanwhile(stores: Stores, database: Database) -> None:
    """Whoever types the command at the moment of their click loses no question."""
    row = await _shown_list(stores)
    async with _being_reviewed(database, row):
        asking: asyncio.Task[object] = asyncio.create_task(stores.requests.ask(_list("second")))
        await _waits_for_it(database, asking)
    assert isinstance(await asking, Asked)
    states = [request.state for request in await every_request(database)]
    assert sorted(states) == [RequestState.ASKED, RequestState.PICKING]


async def test_a_list_that_is_left(stores: Stores, database: Database) -> None:
    """It is closed; the new one has its place."""
    await _shown_list(stores)
    assert isinstance(await stores.requests.ask(_list("second")), Asked)
    states = [request.state for request in await every_request(database)]
    assert sorted(states) == [RequestState.EXPIRED, RequestState.PICKING]
