"""The undo window: a confirmed cancellation is not sent before a deadline on its row."""

from dataclasses import replace

from bot.domain.approval import taken_back
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    AlreadySent,
    Click,
    Clicked,
    Decide,
    Moved,
    Unknown,
    not_theirs,
)
from bot.domain.request import Request, RequestState

_SENT = frozenset({RequestState.CONFIRMED, RequestState.REPORTED, RequestState.ABANDONED})
"""The states of a request of which something was, or may have been, sent, where nothing waits."""


def undoable(request: Request, now: float) -> tuple[Cancellation, ...]:
    """Return the cancellations that wait for the end of their window."""
    return tuple(
        row
        for row in request.waiting
        if row.is_unsent and row.not_before is not None and now < row.not_before
    )


def has_window(request: Request) -> bool:
    """Return whether something of it waits to be sent until its window ends."""
    return any(row.is_unsent and row.not_before is not None for row in request.waiting)


def undo(click: Click) -> Decide:
    """Return what decides about Undo: what is not sent is not sent any more.

    Once the intent of a cancel call is stored it is too late for that one. Whoever may not cancel
    any more may still undo.
    """

    def decide(request: Request | None, now: float) -> Clicked:
        if request is None:
            return Unknown()
        no = not_theirs(click, request)
        if no is not None:
            return no
        unsent = [row for row in request.waiting if row.is_unsent]
        if request.state is not RequestState.CONFIRMED or not unsent:
            is_sent = request.state in _SENT
            return AlreadySent(request) if is_sent else AlreadyHandled(request)
        rows = tuple(
            replace(row, state=State.WITHDRAWN) if row in unsent else row
            for row in request.cancellations
        )
        after = replace(request, click_url=click.url, cancellations=rows)
        return Moved(taken_back(after, now, click.user))

    return decide


def cancel_now(click: Click) -> Decide:
    """Return what decides about Cancel now: the window is over."""

    def decide(request: Request | None, now: float) -> Clicked:
        if request is None:
            return Unknown()
        no = not_theirs(click, request)
        if no is not None:
            return no
        held = undoable(request, now)
        if request.state is not RequestState.CONFIRMED or not held:
            return AlreadyHandled(request)
        rows = tuple(
            replace(row, not_before=None) if row in held else row for row in request.cancellations
        )
        return Moved(replace(request, click_url=click.url, cancellations=rows))

    return decide
