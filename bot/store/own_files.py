"""The files of a SQLite database are for the bot's own user: they hold people's data and URLs."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import structlog

from bot.errors import SettingsError

log = structlog.get_logger(__name__)

_OWNERS_ALONE = 0o600
_OTHERS = 0o077
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BESIDE = ("-wal", "-shm", "-journal")


def lock_beside(database: Path) -> Path:
    """Return the file whose lock tells who is at the database."""
    return database.with_name(f"{database.name}.lock")


def keep_private(database: Path) -> None:
    """Let nobody else read the database's files: made so, or narrowed where they are wider.

    SQLite gives the files that it makes beside the database the database's own rights.
    Raises SettingsError for a symbolic link, which somebody else may have laid there. Where no file
    can be made, whoever opens it next says so.
    """
    beside = [database.with_name(database.name + end) for end in _BESIDE]
    for path in (database, *beside, lock_beside(database)):
        if path.is_symlink():
            raise SettingsError(
                f"DATABASE_URL: {path} is a symbolic link, which is not followed: name the file"
                " itself, or remove the link"
            )
    if not database.exists():
        with suppress(OSError):
            os.close(open_private(database, os.O_RDWR))
    for path in (database, *beside, lock_beside(database)):
        _narrow(path)


def open_private(path: Path, how: int) -> int:
    """Open a file that nobody else can read, making it where it is missing; no link is followed."""
    return os.open(path, how | os.O_CREAT | os.O_CLOEXEC | _NO_LINK, _OWNERS_ALONE)


def _narrow(path: Path) -> None:
    """Take the rights of others away.

    By its name: whoever opens and closes a database's file beside SQLite takes SQLite's locks away.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & _OTHERS:
            path.chmod(_OWNERS_ALONE)
            event = "a file of the database could be read by others; now it can't"
            log.warning(event, path=str(path))
    except FileNotFoundError:
        return
    except PermissionError:
        event = "other users of this machine can read a file of the database, which is not ours"
        log.warning(event, path=str(path))
