"""Databases that have the schema already: to make one takes longer than most tests do."""

from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from bot.store.database_url import read_url
from bot.store.migrate import _upgrade
from bot.store.schema import metadata


def give_schema(url: str) -> None:
    """Bring a database up to date without the bot."""
    given = read_url(url)
    engine = create_engine(given.set(drivername=given.drivername.removesuffix("+aiosqlite")))
    with engine.begin() as connection:
        _upgrade(connection)
    engine.dispose()


def migrated_file(folder: Path) -> Path:
    """Return a SQLite file with the schema, to be copied."""
    path = folder / "migrated.db"
    give_schema(f"sqlite:///{path}")
    return path


def empty(server_url: str) -> None:
    """Take every row out of a PostgreSQL database, whoever may still be connected to it."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        for table in metadata.sorted_tables:
            connection.execute(f'DELETE FROM "{table.name}"')
