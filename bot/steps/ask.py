"""Read the batch that somebody asked about, and show them the confirmation."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, Refusal, State
from bot.domain.message import Message
from bot.domain.schedule import COMMAND_STALE, CONFIRMATION_VALID
from bot.errors import RespanError, RowUnreadable
from bot.steps.decision import Decision, Tools, link_to_announcement, log, may_not, name_of, note
from bot.steps.refusals import DEFINITE, note_no, refusal_of
from bot.views.confirmation import confirmation
from bot.views.private import looking_up, of_another_version, refused, standing


async def ask(tools: Tools, row: Cancellation) -> Decision:
    """Return the row with its confirmation, or refused with its sentence.

    A question is asked once: an error is told, and the person decides whether to ask again.
    """
    if row.now - row.asked_at > COMMAND_STALE:
        return _refuse(row, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = await may_not(tools, row)
    if refusal is not None:
        return _refuse(row, refusal)
    taken = await _taken(tools, row)
    if taken is not None:
        return taken
    try:
        batch = await _retrieve(tools, row)
    except RespanError as error:
        is_no = isinstance(error, DEFINITE)
        tell = note_no if is_no else note
        tell("a batch could not be read for its confirmation", error, batch_id=row.batch_id)
        return _refuse(row, refusal_of(error))
    row = replace(row, batch=batch, identifier=await name_of(tools, row.user_id))
    if batch.is_final or batch.is_cancelling:
        return _refuse(row, Refusal.FINAL if batch.is_final else Refusal.ALREADY_CANCELLING)
    return _show(row, row.now + tools.clock.time() - started)


def _show(row: Cancellation, now: float) -> Decision:
    """Return the row with its question asked; nobody looks at it before the question expires."""
    shown = replace(row, shown_at=now, expires_at=now + CONFIRMATION_VALID)
    too_late = refused(replace(row, refusal=Refusal.INTERRUPTED))
    answer = Answer(row.command_url or "", row.user_id, confirmation(shown, now), fallback=too_late)
    return Decision(shown, CONFIRMATION_VALID, (answer,))


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
    return _close(row, standing(other, row.user_id, link_to_announcement(tools.slack, other)))


def _close(row: Cancellation, message: Message) -> Decision:
    """Return the row closed: somebody's cancellation of the batch is under way."""
    closed = replace(row, state=State.REFUSED, refusal=Refusal.ALREADY_CANCELLING)
    answer = Answer(row.command_url or "", row.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))


async def _retrieve(tools: Tools, row: Cancellation) -> Batch:
    """Return the batch; whoever waits too long for it is told once that it is being looked up."""
    reading = asyncio.ensure_future(tools.respan.retrieve(row.batch_id))
    try:
        if row.claim <= 1:
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(reading), tools.patience)
            message = looking_up(row.batch_id)
            await tools.records.put(Answer(row.command_url or "", row.user_id, message))
        return await reading
    finally:
        reading.cancel()
