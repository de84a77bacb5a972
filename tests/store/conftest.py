"""A store of each kind, in a time that the test moves."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.event_bus import SandboxClock
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.stores import Stores, stores_on


@pytest.fixture
def clock() -> SandboxClock:
    """Give a clock that can be moved."""
    return SandboxClock(runs=False)


@pytest.fixture
async def database(database_url: str, clock: SandboxClock) -> AsyncIterator[Database]:
    """Give an empty database with the schema."""
    async with Database(database_url, clock, own_time=True) as made:
        await migrate(made)
        yield made


@pytest.fixture
def stores(database: Database) -> Stores:
    """Give the stores of one process."""
    return stores_on(database, 6000)


@pytest.fixture
def others(database: Database) -> Stores:
    """Give the stores of another process on the same database."""
    return stores_on(database, 6000)
