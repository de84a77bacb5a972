"""What counts as waiting."""

from bot.domain.backlog import OPEN_CANCELLATIONS, OPEN_REQUESTS


def test_what_is_not_over_waits() -> None:
    """A question and a confirmed request; a cancellation to be sent, and a watched one."""
    assert OPEN_REQUESTS == ("asked", "confirmed")
    assert OPEN_CANCELLATIONS == ("confirmed", "cancelling")
