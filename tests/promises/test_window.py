"""How wide the window is in which a kill may double a post, where there is no history scope."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.sandbox.event_bus import Exchange
from bot.store.request_queue import RequestQueue
from tests.simulation import Simulation

POSTS = 25


@pytest.mark.quiet
async def test_the_width_of_the_window(
    tmp_path: Path, mocker: MockerFixture, figure: Callable[[str], None]
) -> None:
    """It lasts from the post's arrival at Slack until its ts is committed: milliseconds."""
    arrived: list[float] = []
    widths: list[float] = []
    real = RequestQueue.save

    async def arrival(exchange: Exchange) -> None:
        if exchange.name == "chat.postMessage":
            arrived.append(time.perf_counter())

    async def save(self: RequestQueue, *args: Any, **more: Any) -> None:
        await real(self, *args, **more)
        if arrived:
            widths.append(time.perf_counter() - arrived.pop())

    mocker.patch.object(RequestQueue, "save", save)
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as sim:
        sim.slack.before_processing = arrival
        for number in range(POSTS):
            sim.respan.add_batch(f"batch_{number}", cancel_seconds=1e9)
            await sim.confirm(f"batch_{number}")
            await sim.pass_time(0.5)
        assert len(widths) == POSTS == len(sim.parents())
    milliseconds = sorted(1000 * width for width in widths)
    figure(
        f"window of an unknown post: median {median(milliseconds):.1f} ms,"
        f" longest of {POSTS} posts {milliseconds[-1]:.1f} ms"
    )
