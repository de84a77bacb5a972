"""What a look at a watch settled, in a word for `/metrics`."""

from enum import StrEnum

from bot.domain.cancellation import Cancellation, State


class Settled(StrEnum):
    """What a call said of one watch. `LEFT_OPEN`: nothing; it is looked at by itself."""

    ENDED = "ended"
    GOES_ON = "goes_on"
    GIVEN_UP = "given_up"
    UNREAD = "unread"
    LEFT_OPEN = "left_open"


class Kind(StrEnum):
    """How a call asked: for a page of many batches, or for a single one."""

    PAGE = "page"
    SINGLE = "single"


def settled(old: Cancellation, new: Cancellation) -> Settled:
    """Return what a look settled: the watch before and after it."""
    if new.state is State.ENDED:
        return Settled.ENDED
    if new.state is State.ABANDONED:
        return Settled.GIVEN_UP
    if new.polls > old.polls:
        return Settled.GOES_ON
    return Settled.UNREAD if new.attempts > old.attempts else Settled.LEFT_OPEN
