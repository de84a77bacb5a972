"""The prices: OpenAI's rates for batches, loaded when needed, and never in anybody's way."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice
from structlog.testing import capture_logs

from bot.clients.prices import ContractPrices, ListPrices, PriceOf, load_list
from bot.domain.money import Price

D = Decimal
MINI = Price(D("0.075"), D("0.3"), D("0.075"))
PATIENT = 60.0


@pytest.fixture(scope="module")
def price_of() -> PriceOf:
    """Give what knows the prices."""
    return load_list()


@pytest.mark.parametrize(
    "model", ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "GPT-4o-mini", "gpt-4o-mini-20240718"]
)
def test_rates_for_batches(price_of: PriceOf, model: str) -> None:
    """Half of what other requests cost ($0.15, $0.60), whichever form the name has."""
    assert price_of(model) == MINI


def test_fine_tuned_models(price_of: PriceOf) -> None:
    """They have their own price, and are unknown where that isn't known: not the base model's."""
    assert price_of("ft:gpt-4o-mini-2024-07-18:acme::abc123") == Price(D("0.15"), D("0.6"))
    assert price_of("ft:gpt-4.1-mini-2025-04-14:acme::abc123") is None
    assert price_of("ft:gpt-4o-2024-08-06:acme::abc123") is None


def test_cached_input(price_of: PriceOf) -> None:
    """It has its own rate."""
    assert price_of("gpt-5-mini") == Price(D("0.125"), D(1), D("0.0125"))


def test_rates_with_steps(price_of: PriceOf) -> None:
    """The step of long requests is not taken for that of a large batch."""
    assert price_of("gpt-5.4") == Price(D("1.25"), D("7.5"), D("0.13"))


@pytest.mark.parametrize(
    "model",
    [
        "gpt-9-imagined",
        "",
        "x" * 200,
        "*",
        "text-embedding-3-small",
        "o1-mini",
        "gpt-4o-audio-preview",
        "gpt-image-1",
        "omni-moderation-latest",
        "claude-sonnet-4-5",
    ],
)
def test_what_has_no_price_for_batches(price_of: PriceOf, model: str) -> None:
    """An unknown name, one without such a rate, and one whose tokens are not only text."""
    assert price_of(model) is None


def test_it_reaches_no_network() -> None:
    """The list is the package's own: in a fresh process nothing asks for a socket or an address."""
    code = """
import socket, sys
def refuse(*_args, **_more):
    sys.exit("somebody asked for the network")
socket.socket.__init__ = socket.getaddrinfo = refuse
from bot.clients.prices import load_list
assert "genai_prices" not in sys.modules
price_of = load_list()
print(price_of("gpt-4o-mini").input, price_of("gpt-9-imagined"))
"""
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (ran.stdout, ran.stderr) == ("0.075 None\n", "")


async def test_nothing_is_loaded_for_nothing() -> None:
    """Whoever asks for no name loads no list."""
    loads: list[str] = []
    prices = ListPrices(counted(loads))
    assert await prices.of(frozenset()) == {}
    assert await prices.of({None}) == {}
    assert loads == []
    assert await prices.of({"a", None}) == {"a": MINI}
    assert await prices.of({"b"}) == {"b": MINI}
    assert loads == ["loaded"]


def counted(loads: list[str]) -> Callable[[], PriceOf]:
    """Return a load of a list in which all costs the same."""

    def load() -> PriceOf:
        loads.append("loaded")
        return lambda _model: MINI

    return load


async def test_all_at_once_load_it_once() -> None:
    """A thousand questions at a time are one load, in a thread of its own."""
    loads: list[str] = []
    threads: list[threading.Thread] = []

    def load() -> PriceOf:
        threads.append(threading.current_thread())
        return counted(loads)()

    prices = ListPrices(load, patience=PATIENT)
    found = await asyncio.gather(*(prices.of({f"m{n}"}) for n in range(1000)))
    assert all(len(each) == 1 for each in found)
    assert loads == ["loaded"]
    assert threads != [threading.main_thread()]


async def test_a_slow_list_keeps_nobody_waiting() -> None:
    """It is waited for once; until it is there, all goes on without, and no second load begins."""
    goes_on, loads = threading.Event(), list[str]()

    def load() -> PriceOf:
        found = counted(loads)()
        assert goes_on.wait(PATIENT)
        return found

    prices = ListPrices(load, patience=0.01)
    try:
        for name in ("a", "b", "c"):
            assert await prices.of({name}) == {}
    finally:
        goes_on.set()
    assert prices._loading is not None
    await prices._loading
    assert await prices.of({"a"}) == {"a": MINI}
    assert loads == ["loaded"]


async def test_a_list_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said of costs, the log has one line, and ten minutes later it is tried again."""
    now, tries = 1000.0, list[str]()

    def load() -> PriceOf:
        tries.append("tried")
        if len(tries) == 1:
            raise ModuleNotFoundError("No module named 'genai_prices'")
        return lambda _model: MINI

    prices = ListPrices(load, patience=PATIENT)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    with capture_logs() as lines:
        for _ in range(3):
            assert await prices.of({"a"}) == {}
            now += 200.0
        assert [line["log_level"] for line in lines] == ["warning"]
        assert "genai_prices" in lines[0]["why"]
        now += 1.0
        assert await prices.of({"a"}) == {"a": MINI}
    assert len(tries) == 2
    assert len(lines) == 1


async def test_a_load_that_is_cut_off() -> None:
    """The end of the process is no failure, and no line."""
    goes_on = threading.Event()

    def load() -> PriceOf:
        goes_on.wait(PATIENT)
        return lambda _model: MINI

    prices = ListPrices(load, patience=0.01)
    with capture_logs() as lines:
        await prices.of({"a"})
        assert prices._loading is not None
        prices._loading.cancel()
        assert await prices.of({"a"}) == {}
    goes_on.set()
    assert lines == []


@pytest.mark.parametrize(
    "price",
    [
        Price(D(-1), D(1)),
        Price(D("NaN"), D(1)),
        Price(D(1), D("Infinity")),
        Price(D(1), D(1), D(1_000_001)),
    ],
)
async def test_rates_that_are_none(price: Price) -> None:
    """A rate that can't be one makes its model unknown, and no other."""
    prices = ListPrices(lambda: lambda model: price if model == "odd" else MINI)
    assert await prices.of({"odd", "a"}) == {"a": MINI}


async def test_a_list_that_is_not_what_it_was() -> None:
    """A name at which the package fails is unknown, the log says so, and the others stand."""

    def price_of(model: str) -> Price | None:
        if model == "odd":
            raise AttributeError("price_variants")
        return MINI

    with capture_logs() as lines:
        assert await ListPrices(lambda: price_of).of({"odd", "a"}) == {"a": MINI}
    assert [(line["log_level"], line["model"]) for line in lines] == [("error", "odd")]


def test_a_model_whose_input_has_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a price is none."""
    known = calc_price(
        Usage(), "gpt-4o-mini", provider_id="openai", price_context={"processing": "batch"}
    )
    known.model_price = ModelPrice(output_mtok=D(1))
    monkeypatch.setattr("genai_prices.calc_price", lambda *_args, **_more: known)
    assert load_list()("gpt-4o-mini") is None


async def test_a_price_by_contract() -> None:
    """It counts for every model, and for a batch that names none."""
    prices = await ContractPrices(MINI).of({"gpt-9-imagined", None})
    assert prices == {"gpt-9-imagined": MINI, None: MINI}
    assert await ContractPrices(MINI).of(frozenset()) == {}
