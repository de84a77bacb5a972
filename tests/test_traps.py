"""Traps of slack-sdk that the bot works around: an upgrade that changes one is seen here.

Each test shows what the library does by itself, so that a work-around can go once it is mended.
Bolt's and Socket Mode's stand in the files beside this one.
"""

import asyncio
import inspect
from typing import Any

import aiohttp
import pytest
from pytest_mock import MockerFixture
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.web_client import web_client
from bot.sandbox.slack.server import SandboxSlack


def default_client(slack: SandboxSlack, **more: Any) -> AsyncWebClient:
    """Return slack-sdk's client as it comes, but for the pause before it sends again."""
    client = AsyncWebClient(slack.bot_token, slack.api_url, **more)
    for handler in client.retry_handlers:
        handler.interval_calculator = FixedValueRetryIntervalCalculator(0.0)
    return client


async def post(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0BATCHES", text="hello")


def test_the_default_handlers() -> None:
    """One of them sends again after a lost connection, whatever the method was."""
    kinds = [type(handler) for handler in AsyncWebClient("xoxb-1").retry_handlers]
    assert kinds == [AsyncConnectionErrorRetryHandler]
    assert AsyncConnectionErrorRetryHandler().error_types_to_do_retries == [
        aiohttp.ServerConnectionError,
        aiohttp.ServerDisconnectedError,
        aiohttp.ClientOSError,
    ]
    assert web_client("xoxb-1", "http://127.0.0.1/", None).retry_handlers == []


async def test_the_default_client_posts_twice() -> None:
    """It posts again after a connection that was lost once the message stood there."""
    async with SandboxSlack() as slack:
        slack.faults.add("chat.postMessage", "drop_after")
        await post(default_client(slack))
        assert [m.text for m in slack.workspace.messages] == ["hello", "hello"]


async def test_our_client_posts_once() -> None:
    """Without retry handlers the lost connection is an error, and there is one message."""
    async with SandboxSlack() as slack, aiohttp.ClientSession() as session:
        slack.faults.add("chat.postMessage", "drop_after")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(web_client(slack.bot_token, slack.api_url, session))
        assert [m.text for m in slack.workspace.messages] == ["hello"]


async def test_a_shared_session_ignores_the_clients_time_out() -> None:
    """`timeout=` holds by itself, and does nothing once a session is passed."""
    async with SandboxSlack() as slack, aiohttp.ClientSession() as session:
        slack.faults.add("auth.test", "delay", times=None, seconds=0.3)
        soon: Any = 0.05  # slack-sdk asks for whole seconds
        with pytest.raises(asyncio.TimeoutError):
            await default_client(slack, timeout=soon).auth_test()
        answer = await default_client(slack, timeout=soon, session=session).auth_test()
        assert answer["ok"] is True


async def test_the_sessions_own_time_out_holds() -> None:
    """So that is where ours is set."""
    own = aiohttp.ClientTimeout(total=0.05)
    async with SandboxSlack() as slack, aiohttp.ClientSession(timeout=own) as session:
        slack.faults.add("auth.test", "delay", seconds=0.3)
        with pytest.raises(asyncio.TimeoutError):
            await web_client(slack.bot_token, slack.api_url, session).auth_test()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_respond_does_not_raise(status: int) -> None:
    """An HTTP error comes back as if it were an answer; only the status tells it."""
    async with SandboxSlack() as slack:
        slack.faults.add("response_url", "status", code=status, body="no")
        url = slack.url + slack.urls.new("U0ANA", "C0BATCHES")
        answer = await AsyncRespond(response_url=url)("hello")
        assert (answer.status_code, answer.body) == (status, "no")
        assert slack.workspace.ephemerals == []


async def test_respond_opens_a_client_each_time(mocker: MockerFixture) -> None:
    """Each answer opens a session of its own, which waits for thirty seconds."""
    opened = mocker.spy(aiohttp, "ClientSession")
    async with SandboxSlack() as slack:
        ours = opened.call_count
        respond = AsyncRespond(response_url=slack.url + slack.urls.new("U0ANA", "C0BATCHES"))
        for _ in range(2):
            await respond("hello")
    timeouts = [call.kwargs["timeout"].total for call in opened.call_args_list[ours:]]
    assert timeouts == [30, 30]


async def test_respond_does_not_say_who_is_to_see_it() -> None:
    """It leaves `response_type` out, so that a change of Slack's default would tell everyone."""
    async with SandboxSlack() as slack:
        await AsyncRespond(response_url=slack.url + slack.urls.new("U0ANA", "C0BATCHES"))("hello")
        assert slack.exchanges[-1].args == {"text": "hello"}


@pytest.mark.parametrize("ok", ["yes", 1, [0]])
async def test_a_truthy_ok_is_taken_for_a_yes(ok: object) -> None:
    """The SDK looks whether `ok` is truthy, and not whether it is true."""
    async with SandboxSlack() as slack:
        json = {"Content-Type": "application/json"}
        slack.faults.add("auth.test", "status", code=200, body={"ok": ok}, headers=json)
        answer = await default_client(slack).auth_test()
        assert answer["ok"] == ok


async def test_a_refusal_has_slacks_own_word() -> None:
    """It is a SlackApiError whose response has the word."""
    async with SandboxSlack() as slack:
        with pytest.raises(SlackApiError) as caught:
            await AsyncWebClient("xoxb-wrong", slack.api_url).auth_test()
        assert caught.value.response["error"] == "invalid_auth"


def test_a_post_has_no_idempotency_key() -> None:
    """Nothing that `chat.postMessage` takes tells Slack that a message is there already."""
    known = set(inspect.signature(AsyncWebClient.chat_postMessage).parameters)
    assert {"channel", "text", "metadata", "thread_ts"} <= known
    assert not {"client_msg_id", "idempotency_key", "request_id", "nonce"} & known
