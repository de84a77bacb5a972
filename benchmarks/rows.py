"""Watches as they stand in the database once Respan has accepted their cancellations."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import MessageState
from bot.domain.request import Request, RequestState, Target
from bot.store.database import Database
from bot.store.rows import to_columns
from bot.store.schema import cancellations, requests

CHANNEL = "C0BATCHES"

_AT_ONCE = 500
"""Rows of one statement."""


async def fill(
    database: Database,
    batch_ids: Sequence[str],
    announced: Sequence[str],
    due_after: float,
    polls: int = 0,
) -> None:
    """Put a watch of each batch there, accepted now and due after so many seconds.

    `announced` are the ts of their messages in the channel: each has a request of its own.
    They have been looked at `polls` times.
    """
    now = await database.time()
    due: dict[str, Any] = {"next_attempt_at": now + due_after, "polls": polls}
    pairs = list(zip(batch_ids, announced, strict=True))
    for first in range(0, len(pairs), _AT_ONCE):
        part = pairs[first : first + _AT_ONCE]
        asked = [_columns(_request(batch_id, ts, now)) | {"wakes": 0} for batch_id, ts in part]
        watched = [_columns(_watch(batch_id, now)) | due for batch_id, _ in part]
        async with database.writing() as connection:
            await connection.execute(insert(requests), asked)
            await connection.execute(insert(cancellations), watched)


def _columns(row: Request | Cancellation) -> dict[str, Any]:
    return to_columns(row) | {"id": row.id, "claim": 0, "claimed_at": row.claimed_at}


def _request(batch_id: str, ts: str, now: float) -> Request:
    """Return a confirmed request that is announced, and waits for its one cancellation."""
    asked = Request(
        id=_id(batch_id),
        token=f"token-{batch_id}",
        user_id="U0ANA",
        channel_id=CHANNEL,
        asked_at=now - 20,
        targets=(Target(batch_id, _batch(batch_id)),),
        state=RequestState.CONFIRMED,
        shown_at=now - 19,
        expires_at=now + 581,
        confirmed_at=now,
    )
    return replace(asked, announcement=MessageState(channel=CHANNEL, ts=ts))


def _watch(batch_id: str, now: float) -> Cancellation:
    return Cancellation(
        id=_id(batch_id),
        request_id=_id(batch_id),
        batch_id=batch_id,
        user_id="U0ANA",
        channel_id=CHANNEL,
        confirmed_at=now,
        state=State.CANCELLING,
        batch=_batch(batch_id),
        accepted_at=now,
    )


def _batch(batch_id: str) -> Batch:
    return Batch(batch_id, "cancelling")


def _id(batch_id: str) -> str:
    return batch_id.removeprefix("batch_").rjust(32, "0")
