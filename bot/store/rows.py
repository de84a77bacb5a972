"""Rows of the tables and dataclasses of the domain, each made from the other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from bot.domain.answer import WaitingAnswer
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation
from bot.domain.message import Message
from bot.domain.request import Request
from bot.errors import RowUnreadable
from bot.store.reading import Unreadable, read

T = TypeVar("T")

Columns = Mapping[str, Any] | RowMapping
"""What a row of a table holds, by the names of its columns."""

_OF_OTHER_TABLES = frozenset({"cancellations", "followers"})
_REQUEST = tuple(field.name for field in fields(Request) if field.name not in _OF_OTHER_TABLES)
_CANCELLATION = tuple(field.name for field in fields(Cancellation))
_OWNED_BY_CLAIMS = frozenset({"id", "claim", "claimed_at", "wakes"})
"""What a step may not change."""

_REQUEST_OWN = tuple(name for name in _REQUEST if name not in _OWNED_BY_CLAIMS)
_CANCELLATION_OWN = tuple(name for name in _CANCELLATION if name not in _OWNED_BY_CLAIMS)

_PLAIN = frozenset({type(None), str, int, float, bool})
"""Kinds of values that a column holds as they are: most are, and looked at first."""


def to_columns(row: Request | Cancellation) -> dict[str, Any]:
    """Return the row's columns, each made by its field's value; without those of claims."""
    names = _REQUEST_OWN if isinstance(row, Request) else _CANCELLATION_OWN
    return {name: _to_column(getattr(row, name)) for name in names}


def _to_column(value: object) -> object:
    """Return what the column of a field holds."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple):
        return [_to_column(part) for part in value]
    if isinstance(value, Batch):
        return value.as_dict()
    if is_dataclass(value) and not isinstance(value, type):
        # None is left out: a version that does not know a key reads the row all the same.
        told = ((name, getattr(value, name)) for name in _names(type(value)))
        return {name: _to_column(part) for name, part in told if part is not None}
    return str(value) if isinstance(value, StrEnum) else value


@cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(field.name for field in fields(kind))


def to_request(columns: Columns, cancellations: tuple[Cancellation, ...] = ()) -> Request:
    """Return the request that stands in the row; raises RowUnreadable."""
    request = _read(Request, columns, _REQUEST)
    return replace(request, cancellations=cancellations)


def to_cancellation(columns: Columns) -> Cancellation:
    """Return the cancellation that stands in the row; raises RowUnreadable."""
    return _read(Cancellation, columns, _CANCELLATION)


def to_waiting(columns: Columns) -> WaitingAnswer:
    """Return the answer that stands in the row; raises RowUnreadable."""
    own = ("id", "version", "attempts", "direct_tries", "age")
    inner = ("url", "user_id", "message", "replace", "fallback", "late", "request_id")
    try:
        data = {name: columns[name] for name in own}
        return read(WaitingAnswer, data | {"answer": {name: columns[name] for name in inner}})
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row concerns it alone
        raise unreadable_row(columns, error) from None


def _read(kind: type[T], columns: Columns, names: tuple[str, ...]) -> T:
    try:
        return read(kind, {name: columns[name] for name in names})
    except Exception as error:  # noqa: BLE001 - the same
        raise unreadable_row(columns, error) from None


def unreadable_row(columns: Columns, error: Exception) -> RowUnreadable:
    """Return our error for a row; whatever else goes wrong in reading it concerns it alone."""
    reason = str(error) if isinstance(error, Unreadable) else f"a {type(error).__name__}"
    batch_ids = batch_ids_in(columns)
    return RowUnreadable(columns["id"], reason, " ".join(batch_ids) or None)


def batch_ids_in(columns: Columns) -> tuple[str, ...]:
    """Return the batch ids of a row of any table, as far as they can be read."""
    targets = columns.get("targets")
    found = [columns.get("batch_id")] + [
        target.get("batch_id")
        for target in (targets if isinstance(targets, list) else [])
        if isinstance(target, dict)
    ]
    return tuple(batch_id for batch_id in found if isinstance(batch_id, str))


def sort_out(
    to_row: Callable[[Columns], T], found: Iterable[Columns]
) -> tuple[list[T], list[RowUnreadable]]:
    """Return what can be read, and why the rest can't."""
    rows: list[T] = []
    unreadable: list[RowUnreadable] = []
    for columns in found:
        try:
            rows.append(to_row(columns))
        except RowUnreadable as error:
            unreadable.append(error)
    return rows, unreadable


def message_to_json(message: Message | None) -> dict[str, Any] | None:
    """Return a message as JSON-able data; its blocks are its own, not copied."""
    if message is None:
        return None
    kind: Any = type(message)
    return {name: getattr(message, name) for name in _names(kind)}
