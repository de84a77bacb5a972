"""Somebody presses a button that nothing else handles: an older version's, or a made-up one."""

from collections.abc import Awaitable, Callable

from bot.domain.answer import Answer
from bot.listeners.click import read_click
from bot.listeners.desk import Ack, Desk, Payload, log, url_of
from bot.views.private import click_not_recorded, unknown_action


def stray_click(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other button."""

    async def listener(ack: Ack, body: Payload) -> None:
        await desk.take(ack, _take(desk, body), "stray", url_of(body), click_not_recorded())

    return listener


async def _take(desk: Desk, body: Payload) -> str:
    click = read_click(body)
    if click is None:
        log.warning("a click without a user was dropped")
        return "malformed"
    message = unknown_action()
    await desk.outbox.put_once(Answer(click.url, click.user, message, fallback=message))
    return "unknown"
