"""Leases: due rows of a table get an owner for a while, in each table that is worked on.

Its columns are `next_attempt_at`, `owner`, `lease_until` and `set_aside_by`. One statement claims:
on PostgreSQL rows that others are claiming are left out, on SQLite one transaction writes at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    Select,
    String,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
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

    `which` is the same expression at each call.
    """
    waits = (await connection.execute(_waits(table, now, which))).one()
    return min((float(wait) for wait in waits if wait is not None), default=None)


@lru_cache
def _waits(
    table: Table, now: ColumnElement[float], which: ColumnElement[bool]
) -> Select[tuple[Any, Any]]:
    """Return the query for the first free row and for the first one that somebody has.

    Each of the two reads the beginning of an index: ten thousand rows that are not due, or wait for
    something else, cost nothing.
    """
    c = table.c
    ours = and_(which, is_for_us(table))
    is_free_ = and_(ours, c.lease_until.is_(None), c.next_attempt_at.is_not(None))
    free = select(c.next_attempt_at - now).where(is_free_).order_by(c.next_attempt_at).limit(1)
    held = select(func.min(due_at(table)) - now).where(ours, c.lease_until.is_not(None))
    return select(free.scalar_subquery(), held.scalar_subquery())


@lru_cache
def claimed(
    table: Table, now: ColumnElement[float], which: ColumnElement[bool], *, early: bool = False
) -> Update:
    """Return what leases due rows, oldest first; `early` takes those too that are not due yet.

    How many, for whom, and for how many seconds say the parameters of `lease_of`. `which` is the
    same expression at each call.
    """
    due = (
        select(table.c.id)
        .where(is_free(table, now) if early else is_due(table, now), which)
        .order_by(table.c.next_attempt_at)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    leased = {
        "owner": bindparam("new_owner", type_=String),
        "lease_until": now + bindparam("lease", type_=Double),
    }
    return update(table).where(table.c.id.in_(select(due.c.id))).values(**leased)


def lease_of(most: int, owner: str, seconds: float) -> dict[str, object]:
    """Return the parameters of `claimed`."""
    return {"most": most, "new_owner": owner, "lease": seconds}


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
