"""Somebody presses Cancel batch: the only interaction that lets anything be cancelled."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from bot.domain.answer import Answer
from bot.domain.asking import Moved
from bot.domain.cancellation import Cancellation, Refusal, State
from bot.domain.clicks import Verdict
from bot.listeners.click import Click, deny_click, judge, on_click, refuse_click
from bot.listeners.handler import Handler
from bot.views.private import asking_respan, current_status


def confirm_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button."""
    return on_click(handler, _handle, "confirm")


async def _handle(handler: Handler, click: Click) -> str:
    verdict, row, now = await judge(handler, click)
    denied = await deny_click(handler, click, row)
    if denied is not None:
        return denied
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(handler, click, verdict, row)
    return await _confirm(handler, click, row, now)


async def _confirm(handler: Handler, click: Click, row: Cancellation, now: float) -> str:
    """Move the row by a compare-and-set; whoever comes second is told what happened."""
    confirmed = replace(
        row, state=State.CONFIRMED, confirmed_at=now, click_url=click.url, attempts=0
    )
    answer = Answer(click.url, click.user, asking_respan(confirmed), replace=True)
    match await handler.records.move(row, confirmed, answer, click.key):
        case Moved.MOVED:
            return "confirmed"
        case Moved.TAKEN:
            return await _point_to_other(handler, click, row)
        case Moved.TOO_LATE:
            verdict, row_now, _ = await judge(handler, click)
            return await refuse_click(handler, click, verdict, row_now)
        case unknown:
            assert_never(unknown)


async def _point_to_other(handler: Handler, click: Click, row: Cancellation) -> str:
    """Close the question: somebody else's cancellation of the same batch is under way."""
    other = await handler.records.live(row.batch_id)
    if other is None:  # it ended between the two statements: the question may be answered again
        return await _confirm_again(handler, click)
    closed = replace(row, state=State.REFUSED, refusal=Refusal.ALREADY_CANCELLING)
    message = current_status(other, click.user, handler.link(other))
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    if await handler.records.move(row, closed, answer, click.key) is not Moved.MOVED:
        await handler.outbox.put_once(answer, click.key)
    return "already_live"


async def _confirm_again(handler: Handler, click: Click) -> str:
    verdict, row, now = await judge(handler, click)
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(handler, click, verdict, row)
    return await _confirm(handler, click, row, now)
