"""The clients, against the local services."""

from collections.abc import AsyncIterator

import pytest

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.sandbox.respan.server import SandboxRespan
from bot.sandbox.slack.server import SandboxSlack


@pytest.fixture
async def respan() -> AsyncIterator[SandboxRespan]:
    """Give a local Respan with one batch."""
    async with SandboxRespan() as server:
        server.add_batch("batch_abc123")
        yield server


@pytest.fixture
async def client(respan: SandboxRespan) -> AsyncIterator[RespanClient]:
    """Give a client for it."""
    async with RespanClient(respan.base_url, respan.api_key, respan.clock) as made:
        yield made


@pytest.fixture
async def workspace() -> AsyncIterator[SandboxSlack]:
    """Give a local Slack."""
    async with SandboxSlack() as server:
        yield server


@pytest.fixture
async def slack(workspace: SandboxSlack) -> AsyncIterator[SlackClient]:
    """Give a client for it that knows who it is."""
    async with SlackClient(workspace.bot_token, workspace.api_url, workspace.clock) as made:
        await made.start()
        yield made
