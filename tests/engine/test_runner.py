"""The runner: claims what is due, survives what goes wrong, and stops in time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.domain.cancellation import Step
from bot.domain.request import RequestState
from bot.engine import worker
from bot.engine.runner import CUT_OFF, LEASE, Runner
from bot.errors import LeaseLost, StoreUnavailable
from tests.simulation import Simulation


class Source:
    """Work for a runner: so many items, each once."""

    def __init__(self, items: int, errors: int = 0, error: Exception | None = None) -> None:
        """Begin with some errors, then give the items."""
        self.left = list(range(items))
        self.errors = errors
        self.error = error or StoreUnavailable("away")
        self.done: list[int] = []
        self.blocked = asyncio.Event()

    async def wait_seconds(self) -> float | None:
        """Return when the next is due."""
        if self.errors:
            self.errors -= 1
            raise self.error
        return 0.0 if self.left else None

    async def claim(self, limit: int) -> Sequence[int]:
        """Return some items."""
        taken, self.left = self.left[:limit], self.left[limit:]
        return taken

    async def work(self, item: int) -> None:
        """Do one."""
        self.done.append(item)

    def runner(self, **more: Any) -> Runner[int]:
        """Return a runner for them."""
        return Runner("test", self.wait_seconds, self.claim, self.work, **more)


async def until(condition: Any) -> None:
    """Give the loop its turns until something is so."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def test_it_does_what_is_due() -> None:
    """All of it, with no more at once than it has slots."""
    source = Source(50)
    runner = source.runner(slots=3)
    running = asyncio.create_task(runner.run())
    await until(lambda: len(source.done) == 50)
    await runner.stop(1)
    await running
    assert sorted(source.done) == list(range(50))


async def test_it_gives_way_to_what_is_more_urgent() -> None:
    """It begins when that is over."""
    source, urgent = Source(1), [True]
    runner = source.runner(gives_way=lambda: bool(urgent))
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0.03)
    began = bool(source.done)
    urgent.clear()
    await until(lambda: source.done)
    await runner.stop(1)
    await running
    assert not began


async def test_it_gives_way_only_for_a_moment(mocker: MockerFixture) -> None:
    """What is more urgent may never end."""
    mocker.patch("bot.engine.runner._LONGEST_WAY", 0.02)
    source = Source(50)
    runner = source.runner(gives_way=lambda: True)
    running = asyncio.create_task(runner.run())
    await until(lambda: len(source.done) == 50)
    await runner.stop(1)
    await running


async def test_a_stop_waits_for_nothing_more_urgent(mocker: MockerFixture) -> None:
    """Nothing is begun any more."""
    mocker.patch("bot.engine.runner._LONGEST_WAY", 60.0)
    source = Source(1)
    runner = source.runner(gives_way=lambda: True)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0)
    await runner.stop(1)
    await asyncio.wait_for(running, 5)
    assert source.done == []


async def test_it_tells_what_is_wrong_with_the_database(mocker: MockerFixture) -> None:
    """Whoever listens hears of each failure, and that it works again."""
    mocker.patch("bot.engine.runner._FIRST_PAUSE", 0.001)
    source = Source(1, errors=20)
    record: list[str | None] = []
    runner = source.runner(record=record.append)
    running = asyncio.create_task(runner.run())
    await until(lambda: source.done)
    await runner.stop(1)
    await running
    assert record[:21] == ["away"] * 20 + [None]


async def test_work_that_fails_stops_nothing(mocker: MockerFixture) -> None:
    """An error is logged, and the rest goes on."""
    logged = mocker.patch("bot.engine.runner.log.error")
    source = Source(3)

    async def work(item: int) -> None:
        if item == 0:
            raise RuntimeError("unexpected")
        if item == 1:
            raise StoreUnavailable("away")
        source.done.append(item)

    record: list[str | None] = []
    runner = Runner("test", source.wait_seconds, source.claim, work, record.append)
    running = asyncio.create_task(runner.run())
    await until(lambda: source.done)
    await runner.stop(1)
    await running
    assert [call.args[0] for call in logged.call_args_list] == ["a piece of work failed"]
    assert "away" in record


async def test_it_stops_in_time() -> None:
    """What does not end by itself is cut off."""
    source = Source(1)
    started = asyncio.Event()

    async def work(_item: int) -> None:
        started.set()
        await asyncio.Event().wait()

    runner = Runner("test", source.wait_seconds, source.claim, work)
    running = asyncio.create_task(runner.run())
    await started.wait()
    await runner.stop(0.01)
    await running


async def test_a_full_runner_claims_nothing() -> None:
    """With no slot free it waits for one."""
    source = Source(2)
    release = asyncio.Event()

    async def work(item: int) -> None:
        await release.wait()
        source.done.append(item)

    runner = Runner("test", source.wait_seconds, source.claim, work, slots=1)
    running = asyncio.create_task(runner.run())
    await until(lambda: len(source.left) == 1)
    await asyncio.sleep(0)
    runner.wake()
    assert len(source.left) == 1
    release.set()
    await until(lambda: len(source.done) == 2)
    await runner.stop(1)
    await running


def test_a_step_is_cut_off_before_its_lease_ends() -> None:
    """By the time that another process may take the row, this one has let go."""
    assert 4 * 4.5 < CUT_OFF < LEASE <= 30


async def test_a_step_that_breaks_is_tried_again(sim: Simulation, mocker: MockerFixture) -> None:
    """An error that nobody thought of costs a retry, and never the row."""
    await sim.confirm()
    broken = mocker.AsyncMock(side_effect=[RuntimeError("bug"), TimeoutError()])
    real = worker.STEPS[Step.CANCEL]

    async def request(tools: Any, row: Any) -> Any:
        return await (broken(tools, row) if broken.call_count < 2 else real(tools, row))

    mocker.patch.dict(worker.STEPS, {Step.CANCEL: request})
    logged = mocker.patch("bot.engine.worker.log.exception")
    await sim.pass_time(60)
    assert logged.call_count == 2
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


async def test_a_lost_lease_is_no_error(sim: Simulation, mocker: MockerFixture) -> None:
    """Another process has the row: what this one knows is dropped."""
    await sim.confirm()
    member = sim.crew[0]
    queue = member.stores.cancellation_queue
    (row,) = await queue.claim(1, LEASE)
    mocker.patch.object(type(queue), "save", side_effect=LeaseLost("gone"))
    logged = mocker.patch("bot.engine.worker.log.info")
    await member.work.cancellations._work(row)
    assert any(call.args[0] == "a row changed hands" for call in logged.call_args_list)


async def test_a_row_without_a_step_is_let_go(sim: Simulation) -> None:
    """A row that somebody closed by hand is left alone."""
    await sim.ask()
    sim.clock.advance(601)
    member = sim.crew[0]
    (row,) = await member.stores.request_queue.claim(1, LEASE)
    closed = replace(row, state=RequestState.EXPIRED)
    await member.stores.request_queue.save(row, closed, 0.0)
    await member.work.requests._work(closed)
    assert await sim.stage() == "expired"


async def test_an_answer_that_breaks_is_tried_again(sim: Simulation, mocker: MockerFixture) -> None:
    """The same for the outbox."""
    mocker.patch("bot.engine.sender.deliver", side_effect=RuntimeError("bug"))
    logged = mocker.patch("bot.engine.sender.log.exception")
    await sim.slack.command("help")
    await sim.pass_time(0)
    assert logged.call_count == 1
    mocker.stopall()
    await sim.pass_time(5)
    assert len(sim.private()) == 1


FOREIGN = [ValueError("x"), KeyError("y"), RuntimeError("z"), OSError("disk"), RecursionError()]


@pytest.mark.parametrize("error", FOREIGN)
async def test_a_failed_round_of_any_kind(error: Exception, mocker: MockerFixture) -> None:
    """It is logged once an outage and counted, the runner says that it fails, and it goes on."""
    mocker.patch("bot.engine.runner._FIRST_PAUSE", 0.01)
    logged = mocker.patch("bot.engine.runner.log.error")
    source, failed = Source(3, errors=4, error=error), list[str]()
    runner = source.runner(failed=failed.append)
    running = asyncio.create_task(runner.run())
    await until(lambda: runner.is_failing)
    assert source.done == []
    await until(lambda: len(source.done) == 3)
    assert not runner.is_failing
    assert failed == [type(error).__name__] * 4
    assert [call.kwargs["exc_info"] for call in logged.call_args_list] == [error]
    await runner.stop(1)
    await running


async def test_new_work_does_not_hurry_a_failing_round(mocker: MockerFixture) -> None:
    """Ten thousand commands during an outage are no ten thousand rounds; a stop is quick."""
    mocker.patch("bot.engine.runner._FIRST_PAUSE", 60.0)
    source, failed = Source(3, errors=10**6), list[str]()
    runner = source.runner(failed=failed.append)
    running = asyncio.create_task(runner.run())
    await until(lambda: failed)
    for _ in range(100):
        runner.wake()
        await asyncio.sleep(0)
    assert len(failed) == 1
    await runner.stop(1)
    async with asyncio.timeout(1):
        await running


async def test_a_confirmed_cancellation_waits_for_no_flood(sim: Simulation) -> None:
    """Commands that come in keep questions and answers for a moment, and no cancel call at all."""
    work, flood = sim.crew[0].work, asyncio.Event()
    await sim.confirm()
    coming = asyncio.ensure_future(flood.wait())
    work.handler.in_flight.add(coming)
    running = asyncio.create_task(work.cancellations.run())
    await until(lambda: sim.respan.cancels)
    assert work.requests._gives_way()
    assert work.answers._gives_way()
    assert not work.cancellations._gives_way()
    work.handler.in_flight.discard(coming)
    flood.set()
    await work.cancellations.stop(5)
    await asyncio.gather(running, coming)
