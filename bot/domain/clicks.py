"""What a click does: who may answer a question, where, until when, and what then moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.cancellation import Cancellation, State
from bot.domain.permissions import Denial, Permissions
from bot.domain.refusal import Refusal
from bot.domain.request import MOST_BATCHES, OPEN, Request, RequestState, Target


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked, where, on what. `value` is the button's, "" where the click carries none.

    `key` names the interaction: a replay of it has the same. `chosen` are the batches that are
    chosen in the message's menu, where it has one.
    """

    user: str
    channel: str
    value: str
    url: str
    key: str
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """A cancellation that is under way, and the request that it belongs to."""

    cancellation: Cancellation
    request: Request


@dataclass(frozen=True, slots=True)
class Moved:
    """The click counts: the request as it is now, with what became of its cancellations."""

    word: ClassVar[str] = "moved"
    request: Request


@dataclass(frozen=True, slots=True)
class Taken:
    """Every batch of the request is being cancelled by others already: nothing was begun."""

    word: ClassVar[str] = "already_live"
    request: Request
    others: tuple[Live, ...]


@dataclass(frozen=True, slots=True)
class TooLate:
    """The question is over."""

    word: ClassVar[str] = "expired"
    request: Request


@dataclass(frozen=True, slots=True)
class WrongPerson:
    """Somebody else was asked."""

    word: ClassVar[str] = "wrong_person"
    request: Request


@dataclass(frozen=True, slots=True)
class WrongPlace:
    """It was asked in another channel."""

    word: ClassVar[str] = "wrong_place"
    request: Request


@dataclass(frozen=True, slots=True)
class AlreadyHandled:
    """An earlier click, or the bot, has decided it."""

    word: ClassVar[str] = "handled"
    request: Request


@dataclass(frozen=True, slots=True)
class BadChoice:
    """They pressed Review with no batch chosen, or with more than one question may be about."""

    word: ClassVar[str] = "bad_choice"
    request: Request
    count: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """No question has this button."""

    word: ClassVar[str] = "unknown"


@dataclass(frozen=True, slots=True)
class Denied:
    """The person may not, or not in that channel."""

    word: ClassVar[str] = "denied"
    denial: Denial
    channel: str


NotMoved = (
    Taken | TooLate | WrongPerson | WrongPlace | AlreadyHandled | BadChoice | Unknown | Denied
)

Clicked = Moved | NotMoved
"""What became of a click; `word` names it in the metrics."""

Decide = Callable[[Request | None, float], Clicked]
"""Says what a click does to the request that it is about, at a time."""


def confirm(click: Click, permissions: Permissions, new_id: Callable[[], str]) -> Decide:
    """Return what decides about Cancel batch: one new cancellation for each batch that is open."""

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_answer(click, permissions, request, now)
        if request is None or no is not None:
            return no or Unknown()
        confirmed = replace(
            request,
            state=RequestState.CONFIRMED,
            confirmed_at=now,
            click_url=click.url,
            wait_told=False,
            attempts=0,
        )
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
                identifier=request.identifier,
                batch=target.batch,
            )
            for position, target in enumerate(request.targets)
            if target.refusal is None
        )
        return Moved(replace(confirmed, cancellations=begun))

    return decide


def review(click: Click, permissions: Permissions) -> Decide:
    """Return what decides about Review: the list becomes the question about what is chosen."""

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_answer(click, permissions, request, now, RequestState.PICKING)
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


def decline(click: Click, permissions: Permissions) -> Decide:
    """Return what decides about Keep running: the question is closed."""

    def decide(request: Request | None, now: float) -> Clicked:
        no = _no_to_answer(click, permissions, request, now)
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
        if request.state is not RequestState.CONFIRMED or not request.waiting:
            return AlreadyHandled(request)
        after = replace(
            request,
            click_url=click.url,
            cancellations=tuple(_withdrawn(request, c, now) for c in request.cancellations),
        )
        goes_on = after.waiting or any(
            c.accepted_at is not None or c.state is State.ABANDONED for c in after.own
        )
        return Moved(after if goes_on else replace(after, state=RequestState.WITHDRAWN))

    return decide


def _withdrawn(request: Request, row: Cancellation, now: float) -> Cancellation:
    """Return a cancellation after Withdraw: one that may have been sent is only not repeated."""
    if row not in request.waiting:
        return row
    if row.is_unsent:
        return replace(row, state=State.WITHDRAWN)
    return replace(row, withdrawn_at=row.withdrawn_at or now, attempts=0)


def why_not_follow(
    click: Click, permissions: Permissions, request: Request | None
) -> NotMoved | None:
    """Return why Tell me too does not count, None where it does: for who asked, where they asked.

    It changes nothing about the batches, so it counts also when the question is over.
    """
    return _denial(click, permissions, request) or _no_to_stranger(click, request)


def taken(request: Request) -> Request:
    """Return the request closed, because others are cancelling all its batches."""
    return replace(
        request,
        state=RequestState.REFUSED,
        refusal=Refusal.ALREADY_CANCELLING,
        cancellations=(),
    )


def _no_to_answer(
    click: Click,
    permissions: Permissions,
    request: Request | None,
    now: float,
    waits_in: RequestState = RequestState.ASKED,
) -> Clicked | None:
    """Return why the click is no valid answer to what waits in that state, None where it is one."""
    denial = _denial(click, permissions, request)
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


def _denial(click: Click, permissions: Permissions, request: Request | None) -> Denied | None:
    """Return why the person may not.

    A question that went to them directly belongs to the channel in which they asked.
    """
    is_theirs = request is not None and request.user_id == click.user and is_direct(click.channel)
    channel = request.channel_id if request is not None and is_theirs else click.channel
    denial = permissions.denial(click.user, channel)
    return None if denial is None else Denied(denial, channel)


def _no_to_stranger(click: Click, request: Request | None) -> NotMoved | None:
    """Return why nobody there can answer, None for the person who asked, where they asked.

    A question that could not be shown there went to the person directly: nobody else is there.
    """
    is_unseen = request is not None and (
        request.state in OPEN and request.shown_at is None and not request.replaces
    )
    if request is None or is_unseen:
        return Unknown()
    if click.user != request.user_id:
        return WrongPerson(request)
    if click.channel != request.channel_id and not is_direct(click.channel):
        return WrongPlace(request)
    return None


def is_direct(channel: str) -> bool:
    """Return whether a channel's id is that of a direct conversation."""
    return channel.startswith("D")
