"""Close a question that nobody answered in time."""

from dataclasses import replace

from bot.domain.cancellation import Cancellation, State
from bot.steps.decision import Decision, Tools


async def expire(_tools: Tools, row: Cancellation) -> Decision:
    """Return the row as expired. Whoever clicks later reads that it is too late."""
    if row.expires_at is not None and row.now < row.expires_at:
        return Decision(row, row.expires_at - row.now)
    return Decision(replace(row, state=State.EXPIRED))
