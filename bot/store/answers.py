"""The outbox: private answers that are not delivered yet. One row per response URL."""

from collections.abc import Sequence
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Double,
    Insert,
    Integer,
    RowMapping,
    String,
    Update,
    UpdateBase,
    bindparam,
    case,
    delete,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer, WaitingAnswer
from bot.domain.audit import Record
from bot.store.aside import Aside
from bot.store.audit import append
from bot.store.database import Database
from bot.store.dialect import insert_on
from bot.store.leases import claimed, first_due, lease_of, readable, released
from bot.store.rows import message_to_json, to_waiting
from bot.store.schema import answered, answers

_ANY = true()
_REPLACED = (
    "message",
    "replace",
    "fallback",
    "late",
    "next_attempt_at",
    "attempts",
    "direct_tries",
    "set_aside_by",
    "request_id",
)
"""What a newer answer brings to the row of an older one."""

_SAME = (
    answers.c.id == bindparam("own_id", type_=String),
    answers.c.owner == bindparam("own_owner", type_=String),
)
_IS_SAME_VERSION = answers.c.version == bindparam("own_version", type_=Integer)
_ARRIVED = delete(answers).where(*_SAME, _IS_SAME_VERSION)
_LET_GO = update(answers).where(*_SAME).values(owner=None, lease_until=None)


async def put_answer(
    connection: AsyncConnection, answer: Answer, now: ColumnElement[float]
) -> None:
    """Put an answer in the outbox, in place of one by the same URL that is still waiting."""
    values = {
        "id": _id_of(answer),
        "url": answer.url,
        "user_id": answer.user_id,
        "version": 1,
        "message": message_to_json(answer.message),
        "replace": answer.replace,
        "fallback": message_to_json(answer.fallback),
        "late": message_to_json(answer.late),
        "attempts": 0,
        "direct_tries": 0,
        "set_aside_by": None,
        "request_id": answer.request_id,
    }
    await connection.execute(_put(connection.dialect.name, now), values)


@lru_cache
def _put(dialect: str, now: ColumnElement[float]) -> Insert:
    """Return the insert of an answer, which replaces one by the same URL."""
    insert = insert_on(dialect, answers).values(created_at=now, next_attempt_at=now)
    # A lease stays as it is: the older answer may be on its way, and must not arrive after this.
    newer: dict[str, ColumnElement[Any]] = {name: insert.excluded[name] for name in _REPLACED}
    newer["version"] = answers.c.version + 1
    return insert.on_conflict_do_update(index_elements=["id"], set_=newer)


def _id_of(answer: Answer) -> str:
    """Return what names the answer, or its URL, without telling it; else the answer alone."""
    is_alone = answer.beside or not answer.url
    return sha256((answer.name or (uuid4().hex if is_alone else answer.url)).encode()).hexdigest()


async def mark_answered(connection: AsyncConnection, key: str, now: ColumnElement[float]) -> bool:
    """Note that a request has its answer; False when it had one before: then it is a replay."""
    statement = _mark(connection.dialect.name, now)
    return (await connection.execute(statement, {"id": key})).first() is not None


@lru_cache
def _mark(dialect: str, now: ColumnElement[float]) -> UpdateBase:
    return (
        insert_on(dialect, answered)
        .values(at=now)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(answered.c.id)
    )


class Answers:
    """The waiting answers, as the runner that delivers them sees them."""

    def __init__(self, database: Database, aside: Aside) -> None:
        """Work on that database; answers that can't be read go to `aside`."""
        self._database, self._aside = database, aside

    async def put(self, answer: Answer) -> None:
        """Put one answer in the outbox by itself."""
        async with self._database.writing() as connection:
            await put_answer(connection, answer, self._database.now())

    async def put_once(self, answer: Answer, key: str, record: Record | None = None) -> bool:
        """Put the answer to a request in the outbox; False for a replay, which gets none.

        `record` is what the audit keeps of it. `key` names the request in at most 64 characters: a
        replay of it has the same.
        """
        now = self._database.now()
        async with self._database.writing() as connection:
            is_new = await mark_answered(connection, key, now)
            if is_new:
                await put_answer(connection, answer, now)
                await append(connection, () if record is None else (record,), now)
        return is_new

    async def forget(self, seconds: float) -> None:
        """Forget which requests were answered longer ago."""
        old = answered.c.at < self._database.now() - seconds
        async with self._database.writing() as connection:
            await connection.execute(delete(answered).where(old))

    async def claim(self, owner: str, limit: int, lease: float) -> list[WaitingAnswer]:
        """Return up to `limit` due answers that are now leased to `owner` for `lease` seconds."""
        claim = partial(self._claim, owner, limit, lease)
        return await readable(claim, to_waiting, self._aside, answers)

    async def _claim(self, owner: str, limit: int, lease: float) -> Sequence[RowMapping]:
        statement = _claimed(self._database.now())
        async with self._database.writing() as connection:
            found = await connection.execute(statement, lease_of(limit, owner, lease))
            return list(found.mappings())

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds the next answer is due, None when none waits."""
        async with self._database.reading() as connection:
            return await first_due(connection, answers, self._database.now(), _ANY)

    async def delivered(self, waiting: WaitingAnswer, owner: str) -> None:
        """Forget an answer that arrived, unless a newer one has taken its place meanwhile."""
        own = _own(waiting, owner)
        async with self._database.writing() as connection:
            if not (await connection.execute(_ARRIVED, own)).rowcount:
                await connection.execute(_LET_GO, own)

    async def later(
        self, waiting: WaitingAnswer, owner: str, delay: float, *, direct: bool = False
    ) -> None:
        """Keep an answer that did not arrive, due again in `delay` seconds.

        `direct` counts a direct message that may have arrived.
        """
        statement = _later(self._database.now())
        more = {"delay": delay, "direct": int(direct)}
        async with self._database.writing() as connection:
            await connection.execute(statement, _own(waiting, owner) | more)

    async def release(self, owner: str | None = None) -> None:
        """Give back the leases of `owner`, or all of them."""
        async with self._database.writing() as connection:
            await connection.execute(released(answers, owner))


def _own(waiting: WaitingAnswer, owner: str) -> dict[str, object]:
    """Return the parameters of what is written about an answer that an owner has delivered."""
    return {"own_id": waiting.id, "own_owner": owner, "own_version": waiting.version}


@lru_cache
def _claimed(now: ColumnElement[float]) -> UpdateBase:
    age = (now - answers.c.created_at).label("age")
    return claimed(answers, now, _ANY).returning(answers, age)


@lru_cache
def _later(now: ColumnElement[float]) -> Update:
    c = answers.c
    due = now + bindparam("delay", type_=Double)
    return (
        update(answers)
        .where(*_SAME)
        .values(
            owner=None,
            lease_until=None,
            attempts=c.attempts + 1,
            direct_tries=c.direct_tries + bindparam("direct", type_=Integer),
            next_attempt_at=case((_IS_SAME_VERSION, due), else_=c.next_attempt_at),
        )
    )
