"""What has changed much between the look and the click is asked about once more, before it goes."""

import pytest

from bot.domain.cancellation import State
from bot.domain.request import Request, RequestState
from bot.domain.schedule import CONFIRMATION_VALID
from bot.sandbox.slack.workspace import Ephemeral
from tests.simulation import BATCH, DECLINE, Simulation

OTHERS = ["batch_two", "batch_three"]


async def ask_and_run_on(sim: Simulation, *batch_ids: str, typed: str = BATCH) -> Ephemeral:
    """Ask, and let 20 points more of these batches run before anybody answers."""
    shown = await sim.ask(typed)
    for batch_id in batch_ids or (BATCH,):
        sim.respan.batches[batch_id].completed += 20
    return shown


async def both(sim: Simulation) -> tuple[Request, Request]:
    """Return the request of the first question, and that of the second."""
    first, second = sorted(await sim.requests(), key=lambda request: request.after_change)
    return first, second


def questions(sim: Simulation) -> list[str]:
    """Return the questions that stand there now."""
    return [text for text in sim.private() if "Choose Cancel" in text]


async def test_a_fifth_more_is_asked_about_once_more(sim: Simulation) -> None:
    """The person sees the new numbers where they clicked, and nothing was sent."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    await sim.pass_time()
    assert sim.respan.cancels == []
    assert len(sim.private()) == 1
    assert "Still cancel `batch_abc123`?" in shown.text
    assert "43 of 100 requests done" in shown.text
    first, second = await both(sim)
    assert (first.state, second.state) == (RequestState.REFUSED, RequestState.ASKED)
    assert second.token != first.token
    await sim.press(shown)
    await sim.pass_time(120)
    assert [cancel.batch_id for cancel in sim.respan.cancels] == [BATCH]
    assert [request.state for request in await both(sim)] == ["refused", "reported"]
    assert len(sim.parents()) == len(sim.replies()) == 1


async def test_once_more_and_not_again(sim: Simulation) -> None:
    """Whatever runs until the second click, it is the last question."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    await sim.pass_time()
    sim.respan.batches[BATCH].completed += 30
    await sim.press(shown)
    await sim.pass_time()
    assert len(sim.respan.cancels) == 1


async def test_little_left_is_asked_about_once_more(sim: Simulation) -> None:
    """It may be worth to let it end."""
    sim.respan.batches[BATCH].completed = 90
    shown = await sim.ask()
    sim.respan.batches[BATCH].completed = 95
    await sim.press(shown)
    await sim.pass_time()
    assert sim.respan.cancels == []
    assert "95 of 100 requests done, 1 failed, 4 not run yet" in shown.text


@pytest.mark.parametrize(("before", "after"), [(23, 42), (0, 0), (96, 98)])
async def test_what_has_not_changed_much_goes_out(sim: Simulation, before: int, after: int) -> None:
    """Nobody is asked twice about a batch that goes on as it did."""
    sim.respan.batches[BATCH].completed = before
    shown = await sim.ask()
    sim.respan.batches[BATCH].completed = after
    await sim.press(shown)
    await sim.pass_time()
    assert len(sim.respan.cancels) == 1


async def test_what_is_final_is_said(sim: Simulation) -> None:
    """There is nothing to ask about any more."""
    shown = await sim.ask()
    sim.respan.batches[BATCH].completed = 100
    sim.respan.batches[BATCH].status = "completed"
    await sim.press(shown)
    await sim.pass_time()
    assert sim.respan.cancels == []
    assert "is `completed` by now" in shown.text
    assert len(await sim.requests()) == 1


async def test_a_second_click_on_the_old_button(sim: Simulation) -> None:
    """A double click confirms no new numbers, and leaves the new question where it is."""
    shown = await ask_and_run_on(sim)
    old = next(b["value"] for b in shown.buttons if b["text"]["text"] == "Cancel batch")
    await sim.press(shown)
    await sim.pass_time()
    await sim.press(shown, value=old)
    await sim.pass_time()
    assert sim.respan.cancels == []
    assert len(questions(sim)) == 1
    assert "asked about it once more" in sim.private()[-1]


async def test_keep_running_and_no_answer(sim: Simulation) -> None:
    """Neither sends anything; who confirmed before, and then did not answer, is told."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    await sim.pass_time()
    await sim.press(shown, DECLINE)
    await sim.pass_time()
    assert [request.state for request in await both(sim)] == ["refused", "declined"]
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    await sim.pass_time(CONFIRMATION_VALID + 1)
    states = sorted(request.state for request in await sim.requests())
    assert states == ["declined", "expired", "refused", "refused"]
    assert any("You did not confirm again in time" in m.text for m in sim.parents())
    assert sim.respan.cancels == []


async def test_one_of_three_has_changed(sim: Simulation) -> None:
    """The others go out at once; the question about the one stands beside what becomes of them."""
    for batch_id in OTHERS:
        sim.respan.add_batch(batch_id)
    shown = await ask_and_run_on(sim, "batch_two", typed=f"{BATCH} {' '.join(OTHERS)}")
    await sim.press(shown)
    await sim.pass_time()
    assert sorted(c.batch_id for c in sim.respan.cancels) == [BATCH, "batch_three"]
    assert any("Still cancel `batch_two`?" in text for text in questions(sim))
    assert "Respan accepted 2 of 3 batches" in sim.private()[0]
    first, _ = await both(sim)
    assert [c.state for c in first.cancellations][1] is State.CHANGED
    (parent,) = sim.parents()
    assert "`batch_two` was not sent: much of it ran since it was shown" in parent.text
    again = sim.slack.workspace.private("U0ANA")[-1]
    await sim.press(again)
    await sim.pass_time(600)
    assert len(sim.respan.cancels) == 3
    assert len(sim.parents()) == len(sim.replies()) == 2
    assert {request.state for request in await both(sim)} == {RequestState.REPORTED}


async def test_one_has_changed_and_one_is_over(sim: Simulation) -> None:
    """What is over is said, and what has changed is asked about."""
    sim.respan.add_batch("batch_two")
    shown = await ask_and_run_on(sim, typed=f"{BATCH} batch_two")
    sim.respan.batches["batch_two"].status = "failed"
    await sim.press(shown)
    await sim.pass_time()
    assert sim.respan.cancels == []
    assert "`batch_two` was not cancelled: it is `failed` already" in sim.private()[0]
    assert any("Still cancel `batch_abc123`?" in text for text in questions(sim))


async def test_slow_drift_counts_from_what_was_shown(sim: Simulation) -> None:
    """Tries that fail do not move the mark: the person saw what they saw."""
    shown = await sim.ask()
    sim.respan.faults.add("cancel", "rate_limited", times=3, retry_after=5)
    await sim.press(shown)
    for _ in range(3):
        sim.respan.batches[BATCH].completed += 8
        await sim.pass_time(6)
    await sim.pass_time(60)
    assert sim.respan.cancels == []
    assert any("Still cancel" in text for text in questions(sim))


async def test_an_answer_that_was_lost_is_no_reason_to_ask(sim: Simulation) -> None:
    """The call may have been taken: what was confirmed is carried through."""
    shown = await sim.ask()
    sim.respan.faults.add("cancel", "drop_before")
    await sim.press(shown)
    await sim.pass_time()
    sim.respan.batches[BATCH].completed += 40
    await sim.pass_time(600)
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


async def test_the_question_by_the_command_again(sim: Simulation) -> None:
    """Who types the command while it is open gets the same question, in the same words."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    await sim.pass_time()
    again = await sim.ask()
    assert again.text == shown.text
    assert len(await sim.requests()) == 2


@pytest.mark.parametrize("when", ["before_processing", "after_answer"])
@pytest.mark.parametrize("calls", [1, 2])
async def test_death_between_the_look_and_the_question(
    sim: Simulation, when: str, calls: int
) -> None:
    """Nothing is lost and nothing asked twice, wherever the bot dies."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    for _ in range(calls):
        assert await sim.crash(sim.crew[0], when)
        await sim.take_over()
    await sim.pass_time(60)
    assert sim.respan.cancels == []
    assert len(questions(sim)) == 1
    assert len(await sim.requests()) == 2


async def test_a_question_that_slack_takes_too_late(sim: Simulation) -> None:
    """Who could not see it in time reads that once, and nothing was sent."""
    shown = await ask_and_run_on(sim)
    await sim.press(shown)
    sim.slack.faults.add("*", "status", times=None, code=503)
    await sim.pass_time(CONFIRMATION_VALID + 60)
    sim.slack.faults.clear()
    await sim.pass_time(300)
    told = [*sim.private(), *(m.text for m in sim.slack.workspace.messages)]
    assert sum("You did not confirm again in time" in text for text in told) == 1
    assert sim.respan.cancels == []
