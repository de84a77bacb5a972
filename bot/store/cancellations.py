"""Cancellations as the listeners use them: asking, looking up, clicking."""

import secrets
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Update,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.domain.answer import Answer
from bot.domain.asking import Asking, Moved
from bot.domain.cancellation import LIVE, MOVES, Cancellation, State, next_step
from bot.store.answers import mark_answered, put_answer
from bot.store.database import Database
from bot.store.questions import store_question
from bot.store.rows import sort_out, to_cancellation, to_columns
from bot.store.schema import cancellations
from bot.store.turns import Turns

_TOKEN_BYTES = 24


def new_token() -> str:
    """Return a word that nobody can guess, for the buttons of one question."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


_NO_TIME = 32_503_680_000.0  # the year 3000


class Cancellations:
    """The rows, one per question."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database
        self._turns = Turns()

    async def ask(
        self,
        *,
        batch_id: str,
        user_id: str,
        channel_id: str,
        team_id: str | None,
        channel_kind: str | None = None,
        url: str,
        key: str,
    ) -> Asking:
        """Store a question, due at once, unless the person has the same or too many open.

        `key` names the request: a replay of it has the same. Raises RowUnreadable where the same
        question is open and can't be read.
        """
        # Without its turn here, one person's flood would hold every connection to the database.
        async with self._turns.of(user_id):
            row = Cancellation(
                id=uuid4().hex,
                token=new_token(),
                batch_id=batch_id,
                user_id=user_id,
                channel_id=channel_id,
                team_id=team_id,
                channel_kind=channel_kind,
                command_url=url,
                asked_at=await self._database.time(),
            )
            async with self._database.writing() as connection:
                return await store_question(connection, row, key)

    async def by_id(self, cancellation_id: str) -> Cancellation | None:
        """Return one cancellation, as it is now."""
        return await self._one(select(cancellations).where(cancellations.c.id == cancellation_id))

    async def by_token(self, token: str) -> Cancellation | None:
        """Return the cancellation whose confirmation carries this token."""
        return await self._one(select(cancellations).where(cancellations.c.token == token))

    async def live(self, batch_id: str) -> Cancellation | None:
        """Return the cancellation of this batch that is confirmed and not over.

        An unfinished one in a state that this version does not know counts as live, and raises
        RowUnreadable, as does one that can't be read otherwise.
        """
        c = cancellations.c
        is_strange = and_(c.state.not_in(list(State)), c.step.is_not(None))
        query = select(cancellations).where(c.batch_id == batch_id)
        async with self._database.reading() as connection:
            found = await connection.execute(query.where(or_(c.state.in_(LIVE), is_strange)))
            rows, unreadable = sort_out(to_cancellation, found.mappings())
        if not rows and unreadable:
            raise unreadable[0]
        return rows[0] if rows else None

    async def first_team(self) -> str | None:
        """Return the workspace of the oldest row, None where none names one."""
        c = cancellations.c
        query = select(c.team_id).where(c.team_id.is_not(None)).order_by(c.asked_at).limit(1)
        async with self._database.reading() as connection:
            team: str | None = (await connection.execute(query)).scalar_one_or_none()
        return team

    async def known_batches(self, limit: int) -> list[str]:
        """Return the ids of batches that were read from Respan, unfinished and newer ones first."""
        c = cancellations.c
        order = (c.step.is_(None), c.asked_at.desc())
        query = select(c.batch_id).where(c.batch.is_not(None)).order_by(*order).limit(limit)
        async with self._database.reading() as connection:
            return list(dict.fromkeys((await connection.execute(query)).scalars()))

    async def time(self) -> float:
        """Return the time that confirmations are judged by."""
        return await self._database.time()

    async def move(self, old: Cancellation, new: Cancellation, answer: Answer, key: str) -> Moved:
        """Move or change a row by a person's click, with its answer, in one transaction.

        `key` is noted as answered where it moved. A step that holds the row meanwhile loses it:
        the claim number is raised.
        """
        if new.state is not old.state and new.state not in MOVES[old.state]:
            raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
        try:
            async with self._database.writing() as connection:
                now = self._database.now()
                changed = (await connection.execute(_moved(old, new, now))).rowcount
                if changed:
                    await mark_answered(connection, key, now)
                    await put_answer(connection, answer, now)
        except IntegrityError:
            return Moved.TAKEN
        return Moved.MOVED if changed else Moved.TOO_LATE

    async def prune(self, seconds: float, limit: int) -> int:
        """Forget up to `limit` rows that finished longer ago; return how many there were."""
        old = (
            select(cancellations.c.id)
            .where(cancellations.c.finished_at < self._database.now() - seconds)
            .limit(limit)
        )
        async with self._database.writing() as connection:
            statement = delete(cancellations).where(cancellations.c.id.in_(old))
            return int((await connection.execute(statement)).rowcount)

    async def latest(self) -> float:
        """Return the latest time that stands on an unfinished row, 0.0 where there is none."""
        c = cancellations.c
        # A time that is none, as SQLite may hold it, is no time to go on from.
        times = [func.max(case((time < _NO_TIME, time))) for time in (c.asked_at, c.claimed_at)]
        query = select(*times).where(c.step.is_not(None))
        async with self._database.reading() as connection:
            latest = (await connection.execute(query)).one()
        return max(float(time or 0.0) for time in latest)

    async def _one(self, query: Select[Any]) -> Cancellation | None:
        async with self._database.reading() as connection:
            found: RowMapping | None = (await connection.execute(query)).mappings().first()
            return None if found is None else to_cancellation(found)


def _moved(old: Cancellation, new: Cancellation, now: ColumnElement[float]) -> Update:
    """Return the compare-and-set that moves a row, and lets whoever is next have it at once.

    It compares the question's token and the intent too: a question that was asked again meanwhile
    is another one, and what was sent meanwhile can't be withdrawn.
    """
    c = cancellations.c
    step = next_step(new)
    ends = step is None
    return (
        update(cancellations)
        .where(
            c.id == old.id,
            c.state == old.state,
            c.token == old.token,
            c.requesting_since.is_not_distinct_from(old.requesting_since),
        )
        .values(
            **to_columns(without_urls(new) if ends else new),
            claim=c.claim + 1,
            step=step,
            next_attempt_at=now,
            lease_until=None,
            owner=None,
            finished_at=now if ends else None,
        )
    )


def without_urls(row: Cancellation) -> Cancellation:
    """Return the row without its response URLs, which nobody needs once it is finished."""
    return replace(row, command_url=None, click_url=None)
