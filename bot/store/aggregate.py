"""Requests with the cancellations that they read: their own, and those that they joined."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, RowMapping, String, and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.cancellation import LIVE, Cancellation, State
from bot.domain.clicked import Live
from bot.domain.request import UNDECIDED, Request
from bot.errors import RowUnreadable
from bot.store.rows import Columns, to_cancellation, to_request
from bot.store.schema import cancellations, joins, requests

_c = cancellations.c
_READ = "cancellations"
"""The key under which a request's columns carry the rows of its cancellations."""

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OWN = select(cancellations).where(_c.request_id.in_(_IDS))
_OWN_LOCKED = _OWN.order_by(_c.batch_id).with_for_update()
_JOINED = (
    select(joins.c.request_id.label("joiner"), cancellations)
    .join(cancellations, _c.id == joins.c.cancellation_id)
    .where(joins.c.request_id.in_(_IDS))
)
_UNREPORTED = exists().where(requests.c.id == _c.request_id, requests.c.finished_at.is_(None))
_IS_LIVE = or_(
    _c.state.in_(LIVE),
    and_(_c.state == State.ENDED, _UNREPORTED),
    and_(_c.state.not_in(list(State)), _c.finished_at.is_(None)),
)
_LIVE = (
    select(cancellations)
    .where(_c.batch_id == bindparam("own_batch", type_=String), _IS_LIVE)
    .order_by(_c.confirmed_at.desc())
    .limit(1)
)
_REQUEST = select(requests).where(requests.c.id == bindparam("own_id", type_=String))


async def with_cancellations(
    connection: AsyncConnection, found: Sequence[RowMapping], *, lock: bool = False
) -> list[dict[str, Any]]:
    """Return the columns of requests with those of their cancellations, for `to_aggregate`.

    `lock` keeps everyone else from changing a request's own until the transaction ends.
    """
    ids = [columns["id"] for columns in found if columns["state"] not in UNDECIDED]
    of_request: dict[str, list[RowMapping]] = {columns["id"]: [] for columns in found}
    if ids:
        own = _OWN_LOCKED if lock else _OWN
        for row in (await connection.execute(own, {"ids": ids})).mappings():
            of_request[row["request_id"]].append(row)
        for row in (await connection.execute(_JOINED, {"ids": ids})).mappings():
            of_request[row["joiner"]].append(row)
    return [{**columns, _READ: of_request[columns["id"]]} for columns in found]


def to_aggregate(columns: Columns) -> Request:
    """Return the request that stands in the columns; raises RowUnreadable.

    One of whose cancellations can't be read is none that could be worked on.
    """
    request = to_request(columns)
    try:
        read = [to_cancellation(row) for row in columns[_READ]]
    except RowUnreadable as error:
        reason = f"cancellation {error.row_id}: {error.reason}"
        raise RowUnreadable(request.id, reason, error.batch_id) from None
    return request_with(request, read)


def request_with(request: Request, read: Sequence[Cancellation]) -> Request:
    """Return the request with the cancellations of its last confirmation, in its own order."""
    order = {batch_id: place for place, batch_id in enumerate(request.batch_ids)}
    current = [c for c in read if c.request_id != request.id or c.round == request.asked_again]
    current.sort(key=lambda c: order.get(c.batch_id, len(order)))
    return replace(request, cancellations=tuple(current))


async def live(connection: AsyncConnection, batch_id: str) -> Live | None:
    """Return the cancellation of this batch that is under way, or not reported yet.

    An unfinished one in a state that this version does not know counts as live, and raises
    RowUnreadable, as does one that can't be read otherwise.
    """
    found = (await connection.execute(_LIVE, {"own_batch": batch_id})).mappings().first()
    return None if found is None else await with_request(connection, to_cancellation(found))


async def with_request(connection: AsyncConnection, row: Cancellation) -> Live:
    """Return the cancellation with the request that it belongs to; raises RowUnreadable."""
    found = (await connection.execute(_REQUEST, {"own_id": row.request_id})).mappings().all()
    if not found:
        raise RowUnreadable(row.id, "its request is gone", row.batch_id)
    (columns,) = await with_cancellations(connection, found)
    return Live(row, to_aggregate(columns))
