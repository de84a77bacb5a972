"""What a batch costs: reckoned in decimals, and unknown where a number is missing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Batch, Counts, Usage
from bot.domain.money import (
    NO_PRICES,
    Estimate,
    Price,
    estimate,
    estimate_all,
    models_to_price,
)
from tests.rows import BATCH

D = Decimal
USED = Usage(input_tokens=2_000_000, cached_tokens=500_000, output_tokens=300_000)
RAN = replace(BATCH, counts=Counts(total=100, completed=20, failed=10), usage=USED)
PRICE = Price(D("0.075"), D("0.3"), D("0.0375"))
COST = D("0.22125")  # 1.5 * 0.075 + 0.5 * 0.0375 + 0.3 * 0.3

counts = st.integers(0, 10**12 - 1)
rates = st.decimals(0, 1_000_000, places=4)


def test_an_example() -> None:
    """Cached input at its own rate, and the average of the completed for each not run."""
    assert estimate(RAN, PRICE) == Estimate(COST, COST * 70 / 20, 1, 1)


def test_without_a_price_for_the_cache() -> None:
    """Cached tokens cost what all input does."""
    found = estimate(RAN, replace(PRICE, cached=None))
    assert found is not None
    assert found.spent == D("0.24")


def test_a_cache_that_costs_nothing() -> None:
    """A rate of zero is a rate."""
    found = estimate(RAN, replace(PRICE, cached=D(0)))
    assert found is not None
    assert found.spent == D("0.2025")


def test_without_output() -> None:
    """Embeddings put nothing out, and need no price for it; what does is unknown without one."""
    embedded = replace(RAN, usage=replace(USED, output_tokens=0))
    found = estimate(embedded, replace(PRICE, output=None))
    assert found is not None
    assert found.spent == D("0.13125")
    assert estimate(RAN, replace(PRICE, output=None)) is None


def test_when_all_have_run() -> None:
    """Nothing is left to be saved."""
    all_ran = replace(RAN, counts=Counts(total=30, completed=20, failed=10))
    assert estimate(all_ran, PRICE) == Estimate(COST, D(0))


@pytest.mark.parametrize(
    "batch",
    [
        replace(RAN, usage=None),
        replace(RAN, counts=None),
        replace(RAN, counts=Counts(total=100, completed=0, failed=10)),
    ],
)
def test_what_is_unknown(batch: Batch) -> None:
    """Without tokens, counts or anything completed nothing is known, and no price is asked for."""
    assert estimate(batch, PRICE) is None
    assert estimate_all([batch], {batch.model: PRICE}) is None
    assert models_to_price([batch]) == frozenset()


def test_a_price_of_nothing() -> None:
    """It says nothing of money, which is a way to want that."""
    assert estimate(RAN, Price(D(0), D(0))) is None


def test_several() -> None:
    """The sum over those that are known, and of how many that is."""
    other = replace(RAN, model="gpt-9")
    unnamed = replace(RAN, model=None)
    prices = {BATCH.model: PRICE, None: replace(PRICE, cached=None)}
    asked = [RAN, None, other, unnamed]
    spent = COST + D("0.24")
    assert estimate_all(asked, prices) == Estimate(spent, spent * 70 / 20, 2, 4)
    assert models_to_price(asked) == {BATCH.model, "gpt-9", None}


@pytest.mark.parametrize("batches", [[], [None], [RAN]])
def test_none_of_several(batches: list[Batch | None]) -> None:
    """Where no price is known, or no batch, nothing is said."""
    assert estimate_all(batches, NO_PRICES) is None


@given(counts, counts, counts, counts, counts, counts, rates, rates, rates)
def test_any_numbers(
    total: int,
    completed: int,
    failed: int,
    read: int,
    cached: int,
    written: int,
    input_rate: Decimal,
    output_rate: Decimal,
    cached_rate: Decimal,
) -> None:
    """Whatever can be read of a batch has no cost, or one that is finite and not negative."""
    usage = Usage(max(read, cached), cached, written)
    batch = Batch("b", "s", counts=Counts(total, completed, failed), usage=usage)
    found = estimate(batch, Price(input_rate, output_rate, cached_rate))
    assert found is None or (found.spent > 0 and found.unspent >= 0 and found.unspent.is_finite())
