"""The process: how it starts, refuses to start, stops, and what it says about itself."""

import json
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from psutil import CONN_LISTEN, Process

from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld

BATCH = "batch_abc123"


async def test_wrong_settings_end_it_with_code_2(tmp_path: Path) -> None:
    """Every missing or wrong setting is named in one plain message, without a traceback."""
    wrong = {"LOG_LEVEL": "loud", "RESPAN_BASE_URL": "ftp://x", "DATABASE_URL": "mysql://u:pw@h/d"}
    bot = BotProcess(wrong, tmp_path)
    await bot.launch()
    assert await bot.exit_code() == 2
    said = bot.log_text()
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "RESPAN_API_KEY", *wrong)
    for name in names:
        assert name in said
    assert "Traceback" not in said
    assert "pw" not in said


async def test_a_refused_token_ends_it_with_code_2(tmp_path: Path) -> None:
    """A bot token that Slack refuses is told at the start."""
    world = SandboxWorld(tmp_path, SLACK_BOT_TOKEN="xoxb-wrong")
    async with AsyncExitStack() as stack:
        await world.open(stack)
        await world.bot.launch()
        assert await world.bot.exit_code() == 2
        assert "SLACK_BOT_TOKEN was refused" in world.bot.log_text()


@pytest.mark.parametrize("code", ["missing_scope", "token_expired", "a_word_of_next_year"])
@pytest.mark.parametrize("away", [0, 2])
async def test_a_refused_app_token_ends_it_with_code_2(
    tmp_path: Path, code: str, away: int
) -> None:
    """Also where Slack was away first: one sentence that says what to do, and no traceback."""
    world = SandboxWorld(tmp_path, transport="socket")
    async with AsyncExitStack() as stack:
        await world.open(stack)
        name = "apps.connections.open"
        if away:
            world.slack.faults.add(name, "status", times=away, code=503)
        world.slack.faults.add(name, "slack_error", times=None, code=code)
        await world.bot.launch()
        assert await world.bot.exit_code() == 2
        said = world.bot.log_text()
        assert f"SLACK_APP_TOKEN was refused by Slack ({code}): " in said
        assert "connections:write" in said
        assert "Traceback" not in said


async def test_two_tokens_of_two_apps_end_it_with_code_2(tmp_path: Path) -> None:
    """No command would ever come in, so the start says so."""
    world = SandboxWorld(tmp_path, transport="socket")
    world.slack.app_token = "xapp-1-A0OTHER-1-abc"
    world.slack.scopes.add("users:read")
    async with AsyncExitStack() as stack:
        await world.open(stack)
        await world.bot.launch()
        assert await world.bot.exit_code() == 2
        assert "SLACK_APP_TOKEN belongs to the app A0OTHER" in world.bot.log_text()


@pytest.mark.seconds(10)
async def test_sigterm_drains_and_the_next_start_goes_on(world: SandboxWorld) -> None:
    """SIGTERM ends it with 0 within ten seconds, and a watch goes on after the next start."""
    world.respan.add_batch(BATCH, cancel_seconds=6.0)
    await world.cancel(BATCH)
    await world.bus.wait_for(lambda: world.announcements(BATCH), what="the message")
    started = time.monotonic()
    assert await world.bot.terminate() == 0
    assert time.monotonic() - started < 10
    await world.bot.start()
    await world.reply(BATCH)
    assert len(world.respan.cancels) == 1
    assert len(world.announcements(BATCH)) == 1


async def test_it_tells_about_itself(world: SandboxWorld) -> None:
    """Health, readiness and metrics are served over both ways in."""
    async with aiohttp.ClientSession(world.bot.url) as http:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with http.get(path) as response:
                assert response.status == 200
        async with http.post("/slack/events") as response:
            assert response.status == (404 if world.slack.transport == "socket" else 401)


async def test_a_clean_start_gives_no_alarm(tmp_path: Path, transport: str) -> None:
    """With the settings, and what other Slack apps need, in the environment, all lines are INFO."""
    world = SandboxWorld(
        tmp_path,
        transport=transport,
        LOG_FORMAT="json",
        SLACK_CLIENT_ID="1",
        SLACK_CLIENT_SECRET="2",
        SLACK_VERIFICATION_TOKEN="3",
    )
    async with world:
        assert world.environment()["SLACK_BOT_TOKEN"] == world.slack.bot_token
        assert (await world.slack.command("help")).acked
        assert await world.bot.terminate() == 0
    lines = [json.loads(line) for line in world.bot.log_text().splitlines()]
    assert lines
    assert [line for line in lines if line["level"] != "info"] == []


async def test_a_secret_may_be_a_word(tmp_path: Path) -> None:
    """Where the key is called as the bot is, the log reads as ever."""
    world = SandboxWorld(tmp_path, LOG_FORMAT="json")
    world.respan.api_key = "bot"
    async with world:
        assert await world.bot.terminate() == 0
    lines = [json.loads(line) for line in world.bot.log_text().splitlines()]
    said = {line["event"]: line["logger"] for line in lines}
    assert said["the bot is ready"] == "bot.app"


async def test_it_listens_where_it_is_told_to(http_world: SandboxWorld) -> None:
    """With BIND_ADDRESS the port is open on that address only, as in everything that tests run."""
    sockets = Process(http_world.bot.pid).net_connections("tcp")
    listening = [s.laddr.ip for s in sockets if s.status == CONN_LISTEN]
    assert listening == ["127.0.0.1"]


@pytest.mark.seconds(5)
async def test_it_waits_for_slack_at_the_start(tmp_path: Path) -> None:
    """While Slack is away the bot lives and says that it isn't ready; then it is."""
    world = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await world.open(stack)
        world.slack.faults.add("auth.test", "status", times=3, code=503)
        await world.bot.launch()
        await world.bus.wait_for(lambda: world.slack.calls("auth.test"), what="a try")
        async with aiohttp.ClientSession(world.bot.url) as http, http.get("/readyz") as response:
            assert response.status == 503
            assert json.loads(await response.text())["why"] == "starting"
        await world.bot.wait_ready()
        assert len(world.slack.calls("auth.test")) == 4


class Connections(list[web.WebSocketResponse]):
    """The open connections; `fewest` is the least number that there has been."""

    fewest = 2

    def remove(self, socket: web.WebSocketResponse) -> None:
        """Take one away, and count the rest."""
        super().remove(socket)
        self.fewest = min(self.fewest, len(self))


async def test_a_socket_refresh_leaves_no_gap(tmp_path: Path) -> None:
    """When Slack refreshes both connections at once, one is always open and commands get in."""
    async with SandboxWorld(tmp_path, transport="socket") as world:
        sockets = world.slack.sockets
        await world.bus.wait_for(lambda: sockets.count == 2, what="two connections")
        old = list(sockets._open)
        watched = sockets._open = Connections(old)
        await sockets.refresh()
        assert (await world.slack.command("help")).acked
        await world.bus.wait_for(
            lambda: sockets.count == 2 and not {*old} & {*watched}, what="two new connections"
        )
        assert watched.fewest == 1
        assert (await world.slack.command("help")).acked
