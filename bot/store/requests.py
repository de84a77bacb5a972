"""Requests as the listeners use them: asking, clicking; and what is known of all of them."""

import secrets
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, Table, case, delete, func, or_, select

from bot.domain.asking import Asking, Question
from bot.domain.clicked import Click, Clicked, Decide, Live
from bot.domain.request import Request, Target
from bot.store import aggregate
from bot.store.clicks import store_click
from bot.store.database import Database
from bot.store.questions import store_question
from bot.store.schema import cancellations, followers, joins, requests
from bot.store.turns import Turns
from bot.store_ports import AlsoTold, Reply, ToFollowers

_TOKEN_BYTES = 24
_NO_TIME = 32_503_680_000.0  # the year 3000


def new_token() -> str:
    """Return a word that nobody can guess, for the buttons of one question."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_id() -> str:
    """Return a new row's id."""
    return uuid4().hex


class Requests:
    """The rows, one per question, with their cancellations."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database
        self._turns = Turns()

    async def ask(self, question: Question) -> Asking:
        """Store a question, due at once, unless the person has the same or too many open.

        Raises RowUnreadable where the same question is open and can't be read.
        """
        # Without its turn here, one person's flood would hold every connection to the database.
        async with self._turns.of(question.user_id):
            request = Request(
                id=new_id(),
                token=new_token(),
                targets=tuple(Target(batch_id) for batch_id in question.batch_ids),
                user_id=question.user_id,
                channel_id=question.channel_id,
                team_id=question.team_id,
                channel_kind=question.channel_kind,
                user_name=question.user_name,
                state=question.state,
                words=question.words,
                thread_ts=question.thread_ts,
                command_url=question.url,
                asked_at=await self._database.time(),
            )
            async with self._database.writing() as connection:
                return await store_question(connection, request, question.key, self._database.now())

    async def click_on_token(
        self, value: str, decide: Decide, reply: Reply, click: Click
    ) -> Clicked | None:
        """Carry out a click on the question that carries this token, in one transaction.

        `decide` says what it does, `reply` its answer; None for a replay of the click, which gets
        none. Raises RowUnreadable where the question is one of another version.
        """
        return await self._click(requests.c.token == value, decide, reply, click)

    async def click_on_id(
        self,
        value: str,
        decide: Decide,
        reply: Reply,
        click: Click,
        to_followers: ToFollowers | None = None,
        also: AlsoTold | None = None,
    ) -> Clicked | None:
        """Carry out a click on the request of this id, in the same way.

        `to_followers` is what its followers read where it ends by the click, `also` what somebody
        else reads then.
        """
        return await self._click(requests.c.id == value, decide, reply, click, to_followers, also)

    async def _click(
        self,
        which: ColumnElement[bool],
        decide: Decide,
        reply: Reply,
        click: Click,
        to_followers: ToFollowers | None = None,
        also: AlsoTold | None = None,
    ) -> Clicked | None:
        now = self._database.now()
        async with self._database.writing() as connection:
            return await store_click(
                connection, which, decide, reply, click, now, to_followers, also
            )

    async def live(self, batch_id: str) -> Live | None:
        """Return the cancellation of this batch that is under way, or not reported yet.

        Raises RowUnreadable where it is one of another version.
        """
        async with self._database.reading() as connection:
            return await aggregate.live(connection, batch_id)

    async def first_team(self) -> str | None:
        """Return the workspace of the oldest row, None where none names one."""
        c = requests.c
        query = select(c.team_id).where(c.team_id.is_not(None)).order_by(c.asked_at).limit(1)
        async with self._database.reading() as connection:
            team: str | None = (await connection.execute(query)).scalar_one_or_none()
        return team

    async def known_batches(self, limit: int) -> list[str]:
        """Return the ids of batches that were read from Respan, unfinished and newer ones first."""
        c = cancellations.c
        order = (c.finished_at.is_not(None), c.confirmed_at.desc())
        query = select(c.batch_id).where(c.batch.is_not(None)).order_by(*order).limit(limit)
        shown = select(requests.c.targets).order_by(requests.c.asked_at.desc()).limit(limit)
        async with self._database.reading() as connection:
            found = list((await connection.execute(query)).scalars())
            for targets in (await connection.execute(shown)).scalars():
                found += _read_ones(targets)
        return list(dict.fromkeys(found))[:limit]

    async def prune(self, seconds: float, limit: int) -> int:
        """Forget up to `limit` requests that finished longer ago, with all that is theirs.

        Returns how many there were.
        """
        old = requests.c.finished_at < self._database.now() - seconds
        async with self._database.writing() as connection:
            query = select(requests.c.id).where(old).limit(limit)
            ids = list((await connection.execute(query)).scalars())
            theirs = select(cancellations.c.id).where(cancellations.c.request_id.in_(ids))
            is_of_them = or_(joins.c.request_id.in_(ids), joins.c.cancellation_id.in_(theirs))
            await connection.execute(delete(joins).where(is_of_them))
            await connection.execute(
                delete(cancellations).where(cancellations.c.request_id.in_(ids))
            )
            await connection.execute(delete(followers).where(followers.c.request_id.in_(ids)))
            await connection.execute(delete(requests).where(requests.c.id.in_(ids)))
        return len(ids)

    async def latest(self) -> float:
        """Return the latest time that stands on an unfinished row, 0.0 where there is none."""
        times = (requests.c.asked_at, requests.c.claimed_at, cancellations.c.claimed_at)
        async with self._database.reading() as connection:
            found = [
                (await connection.execute(_latest(time.table, time))).scalar_one() for time in times
            ]
        return max(float(time or 0.0) for time in found)


def _latest(table: Table, time: ColumnElement[float]) -> Select[Any]:
    """Return the query for a time; one that is none, as SQLite may hold it, does not count."""
    return select(func.max(case((time < _NO_TIME, time)))).where(table.c.finished_at.is_(None))


def _read_ones(targets: object) -> list[str]:
    """Return the ids of a request's batches that were read from Respan."""
    return [
        str(target["batch_id"])
        for target in (targets if isinstance(targets, list) else [])
        if isinstance(target, dict) and target.get("batch") is not None and "batch_id" in target
    ]
