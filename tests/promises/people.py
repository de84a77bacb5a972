"""People who don't give up, and what is in the database and in Slack in the end."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import psycopg

from bot.sandbox.feed import Exchange
from bot.sandbox.workspace import SandboxMessage
from bot.sandbox.world import SandboxWorld

CONFIRM = "confirm_cancellation"
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})


def query(database_url: str, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds, past the bot."""
    if database_url.startswith("sqlite:///"):
        path = database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(database_url) as server:
        return server.execute(sql).fetchall()


def confirmed_states(database_url: str) -> list[str]:
    """Return the states of all rows that anybody has confirmed."""
    sql = "SELECT state FROM cancellations WHERE confirmed_at IS NOT NULL AND state <> 'refused'"
    return [state for (state,) in query(database_url, sql)]


async def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until a condition that costs something holds; it is asked a few times a second."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        await asyncio.sleep(0.2)  # the database tells nobody when it changes


async def insist(
    world: SandboxWorld, batch_id: str, revive: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Type the command and confirm, as somebody does who repeats what was not acknowledged.

    `revive` is awaited before each gesture: a bot that was killed is started again there.
    """
    back = revive or _nothing
    while True:
        await back()
        if not (await world.slack.command(batch_id)).acked:
            await asyncio.sleep(0.1)
            continue
        shown = await _confirmation(world, batch_id, back)
        token = shown.buttons[0]["value"]
        while not (await world.slack.click(shown, CONFIRM, value=token)).acked:
            await asyncio.sleep(0.1)
            await back()
        return


async def _confirmation(
    world: SandboxWorld, batch_id: str, back: Callable[[], Awaitable[None]]
) -> Any:
    for _ in range(60):
        try:
            return await world.confirmation(batch_id=batch_id, seconds=1.0)
        except TimeoutError:
            await back()
    raise TimeoutError(f"no confirmation for {batch_id}\n{world.bot.log_text()[-2000:]}")


async def _nothing() -> None:
    return None


def about(world: SandboxWorld, batch_id: str) -> tuple[list[SandboxMessage], list[SandboxMessage]]:
    """Return the messages and the replies about a batch."""
    return world.announcements(batch_id), world.replies(batch_id)


def is_final(message: SandboxMessage) -> bool:
    """Return whether a message has its final form."""
    return message.text.startswith("<@U0ANA> cancelled")


def effects(world: SandboxWorld, batch_id: str) -> int:
    """Return how many cancel calls of a batch had an effect."""
    return sum(cancel.batch_id == batch_id for cancel in world.respan.cancels)


def is_start_up(exchange: Exchange) -> bool:
    """Return whether a call belongs to the start of a process, and to no cancellation."""
    return exchange.name in {"auth.test", "apps.connections.open"}
