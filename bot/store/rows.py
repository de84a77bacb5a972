"""Rows of the table and cancellations of the domain, each made from the other."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from bot.domain.answer import WaitingAnswer
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, Step
from bot.domain.message import Message
from bot.errors import RowUnreadable
from bot.store.reading import Unreadable, read

T = TypeVar("T")

_FIELDS = tuple(field.name for field in fields(Cancellation))
_OWNED_BY_CLAIMS = ("id", "claim", "claimed_at")
"""What a step may not change."""

_STEPS = frozenset(map(str, Step))


def to_columns(row: Cancellation) -> dict[str, Any]:
    """Return the row's columns, each made by its field's value; without those of claims."""
    return {
        name: _to_column(getattr(row, name)) for name in _FIELDS if name not in _OWNED_BY_CLAIMS
    }


def _to_column(value: object) -> object:
    """Return what the column of a field holds."""
    if isinstance(value, Batch):
        return value.as_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value) if isinstance(value, StrEnum) else value


def to_cancellation(columns: RowMapping) -> Cancellation:
    """Return the cancellation that stands in the row; raises RowUnreadable."""
    try:
        _must_know(columns["step"])
        return read(Cancellation, {name: columns[name] for name in _FIELDS})
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row concerns it alone
        raise _unreadable(columns, error) from None


def to_waiting(columns: RowMapping) -> WaitingAnswer:
    """Return the answer that stands in the row; raises RowUnreadable."""
    own = ("id", "version", "attempts", "direct_tries", "age")
    inner = ("url", "user_id", "message", "replace", "fallback", "late")
    try:
        data = {name: columns[name] for name in own}
        return read(WaitingAnswer, data | {"answer": {name: columns[name] for name in inner}})
    except Exception as error:  # noqa: BLE001 - the same
        raise _unreadable(columns, error) from None


def _must_know(step: object) -> None:
    """Raise Unreadable for a step that this version can't do."""
    if step is not None and step not in _STEPS:
        raise Unreadable(f"step {str(step)[:60]!r} is unknown")


def _unreadable(columns: RowMapping, error: Exception) -> RowUnreadable:
    """Return our error for a row; whatever else goes wrong in reading it concerns it alone."""
    reason = str(error) if isinstance(error, Unreadable) else f"a {type(error).__name__}"
    batch_id = columns.get("batch_id")
    return RowUnreadable(columns["id"], reason, batch_id if isinstance(batch_id, str) else None)


def sort_out(
    to_row: Callable[[RowMapping], T], found: Iterable[RowMapping]
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
    """Return a message as JSON-able data."""
    return None if message is None else asdict(message)
