"""Requests that are not Slack's, or were followed already, change nothing and call nothing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
import pytest

from bot.sandbox.world import SandboxWorld
from tests.blackbox.forgeries import Forgery, forgeries, genuine_command
from tests.blackbox.frames import frames
from tests.blackbox.replays import BATCH, FOREIGN, Watched, replay_all
from tests.promises.people import person

TOO_LONG = "x" * (5 << 20)
"""More than the four MiB that aiohttp takes in one frame: it ends the connection."""


@pytest.mark.seconds(10)
async def test_nothing_forged_or_replayed_has_an_effect(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Whatever is sent by either way in, no row changes and no call goes out."""
    over_http, in_socket_mode = await asyncio.gather(
        _over_http(tmp_path / "http"), _in_socket_mode(tmp_path / "socket")
    )
    figure(
        f"forged and replayed requests: {over_http} kinds over HTTP, "
        f"{in_socket_mode} in Socket Mode, nothing changed"
    )


async def test_a_click_counts_for_its_person_and_place_only(world: SandboxWorld) -> None:
    """Anybody else who clicks is told so; no cancellation changes and Respan is not called."""
    watched = Watched(world)
    world.respan.add_batch(BATCH)
    await world.slack.command(BATCH)
    await world.confirmation()
    await watched.settled()
    rows, calls = watched.rows("SELECT * FROM requests"), watched.calls()
    for name, interaction in FOREIGN.items():
        assert (await interaction(world)).acked, name
        await watched.settled()
        calls.append("response_url")
        assert watched.calls() == calls, name
        assert watched.rows("SELECT * FROM requests") == rows, name


async def _over_http(folder: Path) -> int:
    folder.mkdir()
    async with SandboxWorld(folder) as world, aiohttp.ClientSession() as http:
        watched = Watched(world)
        world.respan.add_batch(BATCH)
        table = forgeries(world.slack)
        await watched.rest()
        for name, forgery in table.items():
            status = await _post(http, world.bot.url, forgery)
            assert status in forgery.expected, f"{name}: {status}"
            watched.nothing_since(name)
        await watched.still_answers("U0BEN")
        for name in ("aiohttp.server", "bot.transports.peers"):
            assert name not in world.bot.log_text()
        return len(table) + await replay_all(watched)


async def _in_socket_mode(folder: Path) -> int:
    folder.mkdir()
    # A signing secret beside the app token opens nothing: no request is taken over HTTP.
    world = SandboxWorld(folder, transport="socket", SLACK_SIGNING_SECRET="both-of-them-are-set")
    world.slack.signing_secret = "both-of-them-are-set"
    async with world:
        watched = Watched(world)
        world.respan.add_batch(BATCH)
        count = await _posted_to_a_closed_door(watched)
        count += await _sent_as_frames(watched) + await replay_all(watched)
        return count + await _sent_too_long_a_frame(watched)


async def _posted_to_a_closed_door(watched: Watched) -> int:
    """Post everything that is forged, and what would be right over HTTP."""
    world = watched.world
    body = genuine_command(world.slack)
    right = Forgery(body.encode(), world.slack.signed(body), {404})
    table = {"a signed command": right} | forgeries(world.slack)
    await watched.rest()
    async with aiohttp.ClientSession() as http:
        for name, forgery in table.items():
            if forgery.path == "/slack/events":
                assert await _post(http, world.bot.url, forgery) == 404, name
                watched.nothing_since(name)
    return 1


async def _sent_as_frames(watched: Watched) -> int:
    """Send each frame over both connections; both are there afterwards, and still of use."""
    world = watched.world
    await world.bus.wait_for(lambda: world.slack.sockets.count == 2, what="two connections")
    await world.slack.command(BATCH)
    token = (await world.confirmation()).buttons[0]["value"]
    await watched.rest()
    connections = list(world.slack.sockets._open)
    table = frames(dict(parse_qsl(genuine_command(world.slack))), token)
    for name, frame in table.items():
        for connection in connections:
            sent = connection.send_bytes if isinstance(frame, bytes) else connection.send_str
            await sent(frame)  # type: ignore[arg-type]  # the one that takes what it is
        watched.nothing_since(f"{name}, or the one before")
    await watched.still_answers("U0BEN")
    await watched.rest()
    await watched.still_answers("U0DAN")
    assert world.slack.sockets._open == connections
    return len(table)


async def _sent_too_long_a_frame(watched: Watched) -> int:
    """Lose one connection to it; the other one goes on."""
    world = watched.world
    await watched.rest()
    with suppress(ConnectionError):
        await world.slack.sockets._open[0].send_str(TOO_LONG)
    await world.bus.wait_for(lambda: world.slack.sockets.count == 1, what="the connection's end")
    await watched.still_answers(person(world, 1))
    return 1


async def _post(http: aiohttp.ClientSession, url: str, forgery: Forgery) -> int:
    body = BytesIO(forgery.body)  # aiohttp warns of long bodies that are not streams
    where, timeout = url + forgery.path, aiohttp.ClientTimeout(total=20)
    async with http.request(
        forgery.method, where, data=body, headers=forgery.headers, timeout=timeout
    ) as response:
        return response.status
