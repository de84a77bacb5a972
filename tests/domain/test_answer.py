"""Private answers."""

from bot.domain.answer import Answer
from bot.domain.message import Message


def test_an_answer_stands_beside_what_was_clicked() -> None:
    """Nothing is replaced and nothing is sent instead, unless it is said."""
    answer = Answer("https://slack.test/actions/1", "U0ANA", Message("hello"))
    assert (answer.replace, answer.fallback, answer.late) == (False, None, None)
