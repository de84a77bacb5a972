"""A click: what it does to a request and its cancellations, with its answer, at once or not."""

from dataclasses import replace

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer
from bot.domain.approval import taken
from bot.domain.audit_of_click import of_click
from bot.domain.cancellation import LIVE, MOVES, Cancellation
from bot.domain.clicked import Click, Clicked, Decide, Live, Moved, Taken
from bot.domain.request import REQUEST_MOVES, UNDECIDED, Request, RequestState
from bot.store.aggregate import request_with, to_aggregate, with_cancellations, with_request
from bot.store.answers import mark_answered, put_answer
from bot.store.audit import append
from bot.store.dialect import insert_into, is_postgresql
from bot.store.follows import followers_of
from bot.store.rows import to_cancellation, to_columns
from bot.store.schema import cancellations, joins, requests
from bot.store.wakes import lock_requests, wake_joined, wake_own
from bot.store_ports import AlsoTold, Reply, ToFollowers

_c = cancellations.c
_MOST_TRIES = 3
"""So often is an insert tried that meets a live cancellation which then ends at that moment."""


async def store_click(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    decide: Decide,
    reply: Reply,
    click: Click,
    now: ColumnElement[float],
    to_followers: ToFollowers | None = None,
    also: AlsoTold | None = None,
) -> Clicked | None:
    """Carry out what a click decides, and store its answer; None for a replay, which gets none.

    What it decided is recorded with it.

    `to_followers` is what others read who wanted to be told of an end that never comes now, `also`
    what one more person reads.

    Everyone else waits for the rows meanwhile, so that nothing moves between reading and writing:
    first the request, then its cancellations, those of several batches in the batches' order.
    Raises RowUnreadable.
    """
    if not await mark_answered(connection, click.key, now):
        return None
    await _lock_joiners(connection, which)
    found = (await connection.execute(select(requests).where(which).with_for_update())).mappings()
    columns = await with_cancellations(connection, found.all(), lock=True)
    before = to_aggregate(columns[0]) if columns else None
    at = float((await connection.execute(select(now))).scalar_one())
    clicked = decide(before, at)
    if before is not None and isinstance(clicked, Moved):
        clicked = await _move(connection, before, clicked.request, now)
    about = None if before is None else before.id
    await put_answer(connection, replace(reply(clicked), request_id=about), now)
    other = None if also is None else also(clicked)
    if other is not None:
        await put_answer(connection, replace(other, request_id=about), now)
    if to_followers is not None and isinstance(clicked, Moved):
        await _tell_followers(connection, clicked.request, to_followers, now)
    await append(connection, of_click(click, before, clicked, at), now)
    return clicked


async def _lock_joiners(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Lock the request together with those that joined what it is cancelling: a click wakes them.

    On SQLite one transaction writes at a time anyway.
    """
    if not is_postgresql(connection):
        return
    query = select(_c.id, _c.request_id).join(requests, requests.c.id == _c.request_id)
    rows = (await connection.execute(query.where(which, _c.state.in_(LIVE)))).all()
    if rows:
        await lock_requests(connection, {row.request_id for row in rows}, [row.id for row in rows])


async def _tell_followers(
    connection: AsyncConnection,
    request: Request,
    to_followers: ToFollowers,
    now: ColumnElement[float],
) -> None:
    """Tell those who follow a request that this click has ended: no reply tells them."""
    if request.state is not RequestState.WITHDRAWN:
        return
    for who in await followers_of(connection, request.id):
        message = to_followers(request)
        answer = Answer("", who, message, fallback=message, request_id=request.id)
        await put_answer(connection, answer, now)


async def _move(
    connection: AsyncConnection, before: Request, after: Request, now: ColumnElement[float]
) -> Clicked:
    """Write what moved: new cancellations are inserted, or joined where others have one."""
    if not before.cancellations and after.cancellations:
        return await _begin(connection, before, after, now)
    for old, new in zip(before.cancellations, after.cancellations, strict=True):
        if new != old:
            await _change(connection, old, new, now)
            if new.is_over:
                await wake_joined(connection, new.id, now)
    await _write(connection, before, after, now)
    return Moved(after)


async def _begin(
    connection: AsyncConnection, before: Request, after: Request, now: ColumnElement[float]
) -> Clicked:
    begun: list[Cancellation] = []
    others: list[Live] = []
    for row in sorted(after.cancellations, key=lambda c: c.batch_id):
        other = await _insert(connection, row, now)
        if other is None:
            begun.append(row)
        else:
            others.append(other)
    if not begun:
        closed = taken(after)
        await _write(connection, before, closed, now)
        return Taken(closed, tuple(others))
    for other in others:
        join = {"request_id": after.id, "cancellation_id": other.cancellation.id}
        await connection.execute(insert(joins).values(**join))
    after = request_with(after, [*begun, *(other.cancellation for other in others)])
    await _write(connection, before, after, now)
    return Moved(after)


async def _insert(
    connection: AsyncConnection, row: Cancellation, now: ColumnElement[float]
) -> Live | None:
    """Insert a cancellation, due at once; return the one that is live already, where one is.

    That one is kept as it is until the transaction ends, so that its next move wakes who joins it.
    """
    statement = (
        insert_into(connection, cancellations)
        .values(
            **to_columns(row),
            id=row.id,
            next_attempt_at=now if row.not_before is None else row.not_before,
            claim=0,
            claimed_at=0.0,
        )
        .on_conflict_do_nothing()
        .returning(_c.id)
    )
    is_live = (_c.batch_id == row.batch_id, _c.state.in_(LIVE))
    query = select(cancellations).where(*is_live).with_for_update()
    for _ in range(_MOST_TRIES):
        if (await connection.execute(statement)).first() is not None:
            return None
        found = (await connection.execute(query)).mappings().first()
        if found is not None:
            return await with_request(connection, to_cancellation(found))
    raise RuntimeError("a batch's cancellations begin and end faster than they can be read")


async def _change(
    connection: AsyncConnection, old: Cancellation, new: Cancellation, now: ColumnElement[float]
) -> None:
    """Change a cancellation; a step that holds it meanwhile loses it."""
    if new.state is not old.state and new.state not in MOVES[old.state]:
        raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
    await connection.execute(
        update(cancellations)
        .where(_c.id == old.id)
        .values(
            **to_columns(new),
            claim=_c.claim + 1,
            next_attempt_at=None if new.is_over else now,
            lease_until=None,
            owner=None,
            finished_at=now if new.is_over else None,
        )
    )


async def _write(
    connection: AsyncConnection, before: Request, after: Request, now: ColumnElement[float]
) -> None:
    """Move the request; a step that holds it meanwhile loses it.

    One that stays where it is keeps its step, which may have a post under way, and is woken; what
    is told next takes the place of the newest answer. One that is asked about what was picked is
    due at once, others when their cancellations move.
    """
    if after.state is before.state:
        own = update(requests).where(requests.c.id == before.id)
        await connection.execute(own.values(click_url=after.click_url))
        await wake_own(connection, before.id, now)
        return
    if after.state not in REQUEST_MOVES[before.state]:
        raise ValueError(f"no request moves from {before.state} to {after.state}")
    ends = not REQUEST_MOVES[after.state]
    await connection.execute(
        update(requests)
        .where(requests.c.id == before.id)
        .values(
            **to_columns(without_urls(after) if ends else after),
            claim=requests.c.claim + 1,
            next_attempt_at=now if _is_due(after) else None,
            lease_until=None,
            owner=None,
            finished_at=now if ends else None,
        )
    )


def _is_due(request: Request) -> bool:
    """Return whether there is something to do before a cancellation moves: a step, or an update.

    What stands in the channel loses its buttons the moment it is decided.
    """
    is_shown = request.announcement.ts is not None
    return request.state in {*UNDECIDED, RequestState.CLOSING} or is_shown


def without_urls(request: Request) -> Request:
    """Return the request without its response URLs, which nobody needs once it is over."""
    return replace(request, command_url=None, click_url=None)
