"""Somebody presses Keep running."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import State, Verdict
from bot.listeners.click import deny_click, judge, read_click, refuse_click
from bot.listeners.desk import Ack, Desk, Payload, log, url_of
from bot.views.private import click_not_recorded, kept_running


def keep_running(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button."""

    async def listener(ack: Ack, body: Payload) -> None:
        await desk.take(ack, _take(desk, body), "decline", url_of(body), click_not_recorded())

    return listener


async def _take(desk: Desk, body: Payload) -> str:
    click = read_click(body)
    if click is None:
        log.warning("a click without a user was dropped")
        return "malformed"
    denied = await deny_click(desk, click)
    if denied is not None:
        return denied
    verdict, row, _ = await judge(desk, click)
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(desk, click, verdict, row)
    declined = replace(row, state=State.DECLINED)
    message = kept_running(declined)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    if await desk.records.move(row, declined, answer):
        return "declined"
    verdict, row, _ = await judge(desk, click)
    return await refuse_click(desk, click, verdict, row)
