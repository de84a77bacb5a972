"""One line of `check`: what was tried, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import BotError
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Doubt:
    """What works now, and may be wrong all the same; the text says what to do."""

    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """Something to be tried. `attempt` raises BotError, whose text says how to mend it.

    It is left out where the one named by `after` has failed: it would fail for the same reason.
    """

    name: str
    attempt: Callable[[Settings], Awaitable[str | Doubt]]
    after: str = ""


async def outcome_of(check: Check, settings: Settings, failed: set[str]) -> str:
    """Try it, and return its line without the name; its name is added to `failed` if it fails."""
    if check.after in failed:
        return f"not tried: mend {check.after} first"
    try:
        found = await check.attempt(settings)
    except BotError as error:
        failed.add(check.name)
        return f"failed: {error}"
    return f"warning: {found.text}" if isinstance(found, Doubt) else f"ok: {found}"
