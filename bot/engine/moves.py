"""What is logged and counted when a row moves on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.domain.cancellation import Cancellation, says_more
from bot.domain.request import Request
from bot.engine.looks import Kind, settled
from bot.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Moves:
    """Hears of each row that was saved; `wake` tells the requests' runner that one is due."""

    metrics: Metrics
    wake: Callable[[], None]
    clock: Clock

    def of_request(self, old: Request, new: Request) -> None:
        """Log and count a request that moved on, and log a question that is shown."""
        if old.shown_at is None and new.shown_at is not None:
            log.info("a question is shown", id=new.id, batch_ids=list(new.batch_ids))
        if old.reply.ts is None and new.reply.ts is not None and new.over_at is not None:
            self.metrics.replied(self.clock.time() - new.over_at)
        if new.state is old.state:
            return
        self.metrics.request_moved(new.state)
        log.info(
            "a request moved on",
            id=new.id,
            batch_ids=list(new.batch_ids),
            user_id=new.user_id,
            before=old.state,
            after=new.state,
        )

    def polled(self, kind: Kind, looks: Iterable[tuple[Cancellation, Cancellation]]) -> None:
        """Count a call that looked at watches: each as it was before, and after."""
        self.metrics.polled(kind, [settled(old, new) for old, new in looks])

    def of_cancellation(self, old: Cancellation, new: Cancellation) -> None:
        """Log and count a cancellation that moved on, and let its request see what is new."""
        if says_more(old, new):
            self.wake()
        if new.state is old.state:
            return
        self.metrics.moved(new.state)
        log.info(
            "a cancellation moved on",
            id=new.id,
            request_id=new.request_id,
            batch_id=new.batch_id,
            user_id=new.user_id,
            before=old.state,
            after=new.state,
        )
