"""The files of a SQLite database are its owner's alone, and no link leads elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.clock import SteadyClock
from bot.errors import SettingsError
from bot.prepare import lock_at
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.own_files import lock_beside

ENDS = ("", "-wal", "-shm", ".lock")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Let new files be as wide as somebody's shell lets them be."""
    before = os.umask(request.param)
    yield int(request.param)
    os.umask(before)


def _modes(path: Path) -> dict[str, int]:
    files = {end: path.with_name(path.name + end) for end in ENDS}
    return {end: stat.S_IMODE(file.stat().st_mode) for end, file in files.items() if file.exists()}


async def _use(path: Path) -> dict[str, int]:
    """Start on the database as the bot does, write, and return what its files are meanwhile."""
    async with Database(f"sqlite:///{path}", SteadyClock()) as database:
        with lock_at(database):
            await migrate(database)
            async with database.writing() as connection:
                await connection.execute(text("DELETE FROM facts"))
                return _modes(path)


async def test_new_files(tmp_path: Path, umask: int) -> None:
    """All four, from the first moment, whatever the shell allows."""
    assert umask >= 0
    assert await _use(tmp_path / "bot.db") == dict.fromkeys(ENDS, 0o600)


async def test_wider_files_are_narrowed(tmp_path: Path) -> None:
    """Those of an older version, and the log says which."""
    path = tmp_path / "bot.db"
    await _use(path)
    for end in ENDS:
        file = path.with_name(path.name + end)
        file.touch()
        file.chmod(0o644)
    with capture_logs() as logs:
        assert await _use(path) == dict.fromkeys(ENDS, 0o600)
    assert [line["path"] for line in logs if "read by others" in line["event"]] == [
        str(path.with_name(path.name + end)) for end in ENDS
    ]


@pytest.mark.parametrize("end", [*ENDS, "-journal"])
@pytest.mark.parametrize("there", [True, False])
async def test_no_link_is_followed(tmp_path: Path, end: str, there: bool) -> None:
    """Neither to a file that is there nor to one that would be made."""
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "bot.db"
    if there:
        elsewhere.touch(0o644)
    path.with_name(path.name + end).symlink_to(elsewhere)
    with pytest.raises(SettingsError, match="is a symbolic link"):
        await _use(path)
    assert elsewhere.exists() is there
    assert not there or stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


async def test_a_link_that_is_laid_later(tmp_path: Path) -> None:
    """The lock's own opening follows none either."""
    path = tmp_path / "bot.db"
    async with Database(f"sqlite:///{path}", SteadyClock()) as database:
        lock = lock_at(database)
        lock_beside(path).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(SettingsError), lock:
            pass
    assert not (tmp_path / "elsewhere").exists()
