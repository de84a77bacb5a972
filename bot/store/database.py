"""The connection to SQLite or PostgreSQL: transactions, the time, and what can go wrong."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Self

from sqlalchemy import ColumnElement, Double, bindparam, cast, event, extract, func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.clock import Clock
from bot.errors import NotStorable, StoreUnavailable
from bot.store.database_url import read_url
from bot.store.group_commit import GroupCommit
from bot.store.reading import from_json
from bot.store.sqlite_connection import connect
from bot.store.start_errors import postgresql_error, sqlite_error

_BUSY_SECONDS = 4.0
"""How long one statement waits for a lock that another process holds."""

_STATES_OF_THE_DATABASE = frozenset({"42501", "42P05"})
"""SQLSTATEs in a class of our mistakes: insufficient_privilege, duplicate_prepared_statement."""


class Database:
    """One pool of connections, used by everything in this folder.

    The time comes from `clock` on SQLite, where all processes share a machine, and from the
    server on PostgreSQL, where they may not; `own_time=True` takes the clock's there too.
    """

    def __init__(self, url: str, clock: Clock, *, own_time: bool = False) -> None:
        """Prepare the pool; nothing is connected yet."""
        self.url = read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._clock = clock
        self._server_time = not (self.is_sqlite or own_time)
        self._now: ColumnElement[float] = (
            cast(extract("epoch", func.clock_timestamp()), Double)
            if self._server_time
            else bindparam("now", callable_=clock.time, type_=Double)
        )
        self._select_now = select(self._now)
        self._engine = _engine(self.url)
        # SQLite has one writer: to wait here is fair and costs nothing, in SQLite it would poll.
        self._group = GroupCommit(self._engine) if self.is_sqlite else None

    async def __aenter__(self) -> Self:
        """Return itself, to be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        if self._group is not None:
            await self._group.close()
        await self._engine.dispose()

    def now(self) -> ColumnElement[float]:
        """Return the time as an SQL expression, in seconds since the epoch.

        It is always the same one, and read when a statement is executed: so that a statement that
        holds it can be made once, which costs more than to execute it.
        """
        return self._now

    async def time(self) -> float:
        """Return the time as the database sees it."""
        if not self._server_time:
            return self._clock.time()
        async with self.reading() as connection:
            return await self.time_on(connection)

    async def time_on(self, connection: AsyncConnection) -> float:
        """Return the same within a transaction."""
        if not self._server_time:
            return self._clock.time()
        return float((await connection.execute(self._select_now)).scalar_one())

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        async with self.reading() as connection:
            await connection.execute(select(1))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write; it is committed at the end of the block.

        On SQLite it may be committed together with others, and is rolled back by itself.
        """
        begin = self._engine.begin if self._group is None else self._group.writing
        async with self._our_errors(), begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that only reads, and so waits for no writer."""
        async with self._our_errors(), self._engine.connect() as connection:
            yield await connection.execution_options(only_reads=True)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Give the same for several statements that all see the database as at the first one."""
        async with self.reading() as connection:
            if self.is_sqlite:  # each of its transactions does
                yield connection
            else:
                yield await connection.execution_options(isolation_level="REPEATABLE READ")

    @asynccontextmanager
    async def _our_errors(self) -> AsyncIterator[None]:
        """Raise StoreUnavailable for what the database is to blame for, less a wrong statement.

        Raises NotStorable for a value that fits into no column.
        """
        try:
            yield
        except PoolTimeout as error:
            raise StoreUnavailable("the database has no free connection") from error
        except DBAPIError as error:
            if isinstance(error, DataError):
                raise NotStorable(f"a value can't be stored ({error.orig})") from None
            if _is_ours(error):
                raise
            meaning = sqlite_error if self.is_sqlite else postgresql_error
            raise meaning(error.orig, self.url) from None
        except sqlite3.Error as error:  # of a savepoint, which SQLAlchemy does not see
            raise sqlite_error(error, self.url) from None
        except (UnicodeEncodeError, OverflowError) as error:
            # The drivers' own checks, before the database sees the value.
            raise NotStorable(f"a value can't be stored ({type(error).__name__})") from None
        except OSError as error:
            kind = type(error).__name__
            raise StoreUnavailable(f"the database can't be reached ({kind})") from None


def _is_ours(error: DBAPIError) -> bool:
    """Return whether the statement itself is at fault, and not the database's state.

    PostgreSQL tells by its SQLSTATE: rights that were taken away, or a statement that a pooler
    has prepared for somebody else, say nothing about the statement.
    """
    if error.connection_invalidated:
        return False
    kind = type(error).__name__
    if kind != "ProgrammingError":
        return kind == "IntegrityError"
    state = getattr(error.orig, "sqlstate", None)
    return state is None or (state.startswith("42") and state not in _STATES_OF_THE_DATABASE)


def _engine(url: URL) -> AsyncEngine:
    """Return the engine. Parameters stay hidden: they hold response URLs."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=4,
            pool_timeout=_BUSY_SECONDS,
            # Behind a pooler that gives each transaction another connection, a statement that was
            # prepared on one is unknown, or somebody else's, on the next.
            connect_args={"connect_timeout": 4, "prepare_threshold": None},
            json_deserializer=from_json,
        )
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_timeout=_BUSY_SECONDS,
        async_creator=partial(connect, str(url.database), _BUSY_SECONDS),
        # Each transaction is ended where it began, also one that failed.
        pool_reset_on_return=None,
        json_deserializer=from_json,
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    """Make each commit durable, readers independent, and transactions ours to begin."""
    connection.isolation_level = None
    _switch_to_wal(connection)
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _switch_to_wal(connection: Any) -> None:  # noqa: ANN401 - the driver's own type
    """Let readers be independent. Of two that switch a new file at once, SQLite refuses one.

    It does not wait as everywhere else, for each would wait for the other: so that we do.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            connection.run_async(lambda _: asyncio.sleep(0.01))
        else:
            return
        finally:
            cursor.close()


def _roll_back(connection: Any, _record: object, _error: object) -> None:  # noqa: ANN401 - the same
    """End the transaction of a connection that is given up, as after a statement was cut off.

    SQLAlchemy closes it only, and SQLite keeps it, and its lock, until each cursor is forgotten.
    """
    with suppress(Exception):
        connection.rollback()


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - the same for every kind of connection
    """Take the write lock at once: a transaction that upgrades its lock later can fail half-way."""
    reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
