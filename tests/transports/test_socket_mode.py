"""Socket Mode's start, its outages, and what `check` says of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pytest_mock import MockerFixture

from bot.clients.slack import SlackClient
from bot.clients.slack_tokens import new_socket_url
from bot.clients.web_client import web_client
from bot.errors import SettingsError, SlackError
from bot.proxies import direct
from bot.sandbox.slack.server import SandboxSlack
from bot.telemetry.outages import Outages
from bot.transports.socket_connection import (
    TROUBLE,
    Connection,
    first_frame,
    must_be_greeted,
)
from bot.transports.socket_mode import SocketMode, app_of_token
from tests.test_traps_of_socket_mode import bolt

SCOPE = "create an app-level token with the scope connections:write"
BEGAN = "a service fails; everything waits for it"
TROUBLES = ("WSServerHandshakeError", "Slack is in trouble (503 unknown)", "no connection")
SWITCH = "switch Socket Mode on"


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    """Give a local Slack."""
    async with SandboxSlack() as server:
        yield server


def sockets_at(slack: SandboxSlack, **more: Any) -> SocketMode:
    """Return a way in with short intervals."""
    web_api = web_client(slack.app_token, slack.api_url, None)
    quick = {"ping_interval": 0.25, "look_interval": 0.02} | more
    return SocketMode(bolt(web_api), slack.app_token, partial(new_socket_url, web_api), **quick)


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("missing_scope", SCOPE),
        ("account_inactive", SCOPE),
        ("token_expired", SCOPE),
        ("token_revoked", SCOPE),
        ("invalid_auth", SCOPE),
        ("not_authed", SCOPE),
        ("not_allowed_token_type", SCOPE),
        ("access_denied", SWITCH),
        ("forbidden_team", SWITCH),
        ("no_permission", SWITCH),
        ("a_word_of_next_year", SWITCH),
    ],
)
async def test_a_definite_no_ends_the_start(slack: SandboxSlack, code: str, todo: str) -> None:
    """The sentence names the setting, Slack's word and what to do, and holds no token."""
    slack.faults.add("apps.connections.open", "slack_error", times=None, code=code)
    sockets = sockets_at(slack)
    with pytest.raises(SettingsError) as caught:
        await sockets.start()
    await sockets.stop()
    said = str(caught.value)
    assert said.startswith(f"SLACK_APP_TOKEN was refused by Slack ({code}): ")
    assert todo in said
    assert slack.app_token not in said
    assert len(slack.calls("apps.connections.open")) == 1


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"code": 503}),
        ("rate_limited", {"retry_after": 0}),
        ("garbage", {}),
        ("wrong_types", {}),
        ("empty", {}),
        ("drop_before", {}),
        ("slack_error", {"code": "internal_error"}),
        ("slack_error", {"code": "team_added_to_org"}),
    ],
)
async def test_what_may_pass_is_waited_for(
    slack: SandboxSlack, mocker: MockerFixture, kind: str, options: dict[str, Any]
) -> None:
    """A Slack that is in trouble, or says nothing clear, ends no start."""
    mocker.patch("bot.transports.socket_mode._FIRST_WAIT", 0.01)
    slack.faults.add("apps.connections.open", kind, times=3, **options)
    record: list[str | None] = []
    async with AsyncExitStack() as stack:
        sockets = sockets_at(slack, record=record.append)
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        assert await sockets.is_connected()
    assert [trouble is None for trouble in record] == [False, False, False, True, True]


async def test_a_fresh_address_for_each_try(slack: SandboxSlack, mocker: MockerFixture) -> None:
    """An address is good for one connection, also for one that failed."""
    mocker.patch("bot.transports.socket_mode._FIRST_WAIT", 0.01)
    slack.sockets.refusing = True

    def record(trouble: str | None) -> None:
        slack.sockets.refusing = slack.sockets.refusing and trouble is None

    async with AsyncExitStack() as stack:
        sockets = sockets_at(slack, record=record)
        stack.push_async_callback(sockets.stop)
        await sockets.start()
    assert len(slack.calls("apps.connections.open")) == 3


@pytest.mark.parametrize("door", ["sockets", "api", "both"])
async def test_an_outage_is_two_lines(
    slack: SandboxSlack, mocker: MockerFixture, caplog: pytest.LogCaptureFixture, door: str
) -> None:
    """One when it begins and one when it ends, and nothing of slack-sdk's own, whatever fails."""
    said: list[tuple[str, dict[str, Any]]] = []
    for level in ("error", "warning"):
        mocker.patch(
            f"bot.telemetry.outages.log.{level}", lambda event, **more: said.append((event, more))
        )
    async with AsyncExitStack() as stack:
        sockets = sockets_at(slack, record=partial(Outages(slack.clock).record, "Socket Mode"))
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        watching = asyncio.create_task(sockets.watch())
        stack.callback(watching.cancel)
        caplog.clear()
        slack.sockets.refusing = door != "api"
        if door != "sockets":
            slack.faults.add("apps.connections.open", "status", times=None, code=503)
        before = len(slack.calls("apps.connections.open"))
        await slack.sockets.close()
        await slack.bus.wait_for(
            lambda: len(slack.calls("apps.connections.open")) > before + 5, 10, "six tries"
        )
        slack.clock.advance(90)
        slack.sockets.refusing = False
        slack.faults.clear()
        await slack.bus.wait_for(lambda: len(said) > 1, 10, "the second line")
        assert not watching.done()
    (began, began_with), (ended, ended_with) = said
    assert (began, began_with["service"]) == (BEGAN, "Socket Mode")
    assert began_with["trouble"] in TROUBLES
    assert (ended, ended_with["service"]) == ("a service works again", "Socket Mode")
    assert ended_with["after_seconds"] == pytest.approx(91, abs=5)
    theirs = {record.name for record in caplog.records}
    assert theirs <= {"aiohttp.server"}  # the local Slack's, when it closes in the middle of one


async def test_a_connection_that_is_renewed_at_once_is_no_outage(slack: SandboxSlack) -> None:
    """While one connection is renewed the other one is there, and nobody hears of it."""
    record: list[str | None] = []
    async with AsyncExitStack() as stack:
        sockets = sockets_at(slack, record=record.append)
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        watching = asyncio.create_task(sockets.watch())
        stack.callback(watching.cancel)
        for _ in range(3):
            slack.exchanges.clear()
            await slack.sockets.refresh()
            await slack.bus.wait_for(lambda: len(slack.exchanges) == 2, what="two new addresses")
    assert set(record) == {None}


async def test_down_for_too_long(slack: SandboxSlack, mocker: MockerFixture) -> None:
    """The watch ends, and the log says what was in the way: here a token revoked meanwhile."""
    mocker.patch("bot.transports.socket_mode._DOWN_TOO_LONG", 1.0)
    error = mocker.patch("bot.transports.socket_mode.log.error")
    async with AsyncExitStack() as stack:
        sockets = sockets_at(slack)
        stack.push_async_callback(sockets.stop)
        await sockets.start()
        slack.faults.add("apps.connections.open", "slack_error", times=None, code="token_revoked")
        await slack.sockets.close()
        await asyncio.wait_for(sockets.watch(), 10)
    assert (
        "SLACK_APP_TOKEN was refused by Slack (token_revoked)" in error.call_args.kwargs["trouble"]
    )


@pytest.mark.parametrize(
    ("token", "app"),
    [
        ("xapp-1-A0123ABC-1234-abcdef", "A0123ABC"),
        ("xapp-made-up", ""),
        ("xapp-1-B0123ABC-1234-abcdef", ""),
    ],
)
def test_the_app_that_a_token_names(token: str, app: str) -> None:
    """It is the third part of Slack's own form."""
    assert app_of_token(token) == app


@pytest.mark.parametrize("where", ["token", "hello"])
async def test_a_token_of_another_app(slack: SandboxSlack, where: str) -> None:
    """Where both apps are known, by the token or by Slack's greeting, the start ends."""
    if where == "token":
        slack.app_token = "xapp-1-A0OTHER-1-abc"
    else:
        slack.app_token, slack.sockets.app_id = "xapp-unnamed", "A0OTHER"
    slack.scopes.add("users:read")
    async with SlackClient(slack.bot_token, slack.api_url, slack.clock) as client:
        await client.start()
        sockets = sockets_at(slack, own_app=client.own_app)
        with pytest.raises(SettingsError, match="belongs to the app A0OTHER and SLACK_BOT_TOKEN"):
            await sockets.start()
        await sockets.stop()


async def test_an_app_that_nobody_names(slack: SandboxSlack) -> None:
    """Without the scope Slack doesn't tell the bot's app, and nothing is compared."""
    slack.app_token = "xapp-1-A0OTHER-1-abc"
    slack.scopes.remove("users:read")
    async with SlackClient(slack.bot_token, slack.api_url, slack.clock) as client:
        await client.start()
        assert await client.own_app() == ""
        async with AsyncExitStack() as stack:
            sockets = sockets_at(slack, own_app=client.own_app)
            stack.push_async_callback(sockets.stop)
            await sockets.start()
            assert await sockets.is_connected()


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        ({"type": "disconnect", "reason": "link_disabled"}, SettingsError, "Socket Mode is off"),
        ({"type": "disconnect", "reason": "too_many_websockets"}, SlackError, "closes it at once"),
        ({}, SlackError, "closes it at once"),
    ],
)
def test_no_greeting(frame: dict[str, Any], error: type[Exception], words: str) -> None:
    """What Slack sends instead of a greeting is said."""
    with pytest.raises(error, match=words):
        must_be_greeted(frame)


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": True},
        {"ok": True, "url": 7},
        {"ok": True, "url": "http://x/"},
        [],
        {"ok": True, "url": "wss://[::1"},
    ],
)
async def test_an_address_that_is_none(slack: SandboxSlack, answer: object) -> None:
    """It is a trouble of Slack's, and no crash."""
    json = {"Content-Type": "application/json"}
    slack.faults.add("apps.connections.open", "status", code=200, body=answer, headers=json)
    web_api = web_client(slack.app_token, slack.api_url, None)
    with pytest.raises(SlackError):
        await first_frame(partial(new_socket_url, web_api), lambda _url: None)


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("how", ["first frame", "connection"])
async def test_a_websocket_follows_no_redirect(how: str, status: int) -> None:
    """A ticket that is answered by another address is a trouble, and nobody else hears of it."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        to = f"http://127.0.0.1:{request.url.port}/elsewhere"
        return web.Response(status=status, headers={"Location": to})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:

        async def open_url() -> str:
            return str(server.make_url("/link"))

        if how == "first frame":
            with pytest.raises(SlackError):
                await first_frame(open_url, direct)
        else:
            connection = Connection(open_url, direct, 5)
            with pytest.raises(TROUBLE):
                await connection.connect()
            await connection.close()
    assert asked == ["/link"]
