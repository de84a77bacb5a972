"""What the bot has done: single cancellations, and where the messages about them stand."""

from dataclasses import dataclass

from bot.domain.cancellation import Cancellation
from bot.domain.message import MessageState

MOST_UNDER_WAY = 20
"""How many of what is being cancelled one answer lists."""

MOST_WAITING = 5
"""How many requests that wait for a second person one answer lists."""

MOST_LATEST = 10
"""How many of the latest cancellations one answer lists."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One cancellation, and the announcement of its request, which stands in that thread."""

    cancellation: Cancellation
    announcement: MessageState
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """Some cancellations, the newest confirmation first.

    `more` counts those of the same kind that are not among them, `unreadable` those that this
    version can't read.
    """

    shown: tuple[Entry, ...] = ()
    more: int = 0
    unreadable: int = 0
