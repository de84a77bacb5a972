"""What people read about the undo window."""

from dataclasses import replace

import pytest

from bot.domain.batch import Counts
from bot.domain.money import NO_PRICES
from bot.domain.policy import Policy
from bot.views.confirmation import confirmation, question_again
from tests.rows import ASKED_AT, BATCH, request_in, several_in

TEN = Policy(undo=10.0)
LARGE = replace(BATCH, counts=Counts(90_000, 0, 0))
FINAL = "This cannot be undone."


def test_the_question_says_how_long_it_can_be_undone() -> None:
    """Whoever confirms knows before that there is a window, and how long it is."""
    shown = confirmation(request_in("asked"), ASKED_AT, policy=TEN)
    said = "After Cancel batch you have 10 s to undo it; then it cannot be undone."
    assert said in shown.text
    assert FINAL not in shown.text
    both = confirmation(several_in("asked"), ASKED_AT, policy=replace(TEN, undo=90.0))
    assert "After Cancel 3 batches you have 1 min 30 s to undo it" in both.text


@pytest.mark.parametrize("kind", [{}, {"asked_again": 1}, {"after_change": True}])
def test_every_question_says_so(kind: dict[str, object]) -> None:
    """Also the same one once more, and those that are asked again, here and directly."""
    request = replace(request_in("asked"), **kind)  # type: ignore[arg-type]
    for shown in question_again(request, ASKED_AT, NO_PRICES, TEN):
        assert "you have 10 s to undo it" in shown.text


@pytest.mark.parametrize(
    ("policy", "batch"), [(Policy(), BATCH), (replace(TEN, approval_over=10_000), LARGE)]
)
def test_no_window_is_promised_where_none_is(policy: Policy, batch: object) -> None:
    """Without the setting, and where the second person's word is the last one."""
    shown = confirmation(request_in("asked", batch=batch), ASKED_AT, policy=policy)
    assert FINAL in shown.text
    assert "to undo" not in shown.text
