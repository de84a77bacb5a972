"""Messages as data."""

from bot.domain.message import Message


def test_a_text_alone_is_a_message() -> None:
    """A message needs no blocks, and its list of them is its own."""
    first, second = Message("hello"), Message("hello")
    assert first.blocks == []
    assert first.blocks is not second.blocks
