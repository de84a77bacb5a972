"""A second person presses Decline: what somebody asked for is not carried out."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.domain.approval import disapprove
from bot.domain.clicked import Click
from bot.listeners.click import on_click
from bot.listeners.deciding import approver_of, decide_approval, known_to
from bot.listeners.handler import Handler


def decline_approval(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the request's id and its round."""
    return on_click(handler, _handle, "decline_approval")


async def _handle(handler: Handler, click: Click) -> str:
    person = await approver_of(handler, click)
    decide = disapprove(click, handler.policy, partial(known_to, handler), person)
    return await decide_approval(handler, click, decide)
