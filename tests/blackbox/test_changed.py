"""A batch that runs on between the look and the click, over both ways in."""

from bot.sandbox.world import CONFIRM, SandboxWorld
from tests.blackbox.answers import told, typed

BATCH = "batch_abc123"


async def test_asked_once_more_and_then_it_goes_out(world: SandboxWorld) -> None:
    """The old buttons count no more, somebody else's click neither; the new ones send it once."""
    batch = world.respan.add_batch(BATCH, cancel_seconds=0.5)
    shown = await typed(world, BATCH, "Cancel `batch_abc123`?")
    old = shown.buttons[0]["value"]
    batch.completed += 20
    await world.press(shown, CONFIRM)
    asked = await told(world, "Still cancel `batch_abc123`?")
    assert "43 of 100 requests done" in asked.text
    assert asked.buttons[0]["value"] != old
    await world.slack.click(asked, "confirm_cancellation", value=old)
    await world.slack.click(asked, "confirm_cancellation", user="U0BEN")
    await told(world, "Only <@U0ANA>, who asked", "U0BEN")
    assert world.respan.cancels == []
    batch.completed += 30
    await world.press(await world.confirmation(batch_id=BATCH), CONFIRM)
    reply = await world.reply(BATCH)
    assert "is cancelled" in reply.text
    assert [cancel.batch_id for cancel in world.respan.cancels] == [BATCH]
    assert len(world.announcements(BATCH)) == len(world.replies(BATCH)) == 1


async def test_little_left_none_left_and_only_one_of_two(world: SandboxWorld) -> None:
    """What is over is said and nothing is sent; of two, only the one that ran on is asked about."""
    almost = world.respan.add_batch("batch_almost", completed=90)
    over = world.respan.add_batch("batch_over")
    first = await typed(world, "batch_almost", "Cancel `batch_almost`?")
    second = await typed(world, "batch_over", "Cancel `batch_over`?", "U0BEN")
    almost.completed, over.status = 95, "completed"
    await world.press(first, CONFIRM)
    asked = await told(world, "Still cancel `batch_almost`?")
    await world.press(asked, "Keep running")
    await told(world, "keeps running. Nothing was cancelled")
    await world.press(second, CONFIRM)
    await told(world, "nothing left to cancel", "U0BEN")
    assert world.respan.cancels == []
    for batch_id in ("batch_same", "batch_fast"):
        world.respan.add_batch(batch_id, cancel_seconds=0.5)
    both = await typed(world, "batch_same batch_fast", "Cancel 2 batches?", "U0DAN")
    world.respan.batches["batch_fast"].completed += 40
    await world.press(both, "Cancel 2 batches")
    asked = await told(world, "Still cancel `batch_fast`?", "U0DAN")
    await world.reply("batch_same")
    assert [cancel.batch_id for cancel in world.respan.cancels] == ["batch_same"]
    await world.press(asked, CONFIRM)
    await world.bus.wait_for(lambda: len(world.respan.cancels) == 2, 15, "the second cancellation")
    assert [cancel.batch_id for cancel in world.respan.cancels] == ["batch_same", "batch_fast"]
