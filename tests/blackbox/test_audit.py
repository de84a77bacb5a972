"""The audit of a bot that runs, as the command prints it beside it."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.event_bus import Exchange
from bot.sandbox.world import SandboxWorld
from tests.promises.people import until

BATCH = "batch_abc123"
WHOLE = ["asked", "shown", "confirmed", "intent", "accepted", "ended", "reported"]
ROOT = Path(__file__).parents[2]


async def command(world: SandboxWorld, *arguments: str) -> tuple[int, str]:
    """Run it with DATABASE_URL alone; return its exit code, and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}
    url = world.environment()["DATABASE_URL"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", *arguments),
        env=kept | {"DATABASE_URL": url},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def records(world: SandboxWorld, *arguments: str) -> list[dict[str, Any]]:
    """Return the records that it prints."""
    code, said = await command(world, *arguments)
    assert code == 0, said
    return [json.loads(line) for line in said.splitlines()]


async def recorded(world: SandboxWorld, event: str) -> list[dict[str, Any]]:
    """Return the records once there is one of that event."""
    for _ in range(20):
        found = await records(world)
        if event in [one["event"] for one in found]:
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError(f"nothing is {event}: {found}")


@pytest.mark.seconds(12)
async def test_a_whole_cancellation(world: SandboxWorld) -> None:
    """Exactly these records, in this order, and the one call to Respan stands in them."""
    world.respan.add_batch(BATCH, cancel_seconds=1.0)
    await world.cancel(BATCH)
    await world.reply(BATCH)
    found = await recorded(world, "reported")
    assert [one["event"] for one in found] == WHOLE
    assert [one["seq"] for one in found] == list(range(1, 8))
    assert {(one["user_id"], one["channel_id"], one["team_id"]) for one in found} == {
        ("U0ANA", "C0BATCHES", "T0SANDBOX")
    }
    assert len({one["request_id"] for one in found}) == 1
    calls = [(one.batch_id, one.identifier) for one in world.respan.cancels]
    told = [(one["batch_ids"][0], one["identifier"]) for one in found if one["event"] == "intent"]
    assert calls == told == [(BATCH, "U0ANA")]
    reply = world.replies(BATCH)[0]
    assert found[-1]["details"]["ts"] == reply.ts
    assert await records(world, "--user", "U0ANA", "--batch", BATCH) == found
    assert await records(world, "--user", "U0BEN") == []
    code, said = await command(world, "--verify")
    assert (code, said.split(":")[0]) == (0, "The audit is whole")
    assert f"Newest hash: 7 {found[-1]['hash']}" in said
    text = json.dumps(found)
    assert not [secret for secret in world.secrets() if secret in text]


@pytest.mark.seconds(8)
async def test_people_who_may_not(tmp_path: Path, transport: str) -> None:
    """Whoever is refused stands in it, by the rule; nothing was called in their name."""
    async with SandboxWorld(tmp_path, transport=transport, ALLOWED_USERS="U0BEN") as world:
        world.respan.add_batch(BATCH)
        await world.slack.command(BATCH, "U0ANA")
        await world.slack.command(BATCH, "U0BEN")
        shown = await world.confirmation("U0BEN")
        await world.press(shown, user="U0ANA")
        found = await recorded(world, "shown")
        denied = [one for one in found if one["event"] == "denied"]
        assert [one["details"]["rule"] for one in denied] == ["not_allowed", "not_allowed"]
        assert [one["details"]["at"] for one in denied] == ["command", "click"]
        assert {one["user_id"] for one in denied} == {"U0ANA"}
        assert world.respan.cancels == []


@pytest.mark.seconds(20)
async def test_killed_at_the_cancel_call(world: SandboxWorld) -> None:
    """The intent is on the disk before Respan hears of it; each call it heard has its own."""
    world.respan.add_batch(BATCH, cancel_seconds=1.0)
    heard: list[str] = []
    dead = asyncio.Event()

    async def strike(exchange: Exchange) -> None:
        if exchange.name == "cancel":
            heard.append(exchange.name)
            if len(heard) == 1:
                world.bot.kill_now()
                dead.set()

    world.respan.before_processing = strike
    await world.cancel(BATCH)
    await asyncio.wait_for(dead.wait(), 20)
    await world.bot.kill()
    before = await records(world)
    assert [one["event"] for one in before] == WHOLE[:4]
    assert (await command(world, "--verify"))[0] == 0
    await world.bot.start()
    await world.reply(BATCH, 60)
    found = await recorded(world, "reported")
    assert found[:4] == before
    events = [one["event"] for one in found]
    assert events.count("intent") == len(heard)
    assert [one for one in events if one != "intent"] == [one for one in WHOLE if one != "intent"]
    assert (await command(world, "--verify"))[0] == 0


async def test_a_record_that_is_changed(http_world: SandboxWorld) -> None:
    """Past the triggers, beside the bot: it is named, with exit code 1."""
    await http_world.slack.command("help")
    http_world.respan.add_batch(BATCH)
    await http_world.slack.command(BATCH)
    await recorded(http_world, "shown")
    path = http_world.environment()["DATABASE_URL"].removeprefix("sqlite:///")

    def tamper() -> bool:
        import sqlite3  # noqa: PLC0415 - only here

        with sqlite3.connect(path, timeout=10) as connection:
            with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
                connection.execute("UPDATE audit SET user_id = 'U0EVE' WHERE seq = 1")
            connection.execute("DROP TRIGGER audit_is_not_changed")
            connection.execute("UPDATE audit SET user_id = 'U0EVE' WHERE seq = 1")
        return True

    await until(tamper, 5, "the tampering")
    code, said = await command(http_world, "--verify")
    assert (code, said) == (
        1,
        "The audit is not whole. Record 1 was changed after it was written.\n",
    )
