"""What a click on a question does: who may answer it, where, until when, and what then moves."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from bot.domain.approval import confirmed, send_for_approval, taken_back, withdrawn
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    BadChoice,
    Click,
    ClickDenied,
    Clicked,
    Decide,
    Moved,
    NotMoved,
    TooLate,
    Unknown,
    is_direct,
    not_theirs,
)
from bot.domain.person import Person
from bot.domain.policy import (
    Allowed,
    Case,
    Denied,
    Moment,
    NeedsApproval,
    Policy,
    Verdict,
    case_of,
    may,
)
from bot.domain.request import MOST_BATCHES, OPEN, Request, RequestState, Target


def confirm(click: Click, policy: Policy, person: Person, new_id: Callable[[], str]) -> Decide:
    """Return what decides about Cancel batch: a new cancellation for each batch that is open.

    Where a second person must agree, it is sent for approval instead. `person` is who clicks, as
    far as Slack was asked about them.
    """

    def decide(request: Request | None, now: float) -> Clicked:
        verdict = _verdict(click, policy, person, request)
        no = _no_to_answer(click, verdict, request, now)
        if request is None or no is not None:
            return no or Unknown()
        if isinstance(verdict, NeedsApproval):
            return Moved(send_for_approval(request, policy, now, click.url))
        not_before = now + policy.undo if policy.undo else None
        return Moved(confirmed(request, now, click.url, new_id, not_before=not_before))

    return decide


def review(click: Click, policy: Policy, person: Person) -> Decide:
    """Return what decides about Review: the list becomes the question about what is chosen."""

    def decide(request: Request | None, now: float) -> Clicked:
        verdict = _verdict(click, policy, person, request)
        no = _no_to_answer(click, verdict, request, now, RequestState.PICKING)
        if request is None or no is not None:
            return no or Unknown()
        if not 1 <= len(click.chosen) <= MOST_BATCHES:
            return BadChoice(request, len(click.chosen))
        asked = replace(
            request,
            state=RequestState.ASKED,
            targets=tuple(Target(batch_id) for batch_id in click.chosen),
            asked_at=now,
            shown_at=None,
            expires_at=None,
            words=None,
            command_url=click.url,
            replaces=True,
            attempts=0,
        )
        return Moved(asked)

    return decide


def decline(click: Click, policy: Policy, person: Person) -> Decide:
    """Return what decides about Keep running: the question is closed."""

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_answer(click, _verdict(click, policy, person, request), request, now)
        if request is None or no is not None:
            return no or Unknown()
        return Moved(replace(request, state=RequestState.DECLINED))

    return decide


def withdraw(click: Click) -> Decide:
    """Return what decides about Withdraw: what is not sent is sent no more.

    Whoever may not cancel any more may still withdraw. A question that was asked again is answered
    by it too: nothing is cancelled.
    """

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_stranger(click, request)
        if request is None or no is not None:
            return no or Unknown()
        if request.state is RequestState.ASKED:
            return Moved(replace(request, state=RequestState.DECLINED))
        if request.state is RequestState.NEEDS_APPROVAL:
            return Moved(withdrawn(request, now, click.user))
        if request.state is not RequestState.CONFIRMED or not request.waiting:
            return AlreadyHandled(request)
        after = replace(
            request,
            click_url=click.url,
            cancellations=tuple(_withdrawn(request, c, now) for c in request.cancellations),
        )
        return Moved(taken_back(after, now, click.user))

    return decide


def _withdrawn(request: Request, row: Cancellation, now: float) -> Cancellation:
    """Return a cancellation after Withdraw: one that may have been sent is only not repeated."""
    if row not in request.waiting:
        return row
    if row.is_unsent:
        return replace(row, state=State.WITHDRAWN)
    return replace(row, withdrawn_at=row.withdrawn_at or now, attempts=0)


def why_not_follow(
    click: Click, policy: Policy, person: Person, request: Request | None
) -> NotMoved | None:
    """Return why Tell me too does not count, None where it does: for who asked, where they asked.

    It changes nothing about the batches, so it counts also when the question is over.
    """
    verdict = _verdict(click, policy, person, request)
    return _denial(click, verdict, request) or _no_to_stranger(click, request)


def _no_to_answer(
    click: Click,
    verdict: Verdict,
    request: Request | None,
    now: float,
    waits_in: RequestState = RequestState.ASKED,
) -> Clicked | None:
    """Return why the click is no valid answer to what waits in that state, None where it is one."""
    denial = _denial(click, verdict, request)
    if denial is not None:
        return denial
    no = _no_to_stranger(click, request)
    if request is None or no is not None:
        return no or Unknown()
    if request.state is RequestState.EXPIRED:
        return TooLate(request)
    if request.state is not waits_in:
        return AlreadyHandled(request)
    in_time = request.expires_at is not None and now < request.expires_at
    return None if in_time else TooLate(request)


def _verdict(click: Click, policy: Policy, person: Person, request: Request | None) -> Verdict:
    """Return what the policy says of who clicks there, and of the batches as they were shown."""
    place = _place(click, request)
    about = None if request is None else case_of(policy, person, place, request)
    return may(policy, Moment.CLICK, about or Case(person, place))


def _denial(click: Click, verdict: Verdict, request: Request | None) -> ClickDenied | None:
    """Return why the person may do nothing there, None where they may."""
    match verdict:
        case Denied(why, role):
            return ClickDenied(why, _place(click, request), role, request)
        case Allowed() | NeedsApproval():
            return None
        case unknown:
            assert_never(unknown)


def _place(click: Click, request: Request | None) -> str:
    """Return the channel that a click counts for.

    A question that went to the person directly belongs to the channel in which they asked.
    """
    is_theirs = request is not None and request.user_id == click.user and is_direct(click.channel)
    return request.channel_id if request is not None and is_theirs else click.channel


def _no_to_stranger(click: Click, request: Request | None) -> NotMoved | None:
    """Return why nobody there can answer, None for the person who asked, where they asked.

    A question that could not be shown there went to the person directly: nobody else is there.
    """
    is_unseen = request is not None and (
        request.state in OPEN and request.shown_at is None and not request.replaces
    )
    return Unknown() if request is None or is_unseen else not_theirs(click, request)
