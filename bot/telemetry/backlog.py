"""What waits in the database, for `/metrics`: counted when somebody looks, every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic, time

from prometheus_client import CollectorRegistry, Gauge

from bot.domain.backlog import Backlog
from bot.errors import StoreError

AT_MOST_EVERY = 5.0
"""Seconds: whoever scrapes more often, or with many at once, sees the same figures."""

_PATIENCE = 3.0
"""Seconds that a scrape waits for the database; Prometheus waits for ten."""


class BacklogGauges:
    """The figures, as they were counted last. Each is of the whole database, not of a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at zero."""

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"batch_bot_{name}", what, labels, registry=registry)

        self._requests = gauge("requests", "Requests that are not over, by state", "state")
        self._cancellations = gauge(
            "cancellations", "Cancellations that are not over (watches), by state", "state"
        )
        self._set_aside = gauge(
            "set_aside", "Unfinished rows that this version can't read, by table", "table"
        )
        self._answers = gauge("outbox_answers", "Private answers that are not delivered yet")
        self._oldest_answer = gauge(
            "outbox_oldest_age_seconds", "How long the oldest undelivered answer has been waiting"
        )
        self._oldest_due = gauge(
            "oldest_due_seconds", "How long the oldest due row has been waiting"
        )
        self._left = gauge("budget_calls_left", "Calls to Respan that the budget has right now")
        self._limit = gauge("budget_calls_per_minute", "Calls to Respan that a minute may have")
        self._paused = gauge(
            "budget_pause_seconds", "For how long nobody polls, because Respan asked for that"
        )
        self._counted = gauge(
            "backlog_counted_timestamp_seconds", "When the figures of the database were counted"
        )

    def show(self, backlog: Backlog, now: float) -> None:
        """Show what was counted at `now`, in seconds since the epoch."""
        for by_label, counts in (
            (self._requests, backlog.requests),
            (self._cancellations, backlog.cancellations),
            (self._set_aside, backlog.set_aside),
        ):
            for word, count in counts.items():
                by_label.labels(word).set(count)
        self._answers.set(backlog.answers)
        self._oldest_answer.set(backlog.oldest_answer)
        self._oldest_due.set(backlog.oldest_due)
        self._left.set(backlog.calls_left)
        self._limit.set(backlog.calls_per_minute)
        self._paused.set(backlog.paused)
        self._counted.set(now)


class BacklogMeter:
    """Brings the figures up to date, by one count for all who look within a few seconds."""

    def __init__(
        self,
        count: Callable[[], Awaitable[Backlog]],
        gauges: BacklogGauges,
        *,
        steady: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time,
    ) -> None:
        """Count nothing yet. `steady` tells how long ago a count was, `wall` when it was."""
        self._count, self._gauges = count, gauges
        self._steady, self._wall = steady, wall
        self._tried_at: float | None = None
        self._turn = asyncio.Lock()

    async def bring_up_to_date(self) -> None:
        """Count, unless that was tried a moment ago.

        Where the database does not answer, the figures stay, and so does their time stamp.
        """
        async with self._turn:
            now = self._steady()
            if self._tried_at is not None and now - self._tried_at < AT_MOST_EVERY:
                return
            self._tried_at = now
            try:
                async with asyncio.timeout(_PATIENCE):
                    backlog = await self._count()
            except (StoreError, TimeoutError):
                return
            self._gauges.show(backlog, self._wall())
