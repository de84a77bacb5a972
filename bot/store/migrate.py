"""The schema's upgrade: run at every start, by one process at a time, in one transaction.

Where the schema is the current one, and that is nearly always, Alembic is not even loaded.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.errors import SettingsError
from bot.store.database import Database
from bot.store.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"

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


async def usable_revision(database: Database) -> str | None:
    """Return the revision of the schema, None where there is none; nothing is changed.

    Raises SettingsError where a newer version's schema lacks what this version needs.
    """
    async with database.reading() as connection:
        return await connection.run_sync(_usable_revision)


def is_known(revision: str) -> bool:
    """Return whether this version can come from that schema; a newer version's it can't."""
    return revision in _known()


@cache
def newest_revision() -> str:
    """Return the revision of the schema that this code was written for.

    Migrations are a chain, and each file's name begins with its revision: the last is the newest.
    """
    return max(_known())


def _known() -> set[str]:
    """Return every revision that this version can come from."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return {file.name.partition("_")[0] for file in files}


def _usable_revision(connection: Connection) -> str | None:
    found = _revision(connection)
    if found is not None and not is_known(found):
        _must_hold_what_is_needed(connection, found)
    return found


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    before = _revision(connection)
    if before == newest_revision():
        return before, before
    if before is not None and before not in _known():
        _must_hold_what_is_needed(connection, before)
        return before, before
    _run_alembic(connection)
    return before, _revision(connection)


def _run_alembic(connection: Connection) -> None:
    """Run what is missing. Alembic is loaded here: most starts need none of it."""
    from alembic import command  # noqa: PLC0415 - the same

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> "Config":
    """Return how Alembic finds the migrations, to be run in that connection's transaction."""
    from alembic.config import Config  # noqa: PLC0415 - see `_run_alembic`

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


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
    """Return what Alembic has noted: one row, and before the first migration no table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    noted = connection.execute(text("SELECT version_num FROM alembic_version"))
    return noted.scalar_one_or_none()
