"""Which gesture goes to which listener: the one place where they are registered."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.listeners.command import cancel_batch
from bot.listeners.confirm import confirm_cancellation
from bot.listeners.decline import keep_running
from bot.listeners.desk import Desk, log
from bot.listeners.origin import Gate
from bot.listeners.stray import (
    acknowledge_stray,
    stray_click,
    stray_command,
    stray_shortcut,
)
from bot.listeners.withdraw import withdraw_cancellation
from bot.views.confirmation import CONFIRM_ACTION, DECLINE_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from bot.views.words import COMMAND


def register(app: AsyncApp, desk: Desk, gate: Gate) -> None:
    """Register every listener behind the gate, those for what nobody knows last.

    The app must raise an error for what no listener takes.
    """
    guarded = partial(gate.guarded, desk)
    app.command(COMMAND)(guarded(cancel_batch(desk)))
    app.action(CONFIRM_ACTION)(guarded(confirm_cancellation(desk)))
    app.action(DECLINE_ACTION)(guarded(keep_running(desk)))
    app.action(WITHDRAW_ACTION)(guarded(withdraw_cancellation(desk)))
    app.command(re.compile(".*"))(guarded(stray_command(desk)))
    app.action(re.compile(".*"))(guarded(stray_click(desk)))
    app.shortcut(re.compile(".*"))(guarded(stray_shortcut(desk)))
    app.error(_after_error(desk))


def _after_error(desk: Desk) -> Callable[..., Awaitable[BoltResponse]]:
    """Return what acknowledges a request that no listener took, or that one failed at."""

    async def listener(error: Exception, request: AsyncBoltRequest) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return acknowledge_stray(desk, request.body)
        # Without an answer of ours Bolt takes an ack back.
        log.error("a listener failed", exc_info=error)
        return BoltResponse(status=200)

    return listener
