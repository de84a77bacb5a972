"""Bolt with an asyncio task for each watch, whose rows stand in a SQLite file.

The shortest thing that survives a restart: a start reads the rows and begins a task for each, which
looks at its batch when it is due, and every minute from then on. DATABASE is the file,
RESPAN_BASE_URL and RESPAN_API_KEY say where the batches are, the rest is as for `bolt`.
"""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from time import time
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.rivals.bolt import database, storing

Ack = Callable[[], Awaitable[Any]]

_GAP = 60.0
_AT_ONCE = 20
"""Looks that are under way at once, as in the bot."""


class Watches:
    """A task for each watch."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Begin none yet; they stand in the table `watches`."""
        self._connection = connection
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []
        self._looked: set[str] = set()

    @property
    def looked(self) -> int:
        """Return how many have been looked at since the start."""
        return len(self._looked)

    async def start(self, _: web.Application) -> None:
        """Begin a task for each row."""
        key = os.environ["RESPAN_API_KEY"]
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"})
        rows = self._connection.execute("SELECT batch_id, due_at FROM watches").fetchall()
        self._tasks = [asyncio.create_task(self._watch(*row)) for row in rows]

    async def _watch(self, batch_id: str, due_at: float) -> None:
        url = f"{os.environ['RESPAN_BASE_URL']}/v1/batches/{batch_id}/"
        await asyncio.sleep(max(0.0, due_at - time()))
        while True:
            async with self._slots, self._http.get(url) as response:
                status = (await response.json())["status"]
            self._looked.add(batch_id)
            if status == "cancelled":
                return
            await asyncio.sleep(_GAP)


def main() -> None:
    """Serve until it is killed."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    connection = database(os.environ["DATABASE"])
    app.command("/cancel-batch")(storing(connection))
    server = app.server(port=int(os.environ["PORT"]), host="127.0.0.1")
    server.web_app.on_startup.append(_begin(server.web_app, connection))
    server.start()


def _begin(
    served: web.Application, connection: sqlite3.Connection
) -> Callable[[web.Application], Awaitable[None]]:
    """Return what begins the watches when the server starts, and says how many were looked at."""
    made: list[Watches] = []

    async def ready(_: web.Request) -> web.Response:
        return web.Response(text=str(made[0].looked))

    async def begin(app: web.Application) -> None:
        made.append(Watches(connection))
        await made[0].start(app)

    served.router.add_get("/readyz", ready)
    return begin


if __name__ == "__main__":
    main()
