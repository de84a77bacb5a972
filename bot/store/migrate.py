"""The schema's upgrade: run at every start, by one process at a time, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.store.database import Database

_LOCK = 7_203_985_410_001
"""A number of our own for PostgreSQL's advisory lock; SQLite's write lock does the same there."""


async def migrate(database: Database) -> tuple[str | None, str | None]:
    """Bring the schema up to date; return the revision before and after."""
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await connection.run_sync(_upgrade)


async def is_up_to_date(database: Database) -> bool:
    """Return whether the schema is the one that this code was written for."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    async with database.reading() as connection:
        return await connection.run_sync(_revision) == newest


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    before = _revision(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, _revision(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
