"""Group commit: writes that queue up while SQLite commits share the next transaction.

A commit waits for the disk, some milliseconds, and SQLite has one writer. Each write has a
savepoint, so that one that fails takes nothing of the others with it; none is over before the
commit that it shares is on the disk.
"""

import asyncio
import sqlite3
from asyncio import Future
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from bot.errors import StoreUnavailable
from bot.store.sqlite_connection import SQLiteConnection

_MOST_AT_ONCE = 50
"""So many writes share a commit at most: the first waits for the last."""


class _Group:
    """The writes of one transaction. They go one after another, each in a savepoint.

    The statements for a savepoint run at once, so that nothing can come in between.
    """

    def __init__(self, connection: AsyncConnection, file: SQLiteConnection, writes: int) -> None:
        loop = asyncio.get_running_loop()
        self._connection, self._file, self._open = connection, file, writes
        self._running: Future[None] | None = None
        self.is_lost = False
        self.written: Future[None] = loop.create_future()
        self.stored: Future[None] = loop.create_future()

    async def has_place(self) -> bool:
        """Wait until nobody else writes; False where the transaction was taken back by then."""
        while self._running is not None:
            # Only where a block waits for something else than the database.
            await asyncio.shield(self._running)
        return not self.is_lost

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[AsyncConnection]:
        """Give the connection to one write, and take back what it has done where it fails."""
        self._running = running = asyncio.get_running_loop().create_future()
        try:
            await self._file.execute("SAVEPOINT one")
            yield self._connection
            await self._file.execute("RELEASE one")
        except BaseException:
            await self._take_back()
            raise
        finally:
            self._running = None
            running.set_result(None)

    async def _take_back(self) -> None:
        """Take back one write. After some errors, as of a full disk, SQLite has taken back all."""
        try:
            await self._file.execute("ROLLBACK TO one")
            await self._file.execute("RELEASE one")
        except sqlite3.Error:
            self.is_lost = True

    def leave(self) -> None:
        """Note that one write has ended; the commit waits for the last."""
        self._open -= 1
        if not self._open and not self.written.done():
            self.written.set_result(None)

    async def is_over(self) -> None:
        """Wait until what was written is on the disk; raises what SQLite says, StoreUnavailable."""
        await asyncio.shield(self.stored)
        if self.is_lost:
            raise StoreUnavailable("the database gave up what was being written")


class GroupCommit:
    """The one writer of a SQLite file in this process.

    A task of its own begins and commits, for as long as there is something to write: a writer that
    is cancelled can't leave a transaction half done.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Write on connections of that engine, each a `SQLiteConnection`."""
        self._engine = engine
        self._waiting: deque[Future[_Group]] = deque()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write; it is committed when this returns.

        Whoever is cancelled in the block has written nothing, after it perhaps. Raises what SQLite
        says about the transaction, and StoreUnavailable where it was given up for another write.
        """
        group = await self._group()
        try:
            async with group.savepoint() as connection:
                yield connection
        finally:
            group.leave()
        await group.is_over()

    async def close(self) -> None:
        """Wait for the writes that are under way."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def _group(self) -> _Group:
        """Return the group in which it is our turn now."""
        while True:
            turn: Future[_Group] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            if self._task is None:
                self._task = asyncio.create_task(self._work())
            is_ours = False
            try:
                group = await turn
                is_ours = await group.has_place()
            finally:
                if not is_ours and turn.done() and not turn.cancelled() and not turn.exception():
                    turn.result().leave()
            if is_ours:
                return group

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._write_group()
        finally:
            self._task = None
            while self._waiting:  # only where the loop ends before the writers
                self._waiting.popleft().cancel()

    async def _write_group(self) -> None:
        """Write what waits, in one transaction; whatever fails, each of the writers hears of it."""
        count = min(len(self._waiting), _MOST_AT_ONCE)
        turns = [self._waiting.popleft() for _ in range(count)]
        outcomes: list[Future[None] | Future[_Group]] = [*turns]
        try:
            async with self._engine.connect() as connection:
                file = await _file_of(connection)
                transaction = await _begin(connection, file)
                wanted = [turn for turn in turns if not turn.done()]
                group = _Group(connection, file, len(wanted))
                outcomes = [group.stored]
                if wanted:
                    with file.inline():
                        for turn in wanted:
                            turn.set_result(group)
                        await group.written
                    await _end(connection, transaction, is_lost=group.is_lost)
                group.stored.set_result(None)
        except BaseException as error:
            for outcome in outcomes:
                _fail(outcome, error)
            if not isinstance(error, Exception):
                raise


async def _file_of(connection: AsyncConnection) -> SQLiteConnection:
    """Return what is beneath SQLAlchemy's connection."""
    file = (await connection.get_raw_connection()).driver_connection
    if not isinstance(file, SQLiteConnection):
        raise TypeError("group commits need connections whose statements can run at once")
    return file


async def _begin(connection: AsyncConnection, file: SQLiteConnection) -> AsyncTransaction:
    """Begin a transaction: at once, or in the thread where another process is writing."""
    try:
        async with file.impatient():
            return await connection.begin()
    except OperationalError:
        return await connection.begin()


async def _end(
    connection: AsyncConnection, transaction: AsyncTransaction, *, is_lost: bool
) -> None:
    """Commit, in the thread, which waits for the disk; or let go what SQLite has taken back.

    A commit that fails as busy leaves the transaction open, which would go back to the pool.
    """
    if is_lost:
        await connection.invalidate()
        return
    try:
        await transaction.commit()
    except Exception:
        await connection.invalidate()
        raise


def _fail(waited: Future[None] | Future[_Group], error: BaseException) -> None:
    if waited.done():
        return
    if isinstance(error, Exception):
        waited.set_exception(error)
        waited.exception()  # nobody may be there any more to ask for it
    else:
        waited.cancel()
