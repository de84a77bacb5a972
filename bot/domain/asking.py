"""What becomes of a command that asks about a batch, before anybody looks at the batch."""

from dataclasses import dataclass

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
