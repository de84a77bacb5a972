"""A second person presses Approve: what somebody asked for is carried out."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from bot.domain.approval import approve
from bot.domain.clicked import Click
from bot.listeners.click import on_click
from bot.listeners.deciding import approver_of, decide_approval, known_to
from bot.listeners.handler import Handler


def approve_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the request's id and its round."""
    return on_click(handler, _handle, "approve")


async def _handle(handler: Handler, click: Click) -> str:
    person = await approver_of(handler, click)
    known = partial(known_to, handler)
    decide = approve(click, handler.policy, known, person, lambda: uuid4().hex)
    return await decide_approval(handler, click, decide)
