"""What people read of money is there where it is known, and costs no message where it isn't."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from bot.clients.prices import ListPrices, PriceOf
from bot.domain.money import Price
from bot.engine.runner import CUT_OFF
from tests.simulation import BATCH, Simulation

MINI = Price(Decimal("0.075"), Decimal("0.3"), Decimal("0.0375"))
USAGE = {
    "input_tokens": 12_000_000,
    "input_tokens_details": {"cached_tokens": 4_000_000},
    "output_tokens": 3_600_000,
    "output_tokens_details": {"reasoning_tokens": 1_000_000},
    "total_tokens": 15_600_000,
}
WOULD_SAVE = (
    "About $1.83 spent, about $6.05 not spent yet: an estimate from the tokens used so far."
)
NOT_SPENT = "About $1.83 spent, about $6.05 not spent: an estimate from the tokens used."


def add(sim: Simulation, batch_id: str = BATCH, **fields: Any) -> None:
    """Let a batch run whose tokens Respan tells."""
    sim.respan.add_batch(batch_id, cancel_seconds=5.0, fields={"usage": USAGE} | fields)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the list have one model; return what is asked for."""
    asked: list[str] = []

    def price_of(model: str) -> Price | None:
        asked.append(model)
        return MINI if model == "gpt-4o-mini" else None

    load(monkeypatch, lambda: price_of)
    return asked


def load(monkeypatch: pytest.MonkeyPatch, load: Callable[[], PriceOf]) -> None:
    """Let the bots that begin from now on load their list of prices so, however long it takes."""
    monkeypatch.setattr("bot.wiring.ListPrices", partial(ListPrices, load, patience=60.0))


async def test_the_whole_way(listed: list[str], sim: Simulation) -> None:
    """Before the click what stopping would save, after the end what was not spent; once each."""
    add(sim)
    shown = await sim.ask()
    assert WOULD_SAVE in shown.text
    await sim.press(shown)
    await sim.pass_time(60)
    (parent,), (reply,) = sim.parents(), sim.replies()
    assert NOT_SPENT in reply.text
    assert "$" not in parent.text
    assert await sim.stage() == "reported"
    assert set(listed) == {"gpt-4o-mini"}


async def test_the_same_question_again(listed: list[str], sim: Simulation) -> None:
    """It is the same, word for word."""
    add(sim)
    shown = await sim.ask()
    again = await sim.ask()
    assert again is not shown
    assert again.text == shown.text


async def test_several(listed: list[str], sim: Simulation) -> None:
    """One sum over those that are known, and of how many."""
    add(sim, "batch_aaa")
    add(sim, "batch_bbb")
    add(sim, "batch_ccc", model="gpt-9-imagined")
    shown = await sim.ask("batch_aaa batch_bbb batch_ccc")
    assert "About $3.66 spent, about $12.09 not spent yet: an estimate" in shown.text
    assert "(2 of 3 batches)." in shown.text
    await sim.press(shown)
    await sim.pass_time(120)
    (reply,) = sim.replies()
    assert "About $3.66 spent, about $12.09 not spent: an estimate" in reply.text
    assert "(2 of 3 batches)." in reply.text


@pytest.mark.parametrize(
    "fields",
    [
        {"usage": None},
        {"usage": {"input_tokens": 0, "output_tokens": 0}},
        {"usage": {"input_tokens": -5, "output_tokens": True}},
        {"usage": {"input_tokens": 10**30, "output_tokens": "many"}},
        {"usage": ["input_tokens"]},
        {"model": None},
        {"model": "gpt-9-imagined"},
        {"request_counts": None},
        {"request_counts": {"total": 100, "completed": 0, "failed": 3}},
    ],
)
async def test_what_is_not_known_is_not_said(
    listed: list[str], sim: Simulation, fields: dict[str, Any]
) -> None:
    """The question and the reply come as ever, with no word of money."""
    add(sim, **fields)
    await sim.press(await sim.ask())
    await sim.pass_time(60)
    assert await sim.stage() == "reported"
    said = [*sim.private(), *(m.text for m in sim.slack.workspace.messages)]
    assert len(said) >= 3
    assert "$" not in "".join(said)


async def test_a_batch_without_tokens_asks_for_no_price(listed: list[str], sim: Simulation) -> None:
    """So that nothing is loaded for it."""
    add(sim, usage=None)
    await sim.press(await sim.ask())
    await sim.pass_time(60)
    assert listed == []


def broken() -> PriceOf:
    """Fail as an import may."""
    raise ImportError("a part of the package is missing")


def odd() -> PriceOf:
    """Return a list that is not what it was."""

    def price_of(_model: str) -> Price | None:
        raise TypeError("calc_price() takes no price_context")

    return price_of


@pytest.mark.parametrize("load_list", [broken, odd])
async def test_a_failing_list_costs_no_message(
    database_url: str, monkeypatch: pytest.MonkeyPatch, load_list: Callable[[], PriceOf]
) -> None:
    """The question and the reply come without, and no step fails for it."""
    load(monkeypatch, load_list)
    async with Simulation(database_url) as sim:
        add(sim)
        shown = await sim.ask()
        await sim.press(shown)
        await sim.pass_time(60)
        (reply,) = sim.replies()
        assert "Receipt" in reply.text
        assert "$" not in "".join([reply.text, shown.text, *shown.history])
        assert (await sim.stage(), (await sim.request()).attempts) == ("reported", 0)


def test_a_slow_list_is_cut_off_long_before_the_step() -> None:
    """What a message waits for it is a small part of what a step may take."""
    assert 0 < ListPrices()._patience <= CUT_OFF / 10


async def test_the_price_of_a_contract(database_url: str) -> None:
    """It counts instead of the list, for every model, and loads none."""
    prices: dict[str, Any] = {"price_input_per_mtok": "1", "price_output_per_mtok": "2"}
    async with Simulation(database_url, **prices) as sim:
        add(sim, model="acme-7", request_counts={"total": 200, "completed": 100, "failed": 0})
        shown = await sim.ask()
        assert "About $19.20 spent, about $19.20 not spent yet: an estimate" in shown.text
