"""Where OpenAI's webhooks tell the ends, the bot looks rarely by itself, and never too rarely."""

from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.domain.schedule import DISTRUST_LASTS, PROOF_LASTS, SAFETY_NET, SLOW_AFTER
from bot.engine.pace import MISSED, PROVEN
from bot.errors import StoreUnavailable
from tests.simulation import BATCH, Simulation
from tests.webhooks import SECRET

PUSHED: dict[str, Any] = {"openai_webhook_secret": SECRET}


async def push(sim: Simulation, batch_id: str) -> None:
    assert await sim.push(batch_id) == 200


async def _watch(sim: Simulation, batch_id: str = BATCH) -> None:
    sim.respan.add_batch(batch_id, cancel_seconds=1e9)
    await sim.confirm(batch_id)
    await sim.pass_time(60)


async def _polls_in(sim: Simulation, seconds: float, batch_id: str = BATCH) -> int:
    before = sim.respan.polls(batch_id)
    await sim.pass_time(seconds)
    return sim.respan.polls(batch_id) - before


async def test_webhooks_that_arrive_are_relied_on(database_url: str) -> None:
    """One of any batch proves that they come: from then on a watch is only looked at for safety."""
    async with Simulation(database_url, **PUSHED) as sim:
        await _watch(sim)
        assert await _polls_in(sim, 600) >= 9
        await push(sim, "batch_of_somebody_else")
        await sim.pass_time(61)
        assert 1 <= await _polls_in(sim, 4 * SAFETY_NET) <= 4
        sim.respan.batches[BATCH].cancel_seconds = 0.0
        before = len(sim.replies())
        await push(sim, BATCH)
        await sim.pass_time(1)
        assert "is cancelled" in sim.replies()[before].text


async def test_a_webhook_that_is_lost(database_url: str) -> None:
    """The end is seen within minutes, and the bot looks by itself again: each of its processes."""
    async with Simulation(database_url, bots=2, **PUSHED) as sim:
        await push(sim, "batch_other")
        await _watch(sim)
        sim.respan.batches[BATCH].cancel_seconds = sim.clock.time() - sim.respan.cancels[0].at
        await sim.pass_time(SAFETY_NET * 1.1 + 1)
        assert len(sim.replies()) == 1
        await push(sim, "batch_other")
        await _watch(sim, "batch_next")
        await sim.pass_time(300)
        assert await _polls_in(sim, 600, "batch_next") >= 9
        await sim.pass_time(DISTRUST_LASTS)
        await push(sim, "batch_other")
        await sim.pass_time(120)
        assert await _polls_in(sim, 600, "batch_next") <= 3


async def test_an_end_that_is_seen_before_its_webhook(database_url: str) -> None:
    """Is not held against it: it may be on its way."""
    async with Simulation(database_url, **PUSHED) as sim:
        await push(sim, "batch_other")
        await _watch(sim)
        await sim.pass_time(SAFETY_NET)
        looked = max(e.at for e in sim.respan.calls("retrieve"))
        await sim.pass_time(looked + SAFETY_NET - 10 - sim.clock.time())
        sim.respan.batches[BATCH].cancel_seconds = sim.clock.time() - sim.respan.cancels[0].at
        await sim.pass_time(60)
        assert len(sim.replies()) == 1
        assert await sim.crew[0].stores.facts.get(MISSED) is None


async def test_an_end_while_nobody_was_there(database_url: str) -> None:
    """A bot that was away has missed its webhook; the next ones are relied on all the same."""
    async with Simulation(database_url, **PUSHED) as sim:
        await push(sim, "batch_other")
        await _watch(sim)
        batch = sim.respan.batches[BATCH]
        batch.cancel_seconds = sim.clock.time() - sim.respan.cancels[0].at
        sim.clock.advance(3600)
        sim.crew.clear()
        await sim.take_over()
        await sim.pass_time(60)
        assert len(sim.replies()) >= 1
        assert await sim.crew[0].stores.facts.get(MISSED) is None


async def test_a_proof_that_is_old(database_url: str) -> None:
    """What nobody has heard of for a day may have been switched off."""
    async with Simulation(database_url, **PUSHED) as sim:
        await push(sim, "batch_other")
        await sim.pass_time(PROOF_LASTS + 1)
        await _watch(sim)
        await sim.pass_time(300)
        assert await _polls_in(sim, 600) >= 9


async def test_the_note_that_it_takes_long(database_url: str) -> None:
    """Comes when it is due, and not with the next rare look."""
    async with Simulation(database_url, **PUSHED) as sim:
        await push(sim, "batch_other")
        await _watch(sim)
        accepted = sim.respan.cancels[0].at
        await sim.pass_time(accepted + SLOW_AFTER - 5 - sim.clock.time())
        assert sim.replies() == []
        await sim.pass_time(15)
        assert len(sim.replies()) == 1


async def test_a_look_that_comes_too_early(database_url: str) -> None:
    """A webhook that is faster than Respan: the batch is looked at again soon."""
    async with Simulation(database_url, **PUSHED) as sim:
        await push(sim, "batch_other")
        await _watch(sim)
        await sim.pass_time(300)
        await push(sim, BATCH)
        await sim.pass_time(1)
        assert len(sim.replies()) == 0
        sim.respan.batches[BATCH].cancel_seconds = 0.0
        await sim.pass_time(10)
        assert len(sim.replies()) == 1


@pytest.mark.parametrize("value", ["soon", "nan", ""])
async def test_without_webhooks(database_url: str, value: str) -> None:
    """What an earlier start has known counts no more without the secret, nor does nonsense."""
    async with Simulation(database_url) as sim:
        await sim.crew[0].stores.facts.put(PROVEN, str(sim.clock.time()))
        await _watch(sim)
        assert await _polls_in(sim, 600) >= 9
    async with Simulation(database_url, **PUSHED) as sim:
        await sim.crew[0].stores.facts.put(PROVEN, value)
        await _watch(sim, "batch_second")
        assert await _polls_in(sim, 600, "batch_second") >= 9


async def test_a_proof_that_can_not_be_stored(database_url: str, mocker: MockerFixture) -> None:
    """The webhook counts all the same: its batch is looked at."""
    async with Simulation(database_url, **PUSHED) as sim:
        await _watch(sim)
        facts = type(sim.crew[0].stores.facts)
        mocker.patch.object(facts, "put", side_effect=StoreUnavailable("the disk is full"))
        sim.respan.batches[BATCH].cancel_seconds = 0.0
        await push(sim, BATCH)
        await sim.pass_time(1)
        assert len(sim.replies()) == 1
