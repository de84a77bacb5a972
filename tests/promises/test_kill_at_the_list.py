"""kill -9 while somebody picks three batches from the list and confirms them.

One of them is over when it is asked about, one is being cancelled by somebody else at the click,
and one ends otherwise after its cancel call.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.world import SandboxWorld
from tests.promises.people import (
    HISTORY,
    about,
    confirmed_states,
    effects,
    insist,
    until,
)
from tests.promises.pickers import pick
from tests.promises.test_kill_at_every_call import MOMENTS, Killer, kill_at_each

FINAL, JOINED, OTHERWISE = THREE = ("batch_final", "batch_joined", "batch_otherwise")
CALLS = [
    ("list", 1),
    *(("retrieve", n) for n in (1, 3, 4, 5)),
    *(("response_url", n) for n in (1, 2, 3, 4)),
    *(("cancel", n) for n in (1, 2)),
    *(("chat.postMessage", n) for n in (1, 2, 3, 4)),
    *(("chat.update", n) for n in (1, 2)),
]
"""Some of what both people's requests call. Some of them overtake each other."""


async def picked(world: SandboxWorld, url: str, killer: Killer) -> None:
    """Two effects, and for each of the two people one message in its final form and one reply."""
    for batch_id in THREE:
        world.respan.add_batch(batch_id, cancel_seconds=5.0)
    # Whoever finds it completed can't tell whether their call came in time: a start takes less.
    world.respan.batches[OTHERWISE].ends_as = "completed"
    world.respan.batches[OTHERWISE].cancel_seconds = 15.0

    async def ends() -> None:
        world.respan.batches[FINAL].status = "completed"

    async def somebody_else_cancels() -> None:
        await insist(world, JOINED, user="U0BEN")

    await pick(world, THREE, meanwhile=(ends, somebody_else_cancels))
    told = ["reported", "reported"]
    await until(lambda: confirmed_states(url) == told, 90, f"told after a kill at {killer.call}")
    assert [effects(world, batch_id) for batch_id in THREE] == [0, 1, 1]
    messages, replies = about(world, JOINED)
    assert [len(messages), len(replies)] == [2, 2]
    assert all("The receipt is in the thread." in message.text for message in messages)
    assert {m.thread_ts for m in replies} == {m.ts for m in messages}


@pytest.mark.seconds(20)
async def test_picked_on_sqlite(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Whenever the process dies: nothing is lost, and nothing twice; over both ways in."""
    kills = [(*call, MOMENTS[at % 2]) for at, call in enumerate(CALLS)]
    names = []
    for transport, some in (("http", kills[::5]), ("socket", kills[3::8])):
        here = tmp_path / transport
        names += await kill_at_each(here, transport, HISTORY, some, None, picked)
    figure(f"kills over what is picked on SQLite: {len(names)}, none lost, none twice")


@pytest.mark.chaos
async def test_picked_everywhere(
    tmp_path: Path, postgres: str, figure: Callable[[str], None]
) -> None:
    """The same at each of these calls and moments, on both databases and over both ways in."""
    kills = [(*call, moment) for call in CALLS for moment in MOMENTS]
    for server in (None, postgres):
        kind = "SQLite" if server is None else "PostgreSQL"
        for transport in ("http", "socket"):
            here = tmp_path / kind / transport
            names = await kill_at_each(here, transport, HISTORY, kills, server, picked)
            figure(f"kills over what is picked on {kind} ({transport}): {len(names)}, none lost")
