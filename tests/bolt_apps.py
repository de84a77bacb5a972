"""Bolt apps as others make them and as the bot does, to see what Bolt does by itself."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.server import SandboxSlack

COMMAND = urlencode({"command": "/x", "team_id": "T", "user_id": "U"})
PATH = "/slack/events"

Ack = Callable[[], Awaitable[Any]]


def plain(slack: SandboxSlack) -> AsyncApp:
    """Return an app as Bolt's own examples make it: with a token."""
    client = AsyncWebClient(slack.bot_token, slack.api_url, retry_handlers=[])
    return AsyncApp(client=client, signing_secret=slack.signing_secret)


def app(slack: SandboxSlack) -> AsyncApp:
    """Return an app as the bot makes it: it knows whose it is."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T", bot_token=slack.bot_token)

    client = AsyncWebClient(slack.bot_token, slack.api_url, retry_handlers=[])
    return AsyncApp(authorize=authorize, client=client, signing_secret=slack.signing_secret)


def counting(bolt: AsyncApp) -> list[str]:
    """Register a command and a button; return a list that grows when one runs."""
    runs: list[str] = []

    async def listener(ack: Ack) -> None:
        runs.append("ran")
        await ack()

    bolt.command("/x")(listener)
    bolt.action("press")(listener)
    return runs


async def dispatch(bolt: AsyncApp, slack: SandboxSlack, body: str = COMMAND) -> int:
    """Send a signed request into an app; return the status of its answer."""
    headers: Any = slack.signed(body)
    answer = await bolt.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
    return int(answer.status)
