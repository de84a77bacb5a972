"""A new question: once for each command, and only a few at once for each person."""

from functools import cache

from sqlalchemy import Insert, RowMapping, and_, bindparam, exists, func, or_, select
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
from bot.store.dialect import insert_on, is_postgresql
from bot.store.rows import batch_ids_in, to_columns, to_request
from bot.store.schema import answered, requests

_c = requests.c
_LOCKS = 20_250_726
"""The namespace of this lock among PostgreSQL's advisory locks; any number that is ours."""

_KNOWN = select(
    or_(
        exists().where(_c.request_key == bindparam("key")),
        exists().where(answered.c.id == bindparam("key")),
    ).label("is_known")
).subquery("known")
_IS_OPEN = and_(
    _c.user_id == bindparam("user"),
    _c.state == RequestState.ASKED,
    or_(_c.expires_at.is_(None), _c.expires_at > bindparam("now")),
    is_for_us(requests),
)
_KNOWN_AND_OPEN = (
    select(_KNOWN.c.is_known, requests)
    .select_from(_KNOWN.outerjoin(requests, _IS_OPEN))
    .order_by(_c.asked_at.desc())
)
"""Made once, as to make a statement costs more than SQLite needs for it."""


async def store_question(connection: AsyncConnection, request: Request, key: str) -> Asking:
    """Store a question, due at once, unless the command was stored before or is one too many.

    Raises RowUnreadable where the same question is open and can't be read.
    """
    await _one_command_at_a_time(connection, request.user_id)
    is_known, found = await _known_and_open(connection, request, key)
    if is_known:
        return Replayed()
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


async def _known_and_open(
    connection: AsyncConnection, request: Request, key: str
) -> tuple[bool, list[RowMapping]]:
    """Return whether the command was stored or answered before, and the person's questions.

    They are those that can be answered still, newest first. Where there are none, the one row that
    is there all the same has no id.
    """
    values = {"key": key, "user": request.user_id, "now": request.asked_at}
    rows = list((await connection.execute(_KNOWN_AND_OPEN, values)).mappings())
    return bool(rows[0]["is_known"]), [row for row in rows if row["id"] is not None]


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
    values = {
        **to_columns(request),
        "id": request.id,
        "request_key": key,
        "next_attempt_at": request.asked_at,
        "claim": 0,
        "claimed_at": 0.0,
        "wakes": 0,
    }
    statement = _insert_new(connection.dialect.name)
    return (await connection.execute(statement, values)).first() is not None


@cache
def _insert_new(dialect: str) -> Insert:
    """Return the insert of a row that leaves one with the same key alone."""
    insert = insert_on(dialect, requests)
    return insert.on_conflict_do_nothing(index_elements=["request_key"]).returning(_c.id)
