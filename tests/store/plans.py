"""How SQLite goes about what is asked of it."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

from sqlalchemy import event

from bot.store.database import Database


async def plans(database: Database, work: Callable[[], Awaitable[object]]) -> list[tuple[str, str]]:
    """Return each SELECT that some work makes, with SQLite's plan for it."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(database._engine.sync_engine, "before_cursor_execute", note)
    await work()
    event.remove(database._engine.sync_engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(str(database.url.database))) as file:
        return [(said, _plan(file, said, values)) for said, values in asked]


def _plan(file: sqlite3.Connection, statement: str, values: Any) -> str:
    rows = file.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    return " ".join(str(row[3]) for row in rows)
