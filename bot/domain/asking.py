"""What becomes of a command that asks about a batch, and of a click on its question."""

from dataclasses import dataclass
from enum import StrEnum, auto

from bot.domain.cancellation import Cancellation


@dataclass(frozen=True, slots=True)
class Asked:
    """A new question is stored."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """This request was stored or answered before; it gets no second answer."""


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The person has an open question about the batch in this channel: `row`."""

    row: Cancellation


@dataclass(frozen=True, slots=True)
class TooManyOpen:
    """The person has as many open questions as they may; one is over `until` (seconds)."""

    until: float


Asking = Asked | Replayed | AskedBefore | TooManyOpen


class Moved(StrEnum):
    """What became of a move by a person's click."""

    MOVED = auto()
    """The row is as it is to be, and the answer is stored with it."""

    TOO_LATE = auto()
    """Something else moved the row before: nothing was changed."""

    TAKEN = auto()
    """Another cancellation of the batch is live: nothing was changed."""
