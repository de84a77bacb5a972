"""Many watches share few calls: a page of the list answers for all that are on it."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import text

from bot.clients.respan import RespanClient
from bot.domain.batch import Page
from bot.domain.schedule import LIST_REFUSED
from bot.engine.sweep import Sweep
from bot.errors import NotStorable
from bot.store.cancellation_queue import CancellationQueue
from tests.simulation import Simulation


async def _watch(sim: Simulation, count: int, **fields: Any) -> list[str]:
    """Let so many batches be cancelled by a few people; return their ids."""
    names = [f"batch_{n:03}" for n in range(count)]
    for name in names:
        sim.respan.add_batch(name, **({"cancel_seconds": 1e9} | fields))
    for first in range(0, count, 20):
        shown = await sim.ask(" ".join(names[first : first + 20]), user=f"U0MANY{first}")
        await sim.press(shown)
    await sim.pass_time(20)
    return names


def _calls(sim: Simulation, name: str) -> int:
    return sum(e.name == name for e in sim.respan.exchanges)


def _let_end(sim: Simulation, *batch_ids: str) -> None:
    for batch_id in batch_ids:
        sim.respan.batches[batch_id].cancel_seconds = 0.0


def _ended(sim: Simulation) -> int:
    return sum("was cancelled" in m.text.split("Together")[0] for m in sim.replies())


@pytest.mark.parametrize(("count", "full"), [(100, False), (25, True)])
async def test_many_watches_are_one_call(sim: Simulation, count: int, full: bool) -> None:
    """Each is looked at every few seconds, and none by itself; a sparse list does as well."""
    sim.respan.list_is_full = full
    await _watch(sim, count)
    retrieves, lists = _calls(sim, "retrieve"), _calls(sim, "list")
    await sim.pass_time(60)
    assert _calls(sim, "retrieve") == retrieves
    assert 20 <= _calls(sim, "list") - lists <= 31


@pytest.mark.parametrize("full", [False, True])
async def test_an_end_is_read_in_full_once(sim: Simulation, full: bool) -> None:
    """By itself where the list is sparse; a list that says all says it."""
    sim.respan.list_is_full = full
    names = await _watch(sim, 20)
    retrieves = _calls(sim, "retrieve")
    _let_end(sim, *names)
    await sim.pass_time(15)
    assert _calls(sim, "retrieve") - retrieves == (0 if full else 20)
    (reply,) = sim.replies()
    assert "All 20 batches are cancelled." in reply.text
    assert reply.text.count("completed (billed) 23") == 20


async def test_a_list_that_tells_no_tokens(database_url: str, mocker: MockerFixture) -> None:
    """Where they are known of a batch, its end is read in full, and the reply tells the cost."""
    page = RespanClient.page

    async def without_tokens(self: RespanClient, after: str | None, limit: int) -> Page:
        told = await page(self, after, limit)
        batches = tuple(replace(batch, usage=None) for batch in told.batches)
        return replace(told, batches=batches)

    mocker.patch.object(RespanClient, "page", without_tokens)
    price: dict[str, Any] = {"price_input_per_mtok": "1", "price_output_per_mtok": "2"}
    async with Simulation(database_url, **price) as sim:
        sim.respan.list_is_full = True
        names = await _watch(sim, 3, fields={"usage": {"input_tokens": 2_000_000}})
        retrieves = _calls(sim, "retrieve")
        _let_end(sim, *names)
        await sim.pass_time(30)
        assert _calls(sim, "retrieve") - retrieves == 3
        (reply,) = sim.replies()
        assert "About $6.00 spent" in reply.text


async def test_the_numbers_are_refreshed_from_a_full_list(sim: Simulation) -> None:
    """The announcement shows how far each is, with no call more."""
    sim.respan.list_is_full = True
    names = await _watch(sim, 3)
    sim.respan.batches[names[1]].completed = 77
    await sim.pass_time(60)
    assert "77 of 100" in sim.parents()[0].text


async def test_two_watches_cost_no_more_than_singly(sim: Simulation) -> None:
    """A page for both comes as often as one of them would be looked at, twice as often as each."""
    await _watch(sim, 2)
    await sim.pass_time(600)
    before = len(sim.respan.exchanges)
    await sim.pass_time(600)
    assert len(sim.respan.exchanges) - before <= 22


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"code": 404, "body": {"detail": "x"}}),
        ("status", {"code": 405}),
        ("status", {"code": 424}),
        ("status", {"code": 500}),
        ("garbage", {}),
        ("empty", {}),
        ("wrong_types", {}),
        ("drop_before", {}),
    ],
)
async def test_a_list_that_fails(sim: Simulation, kind: str, options: dict[str, Any]) -> None:
    """Each is looked at by itself meanwhile, and the list is tried again later, by itself."""
    sim.respan.faults.add("list", kind, times=None, **options)
    names = await _watch(sim, 5)
    await sim.pass_time(60)
    lists = _calls(sim, "list")
    assert lists <= 3
    _let_end(sim, *names)
    await sim.pass_time(90)
    assert len(sim.replies()) == 1
    sim.respan.faults.clear()
    await _more(sim)
    sim.clock.advance(LIST_REFUSED)
    await sim.pass_time(90)
    assert _calls(sim, "list") > lists + 3


async def _more(sim: Simulation) -> None:
    for name in ("batch_more1", "batch_more2"):
        sim.respan.add_batch(name, cancel_seconds=1e9)
    shown = await sim.ask("batch_more1 batch_more2", user="U0BEN")
    await sim.press(shown)


async def test_deep_in_the_list(sim: Simulation) -> None:
    """What hundreds of newer batches push down is found on a later page, or by itself."""
    names = await _watch(sim, 5)
    for number in range(250):
        sim.respan.add_batch(f"batch_new{number}")
    await sim.pass_time(120)
    retrieves = _calls(sim, "retrieve")
    await sim.pass_time(120)
    assert _calls(sim, "retrieve") == retrieves
    _let_end(sim, *names)
    await sim.pass_time(60)
    assert len(sim.replies()) == 1


async def test_what_no_page_has(sim: Simulation) -> None:
    """A batch that is missing in the list is looked at by itself; its end is told all the same."""
    names = await _watch(sim, 3)
    for number in range(700):
        sim.respan.add_batch(f"batch_new{number}")
    await sim.pass_time(300)
    _let_end(sim, *names)
    await sim.pass_time(90)
    assert len(sim.replies()) == 1


async def test_a_fresh_one_is_looked_at_sooner(sim: Simulation) -> None:
    """Two old watches don't slow a new one down."""
    await _watch(sim, 2)
    await sim.pass_time(900)
    sim.respan.add_batch("batch_fresh", cancel_seconds=4.0)
    await sim.press(await sim.ask("batch_fresh", user="U0BEN"))
    await sim.pass_time(9)
    assert any("`batch_fresh` is cancelled" in m.text for m in sim.replies())


async def test_429_of_the_list_stops_everyone(sim: Simulation) -> None:
    """As one of a single look does."""
    await _watch(sim, 5)
    sim.respan.faults.add("list", "rate_limited", retry_after=50)
    await sim.pass_time(20)
    at = max(e.at for e in sim.respan.exchanges if e.status == 429)
    await sim.pass_time(at + 45 - sim.clock.time())
    assert [e.name for e in sim.respan.exchanges if e.at > at] == []


async def test_two_bots_share_the_pages(database_url: str) -> None:
    """No page is called twice at once, and each end is told once."""
    async with Simulation(database_url, bots=2) as sim:
        names = await _watch(sim, 40)
        _let_end(sim, *names)
        await sim.pass_time(60)
        assert len(sim.replies()) == 2
        assert {r.state for r in await sim.requests()} == {"reported"}


@pytest.mark.parametrize("error", [ValueError("x"), NotStorable("x")])
async def test_one_watch_does_not_keep_the_others(
    sim: Simulation, mocker: MockerFixture, error: Exception
) -> None:
    """A page that can't be worked on, for whatever reason, is no end: each is looked at singly."""
    logged = mocker.patch("bot.engine.sweep.log.exception")
    names = await _watch(sim, 5)
    _break_once(mocker, error)
    _let_end(sim, *names)
    await sim.pass_time(90)
    assert logged.call_count == 1
    assert len(sim.replies()) == 1


def _break_once(mocker: MockerFixture, error: Exception) -> None:
    """Let the first page's outcome fail, whatever it is."""
    real, left = CancellationQueue.save_many, [error]

    async def save_many(queue: CancellationQueue, changes: Any) -> Any:
        if left:
            raise left.pop()
        return await real(queue, changes)

    mocker.patch.object(CancellationQueue, "save_many", save_many)


async def test_a_long_line_keeps_out_neither_fresh_nor_pushed_ones(sim: Simulation) -> None:
    """More are due than can be planned for: some that have just begun are, and those by name."""
    names = await _watch(sim, 6)
    database, queue = sim.crew[0].stores.database, sim.crew[0].stores.cancellation_queue
    async with database.writing() as connection:
        for number, name in enumerate(names):
            polls = 0 if number == 4 else 9
            values = f"next_attempt_at = {sim.clock.time() - 100 + number}, polls = {polls}"
            change = text(f"UPDATE cancellations SET {values} WHERE batch_id = '{name}'")
            await connection.execute(change)
    due, soon = await queue.due_watches(2, {names[5]})
    assert [w.batch_id for w in due] == [names[0], names[1], names[4], names[5]]
    assert soon == []
    assert due[2].polls == 0
    assert due[0].late == pytest.approx(100)


async def test_what_a_page_lacks_is_as_late_as_before(sim: Simulation) -> None:
    """It must not fall behind because it was looked for."""
    names = await _watch(sim, 3)
    sim.respan.unlisted = {names[0]}
    sim.clock.advance(50)
    (page, *_) = await sim.crew[0].work.cancellations._claim(20)
    assert isinstance(page, Sweep)
    await sim.crew[0].work.cancellations._work(page)
    due, _ = await sim.crew[0].stores.cancellation_queue.due_watches(100)
    assert [w.batch_id for w in due] == [names[0]]
    assert due[0].late > 30
