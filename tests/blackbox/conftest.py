"""Worlds for the black-box tests: the bot is a process, everything goes over the network."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.world import SandboxWorld


def every_line_has_its_key(world: SandboxWorld) -> None:
    """Fail for a line of the bot's own that nobody could set an alarm on."""
    for line in world.bot.log_text().splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if str(said.get("logger", "")).startswith("bot."):
            assert "event_id" in said, said["event"]


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    """Return each way in."""
    return str(request.param)


@pytest.fixture
async def world(tmp_path: Path, transport: str) -> AsyncIterator[SandboxWorld]:
    """Give a running bot between a local Slack and a local Respan, once for each way in."""
    async with SandboxWorld(tmp_path, transport=transport) as made:
        yield made
        every_line_has_its_key(made)


@pytest.fixture
async def http_world(tmp_path: Path) -> AsyncIterator[SandboxWorld]:
    """Give a running bot that is reached over HTTP."""
    async with SandboxWorld(tmp_path) as made:
        yield made
