"""New rows of requests."""

from functools import cache

from sqlalchemy import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.request import Request
from bot.store.dialect import insert_on
from bot.store.rows import to_columns
from bot.store.schema import requests


async def insert_request(
    connection: AsyncConnection, request: Request, key: str | None, due: float
) -> bool:
    """Insert a request that is due then; False when the command's key stands there already."""
    values = {
        **to_columns(request),
        "id": request.id,
        "request_key": key,
        "next_attempt_at": due,
        "claim": 0,
        "claimed_at": 0.0,
        "wakes": 0,
    }
    statement = _insert_new(connection.dialect.name)
    return (await connection.execute(statement, values)).first() is not None


@cache
def _insert_new(dialect: str) -> Insert:
    """Return the insert of a row that leaves one with the same key alone.

    Made once, as to make a statement costs more than SQLite needs for it.
    """
    insert = insert_on(dialect, requests)
    return insert.on_conflict_do_nothing(index_elements=["request_key"]).returning(requests.c.id)
