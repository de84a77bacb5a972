"""Writes that queue up share a commit: each is stored or told, by itself, and never too soon."""

import asyncio
import resource
import signal
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiosqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import SteadyClock
from bot.errors import StoreUnavailable
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.sqlite_connection import SQLiteConnection

_INSERT = text("INSERT INTO facts VALUES (:name, :value)")


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    """Give a database in a file, with the schema."""
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}", SteadyClock()) as made:
        await migrate(made)
        yield made


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what happens to commits, in order."""
    events: list[str] = []
    commit = SQLiteConnection.commit

    async def spied(self: SQLiteConnection) -> None:
        events.append("commit begins")
        await commit(self)
        events.append("committed")

    monkeypatch.setattr(SQLiteConnection, "commit", spied)
    return events


async def put(database: Database, name: str, value: str = "x") -> None:
    """Write one row."""
    async with database.writing() as connection:
        await connection.execute(_INSERT, {"name": name, "value": value})


def stored(database: Database) -> set[str]:
    """Return what stands in the file, as another process reads it."""
    with closing(sqlite3.connect(str(database.url.database))) as other:
        return {row[0] for row in other.execute("SELECT name FROM facts")}


async def test_writes_at_once_share_commits(file: Database, said: list[str]) -> None:
    """Two hundred at once are four commits, and all of them are there."""
    names = [f"{number}" for number in range(200)]
    await asyncio.gather(*(put(file, name) for name in names))
    assert stored(file) == set(names)
    assert said.count("committed") == 4


async def test_nothing_returns_before_its_commit(file: Database, said: list[str]) -> None:
    """Each write returns after the commit that follows its block, and is in the file by then."""

    async def write(name: str) -> None:
        async with file.writing() as connection:
            await connection.execute(_INSERT, {"name": name, "value": "x"})
            commits = said.count("committed")
        assert said.count("committed") > commits
        assert name in stored(file)

    await asyncio.gather(*(write(f"{number}") for number in range(120)))


async def test_the_order_is_kept(file: Database) -> None:
    """Whoever comes first writes first, also where a block waits in between."""
    order = []

    async def write(number: int) -> None:
        async with file.writing() as connection:
            order.append(number)
            await asyncio.sleep(0)
            await connection.execute(_INSERT, {"name": f"{number}", "value": "x"})
            assert order[-1] == number, "nobody may come in between"

    await asyncio.gather(*(write(number) for number in range(120)))
    assert order == list(range(120))


async def test_one_that_fails_takes_back_itself_alone(file: Database, said: list[str]) -> None:
    """The others of its commit are stored, before it and after it."""

    async def fail() -> None:
        async with file.writing() as connection:
            await connection.execute(_INSERT, {"name": "failed", "value": "x"})
            raise KeyError

    outcomes = await asyncio.gather(
        put(file, "before"), fail(), put(file, "after"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError, type(None)]
    assert stored(file) == {"before", "after"}
    assert said.count("committed") == 1


@pytest.mark.parametrize("rounds", range(6))
async def test_one_that_is_cut_off_takes_back_itself_alone(
    file: Database, said: list[str], rounds: int
) -> None:
    """Cancelled while it waits, or in its block, it has written nothing; the others have."""
    may_go_on = asyncio.Event()

    async def wait() -> None:
        async with file.writing() as connection:
            await connection.execute(_INSERT, {"name": "cut off", "value": "x"})
            await may_go_on.wait()

    writes = [asyncio.create_task(work) for work in (put(file, "a"), wait(), put(file, "b"))]
    for _ in range(rounds):
        await asyncio.sleep(0)
    writes[1].cancel()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        asyncio.CancelledError,
        type(None),
    ]
    assert stored(file) == {"a", "b"}
    assert said.count("committed") == 1


async def test_all_that_wait_are_cut_off(file: Database, said: list[str]) -> None:
    """Then there is nothing to commit, and the next write has the file for itself."""
    writes = [asyncio.create_task(put(file, f"{number}")) for number in range(3)]
    await asyncio.sleep(0)
    for write in writes:
        write.cancel()
    await asyncio.wait(writes)
    await put(file, "next")
    assert stored(file) == {"next"}
    assert said.count("committed") == 1


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """Let no file of this process grow beyond the database's log, so that no commit is possible."""
    size = Path(f"{database.url.database}-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_commit_that_fails_is_an_error_for_each(file: Database) -> None:
    """None of them is stored, all of them hear of it, and the next write works again."""
    await put(file, "before")
    with full_disk(file):
        outcomes = await asyncio.gather(
            *(put(file, f"{number}") for number in range(20)), return_exceptions=True
        )
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert stored(file) == {"before"}
    await put(file, "after")
    assert stored(file) == {"before", "after"}


async def test_a_full_database_refuses_who_needs_more(file: Database) -> None:
    """A write that does not fit is told; what stands in the file is what was acknowledged."""
    async with file.writing() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count = {pages + 8}"))
    names = [f"{number}" for number in range(20)]
    outcomes = await asyncio.gather(
        *(put(file, name, "x" * 9000) for name in names), return_exceptions=True
    )
    good = {name for name, outcome in zip(names, outcomes, strict=True) if outcome is None}
    assert {type(o) for o in outcomes if o is not None} == {StoreUnavailable}
    assert stored(file) == good
    assert good


async def _roll_back(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("ROLLBACK")
    raise KeyError


async def _close(connection: AsyncConnection) -> None:
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, SQLiteConnection)
    await raw._execute(raw._conn.close)


@pytest.mark.parametrize(("how", "error"), [(_roll_back, KeyError), (_close, StoreUnavailable)])
async def test_a_transaction_that_is_lost(
    file: Database, how: Callable[[AsyncConnection], Awaitable[None]], error: type[Exception]
) -> None:
    """SQLite takes back all after some errors: who wrote hears it, who did not has another turn."""

    async def lose() -> None:
        async with file.writing() as connection:
            await how(connection)

    writes = (put(file, "before"), lose(), put(file, "after"))
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable, error, type(None)]
    assert stored(file) == {"after"}


async def test_a_lock_of_another_process_is_waited_for(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps nobody's loop waiting; all that wait for it go on together."""
    with closing(sqlite3.connect(str(file.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writes = [asyncio.create_task(put(file, f"{number}")) for number in range(3)]
        done, _ = await asyncio.wait(writes, timeout=0.1)
        assert not done
        other.execute("COMMIT")
        await asyncio.gather(*writes)
    assert stored(file) == {"0", "1", "2"}


async def test_a_lock_that_another_process_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for it too long hears of it, all at once, and whoever comes later writes."""
    monkeypatch.setattr("bot.store.database._BUSY_SECONDS", 0.05)
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}", SteadyClock()) as file:
        await migrate(file)
        with closing(sqlite3.connect(str(file.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writes = [put(file, f"{number}") for number in range(3)]
            outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
        await put(file, "later")
        assert stored(file) == {"later"}


async def test_statements_of_writes_need_no_thread(file: Database) -> None:
    """They run where they are called; those that read run in a thread, and keep nobody waiting.

    That hangs on aiosqlite giving each call to `_execute`, which is not among what it promises.
    """

    async def thread_of(connection: AsyncConnection) -> int:
        raw = (await connection.get_raw_connection()).driver_connection
        assert isinstance(raw, SQLiteConnection)
        await raw.create_function("thread", 0, threading.get_ident)
        return int((await connection.execute(text("SELECT thread()"))).scalar_one())

    async with file.writing() as connection:
        assert await thread_of(connection) == threading.get_ident()
    async with file.reading() as connection:
        assert await thread_of(connection) != threading.get_ident()


async def test_commits_wait_for_the_disk_in_the_thread(
    file: Database, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is all that the thread has to do for a write; the loop has other things to do then."""
    execute = aiosqlite.Connection._execute

    async def spied(self: SQLiteConnection, fn: Callable[[], object]) -> object:
        said.append("in the thread")
        return await execute(self, fn)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", spied)
    await put(file, "x")
    assert said == ["commit begins", "in the thread", "committed"]


async def test_a_process_can_end_with_open_connections(tmp_path: Path) -> None:
    """Their threads keep none alive: whatever ends without closing its database ends."""
    connection = SQLiteConnection(str(tmp_path / "bot.db"), 1.0)
    assert connection._thread.daemon
    await connection
    await connection.close()


async def test_the_close_waits_for_writes(tmp_path: Path) -> None:
    """What is under way when the database is closed is stored or told."""
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}", SteadyClock()) as file:
        await migrate(file)
        write = asyncio.create_task(put(file, "last"))
        await asyncio.sleep(0)
    await write
    assert stored(file) == {"last"}


async def test_writes_on_postgresql_stay_apart(postgres: str) -> None:
    """There each has its own transaction and its own connection, beside the others."""
    mine = text("SELECT pg_backend_pid()")
    async with (
        Database(postgres, SteadyClock()) as server,
        asyncio.timeout(10),
        server.writing() as one,
        server.writing() as two,
    ):
        pids = [(await each.execute(mine)).scalar_one() for each in (one, two)]
    assert pids[0] != pids[1]


_WAYS = st.sampled_from(["good", "good", "raises", "cut off waiting", "cut off in its block"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_WAYS, st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30))
def test_any_writers(writers: list[tuple[str, int, int]]) -> None:
    """Whoever fails or is cut off, whenever: what is stored is what the others wrote, no more."""
    with TemporaryDirectory() as folder:
        asyncio.run(_any_writers(Path(folder), writers))


async def _any_writers(folder: Path, writers: list[tuple[str, int, int]]) -> None:
    async with Database(f"sqlite:///{folder / 'bot.db'}", SteadyClock()) as file:
        async with file.writing() as connection:
            await connection.execute(text("CREATE TABLE facts (name TEXT, value TEXT)"))
        never = asyncio.Event()

        async def write(name: str, way: str, before: int, within: int) -> None:
            for _ in range(before):
                await asyncio.sleep(0)
            async with file.writing() as connection:
                await connection.execute(_INSERT, {"name": name, "value": way})
                for _ in range(within):
                    await asyncio.sleep(0)
                if way == "raises":
                    raise KeyError
                if way == "cut off in its block":
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                    await never.wait()

        tasks = [
            asyncio.create_task(write(f"{number}", *writer))
            for number, writer in enumerate(writers)
        ]
        for task, (way, _, _) in zip(tasks, writers, strict=True):
            if way == "cut off waiting":
                task.cancel()
        async with asyncio.timeout(30):
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        expected = {
            "good": type(None),
            "raises": KeyError,
            "cut off waiting": asyncio.CancelledError,
            "cut off in its block": asyncio.CancelledError,
        }
        assert [type(outcome) for outcome in outcomes] == [expected[way] for way, _, _ in writers]
        assert stored(file) == {f"{n}" for n, (way, _, _) in enumerate(writers) if way == "good"}


_CHILD = """
import asyncio, sys
from sqlalchemy import text
from bot.clock import SteadyClock
from bot.store.database import Database

async def main():
    async with Database(sys.argv[1], SteadyClock()) as database:
        async def write(first):
            for number in range(first, 1_000_000, 40):
                async with database.writing() as connection:
                    await connection.execute(
                        text("INSERT INTO facts VALUES (:name, 'x')"), {"name": str(number)}
                    )
                print(number, flush=True)
        await asyncio.gather(*(write(first) for first in range(40)))

asyncio.run(main())
"""


@pytest.mark.parametrize("acks", [1, 57, 230])
async def test_what_was_acknowledged_outlives_a_kill(file: Database, acks: int) -> None:
    """A process that is killed in the middle leaves all that it has said to be stored."""
    url = f"sqlite:///{file.url.database}"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CHILD, url), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    said = [(await child.stdout.readline()).decode().strip() for _ in range(acks)]
    child.send_signal(signal.SIGKILL)
    said += (await child.stdout.read()).decode().split("\n")[:-1]
    await child.wait()
    assert set(said) <= stored(file)
    assert len(said) >= acks
    await put(file, "after")
