"""What needs a second person waits in the channel, and goes on or ends there, aloud."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.approval import value_of
from bot.domain.request import RequestState
from bot.sandbox.slack.workspace import SandboxMessage
from bot.steps.expire_approval import expire_approval
from bot.views.unsent import WITHDRAW_ACTION
from tests.rows import ASKED_AT, request_in
from tests.simulation import BATCH, Simulation
from tests.steps.approvals import (
    OVER,
    VALID,
    approve,
    ask_approval,
    decline,
    prepared,
    question,
)


@pytest.fixture
async def sim(database_url: str) -> AsyncIterator[Simulation]:
    """Give a workspace in which a second person must agree."""
    async with Simulation(database_url, **OVER) as made:
        yield prepared(made)


def labels(message: SandboxMessage) -> list[str]:
    """Return what the buttons of a message say."""
    return [button["text"]["text"] for button in message.buttons]


async def test_it_waits_in_the_channel(sim: Simulation) -> None:
    """The one message says all; who asked reads where it waits, and nothing is sent."""
    shown = await ask_approval(sim)
    message = question(sim)
    assert message.channel == "C0BATCHES"
    assert f"<@U0ANA> asks to cancel `{BATCH}`: a second person must agree." in message.text
    assert "Why: more than 50 requests have not run." in message.text
    assert "23 of 100 requests done" in message.text
    assert labels(message) == ["Approve", "Decline"]
    assert "Nothing is sent to Respan before that" in shown.text
    assert f"/p{message.ts.replace('.', '')}" in shown.text
    await sim.pass_time(VALID - 60)
    assert await sim.stage() == "needs_approval"
    assert sim.respan.cancels == []
    assert message.edits == 0


async def test_what_waits_for_people_is_no_stuck_work(sim: Simulation) -> None:
    """An hour in the channel raises no alert: it is due only when its time is over."""
    await ask_approval(sim)
    await sim.pass_time(VALID - 60)
    backlog = await sim.crew[0].stores.backlog.count()
    assert backlog.requests["needs_approval"] == 1
    assert (backlog.oldest_due, backlog.oldest_answer) == (0.0, 0.0)
    await sim.pass_time(120)
    backlog = await sim.crew[0].stores.backlog.count()
    assert set(backlog.requests.values()) == {0}


async def test_whoever_looks_reads_that_it_waits(sim: Simulation) -> None:
    """In the list of what is under way, and at the batch itself; no longer once it is over."""
    await ask_approval(sim)
    value = value_of(await sim.request())
    waits = "asked to cancel {}: that waits for a second person's approval until"
    link = f"/p{question(sim).ts.replace('.', '')}"
    for typed, what in (("status", f"`{BATCH}`"), (f"status {BATCH}", "it")):
        said = (await sim.ask(typed, "U0BEN")).text
        assert f"<@U0ANA> {waits.format(what)}" in said
        assert link in said
    assert f"You {waits.format('it')}" in (await sim.ask(f"status {BATCH}")).text
    await decline(sim, value=value)
    assert "Nothing is being cancelled" in (await sim.ask("status", "U0BEN")).text
    assert "waits for" not in (await sim.ask(f"status {BATCH}", "U0BEN")).text


async def test_approved(sim: Simulation) -> None:
    """It is carried out by the word of both; the same message becomes the announcement."""
    shown = await ask_approval(sim)
    await sim.pass_time(1000)
    await approve(sim)
    message = question(sim)
    assert labels(message) == []
    assert "Approved: by <@U0BEN>" in message.text
    assert [cancel.batch_id for cancel in sim.respan.cancels] == [BATCH]
    assert "<@U0BEN> approved it" in shown.text
    assert "Approved: Respan is being asked" in sim.private("U0BEN")[-1]
    await sim.pass_time(120)
    assert await sim.stage() == "reported"
    request = await sim.request()
    assert (request.decided_by, request.own[0].approved_by) == ("U0BEN", "U0BEN")
    assert len(sim.replies()) == 1
    assert "Approved: by <@U0BEN>" in question(sim).text
    history = (await sim.ask("history")).text
    assert "(approved by <@U0BEN>)" in history


async def test_declined(sim: Simulation) -> None:
    """The thread hears by whom, once; the buttons are gone; nothing was sent."""
    shown = await ask_approval(sim)
    await decline(sim)
    await sim.pass_time(60)
    assert await sim.stage() == "declined"
    assert labels(question(sim)) == []
    assert "Nothing was cancelled." in question(sim).text
    (reply,) = sim.replies()
    assert reply.thread_ts == question(sim).ts
    assert "<@U0ANA>: <@U0BEN> declined the cancellation" in reply.text
    assert "<@U0BEN> declined the cancellation" in shown.text
    assert shown.buttons == []
    assert sim.private("U0BEN") == [f"Declined: `{BATCH}` goes on, and nothing is sent to Respan."]
    await approve(sim)
    assert "declined the cancellation" in sim.private("U0BEN")[-1]
    assert sim.respan.cancels == []


async def test_nobody_answers(sim: Simulation) -> None:
    """It is said aloud at the deadline, and nobody can agree any more."""
    await ask_approval(sim)
    await sim.pass_time(VALID + 5)
    assert await sim.stage() == "expired"
    (reply,) = sim.replies()
    assert "Nobody approved the cancellation" in reply.text
    assert labels(question(sim)) == []
    await approve(sim)
    assert sim.respan.cancels == []
    assert "This could be approved until" in sim.private("U0BEN")[-1]


async def test_withdrawn_where_it_was_asked(sim: Simulation) -> None:
    """Who asked takes it back by the private message: the channel hears so."""
    shown = await ask_approval(sim)
    await sim.press(shown, WITHDRAW_ACTION)
    await sim.pass_time(10)
    assert await sim.stage() == "withdrawn"
    assert shown.text == f"Withdrawn: nothing was sent to Respan, and `{BATCH}` goes on."
    assert "<@U0ANA> withdrew the cancellation" in sim.replies()[0].text
    assert labels(question(sim)) == []
    assert sim.private() == [shown.text]


async def test_withdrawn_with_decline(sim: Simulation) -> None:
    """Who asked may press Decline in the channel; Approve they may not."""
    shown = await ask_approval(sim)
    await approve(sim, "U0ANA")
    assert "You asked for this yourself" in sim.private()[-1]
    assert labels(question(sim)) == ["Approve", "Decline"]
    await decline(sim, "U0ANA")
    await sim.pass_time(10)
    assert await sim.stage() == "withdrawn"
    assert "withdrew the cancellation" in shown.text
    assert sim.private()[-1].startswith("Withdrawn:")
    assert sim.respan.cancels == []


async def test_a_guest_may_not_agree(sim: Simulation) -> None:
    """It is said privately, and changes nothing."""
    await ask_approval(sim)
    before = question(sim).text
    for press in (approve, decline):
        await press(sim, "U0CLEO")
    assert ["Guests of this workspace may not approve" in t for t in sim.private("U0CLEO")] == [
        True,
        True,
    ]
    assert question(sim).text == before
    assert await sim.stage() == "needs_approval"


async def test_a_second_click_reads_by_whom(sim: Simulation) -> None:
    """One decision counts; whoever comes after it reads what it was."""
    await ask_approval(sim)
    await approve(sim)
    await decline(sim, "U0DAN")
    assert "<@U0BEN> approved the cancellation" in sim.private("U0DAN")[-1]
    assert len(sim.respan.cancels) == 1
    await sim.pass_time(120)
    assert await sim.stage() == "reported"


async def test_elsewhere_and_unknown(sim: Simulation) -> None:
    """A click that comes from another channel, or names no request, changes nothing."""
    await ask_approval(sim)
    await approve(sim, channel="C0GENERAL")
    await approve(sim, value="no-such-request.0")
    told = sim.private("U0BEN")
    assert "belongs to another channel" in told[0]
    assert "does not know this request" in told[1]
    assert await sim.stage() == "needs_approval"


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("C0PRIVATE", "Type `/invite` and the app's name there"),
        ("C0OLD", "is archived. Type"),
        ("D0ANA", "nobody else reads a direct message"),
    ],
)
async def test_where_nobody_can_be_asked(sim: Simulation, channel: str, words: str) -> None:
    """It is said, nothing waits, and no direct message stands for the channel's."""
    shown = await sim.ask(channel=channel)
    await sim.press(shown)
    await sim.pass_time()
    assert words in shown.text
    assert shown.buttons == []
    request = await sim.request()
    assert (request.state, request.refusal) == ("refused", "not_invited")
    assert sim.slack.workspace.messages == []
    await sim.press(shown, value=request.token)
    await sim.pass_time()
    assert words in shown.text


async def test_in_the_thread_of_an_alert(sim: Simulation) -> None:
    """What is asked from a message waits in its thread, and ends there."""
    alert = sim.slack.workspace.alert(f"[FIRING] {BATCH} costs too much", "C0BATCHES")
    await sim.shortcut(alert)
    await sim.pass_time()
    await sim.press(sim.slack.workspace.private("U0ANA")[-1])
    await sim.pass_time()
    (message,) = sim.replies()
    assert labels(message) == ["Approve", "Decline"]
    await approve(sim, on=message)
    await sim.pass_time(120)
    assert {m.thread_ts for m in sim.replies()} == {alert.ts}
    assert len(sim.replies()) == 2
    assert await sim.stage() == "reported"


async def test_declined_in_the_thread_of_an_alert(sim: Simulation) -> None:
    """The reply stands there too."""
    alert = sim.slack.workspace.alert(f"[FIRING] {BATCH} costs too much", "C0BATCHES")
    await sim.shortcut(alert)
    await sim.pass_time()
    await sim.press(sim.slack.workspace.private("U0ANA")[-1])
    await sim.pass_time()
    await decline(sim, on=sim.replies()[0])
    await sim.pass_time(10)
    first, reply = sim.replies()
    assert "Nothing was cancelled" in first.text
    assert reply.thread_ts == alert.ts
    assert "declined" in reply.text


async def test_the_same_question_while_it_waits(sim: Simulation) -> None:
    """It reads where that waits, and is not asked twice; it counts among the open ones."""
    await ask_approval(sim)
    again = await sim.ask()
    assert "A second person must agree to the cancellation" in again.text
    assert f"/p{question(sim).ts.replace('.', '')}" in again.text
    assert [button["text"]["text"] for button in again.buttons] == ["Withdraw"]
    assert len(await sim.requests()) == 1
    elsewhere = await sim.ask(channel="C0GENERAL")
    assert "if approved”" in elsewhere.text
    for number in range(3):
        sim.respan.add_batch(f"batch_more{number}")
        await sim.ask(f"batch_more{number}")
    assert "You have 5 open questions" in (await sim.ask("batch_six")).text


async def test_cancel_batch_of_the_old_card(sim: Simulation) -> None:
    """A second click on the question leaves the wait as it is."""
    shown = await sim.ask()
    token = (await sim.request()).token
    await sim.press(shown)
    await sim.press(shown, value=token)
    await sim.pass_time()
    assert "that waits for a second person's approval until" in sim.private()[-1]
    assert len(sim.parents()) == 1
    assert shown.buttons[0]["text"]["text"] == "Withdraw"


async def test_several_together(sim: Simulation) -> None:
    """Each alone is below the threshold, together they are not."""
    for batch_id in ("batch_one", "batch_two"):
        sim.respan.add_batch(batch_id, completed=70, failed=0)
    alone = await sim.ask("batch_one")
    assert "Choose Cancel batch" in alone.text
    await ask_approval(sim, "batch_one batch_two")
    assert "asks to cancel the 2 batches" in question(sim).text
    await sim.press(question(sim), "approve_cancellation", user="U0BEN")
    await sim.pass_time(120)
    assert sorted(c.batch_id for c in sim.respan.cancels) == ["batch_one", "batch_two"]
    assert {str(r.state) for r in await sim.requests()} == {"asked", "reported"}


async def test_in_a_direct_message(sim: Simulation) -> None:
    """Nobody else is there, so that nobody is asked: not even a call is made for it."""
    shown = await sim.ask(channel="D0ANA")
    await sim.press(shown)
    await sim.pass_time()
    assert "nobody else reads a direct message" in shown.text
    assert sim.slack.calls("chat.postMessage") == []


async def test_a_replayed_approval(sim: Simulation) -> None:
    """The same signed request again decides nothing, and is answered by nothing."""
    await ask_approval(sim)
    delivery = await sim.press(question(sim), "approve_cancellation", user="U0BEN")
    await sim.pass_time(120)
    told = sim.private("U0BEN")
    for _ in range(2):
        status, _ = await sim.slack.post_raw(delivery.body.encode(), delivery.headers)
        assert status == 200
        await sim.pass_time(10)
    assert sim.private("U0BEN") == told
    assert len(sim.respan.cancels) == 1


async def test_a_look_before_the_deadline() -> None:
    """Whoever looks too early lets it wait on."""
    tools: Any = None
    on = request_in("asked", state=RequestState.NEEDS_APPROVAL, expires_at=ASKED_AT + 60)
    early = await expire_approval(tools, replace(on, claimed_at=ASKED_AT + 50))
    assert (early.row.state, early.delay) == (RequestState.NEEDS_APPROVAL, 10.0)
    late = await expire_approval(tools, replace(on, claimed_at=ASKED_AT + 60))
    assert (late.row.state, late.row.ends_as) == (RequestState.CLOSING, RequestState.EXPIRED)
