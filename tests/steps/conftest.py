"""A simulation with one batch, on each kind of database."""

from collections.abc import AsyncIterator

import pytest

from tests.simulation import BATCH, Simulation


@pytest.fixture
async def sim(database_url: str) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(database_url) as made:
        made.respan.add_batch(BATCH)
        yield made


@pytest.fixture
async def seeing(database_url: str) -> AsyncIterator[Simulation]:
    """Give the same where the bot may look into channels."""
    scopes = ("channels:history", "im:history")
    async with Simulation(database_url, scopes=scopes) as made:
        made.respan.add_batch(BATCH)
        yield made
