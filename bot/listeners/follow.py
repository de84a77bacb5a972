"""Somebody presses Tell me too: they are mentioned in the reply to what somebody else cancels."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bot.domain.answer import Answer
from bot.domain.clicks import Click, Denied, NotMoved, why_not_follow
from bot.domain.follow import FollowClick, Followed
from bot.domain.permissions import Denial
from bot.domain.request import Request, RequestState
from bot.errors import SlackError
from bot.groups import is_member
from bot.links import announcement_for
from bot.listeners.click import answer_to, log_click, on_click
from bot.listeners.handler import Handler, log
from bot.views.follow import following

_CHECK_WITHIN = 0.3
"""Seconds in which Slack has to tell who is in the groups: the click is stored before its ack."""


def tell_me_too(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the id of the person's own request."""
    return on_click(handler, _handle, "follow")


async def _handle(handler: Handler, click: Click) -> str:
    denial = await _denial_by_groups(handler, click)

    def refuse(request: Request | None) -> NotMoved | None:
        no = why_not_follow(click, handler.permissions, request)
        return no if no is not None or denial is None else Denied(denial, click.channel)

    reply = partial(_reply, handler, click)
    clicked = await handler.follows.follow(click.value, refuse, reply, click.key)
    if clicked is None:
        return "replayed"
    if not isinstance(clicked, Followed):
        log_click(handler, click, clicked)
        return clicked.word
    log.info(
        "a person wants to be told of an end",
        request_id=clicked.request.id,
        outcome=clicked.word,
        user_id=click.user,
        others=sorted({wish.live.request.id for wish in clicked.wishes}),
    )
    return clicked.word


async def _denial_by_groups(handler: Handler, click: Click) -> Denial | None:
    """Return why the person may not, as far as the allowed groups tell: whoever is unknown may not.

    They were in one when they asked. Nothing is cancelled by a click here, so that members who are
    known will do. Slack's answer that comes too late helps the next click.
    """
    if not handler.permissions.depends_on_groups(click.user):
        return None
    try:
        async with asyncio.timeout(_CHECK_WITHIN):
            may = await is_member(handler.slack, handler.permissions, click.user, fresh=False)
    except (SlackError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        log.warning("the members of a user group could not be read", error=why)
        return Denial.UNCHECKED
    return None if may else Denial.PERSON


def _reply(handler: Handler, click: Click, clicked: FollowClick) -> Answer:
    """Return the answer; it leaves a question's buttons where they are."""
    if not isinstance(clicked, Followed):
        return answer_to(handler, click, clicked)
    links = [
        announcement_for(handler.slack, wish.live.request, click.user) for wish in clicked.wishes
    ]
    message = following(clicked, links)
    is_open = clicked.request.state in {RequestState.ASKED, RequestState.CONFIRMED}
    return Answer(click.url, click.user, message, replace=not is_open, fallback=message)
