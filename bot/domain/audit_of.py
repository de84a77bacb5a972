"""What is recorded of a row that moves: derived from how it was, so that no step can forget it.

What a person does with a click stands in `domain/audit_of_click.py`.
"""

from collections.abc import Mapping
from typing import Any, assert_never

from bot.domain.audit import At, Event, Of, Record
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.policy import Role
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import UNDECIDED, Request, RequestState, Target

_ONLY_LOOKS = frozenset({RequestState.LOOKING, RequestState.PICKING})
"""Nothing is decided by whoever looks, unless they may not."""

_OF_APPROVERS = frozenset({Refusal.OWN_REQUEST, Refusal.NOT_APPROVER})
"""The denials that are about who agreed, whatever else is known."""


def of_new_request(
    request: Request, key: str | None, after: str | None = None
) -> tuple[Record, ...]:
    """Return what is recorded of a request that begins: by the interaction of that key.

    One that the bot itself begins, because the batches of the request `after` have changed, is
    only shown.
    """
    if request.state in _ONLY_LOOKS:
        return ()
    if after is not None:
        return (_shown(request, after),)
    return (about(request, Event.ASKED, {"picked": False}, key=key),)


def of_request(old: Request, new: Request) -> tuple[Record, ...]:
    """Return what a step has decided about a request."""
    return (*_of_its_state(old, new), *_of_its_reply(old, new))


def _of_its_state(old: Request, new: Request) -> tuple[Record, ...]:
    was_shown = old.state is RequestState.ASKED and old.shown_at is not None
    if new.state is RequestState.ASKED and new.shown_at is not None and not was_shown:
        return (_shown(new, None),)
    if new.state is old.state:
        return ()
    if new.state is RequestState.NEEDS_APPROVAL:
        return (sent_for_approval(new, new.user_id),)
    # What became of a confirmed one, its cancellations' records have told.
    return closed(old, new, new.user_id) if old.state in UNDECIDED else ()


def closed(  # noqa: PLR0911 - one line for each
    old: Request, new: Request, by: str, key: str | None = None
) -> tuple[Record, ...]:
    """Return what is recorded of an undecided request that ends: by whom, with which interaction.

    One that is closing has ended here: when the channel has heard it is no news.
    """
    state = new.ends_as if new.state is RequestState.CLOSING else new.state
    if state is RequestState.REFUSED and new.refusal in DENIALS:
        return (_denied(new, new.refusal, old, by, key),)
    if old.state in _ONLY_LOOKS:
        return ()
    was = str(old.state)
    match state:
        case RequestState.DECLINED:
            return (about(new, Event.DECLINED, {"asked_by": new.user_id, "was": was}, by, key),)
        case RequestState.WITHDRAWN:
            return (about(new, Event.WITHDRAWN, {"was": was, "may_be_sent": []}, by, key),)
        case RequestState.EXPIRED:
            return (about(new, Event.EXPIRED, {"of": Of.REQUEST, "was": was}, key=key),)
        case RequestState.REFUSED:
            return (refused(new, by, key),)
        case (
            None
            | RequestState.PICKING
            | RequestState.LOOKING
            | RequestState.ASKED
            | RequestState.NEEDS_APPROVAL
            | RequestState.CONFIRMED
            | RequestState.CLOSING
            | RequestState.REPORTED
            | RequestState.ABANDONED
            | RequestState.ANSWERED
        ):
            return ()
        case unknown:
            assert_never(unknown)


def refused(request: Request, by: str, key: str | None = None) -> Record:
    """Return the record of a request that is refused as a whole; `rule` is None where they differ.

    Each batch has its own rule.
    """
    rule = request.refusal
    batches = [
        {"id": t.batch_id, "rule": _word(t.refusal or rule), "status": _status(t.batch)}
        for t in request.targets
    ]
    details = {"of": Of.REQUEST, "rule": _word(rule), "batches": batches}
    return about(request, Event.REFUSED, details, by, key)


def _denied(request: Request, why: Refusal, old: Request, by: str, key: str | None) -> Record:
    """Return the record of a person who may not go on with what they asked for.

    It may be somebody else who pressed Approve or Decline, which does not count then.
    """
    asked = old.state is RequestState.NEEDS_APPROVAL
    at = At.CLICK if key is not None else At.STEP
    denied = denial(why, at, by=by if asked else None)
    return about(request, Event.DENIED, denied, key=key)


def denial(why: str, at: At, role: Role = Role.ASKER, by: str | None = None) -> dict[str, Any]:
    """Return the details of a denial: the rule, where it applied, to whom, and beside whom."""
    return {"rule": str(why), "at": str(at), "role": str(role), "other": by}


def _of_its_reply(old: Request, new: Request) -> tuple[Record, ...]:
    post = new.reply
    if post.ts is not None and old.reply.ts is None:
        where = {"channel_id": post.channel, "ts": post.ts, "direct": post.direct}
        return (about(new, Event.REPORTED, where),)
    if post.given_up and not old.reply.given_up:
        return (about(new, Event.GIVEN_UP, {"of": Of.REPLY}),)
    return ()


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
            status = {"status": _status(new.batch), "was_cancelling": new.was_cancelling}
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
            return (_of_row(new, Event.ENDED, _numbers(new.batch)),)
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
    batch = {"id": row.batch_id, "rule": _word(why), "status": _status(row.batch)}
    return _of_row(row, Event.REFUSED, {"of": of, "rule": _word(why), "batches": [batch]})


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


def about(
    request: Request,
    event: Event,
    details: Mapping[str, Any],
    by: str | None = None,
    key: str | None = None,
    *,
    batch_ids: tuple[str, ...] | None = None,
    identifier: str | None = None,
) -> Record:
    """Return a record about a request: of all its batches, and of who asked, if not said else."""
    return Record(
        event,
        by or request.user_id,
        request.team_id,
        request.channel_id,
        request.id,
        request.batch_ids if batch_ids is None else batch_ids,
        identifier,
        key,
        details,
    )


def _shown(request: Request, after: str | None) -> Record:
    details = _what_they_see(request) | {"after": after}
    return about(request, Event.SHOWN, details, identifier=request.identifier)


def sent_for_approval(request: Request, by: str, key: str | None = None) -> Record:
    """Return the record of a request that now waits for a second person, with what they see."""
    return about(request, Event.SENT_FOR_APPROVAL, _what_they_see(request), by, key)


def _what_they_see(request: Request) -> dict[str, Any]:
    return {
        "batches": [_facts(target) for target in request.targets],
        "round": request.asked_again,
        "until": request.expires_at,
    }


def _facts(target: Target) -> dict[str, Any]:
    """Return what was shown of a batch; None for what was not known."""
    batch = target.batch
    model = None if batch is None else batch.model
    own = {"id": target.batch_id, "model": model, "rule": _word(target.refusal)}
    whose = {"owner": target.owner, "owner_id": target.owner_id}
    return own | whose | _numbers(batch)


def _numbers(batch: Batch | None) -> dict[str, Any]:
    counts = None if batch is None else batch.counts
    return {
        "status": _status(batch),
        "total": None if counts is None else counts.total,
        "completed": None if counts is None else counts.completed,
        "failed": None if counts is None else counts.failed,
    }


def _status(batch: Batch | None) -> str | None:
    return None if batch is None else batch.status


def _word(refusal: Refusal | None) -> str | None:
    return None if refusal is None else str(refusal)
