"""Amounts are rounded as an estimate is, and an estimate is called one."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Counts
from bot.domain.money import NO_PRICES
from bot.views.money import amount, what_it_cost, what_it_would_save
from tests.rows import BATCH, PRICES, SPENT


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        ("0", "less than $0.01"),
        ("0.0099999", "less than $0.01"),
        ("0.01", "about $0.01"),
        ("0.015", "about $0.02"),
        ("1.825", "about $1.83"),
        ("6.1", "about $6.10"),
        ("61", "about $61.00"),
        ("99.994", "about $99.99"),
        ("99.995", "about $100"),
        ("123.456", "about $123"),
        ("999.4", "about $999"),
        ("999.5", "about $1,000"),
        ("1235", "about $1,240"),
        ("1244.99", "about $1,240"),
        ("123456", "about $123,000"),
        ("1234567", "about $1,230,000"),
        ("3E+30", "about $3,000,000,000,000,000,000,000,000,000,000"),
    ],
)
def test_amounts(dollars: str, said: str) -> None:
    """To the cent below $100, in three digits from there on, with the thousands apart."""
    assert amount(Decimal(dollars)) == said


@given(st.decimals(Decimal("0.01"), Decimal(10) ** 30, allow_nan=False))
def test_no_amount_is_far_from_it(dollars: Decimal) -> None:
    """What is said differs from what was reckoned by half a cent or half a percent at most."""
    said = Decimal(amount(dollars).removeprefix("about $").replace(",", ""))
    assert abs(said - dollars) <= max(Decimal("0.005"), dollars / 200)


def test_the_question_and_the_receipt() -> None:
    """The same numbers: before, what stopping would save; afterwards, what was not spent."""
    assert what_it_would_save([SPENT], PRICES) == (
        "About $1.83 spent, about $6.05 not spent yet: an estimate from the tokens used so far."
    )
    assert what_it_cost([SPENT], PRICES) == (
        "About $1.83 spent, about $6.05 not spent: an estimate from the tokens used."
    )


def test_when_nothing_is_left() -> None:
    """Where all requests have run, there is no second number."""
    over = replace(SPENT, counts=Counts(total=24, completed=23, failed=1))
    assert what_it_would_save([over], PRICES) == (
        "About $1.83 spent: an estimate from the tokens used so far."
    )
    assert what_it_cost([over], PRICES) == "About $1.83 spent: an estimate from the tokens used."


def test_some_of_several() -> None:
    """It is said for how many the sum is."""
    assert what_it_cost([SPENT, BATCH, SPENT], PRICES) == (
        "About $3.66 spent, about $12.09 not spent: an estimate from the tokens used (2 of 3"
        " batches)."
    )


def test_what_is_not_known() -> None:
    """Then nothing is said."""
    for batches, prices in (([SPENT], NO_PRICES), ([BATCH, None], PRICES), ([], PRICES)):
        assert what_it_would_save(batches, prices) is None
        assert what_it_cost(batches, prices) is None
