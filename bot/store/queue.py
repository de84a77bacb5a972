"""Cancellations as the runner uses them: claimed with a lease and a fence, saved, released."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import ColumnElement, RowMapping, and_, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer
from bot.domain.cancellation import MOVES, Cancellation, Step, next_step
from bot.errors import LeaseLost
from bot.store.answers import put_answer
from bot.store.aside import Aside, is_for_us
from bot.store.budget import Budget
from bot.store.cancellations import without_urls
from bot.store.database import Database
from bot.store.leases import claimed, due_at, is_due, readable, released
from bot.store.rows import to_cancellation, to_columns
from bot.store.schema import cancellations

_c = cancellations.c


class Queue:
    """The rows that are to be worked on, as one owner (a process) sees them."""

    def __init__(self, database: Database, budget: Budget, owner: str, aside: Aside) -> None:
        """Claim rows of that database for `owner`; polls are taken from the budget.

        Rows that can't be read go to `aside`.
        """
        self._database = database
        self._budget = budget
        self._owner = owner
        self._aside = aside

    async def claim(self, limit: int, lease: float) -> list[Cancellation]:
        """Return up to `limit` due rows, leased for `lease` seconds. Each has a new claim number.

        Rows that are to be polled come last, and only as many as the budget has.
        """
        claim = partial(self._claim, limit, lease)
        return await readable(claim, to_cancellation, self._aside, cancellations)

    async def _claim(self, limit: int, lease: float) -> Sequence[RowMapping]:
        async with self._database.writing() as connection:
            rows = [*await self._take(connection, limit, lease, _c.step != Step.FOLLOW)]
            left = limit - len(rows)
            if left and await _any_due(connection, self._database.now(), _c.step == Step.FOLLOW):
                polls = await self._budget.take(connection, left, self._budget.for_people)
                follows = await self._take(connection, polls, lease, _c.step == Step.FOLLOW)
                await self._budget.give_back(connection, polls - len(follows))
                rows += follows
            return rows

    async def _take(
        self, connection: AsyncConnection, limit: int, lease: float, which: ColumnElement[bool]
    ) -> Sequence[RowMapping]:
        if limit <= 0:
            return []
        now = self._database.now()
        statement = (
            claimed(
                cancellations, now, and_(_c.step.is_not(None), which), limit, self._owner, lease
            )
            .values(claim=_c.claim + 1, claimed_at=now)
            .returning(cancellations)
        )
        return list((await connection.execute(statement)).mappings())

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds there may be work, None when nothing is unfinished."""
        now = self._database.now()
        first = func.min(due_at(cancellations))
        query = select(_c.step, first - now).where(_is_unfinished()).group_by(_c.step)
        async with self._database.reading() as connection:
            waits = {step: float(wait) for step, wait in await connection.execute(query)}
            if Step.FOLLOW in waits:
                budget = await self._budget.wait(connection, self._budget.for_people)
                waits[Step.FOLLOW] = max(waits[Step.FOLLOW], budget)
        return min(waits.values(), default=None)

    async def save_intent(self, old: Cancellation, new: Cancellation) -> None:
        """Write what is about to be done, and keep the row."""
        async with self._database.writing() as connection:
            await self._write(connection, old, new)

    async def save(
        self, old: Cancellation, new: Cancellation, delay: float, answers: tuple[Answer, ...] = ()
    ) -> None:
        """Write what came of a step, with its answers, and let the row go for `delay` seconds."""
        step = next_step(new)
        async with self._database.writing() as connection:
            now = self._database.now()
            await self._write(
                connection,
                old,
                new if step is not None else without_urls(new),
                next_attempt_at=now + delay,
                lease_until=None,
                owner=None,
                finished_at=now if step is None else None,
            )
            for answer in answers:
                await put_answer(connection, answer, now)

    async def _write(
        self, connection: AsyncConnection, old: Cancellation, new: Cancellation, **more: object
    ) -> None:
        """Compare and set on the claim and on the state the row came from."""
        if new.state is not old.state and new.state not in MOVES[old.state]:
            raise ValueError(f"no cancellation moves from {old.state} to {new.state}")
        statement = (
            update(cancellations)
            .where(_c.id == old.id, _c.claim == old.claim, _c.state == old.state)
            .values(**to_columns(new), step=next_step(new), **more)
        )
        try:
            changed = (await connection.execute(statement)).rowcount
        except IntegrityError as error:
            raise LeaseLost("another cancellation of the batch is live") from error
        if not changed:
            raise LeaseLost("another process owns the row now")

    async def backlog(self) -> tuple[dict[str, int], float]:
        """Return how many rows are unfinished by state, and for how long the oldest is due."""
        now = self._database.now()
        query = select(_c.state, func.count(), func.max(now - _c.next_attempt_at))
        unfinished = query.where(_is_unfinished()).group_by(_c.state)
        async with self._database.reading() as connection:
            found = (await connection.execute(unfinished)).all()
        late = max((float(waited) for _, _, waited in found), default=0.0)
        return {state: count for state, count, _ in found}, max(0.0, late)

    async def release(self, *, everyone: bool = False) -> None:
        """Give back the leases of this owner, or of everyone, so that nobody waits for them."""
        whose = None if everyone else self._owner
        statement = released(cancellations, whose).values(claim=_c.claim + 1)
        async with self._database.writing() as connection:
            await connection.execute(statement)


def _is_unfinished() -> ColumnElement[bool]:
    """Return whether there is something to do for a row, and this version can do it."""
    return and_(_c.step.is_not(None), is_for_us(cancellations))


async def _any_due(
    connection: AsyncConnection, now: ColumnElement[float], which: ColumnElement[bool]
) -> bool:
    query = select(_c.id).where(is_due(cancellations, now), which).limit(1)
    return (await connection.execute(query)).first() is not None
