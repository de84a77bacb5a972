"""Whoever asks the same again reads the same question, whichever it was."""

from typing import Any

import pytest

from bot.domain.money import NO_PRICES
from bot.views.confirmation import (
    asked_after_change,
    asked_again,
    confirmation,
    direct_confirmation,
    question_again,
)
from tests.rows import ASKED_AT, request_in


@pytest.mark.parametrize(
    ("changes", "there", "directly"),
    [
        ({}, confirmation, direct_confirmation),
        ({"asked_again": 1}, asked_again, asked_again),
        ({"after_change": True}, asked_after_change, asked_after_change),
    ],
)
def test_the_same_words(changes: dict[str, Any], there: Any, directly: Any) -> None:
    """The first question, one about what could not be sent, one about what has changed."""
    request = request_in("asked", **changes)
    expected = (there(request, ASKED_AT), directly(request, ASKED_AT))
    assert question_again(request, ASKED_AT, NO_PRICES) == expected
