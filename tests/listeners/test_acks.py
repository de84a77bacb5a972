"""Every interaction is acknowledged, whatever the database does, and nothing takes that back.

Over both ways in: Socket Mode acknowledges what Bolt answers with 200, HTTP answers it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_mock import MockerFixture
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.listeners.shortcut import SHORTCUT
from bot.sandbox.slack.workspace import APP, TEAM
from bot.store.database import Database
from bot.views.confirmation import CONFIRM_ACTION, DECLINE_ACTION
from bot.views.follow import TELL_ACTION
from bot.views.picker import PICK_ACTION, REVIEW_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from tests.simulation import BATCH, Simulation

TEXTS = ("", BATCH, "status", f"status {BATCH}", "history", "help", "batch_")
BUTTONS = (
    *(CONFIRM_ACTION, DECLINE_ACTION, REVIEW_ACTION, WITHDRAW_ACTION, TELL_ACTION),
    *(PICK_ACTION, "of_another_version"),
)
SHORTCUTS = (SHORTCUT, "of_another_version")
INTERACTIONS = [
    *(("command", text) for text in TEXTS),
    *(("button", action) for action in BUTTONS),
    *(("shortcut", callback) for callback in SHORTCUTS),
]
each_interaction = pytest.mark.parametrize(("kind", "what"), INTERACTIONS)
each_way = pytest.mark.parametrize("way", ["http", "socket_mode"])


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


def payload(kind: str, what: str) -> dict[str, Any]:
    """Return what Slack sends."""
    app: dict[str, Any] = {"api_app_id": APP, "response_url": "https://slack.test/1"}
    if kind == "command":
        who = {"user_id": "U0ANA", "channel_id": "C0BATCHES", "team_id": TEAM}
        return app | who | {"command": "/cancel-batch", "text": what}
    person = {"user": {"id": "U0ANA"}, "channel": {"id": "C0BATCHES"}, "team": {"id": TEAM}}
    if kind == "button":
        action = {"type": "button", "action_id": what, "block_id": "b", "value": "x"}
        return app | person | {"type": "block_actions", "actions": [action]}
    message = {"ts": "1.1", "text": BATCH}
    return app | person | {"type": "message_action", "callback_id": what, "message": message}


async def send(sim: Simulation, way: str, kind: str, what: str) -> int | None:
    """Return the status with which an interaction is answered."""
    body = payload(kind, what)
    if way == "socket_mode":
        envelope: dict[str, str | Sequence[str]] = {"x-envelope-id": [f"{kind}-{what}"]}
        request = AsyncBoltRequest(mode="socket_mode", body=body, headers=envelope)
        return int((await sim.crew[0].work.bolt.async_dispatch(request)).status)
    form = urlencode(body if kind == "command" else {"payload": json.dumps(body)})
    status, _ = await sim.slack.post_raw(form.encode(), sim.slack.signed(form))
    return status


@each_way
@each_interaction
async def test_a_database_that_hangs(
    sim: Simulation, mocker: MockerFixture, way: str, kind: str, what: str
) -> None:
    """The acknowledgement waits for it for a moment, and no more."""
    go_on = asyncio.Event()

    @asynccontextmanager
    async def hang(_: Database) -> AsyncIterator[AsyncConnection]:
        await go_on.wait()
        raise OSError("gone")
        yield  # type: ignore[unreachable]  # what makes it a generator

    mocker.patch("bot.listeners.handler._STORE_BEFORE_ACK", 0.01)
    mocker.patch("bot.listeners.origin._KEEP_WITHIN", 0.01)
    for name in ("writing", "reading"):
        mocker.patch.object(Database, name, hang)
    handler = sim.crew[0].work.handler
    said = mocker.patch.object(handler.slack, "answer")
    async with asyncio.timeout(20):
        assert await send(sim, way, kind, what) == 200
    waits = len(handler.in_flight)
    go_on.set()
    await asyncio.gather(*handler.in_flight)
    assert (waits, said.call_count) == ((0, 0) if what == PICK_ACTION else (1, 1))


@each_way
@each_interaction
async def test_what_fails_after_the_acknowledgement(
    sim: Simulation, mocker: MockerFixture, way: str, kind: str, what: str
) -> None:
    """It is logged; the person's interaction was taken."""
    handler = sim.crew[0].work.handler
    mocker.patch.object(handler.metrics, "interaction", side_effect=RuntimeError("no"))
    said = mocker.patch("bot.listeners.handler.log.error")
    assert await send(sim, way, kind, what) == 200
    await asyncio.gather(*handler.in_flight, return_exceptions=True)
    await asyncio.sleep(0)  # what is called back when they are done
    assert said.call_count == (what != PICK_ACTION)
