"""Somebody presses Cancel batch: the only gesture that lets anything be cancelled."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, Refusal, State, Verdict
from bot.listeners.click import Click, deny_click, judge, on_click, refuse_click
from bot.listeners.desk import Desk
from bot.views.private import asking_respan, standing


def confirm_cancellation(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button."""
    return on_click(desk, _take, "confirm")


async def _take(desk: Desk, click: Click) -> str:
    verdict, row, now = await judge(desk, click)
    denied = await deny_click(desk, click, row)
    if denied is not None:
        return denied
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(desk, click, verdict, row)
    return await _confirm(desk, click, row, now)


async def _confirm(desk: Desk, click: Click, row: Cancellation, now: float) -> str:
    """Move the row by a compare-and-set; whoever comes second is told what happened."""
    confirmed = replace(
        row, state=State.CONFIRMED, confirmed_at=now, click_url=click.url, attempts=0
    )
    answer = Answer(click.url, click.user, asking_respan(confirmed), replace=True)
    moved = await desk.records.move(row, confirmed, answer, click.key)
    if moved is None:
        return await _point_to_other(desk, click, row)
    if not moved:
        verdict, row_now, _ = await judge(desk, click)
        return await refuse_click(desk, click, verdict, row_now)
    return "confirmed"


async def _point_to_other(desk: Desk, click: Click, row: Cancellation) -> str:
    """Close the question: somebody else's cancellation of the same batch is under way."""
    other = await desk.records.live(row.batch_id)
    if other is None:  # it ended between the two statements: the question may be answered again
        return await _confirm_again(desk, click)
    closed = replace(row, state=State.REFUSED, refusal=Refusal.ALREADY_CANCELLING)
    message = standing(other, click.user, desk.link(other))
    answer = Answer(click.url, click.user, message, replace=True, fallback=message)
    if not await desk.records.move(row, closed, answer, click.key):
        await desk.outbox.put_once(answer, click.key)
    return "already_live"


async def _confirm_again(desk: Desk, click: Click) -> str:
    verdict, row, now = await judge(desk, click)
    if row is None or verdict is not Verdict.VALID:
        return await refuse_click(desk, click, verdict, row)
    return await _confirm(desk, click, row, now)
