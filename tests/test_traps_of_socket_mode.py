"""Traps of Socket Mode that the bot works around: an upgrade that changes one is seen here."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_tokens import new_socket_url
from bot.clients.web_client import web_client
from bot.sandbox.slack.server import SandboxSlack
from bot.transports.socket_mode import SocketMode


class Counted(list[web.WebSocketResponse]):
    """The open connections, and how many there were after each change."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        super().__init__()

    def append(self, socket: web.WebSocketResponse) -> None:
        """Count one more."""
        super().append(socket)
        self.counts.append(len(self))

    def remove(self, socket: web.WebSocketResponse) -> None:
        """Count one less."""
        super().remove(socket)
        self.counts.append(len(self))


async def refresh_first(slack: SandboxSlack, opened: Counted) -> list[int]:
    """Refresh the oldest connection, as Slack does; return the counts until a new one is there."""
    oldest, before = opened[0], len(opened)
    opened.counts.clear()
    await oldest.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await slack.bus.wait_for(lambda: oldest not in opened and len(opened) == before, 5, "a new one")
    return opened.counts


def bolt(client: AsyncWebClient) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T", bot_token=client.token)

    return AsyncApp(authorize=authorize, client=client, signing_secret="")


async def test_one_connection_leaves_a_gap_at_each_refresh() -> None:
    """slack-sdk closes the old connection first, and only then opens the new one."""
    async with SandboxSlack() as slack, AsyncExitStack() as stack:
        opened = slack.sockets._open = Counted()
        client = SocketModeClient(slack.app_token, web_client=AsyncWebClient("", slack.api_url))
        stack.push_async_callback(client.close)
        await client.connect()  # type: ignore[no-untyped-call]  # slack-sdk leaves it untyped
        assert await refresh_first(slack, opened) == [0, 1]


async def test_two_connections_leave_none() -> None:
    """While the bot's one is refreshed, its other one is open."""
    async with SandboxSlack() as slack, AsyncExitStack() as stack:
        opened = slack.sockets._open = Counted()
        web_api = web_client(slack.app_token, slack.api_url, None)
        sockets = SocketMode(bolt(web_api), slack.app_token, partial(new_socket_url, web_api))
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        for _ in range(3):
            assert await refresh_first(slack, opened) == [1, 2]
            assert await sockets.is_connected()


async def test_a_client_of_its_own_goes_to_slack_itself() -> None:
    """Without `web_client` the connection is opened at slack.com, whatever SLACK_API_URL says."""
    client = SocketModeClient("xapp-1")
    try:
        assert client.web_client.base_url == "https://slack.com/api/"
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # the same
    async with SandboxSlack() as slack:
        web_api = web_client(slack.bot_token, slack.api_url, None)
        handler = AsyncSocketModeHandler(bolt(web_api), slack.app_token)
        await handler.close_async()  # type: ignore[no-untyped-call]  # the same
        assert handler.client.web_client is web_api


async def test_the_bots_connections_are_opened_where_they_should_be() -> None:
    """Both of them, each by the app's token."""
    async with SandboxSlack() as slack, AsyncExitStack() as stack:
        web_api = web_client(slack.app_token, slack.api_url, None)
        sockets = SocketMode(bolt(web_api), slack.app_token, partial(new_socket_url, web_api))
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        assert [call.name for call in slack.exchanges] == ["apps.connections.open"] * 2
        assert slack.sockets.count == 2


async def test_each_payload_goes_to_one_connection() -> None:
    """Two connections are no two answers."""
    record: list[dict[str, Any]] = []

    async def listener(ack: Callable[[], Awaitable[Any]], body: dict[str, Any]) -> None:
        record.append(body)
        await ack()

    async with SandboxSlack() as slack, AsyncExitStack() as stack:
        web_api = web_client(slack.app_token, slack.api_url, None)
        app = bolt(web_api)
        app.command("/x")(listener)
        sockets = SocketMode(app, slack.app_token, partial(new_socket_url, web_api))
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        for number in range(4):
            payload = {"command": "/x", "text": str(number)}
            assert await slack.sockets.send("slash_commands", payload) is not None
    assert [body["text"] for body in record] == ["0", "1", "2", "3"]


async def test_bolt_looks_at_no_envelope() -> None:
    """A command in an envelope of any type runs its listener; the bot takes only what it knows."""
    record: list[str] = []

    async def listener(ack: Callable[[], Awaitable[Any]]) -> None:
        record.append("ran")
        await ack()

    async with SandboxSlack() as slack, AsyncExitStack() as stack:
        web_api = web_client(slack.app_token, slack.api_url, None)
        app = bolt(web_api)
        app.command("/x")(listener)
        handler = AsyncSocketModeHandler(app, slack.app_token)
        stack.push_async_callback(handler.close_async)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # the same
        assert await slack.sockets.send("made_up", {"command": "/x"}) is not None
        assert record == ["ran"]
