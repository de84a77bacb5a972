"""A request that needs a second person: how it waits, who may decide it, and how it is closed."""

from collections.abc import Callable
from dataclasses import replace

from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    Click,
    ClickDenied,
    Clicked,
    Decide,
    Moved,
    TooLate,
    Unknown,
    WrongPlace,
)
from bot.domain.message import MessageState
from bot.domain.person import Person
from bot.domain.policy import Denied, Moment, Policy, Role, case_of, may
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState

Known = Callable[[str], Person]
"""Returns somebody as far as Slack was asked about them."""


def value_of(request: Request) -> str:
    """Return what the buttons of its message carry: its id and the round of what was shown.

    Who presses a button of an older form did not see what is asked now.
    """
    return f"{request.id}.{request.asked_again}"


def id_in(value: str) -> str:
    """Return the request's id that a button's value names."""
    return value.partition(".")[0]


def send_for_approval(
    request: Request, policy: Policy, now: float, click_url: str | None
) -> Request:
    """Return the request as it waits for a second person, from the click of who asked on.

    What has changed before it was asked about them is no news to them: what changes now is.
    """
    return replace(
        request,
        state=RequestState.NEEDS_APPROVAL,
        after_change=False,
        confirmed_at=now,
        expires_at=now + policy.approval_valid,
        click_url=click_url,
        refreshed=None,
        attempts=0,
    )


def confirmed(
    request: Request,
    now: float,
    click_url: str | None,
    new_id: Callable[[], str],
    *,
    not_before: float | None = None,
    approved_by: str | None = None,
) -> Request:
    """Return the request with a new cancellation for each batch that is open."""
    begun = tuple(
        Cancellation(
            id=new_id(),
            request_id=request.id,
            batch_id=target.batch_id,
            user_id=request.user_id,
            channel_id=request.channel_id,
            confirmed_at=now,
            round=request.asked_again,
            position=position,
            after_change=request.after_change,
            team_id=request.team_id,
            identifier=request.identifier,
            approved_by=approved_by,
            not_before=not_before,
            batch=target.batch,
        )
        for position, target in enumerate(request.targets)
        if target.refusal is None
    )
    return replace(
        request,
        state=RequestState.CONFIRMED,
        confirmed_at=now,
        click_url=click_url,
        wait_told=False,
        attempts=0,
        cancellations=begun,
    )


def approve(
    click: Click, policy: Policy, known: Known, approver: Person, new_id: Callable[[], str]
) -> Decide:
    """Return what decides about Approve: the cancellations begin, by the word of both.

    `known` is asked about who asked; `approver` is who clicks, and must have been read.
    """

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_decide(click, policy, known, approver, request, now)
        if request is None or no is not None:
            return no or Unknown()
        agreed = replace(_seen(request, click), decided_by=click.user, decided_at=now)
        return Moved(confirmed(agreed, now, request.click_url, new_id, approved_by=click.user))

    return decide


def disapprove(click: Click, policy: Policy, known: Known, approver: Person) -> Decide:
    """Return what decides about Decline; by who asked it is a withdrawal, whoever they are now."""

    def decide(request: Request | None, now: float) -> Clicked:
        if request is not None and click.user == request.user_id:
            no = _not_waiting(click, request, now)
            ends_as = RequestState.WITHDRAWN
        else:
            no = _no_to_decide(click, policy, known, approver, request, now)
            ends_as = RequestState.DECLINED
        if request is None or no is not None:
            return no or Unknown()
        return Moved(closing(_seen(request, click), ends_as, now, click.user))

    return decide


def _seen(request: Request, click: Click) -> Request:
    """Return the request with the message that was clicked: it may come before it is stored."""
    post = request.announcement
    if post.ts is None and click.message_ts is not None:
        post = MessageState(channel=click.channel, ts=click.message_ts)
    return replace(request, announcement=post)


def _no_to_decide(
    click: Click,
    policy: Policy,
    known: Known,
    approver: Person,
    request: Request | None,
    now: float,
) -> Clicked | None:
    """Return why the click decides nothing, None where it does."""
    if request is None:
        return Unknown()
    no = _not_waiting(click, request, now)
    if no is not None:
        return no
    case = case_of(policy, known(request.user_id), request.channel_id, request, approver)
    verdict = may(policy, Moment.APPROVAL, case)
    if isinstance(verdict, Denied) and verdict.role is Role.APPROVER:
        return ClickDenied(verdict.why, click.channel, verdict.role, request)
    if isinstance(verdict, Denied):
        return Moved(closing(_seen(request, click), RequestState.REFUSED, now, None, verdict.why))
    return None


def _not_waiting(click: Click, request: Request, now: float) -> Clicked | None:
    if click.channel != (request.announcement.channel or request.channel_id):
        return WrongPlace(request)
    if request.state is RequestState.EXPIRED or request.ends_as is RequestState.EXPIRED:
        return TooLate(request)
    if request.state is not RequestState.NEEDS_APPROVAL or click.value != value_of(request):
        return AlreadyHandled(request)
    in_time = request.expires_at is not None and now < request.expires_at
    return None if in_time else TooLate(request)


def closing(
    request: Request,
    ends_as: RequestState,
    now: float,
    by: str | None = None,
    refusal: Refusal | None = None,
) -> Request:
    """Return a request of which the channel knows, on its way to its end: the channel hears it."""
    return replace(
        request,
        state=RequestState.CLOSING,
        ends_as=ends_as,
        decided_by=by or request.decided_by,
        decided_at=now if by else request.decided_at,
        refusal=refusal or request.refusal,
        attempts=0,
    )


def withdrawn(request: Request, now: float, by: str) -> Request:
    """Return a request of which nothing was sent, as who asked withdraws it.

    Where somebody has agreed to it, or may have seen it, the channel hears of that.
    """
    if request.decided_by is None and request.state is not RequestState.NEEDS_APPROVAL:
        return replace(request, state=RequestState.WITHDRAWN)
    # They read it in place of the message that they clicked: nothing is left to be told there.
    return replace(closing(request, RequestState.WITHDRAWN, now, by), click_url=None)


def taken_back(request: Request, now: float, by: str) -> Request:
    """Return a request of which some was withdrawn: it is over where nothing else goes on."""
    goes_on = request.waiting or any(
        row.accepted_at is not None or row.state is State.ABANDONED for row in request.own
    )
    return request if goes_on else withdrawn(request, now, by)


def again(request: Request, policy: Policy, now: float) -> Request:
    """Return an approved request of whose batches much has run, as it waits for approval again.

    Its buttons are new ones, and the numbers are those that were read. It is the last time: what
    is approved then is sent, whatever has run meanwhile.
    """
    read = {row.batch_id: row.batch for row in request.cancellations}
    targets = tuple(
        target if target.refusal is not None else replace(target, batch=read.get(target.batch_id))
        for target in request.targets
    )
    return replace(
        send_for_approval(request, policy, now, request.click_url),
        targets=targets,
        asked_again=request.asked_again + 1,
        after_change=True,
        decided_by=None,
        decided_at=None,
        wait_told=False,
        reply=MessageState(),
        cancellations=(),
    )


def has_all_changed(request: Request) -> bool:
    """Return whether it was approved, and nothing was sent because much of all of it had run."""
    rows = request.cancellations
    is_own = all(row.request_id == request.id for row in rows)
    is_changed = all(row.state is State.CHANGED for row in rows)
    return request.decided_by is not None and bool(rows) and is_own and is_changed


def may_have_buttons(request: Request) -> bool:
    """Return whether its message may still show the buttons of the question that was decided."""
    return request.decided_by is not None and not request.accepted


def is_over_at(request: Request) -> float:
    """Return since when a request that is closing has something to tell."""
    times = (request.decided_at, request.expires_at, request.confirmed_at)
    return max((at for at in times if at is not None), default=request.asked_at)


def taken(request: Request) -> Request:
    """Return the request closed, because others are cancelling all its batches."""
    bare = replace(request, refusal=Refusal.ALREADY_CANCELLING, cancellations=())
    if request.decided_by is None:
        return replace(bare, state=RequestState.REFUSED)
    return replace(bare, state=RequestState.CLOSING, ends_as=RequestState.REFUSED)
