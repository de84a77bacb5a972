"""What tokens cost in a batch: by a contract, or by OpenAI's list as genai-prices brings it.

The list comes with the package and is read when somebody needs it first: no request is made for
it, ever. https://github.com/pydantic/genai-prices
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog

from bot.domain.money import NO_PRICES, Price, PriceList

if TYPE_CHECKING:
    from genai_prices.types import TieredPrices

log = structlog.get_logger(__name__)

_PATIENCE = 1.0
"""Seconds that a message waits at most while the list is read, which takes 0.1 to 0.2."""

_AGAIN = 600.0
"""Seconds after which a loading that failed is tried again."""

_DEAREST = 1_000_000
"""Dollars for a million tokens: beyond it a rate is a mistake."""

_OF_TEXT = frozenset({"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok"})
"""Rates for a million tokens of text. A model with others has tokens that `usage` mixes up."""

PriceOf = Callable[[str], Price | None]
"""Returns the price of a model by its name, None where the list has none for batches."""


@dataclass(frozen=True, slots=True)
class ContractPrices:
    """The one price that was agreed on, whatever the model."""

    price: Price

    async def of(self, models: Collection[str | None]) -> PriceList:
        """Return it for each model."""
        return dict.fromkeys(models, self.price)


class ListPrices:
    """OpenAI's prices for batches. They are loaded at the first question about one."""

    def __init__(
        self, load: Callable[[], PriceOf] | None = None, patience: float = _PATIENCE
    ) -> None:
        """Load nothing yet. `load` runs in a thread, `patience` is in seconds."""
        self._load, self._patience = load or load_list, patience
        self._loading: asyncio.Future[PriceOf] | None = None
        self._began = 0.0

    async def of(self, models: Collection[str | None]) -> PriceList:
        """Return the prices that are known. Raises nothing, and takes no longer than `patience`."""
        names = [model for model in models if model is not None]
        price_of = await self._loaded() if names else None
        if price_of is None:
            return NO_PRICES
        found = [(name, _looked_up(price_of, name)) for name in names]
        return {name: price for name, price in found if price is not None}

    async def _loaded(self) -> PriceOf | None:
        """Return what knows the prices, None where it could not be loaded, or not in time.

        Whoever comes later than `patience` after the beginning waits no more.
        """
        now = asyncio.get_running_loop().time()
        if self._loading is None or (_failed(self._loading) and now - self._began > _AGAIN):
            self._loading = asyncio.ensure_future(asyncio.to_thread(self._load))
            self._loading.add_done_callback(_tell)
            self._began = now
        loading = self._loading
        await asyncio.wait({loading}, timeout=max(0.0, self._began + self._patience - now))
        return loading.result() if loading.done() and not _failed(loading) else None


def _failed(loading: asyncio.Future[PriceOf]) -> bool:
    return loading.done() and (loading.cancelled() or loading.exception() is not None)


def _tell(loading: asyncio.Future[PriceOf]) -> None:
    """Log why it could not be loaded; at the end of the process it is cancelled, which is none."""
    error = None if loading.cancelled() else loading.exception()
    if error is not None:
        log.warning("the list of prices can't be loaded; nothing is said of costs", why=repr(error))


def _looked_up(price_of: PriceOf, model: str) -> Price | None:
    """Return the price of a model, None where it is unknown, or the list is not as it should be."""
    try:
        price = price_of(model)
    except Exception:
        log.exception("a price can't be read; nothing is said of its cost", model=model)
        return None
    return price if price is None or _is_sound(price) else None


def _is_sound(price: Price) -> bool:
    rates = [r for r in (price.input, price.output, price.cached) if r is not None]
    return all(rate.is_finite() and 0 <= rate <= _DEAREST for rate in rates)


def load_list() -> PriceOf:
    """Return what knows the prices; it takes 0.1 to 0.2 s and 8 MB, so it happens when needed.

    Raises whatever the package may raise.
    """
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - see above

    def price_of(model: str) -> Price | None:
        try:
            found = calc_price(
                Usage(), model, provider_id="openai", price_context={"processing": "batch"}
            )
        except LookupError:
            return None
        variants = found.model.price_variants or ()
        if not any(variant.when.get("processing") == "batch" for variant in variants):
            return None  # else the price of other requests would be told, about twice as much
        return _price(
            {key: rate for key, rate in vars(found.model_price).items() if rate is not None}
        )

    price_of("gpt-4o-mini")  # the list itself is read at the first look
    return price_of


def _price(rates: "dict[str, Decimal | TieredPrices]") -> Price | None:
    """Return a model's rates as a price, None where it has other tokens than those of text."""
    if any(key.endswith("_mtok") and key not in _OF_TEXT for key in rates):
        return None
    read, written, cached = (
        _first(rates.get(key)) for key in ("input_mtok", "output_mtok", "cache_read_mtok")
    )
    return None if read is None else Price(read, written, cached)


def _first(rate: "Decimal | TieredPrices | None") -> Decimal | None:
    """Return a rate; of one with steps the first: they are of a request's size, not a batch's."""
    return rate if rate is None or isinstance(rate, Decimal) else rate.base
