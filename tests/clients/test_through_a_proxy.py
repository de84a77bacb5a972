"""Each client goes through the proxy that it is given, and through no other."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.clients.slack_tokens import new_socket_url
from bot.clients.web_client import web_client
from bot.domain.message import Message
from bot.errors import RespanError, RespanUnreachable, SlackError, SlackUnreachable
from bot.proxies import Proxies, direct
from bot.sandbox.respan.server import SandboxRespan
from bot.sandbox.slack.server import SandboxSlack
from bot.transports.socket_connection import first_frame
from tests.proxy import LoopbackProxy, Passage

NO_PROXY = "::1,fe80::/10,[fd00::1]:443,slack.test,respan.test"


@pytest.fixture
async def proxy(workspace: SandboxSlack, respan: SandboxRespan) -> AsyncIterator[LoopbackProxy]:
    """Give a proxy that knows both services by made-up names."""
    names = {"slack.test": workspace, "respan.test": respan}
    ports = {name: int(server.url.rpartition(":")[2]) for name, server in names.items()}
    for name, server in names.items():
        server.url = f"http://{name}"
    async with LoopbackProxy(ports) as made:
        yield made


@pytest.fixture
def proxies(proxy: LoopbackProxy, monkeypatch: pytest.MonkeyPatch) -> Proxies:
    """Give the reading of an environment, whose variables are there for slack-sdk to see too."""
    environment = {"HTTP_PROXY": f"http://u:p@127.0.0.1:{proxy.port}"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Proxies.from_environment(environment)


async def test_each_of_them(
    workspace: SandboxSlack, respan: SandboxRespan, proxy: LoopbackProxy, proxies: Proxies
) -> None:
    """Slack's API, WebSockets and Respan, in the absolute form.

    CONNECT and response URLs, which are https:// only, are in blackbox/test_environment.py.
    """
    async with SlackClient(
        workspace.bot_token, workspace.api_url, workspace.clock, proxy_for=proxies.for_url
    ) as slack:
        await slack.start()
    web_api = web_client(
        workspace.app_token, workspace.api_url, None, proxies.for_url(workspace.api_url)
    )
    frame = await first_frame(partial(new_socket_url, web_api), proxies.for_url)
    assert frame["type"] == "hello"
    through = proxies.for_url(respan.base_url)
    async with RespanClient(respan.base_url, respan.api_key, respan.clock, proxy=through) as client:
        assert (await client.retrieve("batch_abc123")).id == "batch_abc123"
    assert {(seen.host, seen.login) for seen in proxy.seen} == {
        ("slack.test", "u:p"),
        ("respan.test", "u:p"),
    }
    assert [call.name for call in workspace.exchanges] == ["auth.test", "apps.connections.open"]


async def test_none_of_them(
    workspace: SandboxSlack, respan: SandboxRespan, proxy: LoopbackProxy, proxies: Proxies
) -> None:
    """What NO_PROXY names is looked for directly, and isn't there; no entry makes one fail."""
    assert proxies.for_url(workspace.url) is not None
    environment = {"ALL_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": NO_PROXY}
    none = Proxies.from_environment(environment)
    async with SlackClient(
        workspace.bot_token, workspace.api_url, workspace.clock, proxy_for=none.for_url
    ) as slack:
        with pytest.raises(SlackError):
            await slack.start()
        with pytest.raises(SlackError):
            await slack.answer("https://slack.test/response/x", Message("hello"), replace=False)
    through = none.for_url(respan.base_url)
    async with RespanClient(respan.base_url, respan.api_key, respan.clock, proxy=through) as client:
        with pytest.raises(RespanError):
            await client.retrieve("batch_abc123")
    assert proxy.seen == []


async def test_a_proxy_that_refuses_has_sent_nothing(workspace: SandboxSlack) -> None:
    """So what was asked may be asked again: nobody has heard of it."""
    async with LoopbackProxy({}) as refusing:
        where = f"http://127.0.0.1:{refusing.port}"
        async with RespanClient(
            "https://far.test/api", "k", workspace.clock, proxy=where
        ) as respan:
            with pytest.raises(RespanUnreachable):
                await respan.cancel("batch_abc123", "U0ANA")
        far = "https://far.test/api/"
        async with SlackClient("xoxb-1", far, workspace.clock, proxy_for=lambda _: where) as slack:
            with pytest.raises(SlackUnreachable, match="the proxy refused with 502"):
                await slack.start()
        assert set(refusing.seen) == {Passage("CONNECT", "far.test", "")}


async def test_no_client_finds_a_proxy_by_itself(
    proxies: Proxies, proxy: LoopbackProxy, workspace: SandboxSlack
) -> None:
    """slack-sdk reads the environment when it is made; ours is told afterwards."""
    assert proxies.for_url(workspace.url) is not None
    assert web_client("xoxb-1", workspace.api_url, None).proxy is None
    workspace.url = f"http://127.0.0.1:{proxy.hosts['slack.test']}"
    web_api = web_client(workspace.app_token, workspace.api_url, None)
    assert (await first_frame(partial(new_socket_url, web_api), direct))["type"] == "hello"
    assert proxy.seen == []
