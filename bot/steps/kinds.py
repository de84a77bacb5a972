"""The messages of a request that must be in Slack once: where each stands, goes, and what it says.

One more kind is a member of `Kind`, a field of the request, and a line in each function here.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from bot.domain.message import Message, MessageState
from bot.domain.money import NO_PRICES, PriceList, models_to_price
from bot.domain.policy import Policy
from bot.domain.request import Request, RequestState
from bot.domain.request_steps import NoteKind
from bot.views.approval import approval_question, closed, closed_reply
from bot.views.channel import announcement, blind_note, slow_note
from bot.views.receipt import billed, reply


class Kind(StrEnum):
    """What stands in a post's metadata, so that it can be found again."""

    ANNOUNCEMENT = "announcement"
    REPLY = "reply"
    BLIND_NOTE = NoteKind.BLIND
    SLOW_NOTE = NoteKind.SLOW


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a post goes: a channel and perhaps a thread, else the person's direct messages."""

    channel: str
    user_id: str
    thread_ts: str | None = None


def destination_of(request: Request, kind: Kind) -> Destination:
    """Return where a message goes: all but the announcement into its thread.

    Where the announcement stands in the thread of another message, they follow it there: a reply
    can't be the parent of a thread.
    """
    if kind is Kind.ANNOUNCEMENT:
        return Destination(request.channel_id, request.user_id, request.thread_ts)
    own = request.announcement
    thread = own.ts if request.parent_ts is None else request.parent_ts
    return Destination(own.channel or request.user_id, request.user_id, thread)


def state_of(request: Request, kind: Kind) -> MessageState:
    """Return how far a message has come."""
    match kind:
        case Kind.ANNOUNCEMENT:
            return request.announcement
        case Kind.REPLY:
            return request.reply
        case Kind.BLIND_NOTE:
            return request.blind_note or MessageState()
        case Kind.SLOW_NOTE:
            return request.slow_note or MessageState()
        case unknown:
            assert_never(unknown)


def with_state(request: Request, kind: Kind, state: MessageState) -> Request:
    """Return the request with what is known of a message."""
    match kind:
        case Kind.ANNOUNCEMENT:
            return replace(request, announcement=state)
        case Kind.REPLY:
            return replace(request, reply=state)
        case Kind.BLIND_NOTE:
            return replace(request, blind_note=state)
        case Kind.SLOW_NOTE:
            return replace(request, slow_note=state)
        case unknown:
            assert_never(unknown)


def models_of(request: Request, kind: Kind) -> frozenset[str | None]:
    """Return the models whose prices a message needs: few tell of money."""
    if kind is Kind.ANNOUNCEMENT and request.state is RequestState.NEEDS_APPROVAL:
        return models_to_price(target.batch for target in request.open_targets)
    is_receipt = kind is Kind.REPLY and request.state is not RequestState.CLOSING
    return models_to_price(billed(request)) if is_receipt else frozenset()


def message_of(
    request: Request, kind: Kind, policy: Policy, prices: PriceList = NO_PRICES
) -> Message:
    """Return what a message says now.

    Where a second person must agree, the announcement asks for that first; the reply says why
    nothing was cancelled where the request is closing.
    """
    is_closing = request.state is RequestState.CLOSING
    match kind:
        case Kind.ANNOUNCEMENT if request.state is RequestState.NEEDS_APPROVAL:
            return approval_question(request, policy, prices)
        case Kind.ANNOUNCEMENT:
            return closed(request) if is_closing else announcement(request)
        case Kind.REPLY:
            return closed_reply(request) if is_closing else reply(request, prices)
        case Kind.BLIND_NOTE:
            return blind_note(request)
        case Kind.SLOW_NOTE:
            return slow_note(request)
        case unknown:
            assert_never(unknown)
