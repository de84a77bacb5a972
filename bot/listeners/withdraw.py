"""Somebody presses Withdraw: what they confirmed is not sent any more, unless it was already."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, State, Verdict, judge_withdrawal
from bot.listeners.click import Click, on_click, refuse_click
from bot.listeners.desk import Desk
from bot.views.private import kept_running
from bot.views.unsent import sent_already, withdrawn


def withdraw_cancellation(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the row's id."""
    return on_click(desk, _take, "withdraw")


async def _take(desk: Desk, click: Click) -> str:
    """Stop what can be stopped. Whoever may not cancel any more may still withdraw."""
    for _ in range(2):
        row = await desk.records.by_id(click.token) if click.token else None
        verdict = judge_withdrawal(row, click.user, click.channel)
        if row is None or verdict is not Verdict.VALID:
            return await _refuse(desk, click, verdict, row)
        if await _stop(desk, click, row):
            return "withdrawn"
    return await _refuse(desk, click, Verdict.SENT, row)


async def _stop(desk: Desk, click: Click, row: Cancellation) -> bool:
    """Close the row by a compare-and-set; False when it moved meanwhile."""
    was_asked = row.state is State.ASKED
    stopped = replace(row, state=State.DECLINED if was_asked else State.WITHDRAWN)
    message = kept_running(stopped) if was_asked else withdrawn(stopped)
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    return bool(await desk.records.move(row, stopped, answer, click.key))


async def _refuse(desk: Desk, click: Click, verdict: Verdict, row: Cancellation | None) -> str:
    match verdict:
        case Verdict.SENT if row is not None:
            message = sent_already(row)
            answer = Answer(click.url, click.user, message, fallback=message)
            await desk.outbox.put_once(answer, click.key)
            return str(verdict)
        case (
            Verdict.SENT
            | Verdict.VALID
            | Verdict.UNKNOWN
            | Verdict.WRONG_PERSON
            | Verdict.WRONG_PLACE
            | Verdict.EXPIRED
            | Verdict.HANDLED
        ):
            return await refuse_click(desk, click, verdict, row)
        case _:
            assert_never(verdict)
