"""What is recorded of a cancellation that moves, and of the call that is about to be made."""

from collections.abc import Mapping
from typing import Any, assert_never

from bot.domain.audit import At, Event, Of, Record
from bot.domain.audit_facts import denial, numbers, status_of, word
from bot.domain.cancellation import Cancellation, State
from bot.domain.policy import Role
from bot.domain.refusal import DENIALS, Refusal

_OF_APPROVERS = frozenset({Refusal.OWN_REQUEST, Refusal.NOT_APPROVER})
"""The denials that are about who agreed, whatever else is known."""


def of_intent(old: Cancellation, new: Cancellation) -> tuple[Record, ...]:
    """Return the record of a cancel call that is about to be made: what is stored before it."""
    if new.requesting_since is None or new.requesting_since == old.requesting_since:
        return ()
    identifier = new.identifier or new.user_id
    details = {"approved_by": new.approved_by, "round": new.round, "tries": new.attempts}
    return (_of_row(new, Event.INTENT, details, identifier=identifier),)


def of_cancellation(old: Cancellation, new: Cancellation) -> tuple[Record, ...]:
    """Return what a step has decided about a cancellation, or Respan or the batch's own end."""
    rejection = new.rejection if old.rejection is None else None
    call = () if rejection is None else (_refused(new, Of.CALL, rejection),)
    return call if new.state is old.state else (*call, *_moved(new))


def _moved(new: Cancellation) -> tuple[Record, ...]:  # noqa: PLR0911 - one line for each
    match new.state:
        case State.CANCELLING:
            status = {"status": status_of(new.batch), "was_cancelling": new.was_cancelling}
            return (_of_row(new, Event.ACCEPTED, status),)
        case State.REFUSED if new.refusal in DENIALS:
            return (_denied_at_call(new, new.refusal),)
        case State.REFUSED | State.CHANGED:
            return (_refused(new, Of.BATCH, new.refusal),)
        case State.EXPIRED:
            details = {"of": Of.BATCH, "was": str(State.CONFIRMED)}
            return (_of_row(new, Event.EXPIRED, details),)
        case State.ABANDONED:
            return (_of_row(new, Event.GIVEN_UP, {"of": Of.BATCH}),)
        case State.ENDED:
            return (_of_row(new, Event.ENDED, numbers(new.batch)),)
        case State.WITHDRAWN | State.CONFIRMED:
            return ()  # the click has told it
        case unknown:
            assert_never(unknown)


def _denied_at_call(row: Cancellation, why: Refusal) -> Record:
    details = denial(why, At.CALL, by=row.approved_by)
    if why in _OF_APPROVERS and row.approved_by is not None:
        details = denial(why, At.CALL, Role.APPROVER, row.user_id)
        return _of_row(row, Event.DENIED, details, user_id=row.approved_by)
    return _of_row(row, Event.DENIED, details)


def _refused(row: Cancellation, of: Of, why: Refusal | None) -> Record:
    batch = {"id": row.batch_id, "rule": word(why), "status": status_of(row.batch)}
    return _of_row(row, Event.REFUSED, {"of": of, "rule": word(why), "batches": [batch]})


def _of_row(
    row: Cancellation,
    event: Event,
    details: Mapping[str, Any],
    *,
    identifier: str | None = None,
    user_id: str | None = None,
) -> Record:
    return Record(
        event,
        user_id or row.user_id,
        row.team_id,
        row.channel_id,
        row.request_id,
        (row.batch_id,),
        identifier,
        details=details,
    )
