"""The outbox: private answers that are not delivered yet. One row per response URL."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, case, delete, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answer import Answer, WaitingAnswer
from bot.store.aside import Aside
from bot.store.database import Database
from bot.store.dialect import insert_into
from bot.store.leases import claimed, first_due, readable, released
from bot.store.rows import message_to_json, to_waiting
from bot.store.schema import answered, answers


async def put_answer(
    connection: AsyncConnection, answer: Answer, now: ColumnElement[float]
) -> None:
    """Put an answer in the outbox, in place of one by the same URL that is still waiting."""
    content = {
        "message": message_to_json(answer.message),
        "replace": answer.replace,
        "fallback": message_to_json(answer.fallback),
        "late": message_to_json(answer.late),
        "next_attempt_at": now,
        "attempts": 0,
        "direct_tries": 0,
        "set_aside_by": None,
        "request_id": answer.request_id,
    }
    insert = insert_into(connection, answers).values(
        id=_id_of(answer),
        url=answer.url,
        user_id=answer.user_id,
        version=1,
        created_at=now,
        **content,
    )
    # A lease stays as it is: the older answer may be on its way, and must not arrive after this.
    newer = {name: insert.excluded[name] for name in content}
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["id"], set_={**newer, "version": answers.c.version + 1}
        )
    )


def _id_of(answer: Answer) -> str:
    """Return what names the answer's URL without telling it, or the answer alone."""
    is_alone = answer.beside or not answer.url
    return sha256((uuid4().hex if is_alone else answer.url).encode()).hexdigest()


async def mark_answered(connection: AsyncConnection, key: str, now: ColumnElement[float]) -> bool:
    """Note that a request has its answer; False when it had one before: then it is a replay."""
    statement = (
        insert_into(connection, answered)
        .values(id=key, at=now)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(answered.c.id)
    )
    return (await connection.execute(statement)).first() is not None


class Answers:
    """The waiting answers, as the runner that delivers them sees them."""

    def __init__(self, database: Database, aside: Aside) -> None:
        """Work on that database; answers that can't be read go to `aside`."""
        self._database, self._aside = database, aside

    async def put(self, answer: Answer) -> None:
        """Put one answer in the outbox by itself."""
        async with self._database.writing() as connection:
            await put_answer(connection, answer, self._database.now())

    async def put_once(self, answer: Answer, key: str) -> bool:
        """Put the answer to a request in the outbox; False for a replay, which gets none.

        `key` names the request in at most 64 characters: a replay of it has the same.
        """
        now = self._database.now()
        async with self._database.writing() as connection:
            is_new = await mark_answered(connection, key, now)
            if is_new:
                await put_answer(connection, answer, now)
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
        now = self._database.now()
        age = (now - answers.c.created_at).label("age")
        statement = claimed(answers, now, true(), limit, owner, lease).returning(answers, age)
        async with self._database.writing() as connection:
            return list((await connection.execute(statement)).mappings())

    async def wait_seconds(self) -> float | None:
        """Return after how many seconds the next answer is due, None when none waits."""
        async with self._database.reading() as connection:
            return await first_due(connection, answers, self._database.now(), true())

    async def delivered(self, waiting: WaitingAnswer, owner: str) -> None:
        """Forget an answer that arrived, unless a newer one has taken its place meanwhile."""
        same = (answers.c.id == waiting.id, answers.c.owner == owner)
        async with self._database.writing() as connection:
            await connection.execute(
                delete(answers).where(*same, answers.c.version == waiting.version)
            )
            await connection.execute(
                update(answers).where(*same).values(owner=None, lease_until=None)
            )

    async def later(
        self, waiting: WaitingAnswer, owner: str, delay: float, *, direct: bool = False
    ) -> None:
        """Keep an answer that did not arrive, due again in `delay` seconds.

        `direct` counts a direct message that may have arrived.
        """
        now = self._database.now()
        is_same = answers.c.version == waiting.version
        async with self._database.writing() as connection:
            await connection.execute(
                update(answers)
                .where(answers.c.id == waiting.id, answers.c.owner == owner)
                .values(
                    owner=None,
                    lease_until=None,
                    attempts=answers.c.attempts + 1,
                    direct_tries=answers.c.direct_tries + int(direct),
                    next_attempt_at=case((is_same, now + delay), else_=answers.c.next_attempt_at),
                )
            )

    async def release(self, owner: str | None = None) -> None:
        """Give back the leases of `owner`, or all of them."""
        async with self._database.writing() as connection:
            await connection.execute(released(answers, owner))
