"""What counts as waiting."""

from bot.domain.backlog import OPEN_CANCELLATIONS, OPEN_REQUESTS


def test_what_is_not_over_waits() -> None:
    """A list, a look, a question, a confirmed request; a cancellation, sent or not."""
    assert OPEN_REQUESTS == (
        "picking",
        "looking",
        "asked",
        "needs_approval",
        "confirmed",
        "closing",
    )
    assert OPEN_CANCELLATIONS == ("confirmed", "cancelling")
