"""Looks at watched batches: a page of Respan's list for many of them, or each by itself.

It decides which call is made when; what a look means is the watch step's. Nothing here has to
survive a crash: what was seen where is learned anew, and a row that is due is due.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.clock import Clock
from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation
from bot.domain.schedule import LIST_REFUSED, LONGEST_RETRY
from bot.domain.sweep import PAGE, Look, Places, Watched, by_urgency, plan, watches_per_call
from bot.engine.pace import Pace
from bot.engine.runner import CUT_OFF, LEASE
from bot.errors import RespanError, RespanUnreadable, StoreUnavailable
from bot.ports import Respan
from bot.steps.decision import log_failure
from bot.steps.watch import seen
from bot.store_ports import Calls, WatchQueue
from bot.telemetry.request_ids import about

log = structlog.get_logger(__name__)

_MOST_DUE = 1000
"""Watches that are planned for at once: ten pages."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A page that is to be called, and the watches that are claimed for it."""

    look: Look
    rows: tuple[Cancellation, ...]


class Sweeper:
    """Claims cancellations for their steps, and due watches for as few calls as settle them."""

    def __init__(
        self,
        queue: WatchQueue,
        respan: Respan,
        calls: Calls,
        clock: Clock,
        pace: Pace,
        saved: Callable[[Cancellation, Cancellation], None],
        polled: Callable[[list[tuple[Cancellation, Cancellation]]], None],
    ) -> None:
        """Begin with no place known; `saved` hears of each row before and after.

        `polled` hears of the rows of a page together.
        """
        self._queue, self._respan, self._calls = queue, respan, calls
        self._clock, self._pace, self._saved = clock, pace, saved
        self._polled = polled
        self._places = Places()
        self._hurried: set[str] = set()
        self._late: dict[str, float] = {}
        self._list_is_sparse = False
        self._list_refused_until = 0.0
        self._look_again_at = 0.0

    async def claim(self, limit: int) -> list[Cancellation | Sweep]:
        """Return up to `limit` pieces of work: steps of rows, and pages for many of them."""
        items: list[Cancellation | Sweep] = [*await self._queue.claim(limit, LEASE)]
        if len(items) >= limit:
            return items
        due, soon = await self._queue.due_watches(_MOST_DUE, self._hurried)
        if not due:
            return items
        await self._pace.refresh()
        looks = self._plan(due, soon)
        calls = await self._queue.take_calls(min(limit - len(items), len(looks)))
        claimed = await self._claim_for(looks[:calls])
        await self._queue.give_back(calls - len(claimed))
        return items + claimed

    def _plan(self, due: list[Watched], soon: list[Watched]) -> list[Look]:
        now = self._clock.time()
        self._late = {watched.batch_id: watched.late for watched in due}
        if now >= self._look_again_at:
            # What another process has seen end, and pages that are gone, are forgotten with it.
            self._places, self._hurried = Places(), set()
            self._look_again_at = now + LIST_REFUSED
        if now < self._list_refused_until:
            self._pace.watches_per_call = 1.0
            return [Look((watched.batch_id,)) for watched in by_urgency(due)]
        self._pace.watches_per_call = watches_per_call([*due, *soon], self._places)
        return plan(due, soon, self._places, self._hurried)

    async def _claim_for(self, looks: Sequence[Look]) -> list[Cancellation | Sweep]:
        """Claim what is looked at: single watches in one go, and for a page all that are on it."""
        singly = [batch_id for look in looks if not look.is_page for batch_id in look.batch_ids]
        items: list[Cancellation | Sweep] = []
        if singly:
            items += await self._queue.claim_watches(singly, LEASE, early=False)
        for look in looks:
            if not look.is_page:
                continue
            rows = await self._queue.claim_watches(look.batch_ids, LEASE, early=True)
            items += [Sweep(look, tuple(rows))] if len(rows) > 1 else rows
        return items

    async def sweep(self, sweep: Sweep) -> None:
        """Call a page, and save what it says of each watch; what it lacks is due at once.

        Whatever fails for all together is looked at singly: one watch must not keep the others.
        """
        try:
            await self._sweep(sweep)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("a page could not be worked on; each watch is looked at by itself")
            await self._after_failure(sweep, RespanUnreadable(type(error).__name__))

    async def _sweep(self, sweep: Sweep) -> None:
        try:
            async with asyncio.timeout(CUT_OFF):
                page = await self._respan.page(sweep.look.after, PAGE)
        except RespanError as error:
            await self._after_failure(sweep, error)
            return
        except TimeoutError:
            await self._after_failure(sweep, RespanUnreadable("the list took too long"))
            return
        found = {batch.id: batch for batch in page.batches}
        looked = replace(sweep.look, batch_ids=tuple(row.batch_id for row in sweep.rows))
        self._places.note(looked, page.batches, _made(sweep.rows), has_more=page.has_more)
        log.debug("a page answered", batches=len(found), watches=len(sweep.rows))
        await self._save([self._look_at(row, found) for row in sweep.rows])

    def _look_at(
        self, row: Cancellation, found: dict[str, Batch]
    ) -> tuple[Cancellation, Cancellation, float]:
        """Return what a page says of a watch: the row before, after, and its delay."""
        batch = found.get(row.batch_id)
        if batch is None:  # it is as late as before
            return row, row, -self._late.get(row.batch_id, 0.0)
        if batch.is_final:
            self._list_is_sparse = _says_less(batch, row.batch)
        if batch.is_final and self._list_is_sparse:
            self._hurried.add(row.batch_id)  # read once in full before it is told
            return row, row, 0.0
        now = _with_known(batch, row.batch)
        with about(row.request_id):
            decision = seen(row, now, self._pace.gap(row))
        return row, decision.row, decision.delay or 0.0

    async def _after_failure(self, sweep: Sweep, error: RespanError) -> None:
        """Leave the list alone for a while: the watches are looked at singly meanwhile."""
        log_failure("the list of batches can't be read; each is looked at by itself", error)
        for_long = error.is_definite or isinstance(error, RespanUnreadable)
        pause = LIST_REFUSED if for_long else LONGEST_RETRY
        self._list_refused_until = self._clock.time() + pause
        if error.retry_after is not None:
            await self._calls.pause(error.retry_after)
        await self._save([(row, row, 0.0) for row in sweep.rows])

    async def _save(self, changes: list[tuple[Cancellation, Cancellation, float]]) -> None:
        written = await self._queue.save_many(changes)
        self._polled(written)
        for old, new in written:
            self._pace.ended(old, new)
            self._forget(new)
            self._saved(old, new)

    async def look_now(self, batch_id: str, key: str) -> bool:
        """Let a batch be read at once; False where nobody watches it, or `key` came before.

        A page reads it where others are on that, unless the list would only say its status.
        Raises StoreError.
        """
        await self._pace.pushed()
        is_news = await self._queue.look_now(batch_id, key)
        if is_news and self._list_is_sparse:
            self._hurried.add(batch_id)
        return is_news

    def looked_at(self, old: Cancellation, new: Cancellation) -> None:
        """Hear of a watch that was looked at by itself: it is in no hurry any more."""
        self._pace.ended(old, new)
        self._hurried.discard(new.batch_id)
        self._forget(new)

    def _forget(self, row: Cancellation) -> None:
        """Forget a batch whose watch is over."""
        if row.is_over:
            self._places.forget(row.batch_id)


def _says_less(batch: Batch, known: Batch | None) -> bool:
    """Return whether the list lacks what a batch that is read by itself has at its end."""
    lacks_tokens = batch.usage is None and known is not None and known.usage is not None
    return batch.counts is None or batch.ended_at is None or lacks_tokens


def _with_known(batch: Batch, known: Batch | None) -> Batch:
    """Return what the list says of a batch that goes on, with what it leaves out.

    Tokens that are older than the counts are told to nobody: they tell that there are some.
    """
    if known is None:
        return batch
    if batch.counts is None:
        return replace(known, status=batch.status)
    return batch if batch.usage is not None else replace(batch, usage=known.usage)


def _made(rows: Sequence[Cancellation]) -> dict[str, float]:
    """Return when their batches were created, as far as it is known."""
    known = ((row.batch_id, row.batch.created_at) for row in rows if row.batch is not None)
    return {batch_id: at for batch_id, at in known if at is not None}
