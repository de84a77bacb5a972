"""What polls settled, and how long people waited for the reply, is counted."""

from dataclasses import replace

from bot.domain.cancellation import State
from bot.engine.looks import Settled, settled
from tests.rows import row_in
from tests.simulation import Simulation

WATCHED = row_in(State.CANCELLING)


def test_what_a_look_settled() -> None:
    """By the watch before and after it."""
    after = {
        Settled.ENDED: replace(WATCHED, state=State.ENDED, polls=1),
        Settled.GIVEN_UP: replace(WATCHED, state=State.ABANDONED),
        Settled.GOES_ON: replace(WATCHED, polls=1),
        Settled.UNREAD: replace(WATCHED, attempts=1),
        Settled.LEFT_OPEN: WATCHED,
    }
    assert {word: settled(WATCHED, new) for word, new in after.items()} == {w: w for w in Settled}


async def test_pages_and_single_looks_are_told_apart(new_database_url: str) -> None:
    """Twelve watches share pages; every end is read once by itself, and told by one reply."""
    async with Simulation(new_database_url, respan_calls_per_minute=30) as sim:
        for number in range(12):
            sim.respan.add_batch(f"batch_{number}", cancel_seconds=300)
            await sim.confirm(f"batch_{number}")
            await sim.pass_time(8)
        await sim.pass_time(600)
        assert {row.state for row in await sim.requests()} == {"reported"}
        value = sim.metrics.registry.get_sample_value

        def looks(kind: str) -> float:
            words = ({"kind": kind, "settled": word} for word in Settled)
            return sum(value("batch_bot_looks_total", labels) or 0.0 for labels in words)

        pages = value("batch_bot_polls_total", {"kind": "page"}) or 0
        singles = value("batch_bot_polls_total", {"kind": "single"}) or 0
        assert looks("page") >= 2 * pages > 0
        assert looks("single") == singles > 0
        ended = [{"kind": kind, "settled": "ended"} for kind in ("page", "single")]
        assert sum(value("batch_bot_looks_total", labels) or 0 for labels in ended) == 12
        assert value("batch_bot_end_to_reply_seconds_count") == 12
        lag = value("batch_bot_end_to_reply_seconds_sum") or 0.0
        assert 0 < lag / 12 < 60
        assert (value("batch_bot_ack_seconds_count", {"transport": "http"}) or 0) >= 24
