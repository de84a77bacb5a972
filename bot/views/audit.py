"""The audit as it is exported, and what is said about its chain."""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any, assert_never

from bot.domain.audit_chain import Ends, Fault, Place, Wrong

FIELDS = (
    *("seq", "time", "at", "event", "user_id", "team_id", "channel_id", "request_id"),
    *("batch_ids", "identifier", "request_key", "details", "previous_hash", "hash"),
)
"""What an exported record has, in this order: docs/audit.md says what each means."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - they too
"""How a cell begins that a spreadsheet would carry out: OWASP's list for CSV injection."""

Columns = Mapping[str, Any]
Line = Callable[[Columns], str]
"""Returns a record's line, with its line break."""


def jsonl(columns: Columns) -> str:
    """Return a record as a line of JSON; what is not as it was written stands there as it is."""
    told = {name: columns.get(name) for name in FIELDS} | {"time": iso(columns["at"])}
    told |= {"batch_ids": str(columns["batch_ids"]).split(), "details": _data(columns["details"])}
    return json.dumps(told, default=str) + "\n"


def csv_line(columns: Columns) -> str:
    """Return a record as a line of CSV, in which no cell is a formula."""
    told = {name: columns.get(name) for name in FIELDS} | {"time": iso(columns["at"])}
    return _line([_harmless(told[name]) for name in FIELDS])


def csv_header() -> str:
    """Return the first line of a CSV file."""
    return _line(FIELDS)


def _line(cells: list[object] | tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _harmless(value: object) -> object:
    """Return a cell that a spreadsheet shows as it is."""
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value


def _data(details: object) -> object:
    try:
        return json.loads(str(details))
    except ValueError:
        return details


def iso(at: object) -> str | None:
    """Return a time in seconds as UTC with microseconds, None for what is no time."""
    try:
        time = datetime.fromtimestamp(float(str(at)), UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def no_audit() -> str:
    """Say that there is nothing to be read."""
    return (
        "This database has no audit: it is of an older version, or none of this bot. Start this"
        " version, or run `python -m bot migrate`, and see that DATABASE_URL is the bot's."
    )


def no_database(path: str) -> str:
    """Say that the file is not there: to open it would make it."""
    return f"There is no database {path}: DATABASE_URL must be the one that the bot runs with."


def not_the_owner(path: str, number: int) -> str:
    """Say who may read it: files that SQLite makes beside it would be closed to the bot."""
    return f"Run it as the user whose file {path} is (number {number})."


def whole(ends: Ends, first: Columns | None, latest: Columns | None) -> str:
    """Say that every record is as it was written, and what to keep of it elsewhere."""
    forgotten = _forgotten(ends.pruned)
    if first is None or latest is None:
        newest = f" Newest hash: {ends.last.hash}" if ends.last.seq else ""
        return f"The audit is whole, and has no record.{forgotten}{newest}"
    count = ends.last.seq - ends.pruned.seq
    span = f"from {iso(first['at'])} to {iso(latest['at'])}"
    return (
        f"The audit is whole: {_records(count)}, number {first['seq']} to {latest['seq']},"
        f" {span}.{forgotten} Write the newest hash down elsewhere, with its number: whoever owns"
        " the database can write all of it anew, but not so that this hash stands there again."
        f"\nNewest hash: {latest['seq']} {ends.last.hash}"
    )


def _forgotten(pruned: Place) -> str:
    if not pruned.seq:
        return ""
    return f" What came before, {_records(pruned.seq)}, retention has forgotten (KEEP_AUDIT_DAYS)."


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def broken(fault: Fault, good: int) -> str:
    """Say what is wrong with the first record that is not as it was; `good` ones came before."""
    are = "is" if good == 1 else "are"
    before = f" {_records(good)} before it {are} as written." if good else ""
    return f"The audit is not whole. {_what(fault)}{before}"


def _what(fault: Fault) -> str:
    number = f"Record {fault.seq}"
    match fault.wrong:
        case Wrong.REMOVED:
            return f"{number} was removed: it is not there any more."
        case Wrong.CHANGED:
            return f"{number} was changed after it was written."
        case Wrong.PUT_IN:
            return f"{number} was put in: the chain has no place for it."
        case Wrong.REPLACED:
            return f"{number} does not follow the one before it: one of the two was written anew."
        case unknown:
            assert_never(unknown)
