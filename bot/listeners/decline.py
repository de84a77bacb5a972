"""Somebody presses Keep running."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import State, Verdict
from bot.listeners.click import Click, deny_click, judge, on_click, refuse_click
from bot.listeners.desk import Desk
from bot.views.private import kept_running


def keep_running(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button."""
    return on_click(desk, _take, "decline")


async def _take(desk: Desk, click: Click) -> str:
    verdict, row, _ = await judge(desk, click)
    denied = await deny_click(desk, click, row)
    if denied is not None:
        return denied
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(desk, click, verdict, row)
    declined = replace(row, state=State.DECLINED)
    message = kept_running(declined)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    if await desk.records.move(row, declined, answer, click.key):
        return "declined"
    verdict, row, _ = await judge(desk, click)
    return await refuse_click(desk, click, verdict, row)
