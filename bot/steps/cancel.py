"""Ask Respan for the cancellation that was confirmed: at most once for each look at the batch."""

import asyncio
from dataclasses import replace

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.changes import has_changed
from bot.domain.refusal import UNCHECKED, Refusal
from bot.domain.schedule import FIRST_POLL, GIVE_UP_AFTER, UNSENT_ASKED_AGAIN
from bot.errors import RespanError
from bot.steps.before_the_call import (
    People,
    denial_at_call,
    needs_approval,
    read_people,
)
from bot.steps.decision import Decision, Tools, again, log, log_failure
from bot.steps.refusals import log_rejection, refusal_of

_LOOK_AGAIN_AFTER = 2.0
"""Seconds before the batch is looked at after an unknown outcome: Respan may still be at it."""


async def cancel(tools: Tools, row: Cancellation) -> Decision[Cancellation]:
    """Read the batch, and ask for the cancellation unless that look has decided already."""
    if _waited(row) > GIVE_UP_AFTER and not row.is_unsent:
        return Decision(replace(row, state=State.ABANDONED, attempts=0))
    if row.requesting_since is not None and row.now - row.requesting_since < _LOOK_AGAIN_AFTER:
        return Decision(row, _LOOK_AGAIN_AFTER - (row.now - row.requesting_since))
    if row.not_before is not None and row.now < row.not_before:
        return Decision(row, row.not_before - row.now)
    people, looked = await asyncio.gather(read_people(tools, row), _look(tools, row))
    if row.is_unsent and row.rejection is None:
        denied = _denied(tools, row, people)
        if denied is not None:
            return denied
    if isinstance(looked, RespanError):
        return await _no_look(tools, row, looked, people)
    return await _after_look(tools, row, looked, people)


async def _look(tools: Tools, row: Cancellation) -> Batch | RespanError:
    """Return the batch, or why it can't be read."""
    try:
        return await tools.respan.retrieve(row.batch_id)
    except RespanError as error:
        return error


def _denied(tools: Tools, row: Cancellation, people: People) -> Decision[Cancellation] | None:
    """Return the row not sent where they may not; it waits while Slack does not tell."""
    refusal = denial_at_call(tools, row, people)
    if refusal is None:
        return None
    if refusal not in UNCHECKED:
        return _refuse(row, refusal)
    if _is_too_old(row):
        return _expire(row)
    return again(tools, replace(row, waits_for=refusal))


def _waited(row: Cancellation) -> float:
    """Return the seconds since the confirmation."""
    return row.now - row.confirmed_at


async def _after_look(
    tools: Tools, row: Cancellation, batch: Batch, people: People
) -> Decision[Cancellation]:
    """Ask for the cancellation, unless the batch as it is now speaks against it."""
    seen = replace(row, batch=batch)
    decided = _decided(seen, batch)
    if decided is not None:
        return decided
    if row.withdrawn_at:
        return _withdraw(seen)
    if _is_too_old(row):
        return _expire(seen)
    is_other = not row.after_change and has_changed(row.batch, batch)
    if row.is_unsent and (is_other or await needs_approval(tools, row, batch, people)):
        return _ask_once_more(seen)
    # One that may have been sent is not sent again for somebody who may not any more.
    denied = None if row.is_unsent else _denied(tools, row, people)
    if denied is not None:
        return denied
    # What was shown stays on the row until Respan accepts: the next try compares with it too.
    return await _post(tools, row)


def _is_too_old(row: Cancellation) -> bool:
    """Return whether it was confirmed too long ago to be sent: the request asks again."""
    return _waited(row) > UNSENT_ASKED_AGAIN


def _expire(row: Cancellation) -> Decision[Cancellation]:
    return Decision(replace(row, state=State.EXPIRED, attempts=0))


def _ask_once_more(row: Cancellation) -> Decision[Cancellation]:
    """Return the row not sent: the person decided about other numbers, and sees the new ones."""
    return Decision(replace(row, state=State.CHANGED, refusal=Refusal.CHANGED, attempts=0))


def _decided(row: Cancellation, batch: Batch) -> Decision[Cancellation] | None:
    """Return what the batch's own status decides, None where it decides nothing."""
    tried = row.requesting_since is not None or row.rejection is not None
    if batch.is_cancelling or (batch.status == "cancelled" and tried):
        return _accept(replace(row, was_cancelling=not tried), batch)
    if batch.is_final:
        return _refuse(row, Refusal.FINAL)
    return None if row.rejection is None else _refuse(row, row.rejection)


async def _post(tools: Tools, row: Cancellation) -> Decision[Cancellation]:
    """Commit the intent, ask, and sort what came back."""
    intent = replace(row, requesting_since=row.now)
    await tools.records.save_intent(row, intent)
    tell = log.debug if row.attempts else log.info  # an outage must not cost a line for each try
    tell("a cancel call is about to be made", batch_id=row.batch_id, id=row.id, tries=row.attempts)
    try:
        batch = await tools.respan.cancel(row.batch_id, row.identifier or row.user_id)
    except RespanError as error:
        if error.is_definite:
            return _definite_no(row, error)
        return _no_answer(tools, row, intent, error)
    log.info("Respan accepted a cancellation", batch_id=row.batch_id, id=row.id)
    return _accept(intent, batch)


def _definite_no(row: Cancellation, error: RespanError) -> Decision[Cancellation]:
    """Return the row with the refusal, for one more look at the batch.

    400 and 409 say "too late" as often as "no": the batch's own status is believed.
    """
    log_rejection("a cancellation was sent and refused", error, batch_id=row.batch_id, id=row.id)
    return Decision(replace(row, requesting_since=None, rejection=refusal_of(error)))


def _accept(row: Cancellation, batch: Batch) -> Decision[Cancellation]:
    accepted = replace(row, state=State.CANCELLING, batch=batch, accepted_at=row.now)
    return Decision(replace(accepted, waits_for=None, attempts=0), FIRST_POLL)


def _refuse(row: Cancellation, refusal: Refusal) -> Decision[Cancellation]:
    return Decision(replace(row, state=State.REFUSED, refusal=refusal, attempts=0))


def _withdraw(row: Cancellation) -> Decision[Cancellation]:
    """Return the row closed: Respan did not take the call, and the person wants no other one."""
    return Decision(replace(row, state=State.WITHDRAWN, attempts=0))


async def _no_look(
    tools: Tools, row: Cancellation, error: RespanError, people: People
) -> Decision[Cancellation]:
    """Return what to do when the batch can't be read: only a definite no ends the row.

    Where only reads fail, the cancel call waits for none: it may be an emergency. A cancellation
    whose answer was lost may have been accepted, so nothing but the batch's own status decides
    about that one.
    """
    if error.is_definite:
        if not row.is_unsent:
            return _try_again(tools, row, error)
        event = "a batch could not be read, so its confirmed cancellation ends"
        log_rejection(event, error, batch_id=row.batch_id, id=row.id)
        return _refuse(row, row.rejection or refusal_of(error))
    if row.is_unsent and row.rejection is None:
        log_failure(
            "a batch can't be read; its cancellation does not wait for that", error, id=row.id
        )
        if _is_too_old(row):
            return _expire(replace(row, batch=None))
        if await needs_approval(tools, row, row.batch, people):
            return _ask_once_more(row)
        return await _post(tools, row)
    return _try_again(tools, row, error)


def _no_answer(
    tools: Tools, row: Cancellation, intent: Cancellation, error: RespanError
) -> Decision[Cancellation]:
    """Return what to do when the cancellation has no definite answer: look first, next time."""
    return _try_again(tools, row if error.had_no_effect else intent, error, _LOOK_AGAIN_AFTER)


def _try_again(
    tools: Tools, row: Cancellation, error: RespanError, at_least: float = 0.0
) -> Decision[Cancellation]:
    """Return the row for later, with what it waits for: the person hears of it."""
    log_failure("a cancellation waits for Respan", error, id=row.id)
    waits = replace(row, waits_for=refusal_of(error))
    return again(tools, waits, max(at_least, error.retry_after or 0.0))
