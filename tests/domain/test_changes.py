"""When a batch has changed so much that a person is asked once more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Counts
from bot.domain.changes import has_changed
from tests.rows import BATCH


def changed(shown: Counts | None, now: Counts | None) -> bool:
    return has_changed(replace(BATCH, counts=shown), replace(BATCH, counts=now))


@pytest.mark.parametrize(
    ("shown", "now", "expected"),
    [
        ((100, 23, 1), (100, 23, 1), False),
        ((100, 23, 1), (100, 42, 1), False),
        ((100, 23, 1), (100, 43, 1), True),
        ((100, 23, 1), (100, 23, 21), True),
        ((1000, 0, 0), (1000, 199, 0), False),
        ((1000, 0, 0), (1000, 200, 0), True),
        ((3, 0, 0), (3, 1, 0), True),
        ((100, 90, 0), (100, 95, 0), False),
        ((100, 90, 0), (100, 96, 0), True),
        ((100, 90, 0), (100, 90, 6), True),
        ((100, 95, 0), (100, 96, 0), True),
        ((100, 96, 0), (100, 99, 0), False),
        ((100, 96, 0), (100, 100, 0), False),
        ((100, 80, 0), (100, 20, 0), False),
        ((100, 20, 0), (200, 60, 0), False),
        ((100, 20, 0), (200, 80, 0), True),
        ((1, 0, 0), (10**11, 10**11 // 5, 0), True),
    ],
)
def test_twenty_points_or_less_than_five_of_a_hundred_left(
    shown: tuple[int, int, int], now: tuple[int, int, int], expected: bool
) -> None:
    """Failed requests have run too; little that was left before is no news."""
    assert changed(Counts(*shown), Counts(*now)) is expected


def test_without_numbers_nothing_has_changed() -> None:
    """What is unknown is no reason to ask."""
    counts = Counts(100, 99, 0)
    assert not changed(None, counts)
    assert not changed(counts, None)
    assert not has_changed(None, BATCH)


@given(st.integers(1, 10**6), st.data())
def test_nothing_that_goes_on_slowly_asks(total: int, data: st.DataObject) -> None:
    """As long as a twentieth is left, less than a fifth more is no change."""
    before = data.draw(st.integers(0, total))
    after = data.draw(st.integers(before, total))
    fifth, left = 5 * (after - before) < total, 20 * (total - after) >= total
    if fifth and left:
        assert not changed(Counts(total, before, 0), Counts(total, after, 0))
    if not fifth:
        assert changed(Counts(total, before, 0), Counts(total, after, 0))
