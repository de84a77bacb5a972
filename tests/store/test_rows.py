"""Every field of a row is stored and comes back, and the index knows every live state."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Table, insert, select, text

from bot.domain.batch import Batch
from bot.domain.cancellation import LIVE, Cancellation
from bot.domain.refusal import Refusal
from bot.domain.request import UNDECIDED, Request, Target
from bot.store.database import Database
from bot.store.rows import to_cancellation, to_columns, to_request
from bot.store.schema import cancellations, requests
from tests.rows import BATCH

Row = Request | Cancellation

EMPTY: list[Row] = [
    Request("id", "token", "U0ANA", "C0BATCHES", 1.0, (Target(BATCH.id),)),
    Cancellation("id", "request", BATCH.id, "U0ANA", "C0BATCHES", 1.0),
]
TABLES: dict[type[Any], tuple[Table, Callable[[Any], Row]]] = {
    Request: (requests, to_request),
    Cancellation: (cancellations, to_cancellation),
}
OWNED_BY_CLAIMS = {"id", "claim", "claimed_at", "wakes"}


def _other(hint: Any, value: object) -> Any:
    """Return another value of a type hint than `value`."""
    if get_origin(hint) is tuple:
        return (_other(get_args(hint)[0], None),)
    kinds = [kind for kind in get_args(hint) if kind is not NoneType] or [hint]
    kind = kinds[0]
    if kind is Batch:
        return BATCH
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        made: Any = kind
        return made(**{f.name: _other(hints[f.name], f.default) for f in fields(kind)})
    if issubclass(kind, StrEnum):
        return next(one for one in kind if one is not value)
    if kind is bool:
        return not value
    return {str: "other", float: 7.5, int: 7}[kind]


def _changed() -> Iterator[tuple[str, Row, Row]]:
    """Yield a row for each field, in which that field is another than in an empty one."""
    for empty in EMPTY:
        hints = get_type_hints(type(empty))
        for field in fields(empty):
            if field.name not in {"cancellations", "followers"}:  # they have rows of their own
                other = _other(hints[field.name], getattr(empty, field.name))
                changes: dict[str, Any] = {field.name: other}
                yield field.name, empty, replace(empty, **changes)


@pytest.mark.parametrize(
    ("name", "empty", "row"),
    [*_changed()],
    ids=[f"{type(empty).__name__}.{name}" for name, empty, _ in _changed()],
)
async def test_a_field_comes_back(database: Database, name: str, empty: Row, row: Row) -> None:
    """Whatever it is, a new one too: the mapping comes of the dataclass."""
    table, to_row = TABLES[type(row)]
    owned = {n: getattr(row, n) for n in OWNED_BY_CLAIMS if hasattr(row, n)}
    assert getattr(row, name) != getattr(empty, name)
    async with database.writing() as connection:
        await connection.execute(insert(table).values(**to_columns(row), **owned))
    async with database.reading() as connection:
        (found,) = (await connection.execute(select(table))).mappings()
    assert to_row(found) == row


KNOWN_TO_0009 = {
    "targets": {"batch_id", "batch", "refusal", "by"},
    "announcement": {"since", "tries", "channel", "ts", "direct", "given_up", "late"},
}
"""The keys of the JSON columns that version 0009 takes; one more, and it sets the row aside."""


def test_an_older_version_reads_what_is_not_new_to_it() -> None:
    """It may run beside this one: a new key stands only where it tells something."""
    targets = (
        Target("batch_1", BATCH),
        Target("batch_2", refusal=Refusal.FINAL),
        Target("batch_3", refusal=Refusal.ALREADY_CANCELLING, by="U0BEN"),
    )
    columns = to_columns(Request("id", "token", "U0ANA", "C0BATCHES", 1.0, targets))
    for target in columns["targets"]:
        assert set(target) <= KNOWN_TO_0009["targets"]
    assert columns["targets"][0] == {"batch_id": "batch_1", "batch": BATCH.as_dict()}
    assert set(columns["announcement"]) <= KNOWN_TO_0009["announcement"]


async def test_the_index_knows_every_live_state(database: Database) -> None:
    """A state that was added to LIVE and not to the schema would let a batch have two."""
    query = (
        "SELECT sql FROM sqlite_master WHERE name = 'one_live_per_batch'"
        if database.is_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE indexname = 'one_live_per_batch'"
    )
    async with database.reading() as connection:
        made = str((await connection.execute(text(query))).scalar_one())
    condition = made.upper().index("WHERE")
    assert set(re.findall(r"'(\w+)'", made[condition:])) == set(map(str, LIVE))


async def test_the_index_of_open_requests_too(database: Database) -> None:
    """It is for the states in which a request waits for a person, or they for an answer."""
    query = (
        "SELECT sql FROM sqlite_master WHERE name = 'open_requests'"
        if database.is_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE indexname = 'open_requests'"
    )
    async with database.reading() as connection:
        made = str((await connection.execute(text(query))).scalar_one())
    assert set(re.findall(r"'(\w+)'", made)) == set(map(str, UNDECIDED))
