"""`python -m bot backup`: a copy of a SQLite file as it is at one moment, while the bot goes on."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from bot.store.own_files import open_private

_BUSY_SECONDS = 10.0


def main(database: str, copy: str) -> int:
    """Copy the file; return 0, or 1 with a sentence on standard error and no copy."""
    try:
        back_up(Path(database), Path(copy))
    except (OSError, sqlite3.Error) as error:
        print(f"There is no backup: {error}", file=sys.stderr)  # noqa: T201 - the command's answer
        return 1
    return 0


def back_up(database: Path, copy: Path) -> None:
    """Write a copy that nobody else can read, whole or not at all; writers wait for nothing.

    The files themselves, copied one after the other, would be of several moments. It reads no
    settings. Raises FileExistsError for a copy that is there, PermissionError for another user
    than the file's: what SQLite makes beside it would then be closed to the bot.
    """
    owner = database.stat().st_uid
    if owner != os.geteuid():
        raise PermissionError(f"run it as the user whose file {database} is (number {owner})")
    if copy.exists():
        raise FileExistsError(f"{copy} is there already")
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(open_private(unfinished, os.O_RDWR | os.O_EXCL))
    try:
        _copy(database, unfinished)
        unfinished.rename(copy)
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(database: Path, to: Path) -> None:
    """Copy all pages in one read transaction, and see that the copy is sound."""
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", _BUSY_SECONDS, uri=True)
    with closing(source), closing(sqlite3.connect(to)) as target:
        source.backup(target)
        # One file, which needs none beside it; the bot switches back at its next start.
        target.execute("PRAGMA journal_mode = DELETE")
        (said,) = target.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {said}")
    with to.open("rb") as file:
        os.fsync(file.fileno())
