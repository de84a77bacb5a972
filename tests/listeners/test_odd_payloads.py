"""Whatever a signed request carries, it is answered or dropped, and nothing is cancelled."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.listeners.click import read_click
from bot.listeners.handler import slack_id, url_of
from tests.simulation import BATCH, CONFIRM, Simulation


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": ""},
        {"user_id": "<!channel>"},
        {"user_id": "U" * 500},
        {"channel_id": ""},
        {"channel_id": "C0'; DROP TABLE"},
        {"response_url": ""},
        {"response_url": "javascript:alert(1)"},
        {"response_url": "https://evil.test/" + "x" * 9000},
        {"response_url": "https://\u0661"},
        {"team_id": ""},
        {"command": "/something-else"},
        {"is_enterprise_install": "true", "enterprise_id": "E1"},
    ],
)
async def test_odd_commands(sim: Simulation, changes: dict[str, str]) -> None:
    """A command with odd fields is never a 5xx, and reaches nobody else."""
    await sim.slack.command("batch_" + "x" * 20_000, **changes)
    delivery = await sim.slack.command(BATCH, **changes)
    await sim.pass_time(5)
    assert delivery.status is not None
    assert delivery.status < 500
    assert sim.respan.cancels == []


async def test_a_command_without_a_response_url_is_answered_directly(sim: Simulation) -> None:
    """Nobody is left without an answer."""
    await sim.slack.command("help", response_url="")
    await sim.pass_time(5)
    assert [m.channel for m in sim.slack.workspace.messages] == ["D0ANA"]


@pytest.mark.parametrize(
    "changes",
    [
        {"user": None},
        {"user": {}},
        {"user": "U0ANA"},
        {"user": {"id": 7}},
        {"channel": None},
        {"channel": {"id": ["C0BATCHES"]}},
        {"container": None, "channel": None},
        {"actions": []},
        {"actions": [{"action_id": CONFIRM, "value": 7, "type": "button"}]},
        {"actions": [{"action_id": CONFIRM, "type": "button"}]},
        {"actions": [{"action_id": CONFIRM, "value": "x" * 5000, "type": "button"}]},
        {"actions": [{"action_id": CONFIRM, "value": "\u0000\ud800", "type": "button"}]},
        {"actions": {"action_id": CONFIRM}},
        {"actions": "confirm"},
        {"response_url": None},
        {"team": None},
        {"type": "view_submission"},
        {"type": "made_up"},
    ],
)
async def test_odd_clicks(sim: Simulation, changes: dict[str, Any]) -> None:
    """A click with odd fields confirms nothing and is never a 5xx."""
    shown = await sim.ask()
    delivery = await sim.press(shown, CONFIRM, changes=changes)
    await sim.pass_time(2)
    assert delivery.status is not None
    assert delivery.status < 500
    if not {"channel", "response_url", "team"} & set(changes):
        assert sim.respan.cancels == []


async def test_a_click_without_a_channel_uses_its_container(sim: Simulation) -> None:
    """Slack names the channel in two places; one is enough."""
    shown = await sim.ask()
    await sim.press(shown, changes={"channel": None})
    await sim.pass_time(10)
    assert len(sim.respan.cancels) == 1


@pytest.mark.parametrize(
    "body", ["", "payload=", "payload=null", "payload=%5B%5D", "a=b", "ssl_check=1"]
)
async def test_bodies_without_a_interaction(sim: Simulation, body: str) -> None:
    """Signed bodies that hold nothing are refused or acknowledged, without an error."""
    status, _ = await sim.slack.post_raw(body.encode(), sim.slack.signed(body))
    assert status is not None
    assert status < 500


async def test_an_unknown_button_is_answered(sim: Simulation) -> None:
    """An older version's button gets a sentence."""
    shown = await sim.ask()
    payload = {"type": "block_actions", "user": {"id": "U0ANA"}, "actions": [{"action_id": "old"}]}
    url = sim.slack.url + sim.slack.urls.new("U0ANA", "C0BATCHES", shown)
    body = urlencode({"payload": json.dumps(payload | {"response_url": url})})
    status, _ = await sim.slack.post_raw(body.encode(), sim.slack.signed(body))
    await sim.pass_time(2)
    assert status == 200
    assert "does nothing any more" in sim.private()[-1]


async def test_the_database_is_away(sim: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interaction is acknowledged, and the person is told at once what to do."""
    shown = await sim.ask()
    await sim.crew[0].stores.database._engine.dispose()
    path = Path(str(sim.crew[0].stores.database.url.database))
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    command = await sim.slack.command(BATCH)
    click = await sim.press(shown)
    assert command.acked
    assert click.acked
    texts = sim.private()
    assert any("nothing was cancelled. Type it again" in text for text in texts)
    assert any("the click may not count" in text for text in texts)
    assert len(shown.buttons) == 2


@pytest.mark.parametrize("value", [None, 7, "", "U 1", "U1\n", "ü", "x" * 41, ["U1"]])
def test_only_ids_are_ids(value: object) -> None:
    """Anything else is none."""
    assert slack_id(value) is None


def test_urls_that_cannot_be_stored_are_none() -> None:
    """A response URL is printable ASCII of a sane length."""
    assert url_of({"response_url": "https://hooks.slack.com/1"}) == "https://hooks.slack.com/1"
    for url in (None, 7, "https://ü", "x\n", "x" * 4001):
        assert url_of({"response_url": url}) == ""


def test_read_click() -> None:
    """The token is the first action's value, if it can be one."""
    body = {"user": {"id": "U1"}, "channel": {"id": "C1"}, "actions": [{"value": "t" * 100}]}
    click = read_click(body, "key")
    assert click is not None
    assert (click.user, click.channel, click.value) == ("U1", "C1", "t" * 64)
