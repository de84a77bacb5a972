"""A connection to SQLite whose statements may run where they are called, and not in its thread.

aiosqlite hands every call to a thread and waits for it, four times for one statement: that costs
more than most statements. What can neither wait for a lock nor for the disk needs no thread.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")

_ROWS_AT_ONCE = 64
"""aiosqlite's own number: how many rows an iteration fetches."""


class SQLiteConnection(aiosqlite.Connection):
    """aiosqlite's connection; inside of `inline()` each call runs in the thread of the caller.

    Two threads must never use it at once: `inline()` is for who has the connection for themselves,
    and has seen the end of what was given to the thread before.
    """

    def __init__(self, path: str, busy_seconds: float) -> None:
        """Prepare it; awaiting it connects. A statement waits so long for somebody's lock."""
        opened = partial(sqlite3.connect, path, timeout=busy_seconds, check_same_thread=False)
        super().__init__(opened, _ROWS_AT_ONCE)
        self._busy_milliseconds = round(1000 * busy_seconds)
        # As SQLAlchemy sets it for its own: a process must not wait for it at its end.
        self._thread.daemon = True
        self._is_inline = False
        # How many calls the thread was given, and how many it has done: each has one writer.
        self._given, self._done = 0, 0

    @contextmanager
    def inline(self) -> Iterator[None]:
        """Run each call at once, in the thread of the caller, until the end of the block."""
        self._is_inline = True
        try:
            yield
        finally:
            self._is_inline = False

    @asynccontextmanager
    async def impatient(self) -> AsyncIterator[None]:
        """Run each call at once, as `inline`, and wait for nobody's lock: it fails instead."""
        with self.inline():
            await self.execute("PRAGMA busy_timeout = 0")
            try:
                yield
            finally:
                await self.execute(f"PRAGMA busy_timeout = {self._busy_milliseconds}")

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401
        """Run a call of sqlite3; all of aiosqlite's methods come here."""
        if self._is_inline or (self._given == self._done and _is_nothing(fn, args)):
            return fn(*args, **kwargs)

        def counted() -> T:
            try:
                return fn(*args, **kwargs)
            finally:
                self._done += 1

        self._given += 1
        in_thread: T = await super()._execute(counted)  # type: ignore[no-untyped-call]
        return in_thread


def _is_nothing(fn: Callable[..., object], args: tuple[object, ...]) -> bool:
    """Return whether a call only makes, or lets go, what is in memory; SQLite reads no page for it.

    A statement that only reads begins with one, and ends with some.
    """
    on_cursor = isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
    if on_cursor:
        return fn.__name__ == "close" or args[:1] == ("BEGIN",)
    return fn.__name__ in {"cursor", "rollback"}


async def connect(path: str, busy_seconds: float) -> SQLiteConnection:
    """Return a connection to that file, which is made where there is none."""
    connection = SQLiteConnection(path, busy_seconds)
    await connection
    return connection
