"""The cancellation is asked for once, whatever Respan answers or doesn't."""

from typing import Any

import pytest

from bot.domain.cancellation import State
from bot.domain.refusal import Refusal
from tests.simulation import BATCH, CONFIRM, Simulation


def posts(sim: Simulation) -> int:
    """Return how many cancel calls were sent."""
    return len([e for e in sim.respan.exchanges if e.name == "cancel"])


async def test_a_confirmation_is_one_cancellation(sim: Simulation) -> None:
    """The call carries the person's id, and the row goes on to the end."""
    await sim.confirm()
    await sim.pass_time(60)
    assert [(c.batch_id, c.identifier) for c in sim.respan.cancels] == [(BATCH, "U0ANA")]
    assert await sim.stage() == "reported"
    assert len(sim.replies()) == 1


@pytest.mark.parametrize("kind", ["drop_after", "half_body"])
async def test_a_lost_answer_is_looked_up(sim: Simulation, kind: str) -> None:
    """An accepted cancellation whose answer was lost is found by a look, and not asked again."""
    await sim.confirm()
    sim.respan.faults.add("cancel", kind)
    await sim.pass_time(60)
    assert posts(sim) == 1
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("drop_before", {}),
        ("status", {"code": 500}),
        ("status", {"code": 503, "body": "<html>"}),
        ("status", {"code": 408}),
        ("garbage", {}),
        ("empty", {}),
        ("wrong_types", {}),
        ("huge", {}),
    ],
)
@pytest.mark.parametrize("processed", [False, True])
async def test_an_unknown_outcome_is_never_repeated_blindly(
    sim: Simulation, kind: str, options: dict[str, Any], processed: bool
) -> None:
    """Before each further call the batch is read, at least two seconds later."""
    await sim.confirm()
    sim.respan.faults.add("cancel", kind, processed=processed, **options)
    await sim.pass_time(90)
    assert len(sim.respan.cancels) == 1
    assert posts(sim) == (1 if processed else 2)
    calls = [e for e in sim.respan.exchanges if e.name in {"cancel", "retrieve"}]
    first = next(i for i, e in enumerate(calls) if e.name == "cancel")
    assert calls[first + 1].name == "retrieve"
    assert calls[first + 1].at - calls[first].at >= 2.0
    assert await sim.stage() == "reported"


@pytest.mark.parametrize("where", ["header", "body", "both"])
async def test_429_is_honoured(sim: Simulation, where: str) -> None:
    """Nobody asks again before the time that Respan named, and the person is told that it waits."""
    shown = await sim.confirm()
    sim.respan.faults.add("cancel", "rate_limited", retry_after=37, where=where)
    await sim.pass_time(20)
    assert "asks for fewer requests" in shown.text
    await sim.pass_time(70)
    first, second = (e for e in sim.respan.exchanges if e.name == "cancel")
    assert second.at - first.at >= 37
    assert len(sim.respan.cancels) == 1


@pytest.mark.parametrize("code", [400, 409])
@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        ("cancelling", "cancelling", "is being cancelled"),
        ("cancelled", "reported", "is being cancelled"),
        ("completed", "refused", "is `completed` by now"),
        ("in_progress", "refused", "Respan refused the request"),
    ],
)
async def test_after_a_no_the_status_is_believed(
    sim: Simulation, code: int, status: str, state: State, words: str
) -> None:
    """400 and 409 are followed by a look, and the batch's own status decides."""
    shown = await sim.confirm()
    sim.respan.faults.add("cancel", "status", code=code, body={"error": {"message": "no"}})

    async def change(exchange: Any) -> None:
        if exchange.name == "cancel":
            sim.respan.batches[BATCH].status = status

    sim.respan.before_processing = change
    await sim.pass_time(30)
    assert posts(sim) == 1
    assert await sim.stage() == state
    assert words in shown.text


async def test_a_missing_openai_key_concerns_the_administrator(sim: Simulation) -> None:
    """Respan's own word for it becomes the sentence that helps."""
    sim.respan.no_openai_key = True
    shown = await sim.confirm()
    await sim.pass_time(5)
    assert "Settings → Providers" in shown.text
    assert (await sim.request()).refusal is Refusal.NO_OPENAI_KEY


@pytest.mark.parametrize("code", [401, 403])
@pytest.mark.parametrize("name", ["cancel", "retrieve"])
async def test_a_refused_key_is_told(sim: Simulation, code: int, name: str) -> None:
    """Whoever confirmed reads that the key was refused and whom it concerns; nothing is retried."""
    shown = await sim.confirm()
    sim.respan.faults.add(name, "status", code=code, body={"detail": "Invalid API key"})
    await sim.pass_time(60)
    assert "refused this app's API key" in shown.text
    assert "administrator" in shown.text
    assert sim.respan.api_key not in shown.text
    assert sim.respan.cancels == []
    assert await sim.stage() == "refused"


@pytest.mark.parametrize(
    ("status", "refusal"), [(404, Refusal.NOT_FOUND), (422, Refusal.REFUSED), (302, "refused")]
)
async def test_a_definite_no_before_anything_was_sent(
    sim: Simulation, status: int, refusal: str
) -> None:
    """A batch that can't be read any more is refused: nothing was asked of Respan yet."""
    await sim.confirm()
    sim.respan.faults.add("retrieve", "status", code=status, body={"detail": "no"})
    await sim.pass_time(10)
    assert posts(sim) == 0
    assert (await sim.request()).refusal == refusal


@pytest.mark.parametrize("status", [401, 404, 422])
async def test_a_no_after_a_lost_answer_is_no_end(sim: Simulation, status: int) -> None:
    """The call may have been accepted, so only the batch's own status ends the row."""
    await sim.confirm()
    sim.respan.faults.add("cancel", "drop_after")
    await sim.pass_time(0)
    sim.respan.faults.add("retrieve", "status", times=3, code=status, body={"detail": "no"})
    await sim.pass_time(120)
    assert len(sim.respan.cancels) == posts(sim) == 1
    assert await sim.stage() == "reported"


async def test_an_outage_is_told_once_and_survived(sim: Simulation) -> None:
    """While Respan is down the person reads that it goes on; after it they are asked again."""
    shown = await sim.confirm()
    sim.respan.faults.add("*", "status", times=None, code=503)
    await sim.pass_time(600)
    sim.clock.advance(6 * 3600)
    await sim.pass_time(60)
    assert "its answer was lost, so it is not known" in shown.text
    assert sum("was lost" in text for text in shown.history) == 0
    sim.respan.faults.clear()
    await sim.pass_time(120)
    assert sim.respan.cancels == []
    (question,) = sim.slack.workspace.messages
    assert "Still cancel" in question.text
    await sim.slack.click(question, CONFIRM)
    await sim.pass_time(120)
    assert len(sim.respan.cancels) == 1
    assert await sim.stage() == "reported"


async def test_after_48_hours_it_gives_up_aloud(sim: Simulation) -> None:
    """A cancellation that could never be asked for ends with a direct message, and no success."""
    await sim.confirm()
    sim.respan.faults.add("*", "status", times=None, code=503)
    await sim.pass_time(60)
    sim.clock.advance(49 * 3600)
    await sim.pass_time(60)
    assert await sim.stage() == "abandoned"
    (message,) = sim.slack.workspace.messages
    assert "could not be asked" in message.text
    assert message.channel == "D0ANA"
    assert sim.respan.cancels == []


async def test_it_ended_before_the_click(sim: Simulation) -> None:
    """A batch that is final by the time of the click is told, and nothing is cancelled."""
    shown = await sim.confirm()
    sim.respan.batches[BATCH].status = "completed"
    await sim.pass_time(5)
    assert posts(sim) == 0
    assert "is `completed` by now" in shown.text


async def test_somebody_else_cancelled_it_meanwhile(sim: Simulation) -> None:
    """A batch that is being cancelled already is followed, and the message says so."""
    await sim.confirm()
    sim.respan.batches[BATCH].cancel(sim.clock.time())
    await sim.pass_time(30)
    assert posts(sim) == 0
    assert (await sim.request()).cancellations[0].was_cancelling
    assert len(sim.replies()) == 1
