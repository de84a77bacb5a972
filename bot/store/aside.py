"""Rows that this version can't read are set aside: they cost nothing, and another takes them up."""

from collections.abc import Sequence

import structlog
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    String,
    Table,
    bindparam,
    func,
    or_,
    select,
    update,
)

from bot.errors import RowUnreadable, StoreError
from bot.store.database import Database
from bot.store.reading import fingerprint
from bot.store.schema import answers, cancellations, requests

log = structlog.get_logger(__name__)

_TABLES = (requests, cancellations, answers)
_MINE = fingerprint()
_LIKE_MINE: BindParameter[str] = bindparam(
    "like_mine", callable_=lambda: f"%{_MINE}%", type_=String
)
_MOST_LINES = 100
"""So many rows are logged one by one; the rest are counted in `/metrics`."""

_WHAT_TO_DO = (
    "start the version again that wrote it, or mend the row and start this version again;"
    " until then nothing is done about it"
)


def is_for_us(table: Table) -> ColumnElement[bool]:
    """Return whether this version has not set the row aside; what another one did is no matter."""
    mark = table.c.set_aside_by
    return or_(mark.is_(None), mark.not_like(_LIKE_MINE))


class Aside:
    """The rows that were set aside, in all tables."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database
        self._lines = 0

    async def put(self, table: Table, rows: Sequence[RowUnreadable]) -> bool:
        """Set rows aside and give their leases back; return whether that worked.

        Where it does not, their leases run out, and the next claim tries it again: the rest of the
        claim must not suffer.
        """
        if not rows:
            return True
        ids = [row.row_id for row in rows]
        marks = func.coalesce(table.c.set_aside_by + " ", "") + _MINE
        statement = update(table).where(table.c.id.in_(ids), is_for_us(table))
        try:
            async with self._database.writing() as connection:
                await connection.execute(
                    statement.values(set_aside_by=marks, owner=None, lease_until=None)
                )
        except Exception as error:  # noqa: BLE001 - the rest of the claim goes on
            why = str(error) if isinstance(error, StoreError) else type(error).__name__
            log.error("rows that can't be read could not be set aside", rows=len(ids), error=why)
            return False
        for row in rows:
            self._tell(table, row)
        return True

    def _tell(self, table: Table, row: RowUnreadable) -> None:
        self._lines += 1
        if self._lines < _MOST_LINES:
            log.error(
                "a row is set aside: this version can't read it",
                table=table.name,
                id=str(row.row_id),
                batch_id=row.batch_id,
                reason=row.reason,
                what_to_do=_WHAT_TO_DO,
            )
        elif self._lines == _MOST_LINES:
            log.error("more rows are set aside, and counted in /metrics only")

    async def count(self) -> dict[str, int]:
        """Return how many unfinished rows this version has set aside, by table."""
        found = {}
        async with self._database.reading() as connection:
            for table in _TABLES:
                query = select(func.count()).select_from(table).where(*_set_aside(table))
                found[table.name] = int((await connection.execute(query)).scalar_one())
        return found

    async def try_again(self) -> None:
        """Take this version's marks away: a start is one more try, and its code may be mended."""
        for table in _TABLES:
            rest = func.trim(func.replace(table.c.set_aside_by, _MINE, ""))
            statement = update(table).where(*_set_aside(table))
            async with self._database.writing() as connection:
                await connection.execute(statement.values(set_aside_by=func.nullif(rest, "")))


def _set_aside(table: Table) -> tuple[ColumnElement[bool], ...]:
    mark = table.c.set_aside_by
    mine = (mark.is_not(None), mark.like(f"%{_MINE}%"))
    return mine if table is answers else (*mine, table.c.finished_at.is_(None))
