"""Somebody presses Tell me too: they are mentioned in the reply to what somebody else cancels."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.domain.answer import Answer
from bot.domain.clicked import Click, NotMoved
from bot.domain.clicks import why_not_follow
from bot.domain.follow import FollowClick, Followed
from bot.domain.policy import Role
from bot.domain.request import Request, RequestState
from bot.links import announcement_for
from bot.listeners.click import answer_to, log_click, on_click
from bot.listeners.handler import Handler, log
from bot.people import read_in_time
from bot.views.follow import following

_CHECK_WITHIN = 0.3
"""Seconds in which Slack has to tell who they are: the click is stored before its ack."""


def tell_me_too(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the id of the person's own request."""
    return on_click(handler, _handle, "follow")


async def _handle(handler: Handler, click: Click) -> str:
    # They could cancel when they asked. Nothing is cancelled by a click here, so that what is known
    # will do; whoever can't be checked may not.
    slack, policy = handler.slack, handler.policy
    person = await read_in_time(slack, policy, click.user, Role.ASKER, _CHECK_WITHIN)

    def refuse(request: Request | None) -> NotMoved | None:
        return why_not_follow(click, policy, person, request)

    reply = partial(_reply, handler, click)
    clicked = await handler.follows.follow(click.value, refuse, reply, click)
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
