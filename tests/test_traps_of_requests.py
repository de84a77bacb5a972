"""Traps in what Bolt lets in: an upgrade that changes one is seen here.

Each test shows what Bolt does by itself, and what the bot makes of it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.slack.interactions import click_payload
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral
from tests.bolt_apps import COMMAND, PATH, Ack, app, counting, dispatch
from tests.simulation import BATCH, Simulation


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give the bot itself."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


NONSENSE: dict[str, tuple[bytes, dict[str, str], int, int]] = {
    "no signature": (COMMAND.encode(), {}, 401, 401),
    "a time that is no number": (COMMAND.encode(), {"X-Slack-Request-Timestamp": "soon"}, 500, 401),
    "a signature beyond ASCII": (COMMAND.encode(), {"X-Slack-Signature": "v0=ä"}, 500, 401),
    "a body that is not UTF-8": (b"text=\xff\xfe", {}, 500, 400),
    "broken JSON": (b"payload=%7Bbroken", {}, 500, 401),
    "JSON without end": (b"payload=" + b"%5B" * 50_000, {}, 500, 401),
    "a list for an object": (b"payload=%5B%5D", {}, 500, 401),
    "ssl_check": (b"ssl_check=1", {}, 200, 200),
}
"""Body, headers beside a fresh time, what Bolt answers, and what the bot does."""


@pytest.mark.parametrize("name", NONSENSE)
async def test_bolt_breaks_on_nonsense(name: str, sim: Simulation) -> None:
    """It reads a request before it looks at the signature; nothing of this is signed."""
    body, more, bolts, ours = NONSENSE[name]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    fresh = sim.slack.signed("")["X-Slack-Request-Timestamp"]
    headers = form | {"X-Slack-Request-Timestamp": fresh} | more
    async with TestClient(TestServer(app(sim.slack).web_app())) as http:
        assert (await http.post(PATH, data=body, headers=headers)).status == bolts
    status, _ = await sim.slack.post_raw(body, headers)
    assert status == ours


async def test_bolt_accepts_a_replay() -> None:
    """The same signed bytes run a listener again: single use is the store's business."""
    async with SandboxSlack() as slack:
        bolt = app(slack)
        runs = counting(bolt)
        async with TestClient(TestServer(bolt.web_app())) as http:
            headers = slack.signed(COMMAND)
            statuses = [
                (await http.post(PATH, data=COMMAND, headers=headers)).status for _ in range(3)
            ]
        assert statuses == [200] * 3
        assert len(runs) == 3


async def test_every_identical_click_runs_the_listener() -> None:
    """A hundred at once are a hundred runs."""
    async with SandboxSlack() as slack:
        bolt = app(slack)
        runs = counting(bolt)
        click = {"type": "block_actions", "user": {"id": "U"}, "team": {"id": "T"}}
        action = {"action_id": "press", "block_id": "b", "type": "button", "value": "token"}
        body = urlencode({"payload": json.dumps(click | {"actions": [action]})})
        statuses = await asyncio.gather(*(dispatch(bolt, slack, body) for _ in range(100)))
        assert statuses == [200] * 100
        assert len(runs) == 100


@pytest.mark.parametrize("named", [True, False])
async def test_a_click_on_a_private_message_has_no_message(*, named: bool) -> None:
    """It has a container instead, from which Bolt does not tell the place: listeners look there."""
    shown = Ephemeral("U0ANA", "C0BATCHES", "1.1", "?", [])
    payload = click_payload(shown, {}, "press", "U0ANA", "C0BATCHES") | {"team": None}
    if not named:
        del payload["channel"]
    record: list[tuple[Any, ...]] = []

    async def listener(ack: Ack, body: dict[str, Any], context: Any, message: Any) -> None:
        record.append((body, message, context.channel_id, context.user_id, context.team_id))
        await ack()

    async with SandboxSlack() as slack:
        bolt = app(slack)
        bolt.action("press")(listener)
        assert await dispatch(bolt, slack, urlencode({"payload": json.dumps(payload)})) == 200
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    assert record == [(payload, None, "C0BATCHES" if named else None, "U0ANA", "T0SANDBOX")]
