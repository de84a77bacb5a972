"""Close a question that nobody answered in time."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, State
from bot.steps.decision import Decision, Tools
from bot.views.unsent import not_confirmed_again


async def expire(_tools: Tools, row: Cancellation) -> Decision:
    """Return the row as expired. Whoever clicks later reads that it is too late.

    Who had confirmed before, and did not confirm again, is told: they may think that it goes on.
    """
    if row.expires_at is not None and row.now < row.expires_at:
        return Decision(row, row.expires_at - row.now)
    expired = replace(row, state=State.EXPIRED)
    if not row.asked_again:
        return Decision(expired)
    message = not_confirmed_again(expired)
    return Decision(expired, answers=(Answer("", row.user_id, message, fallback=message),))
