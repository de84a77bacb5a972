"""Whose batch it is, as people see it, over both ways in."""

from pathlib import Path

from bot.sandbox.world import CONFIRM, SandboxWorld
from tests.blackbox.answers import told, typed
from tests.blackbox.conftest import every_line_has_its_key

OWN, BENS, WORDS = "batch_own", "batch_bens", "batch_words"


async def test_whose_it_is(tmp_path: Path, transport: str) -> None:
    """The card and the look say it, and the owner hears in the thread, once, what was cancelled."""
    async with SandboxWorld(tmp_path, transport=transport, OWNER_METADATA_KEY="email") as world:
        world.slack.scopes.add("users:read.email")
        owners = {OWN: "Ana@example.com", BENS: "ben@example.com", WORDS: "<!channel> <@U0CLEO>"}
        for batch_id, owner in owners.items():
            world.respan.add_batch(batch_id, cancel_seconds=0.5, metadata={"email": owner})
        assert "Owner: you." in (await typed(world, OWN, f"Cancel `{OWN}`?")).text
        words = await typed(world, WORDS, f"Cancel `{WORDS}`?")
        assert "metadata names `&lt;!channel&gt; &lt;@U0CLEO&gt;`" in words.text
        looked = await typed(world, f"status {' '.join(owners)}", "3 batches, as they stand now.")
        assert "<@U0BEN>'s." in looked.text
        shown = await typed(world, BENS, f"Cancel `{BENS}`?")
        assert "This batch is <@U0BEN>'s, not yours." in shown.text
        await world.press(shown, CONFIRM)
        await told(world, "Respan accepted")
        reply = await world.reply(BENS)
        assert "It is the batch of <@U0BEN>." in reply.text
        mentioned = [m for m in world.slack.workspace.messages if "<@U0BEN>" in m.text]
        assert mentioned == [reply]
        every_line_has_its_key(world)


async def test_a_dead_lookup_costs_nobody_the_question(tmp_path: Path) -> None:
    """Where Slack finds nobody, or does not answer, the words stand there as they are."""
    async with SandboxWorld(tmp_path, OWNER_METADATA_KEY="email") as world:
        world.slack.scopes.add("users:read.email")
        world.slack.faults.add("users.lookupByEmail", "delay", seconds=4.0)
        for batch_id, owner in ((BENS, "ben@example.com"), (WORDS, "nobody@example.com")):
            world.respan.add_batch(batch_id, metadata={"email": owner})
        late = await typed(world, BENS, f"Cancel `{BENS}`?")
        assert "not known to be yours: its metadata names `ben@example.com`" in late.text
        nobody = await typed(world, WORDS, f"Cancel `{WORDS}`?")
        assert "not known to be yours: its metadata names `nobody@example.com`" in nobody.text
