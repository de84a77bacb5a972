"""The database: whether it can be written, the age of its schema, and the room on the disk."""

import shutil
from pathlib import Path

from bot.checks.outcome import Doubt
from bot.clock import SteadyClock
from bot.errors import BotError
from bot.prepare import lock_at
from bot.settings import Settings
from bot.store.database import Database
from bot.store.database_url import read_url
from bot.store.migrate import is_known, newest_revision, usable_revision

_MB = 1_000_000
_FULL, _NEARLY_FULL = 20 * _MB, 200 * _MB
"""Bytes. A cancellation takes a few kilobytes, SQLite's log beside the file a few megabytes."""


def _database(settings: Settings) -> Database:
    return Database(settings.database_url.get_secret_value(), SteadyClock())


async def database(settings: Settings) -> str:
    """Begin and end a transaction that may write."""
    async with _database(settings) as opened:
        lock_at(opened)  # raises for a path that can be no file
        async with opened.writing():
            pass
        return opened.url.get_backend_name()


async def schema(settings: Settings) -> str | Doubt:
    """Compare the schema with the one that this version was written for; nothing is changed."""
    async with _database(settings) as opened:
        found, own = await usable_revision(opened), newest_revision()
    if found is None:
        return f"there is none yet; the first start makes it ({own})"
    if not is_known(found):
        return Doubt(
            f"{found} is of a newer version, this one's is {own}. It works, and what only the newer"
            " one can read is set aside: go back to the newer version when you can"
        )
    if found != own:
        return (
            f"{found} is of an older version; the next start brings it to {own} (so does"
            " `python -m bot migrate`). Copy the database first"
        )
    return f"{found} is this version's own"


async def room(settings: Settings) -> str | Doubt:
    """Look at the disk that SQLite's file is on; a PostgreSQL server has one of its own."""
    url = read_url(settings.database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        return "PostgreSQL keeps the data: watch the room on its server"
    return _room_beside(Path(str(url.database)))


def _room_beside(file: Path) -> str | Doubt:
    """Return how much room there is; raises BotError where there is next to none."""
    folder = file.absolute().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Doubt(f"the room in {folder} can't be seen ({type(error).__name__})")
    mend = "make room there, or name a file on another disk in DATABASE_URL"
    if free < _FULL:
        raise BotError(f"only {free / _MB:.1f} MB are free in {folder}: {mend}")
    if free < _NEARLY_FULL:
        return Doubt(f"only {free / _MB:.0f} MB are free in {folder}: {mend}")
    return f"{free / _MB:,.0f} MB are free in {folder}"
