"""Requests that are to be worked on; one that waits for its cancellations is due when they move."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import BigInteger, ColumnElement, Double, Update, bindparam, case
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import Record
from bot.domain.audit_of import of_request
from bot.domain.request import REQUEST_MOVES, Request
from bot.store.aggregate import to_aggregate, with_cancellations
from bot.store.aside import Aside
from bot.store.clicks import without_urls
from bot.store.database import Database
from bot.store.queue import Queue, intended
from bot.store.rows import Columns
from bot.store.schema import requests

_c = requests.c
_UNFINISHED = _c.finished_at.is_(None)


class RequestQueue(Queue[Request]):
    """The requests, each with its cancellations as they are when it is claimed."""

    def __init__(self, database: Database, owner: str, aside: Aside) -> None:
        """Claim requests of that database for `owner`."""
        super().__init__(database, owner, aside, requests, to_aggregate)

    async def _claim(self, limit: int, lease: float) -> Sequence[Columns]:
        async with self._database.writing() as connection:
            found = await self._take(connection, limit, lease, _UNFINISHED)
            return await with_cancellations(connection, found)

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds there may be work, None when nothing is due by itself."""
        async with self._database.reading() as connection:
            return await self._wait(connection, _UNFINISHED)

    async def _save(
        self, connection: AsyncConnection, old: Request, new: Request, delay: float | None
    ) -> None:
        """Let the request go; where something moved meanwhile, it is due at once.

        What is tried again keeps its time: it reads what moved when it comes to it.
        """
        if new.state is not old.state and new.state not in REQUEST_MOVES[old.state]:
            raise ValueError(f"no request moves from {old.state} to {new.state}")
        ends = not REQUEST_MOVES[new.state]
        keeps = new.attempts > 0 and delay is not None
        await self._write(
            connection,
            _saved(self._database.now()),
            old,
            without_urls(new) if ends else new,
            delay=None if ends else delay,
            known_wakes=None if keeps or ends else old.wakes,
            over=0.0 if ends else None,
        )

    def _of_save(self, old: Request, new: Request) -> tuple[Record, ...]:
        return of_request(old, new)


@lru_cache
def _saved(now: ColumnElement[float]) -> Update:
    """Return what writes a request and lets it go.

    It is due `delay` seconds from now, but at once where it was woken more often than `known_wakes`
    tells; it is over where `over` is 0. NULL switches each of them off: a time plus NULL is none,
    and no number is known to differ from NULL.
    """
    later = now + bindparam("delay", type_=Double)
    was_woken = _c.wakes != bindparam("known_wakes", type_=BigInteger)
    return intended(requests).values(
        next_attempt_at=case((was_woken, now), else_=later),
        lease_until=None,
        owner=None,
        finished_at=now + bindparam("over", type_=Double),
    )
