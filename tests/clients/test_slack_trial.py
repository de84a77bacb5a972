"""What `check` asks of Slack, answered oddly."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_trial import schedule, scheduled, slack_time, unschedule
from bot.clients.web_client import web_client
from bot.errors import SlackOutcomeUnknown, SlackUnreachable
from bot.sandbox.slack.server import SandboxSlack


@pytest.fixture
async def web(workspace: SandboxSlack) -> AsyncIterator[AsyncWebClient]:
    """Give a client of it."""
    async with aiohttp.ClientSession() as session:
        yield web_client(workspace.bot_token, workspace.api_url, session)


def answers(workspace: SandboxSlack, method: str, body: Any, *, times: int | None = 1) -> None:
    """Let a method answer 200 with that."""
    headers = {"Content-Type": "application/json"}
    workspace.faults.add(method, "status", times=times, code=200, body=body, headers=headers)


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": "yes"}, {"ok": True, "id": 7}])
async def test_an_answer_that_names_no_message(
    workspace: SandboxSlack, web: AsyncWebClient, body: Any
) -> None:
    """Something may be scheduled then."""
    answers(workspace, "chat.scheduleMessage", body)
    with pytest.raises(SlackOutcomeUnknown):
        await schedule(web, "C0BATCHES", "x", int(workspace.clock.time()) + 9000)


async def test_all_pages_are_looked_through(workspace: SandboxSlack, web: AsyncWebClient) -> None:
    """An own message may stand behind a hundred others."""
    post_at = int(workspace.clock.time()) + 9000
    for number in range(130):
        workspace.api.scheduled.add("C0BATCHES", f"reminder {number}", [], post_at + 600 * number)
    made = await schedule(web, "C0BATCHES", "Mine. And more", post_at)
    assert await scheduled(web, "C0BATCHES", "Mine.") == [made]
    assert await scheduled(web, "C0GENERAL", "Mine.") == []
    assert len(workspace.calls("chat.scheduledMessages.list")) == 3


async def test_pages_without_end_are_left(workspace: SandboxSlack, web: AsyncWebClient) -> None:
    """Five are enough for a trial."""
    endless = {"ok": True, "response_metadata": {"next_cursor": "again"}}
    answers(workspace, "chat.scheduledMessages.list", endless, times=None)
    assert await scheduled(web, "C0BATCHES", "x") == []
    assert len(workspace.exchanges) == 5


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"scheduled_messages": 7, "response_metadata": 7},
        {"scheduled_messages": [7, {}, {"id": "Q1", "text": ["x"]}], "response_metadata": {}},
    ],
)
async def test_an_odd_list(
    workspace: SandboxSlack, web: AsyncWebClient, odd: dict[str, Any]
) -> None:
    """What is no message of ours is none."""
    answers(workspace, "chat.scheduledMessages.list", {"ok": True} | odd)
    assert await scheduled(web, "C0BATCHES", "x") == []


async def test_what_is_gone_is_deleted(workspace: SandboxSlack, web: AsyncWebClient) -> None:
    """A second deletion does no harm, and is no error."""
    made = await schedule(web, "C0BATCHES", "x", int(workspace.clock.time()) + 9000)
    for _ in range(2):
        await unschedule(web, "C0BATCHES", made)
    assert workspace.api.scheduled.waiting == {}


async def test_slacks_time(workspace: SandboxSlack, web: AsyncWebClient) -> None:
    """A refusal has a date as well; a Slack that is away has none."""
    real = workspace.clock.time()
    workspace.faults.add("auth.test", "slack_error", code="account_inactive")
    assert await slack_time(web) == pytest.approx(real, abs=300)
    workspace.clock.advance(10_000)
    assert await slack_time(web) == pytest.approx(real + 10_000, abs=300)
    away = web_client("xoxb-1", "http://127.0.0.1:9/", web.session)
    with pytest.raises(SlackUnreachable):
        await slack_time(away)
