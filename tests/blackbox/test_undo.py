"""The undo window, over both ways in, and over the death of the process in it."""

from pathlib import Path

import pytest

from bot.sandbox.world import CONFIRM, SandboxWorld
from tests.blackbox.answers import told, typed
from tests.blackbox.conftest import every_line_has_its_key

BATCH = "batch_abc123"
UNDO, NOW = "Undo", "Cancel now"


def within(folder: Path, transport: str, seconds: int, bots: int = 1) -> SandboxWorld:
    """Return a world whose cancellations can be undone for so long."""
    return SandboxWorld(folder, bots=bots, transport=transport, UNDO_SECONDS=str(seconds))


async def test_undo_and_cancel_now(tmp_path: Path, transport: str) -> None:
    """What is undone is never sent, what is hurried is sent at once, and each is told."""
    async with within(tmp_path, transport, 120) as world:
        for batch_id in (BATCH, "batch_other"):
            world.respan.add_batch(batch_id, cancel_seconds=0.5)
        shown = await typed(world, BATCH, "After Cancel batch you have 2 min to undo it")
        await world.press(shown, CONFIRM)
        await told(world, "Cancelling `batch_abc123` in 2 min, at <!date^")
        await world.slack.click(shown, "undo_cancellation", user="U0BEN")
        await told(world, "Only <@U0ANA>", "U0BEN")
        await world.press(shown, UNDO)
        await told(world, "Undone: nothing was sent to Respan, and `batch_abc123` goes on.")
        other = await typed(world, "batch_other", "Cancel `batch_other`?")
        await world.press(other, CONFIRM)
        await told(world, "Cancelling `batch_other`")
        row = other.buttons[0]["value"]
        await world.press(other, NOW)
        await world.reply("batch_other")
        assert [cancel.batch_id for cancel in world.respan.cancels] == ["batch_other"]
        await world.slack.click(other, "undo_cancellation", value=row)
        await told(world, "It is too late to undo")
        assert world.announcements(BATCH) == []
        every_line_has_its_key(world)


async def test_killed_in_the_window(tmp_path: Path, transport: str) -> None:
    """Whoever is started again takes an Undo, and a Cancel now."""
    async with within(tmp_path, transport, 120) as world:
        for batch_id in (BATCH, "batch_other"):
            world.respan.add_batch(batch_id, cancel_seconds=0.5)
        first = await world.cancel(BATCH)
        await told(world, "Cancelling `batch_abc123` in 2 min")
        second = await world.cancel("batch_other", "U0BEN")
        await told(world, "Cancelling `batch_other` in 2 min", "U0BEN")
        await world.bot.kill()
        await world.bot.start()
        assert world.respan.cancels == []
        await world.press(second, UNDO)
        await told(world, "Undone: nothing was sent to Respan, and `batch_other` goes on.", "U0BEN")
        await world.press(first, NOW)
        await world.reply(BATCH)
        assert "Respan accepted" in first.text
        assert [cancel.batch_id for cancel in world.respan.cancels] == [BATCH]


@pytest.mark.parametrize("bots", [1, 2])
async def test_the_deadline_outlives_the_bot(tmp_path: Path, bots: int) -> None:
    """It stands on the row: the same bot, started again, or another one sends what is due."""
    async with within(tmp_path, "socket", 3, bots) as world:
        world.respan.add_batch(BATCH, cancel_seconds=0.5)
        shown = await world.cancel(BATCH)
        await told(world, "Cancelling `batch_abc123` in 3 s")
        await world.bot.kill()
        assert world.respan.cancels == []
        if bots == 1:
            await world.bot.start()
        # Another one may have to wait until the dead one's leases have run out.
        await world.bus.wait_for(lambda: "Respan accepted" in shown.text, 60, "where to follow it")
        await world.reply(BATCH, 60)
        assert len(world.respan.cancels) == 1
        assert len(world.announcements(BATCH)) == len(world.replies(BATCH)) == 1
