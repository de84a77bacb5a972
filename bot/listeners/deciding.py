"""What Approve and Decline have in common: who clicks is read, and is answered privately."""

from functools import partial
from typing import assert_never

from bot.domain.answer import Answer
from bot.domain.approval import id_in
from bot.domain.clicked import (
    AlreadyHandled,
    AlreadySent,
    BadChoice,
    Click,
    ClickDenied,
    Clicked,
    Decide,
    Moved,
    Taken,
    TooLate,
    Unknown,
    WrongPerson,
    WrongPlace,
)
from bot.domain.message import Message
from bot.domain.person import Person
from bot.domain.policy import Role
from bot.domain.request import Request, RequestState
from bot.links import announcement_for
from bot.listeners.click import log_click
from bot.listeners.handler import Handler
from bot.people import as_known, read_in_time
from bot.views.approval_answers import (
    approval_over,
    decided_before,
    decision_counts,
    elsewhere,
    may_not_approve,
    sent_by_approval,
    taken_by_others,
    unknown_approval,
)

_CHECK_WITHIN = 0.3
"""Seconds in which Slack has to tell who they are: the click is stored before its ack."""


async def approver_of(handler: Handler, click: Click) -> Person:
    """Return who clicks as Slack has them: whoever can't be checked in time may not agree."""
    slack, policy = handler.slack, handler.policy
    return await read_in_time(slack, policy, click.user, Role.APPROVER, _CHECK_WITHIN)


def known_to(handler: Handler, user_id: str) -> Person:
    """Return who asked as far as is known: they are read anew before anything is sent."""
    return as_known(handler.slack, handler.policy, user_id)


async def decide_approval(handler: Handler, click: Click, decide: Decide) -> str:
    """Carry the click out; return what became of it, in a word."""
    clicked = await handler.requests.click_on_id(
        id_in(click.value),
        decide,
        partial(_reply, click),
        click,
        also=partial(_to_who_asked, handler),
    )
    if clicked is None:
        return "replayed"
    log_click(handler, click, clicked)
    return _word(clicked.request) if isinstance(clicked, Moved) else clicked.word


def _word(request: Request) -> str:
    """Return the word for a click that counts: how the request ends, or that it goes on."""
    return "approved" if request.state is RequestState.CONFIRMED else str(request.ends_as)


def _reply(click: Click, clicked: Clicked) -> Answer:
    """Return the answer to who clicked: it never takes the place of what all others see."""
    message = _words(clicked)
    return Answer(click.url, click.user, message, replace=False, fallback=message)


def _words(clicked: Clicked) -> Message:  # noqa: PLR0911 - one line for each
    match clicked:
        case Moved(request):
            return decision_counts(request)
        case Taken(request):
            return taken_by_others(request)
        case TooLate(request):
            return approval_over(request)
        case WrongPlace():
            return elsewhere()
        case AlreadyHandled(request) | AlreadySent(request):
            return decided_before(request)
        case ClickDenied(why):
            return may_not_approve(why)
        case Unknown() | WrongPerson() | BadChoice():
            return unknown_approval()
        case unknown:
            assert_never(unknown)


def _to_who_asked(handler: Handler, clicked: Clicked) -> Answer | None:
    """Return where to follow what somebody has agreed to; what is closed is told by its step."""
    if not isinstance(clicked, Moved) or clicked.request.state is not RequestState.CONFIRMED:
        return None
    request = clicked.request
    link = announcement_for(handler.slack, request, request.user_id)
    message = sent_by_approval(request, link)
    return Answer(request.click_url or "", request.user_id, message, replace=True)
