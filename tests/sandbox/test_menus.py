"""What people choose in a message's menus, as the local Slack tells the app of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a plain text."""
    return {"type": "plain_text", "text": text}


def told(text: str) -> Json:
    """Return a plain text as payloads hold it."""
    return plain(text) | {"emoji": True}


A: Json = {"text": plain("Batch a"), "value": "batch_a", "description": plain("40 of 100")}
B: Json = {"text": plain("Batch b"), "value": "batch_b"}
C: Json = {"text": plain("Batch c"), "value": "batch_c"}
TOLD_A = {"text": told("Batch a"), "value": "batch_a", "description": told("40 of 100")}
TOLD_B = {"text": told("Batch b"), "value": "batch_b"}


def menu(**fields: Any) -> Json:
    """Return a menu of three options."""
    return {"type": "multi_static_select", "action_id": "pick", "options": [A, B, C]} | fields


def section(element: Json, **fields: Any) -> Json:
    """Return a section with an element beside its text."""
    return {"type": "section", "text": plain("Which?"), "accessory": element} | fields


BUTTON: Json = {"type": "button", "action_id": "go", "value": "token", "text": plain("Go")}
GO: Json = {"type": "actions", "elements": [BUTTON]}


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    """Give a local Slack with an app that acknowledges everything."""

    async def acknowledge(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", acknowledge)
    async with SandboxSlack() as made, TestServer(app) as server:
        made.request_url = str(server.make_url("/slack/events"))
        yield made


def private(slack: SandboxSlack, *blocks: Json) -> Ephemeral:
    """Show Ana a private message."""
    return slack.workspace.show(
        Ephemeral("U0ANA", "C0BATCHES", slack.workspace.new_ts(), "Which?", list(blocks))
    )


def selected(delivery: Delivery, block_id: str = "b") -> list[str]:
    """Return the values that a payload's state has for the menu."""
    state = delivery.payload["state"]["values"][block_id]["pick"]
    assert state["type"] == "multi_static_select"
    return [option["value"] for option in state["selected_options"]]


async def test_a_choice_is_an_action_of_its_own(slack: SandboxSlack) -> None:
    """It holds every chosen option in full, twice: in the action, and in the state."""
    shown = private(slack, section(menu(), block_id="b"), GO)
    await slack.choose(shown, ["batch_b"])
    delivery = await slack.choose(shown, ["batch_b", "batch_a"])
    assert delivery is not None
    assert delivery.acked
    payload = delivery.payload
    (action,) = payload["actions"]
    assert action["selected_options"] == [TOLD_B, TOLD_A]
    names = ("type", "block_id", "action_id")
    assert [action[name] for name in names] == ["multi_static_select", "b", "pick"]
    state = {"type": "multi_static_select", "selected_options": [TOLD_B, TOLD_A]}
    assert payload["state"] == {"values": {"b": {"pick": state}}}
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    assert payload["response_url"] == delivery.response_url


async def test_a_button_tells_what_is_chosen(slack: SandboxSlack) -> None:
    """Of its own message and person only; an empty menu is told too, and what was taken back."""
    shown, other = private(slack, section(menu(), block_id="b"), GO), private(slack, GO)
    assert selected(await slack.click(shown, "go")) == []
    await slack.choose(shown, ["batch_a", "batch_c"])
    click = await slack.click(shown, "go")
    assert selected(click) == ["batch_a", "batch_c"]
    assert click.payload["actions"][0]["block_id"] == "auto2"
    assert selected(await slack.click(shown, "go", user="U0BEN")) == []
    assert (await slack.click(other, "go")).payload["state"] == {"values": {}}
    await slack.choose(shown, [])
    assert selected(await slack.click(shown, "go")) == []


async def test_a_click_may_bring_its_choice(slack: SandboxSlack) -> None:
    """As a client does that tells of both at once; it is what is chosen from then on."""
    shown = private(slack, section(menu(), block_id="b"), GO)
    click = await slack.click(shown, "go", chosen={"b": {"pick": ["batch_c"]}})
    assert selected(click) == ["batch_c"]
    assert selected(await slack.click(shown, "go")) == ["batch_c"]


async def test_everybody_chooses_alone_in_a_channel(slack: SandboxSlack) -> None:
    """The payload about a message that all see carries it in full, with the ids of its blocks."""
    blocks = [section(menu()), GO]
    message = slack.workspace.add(SandboxMessage("C0BATCHES", "1.1", "Which?", blocks))
    await slack.choose(message, ["batch_a"], user="U0ANA")
    ben = await slack.click(message, "go", user="U0BEN")
    ana = await slack.click(message, "go", user="U0ANA")
    assert (selected(ben, "auto1"), selected(ana, "auto1")) == ([], ["batch_a"])
    sent = ana.payload["message"]
    assert [block["block_id"] for block in sent["blocks"]] == ["auto1", "auto2"]
    assert (sent["text"], sent["bot_id"]) == ("Which?", "B0BATCHBOT")


async def test_an_input_block_is_told_with_the_button(slack: SandboxSlack) -> None:
    """A choice in it is no action, unless the block asks for that."""
    label = {"label": plain("Which?"), "element": menu(), "block_id": "b"}
    quiet = private(slack, {"type": "input"} | label, GO)
    assert await slack.choose(quiet, ["batch_a"]) is None
    assert slack.deliveries == []
    assert selected(await slack.click(quiet, "go")) == ["batch_a"]
    loud = private(slack, {"type": "input", "dispatch_action": True} | label, GO)
    assert await slack.choose(loud, ["batch_a"]) is not None


async def test_a_message_may_begin_with_a_choice(slack: SandboxSlack) -> None:
    """Its initial options are chosen until somebody chooses something else."""
    shown = private(slack, section(menu(initial_options=[B]), block_id="b"), GO)
    assert selected(await slack.click(shown, "go")) == ["batch_b"]
    await slack.choose(shown, [])
    assert selected(await slack.click(shown, "go")) == []


async def test_a_choice_stays_while_the_menu_keeps_its_ids(slack: SandboxSlack) -> None:
    """Options that are gone are chosen no more; with another block_id all begins anew."""
    shown = private(slack, section(menu(), block_id="b"), GO)
    await slack.choose(shown, ["batch_a", "batch_b"])
    shown.blocks = [section(menu(options=[B, C]), block_id="b"), GO]
    assert selected(await slack.click(shown, "go")) == ["batch_b"]
    shown.blocks = [section(menu(), block_id="b2"), GO]
    assert selected(await slack.click(shown, "go"), "b2") == []


@pytest.mark.parametrize(
    ("values", "how", "why"),
    [
        (["batch_x"], {}, "no such option"),
        (["batch_a", "batch_a"], {}, "no such option"),
        (["batch_a", "batch_b", "batch_c"], {}, "At most 2"),
        (["batch_a"], {"action_id": "other"}, "not there"),
        (["batch_a"], {"block_id": "other"}, "not there"),
    ],
)
async def test_what_nobody_can_choose(
    slack: SandboxSlack, values: list[str], how: Json, why: str
) -> None:
    """It is an error of the test; nothing is sent, and what was chosen stays."""
    shown = private(slack, section(menu(max_selected_items=2), block_id="b"), GO)
    await slack.choose(shown, ["batch_b"])
    with pytest.raises(ValueError, match=why):
        await slack.choose(shown, values, **how)
    assert len(slack.deliveries) == 1
    assert selected(await slack.click(shown, "go")) == ["batch_b"]


async def test_many_choose_at_once(slack: SandboxSlack) -> None:
    """Each payload has the choice of its own person."""
    message = slack.workspace.add(
        SandboxMessage("C0BATCHES", "1.1", "Which?", [section(menu(), block_id="b"), GO])
    )
    people = {f"U{number}": ["batch_a", "batch_b", "batch_c"][: number % 4] for number in range(40)}
    await asyncio.gather(*(slack.choose(message, v, user=u) for u, v in people.items()))
    clicks = await asyncio.gather(*(slack.click(message, "go", user=u) for u in people))
    assert [selected(click) for click in clicks] == list(people.values())
