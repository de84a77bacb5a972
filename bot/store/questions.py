"""A new question: once for each command, and only a few at once for each person."""

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.asking import Asked, AskedBefore, Asking, Replayed, TooManyOpen
from bot.domain.audit_of import of_new_request
from bot.domain.request import UNDECIDED, Request, RequestState
from bot.domain.schedule import (
    CONFIRMATION_VALID,
    LOOK_UP_PATIENCE,
    MOST_OPEN_QUESTIONS,
    WORTH_REPEATING,
)
from bot.store.aside import is_for_us
from bot.store.audit import append
from bot.store.dialect import is_postgresql
from bot.store.inserts import insert_request
from bot.store.rows import batch_ids_in, to_request
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
    _c.state.in_(sorted(UNDECIDED)),
    or_(_c.expires_at.is_(None), _c.expires_at > bindparam("now")),
    is_for_us(requests),
)
_KNOWN_AND_OPEN = (
    select(_KNOWN.c.is_known, requests)
    .select_from(_KNOWN.outerjoin(requests, _IS_OPEN))
    .order_by(_c.asked_at.desc())
)
"""Made once, as to make a statement costs more than SQLite needs for it."""

_CLOSED = (
    update(requests)
    .where(
        _c.id.in_(bindparam("own_ids", type_=String, expanding=True)),
        _c.state == RequestState.PICKING,  # a click may have moved it since it was read
    )
    .values(
        state=RequestState.EXPIRED,
        claim=_c.claim + 1,
        next_attempt_at=None,
        lease_until=None,
        owner=None,
        finished_at=bindparam("at"),
        command_url=None,
    )
    .returning(_c.id)
)


async def store_question(
    connection: AsyncConnection, request: Request, key: str, now: ColumnElement[float]
) -> Asking:
    """Store a question, due at once, unless the command was stored before or is one too many.

    That it was asked is recorded with it.

    Raises RowUnreadable where the same question is open and can't be read.
    """
    await _one_command_at_a_time(connection, request.user_id)
    is_known, found = await _known_and_open(connection, request, key)
    if is_known:
        return Replayed()
    if request.state is RequestState.PICKING:
        found = await _without_older_list(connection, request, found)
    for columns in found:
        if _is_the_same(columns, request):
            return AskedBefore(to_request(columns))
    if len(found) >= MOST_OPEN_QUESTIONS:
        return TooManyOpen(min(_over_at(columns) for columns in found))
    if not await insert_request(connection, request, key, request.asked_at):
        return Replayed()
    await append(connection, of_new_request(request, key), now)
    return Asked(request.id)


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
    """Return whether the command was stored or answered before, and what is open of the person's.

    They are those that can be answered still, newest first. Where there are none, the one row that
    is there all the same has no id.
    """
    values = {"key": key, "user": request.user_id, "now": request.asked_at}
    rows = list((await connection.execute(_KNOWN_AND_OPEN, values)).mappings())
    return bool(rows[0]["is_known"]), [row for row in rows if row["id"] is not None]


async def _without_older_list(
    connection: AsyncConnection, request: Request, found: list[RowMapping]
) -> list[RowMapping]:
    """Close the lists that the person has been shown in this channel: a new one takes their place.

    Return what stays open, with a list that has become a question in this moment.
    """
    older = [columns["id"] for columns in found if _is_older_list(columns, request)]
    if not older:
        return found
    closed = {"own_ids": older, "at": request.asked_at}
    ids = set((await connection.execute(_CLOSED, closed)).scalars())
    return [columns for columns in found if columns["id"] not in ids]


def _is_older_list(columns: RowMapping, request: Request) -> bool:
    """Return whether a row is a list that the person has been shown where they ask for one."""
    return (
        columns["state"] == RequestState.PICKING
        and columns["channel_id"] == request.channel_id
        and columns["shown_at"] is not None
    )


def _is_the_same(columns: RowMapping, request: Request) -> bool:
    """Return whether a row asks what `request` asks, and is not almost over.

    An older list is not: it was closed, or has become a question in this moment.
    """
    if columns["state"] == RequestState.NEEDS_APPROVAL:
        return _waits_for_the_same(columns, request)
    is_same = (
        columns["state"] == request.state
        and columns["channel_id"] == request.channel_id
        and columns["thread_ts"] == request.thread_ts
        and columns["words"] == request.words
        and set(batch_ids_in(columns)) == set(request.batch_ids)
    )
    is_same = is_same and not _is_older_list(columns, request)
    return is_same and _over_at(columns) - request.asked_at > WORTH_REPEATING


def _waits_for_the_same(columns: RowMapping, request: Request) -> bool:
    """Return whether a row waits for a second person to agree to what `request` asks there."""
    return (
        request.state is RequestState.ASKED
        and columns["channel_id"] == request.channel_id
        and set(batch_ids_in(columns)) == set(request.batch_ids)
    )


def _over_at(columns: RowMapping) -> float:
    """Return when a question is over; one that nobody has seen yet is looked up at first."""
    if columns["expires_at"] is not None:
        return float(columns["expires_at"])
    return float(columns["asked_at"]) + LOOK_UP_PATIENCE + CONFIRMATION_VALID
