"""The schema's age and the room on the disk."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.sandbox.world import SandboxWorld
from bot.store.migrate import newest_revision
from tests.checks.services import Run
from tests.databases import migrated_file


def at(file: Path, revision: str) -> None:
    """Note another revision in a database."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("", "ok: {own} is this version's own"),
        ("0001", "ok: 0001 is of an older version; the next start brings it to {own}"),
        ("9999", "warning: 9999 is of a newer version, this one's is {own}. It works"),
    ],
)
async def test_the_schema(
    world: SandboxWorld, run: Run, tmp_path: Path, revision: str, said: str
) -> None:
    """Current, older and newer; to look changes nothing."""
    file = Path(shutil.copy(migrated_file(tmp_path), tmp_path / "bot.db"))
    if revision:
        at(file, revision)
    code, lines = await run()
    assert code == 0
    assert lines["Schema"].startswith(said.format(own=newest_revision()))
    if revision:
        assert (await run())[1]["Schema"] == lines["Schema"]


async def test_a_newer_schema_that_lacks_what_this_version_needs(
    world: SandboxWorld, run: Run, tmp_path: Path
) -> None:
    """The bot would not start on it."""
    file = Path(shutil.copy(migrated_file(tmp_path), tmp_path / "bot.db"))
    at(file, "9999")
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE requests")
    connection.close()
    code, lines = await run()
    assert code == 1
    assert lines["Schema"].startswith("failed: DATABASE_URL names a database of a newer version")
    assert lines["Schema"].endswith("start the newer version again, or use another database")


@pytest.mark.parametrize(
    ("free", "code", "said"),
    [
        (5_000_000_000, 0, "ok: 5,000 MB are free in "),
        (150_000_000, 0, "warning: only 150 MB are free in "),
        (4_500_000, 1, "failed: only 4.5 MB are free in "),
        (None, 0, "warning: the room in "),
    ],
)
async def test_the_room_on_the_disk(
    world: SandboxWorld,
    run: Run,
    mocker: MockerFixture,
    tmp_path: Path,
    free: int | None,
    code: int,
    said: str,
) -> None:
    """SQLite's folder is looked at, and what to do is said where it is nearly full."""
    usage = mocker.patch("bot.checks.database.shutil.disk_usage")
    if free is None:
        usage.side_effect = OSError
    usage.return_value.free = free
    found, lines = await run()
    assert found == code
    assert lines["Disk"].startswith(said)
    assert str(tmp_path) in lines["Disk"]
    usage.assert_called_once_with(tmp_path)


async def test_on_a_database_that_is_away(
    world: SandboxWorld, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs it is not tried; the rest is."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/d")
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert lines["Schema"] == "not tried: mend Database first"
    assert lines["Disk"].startswith("ok: ")
    assert lines["Channel C0BATCHES"].startswith("ok: ")


async def test_on_postgresql(
    world: SandboxWorld, run: Run, monkeypatch: pytest.MonkeyPatch, kept_postgres: str
) -> None:
    """The schema is looked at there too; the room is its server's."""
    monkeypatch.setenv("DATABASE_URL", kept_postgres)
    code, lines = await run()
    assert code == 0
    assert lines["Schema"] == f"ok: {newest_revision()} is this version's own"
    assert lines["Disk"] == "ok: PostgreSQL keeps the data: watch the room on its server"
