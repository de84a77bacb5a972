"""Bolt as its own examples have it: a command that is acknowledged.

With DATABASE it is written to a SQLite file by a commit of its own before, as durably as the bot
does it. SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL and PORT say the rest.
"""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

Ack = Callable[[], Awaitable[Any]]


def database(path: str) -> sqlite3.Connection:
    """Open the file; each commit is on the disk when it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS commands (user_id TEXT, text TEXT)")
    return connection


def main() -> None:
    """Serve until it is killed."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    path = os.environ.get("DATABASE")
    app.command("/cancel-batch")(_acknowledge if path is None else storing(database(path)))

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    server = app.server(port=int(os.environ["PORT"]), host="127.0.0.1")
    server.web_app.router.add_get("/readyz", ready)
    server.start()


async def _acknowledge(ack: Ack) -> None:
    await ack()


def storing(connection: sqlite3.Connection) -> Callable[..., Awaitable[None]]:
    """Return a listener that writes the command by its own commit, and then acknowledges it."""
    thread = ThreadPoolExecutor(1)  # SQLite has one writer, whoever waits for it

    def write(user_id: str, text: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO commands VALUES (?, ?)", (user_id, text))
        connection.execute("COMMIT")

    async def listener(ack: Ack, command: dict[str, str]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(thread, write, command["user_id"], command["text"])
        await ack()

    return listener


if __name__ == "__main__":
    main()
