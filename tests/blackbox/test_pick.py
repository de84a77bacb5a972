"""Without an id, over both ways in: the list, the choice, and what can be wrong with either."""

from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import CONFIRM, SandboxWorld
from bot.views.picker import REVIEW_ACTION
from tests.blackbox.answers import REVIEW, chosen, options, pick, told, typed

BATCH = "batch_abc123"
TWENTY = [f"batch_twenty_{number:02}" for number in range(20)]


async def test_one_command_one_choice_one_button_one_confirmation(world: SandboxWorld) -> None:
    """A sparse list is enough: what was chosen is stopped, once, and all of it is one message."""
    for batch_id in ("batch_other", BATCH):
        world.respan.add_batch(batch_id, cancel_seconds=0.5)
    shown = await typed(world, "", "2 batches can be cancelled.")
    assert options(shown) == [BATCH, "batch_other"]
    await pick(world, shown, BATCH)
    await world.bus.wait_for(lambda: "Cancel `batch_abc123`?" in shown.text, what="the question")
    assert world.respan.cancels == []
    await world.press(shown, CONFIRM)
    reply = await world.reply(BATCH)
    assert "is cancelled" in reply.text
    await world.bus.wait_for(lambda: "Respan accepted" in shown.text, what="the answer")
    assert [cancel.batch_id for cancel in world.respan.cancels] == [BATCH]
    assert len(world.announcements(BATCH)) == len(world.replies(BATCH)) == 1
    assert world.slack.workspace.private("U0ANA") == [shown]
    assert [delivery.acked for delivery in world.slack.deliveries] == [True] * 3
    assert len(world.respan.calls("list")) == 1


async def test_what_is_picked_and_gone(world: SandboxWorld) -> None:
    """What has vanished, or is over by Review, is named, and the rest asked about."""
    ids = ["batch_stays", "batch_vanishes", "batch_ends"]
    for batch_id in ids:
        world.respan.add_batch(batch_id, cancel_seconds=0.5)
    shown = await typed(world, "", "3 batches can be cancelled.")
    bens = await typed(world, "", "3 batches can be cancelled.", "U0BEN")
    del world.respan.batches["batch_vanishes"]
    world.respan.batches["batch_ends"].status = "completed"
    await pick(world, shown, *ids)
    question = await told(world, "Cancel `batch_stays`?")
    assert "Not asked about:" in question.text
    assert "`batch_vanishes`" in question.text
    assert "`batch_ends`" in question.text
    await world.press(question)
    await world.reply("batch_stays")
    assert [cancel.batch_id for cancel in world.respan.cancels] == ["batch_stays"]
    await pick(world, bens, "batch_vanishes")
    await told(world, "knows no batch `batch_vanishes`", "U0BEN")


async def test_a_thousand_twenty_and_twenty_one(world: SandboxWorld) -> None:
    """The menu has a hundred and says so, words find others; 21 are too many, and 20 are not."""
    world.respan.list_is_full = True
    world.respan.add_batches(980)
    for batch_id in TWENTY:
        world.respan.add_batch(batch_id, model="o4-mini", metadata={"name": "Nightly"})
    shown = await typed(world, "", "500 batches can be cancelled.")
    assert "The menu has the 100 newest of 500." in shown.text
    assert "Only the 500 newest batches of all were looked at" in shown.text
    assert options(shown)[0] == TWENTY[-1]
    assert len(options(shown)) == 100
    assert len(world.respan.calls("list")) == 5
    await typed(world, "Nightly o9", "None of the 500 batches that can be cancelled matches")
    shown = await typed(world, "Nightly o4", "20 batches can be cancelled and match")
    assert sorted(options(shown)) == TWENTY
    await world.press(shown, REVIEW)
    await told(world, "You have chosen no batch")
    await _click(world, shown, *TWENTY, BATCH)
    await told(world, "You have chosen 21 batches. At most 20")
    await pick(world, shown, *TWENTY)
    await world.bus.wait_for(lambda: "Cancel 20 batches?" in shown.text, 20, "the question")
    assert world.respan.cancels == []


async def test_a_list_that_fails(world: SandboxWorld) -> None:
    """It is said, an id does as before, and a page that fails later leaves what was read."""
    world.respan.add_batches(120)
    world.respan.faults.add("list", "status", code=404, body={"detail": "Not found."})
    shown = await typed(world, "", "The batches can't be listed: Respan gives no list here")
    assert shown.buttons == []
    await typed(world, "batch_0001", "Cancel `batch_0001`?")
    key, world.respan.api_key = world.respan.api_key, "another"
    shown = await typed(world, "0119", "The batches can't be listed", "U0DAN")
    assert "refuses this app's API key" in shown.text
    world.respan.api_key = key
    world.respan.faults.add("list", "status", code=503)
    await typed(world, "", "120 batches can be cancelled.", "U0BEN")
    assert "a batch id instead" in shown.text
    assert world.respan.cancels == []


async def test_only_who_asked_may_review(world: SandboxWorld) -> None:
    """Somebody else's Review, a made-up token and a second Review change nothing."""
    world.respan.add_batch(BATCH)
    shown = await typed(world, "", "1 batch can be cancelled.")
    token = shown.buttons[0]["value"]
    state = {"state": chosen(shown, BATCH)}
    await world.slack.click(shown, REVIEW_ACTION, user="U0BEN", changes=state)
    await told(world, "Only <@U0ANA>, who asked", "U0BEN")
    await world.slack.click(shown, REVIEW_ACTION, channel="C0GENERAL", changes=state)
    await told(world, "belongs to another channel")
    assert world.respan.calls("retrieve") == []
    await world.slack.click(shown, REVIEW_ACTION, changes=state)
    await world.slack.click(shown, REVIEW_ACTION, value=token, changes=state)
    await told(world, "Cancel `batch_abc123`?")
    assert len(world.respan.calls("retrieve")) == 1
    assert world.respan.cancels == []


async def _click(world: SandboxWorld, shown: Ephemeral, *batch_ids: str) -> None:
    """Press Review with a choice that the menu would not allow."""
    state = {"state": chosen(shown, *batch_ids)}
    assert (await world.slack.click(shown, REVIEW_ACTION, changes=state)).acked
