"""Rights that are taken away on PostgreSQL, and a schema that a newer version made."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pytest_mock import MockerFixture
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.clock import SteadyClock
from bot.errors import SettingsError, StoreUnavailable
from bot.prepare import _prepare_database
from bot.store import aside
from bot.store.database import Database
from bot.store.database_lock import DatabaseLock
from bot.store.migrate import migrate, newest_revision
from bot.store.stores import stores_on
from tests.databases import empty
from tests.simulation import Simulation

NEXT = "9999"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


@pytest.fixture
def role_url(kept_postgres: str) -> Iterator[str]:
    """Give the URL of a database with the schema for a role that may only use its tables."""
    empty(kept_postgres)
    role = f"bot_{uuid4().hex[:8]}"
    with psycopg.connect(kept_postgres, autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN")
        server.execute(f"GRANT {RIGHTS} ON ALL TABLES IN SCHEMA public TO {role}")
        try:
            url = make_url(kept_postgres).set(username=role, password=None)
            yield url.render_as_string(hide_password=False)
        finally:
            server.execute(f"DROP OWNED BY {role} CASCADE")
            server.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("right", ["SELECT", "UPDATE"])
async def test_rights_come_and_go(kept_postgres: str, role_url: str, right: str) -> None:
    """It counts as an outage of the database, a person is told, and all goes on afterwards."""
    role = make_url(role_url).username
    async with Simulation(role_url) as sim:
        sim.respan.add_batch("batch_watched", cancel_seconds=30)
        await sim.confirm("batch_watched")
        await sim.pass_time(3)
        rows = sim.crew[0].work.cancellations
        with psycopg.connect(kept_postgres, autocommit=True) as server:
            server.execute(f"REVOKE {right} ON ALL TABLES IN SCHEMA public FROM {role}")
            sim.clock.advance(5)
            with pytest.raises(StoreUnavailable, match="InsufficientPrivilege"):
                await rows._round()
            await sim.slack.command("batch_asked")
            server.execute(f"GRANT {right} ON ALL TABLES IN SCHEMA public TO {role}")
        await sim.pass_time(120)
        assert await sim.stage() == "reported"
        assert len(sim.replies()) == 1
        (told,) = [said for said in sim.private() if "accepted" not in said]
        assert "to its database" in told  # what can't be recorded is not done


async def test_statements_are_not_prepared(kept_postgres: str) -> None:
    """Behind a pooler that gives each transaction another connection, none may be."""
    async with (
        Database(kept_postgres, SteadyClock()) as database,
        database.reading() as connection,
    ):
        driver: Any = await connection.get_raw_connection()
        assert driver.driver_connection.prepare_threshold is None


async def _add_the_next_version(database: Database) -> None:
    """Bring the schema to what a next version may make of it: it only adds."""
    async with database.writing() as connection:
        for table in ("requests", "cancellations", "answers"):
            for column in ("mood TEXT", "cost INTEGER NOT NULL DEFAULT 0"):
                await connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))
        await connection.execute(text("CREATE TABLE moods (id INTEGER PRIMARY KEY)"))
        await connection.execute(text(f"UPDATE alembic_version SET version_num = '{NEXT}'"))


async def _remove_the_next_version(database: Database) -> None:
    async with database.writing() as connection:
        for table in ("requests", "cancellations", "answers"):
            for column in ("mood", "cost"):
                await connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        await connection.execute(text("DROP TABLE moods"))
        await connection.execute(
            text(f"UPDATE alembic_version SET version_num = '{newest_revision()}'")
        )


async def test_the_next_version_beside_this_one(database_url: str, mocker: MockerFixture) -> None:
    """Its schema and rows harm nobody here: this version goes on, and starts on them too."""
    said = mocker.patch.object(aside.log, "error")
    async with Simulation(database_url) as sim:
        for batch_id in ("batch_theirs", "batch_ours", "batch_asked"):
            sim.respan.add_batch(batch_id, cancel_seconds=30)
        for batch_id in ("batch_theirs", "batch_ours"):
            await sim.confirm(batch_id)
        shown = await sim.ask("batch_asked")
        await sim.pass_time(3)
        database = sim.crew[0].stores.database
        await _add_the_next_version(database)
        try:
            theirs = "state = 'paused', refusal = 'mood', mood = 'bad'"
            await _set(database, theirs)
            await sim.press(shown)
            await sim.pass_time(120)
            assert await _states(database) == {"paused": 1, "ended": 2}
            assert said.call_count == 1
            warned = mocker.patch("bot.prepare.log.warning")
            await _start(sim, database_url)
            assert (warned.call_args.kwargs["schema"], said.call_count) == (NEXT, 1)
            await sim.pass_time(5)
            assert said.call_count == 2
            await _set(database, "state = 'cancelling', refusal = NULL")
            mocker.patch.object(aside, "_MINE", "next-version")
            await sim.pass_time(120)
            assert await _states(database) == {"ended": 3}
            assert len(sim.respan.cancels) == len(sim.replies()) == 3
        finally:
            await _remove_the_next_version(database)


async def _start(sim: Simulation, url: str) -> None:
    """Do to the database what a start of this version does."""
    async with Database(url, sim.clock, own_time=True) as database:
        stores = stores_on(database, 6000)
        await _prepare_database(stores, DatabaseLock(None), SteadyClock())


async def _set(database: Database, change: str) -> None:
    async with database.writing() as connection:
        where = "WHERE batch_id = 'batch_theirs'"
        await connection.execute(text(f"UPDATE cancellations SET {change} {where}"))


async def _states(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        query = text("SELECT state, count(*) FROM cancellations GROUP BY state")
        return {row[0]: row[1] for row in await connection.execute(query)}


async def test_a_newer_schema_without_what_is_needed(new_database_url: str) -> None:
    """A newer version that took something away is named with both revisions, and what to do."""
    async with Database(new_database_url, SteadyClock()) as database:
        await migrate(database)
        async with database.writing() as connection:
            await connection.execute(text("DROP TABLE poll_budget"))
            await connection.execute(text(f"UPDATE alembic_version SET version_num = '{NEXT}'"))
        with pytest.raises(SettingsError, match=rf"schema {NEXT}.*poll_budget.*schema 0011.*start"):
            await migrate(database)


async def test_a_minimal_role(kept_postgres: str) -> None:
    """What SECURITY.md tells to create is enough for the schema and a whole cancellation."""
    written = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    (block,) = re.findall(r"```sql\n(.*?)```", written, re.DOTALL)
    name = f"batch_bot_{uuid4().hex[:8]}"
    statements = [line.strip() for line in block.replace("batch_bot", name).split(";")]
    with psycopg.connect(kept_postgres, autocommit=True) as server:
        try:
            for statement in filter(None, statements):
                server.execute(statement.encode())
            url = make_url(kept_postgres).set(username=name, password="…", database=name)
            async with Simulation(url.render_as_string(hide_password=False)) as sim:
                sim.respan.add_batch("batch_own", cancel_seconds=5)
                await sim.confirm("batch_own")
                await sim.pass_time(60)
                assert await sim.stage() == "reported"
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"DROP ROLE IF EXISTS {name}")
