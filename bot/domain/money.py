"""What a batch has cost, and what it would have cost to the end: estimated from its tokens.

Amounts are US dollars as decimals, prices are for a million tokens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from bot.domain.batch import Batch

_A_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost in a batch. None: what is put out, or cached, has no own price.

    Cached tokens then cost what other input does; output that has no price makes a cost unknown.
    """

    input: Decimal
    output: Decimal | None
    cached: Decimal | None = None


PriceList = Mapping[str | None, Price]
"""Prices by the name of the model, as a batch has it: None where the batch names none."""

NO_PRICES: PriceList = MappingProxyType({})
"""Nothing is known, so nothing is said."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how much is spent, and how much is not: what the requests not run would have cost.

    Both are sums over `known` of `asked` batches.
    """

    spent: Decimal
    unspent: Decimal
    known: int = 1
    asked: int = 1


def estimate(batch: Batch, price: Price) -> Estimate | None:
    """Return what a batch costs at that price, None where its numbers do not tell.

    A request that did not run is taken to cost what a completed one did on average. A cost of
    nothing is no news: whoever has a price of zero wants to hear of no money.
    """
    counts, spent = batch.counts, _spent(batch, price)
    if counts is None or not counts.completed or not spent:
        return None
    return Estimate(spent, spent * counts.not_run / counts.completed)


def _spent(batch: Batch, price: Price) -> Decimal | None:
    usage = batch.usage
    if usage is None or (price.output is None and usage.output_tokens):
        return None
    cached = price.input if price.cached is None else price.cached
    plain = usage.input_tokens - usage.cached_tokens
    total = plain * price.input + usage.cached_tokens * cached
    return (total + usage.output_tokens * (price.output or 0)) / _A_MILLION


def estimate_all(batches: Sequence[Batch | None], prices: PriceList) -> Estimate | None:
    """Return the sum over those of which it is known, None where that is none of them."""
    known = [e for e in (_of_list(batch, prices) for batch in batches) if e is not None]
    if not known:
        return None
    spent = sum((each.spent for each in known), Decimal())
    unspent = sum((each.unspent for each in known), Decimal())
    return Estimate(spent, unspent, len(known), len(batches))


def _of_list(batch: Batch | None, prices: PriceList) -> Estimate | None:
    price = None if batch is None else prices.get(batch.model)
    return None if batch is None or price is None else estimate(batch, price)


def models_to_price(batches: Iterable[Batch | None]) -> frozenset[str | None]:
    """Return the models of those batches whose cost a price would tell."""
    return frozenset(
        batch.model
        for batch in batches
        if batch is not None
        and batch.usage is not None
        and batch.counts is not None
        and batch.counts.completed
    )
