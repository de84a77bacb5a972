"""A new question: once for each command, and only a few at once for each person."""

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.asking import Asked, AskedBefore, Asking, Replayed, TooManyOpen
from bot.domain.request import Request, RequestState
from bot.domain.schedule import (
    CONFIRMATION_VALID,
    LOOK_UP_PATIENCE,
    MOST_OPEN_QUESTIONS,
    WORTH_REPEATING,
)
from bot.store.aside import is_for_us
from bot.store.dialect import insert_into, is_postgresql
from bot.store.rows import batch_ids_in, to_columns, to_request
from bot.store.schema import answered, requests

_c = requests.c
_LOCKS = 20_250_726
"""The namespace of this lock among PostgreSQL's advisory locks; any number that is ours."""


async def store_question(connection: AsyncConnection, request: Request, key: str) -> Asking:
    """Store a question, due at once, unless the command was stored before or is one too many.

    Raises RowUnreadable where the same question is open and can't be read.
    """
    await _one_command_at_a_time(connection, request.user_id)
    if await _is_known(connection, key):
        return Replayed()
    found = await _open_questions(connection, request)
    for columns in found:
        if _is_the_same(columns, request):
            return AskedBefore(to_request(columns))
    if len(found) >= MOST_OPEN_QUESTIONS:
        return TooManyOpen(min(_over_at(columns) for columns in found))
    return Asked(request.id) if await _insert(connection, request, key) else Replayed()


async def _one_command_at_a_time(connection: AsyncConnection, user_id: str) -> None:
    """Let nobody's commands overtake each other until the transaction ends.

    On SQLite only one transaction writes at a time anyway.
    """
    if is_postgresql(connection):
        lock = func.pg_advisory_xact_lock(_LOCKS, func.hashtext(user_id))
        await connection.execute(select(lock))


async def _is_known(connection: AsyncConnection, key: str) -> bool:
    """Return whether the command was stored or answered before."""
    asked = select(_c.id).where(_c.request_key == key)
    told = select(answered.c.id).where(answered.c.id == key)
    return any([(await connection.execute(query)).first() is not None for query in (asked, told)])


async def _open_questions(connection: AsyncConnection, request: Request) -> list[RowMapping]:
    """Return the person's questions that can be answered still, newest first."""
    is_open = and_(
        _c.user_id == request.user_id,
        _c.state == RequestState.ASKED,
        or_(_c.expires_at.is_(None), _c.expires_at > request.asked_at),
        is_for_us(requests),
    )
    query = select(requests).where(is_open).order_by(_c.asked_at.desc())
    return list((await connection.execute(query)).mappings())


def _is_the_same(columns: RowMapping, request: Request) -> bool:
    """Return whether a question asks what `request` asks, and is not almost over."""
    is_there = columns["channel_id"] == request.channel_id
    is_same = is_there and set(batch_ids_in(columns)) == set(request.batch_ids)
    return is_same and _over_at(columns) - request.asked_at > WORTH_REPEATING


def _over_at(columns: RowMapping) -> float:
    """Return when a question is over; one that nobody has seen yet is looked up at first."""
    if columns["expires_at"] is not None:
        return float(columns["expires_at"])
    return float(columns["asked_at"]) + LOOK_UP_PATIENCE + CONFIRMATION_VALID


async def _insert(connection: AsyncConnection, request: Request, key: str) -> bool:
    """Insert the row; False when the command's key stands there already."""
    statement = (
        insert_into(connection, requests)
        .values(
            **to_columns(request),
            id=request.id,
            request_key=key,
            next_attempt_at=request.asked_at,
            claim=0,
            claimed_at=0.0,
            wakes=0,
        )
        .on_conflict_do_nothing(index_elements=["request_key"])
        .returning(requests.c.id)
    )
    return (await connection.execute(statement)).first() is not None
