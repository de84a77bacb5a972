"""kill -9 at every outbound call, before it is done and after it was answered."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.feed import Exchange
from bot.sandbox.world import SandboxWorld

BATCH = "batch_abc123"

MOST_CALLS = 12
"""A whole cancellation makes no more calls than this before its row is told."""


class Killer:
    """Kills the bot at the k-th outbound call, at one of its two moments."""

    def __init__(self, world: SandboxWorld, k: int, moment: str) -> None:
        """Wait for that call."""
        self.world, self.left, self.fired = world, k, False
        self.name = ""
        for server in (world.slack, world.respan):
            setattr(server, moment, self.strike)

    async def strike(self, exchange: Exchange) -> None:
        """Count down, and kill."""
        if exchange.name in {"auth.test", "apps.connections.open"} or self.fired:
            return
        self.left -= 1
        if self.left == 0:
            self.fired, self.name = True, exchange.name
            self.world.bot.kill_now()


def told(folder: Path) -> bool:
    """Return whether the one confirmed row is told."""
    with closing(sqlite3.connect(folder / "bot.db")) as database:
        rows = database.execute("SELECT state FROM cancellations WHERE confirmed_at IS NOT NULL")
        return [state for (state,) in rows] == ["told"]


async def play(world: SandboxWorld, killer: Killer) -> None:
    """Ask, confirm, and start the bot again whenever it was killed."""
    world.respan.add_batch(BATCH)
    await world.slack.command(BATCH)
    await revive(world, killer)
    shown = await world.confirmation()
    token = shown.buttons[0]["value"]
    delivery = await world.press(shown)
    await revive(world, killer)
    if not delivery.acked:  # the click was lost with the process: people click again
        await world.slack.click(shown, "confirm_cancellation", value=token)


async def revive(world: SandboxWorld, killer: Killer) -> None:
    """Start the bot again if it was killed a moment ago."""
    await world.feed.wait_for(lambda: killer.fired or quiet(world), 8, "a kill or quiet")
    if not world.bot.running or killer.fired:
        await world.bot.kill()
        await world.bot.start()
        world.aim()


def quiet(world: SandboxWorld) -> bool:
    """Return whether the person has been answered."""
    return bool(world.slack.workspace.private("U0ANA"))


async def finish(world: SandboxWorld, killer: Killer, folder: Path) -> None:
    """Wait until the row is told, starting the bot once more if it is killed only now."""

    def done() -> bool:
        return killer.fired or told(folder)

    await world.feed.wait_for(done, 20, "the kill or the end")
    if not told(folder):
        await world.bot.kill()
        await world.bot.start()
        await world.feed.wait_for(lambda: told(folder), 30, "the end")


@pytest.mark.parametrize("moment", ["before_processing", "after_answer"])
@pytest.mark.parametrize("k", range(1, MOST_CALLS + 1))
async def test_kill_at_every_call(tmp_path: Path, k: int, moment: str) -> None:
    """Whenever the process dies: one cancel effect, one message in its final form, one reply.

    The installation has a history scope, with which the window of unknown posts is closed.
    """
    world = SandboxWorld(tmp_path)
    world.slack.scopes |= {"channels:history", "im:history"}
    async with world:
        killer = Killer(world, k, moment)
        await play(world, killer)
        await finish(world, killer, tmp_path)
        print(f"killed at call {k} ({killer.name or 'none'}), {moment}")
        assert len({cancel.batch_id for cancel in world.respan.cancels}) == 1
        (message,) = world.announcements(BATCH)
        assert message.text.startswith("<@U0ANA> cancelled")
        assert len(world.replies(BATCH)) == 1
        processed = [e for e in world.respan.exchanges if e.name == "cancel" and e.processed]
        assert len(processed) == 1
