"""Bring the announcement up to date, where it would say something new."""

from bot.domain.request import Request
from bot.domain.schedule import LONGEST_RETRY
from bot.steps.decision import Decision, Tools
from bot.steps.updating import update_once


async def refresh(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message as it is now; if that fails, a minute later."""
    done = await update_once(tools, request)
    if done.error is None:
        return Decision(done.request, None)
    return Decision(done.request, max(LONGEST_RETRY, done.error.retry_after or 0.0))
