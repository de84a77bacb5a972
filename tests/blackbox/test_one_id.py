"""One id through a whole cancellation: each line of the log about it is found by the request's."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.world import SandboxWorld

BATCH, OTHER = "batch_abc123", "batch_other9"

Line = dict[str, Any]

WHOLE: list[tuple[str, Line]] = [
    ("question_stored", {"batch_ids": [BATCH]}),
    ("question_shown", {}),
    ("click_stored", {"outcome": "moved"}),
    ("cancel_intended", {"batch_id": BATCH}),
    ("cancel_accepted", {"batch_id": BATCH}),
    ("cancellation_moved", {"before": "confirmed", "after": "cancelling"}),
    ("end_seen", {"status": "cancelled"}),
    ("cancellation_moved", {"before": "cancelling", "after": "ended"}),
    ("post_done", {"kind": "reply"}),
    ("request_moved", {"before": "confirmed", "after": "reported"}),
]
"""What is said of a cancellation, from the command to the reply, in this order."""

BESIDE: list[tuple[str, Line]] = [
    ("answer_delivered", {"directly": False}),
    ("post_done", {"kind": "announcement"}),
    ("watch_looked", {"looks": 1}),
]
"""What is said beside it, by other runners: somewhere in between."""


def _lines(world: SandboxWorld) -> list[Line]:
    return [json.loads(line) for line in world.bot.log_text().splitlines() if line[:1] == "{"]


def _of_batch(world: SandboxWorld, batch_id: str) -> list[Line]:
    """Return the lines with the id of the request that the command about a batch became."""
    asked = [line for line in _lines(world) if line.get("batch_ids") == [batch_id]]
    (request_id,) = {line["request_id"] for line in asked}
    return [line for line in _lines(world) if line.get("request_id") == request_id]


def _at(lines: list[Line], key: str, more: Line) -> int:
    """Return the place of the first line with this key and these values."""
    places = [
        place
        for place, line in enumerate(lines)
        if line["event_id"] == key and more.items() <= line.items()
    ]
    assert places, f"no line {key} with {more} carries the id"
    return places[0]


async def _cancel(world: SandboxWorld, batch_id: str, user: str) -> None:
    world.respan.add_batch(batch_id, cancel_seconds=3)
    await world.cancel(batch_id, user)
    await world.reply(batch_id)


@pytest.mark.seconds(8)
async def test_one_id_from_the_command_to_the_reply(tmp_path: Path, transport: str) -> None:
    """Every line of a cancellation carries it, in order, and no line of another one does."""
    async with SandboxWorld(tmp_path, transport=transport) as world:
        await _cancel(world, BATCH, "U0ANA")
        await _cancel(world, OTHER, "U0BEN")
        await world.bus.wait_for(
            lambda: len([ln for ln in _lines(world) if ln.get("event_id") == "request_moved"]) == 2,
            what="the end of both",
        )
        found = _of_batch(world, BATCH)
        places = [_at(found, key, more) for key, more in WHOLE]
        assert places[0] == 0
        assert places == sorted(places)
        assert all(0 < _at(found, key, more) < places[-1] for key, more in BESIDE)
        assert OTHER not in json.dumps(found)
        about = [line for line in _lines(world) if BATCH in json.dumps(line)]
        assert [line for line in about if line not in found] == []


async def test_lines_of_what_goes_wrong_carry_it_too(tmp_path: Path) -> None:
    """A call that fails, an answer that finds its response URL gone: all are found by it."""
    async with SandboxWorld(tmp_path, LOG_LEVEL="DEBUG") as world:
        world.respan.add_batch(BATCH, cancel_seconds=3)
        await world.slack.command(BATCH)
        shown = await world.confirmation()
        world.respan.faults.add("cancel", "status", code=503)
        world.slack.faults.add("chat.postMessage", "status", code=503)
        world.slack.faults.add("response_url", "status", code=404)
        await world.press(shown)
        await world.reply(BATCH)
        keys = {line["event_id"] for line in _of_batch(world, BATCH)}
        assert {"cancel_waits", "post_failed", "response_url_gone"} <= keys
        looks = [ln for ln in _of_batch(world, BATCH) if ln["event_id"] == "watch_looked"]
        assert looks[0]["looks"] == 1


@pytest.mark.parametrize("more", ["", f" {OTHER}"])
async def test_whoever_joins_is_led_to_the_other_id(http_world: SandboxWorld, more: str) -> None:
    """A click on what somebody else cancels already names the request that does it."""
    for batch_id in (BATCH, OTHER):
        http_world.respan.add_batch(batch_id, cancel_seconds=3)
    await http_world.slack.command(BATCH, "U0ANA")
    await http_world.slack.command(BATCH + more, "U0BEN")
    ana = await http_world.confirmation("U0ANA")
    ben = await http_world.confirmation("U0BEN")
    await http_world.press(ana)
    await http_world.slack.click(ben, "confirm_cancellation")
    await http_world.reply(BATCH)
    clicks = {ln["user_id"]: ln for ln in _lines(http_world) if ln["event_id"] == "click_stored"}
    assert clicks["U0BEN"]["joins"] == [clicks["U0ANA"]["request_id"]]
    assert clicks["U0BEN"]["outcome"] == ("moved" if more else "already_live")
    assert "joins" not in clicks["U0ANA"]
