"""Requests that are to be worked on; one that waits for its cancellations is due when they move."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Double, and_, case, cast, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.request import REQUEST_MOVES, Request
from bot.store.aggregate import to_aggregate, with_cancellations
from bot.store.aside import Aside
from bot.store.clicks import without_urls
from bot.store.database import Database
from bot.store.queue import Queue
from bot.store.rows import Columns
from bot.store.schema import cancellations, joins, requests

_c = requests.c


class RequestQueue(Queue[Request]):
    """The requests, each with its cancellations as they are when it is claimed."""

    def __init__(self, database: Database, owner: str, aside: Aside) -> None:
        """Claim requests of that database for `owner`."""
        super().__init__(database, owner, aside, requests, to_aggregate)

    async def _claim(self, limit: int, lease: float) -> Sequence[Columns]:
        async with self._database.writing() as connection:
            found = await self._take(connection, limit, lease)
            return await with_cancellations(connection, found)

    async def _save(
        self, connection: AsyncConnection, old: Request, new: Request, delay: float | None
    ) -> None:
        """Let the request go; where something moved meanwhile, it is due at once.

        What is tried again keeps its time: it reads what moved when it comes to it.
        """
        if new.state is not old.state and new.state not in REQUEST_MOVES[old.state]:
            raise ValueError(f"no request moves from {old.state} to {new.state}")
        now, ends = self._database.now(), not REQUEST_MOVES[new.state]
        later = cast(null(), Double) if delay is None or ends else now + delay
        keeps = new.attempts > 0 and delay is not None
        due = later if keeps or ends else case((_c.wakes == old.wakes, later), else_=now)
        await self._write(
            connection,
            old,
            without_urls(new) if ends else new,
            next_attempt_at=due,
            lease_until=None,
            owner=None,
            finished_at=now if ends else None,
        )

    async def backlog(self) -> dict[str, int]:
        """Return how many questions are open, and how many cancellations are not reported."""
        asked = select(func.count()).where(_c.state == "asked")
        c = cancellations.c
        unreported = (
            select(c.state, func.count())
            .join(requests, _c.id == c.request_id)
            .where(_c.finished_at.is_(None), c.round == _c.asked_again)
            .group_by(c.state)
        )
        async with self._database.reading() as connection:
            open_ones = int((await connection.execute(asked)).scalar_one())
            found = (await connection.execute(unreported)).all()
        waiting = {"asked": open_ones} if open_ones else {}
        return waiting | {state: int(count) for state, count in found}


async def wake_own(connection: AsyncConnection, request_id: str, now: ColumnElement[float]) -> None:
    """Make the request of a cancellation that moves due at once."""
    await _wake(connection, _c.id == request_id, now)


async def wake_joined(
    connection: AsyncConnection, cancellation_id: str, now: ColumnElement[float]
) -> None:
    """Make the requests that joined a cancellation due at once.

    It must have been written before: whoever joins it waits for that, or is seen here.
    """
    query = select(joins.c.request_id).where(joins.c.cancellation_id == cancellation_id)
    ids = sorted((await connection.execute(query)).scalars())
    if ids:
        locked = select(_c.id).where(_c.id.in_(ids)).order_by(_c.id).with_for_update()
        await connection.execute(locked)
        await _wake(connection, _c.id.in_(ids), now)


async def _wake(
    connection: AsyncConnection, which: ColumnElement[bool], now: ColumnElement[float]
) -> None:
    """Count a wake; what is tried again keeps its time, which the other side may have asked for."""
    is_soon = and_(_c.next_attempt_at.is_not(None), or_(_c.attempts > 0, _c.next_attempt_at < now))
    due = case((is_soon, _c.next_attempt_at), else_=now)
    await connection.execute(
        update(requests)
        .where(which, _c.finished_at.is_(None))
        .values(wakes=_c.wakes + 1, next_attempt_at=due)
    )
