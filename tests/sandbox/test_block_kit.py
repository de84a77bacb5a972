"""Block Kit's limits, in every way in: posts, updates, later posts, and answers by a URL."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox.slack.blocks import problem_of
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral

Json = dict[str, Any]

TEXT = {"type": "mrkdwn", "text": "x"}
PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "a", "value": "v"}


@pytest.mark.parametrize(
    ("blocks", "good"),
    [
        (None, True),
        ([], True),
        ([{"type": "divider"}], True),
        ([{"type": "header", "text": PLAIN}], True),
        ([{"type": "header", "text": TEXT}], False),
        ([{"type": "section", "text": TEXT, "fields": [TEXT]}], True),
        ([{"type": "context", "elements": [TEXT]}], True),
        ([{"type": "actions", "elements": [BUTTON]}], True),
        ("blocks", False),
        ([{"type": "divider"}] * 51, False),
        ([{"type": "alert"}], False),
        ([7], False),
        ([{"type": "divider", "block_id": "b"}] * 2, False),
        ([{"type": "divider", "block_id": "b" * 256}], False),
        ([{"type": "section"}], False),
        ([{"type": "section", "text": "x"}], False),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}], False),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], False),
        ([{"type": "section", "fields": [TEXT] * 11}], False),
        ([{"type": "context", "elements": []}], False),
        ([{"type": "actions", "elements": []}], False),
        ([{"type": "actions", "elements": [BUTTON, BUTTON]}], False),
        ([{"type": "actions", "elements": [BUTTON | {"style": "loud"}]}], False),
        ([{"type": "actions", "elements": [BUTTON | {"value": "v" * 2001}]}], False),
        ([{"type": "actions", "elements": [BUTTON | {"text": None}]}], False),
        ([{"type": "actions", "elements": [BUTTON | {"text": TEXT}]}], False),
        ([{"type": "actions", "elements": [BUTTON | {"action_id": "a" * 256}]}], False),
        ([{"type": "actions", "elements": [{"type": "static_select"}]}], False),
        ([{"type": "actions", "elements": ["button"]}], False),
        ([{"type": "section", "text": TEXT, "accessory": BUTTON}], True),
        ([{"type": "section", "text": TEXT, "accessory": {"type": "button"}}], False),
        ([{"type": "section", "text": TEXT, "accessory": {"type": "image"}}], False),
    ],
)
def test_block_kit_has_limits(blocks: Any, good: bool) -> None:
    """Those that Slack documents."""
    assert (problem_of(blocks) is None) is good


def plain(length: int) -> Json:
    """Return a plain text of that length."""
    return {"type": "plain_text", "text": "x" * length}


def option(number: int, **fields: Any) -> Json:
    """Return an option of a menu."""
    return {"text": plain(75), "value": f"batch_{number}"} | fields


def menu(*options: Json, **fields: Any) -> Json:
    """Return a menu with these options, with two if not said otherwise."""
    given = list(options) or [option(1), option(2)]
    return {"type": "multi_static_select", "action_id": "m", "options": given} | fields


@pytest.mark.parametrize(
    ("element", "good"),
    [
        (menu(), True),
        (menu(*map(option, range(100))), True),
        (menu(*map(option, range(101))), False),
        (menu(options=[]), False),
        (menu(options=None), False),
        (menu(options=[7]), False),
        (menu(option(1, text=plain(76))), False),
        (menu(option(1, text=TEXT)), False),
        (menu(option(1, text=plain(0))), False),
        (menu(option(1, value="v" * 150)), True),
        (menu(option(1, value="v" * 151)), False),
        (menu(option(1, value=None)), False),
        (menu(option(1, description=plain(75))), True),
        (menu(option(1, description=plain(76))), False),
        (menu(option(1, description=TEXT)), False),
        (menu(placeholder=plain(150)), True),
        (menu(placeholder=plain(151)), False),
        (menu(placeholder=TEXT), False),
        (menu(action_id="a" * 256), False),
        (menu(max_selected_items=1), True),
        (menu(max_selected_items=0), False),
        (menu(max_selected_items=True), False),
        (menu(max_selected_items="2"), False),
        (menu(initial_options=[option(2)]), True),
        (menu(initial_options=[option(3)]), False),
        (menu(initial_options=[]), False),
        (menu(initial_options=[option(1), option(2)], max_selected_items=1), False),
    ],
)
def test_menus_have_limits(element: Json, good: bool) -> None:
    """The same ones in a section and in an input block; among actions a menu is never taken."""
    in_section = [{"type": "section", "text": TEXT, "accessory": element}]
    in_input = [{"type": "input", "label": PLAIN, "element": element}]
    assert (problem_of(in_section) is None) is good
    assert (problem_of(in_input) is None) is good
    assert problem_of([{"type": "actions", "elements": [BUTTON, element]}]) is not None


@pytest.mark.parametrize(
    "block",
    [
        {"element": menu()},
        {"label": TEXT, "element": menu()},
        {"label": plain(2001), "element": menu()},
        {"label": PLAIN, "element": menu(), "hint": TEXT},
        {"label": PLAIN, "element": BUTTON},
        {"label": PLAIN},
    ],
)
def test_an_input_block_has_a_label_and_an_element(block: Json) -> None:
    """Both are needed; a button is nothing to enter."""
    assert problem_of([{"type": "input"} | block]) is not None


MISPLACED = [{"type": "actions", "elements": [menu()]}]


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.scheduleMessage"])
async def test_no_method_takes_a_misplaced_menu(method: str) -> None:
    """Each says `invalid_blocks`, and nothing is posted or changed."""
    async with SandboxSlack() as slack:
        post_at = int(slack.clock.time()) + 600
        sent = slack.api.call("chat.postMessage", {"channel": "C0BATCHES", "text": "old"})
        args = {"channel": "C0BATCHES", "text": "new", "blocks": MISPLACED}
        answer = slack.api.call(method, args | {"ts": sent["ts"], "post_at": post_at})
        assert answer["error"] == "invalid_blocks"
        assert [message.text for message in slack.workspace.messages] == ["old"]
        assert slack.api.scheduled.waiting == {}


async def test_no_response_url_takes_a_misplaced_menu() -> None:
    """What was there stays, and the use is not counted."""
    async with SandboxSlack() as slack, aiohttp.ClientSession() as http:
        source = slack.workspace.show(Ephemeral("U0ANA", "C0BATCHES", "1.1", "old", []))
        url = slack.url + slack.urls.new("U0ANA", "C0BATCHES", source)
        body = {"text": "new", "replace_original": True}
        for blocks, status in [(MISPLACED, 400)] * 5 + [([], 200)]:
            async with http.post(url, json=body | {"blocks": blocks}) as answer:
                assert answer.status == status
        assert (source.text, source.history) == ("new", ["old"])
