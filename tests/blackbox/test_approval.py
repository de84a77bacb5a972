"""A second person, over both ways in, restarts and deaths, and when everybody clicks at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Ephemeral, Person, SandboxMessage
from bot.sandbox.world import SandboxWorld
from tests.blackbox.answers import told, typed
from tests.blackbox.conftest import every_line_has_its_key
from tests.blackbox.replays import Watched

BATCH = "batch_abc123"
ASK, APPROVE, DECLINE = "Cancel batch if approved", "approve_cancellation", "decline_approval"
OVER: dict[str, Any] = {"APPROVAL_OVER_REQUESTS": "10000"}


def world_with(folder: Path, transport: str, **more: Any) -> SandboxWorld:
    """Return a world in which more than 10,000 requests need a second person."""
    return SandboxWorld(folder, transport=transport, **(OVER | more))


def add_people(world: SandboxWorld, count: int = 3) -> list[str]:
    """Add some full members; return their ids."""
    ids = [f"U0MEMBER{number:02}" for number in range(count)]
    for who in ids:
        world.slack.workspace.people[who] = Person(who, who.lower(), who, f"{who}@example.com")
    return ids


def big(world: SandboxWorld, batch_id: str = BATCH, total: int = 20_000) -> Any:
    """Add a batch that is over the threshold, if not said otherwise."""
    return world.respan.add_batch(batch_id, total=total, completed=10, cancel_seconds=0.5)


async def asked(
    world: SandboxWorld, text: str = BATCH, channel: str = "C0BATCHES"
) -> tuple[Ephemeral, SandboxMessage]:
    """Ask for approval; return the private message, and the one in the channel."""
    assert (await world.slack.command(text, channel=channel)).acked
    shown = await told(world, "if approved” or Keep running")
    assert (await world.press(shown, shown.buttons[0]["text"]["text"])).acked
    return shown, await posted(world)


async def posted(world: SandboxWorld) -> SandboxMessage:
    """Return the message that asks for approval, once who asked has its address."""

    def found() -> list[SandboxMessage]:
        return [m for m in world.slack.workspace.messages if m.buttons]

    await world.bus.wait_for(found, 15, "a question to the channel")
    await told(world, "|in the channel>")
    return found()[-1]


async def ended(world: SandboxWorld, on: SandboxMessage, words: str) -> SandboxMessage:
    """Return the one reply, once it is there and the message has lost its buttons."""

    def found() -> list[SandboxMessage]:
        inside = world.slack.workspace.thread(on.channel, on.ts)
        return [m for m in inside if words in m.text and not on.buttons]

    await world.bus.wait_for(found, 20, f"a reply with {words}")
    (reply,) = world.slack.workspace.thread(on.channel, on.ts)
    return reply


async def test_over_the_threshold(tmp_path: Path, transport: str) -> None:
    """Who asked can't agree, a guest neither; a member can, and all is told in one thread."""
    async with world_with(tmp_path, transport) as world:
        big(world)
        shown, message = await asked(world)
        assert "Why: more than 10,000 requests have not run." in message.text
        for who, words in (("U0ANA", "You asked for this yourself"), ("U0CLEO", "Guests of this")):
            assert (await world.slack.click(message, APPROVE, user=who)).acked
            await told(world, words, who)
        assert world.respan.cancels == []
        assert [button["text"]["text"] for button in message.buttons] == ["Approve", "Decline"]
        assert (await world.slack.click(message, APPROVE, user="U0BEN")).acked
        await told(world, "Approved: Respan is being asked", "U0BEN")
        await told(world, "<@U0BEN> approved it")
        await ended(world, message, "is cancelled. Receipt:")
        assert "Approved: by <@U0BEN>" in message.text
        assert shown.buttons == []
        assert [cancel.batch_id for cancel in world.respan.cancels] == [BATCH]
        every_line_has_its_key(world)


async def test_several_together_over_it(tmp_path: Path, transport: str) -> None:
    """None of three is over the threshold, all together are: one message asks about them."""
    async with world_with(tmp_path, transport) as world:
        ids = [f"batch_part{number}" for number in range(3)]
        for batch_id in ids:
            big(world, batch_id, 4_000)
        await typed(world, ids[0], "Choose Cancel batch or Keep running", "U0BEN")
        _, message = await asked(world, " ".join(ids))
        assert "asks to cancel the 3 batches" in message.text
        await world.slack.click(message, APPROVE, user="U0BEN")
        await ended(world, message, "All 3 batches are cancelled")
        assert sorted(cancel.batch_id for cancel in world.respan.cancels) == ids


async def test_named_approvers_and_groups(tmp_path: Path, transport: str) -> None:
    """They alone may agree, and are mentioned; a full member who is none of them may not."""
    who: dict[str, Any] = {"APPROVERS": "U0BEN", "APPROVER_USERGROUPS": "S0APPROVERS"}
    async with world_with(tmp_path, transport, **who) as world:
        member, outsider = add_people(world, 2)
        world.slack.workspace.usergroups["S0APPROVERS"] = [member]
        world.slack.scopes.add("usergroups:read")
        big(world)
        _, message = await asked(world)
        assert "Who may agree: <!subteam^S0APPROVERS> or <@U0BEN>." in message.text
        for action in (APPROVE, DECLINE):
            await world.slack.click(message, action, user=outsider)
            await told(world, "You are not among the people who may approve this", outsider)
        assert len(message.buttons) == 2
        await world.slack.click(message, DECLINE, user="U0BEN")
        await ended(world, message, "<@U0BEN> declined the cancellation")
        big(world, "batch_other")
        _, second = await asked(world, "batch_other")
        await world.slack.click(second, APPROVE, user=member)
        await ended(world, second, "Receipt")
        assert [cancel.batch_id for cancel in world.respan.cancels] == ["batch_other"]


async def test_where_the_bot_is_not_invited(tmp_path: Path, transport: str) -> None:
    """It says so, nothing waits, and no direct message takes the channel's place."""
    async with world_with(tmp_path, transport) as world:
        big(world)
        await world.slack.command(BATCH, channel="C0PRIVATE")
        shown = await told(world, ASK)
        await world.press(shown, ASK)
        await told(world, "Type `/invite` and the app's name there")
        assert shown.buttons == []
        assert world.slack.workspace.messages == []
        assert Watched(world).rows("SELECT state FROM requests") == [("refused",)]
        assert world.respan.cancels == []


@pytest.mark.parametrize("way", ["declined", "withdrawn", "withdrawn in the channel"])
async def test_taken_back(tmp_path: Path, transport: str, way: str) -> None:
    """The message loses its buttons, the thread hears by whom, and Approve counts no more."""
    async with world_with(tmp_path, transport) as world:
        big(world)
        shown, message = await asked(world)
        value = message.buttons[0]["value"]
        if way == "withdrawn":
            await world.press(shown, "Withdraw")
        else:
            who = "U0BEN" if way == "declined" else "U0ANA"
            await world.slack.click(message, DECLINE, user=who)
        words = "<@U0BEN> declined" if way == "declined" else "<@U0ANA> withdrew"
        await ended(world, message, words)
        assert words in message.text
        await world.slack.click(message, APPROVE, user="U0BEN", value=value)
        await told(world, f"{words} the cancellation", "U0BEN")
        assert world.respan.cancels == []


async def test_it_waits_through_restarts_and_deaths(tmp_path: Path, transport: str) -> None:
    """The same message counts for whoever is started again."""
    async with world_with(tmp_path, transport) as world:
        big(world)
        _, message = await asked(world)
        await world.bot.terminate()
        await world.bot.start()
        await world.bot.kill()
        await world.bot.start()
        assert world.respan.cancels == []
        await world.slack.click(message, APPROVE, user="U0BEN")
        await ended(world, message, "is cancelled. Receipt:")
        assert len(world.respan.cancels) == 1
        assert len([m for m in world.slack.workspace.messages if m.thread_ts is None]) == 1


async def test_it_runs_out_aloud(tmp_path: Path, transport: str) -> None:
    """At the deadline, which passed while no bot ran, the thread hears so; nothing is sent."""
    async with world_with(tmp_path, transport, APPROVAL_VALID_MINUTES="1") as world:
        big(world)
        _, message = await asked(world)
        value = message.buttons[0]["value"]
        await world.bot.kill()
        await asyncio.to_thread(_let_it_run_out, world)
        await world.bot.start()
        await ended(world, message, "Nobody approved the cancellation")
        await world.slack.click(message, APPROVE, user="U0BEN", value=value)
        await told(world, "Nobody did, so nothing was cancelled", "U0BEN")
        assert world.respan.cancels == []


def _let_it_run_out(world: SandboxWorld) -> None:
    """Let the minute be over in the database: nobody waits for it here."""
    Watched(world).write(
        "UPDATE requests SET expires_at = expires_at - 60, next_attempt_at = next_attempt_at - 60"
    )


async def test_twenty_people_at_once(tmp_path: Path, transport: str) -> None:
    """All press Approve or Decline together: one decision counts, and everybody is answered."""
    async with world_with(tmp_path, transport) as world:
        people = add_people(world, 20)
        big(world)
        _, message = await asked(world)
        value = message.buttons[0]["value"]
        clicks = [
            world.slack.click(message, (APPROVE, DECLINE)[n % 2], user=who, value=value)
            for n, who in enumerate(people)
        ]
        assert all(delivery.acked for delivery in await asyncio.gather(*clicks))
        for who in people:
            await told(world, "", who)
        words = [world.slack.workspace.private(who)[0].text for who in people]
        decided = [text for text in words if text.startswith(("Approved:", "Declined:"))]
        assert len(decided) == 1
        is_approved = decided[0].startswith("Approved:")
        await ended(world, message, "Receipt" if is_approved else "declined")
        assert len(world.respan.cancels) == int(is_approved)
        rest = [text for text in words if text not in decided]
        checked = "already" if is_approved else "declined the cancellation"
        assert all(checked in text or "Press the button again" in text for text in rest)


async def test_a_replay_of_a_signed_approval(tmp_path: Path, transport: str) -> None:
    """The same bytes again change nothing, and are answered by nothing."""
    async with world_with(tmp_path, transport) as world:
        watched = Watched(world)
        big(world)
        _, message = await asked(world)
        delivery = await world.slack.click(message, APPROVE, user="U0BEN")
        await ended(world, message, "Receipt")
        await watched.rest()
        for _ in range(3):
            await watched.again(delivery)
            watched.nothing_since("a replayed approval")
        assert len(world.respan.cancels) == 1
