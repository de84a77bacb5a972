"""Somebody presses Withdraw: what they confirmed is not sent any more, unless it was already."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.domain.clicked import Click
from bot.domain.clicks import withdraw
from bot.domain.request import Request, RequestState
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Handler
from bot.views.follow import ended_without_reply
from bot.views.unsent import withdrawal


def withdraw_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the request's id."""
    return on_click(handler, _handle, "withdraw")


async def _handle(handler: Handler, click: Click) -> str:
    decide = withdraw(click)
    store = partial(handler.requests.click_on_id, to_followers=ended_without_reply)
    return await carry_out(handler, click, store, decide, _withdrawn)


def _withdrawn(request: Request) -> Effect:
    goes_on = request.state is RequestState.CONFIRMED
    return Effect(withdrawal(request), "sent" if goes_on else "withdrawn")
