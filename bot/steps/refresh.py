"""Bring the announcement up to date, where it would say something new."""

from bot.domain.approval import may_have_buttons
from bot.domain.request import Request
from bot.domain.schedule import LONGEST_RETRY
from bot.steps.decision import Decision, Tools
from bot.steps.updating import update_once

_BUTTONS_GO = 5.0
"""Seconds after which the buttons of what is approved are tried to be taken off once more."""


async def refresh(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message as it is now; if that fails, a minute later.

    Buttons that count no more are not left there for so long.
    """
    done = await update_once(tools, request)
    if done.error is None:
        return Decision(done.request, None)
    wait = _BUTTONS_GO if may_have_buttons(request) else LONGEST_RETRY
    return Decision(done.request, max(wait, done.error.retry_after or 0.0))
