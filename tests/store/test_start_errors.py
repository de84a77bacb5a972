"""Whatever can't work with DATABASE_URL is one sentence that names it, and says what to do."""

import asyncio
import os
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pytest_mock import MockerFixture
from sqlalchemy.engine import make_url

from bot import prepare
from bot.clock import SteadyClock
from bot.errors import DatabaseRefused, SettingsError, StoreUnavailable
from bot.sandbox.event_bus import SandboxClock
from bot.store.database import Database
from bot.store.database_url import read_url
from bot.store.migrate import migrate, newest_revision
from bot.store.start_errors import postgresql_error
from tests.postgres import fresh_database

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://u:pw@[::1/d", "percent-encoded"),
        ("postgres://u:pw@h:abc/d", "percent-encoded"),
        ("postgres://u:pw@h:99999/d", "port 99999"),
        ("postgres://u:pw@h:0/d", "port 0"),
        ("postgres://u:p@pw@h/d", "percent-encoded"),
        ("postgres://u:pw@h h/d", "percent-encoded"),
        ("postgres://u:pw@h/d\n", "line breaks"),
        ("postgres://u:pw@h/d\x00", "control characters"),
        ("postgres://u:pw@h/d?pgbouncer=true", "option pgbouncer"),
        ("postgres://u:pw@h/d?schema=public&sslmode=require", "option schema"),
        ("postgres://u:pw@h/d?connection_limit=5", "option connection_limit"),
        ("sqlite:///bot.db?mode=ro", "option mode"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///", "must name a file"),
        ("mysql://u:pw@h/d", "must begin with"),
    ],
)
def test_urls_that_can_not_work(url: str, said: str) -> None:
    """They are told before anything is tried, without the password."""
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        read_url(url)
    assert said in str(caught.value)
    assert "pw" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40ss@h:5432/d?sslmode=require&connect_timeout=3",
        "postgres://u:p/w@h/d",
        "postgres://u@[2001:db8::1]:5432/d",
        "postgres://u@/d?host=/var/run/postgresql",
        "postgresql:///d?options=-c%20search_path%3Dx",
        "sqlite:////var/lib/bot.db",
    ],
)
def test_urls_that_may_work(url: str) -> None:
    """Everything that the drivers themselves understand is left to them."""
    assert read_url(url).database in {"d", "/var/lib/bot.db"}


def test_a_missing_driver() -> None:
    """Without psycopg, a PostgreSQL URL is a sentence and code 2."""
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from bot.__main__ import main; sys.exit(main(['migrate']))"
    )
    done = _run(["-c", script], ROOT, DATABASE_URL="postgres://u:pw@h/d")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "its driver is not installed: run `pip install 'psycopg[binary]'`" in done.stderr


def _run(arguments: list[str], folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    required = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "0123456789abcdef",
        "RESPAN_API_KEY": "a-key-of-respan",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "RESPAN_BASE_URL": "http://127.0.0.1:9/api",
        "PORT": "0",
        "BIND_ADDRESS": "127.0.0.1",
    }
    return subprocess.run(  # noqa: S603 - our own bot
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **required, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _no_database(folder: Path) -> str:
    (folder / "words.db").write_text("This is no database, whatever its name says. " * 100)
    return "words.db"


def _damaged(folder: Path) -> str:
    (folder / "half.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    return "half.db"


def _a_folder(folder: Path) -> str:
    (folder / "folder.db").mkdir()
    return "folder.db"


def _no_folder(_folder: Path) -> str:
    return "nowhere/bot.db"


def _too_long(_folder: Path) -> str:
    return "x" * 300 + "/bot.db"


@pytest.mark.parametrize("make", [_no_database, _damaged, _a_folder, _no_folder, _too_long])
@pytest.mark.parametrize("command", ["run", "check", "migrate"])
def test_files_that_can_not_be_used(tmp_path: Path, make: object, command: str) -> None:
    """A sentence with the path and code 2, where `check` has a failed line and code 1."""
    assert callable(make)
    name = make(tmp_path)
    done = _run(["-m", "bot", command], tmp_path, DATABASE_URL=f"sqlite:///{name}")
    said = done.stdout if command == "check" else done.stderr
    assert done.returncode == (1 if command == "check" else 2)
    assert "DATABASE_URL" in said
    assert name.split("/", maxsplit=1)[0] in said
    assert "Traceback" not in done.stdout + done.stderr
    assert command == "check" or said.count("\n") == 1


def test_a_default_file_where_nobody_can_write(tmp_path: Path) -> None:
    """In a folder of the system the default database can't be made: a sentence, code 2."""
    script = "import os, sys; from bot.__main__ import main; os.chdir('/proc'); sys.exit(main([]))"
    done = _run(["-c", script], tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DATABASE_URL: nothing can be written in /proc" in done.stderr


# PostgreSQL -------------------------------------------------------------------------------------


@asynccontextmanager
async def server_saying(state: str, words: str) -> AsyncIterator[str]:
    """Give the URL of a server that answers each connection with one error."""
    fields = f"SFATAL\0VFATAL\0C{state}\0M{words}\0\0".encode()
    answer = b"E" + struct.pack("!I", len(fields) + 4) + fields

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            asked = await reader.readexactly(length - 4)
            if asked[:4] not in {b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"}:  # no SSL, no GSSAPI
                break
            writer.write(b"N")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://bot:s3cret-pw@127.0.0.1:{port}/batches"


async def _error_of(url: str) -> StoreUnavailable:
    async with Database(url, SteadyClock()) as database:
        with pytest.raises(StoreUnavailable) as caught:
            await database.ping()
    return caught.value


@pytest.mark.parametrize(
    ("state", "words", "said"),
    [
        ("28P01", 'password authentication failed for user "bot"', "refuses the password of the"),
        ("28000", 'no pg_hba.conf entry for host "h", user "bot"', "does not let the role bot in"),
        ("28000", 'role "bot" does not exist', "does not let the role bot in"),
        ("3D000", 'database "batches" does not exist', "has no database batches: create it"),
    ],
)
async def test_a_definite_no(state: str, words: str, said: str) -> None:
    """Each has a sentence of its own, and ends a start after a minute."""
    async with server_saying(state, words) as url:
        error = await _error_of(url)
    assert isinstance(error, DatabaseRefused)
    assert error.patience == 60
    assert str(error).startswith("DATABASE_URL: PostgreSQL at 127.0.0.1:")
    assert said in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("57P03", "the database system is starting up"),
        ("53300", "sorry, too many clients already"),
        ("XX000", "Passwort-Authentifizierung für Benutzer »bot« fehlgeschlagen s3cret-pw"),
    ],
)
async def test_a_no_for_now(state: str, words: str) -> None:
    """Whatever else a server says is told in its words, and waited for."""
    async with server_saying(state, words) as url:
        error = await _error_of(url)
    assert not isinstance(error, DatabaseRefused)
    assert words.removesuffix(" s3cret-pw") in str(error)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://bot:s3cret@127.0.0.1:9/d", "no PostgreSQL listens at 127.0.0.1:9"),
        ("postgresql://bot@/d?host=/nowhere", "no PostgreSQL listens at /nowhere:5432"),
    ],
)
async def test_nobody_listens(url: str, said: str) -> None:
    """It is said where; waiting may mend it."""
    error = await _error_of(url)
    assert not isinstance(error, DatabaseRefused)
    assert said in str(error)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("could not translate host name: Name or service not known", "the host of"),
        ("failed to resolve host 'h': [Errno -2] Name or service not known", "the host of"),
        ("connection timeout expired", "does not answer in time"),
        ("connection to server failed: No route to host", "there is no way to"),
        ("connection failed: something new", "can't be reached: something new"),
    ],
)
def test_what_else_keeps_a_server_away(words: str, said: str) -> None:
    """Each is told with the server's place, and waited for."""
    error = postgresql_error(psycopg.OperationalError(words), make_url("postgresql://u@h:6/d"))
    assert not isinstance(error, DatabaseRefused)
    assert said in str(error)
    assert "h:6" in str(error)


async def test_a_wrong_option_value() -> None:
    """A value that libpq does not take is a definite no, in libpq's words."""
    error = await _error_of("postgresql://bot@127.0.0.1:9/d?sslmode=perhaps")
    assert isinstance(error, DatabaseRefused)
    assert "perhaps" in str(error)


async def test_the_start_ends_after_a_minute(mocker: MockerFixture) -> None:
    """A definite no that lasts is the setting's fault; the log has no line a second meanwhile."""
    clock = SandboxClock()
    warned = mocker.patch("bot.prepare.log.warning")
    mocker.patch.object(asyncio, "sleep", side_effect=clock.advance)
    tried = mocker.AsyncMock(side_effect=DatabaseRefused("DATABASE_URL: no", 60.0))
    before = clock.time()
    with pytest.raises(SettingsError, match="DATABASE_URL: no"):
        await prepare._until_it_works(tried, StoreUnavailable, clock)
    assert 60 <= clock.time() - before < 76
    assert warned.call_count < 12


async def test_what_may_come_is_waited_for(mocker: MockerFixture) -> None:
    """A database that is created within the minute is used."""
    clock = SandboxClock()
    mocker.patch.object(asyncio, "sleep", side_effect=clock.advance)
    away, refused = StoreUnavailable("away"), DatabaseRefused("not yet", 60.0)
    tried = mocker.AsyncMock(side_effect=[away, refused, refused, None])
    await prepare._until_it_works(tried, StoreUnavailable, clock)
    assert tried.await_count == 4


@pytest.fixture
def poor_role(postgres: str) -> Iterator[tuple[str, str]]:
    """Give the URLs of a new database for its owner, and for a role without CREATE."""
    role = f"poor_{uuid4().hex[:8]}"
    with fresh_database(postgres) as url, psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN")
        server.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        yield url, make_url(url).set(username=role).render_as_string(hide_password=False)
        server.execute(f"DROP OWNED BY {role} CASCADE")
        server.execute(f"DROP ROLE {role}")


async def test_a_role_without_create(poor_role: tuple[str, str]) -> None:
    """Without the schema it is told what to grant; with the schema it needs no more."""
    owner, poor = poor_role
    async with Database(poor, SteadyClock()) as database:
        with pytest.raises(DatabaseRefused, match=r"may not create tables .* migrate") as caught:
            await migrate(database)
    assert caught.value.patience == 0
    async with Database(owner, SteadyClock()) as database:
        await migrate(database)
    role = make_url(poor).username
    with psycopg.connect(owner, autocommit=True) as server:
        rights = "SELECT, INSERT, UPDATE, DELETE"
        server.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}")
    async with Database(poor, SteadyClock()) as database:
        assert await migrate(database) == (newest_revision(), newest_revision())
