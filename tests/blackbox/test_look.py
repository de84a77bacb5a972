"""Looking and joining over both ways in: the bot is a process, everything goes over the network."""

from bot.sandbox.world import SandboxWorld
from tests.blackbox.answers import typed

BATCH = "batch_abc123"
SEVERAL = f"status {BATCH} batch_done batch_nothere"


async def test_two_people_and_one_batch(world: SandboxWorld) -> None:
    """Ben looks, joins what Ana cancels, is mentioned in its reply, and reads it in the history."""
    world.respan.add_batch(BATCH, cancel_seconds=6.0)
    world.respan.add_batch("batch_done", status="completed")
    await typed(world, "status", "Nothing is being cancelled at the moment", "U0BEN")
    shown = await typed(world, SEVERAL, "3 batches, as they stand now.", "U0BEN")
    assert "`batch_nothere`: Respan knows no such batch" in shown.text
    assert "`batch_done`: `completed`" in shown.text
    assert shown.buttons == []
    await typed(world, "history", "No cancellation is known", "U0BEN")
    await world.cancel(BATCH)
    shown = await typed(world, BATCH, "Choose Tell me too", "U0BEN")
    assert "<@U0ANA> confirmed already" in shown.text
    await world.slack.click(shown, "tell_me_too", user="U0CLEO")
    await world.slack.click(shown, "tell_me_too", value="made-up")
    (pressed,) = shown.buttons
    await world.slack.click(shown, "tell_me_too")
    await world.bus.wait_for(lambda: "You will be" in shown.text, what="the answer")
    assert shown.buttons == []
    await world.slack.click(shown, "tell_me_too", value=pressed["value"])
    await typed(world, "status", "<@U0ANA> `batch_abc123` is being cancelled", "U0BEN")
    reply = await world.reply(BATCH)
    assert reply.text.startswith(f"<@U0ANA> <@U0BEN>: `{BATCH}` is cancelled.")
    await _history(world)
    assert len(world.respan.cancels) == 1
    said = [message.text for message in world.slack.workspace.messages]
    assert sum(text.count("<@U0BEN>") for text in said) == 1
    assert not any("U0CLEO" in text for text in said)


async def _history(world: SandboxWorld) -> None:
    """Look for it by person and by id, and for what is not there."""
    for found in ("", " ana", " <@U0ANA>", " U0ANA", f" {BATCH}"):
        await typed(world, f"history{found}", f"<@U0ANA> `{BATCH}` was cancelled", "U0BEN")
    for lacking in (" me", " <@U0CLEO>", " nobody <!channel>", " batch_nothere"):
        shown = await typed(world, f"history{lacking}", "No cancellation", "U0BEN")
        assert "<!channel>" not in shown.text
    await typed(world, f"status {BATCH}", f"`{BATCH}` is `cancelled`.", "U0BEN")
