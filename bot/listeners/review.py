"""Somebody presses Review: what they chose from the list is looked up, and asked about."""

from collections.abc import Awaitable, Callable

from bot.domain.clicked import Click
from bot.domain.clicks import review
from bot.domain.request import Request
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Ack, Handler, Payload
from bot.people import as_known
from bot.views.picker import reviewing


def review_batches(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the list's token."""
    return on_click(handler, _handle, "review")


async def choose_batches(ack: Ack, body: Payload) -> None:
    """Acknowledge a choice in the menu: nothing comes of it before Review."""
    del body
    await ack()


async def _handle(handler: Handler, click: Click) -> str:
    decide = review(click, handler.policy, as_known(handler.slack, handler.policy, click.user))
    return await carry_out(handler, click, handler.requests.click_on_token, decide, _reviewed)


def _reviewed(request: Request) -> Effect:
    return Effect(reviewing(request), "reviewed", more_comes=True)
