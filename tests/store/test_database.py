"""The schema's upgrade, the connection, and what can go wrong with it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.clock import SteadyClock
from bot.errors import SettingsError, StoreUnavailable
from bot.prepare import lock_at
from bot.sandbox.event_bus import SandboxClock
from bot.store.database import Database
from bot.store.database_lock import DatabaseLock
from bot.store.database_url import read_url
from bot.store.migrate import is_up_to_date, migrate
from bot.store.schema import metadata


async def test_migrations_run_once(new_database_url: str) -> None:
    """Two processes that start at once migrate once; a third start changes nothing."""
    clock = SteadyClock()
    async with Database(new_database_url, clock) as one, Database(new_database_url, clock) as two:
        outcomes = await asyncio.gather(migrate(one), migrate(two))
        assert sorted(outcomes, key=str) == [("0011", "0011"), (None, "0011")]
        assert await migrate(one) == ("0011", "0011")
        assert await is_up_to_date(two)


async def test_an_empty_database_is_not_up_to_date(new_database_url: str) -> None:
    """A database without the schema is told from one with it."""
    async with Database(new_database_url, SteadyClock()) as database:
        assert not await is_up_to_date(database)


async def test_the_migrations_make_the_schema(new_database_url: str) -> None:
    """The tables, columns and indexes in the database are those that the code speaks of."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - heavy, and only here
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - the same

    async with Database(new_database_url, SteadyClock()) as database:
        await migrate(database)
        async with database.reading() as connection:
            differences = await connection.run_sync(
                lambda plain: compare_metadata(MigrationContext.configure(plain), metadata)
            )
    assert differences == []


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///bot.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/d", "postgresql+psycopg"),
        ("postgresql://u:p@h:5433/d?sslmode=require", "postgresql+psycopg"),
    ],
)
def test_urls_get_their_driver(given: str, driver: str) -> None:
    """The URLs that platforms hand out are understood."""
    assert read_url(given).drivername == driver


def test_other_databases_are_refused() -> None:
    """Only SQLite and PostgreSQL are known."""
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        read_url("mysql://u:p@h/d")


async def test_a_server_that_is_away_is_our_error() -> None:
    """The server's place stands in the message, the password does not."""
    url = "postgresql://user:s3cret@127.0.0.1:9/db"
    async with Database(url, SteadyClock()) as database:
        with pytest.raises(StoreUnavailable) as caught:
            await database.ping()
    assert "s3cret" not in str(caught.value)
    assert str(caught.value) == "DATABASE_URL: no PostgreSQL listens at 127.0.0.1:9"


async def test_a_file_that_is_no_database_is_our_error(tmp_path: Path) -> None:
    """Something else at the path is told, not raised raw."""
    path = tmp_path / "bot.db"
    path.write_bytes(b"this is no database, it is a letter" * 100)
    async with Database(f"sqlite:///{path}", SteadyClock()) as database:
        with pytest.raises(StoreUnavailable):
            await migrate(database)


async def test_a_locked_file_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that holds SQLite's lock for too long is an outage, not a crash."""
    monkeypatch.setattr("bot.store.database._BUSY_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with Database(url, SteadyClock()) as one, Database(url, SteadyClock()) as two:
        await migrate(one)
        async with one.writing() as connection:
            await connection.execute(text("UPDATE poll_budget SET tokens = 1"))
            with pytest.raises(StoreUnavailable):
                async with two.writing():
                    pass
            await two.ping()


async def test_a_new_file_that_another_process_writes(tmp_path: Path) -> None:
    """Two that start at once at a new file both get it: SQLite itself would refuse one at once."""
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with Database(f"sqlite:///{path}", SteadyClock()) as database:
            waiting = asyncio.create_task(database.ping())
            await asyncio.wait({waiting}, timeout=0.3)
            other.execute("COMMIT")
            await waiting


async def test_a_file_that_another_process_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for without end."""
    monkeypatch.setattr("bot.store.database._BUSY_SECONDS", 0.05)
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with Database(f"sqlite:///{path}", SteadyClock()) as database:
            with pytest.raises(StoreUnavailable):
                await database.ping()


async def test_the_servers_time_is_used_on_postgresql(postgres: str) -> None:
    """Processes on several machines agree about what is due, whatever their clocks say."""
    clock = SandboxClock()
    clock.advance(10_000)
    async with Database(postgres, clock) as database:
        assert clock.time() - await database.time() == pytest.approx(10_000, abs=60)
    async with Database(postgres, clock, own_time=True) as database:
        assert await database.time() == pytest.approx(clock.time(), abs=60)


def test_the_lock_tells_who_is_alone(tmp_path: Path) -> None:
    """The first at a file is alone, until it shares; the second never is."""
    path = tmp_path / "bot.db"
    with DatabaseLock(path) as first:
        assert first.exclusive
        first.share()
        with DatabaseLock(path) as second:
            assert not second.exclusive
    with DatabaseLock(path) as third:
        assert third.exclusive


async def test_the_lock_needs_a_folder(tmp_path: Path) -> None:
    """A path that can't be is the setting's fault; PostgreSQL has no file at all."""
    async with Database(f"sqlite:///{tmp_path}/no/bot.db", SteadyClock()) as nowhere:
        with pytest.raises(SettingsError, match="DATABASE_URL"):
            lock_at(nowhere)
    async with Database("postgresql://h/d", SteadyClock()) as server:
        with lock_at(server) as held:
            assert not held.exclusive


async def test_a_write_that_is_cut_off_locks_nobody_out(tmp_path: Path) -> None:
    """Wherever in its transaction: SQLite keeps a lock for as long as a cursor is remembered."""
    async with Database(f"sqlite:///{tmp_path / 'bot.db'}", SteadyClock()) as database:
        await migrate(database)

        async def write(name: str) -> None:
            async with database.writing() as connection:
                insert = "INSERT INTO facts VALUES (:name, 'x') ON CONFLICT DO NOTHING"
                await connection.execute(text(insert), {"name": name})
                await connection.execute(text("SELECT 1"))

        kept = []  # as whoever logs an error may keep its frames
        for number in range(300):
            writing = asyncio.create_task(write(f"cut {number}"))
            for _ in range(number % 60):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.wait({writing})
            kept.append(writing)
            async with asyncio.timeout(2):
                await write(f"whole {number}")
