"""Many at once, with a kill in between: none is lost and none is twice."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.world import SandboxWorld
from tests.promises.people import person

MANY = 100


@pytest.mark.seconds(20)
async def test_a_hundred_with_one_kill(tmp_path: Path) -> None:
    """A hundred cancellations and one kill -9 are a hundred cancels, messages and replies."""
    world = SandboxWorld(tmp_path)
    world.slack.scopes |= {"channels:history"}
    async with world:
        batches = [f"batch_{number:03d}" for number in range(MANY)]
        for batch_id in batches:
            world.respan.add_batch(batch_id, cancel_seconds=2.0)
        people = [person(world, number) for number in range(MANY)]
        asked = list(zip(people, batches, strict=True))
        await asyncio.gather(*(world.slack.command(batch, user) for user, batch in asked))
        confirmations = [await world.confirmation(user, batch, 30) for user, batch in asked]
        tokens = [shown.buttons[0]["value"] for shown in confirmations]
        clicks = asyncio.gather(*(world.press(shown) for shown in confirmations))
        await world.bus.wait_for(lambda: len(world.respan.cancels) > MANY // 3, 30, "some cancels")
        await world.bot.kill()
        deliveries = await clicks
        await world.bot.start()
        for shown, token, delivery in zip(confirmations, tokens, deliveries, strict=True):
            if not delivery.acked:
                await world.slack.click(shown, "confirm_cancellation", value=token)
        await world.bus.wait_for(lambda: len(_replies(world)) >= MANY, 90, "all replies")
        assert sorted(cancel.batch_id for cancel in world.respan.cancels) == batches
        parents = [m for m in world.slack.workspace.messages if m.thread_ts is None]
        assert len(parents) == MANY
        assert len(_replies(world)) == MANY


def _replies(world: SandboxWorld) -> list[str]:
    return [m.text for m in world.slack.workspace.messages if m.thread_ts is not None]
