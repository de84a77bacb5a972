"""Ask Respan for the cancellation that was confirmed: at most once for each look at the batch."""

import asyncio
from dataclasses import dataclass, replace

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.changes import has_changed
from bot.domain.policy import Case, Moment, NeedsApproval, Owned, Person, Role, may, owned
from bot.domain.refusal import Refusal
from bot.domain.schedule import FIRST_POLL, GIVE_UP_AFTER, UNSENT_ASKED_AGAIN
from bot.errors import RespanError
from bot.people import read_person
from bot.steps.decision import Decision, Tools, again, denial_of, log, log_failure
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
    people = None if row.requesting_since else await _people(tools, row)
    refusal = None if people is None else denial_of(tools, Moment.CALL, _case(row, people))
    if refusal is not None:
        return _refuse(row, refusal)
    try:
        batch = await tools.respan.retrieve(row.batch_id)
    except RespanError as error:
        return await _no_look(tools, row, error, people)
    return await _after_look(tools, row, batch, people)


@dataclass(frozen=True, slots=True)
class _People:
    """Who asked, and who agreed where a second person had to, as Slack has them now."""

    asker: Person
    approver: Person | None


async def _people(tools: Tools, row: Cancellation) -> _People:
    """Read them anew: whoever was taken off meanwhile may not."""
    slack, policy = tools.slack, tools.policy
    if row.approved_by is None:
        return _People(await read_person(slack, policy, row.user_id, fresh=True), None)
    asker, approver = await asyncio.gather(
        read_person(slack, policy, row.user_id, fresh=True),
        read_person(slack, policy, row.approved_by, Role.APPROVER, fresh=True),
    )
    return _People(asker, approver)


def _case(row: Cancellation, people: _People, *batches: Owned) -> Case:
    return Case(people.asker, row.channel_id, batches, people.approver)


def _needs_approval(
    tools: Tools, row: Cancellation, batch: Batch | None, people: _People | None
) -> bool:
    """Return whether a second person must agree to what is to be cancelled now, and has not.

    One whose call may have been taken had all that it needed then.
    """
    if people is None:
        return False
    case = _case(row, people, owned(tools.policy, batch, people.asker))
    return isinstance(may(tools.policy, Moment.CALL, case), NeedsApproval)


def _waited(row: Cancellation) -> float:
    """Return the seconds since the confirmation."""
    return row.now - row.confirmed_at


async def _after_look(
    tools: Tools, row: Cancellation, batch: Batch, people: _People | None
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
    if row.is_unsent and not row.after_change and has_changed(row.batch, batch):
        return _ask_once_more(seen)
    if row.is_unsent and _needs_approval(tools, row, batch, people):
        return _ask_once_more(seen)
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
    tools: Tools, row: Cancellation, error: RespanError, people: _People | None
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
        if _needs_approval(tools, row, row.batch, people):
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
