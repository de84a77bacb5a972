"""Which interaction goes to which listener: the one place where they are registered."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.listeners.approve import approve_cancellation
from bot.listeners.cancel_now import cancel_now
from bot.listeners.command import cancel_batch
from bot.listeners.confirm import confirm_cancellation
from bot.listeners.decline import keep_running
from bot.listeners.disapprove import decline_approval
from bot.listeners.follow import tell_me_too
from bot.listeners.handler import Handler, log
from bot.listeners.origin import Gate
from bot.listeners.review import choose_batches, review_batches
from bot.listeners.shortcut import SHORTCUT, cancel_batch_of_message
from bot.listeners.undo import undo_cancellation
from bot.listeners.unknown import (
    acknowledge_unknown,
    unknown_click_listener,
    unknown_command_listener,
    unknown_shortcut_listener,
)
from bot.listeners.withdraw import withdraw_cancellation
from bot.views.approval import APPROVE_ACTION, DISAPPROVE_ACTION
from bot.views.confirmation import CONFIRM_ACTION, DECLINE_ACTION
from bot.views.follow import TELL_ACTION
from bot.views.picker import PICK_ACTION, REVIEW_ACTION
from bot.views.undo import NOW_ACTION, UNDO_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from bot.views.words import COMMAND


def register(app: AsyncApp, handler: Handler, gate: Gate) -> None:
    """Register every listener behind the gate, those for what nobody knows last.

    The app must raise an error for what no listener takes.
    """
    guarded = partial(gate.guarded, handler)
    app.command(COMMAND)(guarded(cancel_batch(handler)))
    app.action(CONFIRM_ACTION)(guarded(confirm_cancellation(handler)))
    app.action(DECLINE_ACTION)(guarded(keep_running(handler)))
    app.action(REVIEW_ACTION)(guarded(review_batches(handler)))
    app.action(PICK_ACTION)(choose_batches)
    app.action(WITHDRAW_ACTION)(guarded(withdraw_cancellation(handler)))
    app.action(APPROVE_ACTION)(guarded(approve_cancellation(handler)))
    app.action(DISAPPROVE_ACTION)(guarded(decline_approval(handler)))
    app.action(UNDO_ACTION)(guarded(undo_cancellation(handler)))
    app.action(NOW_ACTION)(guarded(cancel_now(handler)))
    app.message_shortcut(SHORTCUT)(guarded(cancel_batch_of_message(handler)))
    app.action(TELL_ACTION)(guarded(tell_me_too(handler)))
    app.command(re.compile(".*"))(guarded(unknown_command_listener(handler)))
    app.action(re.compile(".*"))(guarded(unknown_click_listener(handler)))
    app.shortcut(re.compile(".*"))(guarded(unknown_shortcut_listener(handler)))
    app.error(_after_error(handler))


def _after_error(handler: Handler) -> Callable[..., Awaitable[BoltResponse]]:
    """Return what acknowledges a request that no listener took, or that one failed at."""

    async def listener(error: Exception, request: AsyncBoltRequest) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return acknowledge_unknown(handler, request.body)
        # Without an answer of ours Bolt takes an ack back.
        log.error("a listener failed", exc_info=error)
        return BoltResponse(status=200)

    return listener
