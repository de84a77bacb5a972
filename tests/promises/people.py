"""People who don't give up, and what is in the database and in Slack in the end."""

import asyncio
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import psycopg

from bot.sandbox.event_bus import Exchange
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.workspace import Ephemeral, Person, SandboxMessage
from bot.sandbox.world import SandboxWorld

_ONCE_MORE = ("to its database", "Try again in a minute")
_QUESTION = "Choose Cancel"
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
    sql = "SELECT state FROM requests WHERE confirmed_at IS NOT NULL AND state <> 'refused'"
    return [state for (state,) in query(database_url, sql)]


async def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until a condition that costs something holds; it is asked a few times a second.

    It is asked in a thread: the local Slack, which has its answers to give, waits for no database.
    """
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        await asyncio.sleep(0.2)  # the database tells nobody when it changes


def person(world: SandboxWorld, number: int) -> str:
    """Return the id of one of many people; nobody may have more than a few open questions."""
    user = f"U0MANY{number}"
    world.slack.workspace.people[user] = Person(user, f"many{number}", "One of many", "x@test.test")
    return user


async def insist(
    world: SandboxWorld,
    batch_id: str,
    revive: Callable[[], Awaitable[None]] | None = None,
    user: str = "U0ANA",
    others: tuple[str, ...] = (),
) -> None:
    """Type the command and confirm, as somebody does who repeats what was not acknowledged.

    `revive` is awaited before each interaction: a bot that was killed is started again there.
    `others` are asked about in the same question.
    """
    back = revive or nothing
    shown = None
    while shown is None:
        await back()
        typed = await world.slack.command(" ".join((batch_id, *others)), user)
        if typed.acked:
            shown = await _confirmation(world, batch_id, user, typed, back)
        await asyncio.sleep(0.1)
    await insist_on_click(world, shown, back)


async def insist_on_click(
    world: SandboxWorld, shown: Ephemeral, back: Callable[[], Awaitable[None]]
) -> None:
    """Press Cancel batch until there is an answer; `back` starts a bot again that was killed."""
    token = value_of(shown, CONFIRM)
    seen = len(shown.history)
    while True:
        clicked = await world.slack.click(shown, CONFIRM, value=token)
        if clicked.acked and await _answered(world, shown, seen, clicked, back):
            return
        await asyncio.sleep(0.1)
        await back()


def value_of(shown: Ephemeral, action: str) -> str:
    """Return what a button of a message carries, "" where it has no such button."""
    found = (b["value"] for b in shown.buttons if b["action_id"] == action)
    return next(found, "")


async def _confirmation(
    world: SandboxWorld,
    batch_id: str,
    user: str,
    typed: Delivery,
    back: Callable[[], Awaitable[None]],
) -> Ephemeral | None:
    """Return the question, None where the answer was that it could not be stored."""
    for _ in range(90):
        try:
            return await world.confirmation(user, batch_id, seconds=1.0)
        except TimeoutError:
            await back()
        if _apologised(world, typed):
            return None
    raise TimeoutError(f"no confirmation for {batch_id}\n{world.bot.log_text()[-2000:]}")


async def _answered(
    world: SandboxWorld,
    shown: Ephemeral,
    seen: int,
    clicked: Delivery,
    back: Callable[[], Awaitable[None]],
) -> bool:
    """Wait until something else stands in its place; False where they are to click once more.

    What stood there before may come back, by a call that was kept for long.
    """

    def is_answered() -> bool:
        return any(_QUESTION not in text for text in (*shown.history[seen + 1 :], shown.text))

    def record() -> bool:
        return is_answered() or _apologised(world, clicked)

    for _ in range(90):
        try:
            await world.bus.wait_for(record, 1.0)
        except TimeoutError:
            await back()
        else:
            return is_answered()
    raise TimeoutError(f"a click has no answer\n{shown.history}\n{shown.text}")


def _apologised(world: SandboxWorld, delivery: Delivery) -> bool:
    """Return whether the person was told to do the same once more."""
    path = delivery.response_url.removeprefix(world.slack.url)
    answers = [e.body for e in world.slack.calls("response_url") if e.path == path]
    return any(word in answer for answer in answers for word in _ONCE_MORE)


async def nothing() -> None:
    """Let nothing happen."""


def about(world: SandboxWorld, batch_id: str) -> tuple[list[SandboxMessage], list[SandboxMessage]]:
    """Return the messages and the replies about a batch."""
    return world.announcements(batch_id), world.replies(batch_id)


def is_final(message: SandboxMessage) -> bool:
    """Return whether a message has its final form."""
    return re.match(r"<@U\w+> cancelled", message.text) is not None


def effects(world: SandboxWorld, batch_id: str) -> int:
    """Return how many cancel calls of a batch had an effect."""
    return sum(cancel.batch_id == batch_id for cancel in world.respan.cancels)


def is_start_up(exchange: Exchange) -> bool:
    """Return whether a call belongs to the start of a process, and to no cancellation."""
    return exchange.name in {"auth.test", "apps.connections.open"}
