"""Which gesture goes to which listener: the one place where they are registered."""

import re

from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp

from bot.listeners.command import cancel_batch
from bot.listeners.confirm import confirm_cancellation
from bot.listeners.decline import keep_running
from bot.listeners.desk import Desk, log
from bot.listeners.stray import stray_click
from bot.views.confirmation import CONFIRM_ACTION, DECLINE_ACTION
from bot.views.words import COMMAND


def register(app: AsyncApp, desk: Desk) -> None:
    """Register every listener, the one for stray clicks last."""
    app.command(COMMAND)(cancel_batch(desk))
    app.action(CONFIRM_ACTION)(confirm_cancellation(desk))
    app.action(DECLINE_ACTION)(keep_running(desk))
    app.action(re.compile(".*"))(stray_click(desk))
    app.error(_after_error)


async def _after_error(error: Exception) -> BoltResponse:
    """Log what went wrong in a listener. Without this answer Bolt takes an ack back."""
    log.error("a listener failed", exc_info=error)
    return BoltResponse(status=200)
