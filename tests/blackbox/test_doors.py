"""Who comes to the door, by both ways in: strangers, floods, and people in an emergency."""

import asyncio
from pathlib import Path
from typing import Any

import psutil

from bot.domain.schedule import MOST_OPEN_QUESTIONS
from bot.sandbox.world import SandboxWorld

BATCH = "batch_abc123"


async def _told(world: SandboxWorld, words: str, user: str = "U0ANA", seconds: float = 15) -> None:
    def is_said() -> bool:
        return any(words in shown.text for shown in world.slack.workspace.private(user))

    await world.bus.wait_for(is_said, seconds, words)


async def test_another_workspace(world: SandboxWorld) -> None:
    """Its commands and clicks are refused with a sentence and a line, and reach nobody."""
    world.respan.add_batch(BATCH)
    await world.slack.command(BATCH)
    shown = await world.confirmation()
    calls = len(world.respan.exchanges)
    await world.slack.command(BATCH, team_id="T0OTHER")
    await _told(world, "This app serves another workspace")
    other: dict[str, Any] = {"team": {"id": "T0OTHER"}}
    await world.slack.click(shown, "confirm_cancellation", changes=other)
    await world.bus.wait_for(lambda: len(world.slack.calls("response_url")) == 3, 10)
    assert len(world.respan.exchanges) == calls
    assert world.bot.log_text().count("a request from elsewhere was refused") == 2


async def test_another_app(world: SandboxWorld) -> None:
    """The first request tells which app it is; another one's are refused."""
    await world.slack.command("help", user="U0BEN")
    await world.slack.command("help", api_app_id="A0OTHER")
    await _told(world, "This came from another Slack app")


async def test_an_emergency(world: SandboxWorld) -> None:
    """Reads fail; the question comes without numbers, and the batch is cancelled."""
    world.respan.add_batch(BATCH, cancel_seconds=1.0)
    world.respan.faults.add("retrieve", "status", times=None, code=500)
    await world.slack.command(BATCH)
    shown = await world.confirmation(seconds=30)
    assert "Its numbers can't be read at the moment" in shown.text
    await world.press(shown)
    await world.bus.wait_for(lambda: world.respan.cancels, 10, "the cancel call")
    world.respan.faults.clear()
    assert "is cancelled" in (await world.reply(BATCH, 90)).text


async def test_a_flood_by_one_person(world: SandboxWorld) -> None:
    """Three hundred commands: five are looked up, each is answered, another's goes out at once."""
    names = [f"batch_{number:03d}" for number in range(300)]
    for name in (*names, BATCH):
        world.respan.add_batch(name)
    await world.slack.command(BATCH, "U0BEN")
    shown = await world.confirmation("U0BEN")
    flood = asyncio.gather(*(world.slack.command(name) for name in names))
    await world.press(shown)
    await world.bus.wait_for(lambda: world.respan.cancels, 10, "the cancel call")
    assert all(delivery.acked for delivery in await flood)
    told = world.slack.workspace.private
    await world.bus.wait_for(lambda: len(told("U0ANA")) >= len(names), 60, "all answers")
    read = {e.path for e in world.respan.exchanges if e.name == "retrieve"}
    assert len(read) == MOST_OPEN_QUESTIONS + 1
    refused = sum("open questions" in shown.text for shown in told("U0ANA"))
    assert refused == len(names) - MOST_OPEN_QUESTIONS
    assert world.bot.log_text().count("a person has as many open questions") <= 2


async def test_where_it_listens(tmp_path: Path, transport: str) -> None:
    """In Socket Mode on this machine alone, for HTTP everywhere, unless it is said."""
    async with SandboxWorld(tmp_path, transport=transport, BIND_ADDRESS="") as world:
        process = psutil.Process(world.bot.pid or 0)
        opened = process.net_connections("inet")
        addresses = {one.laddr.ip for one in opened if one.status == psutil.CONN_LISTEN}
    everywhere = "0.0.0.0"  # noqa: S104 - what is expected of HTTP
    assert addresses == {"127.0.0.1"} if transport == "socket" else everywhere in addresses
