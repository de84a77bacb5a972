"""Looking and joining over both ways in: the bot is a process, everything goes over the network."""

from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import SandboxWorld

BATCH = "batch_abc123"


async def _answer(world: SandboxWorld, text: str, expected: str, user: str = "U0BEN") -> Ephemeral:
    """Type the command, and return the answer once it says what is expected."""

    def found() -> list[Ephemeral]:
        return [e for e in world.slack.workspace.private(user) if expected in e.text]

    assert (await world.slack.command(text, user)).acked
    await world.bus.wait_for(found, what=f"an answer to {text}")
    return found()[-1]


async def test_two_people_and_one_batch(world: SandboxWorld) -> None:
    """Ben looks, joins what Ana cancels, is mentioned in its reply, and reads it in the history."""
    world.respan.add_batch(BATCH, cancel_seconds=6.0)
    await _answer(world, "status", "Nothing is being cancelled at the moment")
    await _answer(world, f"status {BATCH} batch_nothere", "Respan knows no such batch")
    await _answer(world, "history", "No cancellation is known")
    await world.cancel(BATCH)
    shown = await _answer(world, BATCH, "Choose Tell me too")
    assert "<@U0ANA> confirmed already" in shown.text
    await world.slack.click(shown, "tell_me_too")
    await world.bus.wait_for(lambda: "You will be" in shown.text, what="the answer")
    assert shown.buttons == []
    await _answer(world, "status", "<@U0ANA> `batch_abc123` is being cancelled")
    reply = await world.reply(BATCH)
    assert reply.text.startswith(f"<@U0ANA> <@U0BEN>: `{BATCH}` is cancelled.")
    await _answer(world, "history ana", f"<@U0ANA> `{BATCH}` was cancelled")
    await _answer(world, f"status {BATCH}", f"`{BATCH}` is `cancelled`.")
    assert len(world.respan.cancels) == 1
