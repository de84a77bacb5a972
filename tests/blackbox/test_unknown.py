"""Whatever Slack sends that this bot has no use for is acknowledged, answered and named."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.workspace import TEAM
from bot.sandbox.world import SandboxWorld
from tests.blackbox.replays import Watched

PERSON = {"user": {"id": "U0ANA", "team_id": TEAM}, "team": {"id": TEAM}}
NAME = "odd\n2026-01-01T00:00:00Z [info] \x1b[2J" + "x" * 5000

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "message shortcut": ("shortcut", {"type": "message_action", "callback_id": NAME}),
    "global shortcut": ("shortcut", {"type": "shortcut", "callback_id": NAME}),
    "button": ("action", {"type": "block_actions", "actions": [{"action_id": NAME}]}),
    "old button": (
        "action",
        {"type": "interactive_message", "callback_id": NAME, "actions": [{"name": NAME}]},
    ),
    "dialog": ("action", {"type": "dialog_submission", "callback_id": NAME}),
    "closed dialog": ("action", {"type": "dialog_cancellation", "callback_id": NAME}),
    "workflow step": (
        "action",
        {"type": "workflow_step_edit", "callback_id": NAME, "workflow_step": {}},
    ),
    "form": (
        "view_submission",
        {"type": "view_submission", "view": {"type": "modal", "callback_id": NAME}},
    ),
    "saved step": (
        "view_submission",
        {
            "type": "view_submission",
            "view": {"type": "workflow_step", "callback_id": NAME},
            "workflow_step": {},
        },
    ),
    "closed form": (
        "view_closed",
        {"type": "view_closed", "view": {"type": "modal", "callback_id": NAME}},
    ),
    "menu": ("block_suggestion", {"type": "block_suggestion", "action_id": NAME}),
    "dialog's menu": ("dialog_suggestion", {"type": "dialog_suggestion", "callback_id": NAME}),
    "button without a name": ("other", {"type": "block_actions"}),
    "something new": ("other", {"type": NAME}),
    "nothing": ("other", {}),
    "odd type": ("other", {"type": ["x"]}),
}
EVENTS: dict[str, dict[str, Any]] = {
    "message": {"type": "message", "channel_type": "im", "user": "U0ANA", "text": NAME},
    "mention": {"type": "app_mention", "user": "U0ANA", "text": NAME},
    "workflow step": {"type": "function_executed", "function_execution_id": "F", "inputs": {}},
    "old step": {"type": "workflow_step_execute", "workflow_step": {}},
    "thread": {"type": "assistant_thread_started", "assistant_thread": {}},
    "something new": {"type": NAME},
}


@pytest.fixture(params=["json", "console"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, transport: str
) -> AsyncIterator[SandboxWorld]:
    """Give a running bot, by each way in and with each form of the log."""
    async with SandboxWorld(tmp_path, transport=transport, LOG_FORMAT=request.param) as made:
        yield made


async def send(world: SandboxWorld, payload: dict[str, Any]) -> Delivery:
    """Send an interactive payload with an address for an answer."""
    url = world.slack.url + world.slack.urls.new("U0ANA", "C0BATCHES")
    body = urlencode({"payload": json.dumps(payload | {"response_url": url})})
    payload = payload | {"response_url": url}
    return await world.slack.deliver("interactive", payload, body, url)


async def send_event(world: SandboxWorld, event: dict[str, Any]) -> int | None:
    """Send an event; return the status, in Socket Mode 200 for an acknowledgement."""
    payload = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}
    if world.slack.transport == "socket":
        ack = await world.slack.sockets.send("events_api", payload)
        return None if ack is None else 200
    body = json.dumps(payload)
    headers = world.slack.signed(body) | {"Content-Type": "application/json"}
    return (await world.slack.post_raw(body.encode(), headers))[0]


async def test_everything_unknown(world: SandboxWorld) -> None:
    """No request ends in Bolt's own line, which prints it whole; each kind is named by ours."""
    command = await world.slack.command("x\n[info] forged", command="/of-another-app" + NAME)
    assert command.acked
    for name, (_, payload) in KINDS.items():
        delivery = await send(world, PERSON | payload)
        assert delivery.status == 200, name
        options = '{"options": []}' if "suggestion" in str(payload.get("type")) else '""'
        assert (delivery.ack or '""') == options, name
    for name, event in EVENTS.items():
        assert await send_event(world, event) == 200, name
    await Watched(world).settled()
    assert await world.bot.terminate() == 0
    _look_at(world.bot.log_text())
    _read(world)


def _look_at(log: str) -> None:
    for kind in {"command", "event_callback"} | {kind for kind, _ in KINDS.values()}:
        assert log.count(f"kind={kind} ") + log.count(f'"kind": "{kind}"') in {1, 2}, kind
    for word in ("slack_bolt", "Unhandled", "Traceback", "forged", "xxxxxxxx", "\x1b"):
        assert word not in log, word
    assert [line for line in log.splitlines() if not line.startswith(("2", '{"'))] == []
    assert [line for line in log.splitlines() if line.startswith("2026-01-01")] == []


def _read(world: SandboxWorld) -> None:
    """Look at what the person reads who did all that."""
    texts = [shown.text for shown in world.slack.workspace.private("U0ANA")]
    for words, count in (
        ("does not know this command, so nothing was done. Type `/cancel-batch`", 1),
        ("does not know this shortcut, so nothing was done", 2),
        ("That button does nothing any more", 5),
    ):
        assert sum(words in text for text in texts) == count, words
    assert world.respan.exchanges == []


async def test_a_crowd_of_unknowns_is_two_lines(http_world: SandboxWorld) -> None:
    """The second one says how many there were."""
    for number in range(50):
        assert (await http_world.slack.command("", command=f"/other{number}")).acked
    assert await http_world.bot.terminate() == 0
    lines = [li for li in http_world.bot.log_text().splitlines() if "nothing here handles" in li]
    assert len(lines) == 2
    assert '"name": "/other49"' in lines[1]
    assert '"count": 49' in lines[1]


async def test_slacks_own_questions_are_answered(http_world: SandboxWorld) -> None:
    """The check of the address, and of its certificate."""
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    headers = http_world.slack.signed(body) | {"Content-Type": "application/json"}
    status, text = await http_world.slack.post_raw(body.encode(), headers)
    assert (status, json.loads(text)) == (200, {"challenge": "abc"})
    body = "ssl_check=1&token=x"
    assert (await http_world.slack.post_raw(body.encode(), http_world.slack.signed(body)))[0] == 200
