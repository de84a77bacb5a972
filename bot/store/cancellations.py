"""Cancellations as the listeners use them: asking, looking up, clicking."""

import secrets
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import RowMapping, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer
from bot.domain.cancellation import LIVE, MOVES, Cancellation, next_step
from bot.store.answers import put_answer
from bot.store.database import Database
from bot.store.rows import to_cancellation, to_columns
from bot.store.schema import cancellations

_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody typed. `key` names the request, so that a replay of it is noticed."""

    batch_id: str
    user_id: str
    channel_id: str
    team_id: str | None
    command_url: str
    key: str


class AlreadyLive(Exception):
    """Another cancellation of the same batch is confirmed and not over."""


class Cancellations:
    """The rows, one per question."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database

    async def add(self, question: Question) -> Cancellation | None:
        """Store a question, due at once; None when this request was stored before."""
        now = await self._database.time()
        row = Cancellation(
            id=uuid4().hex,
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            batch_id=question.batch_id,
            user_id=question.user_id,
            channel_id=question.channel_id,
            team_id=question.team_id,
            command_url=question.command_url,
            asked_at=now,
        )
        async with self._database.writing() as connection:
            return row if await _insert(connection, row, question.key) else None

    async def by_id(self, cancellation_id: str) -> Cancellation | None:
        """Return one cancellation, as it is now."""
        return await self._one(select(cancellations).where(cancellations.c.id == cancellation_id))

    async def by_token(self, token: str) -> Cancellation | None:
        """Return the cancellation whose confirmation carries this token."""
        return await self._one(select(cancellations).where(cancellations.c.token == token))

    async def live(self, batch_id: str) -> Cancellation | None:
        """Return the cancellation of this batch that is confirmed and not over."""
        return await self._one(
            select(cancellations).where(
                cancellations.c.batch_id == batch_id, cancellations.c.state.in_(LIVE)
            )
        )

    async def time(self) -> float:
        """Return the time that confirmations are judged by."""
        return await self._database.time()

    async def move(self, old: Cancellation, new: Cancellation, answer: Answer | None) -> bool:
        """Move a row by a person's click, with its answer; False when somebody was quicker.

        Raises AlreadyLive where the batch has a live cancellation already. A step that holds the
        row meanwhile loses it: the claim number is raised.
        """
        if new.state not in MOVES[old.state]:
            raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
        async with self._database.writing() as connection:
            now = self._database.now()
            step = next_step(new)
            statement = (
                update(cancellations)
                .where(cancellations.c.id == old.id, cancellations.c.state == old.state)
                .values(
                    **to_columns(new),
                    claim=cancellations.c.claim + 1,
                    step=step,
                    next_attempt_at=now,
                    lease_until=None,
                    owner=None,
                    finished_at=now if step is None else None,
                )
            )
            try:
                changed = (await connection.execute(statement)).rowcount
            except IntegrityError:
                raise AlreadyLive from None
            if changed and answer is not None:
                await put_answer(connection, answer, now)
            return bool(changed)

    async def _one(self, query: Select[Any]) -> Cancellation | None:
        async with self._database.reading() as connection:
            found: RowMapping | None = (await connection.execute(query)).mappings().first()
            return None if found is None else to_cancellation(found)


async def _insert(connection: AsyncConnection, row: Cancellation, key: str) -> bool:
    """Insert the row; False when the request's key stands there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(cancellations)
        .values(
            **to_columns(row),
            id=row.id,
            token=row.token,
            request_key=key,
            step=next_step(row),
            next_attempt_at=row.asked_at,
            claim=0,
            claimed_at=0.0,
        )
        .on_conflict_do_nothing(index_elements=["request_key"])
    )
    return bool((await connection.execute(statement)).rowcount)


def without_urls(row: Cancellation) -> Cancellation:
    """Return the row without its response URLs, which nobody needs once it is finished."""
    return replace(row, command_url=None, click_url=None)
