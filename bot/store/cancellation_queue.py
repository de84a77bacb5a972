"""Cancellations that are to be worked on: looks at watched batches share one budget."""

import asyncio
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import Record
from bot.domain.audit_of_row import of_cancellation, of_intent
from bot.domain.cancellation import LIVE, MOVES, Cancellation, State, says_more
from bot.domain.sweep import Watched
from bot.errors import LeaseLost
from bot.store.answers import mark_answered
from bot.store.aside import Aside
from bot.store.audit import append
from bot.store.budget import Budget
from bot.store.database import Database
from bot.store.leases import is_due, is_free, readable
from bot.store.queue import Queue, intended
from bot.store.rows import Columns, to_cancellation
from bot.store.schema import cancellations
from bot.store.wakes import lock_requests, wake_joined, wake_own

_c = cancellations.c
_IS_WATCHED = _c.state == State.CANCELLING
_UNFINISHED = _c.finished_at.is_(None)
_UNFINISHED_IN = {state: and_(_UNFINISHED, _c.state == state) for state in sorted(LIVE)}
_WATCHED = _UNFINISHED_IN[State.CANCELLING]
_NOT_WATCHED = and_(_UNFINISHED, ~_IS_WATCHED)
_NAMED = and_(_WATCHED, _c.batch_id.in_(bindparam("batch_ids", expanding=True)))
_MOST_FRESH = 100
"""Watches that are planned for although more than enough have been due for longer."""

_SOON = 1
"""Polls after which the next one comes soon; a watch without any would count as a new one."""


class CancellationQueue(Queue[Cancellation]):
    """The cancellations: what is to be sent is claimed as it is due, what is watched by name.

    Calls for watches are taken from the budget.
    """

    def __init__(self, database: Database, budget: Budget, owner: str, aside: Aside) -> None:
        """Claim cancellations of that database for `owner`; polls are taken from the budget."""
        super().__init__(database, owner, aside, cancellations, to_cancellation)
        self._budget = budget

    async def _claim(self, limit: int, lease: float) -> Sequence[Columns]:
        async with self._database.writing() as connection:
            return await self._take(connection, limit, lease, _NOT_WATCHED)

    async def due_watches(
        self, limit: int, named: Collection[str] = ()
    ) -> tuple[list[Watched], list[Watched]]:
        """Return the watches that are due, and those that are due next.

        Longest due first, up to `limit` of both together; nothing where none is due. Where more are
        due, some that have just begun, or were pushed, are among them all the same, and `named`.
        """
        now = self._database.now()
        async with self._database.reading() as connection:
            if not await self._is_any_due(connection):
                return [], []
            rows = list(await connection.execute(_due(now), {"most": limit}))
            if len(rows) == limit:
                some = {"most": _MOST_FRESH, "named": list(named)}
                rows += await connection.execute(_first(now), some)
        found = list({row[0]: _watched(*row) for row in rows}.values())
        return [w for w in found if w.late >= 0], [w for w in found if w.late < 0]

    async def _is_any_due(self, connection: AsyncConnection) -> bool:
        return (await connection.execute(_any_due(self._database.now()))).first() is not None

    async def claim_watches(
        self, batch_ids: Sequence[str], lease: float, *, early: bool
    ) -> list[Cancellation]:
        """Return the watches of these batches that nobody has, leased for `lease` seconds.

        `early` takes those too that are not due yet.
        """

        async def claim() -> Sequence[Columns]:
            async with self._database.writing() as connection:
                named = {"batch_ids": list(batch_ids)}
                return await self._take(
                    connection, len(batch_ids), lease, _NAMED, early=early, **named
                )

        return await readable(claim, to_cancellation, self._aside, cancellations)

    async def look_now(self, batch_id: str, key: str) -> bool:
        """Make the watch of a batch due at once; False where there is none, or `key` came before.

        A look that is under way is outdated by it, and is done again: it writes no more. Looks that
        come too early are repeated soon, as those of a new watch.
        """
        now = self._database.now()
        is_watched = (_c.batch_id == batch_id, _IS_WATCHED, _c.finished_at.is_(None))
        async with self._database.writing() as connection:
            found = (await connection.execute(select(_c.id).where(*is_watched))).first()
            if found is None or not await mark_answered(connection, key, now):
                return False
            statement = update(cancellations).where(_c.id == found[0], _IS_WATCHED)
            soon = {"next_attempt_at": now, "attempts": 0, "polls": _SOON}
            free = {"claim": _c.claim + 1, "lease_until": None, "owner": None}
            return bool((await connection.execute(statement.values(**soon, **free))).rowcount)

    async def take_calls(self, wanted: int) -> int:
        """Take up to `wanted` calls out of the budget, less what is kept for people."""
        async with self._database.writing() as connection:
            return await self._budget.take(connection, wanted, self._budget.for_people)

    async def give_back(self, calls: int) -> None:
        """Put calls back that were not used."""
        if calls > 0:
            async with self._database.writing() as connection:
                await self._budget.give_back(connection, calls)

    async def save_many(
        self, changes: Sequence[tuple[Cancellation, Cancellation, float]]
    ) -> list[tuple[Cancellation, Cancellation]]:
        """Write what a look at many brought, in one transaction; return what was written.

        Each is the row before, after, and its delay in seconds. A row that somebody else has by now
        is left as it is.
        """
        written = []
        async with self._database.writing() as connection:
            await _lock(connection, [old for old, new, _ in changes if says_more(old, new)])
            # The cancellations are locked in the batches' order, as in a click.
            for old, new, delay in sorted(changes, key=lambda change: change[0].batch_id):
                await asyncio.sleep(0)  # nothing else in here waits on SQLite
                try:
                    await self._save_locked(connection, old, new, delay)
                except LeaseLost:
                    continue
                written.append((old, new))
            records = [record for old, new in written for record in of_cancellation(old, new)]
            await append(connection, records, self._database.now())
        return written

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds there may be work, None when nothing is unfinished."""
        async with self._database.reading() as connection:
            waits = [await self._wait(connection, _UNFINISHED_IN[State.CONFIRMED])]
            watched = await self._wait(connection, _WATCHED)
            if watched is not None:
                budget = await self._budget.wait(connection, self._budget.for_people)
                waits.append(max(watched, budget))
        return min((wait for wait in waits if wait is not None), default=None)

    async def oldest_due(self) -> float:
        """Return for how many seconds the oldest row has been due, whatever the budget says."""
        async with self._database.reading() as connection:
            waits = [await self._wait(connection, which) for which in _UNFINISHED_IN.values()]
        return max(0.0, -min((wait for wait in waits if wait is not None), default=0.0))

    async def _save(
        self, connection: AsyncConnection, old: Cancellation, new: Cancellation, delay: float | None
    ) -> None:
        """Let the cancellation go; what its request has to do about it is due in the same moment.

        The requests are locked first, as in a click.
        """
        if says_more(old, new):
            await _lock(connection, [old])
        await self._save_locked(connection, old, new, delay)

    def _of_intent(self, old: Cancellation, new: Cancellation) -> tuple[Record, ...]:
        return of_intent(old, new)

    def _of_save(self, old: Cancellation, new: Cancellation) -> tuple[Record, ...]:
        return of_cancellation(old, new)

    async def _save_locked(
        self, connection: AsyncConnection, old: Cancellation, new: Cancellation, delay: float | None
    ) -> None:
        if new.state is not old.state and new.state not in MOVES[old.state]:
            raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
        now, tells = self._database.now(), says_more(old, new)
        if tells:
            await wake_own(connection, old.request_id, now)
        await self._write(
            connection,
            _saved(now),
            old,
            new,
            delay=None if new.is_over else delay,
            over=0.0 if new.is_over else None,
        )
        if tells:
            await wake_joined(connection, old.id, now)


async def _lock(connection: AsyncConnection, rows: Sequence[Cancellation]) -> None:
    """Lock all requests that have something to do about these cancellations."""
    if rows:
        await lock_requests(connection, {row.request_id for row in rows}, [row.id for row in rows])


@lru_cache
def _saved(now: ColumnElement[float]) -> Update:
    """Return what writes a cancellation and lets it go.

    It is due `delay` seconds from now; it is over where `over` is 0. A time plus NULL is none.
    """
    return intended(cancellations).values(
        next_attempt_at=now + bindparam("delay", type_=Double),
        lease_until=None,
        owner=None,
        finished_at=now + bindparam("over", type_=Double),
    )


@lru_cache
def _any_due(now: ColumnElement[float]) -> Select[tuple[Any]]:
    return select(_c.id).where(is_due(cancellations, now), _WATCHED).limit(1)


@lru_cache
def _due(now: ColumnElement[float]) -> Select[tuple[Any, ...]]:
    """Return the query for the first `most` watches that nobody has."""
    return (
        select(_c.batch_id, now - _c.next_attempt_at, _c.polls, now - _c.confirmed_at)
        .where(is_free(cancellations, now), _WATCHED)
        .order_by(_c.next_attempt_at)
        .limit(bindparam("most", type_=Integer))
    )


@lru_cache
def _first(now: ColumnElement[float]) -> Select[tuple[Any, ...]]:
    """Return the same for those that have just begun, were pushed, or are `named`."""
    named = _c.batch_id.in_(bindparam("named", type_=String, expanding=True))
    return _due(now).where(or_(_c.polls <= _SOON, named))


def _watched(batch_id: str, late: object, polls: object, age: object) -> Watched:
    """Return a watch for the plan; a row that can't be read is set aside when it is claimed."""
    return Watched(
        batch_id,
        float(late) if isinstance(late, int | float) else 0.0,
        polls if isinstance(polls, int) else 0,
        float(age) if isinstance(age, int | float) else 0.0,
    )
