"""The audit: records that are only ever added, in the transaction of what they tell.

The triggers of migration 0011 refuse all else. `audit_chain` has the two ends of the chain.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import Record, chained
from bot.domain.audit_chain import Ends, Place
from bot.errors import StoreUnavailable
from bot.store.database import Database
from bot.store.schema import audit, audit_chain

_a, _c = audit.c, audit_chain.c
_IS_THE_ROW = _c.id == 1
_GONE = "the audit has lost its own row in audit_chain: bring the database back from a copy"

_ADDED = insert(audit)
_LONGER = (
    update(audit_chain)
    .where(_IS_THE_ROW)
    .values(
        last_seq=bindparam("new_seq", type_=BigInteger),
        last_hash=bindparam("new_hash", type_=String),
    )
)
_SHORTER = (
    update(audit_chain)
    .where(_IS_THE_ROW)
    .values(
        pruned_seq=bindparam("new_seq", type_=BigInteger),
        pruned_hash=bindparam("new_hash", type_=String),
    )
)
_FORGOTTEN = delete(audit).where(_a.seq <= bindparam("new_seq", type_=BigInteger))
_ENDS = select(_c.last_seq, _c.last_hash, _c.pruned_seq, _c.pruned_hash).where(_IS_THE_ROW)
_ENDS_LOCKED = _ENDS.with_for_update()
_AT_ONCE = 1000
"""So many records are read at once: a million of them take no more memory than a few."""


async def append(
    connection: AsyncConnection, records: Sequence[Record], now: ColumnElement[float]
) -> None:
    """Add records at the end of the chain.

    They are the last statements of a transaction: whoever has locked the chain's end waits for
    nobody. Raises StoreUnavailable where the chain has no end any more: nothing is done unrecorded.
    """
    if not records:
        return
    end = (await connection.execute(_end(now))).first()
    if end is None:
        raise StoreUnavailable(_GONE)
    seq, last_hash, at = end
    rows = []
    for record in records:
        seq += 1
        rows.append(chained(record, seq, at, last_hash))
        last_hash = rows[-1]["hash"]
    await connection.execute(_ADDED, rows)
    await connection.execute(_LONGER, {"new_seq": seq, "new_hash": last_hash})


@lru_cache
def _end(now: ColumnElement[float]) -> Select[tuple[Any, ...]]:
    return select(_c.last_seq, _c.last_hash, now).where(_IS_THE_ROW).with_for_update()


@dataclass(frozen=True, slots=True)
class Which:
    """Which records somebody wants: from `since` on, before `until`, of a person or a batch.

    Times are in seconds since the epoch.
    """

    since: float | None = None
    until: float | None = None
    user_id: str | None = None
    batch_id: str | None = None


class Audit:
    """The audit of one database, for whoever reads it, and for retention."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database

    async def exists(self) -> bool:
        """Return whether the database has an audit; one of an older version has none."""
        async with self._database.reading() as connection:
            return await connection.run_sync(lambda c: inspect(c).has_table(audit_chain.name))

    async def records(self, which: Which) -> AsyncGenerator[dict[str, Any], None]:
        """Yield records in their order, each as its columns, all of one moment."""
        async with self._database.snapshot() as connection:
            async for columns in _in_order(connection, which):
                yield columns

    async def chain(self) -> AsyncGenerator[Ends | dict[str, Any], None]:
        """Yield the ends of the chain, and then all records in their order, of one moment.

        Raises StoreUnavailable where it has lost its ends.
        """
        async with self._database.snapshot() as connection:
            yield await _ends(connection, _ENDS)
            async for columns in _in_order(connection, Which()):
                yield columns

    async def prune(self, seconds: float, limit: int) -> int:
        """Forget up to `limit` records from the beginning on that are older; return how many.

        One that is not old enough keeps all that come after it: there is never a gap.
        """
        async with self._database.writing() as connection:
            before = (await _ends(connection, _ENDS_LOCKED)).pruned
            oldest = {"after": before.seq, "most": limit}
            rows = (await connection.execute(_OLDEST, oldest)).all()
            until = await self._database.time_on(connection) - seconds
            count = next((n for n, row in enumerate(rows) if row.at >= until), len(rows))
            if count:
                new = {"new_seq": rows[count - 1].seq, "new_hash": rows[count - 1].hash}
                await connection.execute(_SHORTER, new)
                await connection.execute(_FORGOTTEN, {"new_seq": new["new_seq"]})
        return count


_AFTER = _a.seq > bindparam("after", type_=BigInteger)
_OLDEST = (
    select(_a.seq, _a.at, _a.hash)
    .where(_AFTER)
    .order_by(_a.seq)
    .limit(bindparam("most", type_=Integer))
)


async def _ends(connection: AsyncConnection, query: Select[Any]) -> Ends:
    found = (await connection.execute(query)).first()
    if found is None:
        raise StoreUnavailable(_GONE)
    last_seq, last_hash, pruned_seq, pruned_hash = found
    return Ends(pruned=Place(pruned_seq, pruned_hash), last=Place(last_seq, last_hash))


async def _in_order(
    connection: AsyncConnection, which: Which
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the records page by page: each begins after the last one of the page before."""
    query = _wanted(which)
    last = -1
    while True:
        rows = (await connection.execute(query, {"after": last, "most": _AT_ONCE})).mappings().all()
        for row in rows:
            yield dict(row)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1]["seq"]


def _wanted(which: Which) -> Select[Any]:
    query = select(audit).where(_AFTER)
    if which.since is not None:
        query = query.where(_a.at >= which.since)
    if which.until is not None:
        query = query.where(_a.at < which.until)
    if which.user_id is not None:
        query = query.where(_a.user_id == which.user_id)
    if which.batch_id is not None:
        # LIKE would take BATCH for batch on SQLite, and on PostgreSQL not.
        spaced = " " + _a.batch_ids + " "
        query = query.where(func.replace(spaced, f" {which.batch_id} ", "") != spaced)
    return query.order_by(_a.seq).limit(bindparam("most", type_=Integer))
