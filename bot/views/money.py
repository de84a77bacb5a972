"""What people read about money: rounded, and never without the word that it is an estimate."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from bot.domain.batch import Batch
from bot.domain.money import Estimate, PriceList, estimate_all
from bot.views.words import batches, sentence

_CENT, _TO_THE_CENT = Decimal("0.01"), Decimal("99.995")
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)


def what_it_would_save(asked: Sequence[Batch | None], prices: PriceList) -> str | None:
    """Return what is spent so far and what a cancellation now would save, None where unknown."""
    return _told(estimate_all(asked, prices), "not spent yet", "used so far")


def what_it_cost(ended: Sequence[Batch | None], prices: PriceList) -> str | None:
    """Return what was spent and what was not, None where that is unknown."""
    return _told(estimate_all(ended, prices), "not spent", "used")


def _told(cost: Estimate | None, not_spent: str, used: str) -> str | None:
    if cost is None:
        return None
    rest = f", {amount(cost.unspent)} {not_spent}" if cost.unspent else ""
    told = f"{amount(cost.spent)} spent{rest}: an estimate from the tokens {used}{_of(cost)}"
    return sentence(told)


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
