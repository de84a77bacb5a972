"""What the page's server does with menus, shortcuts and other apps' messages. No bot is running."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.demo.alerts import NAMED
from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import SandboxWorld
from tests.sandbox.pages import Page, served
from tests.sandbox.test_menus import GO, menu, section

Both = tuple[SandboxWorld, Page]


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Give a page on which Ana is asked which batches; nobody acknowledges what she does."""
    async with served(tmp_path) as (world, page):
        world.slack.request_url = "http://127.0.0.1:9/slack/events"
        blocks = [section(menu(), block_id="b"), GO]
        world.slack.workspace.show(Ephemeral("U0ANA", "C0BATCHES", "1.1", "Which?", blocks))
        yield world, page


async def test_an_alert_stands_in_the_channel(both: Both) -> None:
    """From the beginning: another app's, with its name, and both ids where people see them."""
    world, page = both
    (alert,) = await page.until(lambda p: p.said("Spend alert"))
    assert (alert["app"], alert["user"], alert["channel"]) == ("spend-watch", "", "C0BATCHES")
    assert NAMED[0] in alert["blocks"][0]["text"]["text"]
    assert NAMED[1] in alert["attachments"][0]["text"]
    assert set(NAMED) <= world.respan.batches.keys()
    assert set(NAMED) <= {batch["id"] for batch in page.state["batches"]}
    assert not (await page.post("shortcut", user="U0BEN", ts=alert["ts"]))["acked"]
    payload = world.slack.deliveries[-1].payload
    assert (payload["type"], payload["message_ts"]) == ("message_action", alert["ts"])
    await page.until(lambda p: [row for row in p.rows if row["name"] == "shortcut"])
    assert payload["trigger_id"] not in page.received


async def test_a_choice_and_a_click(both: Both) -> None:
    """Each goes to the app; the click tells what the page shows as chosen, whatever was before."""
    world, page = both
    (asked,) = await page.until(lambda p: p.said("Which?"))
    assert [block["block_id"] for block in asked["blocks"]] == ["b", "auto2"]
    here: Any = {"user": "U0ANA", "ts": "1.1"}
    place: Any = {"block_id": "b", "action_id": "pick"}
    assert not (await page.post("choose", **here, **place, values=["batch_a"]))["acked"]
    chosen = {"b": {"pick": ["batch_b", "batch_c"]}}
    assert not (await page.post("click", **here, action_id="go", chosen=chosen))["acked"]
    told = [d.payload["state"]["values"]["b"]["pick"] for d in world.slack.deliveries]
    values = [[one["value"] for one in state["selected_options"]] for state in told]
    assert values == [["batch_a"], ["batch_b", "batch_c"]]
    await page.until(lambda p: {row["name"] for row in p.rows} >= {"choice", "click"})


_PICK: dict[str, Any] = {"user": "U0ANA", "ts": "1.1"}
_CHOOSE = _PICK | {"block_id": "b", "action_id": "pick", "values": ["batch_a"]}


@pytest.mark.parametrize(
    ("action", "body", "why"),
    [
        ("click", _PICK | {"action_id": "a"}, "That button is not there any more."),
        ("click", _PICK | {"action_id": "go", "chosen": []}, "chosen must hold"),
        ("click", _PICK | {"action_id": "go", "chosen": {"b": {"pick": 7}}}, "chosen must be a"),
        ("click", _PICK | {"action_id": "go", "chosen": {"b": {"x": []}}}, "That menu is not"),
        ("choose", _PICK | {"block_id": "b", "action_id": "pick"}, "values must be a list"),
        ("choose", _CHOOSE | {"values": ["batch_x"]}, "There is no such option."),
        ("choose", _CHOOSE | {"ts": "9.9"}, "That message is not there"),
        ("shortcut", _PICK, "A private message has no shortcuts."),
        ("shortcut", {"user": "U0EVE", "ts": "1.1"}, "There is no such person."),
    ],
)
async def test_what_cannot_be_done(both: Both, action: str, body: Any, why: str) -> None:
    """It is refused with a sentence, and the app hears nothing of it."""
    world, page = both
    assert (await page.post(action, **body))["error"].startswith(why)
    assert world.slack.deliveries == []
