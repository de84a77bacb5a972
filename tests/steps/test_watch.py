"""The watch: no error ends it, and it ends only with the batch."""

from itertools import pairwise

import pytest

from tests.simulation import BATCH, Simulation


async def start(sim: Simulation, cancel_seconds: float = 1e9, **fields: object) -> None:
    """Confirm, and let the message be posted."""
    batch = sim.respan.batches[BATCH]
    batch.cancel_seconds = cancel_seconds
    for name, value in fields.items():
        setattr(batch, name, value)
    await sim.confirm()
    await sim.pass_time(0.5)


@pytest.mark.parametrize("ends_as", ["cancelled", "completed", "failed", "expired"])
async def test_it_tells_how_it_really_ended(sim: Simulation, ends_as: str) -> None:
    """Only `cancelled` is told as a success."""
    await start(sim, 10, ends_as=ends_as)
    await sim.pass_time(60)
    (reply,) = sim.replies()
    expected = "is cancelled." if ends_as == "cancelled" else f"was not cancelled: it {ends_as}"
    assert expected in reply.text
    assert await sim.stage() == "reported"


async def test_polls_come_soon_and_then_rarely(sim: Simulation) -> None:
    """The first is after 2 s; later ones are a minute apart."""
    await start(sim)
    asked = next(e.at for e in sim.respan.exchanges if e.name == "cancel")
    await sim.pass_time(900)
    polls = [e.at for e in sim.respan.exchanges if e.name == "retrieve" and e.at > asked]
    gaps = [later - earlier for earlier, later in pairwise(polls)]
    assert polls[0] - asked == pytest.approx(2, abs=1)
    assert max(gaps) == pytest.approx(60, abs=1)
    assert len(polls) < 30


async def test_the_message_changes_only_with_the_batch(sim: Simulation) -> None:
    """It is updated when its numbers change, and otherwise left alone."""
    await start(sim)
    await sim.pass_time(300)
    assert sim.parents()[0].edits <= 1
    sim.respan.batches[BATCH].completed = 42
    await sim.pass_time(120)
    assert "42 of 100" in sim.parents()[0].text
    assert sim.parents()[0].edits <= 2


async def test_errors_and_odd_answers_do_not_end_it(sim: Simulation) -> None:
    """The watch survives every kind of answer, and then tells the end."""
    await start(sim, 400)
    for kind in ("drop_before", "half_body", "garbage", "wrong_types", "empty", "redirect"):
        sim.respan.faults.add("retrieve", kind)
    for code in (401, 403, 404, 418, 500, 503):
        sim.respan.faults.add("retrieve", "status", code=code, body={"detail": "x"})
    await sim.pass_time(900)
    noted, told = sim.replies()
    assert "can't see whether" in noted.text
    assert "is cancelled" in told.text
    assert len(sim.respan.cancels) == 1


async def test_an_unknown_status_is_not_final(sim: Simulation) -> None:
    """A status that nobody has heard of is followed and shown, not told as an end."""
    await start(sim, fields={"status": "winding_down"})
    await sim.pass_time(300)
    assert await sim.stage() == "cancelling"
    assert "`winding_down`" in sim.parents()[0].text
    assert sim.replies() == []


async def test_429_stops_everyones_polls(database_url: str) -> None:
    """When Respan asks one watch for fewer requests, no other polls meanwhile."""
    async with Simulation(database_url) as sim:
        for number in range(5):
            sim.respan.add_batch(f"batch_{number}", cancel_seconds=1e9)
            await sim.confirm(f"batch_{number}")
        await sim.pass_time(30)
        sim.respan.faults.add("*", "rate_limited", retry_after=50, where="body")
        await sim.pass_time(20)
        at = max(e.at for e in sim.respan.exchanges if e.status == 429)
        before = len([e for e in sim.respan.exchanges if e.at <= at])
        await sim.pass_time(at + 49 - sim.clock.time())
        allowed = 5  # what was on its way at that moment
        assert len(sim.respan.exchanges) - before <= allowed
        await sim.pass_time(60)
        assert len(sim.respan.exchanges) > before + 1


async def test_the_budget_holds_for_all_together(database_url: str) -> None:
    """Many watches share the calls of a minute, and each gets its turn."""
    async with Simulation(database_url, respan_calls_per_minute=12) as sim:
        for number in range(12):
            sim.respan.add_batch(f"batch_{number:02d}", cancel_seconds=1e9)
            await sim.confirm(f"batch_{number:02d}")
            await sim.pass_time(20)  # a question takes a call of the budget too
        start, first = sim.clock.time(), len(sim.respan.exchanges)
        await sim.pass_time(180)
        looks = sim.respan.exchanges[first:]
        assert all(row.polls > 1 for r in await sim.requests() for row in r.cancellations)
        for minute in range(3):
            window = [e for e in looks if 0 <= e.at - start - 60 * minute < 60]
            assert 8 <= len(window) <= 13


async def test_a_slow_cancellation_is_noted_once(sim: Simulation) -> None:
    """After ten minutes the thread hears of it, a single time."""
    await start(sim)
    await sim.pass_time(590)
    assert sim.replies() == []
    await sim.pass_time(2000)
    (note,) = sim.replies()
    assert "still being cancelled after 10 minutes" in note.text
    assert await sim.stage() == "cancelling"


async def test_it_is_noted_while_respan_is_away_too(sim: Simulation) -> None:
    """The note does not wait for a readable answer."""
    await start(sim)
    sim.respan.faults.add("retrieve", "status", times=None, code=503)
    await sim.pass_time(800)
    assert len(sim.replies()) == 1


async def test_a_note_that_cannot_be_posted_stops_nothing(sim: Simulation) -> None:
    """The watch goes on without it, and the end is told."""
    await start(sim, 1500)
    await sim.pass_time(590)
    sim.slack.faults.add("chat.postMessage", "rate_limited", times=None, retry_after=1)
    await sim.pass_time(400)
    sim.slack.faults.clear()
    await sim.pass_time(1200)
    (reply,) = sim.replies()
    assert "is cancelled" in reply.text


@pytest.mark.parametrize("readable", [True, False])
async def test_after_48_hours_it_gives_up_aloud(sim: Simulation, readable: bool) -> None:
    """The thread and the message say so, with the last known status."""
    await start(sim)
    await sim.pass_time(60)
    if not readable:
        sim.respan.faults.add("retrieve", "status", times=None, code=503)
    sim.clock.advance(48 * 3600)
    await sim.pass_time(120)
    row = await sim.request()
    assert row.state == "abandoned"
    reply = sim.replies()[-1]
    assert "has not ended within 48 hours" in reply.text
    assert "`cancelling`" in reply.text
    assert "was not seen within 48 hours" in sim.parents()[0].text


async def test_an_update_that_fails_is_made_later(sim: Simulation) -> None:
    """A refresh that Slack refuses is tried with the next poll."""
    await start(sim)
    sim.slack.faults.add("chat.update", "status", times=2, code=503)
    sim.respan.batches[BATCH].completed = 42
    await sim.pass_time(200)
    assert "42 of 100" in sim.parents()[0].text
