"""Deadlines hold, whatever anybody does to the wall clock."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SteadyClock
from bot.prepare import _prepare_database, lock_at
from bot.store.database import Database
from bot.store.stores import stores_on
from tests.simulation import BATCH, Simulation
from tests.store.questions import ask


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_set_clock_moves_nothing(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """An hour either way while the process runs is not seen at all."""
    clock = SteadyClock()
    before, real = clock.time(), time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert clock.time() - before == pytest.approx(0, abs=5)


def test_without_a_boot_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems without CLOCK_BOOTTIME have a monotonic one."""
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert SteadyClock().time() == pytest.approx(time.time(), abs=5)


def test_it_goes_on_from_a_later_time() -> None:
    """Only forward, and only as far as can be believed."""
    clock = SteadyClock()
    now = clock.time()
    assert clock.go_on_from(now - 100) == 0.0
    assert clock.go_on_from(now + 100_000) == 0.0
    assert clock.go_on_from(now + 3600) == pytest.approx(3600, abs=1)
    assert clock.time() == pytest.approx(now + 3600, abs=1)


async def test_a_clock_set_back_between_two_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was due before is due after the start, though the wall clock says otherwise."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    clock = SteadyClock()
    async with Database(url, clock) as database:
        stores = stores_on(database, 30)
        with lock_at(database) as lock:
            await _prepare_database(stores, lock, clock)
        await ask(stores)
        (row,) = await stores.request_queue.claim(1, 28)
        await stores.request_queue.save(row, replace(row, attempts=1), 1.0)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    clock = SteadyClock()
    async with Database(url, clock) as database:
        stores = stores_on(database, 30)
        with lock_at(database) as lock:
            await _prepare_database(stores, lock, clock)
        wait = await stores.request_queue.wait_seconds()
        assert wait is not None
        assert wait < 5


async def test_a_suspended_laptop(database_url: str) -> None:
    """Hours of sleep at any point: the question expires, the watch goes on, the end is told."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=30)
        shown = await sim.ask()
        sim.clock.advance(5 * 3600)
        await sim.press(shown)
        await sim.pass_time(5)
        assert sim.respan.cancels == []
        await sim.confirm()
        await sim.pass_time(1)
        sim.clock.advance(9 * 3600)
        await sim.pass_time(60)
        assert [row.state for row in await sim.requests()] == ["expired", "reported"]
        assert len(sim.replies()) == 1
