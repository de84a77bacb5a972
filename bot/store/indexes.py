"""The indexes of some rows alone, as they are after the newest migration.

Only Alembic needs them, and loads them: for an option of PostgreSQL's, SQLAlchemy loads its
dialect.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Index

from bot.domain.cancellation import LIVE
from bot.domain.request import UNDECIDED
from bot.store.schema import answers, cancellations, requests


def _partial(
    name: str,
    columns: Column[Any] | tuple[Column[Any], ...],
    where: ColumnElement[bool],
    *,
    unique: bool = False,
) -> None:
    """Add an index of those rows alone, on both databases."""
    named = columns if isinstance(columns, tuple) else (columns,)
    Index(name, *named, unique=unique, sqlite_where=where, postgresql_where=where)


_LIVE = sorted(str(state) for state in LIVE)

_partial(
    "one_live_per_batch", cancellations.c.batch_id, cancellations.c.state.in_(_LIVE), unique=True
)
Index("cancellations_of_batch", cancellations.c.batch_id)
Index("cancellations_of_person", cancellations.c.user_id, cancellations.c.confirmed_at)
Index("requests_of_name", requests.c.user_name, requests.c.asked_at)
for _table in (requests, cancellations):
    _end = _table.c.finished_at
    _partial(f"{_table.name}_finished", _end, _end.is_not(None))
    _partial(f"{_table.name}_unfinished", _table.c.next_attempt_at, _end.is_(None))
    _partial(f"{_table.name}_counted", (_table.c.state, _end), _end.is_(None))
_partial(
    "cancellations_by_state",
    (cancellations.c.state, cancellations.c.next_attempt_at),
    cancellations.c.finished_at.is_(None),
)
_partial("open_requests", requests.c.user_id, requests.c.state.in_(sorted(UNDECIDED)))

for _table in (requests, cancellations, answers):
    _lease, _mark = _table.c.lease_until, _table.c.set_aside_by
    _partial(f"{_table.name}_leased", _lease, _lease.is_not(None))
    _partial(f"{_table.name}_set_aside", _table.c.id, _mark.is_not(None))
