"""An approval while Slack or Respan is in trouble, numbers run on, or somebody is taken off."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.approval import value_of
from bot.domain.cancellation import State
from bot.domain.schedule import GIVE_UP_AFTER, UNSENT_ASKED_AGAIN
from bot.views.follow import TELL_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from tests.simulation import BATCH, Simulation
from tests.steps.approvals import OVER, VALID, approve, ask_approval, decline, prepared, question

HISTORY = ("channels:history", "im:history")
POST, UPDATE = "chat.postMessage", "chat.update"


@pytest.fixture
async def sim(database_url: str) -> AsyncIterator[Simulation]:
    """Give a workspace in which a second person must agree."""
    async with Simulation(database_url, **OVER) as made:
        yield prepared(made)


@pytest.fixture
async def seeing(database_url: str) -> AsyncIterator[Simulation]:
    """Give the same where the bot may look into channels."""
    async with Simulation(database_url, scopes=HISTORY, **OVER) as made:
        yield prepared(made)


def fail(sim: Simulation, name: str, kind: str = "status", **more: Any) -> None:
    """Let calls to Slack fail; they say 503 if not said otherwise."""
    sim.slack.faults.add(name, kind, **({"code": 503} if kind == "status" else {}), **more)


async def test_a_post_is_tried_until_the_deadline(sim: Simulation) -> None:
    """An outage that ends in time costs time only; one that does not is told at its end."""
    fail(sim, POST, "rate_limited", times=None, retry_after=20)
    shown = await ask_approval(sim)
    assert "It waits in <#C0BATCHES> until" in shown.text
    await sim.pass_time(300)
    sim.slack.faults.clear()
    await sim.pass_time(60)
    assert f"/p{question(sim).ts.replace('.', '')}" in shown.text
    await approve(sim)
    assert len(sim.respan.cancels) == 1


async def test_a_post_that_never_gets_through(sim: Simulation) -> None:
    """Nothing waits silently: who asked is told at the deadline that nobody approved it."""
    fail(sim, POST, "rate_limited", times=None, retry_after=20)
    await ask_approval(sim)
    await sim.pass_time(VALID + 60)
    assert await sim.stage() == "expired"
    sim.slack.faults.clear()
    await sim.pass_time(120)
    (told,) = sim.slack.workspace.messages
    assert told.channel == "D0ANA"
    assert "Nobody approved the cancellation" in told.text


@pytest.mark.parametrize("kind", ["drop_after", "status"])
async def test_an_unknown_post_is_found(seeing: Simulation, kind: str) -> None:
    """There is one message, whatever Slack said."""
    fail(seeing, POST, kind, processed=True)
    await ask_approval(seeing)
    await seeing.pass_time(30)
    assert len(seeing.parents()) == 1
    await approve(seeing)
    await seeing.pass_time(120)
    assert await seeing.stage() == "reported"
    assert len(seeing.parents()) == len(seeing.replies()) == 1


async def test_an_unknown_post_twice(sim: Simulation) -> None:
    """Who asked hears that it may not be there; a click on it counts, and nothing goes directly."""
    fail(sim, POST, "drop_after", times=2)
    shown = await ask_approval(sim)
    await sim.pass_time(60)
    assert "Slack did not say whether the message" in shown.text
    first, _ = sim.parents()
    assert {m.channel for m in sim.parents()} == {"C0BATCHES"}
    await approve(sim, on=first)
    assert first.buttons == []
    assert len(sim.respan.cancels) == 1
    await sim.pass_time(120)
    assert await sim.stage() == "reported"


async def test_an_unknown_post_twice_and_nobody_clicks(sim: Simulation) -> None:
    """At the deadline who asked is told directly."""
    fail(sim, POST, "drop_before", times=2)
    await ask_approval(sim)
    await sim.pass_time(VALID + 60)
    assert await sim.stage() == "expired"
    assert "Nobody approved" in sim.slack.workspace.messages[-1].text


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_withdrawn_while_the_post_is_unknown(seeing: Simulation, kind: str) -> None:
    """What is there is found and closed aloud; what is not there is not posted any more."""
    fail(seeing, POST, kind)
    shown = await seeing.ask()
    await seeing.press(shown)
    await seeing.pass_time(0.2)
    await seeing.press(shown, WITHDRAW_ACTION, value=(await seeing.request()).id)
    await seeing.pass_time(120)
    assert await seeing.stage() == "withdrawn"
    is_there = kind == "drop_after"
    assert len(seeing.parents()) == len(seeing.replies()) == int(is_there)
    assert all(not m.buttons for m in seeing.parents())
    assert shown.text.startswith("Withdrawn: nothing was sent")


async def test_looking_for_it_fails_for_a_while(seeing: Simulation) -> None:
    """It is looked for until that works, or for two days."""
    fail(seeing, POST, "drop_after")
    fail(seeing, "conversations.history", times=None)
    shown = await seeing.ask()
    await seeing.press(shown)
    await seeing.pass_time(0.2)
    await seeing.press(shown, WITHDRAW_ACTION, value=(await seeing.request()).id)
    await seeing.pass_time(600)
    assert await seeing.stage() == "closing"
    seeing.slack.faults.clear()
    await seeing.pass_time(120)
    assert await seeing.stage() == "withdrawn"
    assert question(seeing).buttons == []


async def test_nobody_can_look_for_it(sim: Simulation) -> None:
    """Without a history scope it is left alone: its buttons count no more."""
    fail(sim, POST, "drop_after")
    shown = await sim.ask()
    await sim.press(shown)
    await sim.pass_time(0.2)
    await sim.press(shown, WITHDRAW_ACTION, value=(await sim.request()).id)
    await sim.pass_time(60)
    assert await sim.stage() == "withdrawn"
    await approve(sim)
    assert "withdrew the cancellation" in sim.private("U0BEN")[-1]
    assert sim.respan.cancels == []


async def test_the_buttons_go_when_slack_lets_them(sim: Simulation) -> None:
    """An update that fails is tried again; the reply does not wait for it."""
    await ask_approval(sim)
    fail(sim, UPDATE, times=3)
    await decline(sim)
    await sim.pass_time(0.5)
    assert len(sim.replies()) == 1
    assert question(sim).buttons != []
    await sim.pass_time(60)
    assert question(sim).buttons == []
    assert await sim.stage() == "declined"


async def test_the_buttons_go_while_respan_is_down(sim: Simulation) -> None:
    """What is approved loses them soon, whatever becomes of its cancellation."""
    await ask_approval(sim)
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=600)
    fail(sim, UPDATE, times=3)
    await approve(sim)
    assert question(sim).buttons != []
    await sim.pass_time(20)
    assert question(sim).buttons == []
    assert "<@U0BEN> approved it" in question(sim).text


async def test_the_message_was_deleted(sim: Simulation) -> None:
    """What Slack refuses for good is left, and the reply still comes."""
    await ask_approval(sim)
    fail(sim, UPDATE, "slack_error", times=None, code="message_not_found")
    await decline(sim)
    await sim.pass_time(60)
    assert await sim.stage() == "declined"
    assert len(sim.replies()) == 1


async def test_an_update_without_an_answer_is_not_the_last(sim: Simulation) -> None:
    """One that had no answer in time may still come: the last form is sent once more after it."""
    await ask_approval(sim)
    fail(sim, UPDATE, "delay", seconds=30)
    await decline(sim)
    await sim.pass_time(30)
    assert await sim.stage() == "closing"
    await sim.pass_time(120)
    assert await sim.stage() == "declined"
    assert question(sim).buttons == []


async def test_a_reply_that_never_gets_through(sim: Simulation) -> None:
    """After two days it is given up, and so is the last form of the message after four."""
    await ask_approval(sim)
    fail(sim, POST, "rate_limited", times=None, retry_after=3000)
    fail(sim, UPDATE, "rate_limited", times=None, retry_after=3000)
    await decline(sim)
    await sim.pass_time(VALID + GIVE_UP_AFTER + 7200)
    assert await sim.stage() == "closing"
    assert (await sim.request()).reply.given_up
    await sim.pass_time(GIVE_UP_AFTER + 7200)
    assert await sim.stage() == "declined"


async def run_on(sim: Simulation) -> None:
    """Ask for approval, let a fifth more run, and approve."""
    await ask_approval(sim)
    sim.respan.batches[BATCH].completed += 20
    await approve(sim)


async def test_much_has_run_since(sim: Simulation) -> None:
    """Approval is asked for again in the same message, with new numbers and new buttons."""
    shown = await sim.ask()
    await sim.press(shown)
    await sim.pass_time(600)
    old = value_of(await sim.request())
    sim.respan.batches[BATCH].completed += 20
    await approve(sim)
    message = question(sim)
    assert sim.respan.cancels == []
    assert "43 of 100 requests done" in message.text
    assert "It was approved, but it has run on since" in message.text
    assert "It was approved, but it has run on since" in shown.text
    directly = next(m for m in sim.slack.workspace.messages if m.channel == "D0BEN")
    assert "approve or decline again" in directly.text
    request = await sim.request()
    assert (request.state, request.decided_by) == ("needs_approval", None)
    await sim.press(message, "approve_cancellation", user="U0BEN", value=old)
    await sim.pass_time()
    assert "numbers have changed" in sim.private("U0BEN")[-1]
    assert sim.respan.cancels == []
    sim.respan.batches[BATCH].completed += 20
    await sim.press(message, "approve_cancellation", user="U0DAN")
    await sim.pass_time(120)
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"
    assert "Approved: by <@U0DAN>" in message.text


async def test_much_has_run_and_nobody_agrees_again(sim: Simulation) -> None:
    """The new wait has its own deadline, and runs out aloud."""
    await run_on(sim)
    await sim.pass_time(VALID - 60)
    assert await sim.stage() == "needs_approval"
    await sim.pass_time(120)
    assert await sim.stage() == "expired"
    assert sim.respan.cancels == []
    assert "Nobody approved" in sim.replies()[0].text


async def test_the_message_is_gone_when_it_is_asked_again(sim: Simulation) -> None:
    """It is posted anew: nobody waits for a message that nobody sees."""
    await ask_approval(sim)
    sim.respan.batches[BATCH].completed += 20
    fail(sim, UPDATE, "slack_error", times=None, code="message_not_found")
    await approve(sim)
    sim.slack.faults.clear()
    await sim.pass_time(60)
    newest = [m for m in sim.slack.workspace.messages if m.channel == "C0BATCHES"][-1]
    assert "43 of 100" in newest.text
    await approve(sim, on=newest)
    assert len(sim.respan.cancels) == 1


async def test_slack_is_down_when_it_is_asked_again(sim: Simulation) -> None:
    """The new numbers come when Slack works again, and the old buttons count for nothing."""
    await ask_approval(sim)
    sim.respan.batches[BATCH].completed += 20
    fail(sim, UPDATE, times=4)
    await approve(sim)
    await sim.pass_time(60)
    assert "43 of 100" in question(sim).text
    assert await sim.stage() == "needs_approval"


async def test_one_of_two_has_run_on(sim: Simulation) -> None:
    """The other is cancelled; who asked is asked about the one that was not sent."""
    sim.respan.add_batch("batch_two")
    await ask_approval(sim, f"{BATCH} batch_two")
    sim.respan.batches["batch_two"].completed += 20
    await sim.press(question(sim), "approve_cancellation", user="U0BEN")
    await sim.pass_time(120)
    assert [c.batch_id for c in sim.respan.cancels] == [BATCH]
    assert any("Still cancel `batch_two`?" in text for text in sim.private())
    assert {r.state for r in await sim.requests()} == {"reported", "asked"}


async def test_one_that_had_changed_runs_on_while_it_waits(sim: Simulation) -> None:
    """Who agrees sees its numbers for the first time: where they run on, it is asked again."""
    sim.respan.add_batch("batch_two")
    await ask_approval(sim, f"{BATCH} batch_two")
    sim.respan.batches["batch_two"].completed += 20
    await sim.press(question(sim), "approve_cancellation", user="U0BEN")
    await sim.pass_time(120)
    await sim.press(next(s for s in sim.slack.workspace.private("U0ANA") if s.buttons))
    await sim.pass_time(600)
    sim.respan.batches["batch_two"].completed += 25
    (message,) = [m for m in sim.parents() if m.buttons]
    await sim.press(message, "approve_cancellation", user="U0BEN")
    await sim.pass_time(60)
    assert [c.batch_id for c in sim.respan.cancels] == [BATCH]
    assert "It was approved, but it has run on since" in message.text
    await sim.press(message, "approve_cancellation", user="U0BEN")
    await sim.pass_time(60)
    assert [c.batch_id for c in sim.respan.cancels] == [BATCH, "batch_two"]


async def test_what_could_not_be_sent(sim: Simulation) -> None:
    """It is not asked again: the thread hears that it was not carried out."""
    shown = await ask_approval(sim)
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)
    await approve(sim)
    assert "then gives it up and tells you" in shown.text
    await sim.pass_time(UNSENT_ASKED_AGAIN - 300)
    sim.respan.faults.clear()
    sim.clock.advance(600)
    await sim.pass_time(60)
    assert await sim.stage() == "refused"
    assert sim.respan.cancels == []
    assert "Respan could not be asked for 30 min" in sim.replies()[0].text
    assert "Respan could not be asked for 30 min" in question(sim).text
    assert len(await sim.requests()) == 1


async def test_withdrawn_after_it_was_approved(sim: Simulation) -> None:
    """Who asked may take back what is not sent; the channel hears so."""
    shown = await ask_approval(sim)
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)
    await approve(sim)
    await sim.press(shown, WITHDRAW_ACTION)
    await sim.pass_time(60)
    assert await sim.stage() == "withdrawn"
    (reply,) = sim.replies()
    assert "after <@U0BEN> had approved it" in reply.text
    assert shown.text.startswith("Withdrawn: nothing was sent")
    assert (await sim.request()).own[0].state is State.WITHDRAWN


async def test_final_by_the_time_of_the_approval(sim: Simulation) -> None:
    """There is nothing to cancel any more, and that is said aloud; followers hear it too."""
    await ask_approval(sim)
    sim.respan.batches[BATCH].status = "completed"
    await approve(sim)
    await sim.pass_time(30)
    assert await sim.stage() == "refused"
    assert "it is `completed` already" in sim.replies()[0].text


async def test_a_follower_of_what_is_not_carried_out(sim: Simulation) -> None:
    """Who wanted to be told of its end is told that there is none."""
    await ask_approval(sim)
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)
    await approve(sim)
    sim.respan.faults.clear()
    sim.respan.faults.add("cancel", "status", times=None, code=403)
    shown = await sim.ask(user="U0DAN")
    await sim.press(shown, TELL_ACTION)
    await sim.pass_time(300)
    assert await sim.stage() == "refused"
    directly = [m for m in sim.slack.workspace.messages if m.channel == "D0DAN"]
    assert "It was not carried out" in directly[0].text


async def test_others_are_cancelling_it_by_then(sim: Simulation) -> None:
    """Nothing is begun; the approver, the thread and who asked hear that others were first."""
    shown = await ask_approval(sim)
    sim.respan.batches[BATCH].completed = 80
    other = await sim.ask(user="U0DAN")
    await sim.press(other)
    await sim.pass_time()
    assert len(sim.respan.cancels) == 1
    first = next(m for m in sim.parents() if "asks to cancel" in m.text)
    await sim.press(first, "approve_cancellation", user="U0BEN")
    await sim.pass_time(10)
    assert "being cancelled by others already" in sim.private("U0BEN")[-1]
    assert "others are cancelling" in first.text
    assert "others are cancelling" in shown.text
    states = {request.user_id: str(request.state) for request in await sim.requests()}
    assert states["U0ANA"] == "refused"
    assert len(sim.respan.cancels) == 1


async def test_who_asked_is_a_guest_by_the_call(sim: Simulation) -> None:
    """Nothing is sent, whoever agreed, and the thread hears why."""
    await ask_approval(sim)
    sim.slack.workspace.people["U0ANA"].guest = True
    await approve(sim)
    await sim.pass_time(30)
    assert sim.respan.cancels == []
    assert await sim.stage() == "refused"
    assert "<@U0ANA> may not cancel batches here any more" in sim.replies()[0].text


async def test_who_asked_is_a_guest_by_the_approval(sim: Simulation) -> None:
    """What is known by then is enough: it is closed, and nobody has approved it."""
    shown = await ask_approval(sim)
    sim.slack.workspace.people["U0ANA"].guest = True
    await sim.pass_time(400)
    assert "Guests" in (await sim.ask("batch_other")).text  # which reads who they are
    await approve(sim)
    await sim.pass_time(30)
    assert await sim.stage() == "refused"
    assert "may not do that any more" in sim.private("U0BEN")[-1]
    assert "may not do that any more" in sim.replies()[0].text
    assert "may not do that any more" in shown.text
    assert (await sim.request()).decided_by is None
    assert sim.respan.cancels == []


async def test_who_agreed_is_a_guest_by_the_call(sim: Simulation) -> None:
    """Their word counts no more, and the thread hears so."""
    await ask_approval(sim)
    sim.respan.faults.add("*", "rate_limited", times=3, retry_after=20)
    await approve(sim)
    sim.slack.workspace.people["U0BEN"].guest = True
    await sim.pass_time(120)
    assert sim.respan.cancels == []
    assert await sim.stage() == "refused"
    assert "<@U0BEN> may not approve it any more" in sim.replies()[0].text


async def test_slack_does_not_say_who_clicks(sim: Simulation) -> None:
    """Whoever can't be checked in time may not, and is told to press again."""
    await ask_approval(sim)
    fail(sim, "users.info")
    await approve(sim)
    assert "Press the button again" in sim.private("U0BEN")[-1]
    assert await sim.stage() == "needs_approval"
    await approve(sim)
    assert len(sim.respan.cancels) == 1
