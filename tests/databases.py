"""Databases that have the schema already: to make one takes longer than most tests do."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache

from bot.store.database_url import read_url
from bot.store.migrate import _upgrade
from bot.store.schema import metadata

_STATEMENTS = 5000
"""How many compiled statements are kept: more than the bot has, on both databases."""


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let all databases of a process share the compiled statements.

    SQLAlchemy keeps them for each engine, and each test has an engine of its own: to compile them
    anew took a third of a test. They are kept by statement and dialect; here all dialects of a kind
    are the same.
    """
    kept: LRUCache[object, object] = LRUCache(_STATEMENTS)
    shared = property(lambda _: kept, lambda _engine, _value: None)
    patch.setattr(Engine, "_compiled_cache", shared, raising=False)
    for dialect in (SQLiteDialect_aiosqlite, PGDialectAsync_psycopg):
        patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))


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
        # The triggers of the audit would let nothing go.
        connection.execute("SET session_replication_role = replica")
        for table in metadata.sorted_tables:
            connection.execute(f'DELETE FROM "{table.name}"')
        connection.execute("INSERT INTO audit_chain VALUES (1, 0, '', 0, '')")
