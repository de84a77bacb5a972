"""What is known of the installation as a whole: a name and a value, one row each."""

from sqlalchemy import select

from bot.store.database import Database
from bot.store.dialect import insert_into
from bot.store.schema import facts

TEAM, APP, RESPAN_KEY = "team_id", "app_id", "respan_key"
"""The workspace and the app that used this database first, the fingerprint of the last good key."""


class Facts:
    """Reads and keeps them."""

    def __init__(self, database: Database) -> None:
        """Work on that database."""
        self._database = database

    async def get(self, name: str) -> str | None:
        """Return a value, None where there is none yet."""
        query = select(facts.c.value).where(facts.c.name == name)
        async with self._database.reading() as connection:
            value = (await connection.execute(query)).scalar_one_or_none()
        return None if value is None else str(value)

    async def keep(self, name: str, value: str) -> str:
        """Keep a value unless there is one already; return the one that is kept."""
        await self._put(name, value, replace=False)
        return await self.get(name) or value

    async def put(self, name: str, value: str) -> None:
        """Keep a value in place of an older one."""
        await self._put(name, value, replace=True)

    async def _put(self, name: str, value: str, *, replace: bool) -> None:
        async with self._database.writing() as connection:
            insert = insert_into(connection, facts).values(name=name, value=value)
            newer = {"value": insert.excluded.value}
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["name"], set_=newer)
                if replace
                else insert.on_conflict_do_nothing(index_elements=["name"])
            )
