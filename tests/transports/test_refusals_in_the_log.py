"""What the log says of requests that are refused, and how often."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from pytest_mock import MockerFixture
from slack_bolt.app.async_app import AsyncApp
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.sandbox.slack.server import SandboxSlack
from bot.telemetry.metrics import Metrics
from bot.transports.http import Server

SLACK = SandboxSlack()
BODY = urlencode({"command": "/cancel-batch", "text": "batch_abc123"})


@dataclass
class Door:
    """A server that takes Slack's requests, and a client for it."""

    server: Server
    metrics: Metrics
    http: ClientSession

    async def post(self, headers: dict[str, str], body: str = BODY) -> int:
        """Post a body; return the status."""
        url = f"http://127.0.0.1:{self.server.port}/slack/events"
        async with self.http.post(url, data=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Give an open door."""

    async def nothing() -> None:
        return None

    metrics = Metrics()
    server = Server("127.0.0.1", 0, metrics, nothing, nothing)
    server.take_events(SLACK.signing_secret)
    await server.start()
    server.open_for(AsyncApp(name="x", token="xoxb-1", signing_secret=SLACK.signing_secret))
    async with ClientSession() as http:
        yield Door(server, metrics, http)
    await server.stop()


def refused(logs: list[EventDict]) -> list[dict[str, Any]]:
    return [dict(line) for line in logs if line["event"] == "a request was refused"]


def old() -> dict[str, str]:
    return SLACK.signed(BODY, int(time.time()) - 420)


def foreign() -> dict[str, str]:
    return SLACK.signed(BODY) | {"X-Slack-Signature": "v0=" + "1" * 64}


@pytest.mark.parametrize(
    ("headers", "reason", "meaning"),
    [
        (dict, "unsigned", "no signature"),
        (foreign, "wrong_signature", "SLACK_SIGNING_SECRET"),
        (old, "wrong_time", "clock is 42"),
    ],
)
async def test_each_says_what_it_is(
    door: Door, headers: Callable[[], dict[str, str]], reason: str, meaning: str
) -> None:
    """The line names the reason, what it means, and where it came from."""
    with capture_logs() as logs:
        assert await door.post(headers()) == 401
    (line,) = refused(logs)
    assert (line["reason"], line["peer"], line["log_level"]) == (reason, "127.0.0.1", "warning")
    assert meaning in line["meaning"]
    assert "forwarded_for" not in line


async def test_behind_a_proxy(door: Door) -> None:
    """The address that the proxy names stands there too, cut."""
    with capture_logs() as logs:
        await door.post({"X-Forwarded-For": "203.0.113.7, " + "x" * 5000})
    (line,) = refused(logs)
    assert line["forwarded_for"] == "203.0.113.7, " + "x" * 87


async def test_a_thousand_strangers_are_two_lines(door: Door) -> None:
    """One at once and one at the end of the minute, here of the process, with the count."""
    with capture_logs() as logs:
        for _ in range(1000):
            await door.post({})
        await door.post(foreign())
        await door.server.stop()
    said = [(line["reason"], line.get("count", 1)) for line in refused(logs)]
    assert said == [("unsigned", 1), ("wrong_signature", 1), ("unsigned", 999)]


@pytest.mark.parametrize(
    ("raw", "trouble"),
    [
        (b"GET / HTTP/9.9\r\n\r\n", "BadStatusLine"),
        (b"GET /a\x1b[2J HTTP/1.1\r\n\r\n", "InvalidURLError"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", "LineTooLong"),
    ],
)
async def test_what_is_no_http_is_two_lines_too(door: Door, raw: bytes, trouble: str) -> None:
    """A stranger who sends it a hundred times fills no log, and no traceback stands there."""
    with capture_logs() as logs:
        for _ in range(100):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
            writer.write(raw)
            assert b" 400 " in await reader.readline()
            writer.close()
            await writer.wait_closed()
        await door.server.stop()
    said = [(line["event"], line["trouble"], line.get("count", 1)) for line in logs]
    assert said == [("a request could not be read", trouble, count) for count in (1, 99)]
    assert "exc_info" not in logs[0]


async def test_a_defect_of_ours_keeps_its_traceback(door: Door, mocker: MockerFixture) -> None:
    """It is an error, once with all that is known, and then counted."""
    mocker.patch.object(door.metrics, "render", side_effect=RuntimeError("a defect"))
    with capture_logs() as logs:
        for _ in range(3):
            async with door.http.get(f"http://127.0.0.1:{door.server.port}/metrics") as answer:
                assert answer.status == 500
        await door.server.stop()
    assert [(line["log_level"], line.get("count", 1)) for line in logs] == [
        ("error", 1),
        ("error", 2),
    ]
    assert str(logs[0]["exc_info"]) == "a defect"


async def test_they_are_counted_by_reason(door: Door) -> None:
    """In the metrics, where every one counts."""
    for headers in ({}, {}, foreign(), old()):
        await door.post(headers)
    text = door.metrics.render()[0].decode()
    for reason, count in (("unsigned", 2), ("wrong_signature", 1), ("wrong_time", 1)):
        assert f'{{interaction="request",outcome="{reason}"}} {count}.0' in text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_look_at_the_certificate_is_answered(door: Door, method: str) -> None:
    """Unsigned, as Slack sends it: 200, nothing is done and nothing is logged."""
    url = f"http://127.0.0.1:{door.server.port}/slack/events"
    command = {"command": "/cancel-batch", "text": "batch_abc123", "user_id": "U0ANA"}
    fields = {"ssl_check": "1", "token": "deprecated"} | command
    where: dict[str, Any] = {"params": fields} if method == "GET" else {"data": fields}
    with capture_logs() as logs:
        async with door.http.request(method, url, **where) as answer:
            assert (answer.status, await answer.text()) == (200, "")
    assert logs == []


async def test_nothing_else_is_fetched(door: Door) -> None:
    """A GET without it is what it always was."""
    async with door.http.get(f"http://127.0.0.1:{door.server.port}/slack/events") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
