"""The schema's upgrade: run at every start, by one process at a time, in one transaction."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import SettingsError
from bot.store.database import Database
from bot.store.schema import metadata

_LOCK = 7_203_985_410_001
"""A number of our own for PostgreSQL's advisory lock; SQLite's write lock does the same there."""


async def migrate(database: Database) -> tuple[str | None, str | None]:
    """Bring the schema up to date; return the revision before and after.

    A schema that a newer version made is left as it is: a newer version only adds to it while an
    older one may run beside it. Raises SettingsError where it lacks what this version needs.
    """
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await connection.run_sync(_upgrade)


async def is_up_to_date(database: Database) -> bool:
    """Return whether the schema is the one that this code was written for."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision) == newest_revision()


@cache
def newest_revision() -> str | None:
    """Return the revision of the schema that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    before = _revision(connection)
    if before is not None and before == newest_revision():
        return before, before
    config = _config()
    if before is not None and not _is_known(config, before):
        _must_hold_what_is_needed(connection, before)
        return before, before
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, _revision(connection)


def _is_known(config: Config, revision: str) -> bool:
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return any(script.revision == revision for script in scripts)


def _must_hold_what_is_needed(connection: Connection, revision: str) -> None:
    """Raise SettingsError unless every table and column of this version is there."""
    found = inspect(connection)
    tables = set(found.get_table_names())
    for table in metadata.sorted_tables:
        columns = (
            {c["name"] for c in found.get_columns(table.name)} if table.name in tables else set()
        )
        missing = sorted({column.name for column in table.columns} - columns)
        if missing:
            raise SettingsError(
                f"DATABASE_URL names a database of a newer version (schema {revision}), which lacks"
                f" {table.name}.{missing[0]} that this version (schema {newest_revision()}) needs:"
                " start the newer version again, or use another database"
            )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
