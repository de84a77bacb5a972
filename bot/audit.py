"""`python -m bot audit`: the records of who decided what, or whether they are all there."""

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

from bot.clock import SteadyClock
from bot.domain.audit_chain import Ends, Fault, Place, fault_at_end, fault_of
from bot.errors import BotError, SettingsError
from bot.setting_reading import load_database_url
from bot.store.audit import Audit, Which
from bot.store.database import Database
from bot.views.audit import (
    broken,
    csv_header,
    csv_line,
    jsonl,
    no_audit,
    no_database,
    not_the_owner,
    whole,
)

_INTERRUPTED = 130
_SETTINGS_WRONG = 2
_LINES = {"jsonl": jsonl, "csv": csv_line}


def main(which: Which, form: str, *, verify: bool) -> int:
    """Export the records, or look whether the chain is whole; return the exit code.

    0: done; 1: the chain is not whole, or the database can't be read; 2: a setting is wrong. It
    needs DATABASE_URL alone, and works beside a bot that runs.
    """
    try:
        code = asyncio.run(_work(which, form, verify=verify))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has enough. What is still in the buffer would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's answer
        return _SETTINGS_WRONG if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


async def _work(which: Which, form: str, *, verify: bool) -> int:
    async with Database(load_database_url(), SteadyClock()) as database:
        if database.is_sqlite:
            _must_be_there(Path(str(database.url.database)))
        audit = Audit(database)
        if not await audit.exists():
            raise SettingsError(no_audit())
        return await (_verify(audit) if verify else _export(audit, which, form))


def _must_be_there(path: Path) -> None:
    """Raise SettingsError for a file that is not there, or another user's."""
    if not path.exists():
        raise SettingsError(no_database(str(path)))
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise SettingsError(not_the_owner(str(path), owner))


async def _export(audit: Audit, which: Which, form: str) -> int:
    """Print the records in their order, each as soon as it is read."""
    line = _LINES[form]
    if line is csv_line:
        sys.stdout.write(csv_header())
    async with aclosing(audit.records(which)) as records:
        async for columns in records:
            sys.stdout.write(line(columns))
    return 0


async def _verify(audit: Audit) -> int:
    """Walk the chain, and say what is wrong with the first record that is."""
    walk = _Walk()
    async with aclosing(audit.chain()) as found:
        async for one in found:
            fault = walk.step(one)
            if fault is not None:
                return _say(broken(fault, walk.good), 1)
    fault = walk.end()
    if fault is not None:
        return _say(broken(fault, walk.good), 1)
    return _say(whole(walk.ends, walk.first, walk.latest), 0)


class _Walk:
    """Goes along the chain, and keeps no more of it than where it is."""

    def __init__(self) -> None:
        self.good = 0
        self.ends = Ends(Place(0, ""), Place(0, ""))
        self.first: dict[str, Any] | None = None
        self.latest: dict[str, Any] | None = None
        self._at = self.ends.pruned

    def step(self, found: Ends | dict[str, Any]) -> Fault | None:
        """Take the chain's ends, or its next record; return what is wrong with it."""
        if isinstance(found, Ends):
            self.ends, self._at = found, found.pruned
            return None
        fault = fault_of(self._at, found)
        if fault is None:
            self._at = Place(found["seq"], found["hash"])
            self.first, self.latest = self.first or found, found
            self.good += 1
        return fault

    def end(self) -> Fault | None:
        """Return what is wrong after the last record."""
        return fault_at_end(self._at, self.ends.last)


def _say(sentence: str, code: int) -> int:
    print(sentence)  # noqa: T201 - the command's answer
    return code
