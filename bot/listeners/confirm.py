"""Somebody presses Cancel batch: the only interaction that lets anything be cancelled."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from bot.domain.clicked import Click
from bot.domain.clicks import confirm
from bot.domain.policy import Policy
from bot.domain.request import Request, RequestState
from bot.domain.undo import has_window
from bot.listeners.click import Effect, carry_out, on_click
from bot.listeners.handler import Handler
from bot.people import as_known
from bot.views.approval_answers import waits_for_approval
from bot.views.private import asking_respan
from bot.views.undo import in_window


def confirm_cancellation(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the button; its value is the question's token."""
    return on_click(handler, _handle, "confirm")


async def _handle(handler: Handler, click: Click) -> str:
    person = as_known(handler.slack, handler.policy, click.user)
    decide = confirm(click, handler.policy, person, lambda: uuid4().hex)
    moved = partial(_confirmed, handler.policy)
    return await carry_out(handler, click, handler.requests.click_on_token, decide, moved)


def _confirmed(policy: Policy, request: Request) -> Effect:
    if request.state is RequestState.NEEDS_APPROVAL:
        waiting = waits_for_approval(request, policy, None)
        return Effect(waiting, "sent_for_approval", more_comes=True)
    if has_window(request):
        # Nothing else offers Undo: it must reach the person, if only as a direct message.
        return Effect(in_window(request), "confirmed")
    return Effect(asking_respan(request), "confirmed", more_comes=True)
