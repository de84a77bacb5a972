"""Somebody presses Keep running."""

from collections.abc import Awaitable, Callable

from bot.domain.clicked import Click
from bot.domain.clicks import decline
from bot.domain.request import Request
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Handler
from bot.people import as_known
from bot.views.unsent import kept_running


def keep_running(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the question's token."""
    return on_click(handler, _handle, "decline")


async def _handle(handler: Handler, click: Click) -> str:
    decide = decline(click, handler.policy, as_known(handler.slack, handler.policy, click.user))
    return await carry_out(handler, click, handler.requests.click_on_token, decide, _declined)


def _declined(request: Request) -> Effect:
    return Effect(kept_running(request), "declined")
