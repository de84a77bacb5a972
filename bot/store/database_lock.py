"""Whether this process is the only one at its SQLite file. Locks vanish with a killed process."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Self

from bot.errors import SettingsError
from bot.store.own_files import lock_beside, open_private

if sys.platform != "win32":
    import fcntl


class DatabaseLock(AbstractContextManager["DatabaseLock"]):
    """A lock on a file beside the database, shared by all processes that use it.

    `exclusive` tells that nobody else held it at the start: every lease in the database is then a
    dead process's, and need not be waited for. PostgreSQL has no such file, and waits.
    """

    def __init__(self, database: Path | None) -> None:
        """Take the lock on entering; None where there is no file to share."""
        self._path = None if database is None else lock_beside(database)
        self._file: IO[bytes] | None = None
        self.exclusive = False

    def __enter__(self) -> Self:
        """Take the lock, alone if that is possible; raises SettingsError where none can be made."""
        if self._path is None or sys.platform == "win32":
            return self
        try:
            self._file = os.fdopen(open_private(self._path, os.O_RDWR | os.O_APPEND), "ab")
        except OSError as error:
            raise SettingsError(
                f"DATABASE_URL: nothing can be written in {self._path.parent.absolute()}"
                f" ({error.strerror}): let the bot write there, or name another place, such as"
                " sqlite:////var/lib/batch-bot/batch-bot.db"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.exclusive = True
        except BlockingIOError:
            fcntl.flock(self._file, fcntl.LOCK_SH)
        return self

    def share(self) -> None:
        """Let others in: what had to be done alone is done."""
        if self._file is not None and sys.platform != "win32":
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
