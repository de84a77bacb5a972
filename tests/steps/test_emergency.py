"""An emergency stop works in an emergency: batches that can't be read, calls that can't be sent."""

from typing import Any

import pytest

from bot.sandbox.slack.workspace import SandboxMessage
from tests.simulation import BATCH, CONFIRM, DECLINE, Simulation

WITHDRAW = "withdraw_cancellation"
NO_NUMBERS = "Its numbers can't be read at the moment. You can confirm"


def _reads_fail(sim: Simulation, kind: str = "status", **options: Any) -> None:
    sim.respan.faults.add("retrieve", kind, times=None, **({"code": 500} | options))


def _calls_do_not_arrive(sim: Simulation) -> None:
    """Let Respan answer 429 to every call: none of them has an effect."""
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)


def _direct(sim: Simulation) -> list[SandboxMessage]:
    return [m for m in sim.slack.workspace.messages if m.channel == "D0ANA"]


@pytest.mark.parametrize("kind", ["status", "drop_before", "garbage", "empty", "half_body"])
async def test_it_is_asked_without_numbers_and_cancelled(sim: Simulation, kind: str) -> None:
    """Reads fail for minutes: the question comes after 8 s, and the cancel call waits for none."""
    _reads_fail(sim, kind)
    await sim.slack.command(BATCH)
    await sim.pass_time(7)
    assert [text for text in sim.private() if "Looking up" not in text] == []
    await sim.pass_time(3)
    shown = sim.slack.workspace.private("U0ANA")[-1]
    assert NO_NUMBERS in shown.text
    assert sim.respan.cancels == []
    await sim.press(shown)
    await sim.pass_time(5)
    assert [cancel.identifier for cancel in sim.respan.cancels] == ["U0ANA"]
    assert "is cancelling" in sim.parents()[0].text
    sim.respan.faults.clear()
    await sim.pass_time(120)
    assert await sim.stage() == "reported"
    assert "is cancelled" in sim.replies()[-1].text


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_read_that_fails_for_a_moment(sim: Simulation, times: int) -> None:
    """It is tried again within the row, and the question has its numbers."""
    sim.respan.faults.add("retrieve", "status", times=times, code=503)
    await sim.slack.command(BATCH)
    await sim.pass_time(9)
    assert "Looking up" in sim.private()[0]
    assert "23 of 100 requests done" in sim.private()[-1]
    assert len(sim.private()) == 2


@pytest.mark.parametrize(("retry_after", "numbers"), [(3, True), (60, False)])
async def test_a_429_by_its_waiting_time(sim: Simulation, retry_after: int, numbers: bool) -> None:
    """A short one is waited for; for a long one nobody is kept waiting."""
    sim.respan.faults.add("retrieve", "rate_limited", times=1, retry_after=retry_after)
    await sim.slack.command(BATCH)
    await sim.pass_time(9 if numbers else 1)
    assert ("23 of 100" in sim.private()[-1]) is numbers
    assert (NO_NUMBERS in sim.private()[-1]) is not numbers


async def test_a_cancel_call_without_an_answer_is_not_repeated(sim: Simulation) -> None:
    """Where reads fail and the answer is lost, it waits until the batch can be read."""
    shown = await sim.ask()
    _reads_fail(sim)
    sim.respan.faults.add("cancel", "drop_after", times=1)
    await sim.press(shown)
    await sim.pass_time(600)
    assert len(sim.respan.cancels) == 1
    assert "it is not known whether" in shown.text
    assert shown.buttons == []
    sim.respan.faults.clear()
    await sim.pass_time(120)
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


async def test_what_is_not_sent_can_be_withdrawn(sim: Simulation) -> None:
    """The person who confirmed presses Withdraw, once, and nothing is sent any more."""
    shown = await sim.confirm()
    _calls_do_not_arrive(sim)
    await sim.pass_time(5)
    assert [button["text"]["text"] for button in shown.buttons] == ["Withdraw"]
    value = shown.buttons[0]["value"]
    await sim.press(shown, WITHDRAW, user="U0BEN", value=value)
    await sim.pass_time()
    assert await sim.stage() == "confirmed"
    assert "Only <@U0ANA>" in sim.private("U0BEN")[-1]
    await sim.press(shown, WITHDRAW)
    await sim.pass_time()
    assert shown.text.startswith("Withdrawn: nothing was sent")
    sim.respan.faults.clear()
    await sim.press(shown, WITHDRAW, value=value)
    await sim.pass_time(3600)
    assert await sim.stage() == "withdrawn"
    assert sim.respan.cancels == []
    assert sim.slack.workspace.messages == []


async def test_what_was_sent_can_not_be_withdrawn(sim: Simulation) -> None:
    """A Withdraw that comes after the call says so, and the cancellation goes its way."""
    shown = await sim.confirm()
    _calls_do_not_arrive(sim)
    await sim.pass_time(5)
    value = shown.buttons[0]["value"]
    sim.respan.faults.clear()
    sim.respan.faults.add("cancel", "drop_after", times=1)
    sim.respan.batches[BATCH].cancel_seconds = 600.0
    sim.clock.advance(30)
    await sim.do_due()
    await sim.press(shown, WITHDRAW, value=value)
    await sim.do_due()
    assert any("can't be withdrawn" in text for text in sim.private())
    await sim.pass_time(700)
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


async def test_what_could_not_be_sent_for_long_is_asked_again(sim: Simulation) -> None:
    """After 30 minutes, with new numbers and a new button; what was confirmed counts no more."""
    shown = await sim.confirm()
    old = (await sim.request()).token
    _calls_do_not_arrive(sim)
    await sim.pass_time(1700)
    assert _direct(sim) == []
    await sim.pass_time(200)
    (question,) = _direct(sim)
    assert "Still cancel" in question.text
    assert "nothing will be unless you confirm again" in question.text
    row = await sim.request()
    assert (row.state, row.asked_again) == ("asked", 1)
    assert row.token != old
    sim.respan.faults.clear()
    await sim.press(shown, value=old)
    await sim.pass_time(5)
    assert sim.respan.cancels == []
    await sim.slack.click(question, CONFIRM)
    await sim.pass_time(60)
    assert len(sim.respan.cancels) == 1
    assert [m.channel for m in sim.replies()] == ["C0BATCHES"]


async def test_nothing_is_sent_after_47_hours(sim: Simulation) -> None:
    """Respan is away for two days, and the bot too: the person is asked with the new numbers."""
    await sim.confirm()
    sim.clock.advance(47 * 3600)
    await sim.pass_time(5)
    assert sim.respan.cancels == []
    (question,) = _direct(sim)
    assert "23 of 100 requests done" in question.text
    await sim.slack.click(question, DECLINE)
    await sim.pass_time(3600)
    assert await sim.stage() == "declined"
    assert "keeps running" in question.text
    assert sim.respan.cancels == []


async def test_who_does_not_confirm_again_is_told(sim: Simulation) -> None:
    """They may think that it goes on: they read that nothing was done."""
    await sim.confirm()
    sim.clock.advance(3600)
    await sim.pass_time(700)
    question, told = _direct(sim)
    assert "Still cancel" in question.text
    assert "You did not confirm again in time" in told.text
    assert await sim.stage() == "expired"
    assert sim.respan.cancels == []


async def test_a_further_question_that_slack_takes_too_late(sim: Simulation) -> None:
    """It is not asked any more; that it is over is said once."""
    await sim.confirm()
    sim.slack.faults.add("*", "status", times=None, code=503)
    sim.clock.advance(3600)
    await sim.pass_time(700)
    sim.slack.faults.clear()
    await sim.pass_time(300)
    (told,) = _direct(sim)
    assert "You did not confirm again in time" in told.text


async def test_old_buttons_answer_the_new_question(sim: Simulation) -> None:
    """Withdraw, where it still stands, means that nothing is cancelled."""
    shown = await sim.confirm()
    _calls_do_not_arrive(sim)
    await sim.pass_time(5)
    value = shown.buttons[0]["value"]
    await sim.pass_time(1900)
    assert await sim.stage() == "asked"
    await sim.press(shown, WITHDRAW, value=value)
    await sim.pass_time()
    assert await sim.stage() == "declined"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"code": 401, "body": {"detail": "Invalid API key"}}, "refuses this app's API key"),
        ({"code": 403, "body": "error code: 1010"}, "such as a firewall"),
        ({"code": 404, "body": {"detail": "No such batch"}}, "knows no such batch"),
        ({"code": 503}, "Respan does not answer"),
    ],
)
async def test_the_end_can_not_be_seen(sim: Simulation, options: dict[str, Any], why: str) -> None:
    """The thread hears so once, within two minutes, and the end when it can be seen again."""
    sim.respan.batches[BATCH].cancel_seconds = 300.0
    await sim.confirm()
    await sim.pass_time(10)
    _reads_fail(sim, **options)
    await sim.pass_time(150)
    (noted,) = sim.replies()
    assert why in noted.text
    assert "can't see whether" in noted.text
    await sim.pass_time(1200)
    assert sim.replies() == [noted]
    sim.respan.faults.clear()
    await sim.pass_time(120)
    assert sim.replies()[0] is noted
    assert "is cancelled" in sim.replies()[1].text
    assert len(sim.replies()) == 2


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_that_can_not_be_edited(sim: Simulation, code: str) -> None:
    """A definite no is remembered: no further update is tried, and the reply comes all the same."""
    sim.respan.batches[BATCH].cancel_seconds = 300.0
    sim.respan.batches[BATCH].grows = 60
    await sim.confirm()
    await sim.pass_time(5)
    before = len(sim.slack.calls("chat.update"))
    sim.slack.faults.add("chat.update", "slack_error", times=None, code=code)
    await sim.pass_time(250)
    assert len(sim.slack.calls("chat.update")) == before + 1
    await sim.pass_time(120)
    assert "is cancelled" in sim.replies()[0].text
    assert await sim.stage() == "reported"
