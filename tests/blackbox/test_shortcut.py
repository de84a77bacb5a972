"""From an alert, by both ways in: the shortcut on a message that names batches, or too many."""

from typing import Any

from bot.sandbox.slack.workspace import SandboxMessage
from bot.sandbox.world import SandboxWorld

BATCH = "batch_abc123"
SECRET = "s3cret words of the alert"


def _alert(world: SandboxWorld, *ids: str) -> SandboxMessage:
    """Let another app write about batches in the text alone."""
    return world.slack.workspace.alert(f"[FIRING] {SECRET} {' '.join(ids)}", "C0BATCHES")


def _many(count: int) -> list[str]:
    return [f"batch_{number:03d}" for number in range(count)]


async def _told(world: SandboxWorld, words: str) -> None:
    def is_said() -> bool:
        return any(words in shown.text for shown in world.slack.workspace.private("U0ANA"))

    await world.bus.wait_for(is_said, 15, words)


async def test_an_id_in_an_attachment_only(world: SandboxWorld) -> None:
    """It is asked about, cancelled once, and told in the alert's thread; its words are nowhere."""
    world.respan.add_batch(BATCH, cancel_seconds=0.5)
    attachment: dict[str, Any] = {
        "color": "#b3241c",
        "fallback": "a batch",
        "fields": [{"title": "Batch", "value": f"<https://platform.openai.com/batches/{BATCH}>"}],
    }
    workspace = world.slack.workspace
    on = workspace.alert(f"It costs too much: {SECRET}", "C0BATCHES", attachments=[attachment])
    assert (await world.slack.shortcut(on)).acked
    await world.press(await world.confirmation(batch_id=BATCH))

    def receipts() -> list[SandboxMessage]:
        return [m for m in workspace.thread("C0BATCHES", on.ts) if "Receipt" in m.text]

    await world.bus.wait_for(receipts, 30, "the receipt")
    assert [m.text for m in workspace.messages if m.thread_ts is None] == [on.text]
    assert len(workspace.thread("C0BATCHES", on.ts)) == 2
    assert len(world.respan.cancels) == 1
    await _told(world, f"?thread_ts={on.ts}&amp;cid=C0BATCHES|in the thread of that message>")
    assert await world.bot.terminate() == 0
    assert SECRET not in world.bot.log_text()
    kept = b"".join(path.read_bytes() for path in world._folder.glob("bot.db*"))
    assert SECRET.encode() not in kept


async def test_no_id_and_too_many(world: SandboxWorld) -> None:
    """The person reads what to do instead; nothing is looked up."""
    assert (await world.slack.shortcut(_alert(world))).acked
    await _told(world, "That message holds no batch id, so nothing was done. Type `/cancel-batch`")
    assert (await world.slack.shortcut(_alert(world, *_many(50)))).acked
    await _told(world, "That message names 50 batches. At most 20 are asked about at a time")
    assert world.respan.exchanges == []


async def test_twenty_are_fine(world: SandboxWorld) -> None:
    """One question about all, answered once in the thread."""
    for batch_id in _many(20):
        world.respan.add_batch(batch_id, cancel_seconds=0.5)
    on = _alert(world, *_many(20))
    assert (await world.slack.shortcut(on)).acked
    shown = await world.confirmation()
    assert "Cancel 20 batches?" in shown.text
    await world.press(shown, "Cancel 20 batches")

    def receipts() -> list[SandboxMessage]:
        thread = world.slack.workspace.thread("C0BATCHES", on.ts)
        return [m for m in thread if "All 20 batches are cancelled." in m.text]

    await world.bus.wait_for(receipts, 60, "the receipt")
    assert sorted(cancel.batch_id for cancel in world.respan.cancels) == _many(20)
    assert len(world.slack.workspace.thread("C0BATCHES", on.ts)) == 2


async def test_the_same_twice_is_one_question(world: SandboxWorld) -> None:
    """A second use brings the same buttons; the command of another name stays unknown."""
    world.respan.add_batch(BATCH)
    on = _alert(world, BATCH)
    await world.slack.shortcut(on)
    first = await world.confirmation()
    await world.slack.shortcut(on)
    await world.bus.wait_for(lambda: len(world.slack.calls("response_url")) == 2, 10)
    second = await world.confirmation()
    assert [b["value"] for b in second.buttons] == [b["value"] for b in first.buttons]
    await world.slack.shortcut(on, callback_id="of_another_app")
    await _told(world, "The app does not know this shortcut")
