"""Somebody presses Withdraw: what they confirmed is not sent any more, unless it was already."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.asking import Moved
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicks import Verdict, judge_withdrawal
from bot.listeners.click import Click, on_click, refuse_click
from bot.listeners.handler import Handler
from bot.views.private import kept_running
from bot.views.unsent import sent_already, withdrawn


def withdraw_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the row's id."""
    return on_click(handler, _handle, "withdraw")


async def _handle(handler: Handler, click: Click) -> str:
    """Stop what can be stopped. Whoever may not cancel any more may still withdraw."""
    for _ in range(2):
        row = await handler.records.by_id(click.token) if click.token else None
        verdict = judge_withdrawal(row, click.user, click.channel)
        if row is None or verdict not in {Verdict.VALID, Verdict.SENT}:
            return await refuse_click(handler, click, verdict, row)
        if await (_stop if verdict is Verdict.VALID else _send_no_more)(handler, click, row):
            return "withdrawn" if verdict is Verdict.VALID else str(verdict)
    return await refuse_click(handler, click, Verdict.HANDLED, row)


async def _stop(handler: Handler, click: Click, row: Cancellation) -> bool:
    """Close the row by a compare-and-set; False when it moved meanwhile."""
    was_asked = row.state is State.ASKED
    stopped = replace(row, state=State.DECLINED if was_asked else State.WITHDRAWN)
    message = kept_running(stopped) if was_asked else withdrawn(stopped)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    return await handler.records.move(row, stopped, answer, click.key) is Moved.MOVED


async def _send_no_more(handler: Handler, click: Click, row: Cancellation) -> bool:
    """Note that a cancel call whose outcome is not known must not be repeated; False as above."""
    now = await handler.records.time()
    noted = replace(row, withdrawn_at=row.withdrawn_at or now, click_url=click.url, attempts=0)
    message = sent_already(row)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    return await handler.records.move(row, noted, answer, click.key) is Moved.MOVED
