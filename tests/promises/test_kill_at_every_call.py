"""kill -9 at every outbound call, before it is done and after it was answered."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.event_bus import Exchange
from bot.sandbox.world import SandboxWorld
from tests.postgres import fresh_database
from tests.promises.people import (
    HISTORY,
    about,
    confirmed_states,
    effects,
    insist,
    is_final,
    is_start_up,
    until,
)

BATCH = "batch_abc123"
MOMENTS = ("before_processing", "after_answer")
Kill = tuple[str, int, str]
"""The name of a call, the how-manieth of that name, and the moment."""

CALLS = [
    ("retrieve", 1),
    ("response_url", 1),
    ("response_url", 2),
    ("retrieve", 2),
    ("cancel", 1),
    ("chat.postMessage", 1),
    ("response_url", 3),
    ("retrieve", 3),
    ("chat.postMessage", 2),
    ("chat.update", 1),
]
"""What a whole cancellation calls before its row is told. Some of them overtake each other."""


FIVE = [f"batch_{name}" for name in ("aaa", "bbb", "ccc", "ddd", "eee")]
CALLS_OF_FIVE = [
    *(("retrieve", n) for n in (1, 5, 8)),
    *(("cancel", n) for n in (1, 3, 5)),
    *(("response_url", n) for n in (1, 2, 3)),
    *(("chat.postMessage", n) for n in (1, 2)),
    ("chat.update", 1),
]
"""Some of what a request about five batches calls."""


class Killer:
    """Kills the bot at the n-th call of a name, at one of its two moments, and starts it again."""

    def __init__(self, world: SandboxWorld, call: str, n: int, moment: str) -> None:
        """Wait for that call."""
        self.world, self.call, self.left, self.name = world, call, n, ""
        self.dead = asyncio.Event()
        for server in (world.slack, world.respan):
            setattr(server, moment, self.strike)

    async def strike(self, exchange: Exchange) -> None:
        """Count down, and kill."""
        if is_start_up(exchange) or exchange.name != self.call or self.name:
            return
        self.left -= 1
        if self.left == 0:
            self.name = exchange.name
            self.world.bot.kill_now()
            self.dead.set()

    async def revive(self) -> None:
        """Start the bot again once it was killed; whoever calls finds it alive."""
        if self.dead.is_set():
            self.dead.clear()
            await self.world.bot.kill()
            await self.world.bot.start()

    async def keep_alive(self) -> None:
        """Start it again whenever it dies."""
        while True:
            await self.dead.wait()
            await self.revive()


Play = Callable[[SandboxWorld, str, Killer], Awaitable[None]]
"""What people do in a world whose bot dies once, with its database; and that it ends well."""


async def cancelled(batches: tuple[str, ...], world: SandboxWorld, url: str, kill: Killer) -> None:
    """Somebody cancels batches by one command."""
    for batch_id in batches:
        world.respan.add_batch(batch_id)
    await insist(world, batches[0], others=batches[1:])

    def is_told() -> bool:
        return confirmed_states(url) == ["reported"]

    await until(is_told, 90, f"told after a kill at {kill.call}")
    messages, replies = about(world, batches[0])
    assert [effects(world, batch_id) for batch_id in batches] == [1] * len(batches)
    # Without a history scope, a post that the process died in may be there a second time.
    may_be_twice = kill.name == "chat.postMessage" and not HISTORY & world.slack.scopes
    assert len(messages) + len(replies) <= (3 if may_be_twice else 2)
    assert messages
    assert replies
    assert is_final(messages[-1])


async def kill_once(
    folder: Path, url: str, transport: str, kill: Kill, scopes: frozenset[str], play: Play
) -> str:
    """Play with one kill; return the name of the call, "" if none was left."""
    folder.mkdir(parents=True, exist_ok=True)
    world = SandboxWorld(folder, transport=transport, database_url=url)
    world.slack.scopes |= scopes
    async with world:
        killer = Killer(world, *kill)
        reviving = asyncio.create_task(killer.keep_alive())
        try:
            await play(world, url, killer)
        finally:
            reviving.cancel()
        return killer.name


async def kill_at_each(
    folder: Path,
    transport: str,
    scopes: frozenset[str],
    kills: list[Kill],
    server: str | None,
    play: Play,
) -> list[str]:
    """Play once for each kill, some at once; return the calls' names."""
    # On PostgreSQL most of the time goes by in waiting for the dead process's lease.
    gate = asyncio.Semaphore(4 if server is None else 10)

    async def one(kill: Kill) -> str:
        here = folder / "-".join(map(str, kill))
        async with gate:
            if server is None:
                url = f"sqlite:///{here / 'bot.db'}"
                return await kill_once(here, url, transport, kill, scopes, play)
            with fresh_database(server) as url:
                return await kill_once(here, url, transport, kill, scopes, play)

    names = await asyncio.gather(*(one(kill) for kill in kills))
    assert names == [name for name, *_ in kills]
    return names


OF_ONE: Play = partial(cancelled, (BATCH,))
OF_FIVE: Play = partial(cancelled, tuple(FIVE))

EVERY = [(*call, moment) for call in CALLS for moment in MOMENTS]
POSTS = [kill for kill in EVERY if kill[0] == "chat.postMessage"]
IN_TURN = [(*call, MOMENTS[at % 2]) for at, call in enumerate(CALLS)]
THE_REST = [kill for kill in EVERY if kill not in IN_TURN]


@pytest.mark.seconds(20)
@pytest.mark.parametrize(("transport", "kills"), [("http", IN_TURN), ("socket", THE_REST)])
async def test_on_sqlite(
    tmp_path: Path, transport: str, kills: list[Kill], figure: Callable[[str], None]
) -> None:
    """Whenever the process dies: one cancel effect, one message in its final form, one reply."""
    names = await kill_at_each(tmp_path, transport, HISTORY, kills, None, OF_ONE)
    figure(f"kills at calls on SQLite ({transport}): {len(names)}, none lost, none twice")


@pytest.mark.seconds(45)
async def test_on_postgresql(postgres: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """The same on PostgreSQL, where the dead process's lease has to run out first."""
    names = await kill_at_each(tmp_path, "http", HISTORY, IN_TURN, postgres, OF_ONE)
    figure(f"kills at calls on PostgreSQL: {len(names)}, none lost, none twice")


@pytest.mark.seconds(25)
async def test_with_five_batches(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """One effect for each of five batches, and one message and one reply for all."""
    kills = [(*call, MOMENTS[at % 2]) for at, call in enumerate(CALLS_OF_FIVE)]
    names = await kill_at_each(tmp_path, "socket", HISTORY, kills, None, OF_FIVE)
    figure(f"kills over five batches on SQLite: {len(names)}, none lost, none twice")


@pytest.mark.seconds(10)
async def test_without_a_history_scope(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Without the scope, a post that the process died in may be there twice; nothing else may."""
    names = await kill_at_each(tmp_path, "http", frozenset(), POSTS, None, OF_ONE)
    figure(f"kills at posts without a history scope: {len(names)}, none lost, one post twice each")


@pytest.mark.chaos
async def test_everywhere_with_one(
    tmp_path: Path, postgres: str, figure: Callable[[str], None]
) -> None:
    """Each call and moment, on both databases and over both ways in."""
    everywhere = [(way, at) for way in ("http", "socket") for at in (None, postgres)]
    for transport, server in everywhere:
        kind = "SQLite" if server is None else "PostgreSQL"
        names = await kill_at_each(
            tmp_path / kind / transport, transport, HISTORY, EVERY, server, OF_ONE
        )
        figure(f"kills at calls on {kind} ({transport}): {len(names)}, none lost, none twice")


@pytest.mark.chaos
async def test_everywhere_with_five_batches(
    tmp_path: Path, postgres: str, figure: Callable[[str], None]
) -> None:
    """The same at each of these calls and moments, on both databases."""
    kills = [(*call, moment) for call in CALLS_OF_FIVE for moment in MOMENTS]
    for server in (None, postgres):
        kind = "SQLite" if server is None else "PostgreSQL"
        here = tmp_path / kind
        names = await kill_at_each(here, "http", HISTORY, kills, server, OF_FIVE)
        figure(f"kills over five batches on {kind}: {len(names)}, none lost, none twice")


@pytest.mark.chaos
async def test_everywhere_without_a_history_scope(
    tmp_path: Path, postgres: str, figure: Callable[[str], None]
) -> None:
    """The same at each call, on both databases and over both ways in."""
    for number, (transport, server) in enumerate(
        [("http", None), ("socket", None), ("http", postgres), ("socket", postgres)]
    ):
        names = await kill_at_each(
            tmp_path / str(number), transport, frozenset(), EVERY, server, OF_ONE
        )
        kind = "SQLite" if server is None else "PostgreSQL"
        figure(f"kills without a history scope ({kind}, {transport}): {len(names)}, none lost")
