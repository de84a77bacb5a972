"""Private answers arrive, by the response URL or directly."""

from typing import Any

import pytest

from tests.simulation import BATCH, CONFIRM, Simulation


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"code": 503}),
        ("rate_limited", {"retry_after": 3}),
        ("drop_before", {}),
        ("drop_after", {}),
        ("half_body", {}),
    ],
)
async def test_trouble_only_delays_an_answer(
    sim: Simulation, kind: str, options: dict[str, Any]
) -> None:
    """Whatever happens to the first try, the question is asked."""
    sim.slack.faults.add("response_url", kind, **options)
    await sim.slack.command(BATCH)
    await sim.pass_time(30)
    shown = sim.slack.workspace.private("U0ANA")[-1]
    assert len(shown.buttons) == 2


@pytest.mark.parametrize("answer", ["used_url", "expired_url"])
@pytest.mark.parametrize("code", [200, 404])
async def test_a_dead_url_is_replaced_by_a_direct_message(
    sim: Simulation, answer: str, code: int
) -> None:
    """What can't be said in place is said directly, once."""
    body = {"ok": False, "error": answer}
    sim.slack.faults.add("response_url", "status", times=None, code=code, body=body)
    await sim.slack.command("help")
    await sim.pass_time(30)
    (message,) = sim.slack.workspace.messages
    assert message.channel == "D0ANA"
    assert message.text.startswith("`/cancel-batch` lets you choose")


async def test_an_answer_that_is_too_old_goes_directly(sim: Simulation) -> None:
    """After half an hour without Slack the response URL isn't tried any more."""
    sim.slack.faults.add("*", "status", times=None, code=503)
    await sim.slack.command("help")
    await sim.pass_time(60)
    sim.slack.faults.clear()
    sim.clock.advance(1800)
    await sim.pass_time(60)
    assert [m.channel for m in sim.slack.workspace.messages] == ["D0ANA"]


async def test_a_direct_message_waits_for_slack_too(sim: Simulation) -> None:
    """A fallback that Slack asks to send later is sent later."""
    sim.slack.faults.add("response_url", "status", times=None, code=404)
    sim.slack.faults.add("chat.postMessage", "rate_limited", retry_after=5)
    await sim.slack.command("help")
    await sim.pass_time(60)
    assert len(sim.slack.workspace.messages) == 1


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_an_unknown_direct_message_is_repeated_once(sim: Simulation, kind: str) -> None:
    """It is there at least once; while Slack says of neither whether it came, two are enough."""
    sim.slack.faults.add("response_url", "status", times=None, code=404)
    sim.slack.faults.add("chat.postMessage", kind, times=1)
    await sim.slack.command("help")
    await sim.pass_time(60)
    assert len(sim.slack.workspace.messages) == (2 if kind == "drop_after" else 1)
    sim.slack.faults.add("chat.postMessage", kind, times=None)
    before = len(sim.slack.calls("chat.postMessage"))
    await sim.slack.command("help")
    await sim.pass_time(600)
    assert len(sim.slack.calls("chat.postMessage")) - before == 2
    assert await sim.crew[0].stores.answers.wait_seconds() is None


async def test_an_answer_that_reaches_nobody_is_given_up(sim: Simulation) -> None:
    """Where no way is left, the log says so and the outbox is empty."""
    sim.slack.faults.add("response_url", "status", times=None, code=404)
    sim.slack.faults.add("chat.postMessage", "slack_error", times=None, code="user_disabled")
    await sim.slack.command("help")
    await sim.pass_time(60)
    assert sim.slack.workspace.messages == []
    assert await sim.crew[0].stores.answers.wait_seconds() is None


@pytest.mark.parametrize("code", [403, 404])
async def test_a_question_that_can_not_be_shown_in_place(sim: Simulation, code: int) -> None:
    """It comes as a direct message, and its buttons work there, for the same person."""
    sim.slack.faults.add("response_url", "status", times=None, code=code)
    await sim.slack.command(BATCH)
    await sim.pass_time(5)
    (question,) = sim.slack.workspace.messages
    assert "Slack did not take the answer to your command in <#C0BATCHES>" in question.text
    assert [button["text"]["text"] for button in question.buttons] == [
        "Cancel batch",
        "Keep running",
    ]
    sim.slack.faults.clear()
    await sim.slack.click(question, CONFIRM, user="U0BEN", channel="D0BEN")
    await sim.pass_time(2)
    assert sim.respan.cancels == []
    await sim.slack.click(question, CONFIRM)
    await sim.pass_time(60)
    assert [cancel.identifier for cancel in sim.respan.cancels] == ["U0ANA"]
    assert [m.channel for m in sim.parents()] == ["D0ANA", "C0BATCHES"]
    assert question.buttons == []


async def test_a_question_that_comes_too_late(sim: Simulation) -> None:
    """Where Slack takes it only when it is over, the person reads that, and no buttons."""
    sim.slack.faults.add("response_url", "status", times=None, code=503)
    await sim.slack.command(BATCH)
    await sim.pass_time(660)
    sim.slack.faults.clear()
    await sim.pass_time(120)
    (told,) = sim.slack.workspace.private("U0ANA")
    assert "too late, so nothing was cancelled" in told.text
    assert told.buttons == []


async def test_blocks_that_slack_refuses(sim: Simulation) -> None:
    """The text says all that matters, and goes alone: nobody is left without an answer."""
    sim.slack.faults.add("response_url", "status", times=None, code=400, body="invalid_blocks")
    sim.slack.faults.add("chat.postMessage", "slack_error", code="invalid_blocks")
    await sim.slack.command("")
    await sim.pass_time(30)
    (message,) = sim.slack.workspace.messages
    assert (message.channel, message.blocks) == ("D0ANA", [])
    assert message.text.startswith("1 batch can be cancelled.")
