"""A request that needs a second person: how it waits, who may decide it, and how it is closed."""

from collections.abc import Callable
from dataclasses import replace

from bot.domain.cancellation import Cancellation
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
from bot.domain.policy import Denied, Moment, Person, Policy, Role, case_of, may
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState


def value_of(request: Request) -> str:
    """Return what the buttons of its message carry: its id and the round of what was shown.

    Who presses a button of an older form did not see what is asked now.
    """
    return f"{request.id}.{request.asked_again}"


def id_in(value: str) -> str:
    """Return the request's id that a button's value names."""
    return value.partition(".")[0]


def send_for_approval(request: Request, policy: Policy, now: float, click_url: str) -> Request:
    """Return the request as it waits for a second person, from the click of who asked on."""
    return replace(
        request,
        state=RequestState.NEEDS_APPROVAL,
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
    click: Click, policy: Policy, asker: Person, approver: Person, new_id: Callable[[], str]
) -> Decide:
    """Return what decides about Approve: the cancellations begin, by the word of both.

    `asker` is who asked, as far as is known; `approver` is who clicks, and must have been read.
    """

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_decide(click, policy, asker, approver, request, now)
        if request is None or no is not None:
            return no or Unknown()
        agreed = _decided(request, click, now)
        begun = confirmed(agreed, now, request.click_url, new_id, approved_by=click.user)
        return Moved(replace(begun, refreshed=None))

    return decide


def disapprove(click: Click, policy: Policy, asker: Person, approver: Person) -> Decide:
    """Return what decides about Decline; by who asked it is a withdrawal."""

    def decide(request: Request | None, now: float) -> Clicked:
        if request is not None and click.user == request.user_id:
            no = _not_waiting(click, request, now)
            ends_as = RequestState.WITHDRAWN
        else:
            no = _no_to_decide(click, policy, asker, approver, request, now)
            ends_as = RequestState.DECLINED
        if request is None or no is not None:
            return no or Unknown()
        return Moved(closing(_decided(request, click, now), ends_as, now, click.user))

    return decide


def _decided(request: Request, click: Click, now: float) -> Request:
    """Return the request with who decided it; a click may come before its post is stored."""
    post = request.announcement
    if post.ts is None and click.message_ts is not None:
        post = MessageState(channel=click.channel, ts=click.message_ts)
    return replace(request, announcement=post, decided_by=click.user, decided_at=now)


def _no_to_decide(
    click: Click,
    policy: Policy,
    asker: Person,
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
    asked_by = asker if asker.id == request.user_id else Person(request.user_id)
    case = case_of(policy, asked_by, request.channel_id, request, approver)
    verdict = may(policy, Moment.APPROVAL, case)
    if isinstance(verdict, Denied) and verdict.role is Role.APPROVER:
        return ClickDenied(verdict.why, click.channel, verdict.role, request)
    if isinstance(verdict, Denied):
        why, decided = verdict.why, _decided(request, click, now)
        return Moved(closing(decided, RequestState.REFUSED, now, None, why))
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


def taken(request: Request) -> Request:
    """Return the request closed, because others are cancelling all its batches."""
    bare = replace(request, refusal=Refusal.ALREADY_CANCELLING, cancellations=())
    if request.announcement.ts is None:
        return replace(bare, state=RequestState.REFUSED)
    return replace(bare, state=RequestState.CLOSING, ends_as=RequestState.REFUSED)
