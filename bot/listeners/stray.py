"""Somebody presses a button that nothing else handles: an older version's, or a made-up one."""

from collections.abc import Awaitable, Callable

from bot.domain.answer import Answer
from bot.listeners.click import Click, on_click
from bot.listeners.desk import Desk
from bot.views.private import unknown_action


def stray_click(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other button."""
    return on_click(desk, _take, "stray")


async def _take(desk: Desk, click: Click) -> str:
    message = unknown_action()
    answer = Answer(click.url, click.user, message, fallback=message)
    await desk.outbox.put_once(answer, click.key)
    return "unknown"
