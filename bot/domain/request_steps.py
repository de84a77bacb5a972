"""What the bot does next with a request, as a pure function of its row."""

from enum import StrEnum
from typing import assert_never

from bot.domain.cancellation import State
from bot.domain.message import MessageState
from bot.domain.request import Request, RequestState


class RequestStep(StrEnum):
    """What the bot does next with a request. One file in `steps/` each."""

    LIST = "list"
    LOOK = "look"
    ASK = "ask"
    EXPIRE = "expire"
    ASK_APPROVAL = "ask_approval"
    EXPIRE_APPROVAL = "expire_approval"
    CLOSE_ALOUD = "close_aloud"
    ASK_AGAIN = "ask_again"
    ASK_CHANGED = "ask_changed"
    CLOSE = "close"
    SAY_WAITING = "say_waiting"
    ANNOUNCE = "announce"
    NOTE = "note"
    REFRESH = "refresh"
    REPORT = "report"


class NoteKind(StrEnum):
    """A note in the thread, beside the reply: at most one of each."""

    BLIND = "blind_note"
    SLOW = "slow_note"


def next_request_step(  # noqa: PLR0911 - one line for each
    request: Request,
) -> RequestStep | None:
    """Return what is to be done next, None when it is over or waits for its cancellations."""
    match request.state:
        case RequestState.PICKING:
            return RequestStep.LIST if request.shown_at is None else RequestStep.EXPIRE
        case RequestState.LOOKING:
            return RequestStep.LOOK
        case RequestState.ASKED:
            return RequestStep.ASK if request.shown_at is None else RequestStep.EXPIRE
        case RequestState.NEEDS_APPROVAL:
            is_shown = request.announcement.settled and request.refreshed is not None
            return RequestStep.EXPIRE_APPROVAL if is_shown else RequestStep.ASK_APPROVAL
        case RequestState.CONFIRMED:
            return _after_the_click(request)
        case RequestState.CLOSING:
            return RequestStep.CLOSE_ALOUD
        case (
            RequestState.REPORTED
            | RequestState.DECLINED
            | RequestState.WITHDRAWN
            | RequestState.EXPIRED
            | RequestState.REFUSED
            | RequestState.ABANDONED
            | RequestState.ANSWERED
        ):
            return None
        case unknown:
            assert_never(unknown)


def _after_the_click(request: Request) -> RequestStep | None:
    """Return the next step of a confirmed one: what its cancellations ask for, in this order."""
    untold = _untold(request)
    if untold is not None:
        return untold
    if not request.waiting and not _is_begun(request):
        # Who agreed did so to what they saw: it is not asked again, it is closed aloud.
        has_expired = any(c.state is State.EXPIRED for c in request.own) and not request.decided_by
        return RequestStep.ASK_AGAIN if has_expired else RequestStep.CLOSE
    if request.accepted and not request.announcement.settled:
        # The announcement has them all.
        return None if _is_being_tried(request) else RequestStep.ANNOUNCE
    if note_to_post(request) is not None:
        return RequestStep.NOTE
    if request.is_over:
        return RequestStep.REPORT
    return RequestStep.REFRESH if request.announcement.ts is not None else None


def _is_being_tried(request: Request) -> bool:
    """Return whether the first try of a cancellation is not over yet."""
    return any(c.waits_for is None for c in request.waiting)


def _untold(request: Request) -> RequestStep | None:
    """Return how the person hears that something they confirmed is not sent, None where all is."""
    # The first tries of all are over within seconds: one question is about all that has changed.
    if request.changed and not request.changed_told and not _is_being_tried(request):
        return RequestStep.ASK_CHANGED
    waits = not request.wait_told and any(c.waits_for is not None for c in request.waiting)
    return RequestStep.SAY_WAITING if waits else None


def _is_begun(request: Request) -> bool:
    """Return whether there is, or may be, something in Respan to report about."""
    return bool(request.accepted) or any(c.state is State.ABANDONED for c in request.own)


def note_to_post(request: Request) -> NoteKind | None:
    """Return which of the thread's notes is to be posted or looked for, None where none is.

    A note that nobody has begun is left out when all is over.
    """
    watched = request.accepted
    if _is_owed(request, request.blind_note, is_due=any(c.is_blind for c in watched)):
        return NoteKind.BLIND
    if _is_owed(request, request.slow_note, is_due=any(c.is_slow for c in watched)):
        return NoteKind.SLOW
    return None


def _is_owed(request: Request, note: MessageState | None, *, is_due: bool) -> bool:
    if note is None:
        return is_due and not request.is_over
    return not note.settled and (note.since is not None or not request.is_over)
