"""People who want to be told of the end of what others cancel, beside who confirmed it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit_of_click import of_no_move
from bot.domain.clicked import Click, Live, Unknown
from bot.domain.follow import FollowClick, Followed, Following, Refuse, Wish, following, wanted
from bot.domain.request import Request
from bot.store.answers import mark_answered, put_answer
from bot.store.audit import append
from bot.store.database import Database
from bot.store.dialect import insert_into
from bot.store.rows import to_cancellation, to_request
from bot.store.schema import cancellations, followers, requests
from bot.store_ports import FollowReply

_c, _r, _f = cancellations.c, requests.c, followers.c
_MOST_TRIES_OF_A_BATCH = 50
"""Cancellations of each batch that are looked through: the newest one counts."""


class Follows:
    """The followers of all requests in one database."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database

    async def follow(
        self, request_id: str, refuse: Refuse, reply: FollowReply, click: Click
    ) -> FollowClick | None:
        """Carry out a click on Tell me too of a request, in one transaction with its answer.

        `refuse` says why it does not count, `reply` what is answered; None for a replay of `click`,
        which gets none. Raises RowUnreadable where one of the requests is another version's, and
        StoreError.
        """
        now = self._database.now()
        async with self._database.writing() as connection:
            if not await mark_answered(connection, click.key, now):
                return None
            request = await _request(connection, request_id)
            no = refuse(request)
            if request is None or no is not None:
                clicked: FollowClick = no or Unknown()
            else:
                clicked = Followed(request, await _follow_all(connection, request, now))
            about = None if request is None else request.id
            await put_answer(connection, replace(reply(clicked), request_id=about), now)
            await append(connection, of_no_move(click, clicked), now)
        return clicked

    async def followers(self, request_id: str) -> tuple[str, ...]:
        """Return who wants to be told of a request's end, those first who said so first.

        Nobody is added once the intent of its reply is stored. Raises StoreError.
        """
        async with self._database.reading() as connection:
            return await followers_of(connection, request_id)


async def followers_of(connection: AsyncConnection, request_id: str) -> tuple[str, ...]:
    """Return who wants to be told of a request's end."""
    query = select(_f.user_id).where(_f.request_id == request_id).order_by(_f.at, _f.user_id)
    return tuple((await connection.execute(query)).scalars())


async def _request(connection: AsyncConnection, request_id: str) -> Request | None:
    query = select(requests).where(_r.id == request_id)
    found = (await connection.execute(query)).mappings().first()
    return None if found is None else to_request(found)


async def _follow_all(
    connection: AsyncConnection, request: Request, now: ColumnElement[float]
) -> tuple[Wish, ...]:
    """Follow each request that is cancelling one of the person's batches, where that is possible.

    Those requests are locked, in one order: a reply's intent is stored before or after all of it.
    """
    ids = wanted(request)
    others = {row["request_id"] for row in await _newest(connection, request, ids)}
    locked = await _locked(connection, others)
    wishes = []
    # What moved before the lock is seen now.
    for row in await _newest(connection, request, ids):
        other = locked.get(row["request_id"])
        if other is not None:
            live = Live(to_cancellation(row), other)
            wishes.append(Wish(live, following(request, live)))
    followed = {w.live.request.id for w in wishes if w.following is Following.FOLLOWED}
    for other_id in sorted(followed):
        person = {"request_id": other_id, "user_id": request.user_id, "at": now}
        insert = insert_into(connection, followers).values(**person)
        await connection.execute(insert.on_conflict_do_nothing())
    return tuple(wishes)


async def _locked(connection: AsyncConnection, ids: set[str]) -> dict[str, Request]:
    query = select(requests).where(_r.id.in_(sorted(ids))).order_by(_r.id).with_for_update()
    found = (await connection.execute(query)).mappings().all()
    return {columns["id"]: to_request(columns) for columns in found}


async def _newest(
    connection: AsyncConnection, request: Request, batch_ids: Sequence[str]
) -> list[RowMapping]:
    """Return the newest cancellation of each batch by another request, in the batches' order."""
    query = (
        select(cancellations)
        .where(_c.batch_id.in_(batch_ids), _c.request_id != request.id)
        .order_by(_c.confirmed_at.desc())
        .limit(_MOST_TRIES_OF_A_BATCH * max(1, len(batch_ids)))
    )
    newest: dict[str, RowMapping] = {}
    for row in (await connection.execute(query)).mappings():
        newest.setdefault(row["batch_id"], row)
    return [newest[batch_id] for batch_id in batch_ids if batch_id in newest]
