"""What is recorded of a request that moves: derived from how it was, so that no step can forget it.

What a person does with a click stands in `domain/audit_of_click.py`.
"""

from collections.abc import Mapping
from typing import Any, assert_never

from bot.domain.audit import At, Event, Of, Record
from bot.domain.audit_facts import denial, facts, status_of, word
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import UNDECIDED, Request, RequestState

_ONLY_LOOKS = frozenset({RequestState.LOOKING, RequestState.PICKING})
"""Nothing is decided by whoever looks, unless they may not."""


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
        {"id": t.batch_id, "rule": word(t.refusal or rule), "status": status_of(t.batch)}
        for t in request.targets
    ]
    details = {"of": Of.REQUEST, "rule": word(rule), "batches": batches}
    return about(request, Event.REFUSED, details, by, key)


def _denied(request: Request, why: Refusal, old: Request, by: str, key: str | None) -> Record:
    """Return the record of a person who may not go on with what they asked for.

    It may be somebody else who pressed Approve or Decline, which does not count then.
    """
    asked = old.state is RequestState.NEEDS_APPROVAL
    at = At.CLICK if key is not None else At.STEP
    denied = denial(why, at, by=by if asked else None)
    return about(request, Event.DENIED, denied, key=key)


def _of_its_reply(old: Request, new: Request) -> tuple[Record, ...]:
    post = new.reply
    if post.ts is not None and old.reply.ts is None:
        where = {"channel_id": post.channel, "ts": post.ts, "direct": post.direct}
        return (about(new, Event.REPORTED, where),)
    if post.given_up and not old.reply.given_up:
        return (about(new, Event.GIVEN_UP, {"of": Of.REPLY}),)
    return ()


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
        "batches": [facts(target) for target in request.targets],
        "round": request.asked_again,
        "until": request.expires_at,
    }
