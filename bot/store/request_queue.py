"""Requests that are to be worked on; one that waits for its cancellations is due when they move."""

from collections.abc import Sequence

from sqlalchemy import Double, case, cast, null
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.request import REQUEST_MOVES, Request
from bot.store.aggregate import to_aggregate, with_cancellations
from bot.store.aside import Aside
from bot.store.clicks import without_urls
from bot.store.database import Database
from bot.store.queue import Queue
from bot.store.rows import Columns
from bot.store.schema import requests

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
