"""People who know no id and don't give up: they choose from the list."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import SandboxWorld
from bot.views.picker import REVIEW_ACTION
from tests.promises.people import CONFIRM, insist_on_click, nothing, value_of

T = TypeVar("T")


async def pick(
    world: SandboxWorld,
    names: tuple[str, ...],
    revive: Callable[[], Awaitable[None]] | None = None,
    user: str = "U0ANA",
    meanwhile: tuple[Callable[[], Awaitable[None]], ...] = (),
) -> None:
    """Choose from the list and confirm, as somebody does who begins again where nothing comes.

    `meanwhile` are awaited before Review, and before the click.
    """
    back = revive or nothing
    before_review, before_click = meanwhile or (nothing, nothing)
    question = None
    while question is None:
        shown = await _offered(world, names, user, back)
        await before_review()
        question = await _reviewed(world, shown, names, back)
    await before_click()
    await insist_on_click(world, question, back)


async def _offered(
    world: SandboxWorld, names: tuple[str, ...], user: str, back: Callable[[], Awaitable[None]]
) -> Ephemeral:
    """Type the command alone until a list has these batches."""
    for _ in range(30):
        await back()
        seen = len(world.slack.workspace.ephemerals)
        await world.slack.command("", user)
        find = partial(_list_with, world, names, user, seen)
        shown = await _soon(find, world, back)
        if shown is not None:
            return shown
    raise TimeoutError(f"no list has {names}\n{world.bot.log_text()[-2000:]}")


def _list_with(
    world: SandboxWorld, names: tuple[str, ...], user: str, seen: int
) -> Ephemeral | None:
    """Return a person's newest list with these batches, of those that came since."""
    for shown in reversed(world.slack.workspace.ephemerals[seen:]):
        options = str([block for block in shown.blocks if block["type"] == "input"])
        if shown.user == user and value_of(shown, REVIEW_ACTION):
            return shown if all(f"'{name}'" in options for name in names) else None
    return None


async def _reviewed(
    world: SandboxWorld,
    shown: Ephemeral,
    names: tuple[str, ...],
    back: Callable[[], Awaitable[None]],
) -> Ephemeral | None:
    """Choose these and press Review; return the question, None where the list is of no use."""
    token = value_of(shown, REVIEW_ACTION)
    await world.slack.choose(shown, names)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        await back()
        clicked = await world.slack.click(shown, REVIEW_ACTION, value=token)
        if clicked.acked and await _soon(lambda: value_of(shown, CONFIRM) != "", world, back):
            return shown
        if clicked.acked and not value_of(shown, REVIEW_ACTION):
            return None
        await asyncio.sleep(0.1)
    raise TimeoutError(f"nothing came of Review\n{world.bot.log_text()[-2000:]}")


async def _soon(
    what: Callable[[], T], world: SandboxWorld, back: Callable[[], Awaitable[None]]
) -> T | None:
    """Return what comes within half a minute, None where nothing does."""
    for _ in range(30):
        try:
            return await world.bus.wait_for(what, 1.0)
        except TimeoutError:
            await back()
    return None
