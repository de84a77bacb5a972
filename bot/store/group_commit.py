"""Group commit: writes that queue up while SQLite commits share the next transaction.

A commit waits for the disk, some milliseconds, and SQLite has one writer. Each write has a
savepoint, so that one that fails takes nothing of the others with it; none is over before the
commit that it shares is on the disk.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreUnavailable
from bot.store.sqlite_connection import SQLiteConnection

_MOST_AT_ONCE = 100
"""So many writes share a commit at most: the first waits for the last."""


class _Write:
    """One write: its turn comes, it ends, and what became of it is known; each is a future."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.turn: asyncio.Future[AsyncConnection] = loop.create_future()
        self.is_good: asyncio.Future[bool] = loop.create_future()
        self.stored: asyncio.Future[None] = loop.create_future()

    def end(self, *, is_good: bool) -> None:
        """Say that the block is over, and whether it is to be stored."""
        if not self.is_good.done():
            self.is_good.set_result(is_good)

    def is_stored(self) -> None:
        """Say that it is on the disk."""
        if not self.stored.done():
            self.stored.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Raise the error in the writer, wherever it waits; one that has given up is left alone."""
        for waited in (self.turn, self.stored):
            if not waited.done():
                waited.set_exception(error)
                # Whoever failed, or was cancelled, does not ask for it any more.
                waited.exception()


class GroupCommit:
    """The one writer of a SQLite file in this process.

    A task of its own has the transactions, for as long as there is something to write: a writer
    that is cancelled can't leave one half done.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Write on connections of that engine, each a `SQLiteConnection`."""
        self._engine = engine
        self._waiting: deque[_Write] = deque()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write; it is committed when this returns.

        Whoever is cancelled in the block has written nothing, after it perhaps. Raises what SQLite
        says about the transaction, and StoreUnavailable where it was given up for another write.
        """
        write = _Write()
        self._waiting.append(write)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        try:
            yield await write.turn
        except BaseException:
            write.end(is_good=False)
            raise
        write.end(is_good=True)
        await write.stored

    async def close(self) -> None:
        """Wait for the writes that are under way."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._write_group()
        finally:
            self._task = None
            error = StoreUnavailable("the database is being closed")
            while self._waiting:
                self._waiting.popleft().fail(error)

    async def _write_group(self) -> None:
        """Write what waits, in one transaction; whatever fails, each of the writers hears of it."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
        try:
            async with self._engine.connect() as connection:
                await self._write_all(connection, group)
        except BaseException as error:
            for write in group:
                write.fail(error)
            if not isinstance(error, Exception):
                raise

    async def _write_all(self, connection: AsyncConnection, group: list[_Write]) -> None:
        """Begin, write and commit. The thread has what may wait: for a lock, or for the disk."""
        file = (await connection.get_raw_connection()).driver_connection
        if not isinstance(file, SQLiteConnection):
            raise TypeError("group commits need SQLiteConnection")
        async with connection.begin() as transaction:
            with file.inline():
                for write in group:
                    await _take_turn(connection, file, write)
            await transaction.commit()
        for write in group:
            write.is_stored()


async def _take_turn(connection: AsyncConnection, file: SQLiteConnection, write: _Write) -> None:
    """Let a writer write in its savepoint; raises StoreUnavailable where the whole is lost."""
    if write.turn.done():  # it was cancelled while it waited
        return
    await file.execute("SAVEPOINT one")
    write.turn.set_result(connection)
    is_good = await write.is_good
    if connection.invalidated or not file.in_transaction:
        # After some errors, as of a full disk, SQLite may roll back all that was written.
        raise StoreUnavailable("the database gave up what was being written")
    if not is_good:
        await file.execute("ROLLBACK TO one")
    await file.execute("RELEASE one")
