"""The one switch between SQLite and PostgreSQL: an insert that may meet a row that is there.

The engine has loaded the dialect that its URL names: the other one is never loaded.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def is_postgresql(connection: AsyncConnection) -> bool:
    """Return whether the connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def insert_into(connection: AsyncConnection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return an insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return insert_on(connection.dialect.name, table)


def insert_on(dialect: str, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return the same for the name of a dialect."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - see above

    return sqlite.insert(table)
