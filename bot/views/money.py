"""What people read about money: rounded, and never without the word that it is an estimate."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from bot.domain.batch import Batch
from bot.domain.money import Estimate, PriceList, estimate_all
from bot.views.words import batches

_CENT, _TO_THE_CENT = Decimal("0.01"), Decimal("99.995")
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)


def what_it_would_save(asked: Sequence[Batch | None], prices: PriceList) -> str | None:
    """Return what is spent so far and what a cancellation now would save, None where unknown."""
    cost = estimate_all(asked, prices)
    if cost is None:
        return None
    saved = f"; cancelling now would save {amount(cost.unspent)}" if cost.unspent else ""
    return f"Estimated from the tokens used so far{_of(cost)}: {amount(cost.spent)} spent{saved}."


def what_it_cost(ended: Sequence[Batch | None], prices: PriceList) -> str | None:
    """Return what was spent and what was not, None where that is unknown."""
    cost = estimate_all(ended, prices)
    if cost is None:
        return None
    unspent = f", {amount(cost.unspent)} not spent" if cost.unspent else ""
    return f"Estimated from the tokens used{_of(cost)}: {amount(cost.spent)} spent{unspent}."


def _of(cost: Estimate) -> str:
    """Return for how many batches it is known, where it isn't for all."""
    return "" if cost.known == cost.asked else f" ({cost.known} of {batches(cost.asked)})"


def amount(dollars: Decimal) -> str:
    """Return an amount as an estimate has it: to the cent, and in three digits from $100 on."""
    if dollars < _CENT:
        return "less than $0.01"
    if dollars < _TO_THE_CENT:
        return f"about ${dollars.quantize(_CENT, rounding=ROUND_HALF_UP)}"
    return f"about ${_THREE_DIGITS.plus(dollars):,.0f}"
