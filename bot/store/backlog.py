"""Counts what waits. Each count reads an index alone: ten thousand rows cost milliseconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.backlog import OPEN_CANCELLATIONS, OPEN_REQUESTS, Backlog
from bot.store.aside import Aside
from bot.store.budget import Budget
from bot.store.cancellation_queue import CancellationQueue
from bot.store.database import Database
from bot.store.request_queue import RequestQueue
from bot.store.schema import answers, cancellations, requests


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts the backlog of one database."""

    database: Database
    budget: Budget
    requests: RequestQueue
    cancellations: CancellationQueue
    aside: Aside

    async def count(self) -> Backlog:
        """Return what waits now. Raises StoreError."""
        oldest = max(await self.requests.oldest_due(), await self.cancellations.oldest_due())
        set_aside = await self.aside.count()
        async with self.database.reading() as connection:
            waiting, age = await self._outbox(connection)
            left, paused = await self.budget.left(connection)
            return Backlog(
                requests=await _by_state(connection, requests, OPEN_REQUESTS),
                cancellations=await _by_state(connection, cancellations, OPEN_CANCELLATIONS),
                set_aside=set_aside,
                answers=waiting,
                oldest_answer=age,
                oldest_due=oldest,
                calls_left=left,
                calls_per_minute=self.budget.per_minute,
                paused=paused,
            )

    async def _outbox(self, connection: AsyncConnection) -> tuple[int, float]:
        """Return how many answers wait, and for how long the oldest has."""
        age = self.database.now() - func.min(answers.c.created_at)
        count, oldest = (await connection.execute(select(func.count(), age))).one()
        return int(count), max(0.0, float(oldest or 0.0))


async def _by_state(
    connection: AsyncConnection, table: Table, states: Iterable[str]
) -> dict[str, int]:
    """Return how many unfinished rows stand in each state, 0 too.

    A state of a newer version is left out: its rows are among those that are set aside.
    """
    c = table.c
    query = select(c.state, func.count()).where(c.finished_at.is_(None)).group_by(c.state)
    found = {state: int(count) for state, count in (await connection.execute(query)).all()}
    return {str(state): found.get(state, 0) for state in states}
