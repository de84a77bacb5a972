"""The figures of the database are counted when somebody looks, and seldom."""

import asyncio
from dataclasses import replace

from prometheus_client import CollectorRegistry

from bot.domain.backlog import Backlog
from bot.errors import StoreError
from bot.telemetry.backlog import AT_MOST_EVERY, BacklogGauges, BacklogMeter

FIGURES = Backlog(
    requests={"asked": 1, "confirmed": 2},
    cancellations={"confirmed": 0, "cancelling": 7},
    set_aside={"requests": 0, "cancellations": 1, "answers": 0},
    answers=3,
    oldest_answer=40.0,
    oldest_due=5.0,
    calls_left=9,
    calls_per_minute=30,
    paused=12.0,
)


class Counted:
    """A database whose figures change, which may be away; counts how often it is asked."""

    def __init__(self) -> None:
        self.now, self.times, self.is_away = 1000.0, 0, False

    async def count(self) -> Backlog:
        """Return other figures each time; raise StoreError while it is away."""
        self.times += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise StoreError("away")
        return replace(FIGURES, answers=self.times)


def _meter(counted: Counted) -> tuple[BacklogMeter, CollectorRegistry]:
    registry = CollectorRegistry()
    gauges = BacklogGauges(registry)
    read = lambda: counted.now  # noqa: E731 - two clocks that are one here
    return BacklogMeter(counted.count, gauges, steady=read, wall=read), registry


async def test_it_is_counted_seldom_however_often_somebody_looks() -> None:
    """Fifty at once share one count; after a few seconds there is another."""
    counted = Counted()
    meter, registry = _meter(counted)
    assert registry.get_sample_value("batch_bot_outbox_answers") == 0
    await asyncio.gather(*(meter.bring_up_to_date() for _ in range(50)))
    counted.now += AT_MOST_EVERY - 0.1
    await meter.bring_up_to_date()
    assert (counted.times, registry.get_sample_value("batch_bot_outbox_answers")) == (1, 1)
    counted.now += 0.1
    await meter.bring_up_to_date()
    assert (counted.times, registry.get_sample_value("batch_bot_outbox_answers")) == (2, 2)


async def test_a_database_that_is_away() -> None:
    """The figures stay, with the time at which they were true; and it is not asked more often."""
    counted = Counted()
    meter, registry = _meter(counted)
    await meter.bring_up_to_date()
    counted.is_away = True
    for _ in range(10):
        counted.now += AT_MOST_EVERY / 2
        await meter.bring_up_to_date()
    assert counted.times == 6
    at = registry.get_sample_value("batch_bot_backlog_counted_timestamp_seconds")
    assert (at, registry.get_sample_value("batch_bot_outbox_answers")) == (1000.0, 1)


async def test_what_is_shown() -> None:
    """Each figure has its own name and unit, and states are labels."""
    registry = CollectorRegistry()
    BacklogGauges(registry).show(FIGURES, 1.0)
    shown = registry.get_sample_value
    assert shown("batch_bot_cancellations", {"state": "cancelling"}) == 7
    assert shown("batch_bot_requests", {"state": "asked"}) == 1
    assert shown("batch_bot_set_aside", {"table": "cancellations"}) == 1
    assert shown("batch_bot_outbox_oldest_age_seconds") == 40
    assert shown("batch_bot_oldest_due_seconds") == 5
    assert shown("batch_bot_budget_calls_left") == 9
    assert shown("batch_bot_budget_calls_per_minute") == 30
    assert shown("batch_bot_budget_pause_seconds") == 12
