"""Cancellations that are to be worked on: polls of Respan share one budget."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.cancellation import MOVES, Cancellation, State, says_more
from bot.store.aside import Aside
from bot.store.budget import Budget
from bot.store.database import Database
from bot.store.leases import is_due
from bot.store.queue import Queue
from bot.store.request_queue import wake_joined, wake_own
from bot.store.rows import Columns, to_cancellation
from bot.store.schema import cancellations

_c = cancellations.c
_IS_WATCHED = _c.state == State.CANCELLING


class CancellationQueue(Queue[Cancellation]):
    """The cancellations; those that are watched come last, and only as the budget allows."""

    def __init__(self, database: Database, budget: Budget, owner: str, aside: Aside) -> None:
        """Claim cancellations of that database for `owner`; polls are taken from the budget."""
        super().__init__(database, owner, aside, cancellations, to_cancellation)
        self._budget = budget

    async def _claim(self, limit: int, lease: float) -> Sequence[Columns]:
        async with self._database.writing() as connection:
            rows = [*await self._take(connection, limit, lease, ~_IS_WATCHED)]
            left = limit - len(rows)
            if left and await self._is_any_due(connection, _IS_WATCHED):
                polls = await self._budget.take(connection, left, self._budget.for_people)
                watched = await self._take(connection, polls, lease, _IS_WATCHED)
                await self._budget.give_back(connection, polls - len(watched))
                rows += watched
            return rows

    async def _is_any_due(self, connection: AsyncConnection, which: ColumnElement[bool]) -> bool:
        due = is_due(cancellations, self._database.now())
        query = select(_c.id).where(due, _c.finished_at.is_(None), which).limit(1)
        return (await connection.execute(query)).first() is not None

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds there may be work, None when nothing is unfinished."""
        async with self._database.reading() as connection:
            waits = [await self._wait(connection, ~_IS_WATCHED)]
            watched = await self._wait(connection, _IS_WATCHED)
            if watched is not None:
                budget = await self._budget.wait(connection, self._budget.for_people)
                waits.append(max(watched, budget))
        return min((wait for wait in waits if wait is not None), default=None)

    async def oldest_due(self) -> float:
        """Return for how many seconds the oldest row has been due, whatever the budget says."""
        async with self._database.reading() as connection:
            wait = await self._wait(connection, _c.id.is_not(None))
        return 0.0 if wait is None else max(0.0, -wait)

    async def _save(
        self, connection: AsyncConnection, old: Cancellation, new: Cancellation, delay: float | None
    ) -> None:
        """Let the cancellation go; what its request has to do about it is due in the same moment.

        The request is locked first, as in a click.
        """
        if new.state is not old.state and new.state not in MOVES[old.state]:
            raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
        now, tells = self._database.now(), says_more(old, new)
        if tells:
            await wake_own(connection, old.request_id, now)
        await self._write(
            connection,
            old,
            new,
            next_attempt_at=None if new.is_over or delay is None else now + delay,
            lease_until=None,
            owner=None,
            finished_at=now if new.is_over else None,
        )
        if tells:
            await wake_joined(connection, old.id, now)
