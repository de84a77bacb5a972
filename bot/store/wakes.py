"""Wakes: a request that waits for something is made due at once, and no step loses its row."""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import ColumnElement, String, Update, and_, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import is_postgresql
from bot.store.schema import joins, requests

_c = requests.c
_JOINERS = select(joins.c.request_id).where(
    joins.c.cancellation_id.in_(bindparam("own_ids", type_=String, expanding=True))
)
_LOCKED = (
    select(_c.id)
    .where(_c.id.in_(bindparam("ids", type_=String, expanding=True)))
    .order_by(_c.id)
    .with_for_update()
)


async def lock_requests(
    connection: AsyncConnection, own_ids: Collection[str], cancellation_ids: Collection[str]
) -> None:
    """Lock what the moves of cancellations wake: their own requests, and those that joined them.

    All who lock several requests do it in the order of their ids, before they lock cancellations:
    else two of them could wait for each other. Who joins after this look is locked last. On SQLite
    one transaction writes at a time anyway.
    """
    if not is_postgresql(connection):
        return
    joined = (await connection.execute(_JOINERS, {"own_ids": list(cancellation_ids)})).scalars()
    ids = sorted({*own_ids, *joined})
    if len(ids) > 1:
        await connection.execute(_LOCKED, {"ids": ids})


async def wake_own(connection: AsyncConnection, request_id: str, now: ColumnElement[float]) -> None:
    """Make a request due at once: a cancellation of its own moves, or a person has clicked."""
    await connection.execute(_woken(now), {"ids": [request_id]})


async def wake_joined(
    connection: AsyncConnection, cancellation_id: str, now: ColumnElement[float]
) -> None:
    """Make the requests that joined a cancellation due at once.

    It must have been written before: whoever joins it waits for that, or is seen here.
    """
    found = (await connection.execute(_JOINERS, {"own_ids": [cancellation_id]})).scalars()
    ids = sorted(found)
    if ids:
        await connection.execute(_LOCKED, {"ids": ids})
        await connection.execute(_woken(now), {"ids": ids})


@lru_cache
def _woken(now: ColumnElement[float]) -> Update:
    """Count a wake; what is tried again keeps its time, which the other side may have asked for."""
    is_soon = and_(_c.next_attempt_at.is_not(None), or_(_c.attempts > 0, _c.next_attempt_at < now))
    due = case((is_soon, _c.next_attempt_at), else_=now)
    return (
        update(requests)
        .where(_c.id.in_(bindparam("ids", expanding=True)), _c.finished_at.is_(None))
        .values(wakes=_c.wakes + 1, next_attempt_at=due)
    )
