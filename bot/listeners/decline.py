"""Somebody presses Keep running."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.asking import Moved
from bot.domain.cancellation import State
from bot.domain.clicks import Verdict
from bot.listeners.click import Click, deny_click, judge, on_click, refuse_click
from bot.listeners.handler import Handler
from bot.views.private import kept_running


def keep_running(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button."""
    return on_click(handler, _handle, "decline")


async def _handle(handler: Handler, click: Click) -> str:
    verdict, row, _ = await judge(handler, click)
    denied = await deny_click(handler, click, row)
    if denied is not None:
        return denied
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(handler, click, verdict, row)
    declined = replace(row, state=State.DECLINED)
    message = kept_running(declined)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    if await handler.records.move(row, declined, answer, click.key) is Moved.MOVED:
        return "declined"
    verdict, row, _ = await judge(handler, click)
    return await refuse_click(handler, click, verdict, row)
