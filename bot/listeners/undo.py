"""Somebody presses Undo: what they confirmed is not sent, unless Respan was asked already."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.domain.clicked import Click
from bot.domain.request import Request
from bot.domain.undo import undo
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Handler
from bot.views.follow import ended_without_reply
from bot.views.undo import undone


def undo_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the request's id."""
    return on_click(handler, _handle, "undo")


async def _handle(handler: Handler, click: Click) -> str:
    store = partial(handler.requests.click_on_id, to_followers=ended_without_reply)
    return await carry_out(handler, click, store, undo(click), _undone)


def _undone(request: Request) -> Effect:
    return Effect(undone(request), "undone")
