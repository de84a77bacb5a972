"""What of several batches could not be sent: withdrawn, asked again, or said in its line."""

from tests.simulation import CONFIRM, Simulation

WITHDRAW = "withdraw_cancellation"
FIVE = [f"batch_{name}" for name in ("aaa", "bbb", "ccc", "ddd", "eee")]


def _add(sim: Simulation, *batch_ids: str, **fields: object) -> str:
    """Let these batches run; return the words to type."""
    for batch_id in batch_ids:
        sim.respan.add_batch(batch_id, **fields)
    return " ".join(batch_ids)


def _calls(sim: Simulation, name: str) -> int:
    return sum(e.name == name for server in (sim.slack, sim.respan) for e in server.exchanges)


async def test_what_is_not_sent_can_be_withdrawn(sim: Simulation) -> None:
    """A part is accepted, the rest waits: the rest is taken back, and the part is told."""
    _add(sim, *FIVE[:3], cancel_seconds=60.0)
    shown = await sim.ask(" ".join(FIVE[:3]))
    sim.respan.faults.add("cancel", "delay", times=1, seconds=0.0)  # the first goes through
    sim.respan.faults.add("cancel", "rate_limited", times=None, retry_after=30)
    await sim.press(shown)
    await sim.pass_time(10)
    assert "Respan accepted 1 of 3 batches." in shown.text
    assert [button["text"]["text"] for button in shown.buttons] == ["Withdraw"]
    await sim.press(shown, WITHDRAW)
    await sim.pass_time(5)
    assert "What was not sent to Respan is withdrawn." in shown.text
    sim.respan.faults.clear()
    await sim.pass_time(200)
    assert len(sim.respan.cancels) == 1
    (reply,) = sim.replies()
    assert "1 of 3 batches is cancelled." in reply.text
    assert reply.text.count("was withdrawn before it was sent, and goes on") == 2


async def test_what_could_not_be_sent_is_asked_again(sim: Simulation) -> None:
    """All of it at once, with new numbers and one new button."""
    _add(sim, *FIVE[:2])
    shown = await sim.ask(" ".join(FIVE[:2]))
    sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)
    await sim.press(shown)
    await sim.pass_time(5)
    assert "2 of 2 batches could not be cancelled at once" in shown.text
    await sim.pass_time(1900)
    (question,) = [m for m in sim.slack.workspace.messages if m.channel == "D0ANA"]
    assert "Still cancel 2 batches?" in question.text
    sim.respan.faults.clear()
    await sim.slack.click(question, CONFIRM)
    await sim.pass_time(60)
    assert sorted(cancel.batch_id for cancel in sim.respan.cancels) == FIVE[:2]
    assert [m.channel for m in sim.replies()] == ["C0BATCHES"]


async def test_a_part_that_could_not_be_sent(sim: Simulation) -> None:
    """Where the rest was accepted, it is said in its line after 30 minutes."""
    _add(sim, *FIVE[:2], cancel_seconds=60.0)
    shown = await sim.ask(" ".join(FIVE[:2]))
    sim.respan.faults.add("cancel", "delay", times=1, seconds=0.0)  # the first goes through
    sim.respan.faults.add("cancel", "rate_limited", times=None, retry_after=20)
    await sim.press(shown)
    await sim.pass_time(600)
    assert sim.replies() == []
    await sim.pass_time(1500)
    (reply,) = sim.replies()
    assert "1 of 2 batches is cancelled." in reply.text
    assert "was not cancelled: Respan could not be asked for 30 min" in reply.text
    assert len(sim.respan.cancels) == 1
