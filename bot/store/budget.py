"""How often Respan may be polled: one budget in the database, shared by all processes."""

import math

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.dialect import insert_into
from bot.store.schema import poll_budget

_NAME = "respan"
_SPARE_SHARE = 3
_KEPT_SHARE = 2
_MINUTE = 60

_READ = select(poll_budget)
_LOCKED = _READ.with_for_update()
_UPDATE = update(poll_budget)


class Budget:
    """A bucket of calls. In no minute are more than `per_minute` taken from it.

    A third of them may be taken at once, the rest as they flow in, evenly: while there is work for
    it, a minute has all of its calls. While the last minute has had them, one call flows in and no
    more: they would be taken at once, and the next minute would stand still for as long again.

    `for_people` of those in the bucket, and one of the minute, are left by polls: what somebody
    looks up comes before what nobody waits for.
    """

    def __init__(self, database: Database, per_minute: int) -> None:
        """Share out `per_minute` calls a minute."""
        self._database = database
        self.per_minute = per_minute
        self.capacity = max(1, per_minute // _SPARE_SHARE)
        self.for_people = self.capacity // _KEPT_SHARE
        self.per_second = per_minute / _MINUTE

    async def take(self, connection: AsyncConnection, wanted: int, keep: int = 0) -> int:
        """Take up to `wanted` calls out of the bucket and return how many there were.

        `keep` calls stay in it: for somebody who comes first.
        """
        now = await self._database.time_on(connection)
        tokens, paused_until, recent = await self._fill(connection, now)
        taken = 0 if now < paused_until else min(wanted, self._free(tokens, recent, keep))
        if taken:  # to try changes nothing
            second = str(math.floor(now))
            recent[second] = recent.get(second, 0) + taken
            values = {"tokens": tokens - taken, "refilled_at": now, "recent": recent}
            await connection.execute(_UPDATE, values)
        return taken

    async def take_one(self, *, spare: bool = False) -> float:
        """Take one call in a transaction of its own; return 0.0, or the seconds to wait for it.

        A `spare` one is none of those that are kept for people.
        """
        keep = self.for_people if spare else 0
        async with self._database.writing() as connection:
            return (
                0.0 if await self.take(connection, 1, keep) else await self.wait(connection, keep)
            )

    async def give_back(self, connection: AsyncConnection, calls: int) -> None:
        """Put calls back that were taken and not used."""
        if not calls:
            return
        now = await self._database.time_on(connection)
        tokens, _, recent = await self._fill(connection, now)
        back = min(float(self.capacity), tokens + calls)
        for second in sorted(recent, key=int, reverse=True):
            unused = min(calls, recent[second])
            recent[second] -= unused
            calls -= unused
        values = {"tokens": back, "refilled_at": now, "recent": recent}
        await connection.execute(_UPDATE, values)

    async def wait(self, connection: AsyncConnection, keep: int = 0) -> float:
        """Return after how many seconds there is a call to take, and `keep` are left then."""
        now = await self._database.time_on(connection)
        row = (await connection.execute(_READ)).mappings().first()
        if row is None:
            return 0.0
        missing = 1 + keep - self._tokens(row, now)
        recent = _in_last_minute(row["recent"], now)
        return max(
            0.0,
            missing / self.per_second,
            float(row["paused_until"]) - now,
            self._until_free(recent, 1 + _kept_of_minute(keep), now),
        )

    async def left(self, connection: AsyncConnection) -> tuple[int, float]:
        """Return how many calls polls may make now, and for how many seconds nobody polls.

        Nothing is locked or written. `take` counts in the same way.
        """
        now = await self._database.time_on(connection)
        row = (await connection.execute(_READ)).mappings().first()
        if row is None:
            return self.capacity - self.for_people, 0.0
        pause = max(0.0, float(row["paused_until"]) - now)
        recent = _in_last_minute(row["recent"], now)
        free = self._free(self._tokens(row, now), recent, self.for_people)
        return (0 if pause else free), pause

    def _free(self, tokens: float, recent: dict[str, int], keep: int) -> int:
        """Return how many calls can be taken where `keep` stay."""
        of_minute = self.per_minute - sum(recent.values()) - _kept_of_minute(keep)
        return max(0, min(math.floor(tokens) - keep, of_minute))

    def _until_free(self, recent: dict[str, int], wanted: int, now: float) -> float:
        """Return after how many seconds the last minute has room for so many calls more."""
        over = sum(recent.values()) + wanted - self.per_minute
        for second in sorted(recent, key=int):
            if over <= 0:
                break
            over -= recent[second]
            if over <= 0:
                return int(second) + 1 + _MINUTE - now
        return 0.0

    async def pause(self, seconds: float) -> None:
        """Let nobody poll for so long: Respan answered 429."""
        async with self._database.writing() as connection:
            now = await self._database.time_on(connection)
            _, paused_until, _ = await self._fill(connection, now)
            values = {"paused_until": max(paused_until, now + seconds)}
            await connection.execute(_UPDATE, values)

    def _tokens(self, row: RowMapping, now: float) -> float:
        """Return what is in the bucket now; time that runs back adds nothing.

        While the minute was full, no more than the next call has flowed in.
        """
        tokens, since = float(row["tokens"]), float(row["refilled_at"])
        recent = _in_last_minute(row["recent"], since)
        full = self._until_free(recent, 1 + _kept_of_minute(self.for_people), since)
        passed = max(0.0, now - since)
        while_full = min(passed, full)
        least = min(tokens + while_full * self.per_second, math.floor(tokens) + 1.0)
        return min(float(self.capacity), least + (passed - while_full) * self.per_second)

    async def _fill(
        self, connection: AsyncConnection, now: float
    ) -> tuple[float, float, dict[str, int]]:
        """Return the calls in the bucket, until when it is closed, and the last minute's calls.

        The row is locked.
        """
        row = (await connection.execute(_LOCKED)).mappings().first()
        if row is None:
            full = {"tokens": self.capacity, "refilled_at": now, "paused_until": 0.0, "recent": {}}
            statement = insert_into(connection, poll_budget).values(name=_NAME, **full)
            await connection.execute(statement.on_conflict_do_nothing())
            row = (await connection.execute(_LOCKED)).mappings().one()
        if now < row["refilled_at"]:  # the clock was set back
            await connection.execute(_UPDATE, {"refilled_at": now})
        recent = _in_last_minute(row["recent"], now)
        return self._tokens(row, now), float(row["paused_until"]), recent


def _kept_of_minute(keep: int) -> int:
    """Return how many of a minute's calls are kept where so many in the bucket are: one flows."""
    return min(keep, 1)


def _in_last_minute(recent: object, now: float) -> dict[str, int]:
    """Return the calls of each second that is not a whole minute ago; those to come count too."""
    since = math.floor(now) - _MINUTE
    known = recent if isinstance(recent, dict) else {}
    return {second: calls for second, calls in known.items() if calls and int(second) >= since}
