"""Somebody presses Cancel now: they wait no longer for the end of the undo window."""

from collections.abc import Awaitable, Callable

from bot.domain.clicked import Click
from bot.domain.request import Request
from bot.domain.undo import cancel_now as at_once
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Handler
from bot.views.private import asking_respan


def cancel_now(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the request's id."""
    return on_click(handler, _handle, "cancel_now")


async def _handle(handler: Handler, click: Click) -> str:
    store = handler.requests.click_on_id
    return await carry_out(handler, click, store, at_once(click), _hurried)


def _hurried(request: Request) -> Effect:
    return Effect(asking_respan(request), "hurried", more_comes=True)
