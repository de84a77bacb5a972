"""Read the batch that somebody asked about, and show them the confirmation."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, Refusal, State
from bot.domain.message import Message
from bot.domain.schedule import (
    COMMAND_STALE,
    CONFIRMATION_VALID,
    LOOK_UP_PATIENCE,
    retry_gap,
)
from bot.errors import RespanError, RespanRateLimited, RowUnreadable
from bot.steps.decision import (
    Decision,
    Tools,
    check_permission,
    customer_identifier,
    link_to_announcement,
    log,
    log_failure,
)
from bot.steps.refusals import log_rejection, refusal_of
from bot.views.confirmation import confirmation, direct_confirmation
from bot.views.private import (
    current_status,
    looking_up,
    of_another_version,
    refused,
    too_late_to_ask,
)


async def ask(tools: Tools, row: Cancellation) -> Decision:
    """Return the row with its confirmation, or refused with its sentence.

    A batch that can't be read is tried for a few seconds; then the question comes without numbers,
    for that is when somebody may need it most.
    """
    if row.now - row.asked_at > COMMAND_STALE:
        return _refuse(row, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = await check_permission(tools, row)
    if refusal is not None:
        return _refuse(row, refusal)
    taken = await _taken(tools, row)
    if taken is not None:
        return taken
    try:
        batch = await _retrieve(tools, row)
    except RespanError as error:
        return await _unread(tools, row, error, tools.clock.time() - started)
    row = replace(row, batch=batch)
    if batch.is_final or batch.is_cancelling:
        return _refuse(row, Refusal.FINAL if batch.is_final else Refusal.ALREADY_CANCELLING)
    return await _show(tools, row, started)


async def _unread(tools: Tools, row: Cancellation, error: RespanError, took: float) -> Decision:
    """Return what to do when the batch can't be read: refuse, try again, or ask all the same."""
    tell = log_rejection if error.is_definite else log_failure
    tell("a batch could not be read for its confirmation", error, batch_id=row.batch_id)
    if error.is_definite:
        return _refuse(row, refusal_of(error))
    left = LOOK_UP_PATIENCE - (row.now + took - row.asked_at)
    asked_to_wait = error.retry_after or 0.0
    wait = max(retry_gap(row.attempts + 1, tools.jitter()), asked_to_wait)
    if left <= 0 or asked_to_wait > left:
        return await _show(tools, replace(row, batch=None), tools.clock.time() - took)
    answers = () if row.attempts or took > tools.patience else (_looking_up(row),)
    return Decision(replace(row, attempts=row.attempts + 1), min(wait, left), answers)


async def _show(tools: Tools, row: Cancellation, started: float) -> Decision:
    """Return the row with its question asked; nobody looks at it before the question expires."""
    identifier = await customer_identifier(tools, row.user_id)
    now = row.now + tools.clock.time() - started
    shown = replace(row, shown_at=now, expires_at=now + CONFIRMATION_VALID, attempts=0)
    shown = replace(shown, identifier=identifier)
    answer = Answer(
        url=row.command_url or "",
        user_id=row.user_id,
        message=confirmation(shown, now),
        fallback=direct_confirmation(shown, now),
        late=too_late_to_ask(shown),
    )
    return Decision(shown, CONFIRMATION_VALID, (answer,))


def unstorable(row: Cancellation) -> Decision:
    """Return the row refused, where what was read for it can't be stored: a defect of ours."""
    return _refuse(row, Refusal.NOT_STORED)


def _refuse(row: Cancellation, refusal: Refusal) -> Decision:
    closed = replace(row, state=State.REFUSED, refusal=refusal)
    message = refused(closed)
    answer = Answer(row.command_url or "", row.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))


async def _taken(tools: Tools, row: Cancellation) -> Decision | None:
    """Return the row closed where the batch has a live cancellation, None where it has none."""
    try:
        other = await tools.records.live(row.batch_id)
    except RowUnreadable as error:
        log.error("a cancellation of the batch can't be read", id=error.row_id, error=str(error))
        return _close(row, of_another_version(row.batch_id))
    return None if other is None else _point_to(tools, row, other)


def _point_to(tools: Tools, row: Cancellation, other: Cancellation) -> Decision:
    """Return the row closed, with what already happens to the batch, and by whom."""
    return _close(row, current_status(other, row.user_id, link_to_announcement(tools.slack, other)))


def _close(row: Cancellation, message: Message) -> Decision:
    """Return the row closed: somebody's cancellation of the batch is under way."""
    closed = replace(row, state=State.REFUSED, refusal=Refusal.ALREADY_CANCELLING)
    answer = Answer(row.command_url or "", row.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))


async def _retrieve(tools: Tools, row: Cancellation) -> Batch:
    """Return the batch; whoever waits too long for it is told once that it is being looked up.

    Raises RespanError, RespanRateLimited too where the app's own budget is used up.
    """
    wait = await tools.records.take_call()
    if wait:
        raise RespanRateLimited("the app's own budget of calls is used up", wait)
    reading = asyncio.ensure_future(tools.respan.retrieve(row.batch_id))
    try:
        if not row.attempts and row.claim <= 1:
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(reading), tools.patience)
            await tools.records.put(_looking_up(row))
        return await reading
    finally:
        reading.cancel()


def _looking_up(row: Cancellation) -> Answer:
    return Answer(row.command_url or "", row.user_id, looking_up(row.batch_id))
