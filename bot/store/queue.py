"""Rows that are to be worked on, as one owner (a process) sees them: claimed, saved, released."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Generic

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    String,
    Table,
    Update,
    UpdateBase,
    bindparam,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer
from bot.domain.audit import Record
from bot.domain.audit_of import of_new_request
from bot.domain.request import Request
from bot.errors import LeaseLost
from bot.store.answers import put_answer
from bot.store.aside import Aside
from bot.store.audit import append
from bot.store.database import Database
from bot.store.inserts import insert_request
from bot.store.leases import claimed, first_due, lease_of, readable, released
from bot.store.rows import Columns, to_columns
from bot.store_ports import Row


class Queue(Generic[Row]):
    """One table's rows: each is claimed with a lease and a fence.

    `to_row` makes a row out of its columns; those that it can't read go to `aside`.
    """

    def __init__(
        self,
        database: Database,
        owner: str,
        aside: Aside,
        table: Table,
        to_row: Callable[[Columns], Row],
    ) -> None:
        """Claim rows of that table for `owner`."""
        self._database = database
        self._owner = owner
        self._aside = aside
        self._table = table
        self._to_row: Callable[[Columns], Row] = to_row

    async def claim(self, limit: int, lease: float) -> list[Row]:
        """Return up to `limit` due rows, leased for `lease` seconds, each with a new claim."""
        claim = partial(self._claim, limit, lease)
        return await readable(claim, self._to_row, self._aside, self._table)

    async def _claim(self, limit: int, lease: float) -> Sequence[Columns]:
        """Claim rows in one transaction, and return their columns."""
        raise NotImplementedError

    async def _take(
        self,
        connection: AsyncConnection,
        limit: int,
        lease: float,
        which: ColumnElement[bool],
        *,
        early: bool = False,
        **named: object,
    ) -> Sequence[RowMapping]:
        """Lease rows; `which` is the same expression at each call, `named` its parameters."""
        if limit <= 0:
            return []
        statement = _fenced(self._table, self._database.now(), which, early=early)
        values = lease_of(limit, self._owner, lease) | named
        return list((await connection.execute(statement, values)).mappings())

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds there may be work, None when nothing is due by itself."""
        raise NotImplementedError

    async def _wait(self, connection: AsyncConnection, which: ColumnElement[bool]) -> float | None:
        return await first_due(connection, self._table, self._database.now(), which)

    async def save_intent(self, old: Row, new: Row) -> None:
        """Write what is about to be done, and keep the row. Raises LeaseLost."""
        async with self._database.writing() as connection:
            await self._write(connection, intended(self._table), old, new)
            await append(connection, self._of_intent(old, new), self._database.now())

    async def save(
        self,
        old: Row,
        new: Row,
        delay: float | None,
        answers: tuple[Answer, ...] = (),
        asks: Request | None = None,
    ) -> None:
        """Write what came of a step, with its answers, and let the row go for `delay` seconds.

        None lets it go until something wakes it. `asks` is a request that begins with it, and is
        due when its question is over. Raises LeaseLost.
        """
        async with self._database.writing() as connection:
            await self._save(connection, old, new, delay)
            if asks is not None:
                await insert_request(connection, asks, None, asks.expires_at or asks.asked_at)
            for answer in answers:
                own = replace(answer, request_id=old.request_id)
                await put_answer(connection, own, self._database.now())
            records = self._of_save(old, new)
            if asks is not None:
                records += of_new_request(asks, None, after=old.request_id)
            await append(connection, records, self._database.now())

    async def _save(
        self, connection: AsyncConnection, old: Row, new: Row, delay: float | None
    ) -> None:
        raise NotImplementedError

    def _of_intent(self, old: Row, new: Row) -> tuple[Record, ...]:
        """Return what the audit keeps of an intent: of posts none, they decide nothing."""
        del old, new
        return ()

    def _of_save(self, old: Row, new: Row) -> tuple[Record, ...]:
        """Return what the audit keeps of what came of a step."""
        raise NotImplementedError

    async def _write(
        self, connection: AsyncConnection, statement: Update, old: Row, new: Row, **more: object
    ) -> None:
        """Compare and set on the claim and on the state the row came from.

        The statement is one of `intended`, and `more` its further parameters. Raises LeaseLost.
        """
        was = {"old_id": old.id, "old_claim": old.claim, "old_state": str(old.state)}
        if not (await connection.execute(statement, to_columns(new) | was | more)).rowcount:
            raise LeaseLost("another process owns the row now")

    async def oldest_due(self) -> float:
        """Return for how many seconds the oldest row has been due, 0.0 where none is."""
        wait = await self.wait_seconds()
        return 0.0 if wait is None else max(0.0, -wait)

    async def release(self, *, everyone: bool = False) -> None:
        """Give back the leases of this owner, or of everyone, so that nobody waits for them."""
        whose = None if everyone else self._owner
        statement = released(self._table, whose).values(claim=self._table.c.claim + 1)
        async with self._database.writing() as connection:
            await connection.execute(statement)


@lru_cache
def intended(table: Table) -> Update:
    """Return what sets the columns of its parameters, if the row is still the one that was claimed.

    `old_id`, `old_claim` and `old_state` say which one that is.
    """
    c = table.c
    return update(table).where(
        c.id == bindparam("old_id", type_=String),
        c.claim == bindparam("old_claim", type_=BigInteger),
        c.state == bindparam("old_state", type_=String),
    )


@lru_cache
def _fenced(
    table: Table, now: ColumnElement[float], which: ColumnElement[bool], *, early: bool
) -> UpdateBase:
    """Return what leases rows of a table, each with a new claim."""
    statement = claimed(table, now, which, early=early)
    return statement.values(claim=table.c.claim + 1, claimed_at=now).returning(table)
