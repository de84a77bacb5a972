"""Does the next step of a row, and saves what came of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import structlog

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, Step, next_step
from bot.engine.runner import CUT_OFF
from bot.errors import LeaseLost, NotStorable, StoreError
from bot.steps.announce import announce
from bot.steps.ask import ask, unstorable
from bot.steps.decision import Decision, Run, Tools, again
from bot.steps.expire import expire
from bot.steps.follow import follow
from bot.steps.note import note
from bot.steps.report import report
from bot.steps.request import request
from bot.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

STEPS: dict[Step, Run] = {
    Step.ASK: ask,
    Step.EXPIRE: expire,
    Step.REQUEST: request,
    Step.ANNOUNCE: announce,
    Step.FOLLOW: follow,
    Step.NOTE: note,
    Step.REPORT: report,
}


class Rows(Protocol):
    """Where the rows are: `store.queue` and what stands beside it."""

    async def save_intent(self, old: Cancellation, new: Cancellation) -> None:
        """Write an intent and keep the row."""
        ...  # pragma: no cover - a protocol has no body

    async def save(
        self, old: Cancellation, new: Cancellation, delay: float, answers: tuple[Answer, ...] = ()
    ) -> None:
        """Write the outcome and let the row go."""
        ...  # pragma: no cover - a protocol has no body


class Outbox(Protocol):
    """Where the waiting answers are: `store.answers`."""

    async def put(self, answer: Answer) -> None:
        """Put one in."""
        ...  # pragma: no cover - a protocol has no body


class Lookups(Protocol):
    """Where live cancellations are looked up: `store.cancellations`."""

    async def live(self, batch_id: str) -> Cancellation | None:
        """Return the cancellation of this batch that is confirmed and not over."""
        ...  # pragma: no cover - a protocol has no body


class Calls(Protocol):
    """How often Respan may be asked: `store.budget`."""

    async def take_one(self) -> float:
        """Take one call; return 0.0, or the seconds to wait for it."""
        ...  # pragma: no cover - a protocol has no body

    async def pause(self, seconds: float) -> None:
        """Let nobody poll for so long."""
        ...  # pragma: no cover - a protocol has no body


@dataclass(slots=True)
class ClaimedRow:
    """The records of one claim; `latest` is the row as it was last written."""

    latest: Cancellation
    rows: Rows
    outbox: Outbox
    lookups: Lookups
    calls: Calls
    new_answer: Callable[[], None]

    async def save_intent(self, old: Cancellation, new: Cancellation) -> None:
        """Write an intent, and remember it for the case that the step fails."""
        await self.rows.save_intent(old, new)
        self.latest = new

    async def live(self, batch_id: str) -> Cancellation | None:
        """Return the cancellation of this batch that is confirmed and not over."""
        return await self.lookups.live(batch_id)

    async def put(self, answer: Answer) -> None:
        """Send a private answer."""
        await self.outbox.put(answer)
        self.new_answer()

    async def take_call(self) -> float:
        """Take one call to Respan from the budget; return the seconds to wait where it has none."""
        return await self.calls.take_one()


@dataclass(frozen=True, slots=True)
class Worker:
    """Does steps. `tools` makes the tools of one row, given its `records`."""

    tools: Callable[..., Tools]
    rows: Rows
    outbox: Outbox
    lookups: Lookups
    calls: Calls
    metrics: Metrics
    new_answer: Callable[[], None]

    async def work(self, row: Cancellation) -> None:
        """Do the row's next step and save the outcome; a step that fails is tried again later."""
        step = next_step(row)
        if step is None:
            await self.rows.save(row, row, 0.0)
            return
        records = ClaimedRow(row, self.rows, self.outbox, self.lookups, self.calls, self.new_answer)
        started = perf_counter()
        try:
            decision = await self._decide(step, row, records)
            if decision.pause is not None:
                await self.calls.pause(decision.pause)
            decision = await self._save(step, row, decision, records)
        except LeaseLost as error:
            log.info("a row changed hands", step=step, id=row.id, error=str(error))
            return
        self.metrics.step_done(step, perf_counter() - started)
        if decision.row.state is not row.state:
            self._note_move(row, decision.row)
        if decision.answers:
            self.new_answer()

    async def _decide(self, step: Step, row: Cancellation, records: ClaimedRow) -> Decision:
        """Return the decision of the step; one that fails is a retry, and keeps its intent."""
        tools = self.tools(records=records)
        try:
            async with asyncio.timeout(CUT_OFF):
                return await STEPS[step](tools, row)
        except StoreError:
            raise
        except Exception:
            log.exception("a step failed and is tried again", step=step, id=row.id)
            return again(tools, records.latest)

    async def _save(
        self, step: Step, row: Cancellation, decision: Decision, records: ClaimedRow
    ) -> Decision:
        """Save a decision; one that the database can't store is replaced by one that it can.

        Whoever asked is told; whatever else can't be stored is tried again, and is a defect.
        """
        try:
            await self.rows.save(row, decision.row, decision.delay, decision.answers)
        except NotStorable:
            log.exception("what came of a step can't be stored", step=step, id=row.id)
        else:
            return decision
        tools = self.tools(records=records)
        decision = unstorable(row) if step is Step.ASK else again(tools, records.latest)
        await self.rows.save(row, decision.row, decision.delay, decision.answers)
        return decision

    def _note_move(self, old: Cancellation, new: Cancellation) -> None:
        self.metrics.moved(new.state)
        log.info(
            "a cancellation moved on",
            id=new.id,
            batch_id=new.batch_id,
            user_id=new.user_id,
            before=old.state,
            after=new.state,
        )
