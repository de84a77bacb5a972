"""The undo window: what is confirmed waits for its deadline, and can be taken back until then."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.request import RequestState
from bot.sandbox.slack.workspace import Ephemeral
from bot.views.undo import NOW_ACTION, UNDO_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from tests.simulation import BATCH, CONFIRM, Simulation

TWO = ["batch_two", BATCH]


@pytest.fixture
async def window(database_url: str) -> AsyncIterator[Simulation]:
    """Give a bot that waits for ten seconds."""
    async with Simulation(database_url, undo_seconds=10) as sim:
        sim.respan.add_batch(BATCH)
        yield sim


async def confirmed(sim: Simulation, text: str = BATCH, user: str = "U0ANA") -> Ephemeral:
    """Ask, confirm, and read that there is a window."""
    shown = await sim.confirm(text, user)
    await sim.pass_time()
    assert "Choose Undo" in shown.text
    return shown


async def test_it_is_sent_when_the_window_ends(window: Simulation) -> None:
    """Nothing is sent before; then all goes on in the same place as without a window."""
    shown = await confirmed(window)
    assert shown.text.startswith("Cancelling `batch_abc123` in 10 s, at <!date^")
    assert [button["text"]["text"] for button in shown.buttons] == ["Undo", "Cancel now"]
    await window.pass_time(9)
    assert window.respan.cancels == []
    assert window.parents() == []
    await window.pass_time(2)
    assert len(window.respan.cancels) == 1
    assert "Respan accepted" in shown.text
    assert shown.buttons == []
    await window.pass_time(120)
    assert await window.stage() == "reported"
    assert len(window.parents()) == len(window.replies()) == 1


async def test_undo(window: Simulation) -> None:
    """Nothing is sent, and that is said; a second press says what happened already."""
    shown = await confirmed(window)
    await window.press(shown, UNDO_ACTION)
    await window.pass_time()
    assert shown.text == "Undone: nothing was sent to Respan, and `batch_abc123` goes on."
    assert shown.buttons == []
    assert await window.stage() == "withdrawn"
    row = (await window.request()).id
    await window.press(shown, UNDO_ACTION, value=row)
    await window.press(shown, NOW_ACTION, value=row)
    await window.pass_time(120)
    assert "You withdrew the cancellation of `batch_abc123` before it was sent" in shown.text
    assert window.respan.cancels == []
    assert window.slack.workspace.messages == []


async def test_cancel_now(window: Simulation) -> None:
    """It is sent at once; a second press changes nothing, and Undo is too late."""
    shown = await confirmed(window)
    await window.press(shown, NOW_ACTION)
    row = (await window.request()).id
    await window.press(shown, NOW_ACTION, value=row)
    await window.pass_time()
    assert len(window.respan.cancels) == 1
    assert "Respan accepted" in shown.text
    await window.press(shown, UNDO_ACTION, value=row)
    await window.pass_time()
    said = next(text for text in window.private() if "too late to undo" in text)
    assert said.startswith("It is too late to undo: `batch_abc123` is being cancelled: 23 of 100")
    assert "Respan accepted" in shown.text
    await window.pass_time(120)
    assert len(window.respan.cancels) == 1
    assert await window.stage() == "reported"
    await window.press(shown, UNDO_ACTION, value=row)
    await window.pass_time()
    assert "It is too late to undo: `batch_abc123` was cancelled" in "".join(window.private())


@pytest.mark.parametrize("action", [UNDO_ACTION, NOW_ACTION])
async def test_by_somebody_else_or_elsewhere(window: Simulation, action: str) -> None:
    """Only who confirmed can, and only where they did; all others are answered privately."""
    shown = await confirmed(window)
    await window.press(shown, action, user="U0BEN")
    await window.press(shown, action, channel="C0GENERAL")
    await window.press(shown, action, value="made-up")
    await window.pass_time()
    assert "Only <@U0ANA>" in window.private("U0BEN")[-1]
    assert window.respan.cancels == []
    await window.pass_time(30)
    assert len(window.respan.cancels) == 1


@pytest.mark.parametrize(("action", "cancels"), [(UNDO_ACTION, 0), (NOW_ACTION, 1)])
async def test_a_replay_is_answered_once(window: Simulation, action: str, cancels: int) -> None:
    """Slack sends a click again whose acknowledgement it missed: it counts once."""
    shown = await confirmed(window)
    delivery = await window.press(shown, action)
    await window.slack.post_raw(delivery.body.encode(), delivery.headers)
    await window.pass_time()
    await window.slack.post_raw(delivery.body.encode(), delivery.headers)
    await window.pass_time(120)
    assert len(window.private()) == 1
    assert len(window.respan.cancels) == cancels
    assert await window.stage() == ("reported" if cancels else "withdrawn")


async def test_undo_while_the_batch_is_looked_at(window: Simulation) -> None:
    """It counts until the intent to call is stored: the step that holds the row has lost it."""
    shown = await confirmed(window)

    async def meanwhile(exchange: Any) -> None:
        if exchange.name == "retrieve":
            window.respan.before_processing = None
            await window.press(shown, UNDO_ACTION)

    window.respan.before_processing = meanwhile
    await window.pass_time(60)
    assert window.respan.cancels == []
    assert await window.stage() == "withdrawn"
    assert shown.text.startswith("Undone: nothing was sent")


async def test_undo_while_respan_is_asked(window: Simulation) -> None:
    """Once the intent is stored it is too late, and what comes of it is told."""
    shown = await confirmed(window)

    async def meanwhile(exchange: Any) -> None:
        if exchange.name == "cancel":
            window.respan.before_processing = None
            await window.press(shown, UNDO_ACTION)

    window.respan.before_processing = meanwhile
    await window.pass_time(15)
    assert len(window.respan.cancels) == 1
    assert "its answer is not known yet" in "".join(window.private())
    assert "Respan accepted" in shown.text
    await window.pass_time(120)
    assert await window.stage() == "reported"


async def test_undo_after_an_answer_that_was_lost(window: Simulation) -> None:
    """It may have been taken: too late too. What was not taken can be undone even then."""
    window.respan.faults.add("cancel", "rate_limited", retry_after=60)
    shown = await confirmed(window)
    row = (await window.request()).id
    await window.pass_time(12)
    assert "keeps trying" in shown.text
    await window.press(shown, UNDO_ACTION, value=row)
    await window.pass_time(120)
    assert window.respan.cancels == []
    assert shown.text.startswith("Undone: nothing was sent")


async def test_several_are_undone_together(window: Simulation) -> None:
    """One window for all of them, and one Undo."""
    window.respan.add_batch(TWO[0])
    shown = await confirmed(window, " ".join(TWO))
    assert shown.text.startswith("Cancelling 2 batches in 10 s")
    await window.press(shown, UNDO_ACTION)
    await window.pass_time(60)
    assert shown.text == "Undone: nothing was sent to Respan, and the 2 batches go on."
    assert window.respan.cancels == []


async def test_several_go_on_together(window: Simulation) -> None:
    """Those in their window are not told as unanswered; one announcement has them all."""
    window.respan.add_batch(TWO[0])
    shown = await confirmed(window, " ".join(TWO))
    await window.pass_time(9)
    assert "does not answer" not in shown.text
    await window.pass_time(2)
    assert len(window.respan.cancels) == 2
    assert "Respan accepted 2 of 2 batches" in shown.text
    assert len(window.parents()) == 1
    await window.press(shown, UNDO_ACTION, value=(await window.request()).id)
    await window.pass_time()
    assert "It is too late to undo: Respan was asked to cancel them" in "".join(window.private())


async def test_some_of_several_are_undone(window: Simulation) -> None:
    """What Respan took is followed; what it did not take is sent no more."""
    window.respan.add_batch(TWO[0])
    window.respan.faults.add("cancel", "rate_limited", retry_after=60)
    shown = await confirmed(window, " ".join(TWO))
    await window.pass_time(12)
    assert len(window.respan.cancels) == 1
    await window.press(shown, UNDO_ACTION, value=(await window.request()).id)
    await window.pass_time(5)
    told = "".join(window.private())
    assert "Undone, as far as it was not sent to Respan" in "".join([told, *shown.history])
    await window.pass_time(120)
    assert len(window.respan.cancels) == 1
    assert await window.stage() == "reported"


async def test_who_asks_meanwhile_reads_that_it_may_be_undone(window: Simulation) -> None:
    """Also who confirmed, and presses the old button again; followers hear that it was undone."""
    question = await window.ask(user="U0BEN")
    ana = await window.ask()
    old = next(b["value"] for b in ana.buttons if b["text"]["text"] == "Cancel batch")
    await window.press(ana)
    await window.press(ana, CONFIRM, value=old)
    await window.press(question, user="U0BEN")
    await window.pass_time()
    assert "unless it is undone before. One is enough." in "".join(window.private())
    assert "Respan is asked at <!date^" in question.text
    await window.press(question, "tell_me_too", user="U0BEN")
    await window.pass_time()
    await window.press(ana, UNDO_ACTION, value=ana.buttons[0]["value"])
    await window.pass_time(60)
    direct = [m.text for m in window.slack.workspace.messages if m.channel == "D0BEN"]
    assert len(direct) == 1
    assert "was withdrawn before it was sent, and goes on" in direct[0]
    assert window.respan.cancels == []


@pytest.mark.parametrize("action", [UNDO_ACTION, WITHDRAW_ACTION])
async def test_who_joined_hears_of_an_undo(database_url: str, action: str) -> None:
    """A request that waits for nothing but what another one undoes is over then, and says so."""
    async with Simulation(database_url, undo_seconds=300) as sim:
        for batch_id in TWO:
            sim.respan.add_batch(batch_id)
        ben = await sim.ask(" ".join(TWO), user="U0BEN")
        ana = await confirmed(sim)
        await sim.press(ben, user="U0BEN")
        await sim.pass_time()
        await sim.press(ben, NOW_ACTION, user="U0BEN")
        await sim.pass_time(200)
        assert [cancel.batch_id for cancel in sim.respan.cancels] == [TWO[0]]
        assert sim.replies() == []
        await sim.press(ana, action, value=ana.buttons[0]["value"])
        await sim.pass_time(60)
        states = {request.state for request in await sim.requests()}
        assert states == {RequestState.REPORTED, RequestState.WITHDRAWN}
        (reply,) = sim.replies()
        assert "was withdrawn before it was sent" in reply.text
        assert len(sim.respan.cancels) == 1


async def test_what_runs_on_in_the_window_is_asked_about(window: Simulation) -> None:
    """What was shown is compared at the end of the window; the next one has a window too."""
    shown = await confirmed(window)
    old = shown.buttons[0]["value"]
    window.respan.batches[BATCH].completed += 30
    await window.pass_time(11)
    assert "Still cancel `batch_abc123`?" in shown.text
    assert "you have 10 s to undo it" in shown.text
    await window.press(shown, UNDO_ACTION, value=old)
    await window.pass_time()
    assert "Still cancel" in shown.text
    await window.press(shown)
    await window.pass_time(9)
    assert window.respan.cancels == []
    await window.pass_time(2)
    assert len(window.respan.cancels) == 1


async def test_half_an_hour_counts_from_the_confirmation(window: Simulation) -> None:
    """A bot that comes back too late asks again; nothing is sent unasked."""
    shown = await confirmed(window)
    window.clock.advance(31 * 60)
    await window.pass_time(5)
    assert window.respan.cancels == []
    direct = [m.text for m in window.slack.workspace.messages if m.channel == "D0ANA"]
    assert "Still cancel `batch_abc123`?" in direct[-1]
    assert "Choose Undo" in shown.text


async def test_without_the_setting_nothing_waits(sim: Simulation) -> None:
    """The window is off by default."""
    shown = await sim.confirm()
    await sim.pass_time()
    assert "in 0 s" not in "".join([shown.text, *shown.history])
    assert len(sim.respan.cancels) == 1
    assert (await sim.request()).cancellations[0].not_before is None
