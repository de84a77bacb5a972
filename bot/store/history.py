"""What was cancelled, and what is being cancelled now. Nothing is locked, and Respan is not asked.

Each query reads the beginning of an index: ten thousand cancellations cost as little as ten.
"""

from contextlib import suppress

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.command import ShowHistory
from bot.domain.history import Entries, Entry
from bot.domain.message import MessageState
from bot.domain.request import Request, RequestState
from bot.store.database import Database
from bot.store.reading import Unreadable, read
from bot.store.rows import Columns, sort_out, to_cancellation, to_request
from bot.store.schema import cancellations, requests

_c, _r = cancellations.c, requests.c
_UNFINISHED = _c.finished_at.is_(None)
_WAITING = select(requests).where(_r.state == RequestState.NEEDS_APPROVAL, _r.finished_at.is_(None))


class History:
    """The cancellations of one database, which is one installation's."""

    def __init__(self, database: Database) -> None:
        """Read that database."""
        self._database = database

    async def latest(self, which: ShowHistory, limit: int) -> Entries:
        """Return up to `limit` of the latest cancellations of a person, of batches, or of all.

        `which.own` is no filter here: whoever asks is named by `which.user_id`. Raises StoreError.
        """
        async with self._database.reading() as connection:
            return await _entries(connection, _newest(_filter(which), limit))

    async def under_way(self, limit: int) -> Entries:
        """Return up to `limit` cancellations that are under way, and how many more there are.

        One in a state that this version does not know counts among them. Raises StoreError.
        """
        async with self._database.reading() as connection:
            found = await _entries(connection, _newest(_UNFINISHED, limit))
            count = select(func.count()).select_from(cancellations).where(_UNFINISHED)
            total = int((await connection.execute(count)).scalar_one())
        more = max(0, total - len(found.shown) - found.unreadable)
        return Entries(found.shown, more, found.unreadable)

    async def waiting(self, limit: int) -> tuple[Request, ...]:
        """Return up to `limit` of the requests that wait for a second person, the newest first.

        Those of another version, which can't be read, are left out. Raises StoreError.
        """
        newest = _WAITING.order_by(_r.confirmed_at.desc()).limit(limit)
        async with self._database.reading() as connection:
            found = (await connection.execute(newest)).mappings().all()
        return tuple(sort_out(to_request, found)[0])


def _newest(which: ColumnElement[bool], limit: int) -> Select[tuple[object, ...]]:
    return (
        select(cancellations, _r.announcement, _r.thread_ts)
        .outerjoin(requests, _r.id == _c.request_id)
        .where(which)
        .order_by(_c.confirmed_at.desc())
        .limit(limit)
    )


def _filter(which: ShowHistory) -> ColumnElement[bool]:
    """Return whose cancellations count: a name is that of the person who last used it."""
    if which.batch_ids:
        return _c.batch_id.in_(which.batch_ids)
    if which.user_id is not None:
        return _c.user_id == which.user_id
    if which.user_name is None:
        return true()
    named = select(_r.user_id).where(_r.user_name == which.user_name.lower())
    return _c.user_id == named.order_by(_r.asked_at.desc()).limit(1).scalar_subquery()


async def _entries(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> Entries:
    found = (await connection.execute(query)).mappings().all()
    entries, unreadable = sort_out(_to_entry, found)
    return Entries(tuple(entries), unreadable=len(unreadable))


def _to_entry(columns: Columns) -> Entry:
    """Return what stands in the columns; raises RowUnreadable.

    An announcement that can't be read costs the link only.
    """
    row, announcement = to_cancellation(columns), MessageState()
    with suppress(Unreadable):
        announcement = read(MessageState, columns["announcement"])
    thread_ts = columns["thread_ts"]
    return Entry(row, announcement, thread_ts if isinstance(thread_ts, str) else None)
