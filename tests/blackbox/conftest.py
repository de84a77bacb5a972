"""Worlds for the black-box tests: the bot is a process, everything goes over the network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.world import SandboxWorld


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    """Return each way in."""
    return str(request.param)


@pytest.fixture
async def world(tmp_path: Path, transport: str) -> AsyncIterator[SandboxWorld]:
    """Give a running bot between a local Slack and a local Respan, once for each way in."""
    async with SandboxWorld(tmp_path, transport=transport) as made:
        yield made


@pytest.fixture
async def http_world(tmp_path: Path) -> AsyncIterator[SandboxWorld]:
    """Give a running bot that is reached over HTTP."""
    async with SandboxWorld(tmp_path) as made:
        yield made
