"""Signed commands, sent as Slack sends them: one at a time, and many at once."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import APP, TEAM

PAUSE = 0.1
"""Seconds after each single command: what a bot does about it is done by then."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, ready to be sent."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Acks:
    """How long each acknowledgement took, and all of them together, in seconds."""

    each: tuple[float, ...]
    all_together: float


def commands(slack: SandboxSlack, batch_id: str, count: int) -> list[Command]:
    """Return commands about a batch, each of another person, so that nobody's limit matters."""
    return [_command(slack, batch_id, f"U0{secrets.token_hex(4).upper()}") for _ in range(count)]


def _command(slack: SandboxSlack, batch_id: str, user: str) -> Command:
    fields = {
        "team_id": TEAM,
        "channel_id": "C0BATCHES",
        "channel_name": "batches",
        "user_id": user,
        "user_name": "somebody",
        "command": "/cancel-batch",
        "text": batch_id,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": slack.url + slack.urls.new(user, "C0BATCHES"),
        "trigger_id": secrets.token_hex(12),
    }
    body = urlencode(fields)
    return Command(body.encode(), slack.signed(body))


async def one_at_a_time(url: str, sent: Sequence[Command], pause: float = PAUSE) -> Acks:
    """Send each command when the one before is acknowledged, after a pause."""
    async with _client(1) as http:
        each, began = [], perf_counter()
        for command in sent:
            each.append(await _send(http, url, command))
            await asyncio.sleep(pause)
        return Acks(tuple(each), perf_counter() - began)


async def at_once(url: str, sent: Sequence[Command], many: int) -> Acks:
    """Keep so many commands under way until all are acknowledged."""
    each: list[float] = []

    async def sender(http: aiohttp.ClientSession, left: Iterator[Command]) -> None:
        for command in left:
            each.append(await _send(http, url, command))  # noqa: PERF401 - all senders share the list

    async with _client(many) as http:
        left, began = iter(sent), perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(many):
                group.create_task(sender(http, left))
        return Acks(tuple(each), perf_counter() - began)


def _client(connections: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections))


async def _send(http: aiohttp.ClientSession, url: str, command: Command) -> float:
    """Return how long the acknowledgement took; raises ClientResponseError for any other answer."""
    began = perf_counter()
    place = f"{url}/slack/events"
    async with http.post(place, data=command.body, headers=command.headers) as response:
        await response.read()
        response.raise_for_status()
    return perf_counter() - began
