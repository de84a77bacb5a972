"""Slack carries out what it did not answer in time: still once, and the newest form is the last."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.clients.slack import SlackClient
from bot.errors import SlackTimedOut
from tests.simulation import BATCH, Simulation


class Late:
    """Lets the first call of a client's method time out; it may be carried out later."""

    def __init__(self, mocker: MockerFixture, method: str) -> None:
        """Stand in for that method."""
        real = getattr(SlackClient, method)
        self.calls = 0
        self.missed: list[Callable[[], Awaitable[Any]]] = []

        async def stand_in(client: SlackClient, *args: Any, **more: Any) -> Any:
            self.calls += 1
            call = partial(real, client, *args, **more)
            if self.calls == 1:
                self.missed.append(call)
                raise SlackTimedOut("late", "timed_out")
            return await call()

        mocker.patch.object(SlackClient, method, stand_in)


@pytest.mark.parametrize("comes", [True, False])
async def test_a_post_that_comes_late_is_there_once(
    seeing: Simulation,
    mocker: MockerFixture,
    *,
    comes: bool,
) -> None:
    """What had no answer in time is looked for during a minute before it is posted again."""
    late = Late(mocker, "post")
    await seeing.confirm()
    await seeing.pass_time(40)
    assert late.calls == 1
    assert seeing.parents() == []
    if comes:
        await late.missed[0]()
    await seeing.pass_time(90)
    assert late.calls == (2 if comes else 3)
    assert len(seeing.parents()) == len(seeing.replies()) == 1
    assert await seeing.stage() == "reported"


async def test_an_update_that_comes_late_is_not_the_last(
    sim: Simulation, mocker: MockerFixture
) -> None:
    """The final form is given once more when no older one can come any more."""
    sim.respan.batches[BATCH].cancel_seconds = 20
    sim.respan.batches[BATCH].grows = 5
    late = Late(mocker, "update")
    await sim.confirm()
    await sim.pass_time(45)
    assert len(sim.replies()) == 1
    assert sim.parents()[0].text.startswith("<@U0ANA> cancelled")
    await late.missed[0]()
    assert "is cancelling" in sim.parents()[0].text
    await sim.pass_time(60)
    assert sim.parents()[0].text.startswith("<@U0ANA> cancelled")
    assert await sim.stage() == "reported"
