"""Leases: due rows of a table get an owner for a while, in each table that is worked on.

Its columns are `next_attempt_at`, `owner`, `lease_until` and `set_aside_by`. One statement claims:
on PostgreSQL rows that others are claiming are left out, on SQLite one transaction writes at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, Update, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.aside import Aside, is_for_us
from bot.store.rows import Columns, sort_out

T = TypeVar("T")


def is_due(table: Table, now: ColumnElement[float]) -> ColumnElement[bool]:
    """Return whether a row is due, nobody has it, and this version can read it."""
    return and_(is_free(table, now), table.c.next_attempt_at <= now)


def is_free(table: Table, now: ColumnElement[float]) -> ColumnElement[bool]:
    """Return whether nobody has a row, and this version can read it."""
    c = table.c
    return and_(is_for_us(table), or_(c.lease_until.is_(None), c.lease_until <= now))


def due_at(table: Table) -> ColumnElement[float]:
    """Return when a row can be claimed: when it is due, and nobody has it any more."""
    c = table.c
    return case((c.lease_until > c.next_attempt_at, c.lease_until), else_=c.next_attempt_at)


async def first_due(
    connection: AsyncConnection,
    table: Table,
    now: ColumnElement[float],
    which: ColumnElement[bool],
) -> float | None:
    """Return in how many seconds the first row can be claimed, None where none is due by itself.

    Each of the two queries reads the beginning of an index: ten thousand rows that are not due, or
    wait for something else, cost nothing.
    """
    c = table.c
    ours = and_(which, is_for_us(table))
    is_free_ = and_(ours, c.lease_until.is_(None), c.next_attempt_at.is_not(None))
    free = select(c.next_attempt_at - now).where(is_free_).order_by(c.next_attempt_at).limit(1)
    held = select(func.min(due_at(table)) - now).where(ours, c.lease_until.is_not(None))
    waits = [(await connection.execute(query)).scalar_one_or_none() for query in (free, held)]
    return min((float(wait) for wait in waits if wait is not None), default=None)


def claimed(
    table: Table,
    now: ColumnElement[float],
    which: ColumnElement[bool],
    limit: int,
    owner: str,
    lease: float,
    *,
    early: bool = False,
) -> Update:
    """Return what leases up to `limit` due rows, oldest first, for `lease` seconds.

    `early` takes those too that are not due yet.
    """
    due = (
        select(table.c.id)
        .where(is_free(table, now) if early else is_due(table, now), which)
        .order_by(table.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    leased = {"owner": owner, "lease_until": now + lease}
    return update(table).where(table.c.id.in_(select(due.c.id))).values(**leased)


def released(table: Table, owner: str | None) -> Update:
    """Return the statement that gives back the leases of an owner, or of everyone."""
    whose = table.c.owner.is_not(None) if owner is None else table.c.owner == owner
    return update(table).where(whose).values(owner=None, lease_until=None)


async def readable(
    claim: Callable[[], Awaitable[Sequence[Columns]]],
    to_row: Callable[[Columns], T],
    aside: Aside,
    table: Table,
) -> list[T]:
    """Claim until there are rows that can be read, or none are due; set the others aside.

    A crowd of rows that can't be read must not keep those behind it waiting.
    """
    while True:
        rows, unreadable = sort_out(to_row, await claim())
        if not await aside.put(table, unreadable) or rows or not unreadable:
            return rows
