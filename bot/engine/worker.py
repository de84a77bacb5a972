"""Does the next step of a row, and saves what came of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Generic

import structlog

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, Step, next_step
from bot.domain.clicked import Live
from bot.domain.command import ShowHistory
from bot.domain.history import Entries
from bot.domain.request import Request
from bot.domain.request_steps import RequestStep, next_request_step
from bot.engine.runner import CUT_OFF
from bot.errors import LeaseLost, NotStorable, StoreError
from bot.steps.announce import announce
from bot.steps.ask import ask, unstorable
from bot.steps.ask_again import ask_again
from bot.steps.ask_approval import ask_approval
from bot.steps.ask_changed import ask_changed
from bot.steps.cancel import cancel
from bot.steps.close import close
from bot.steps.close_aloud import close_aloud
from bot.steps.decision import Decision, RequestRun, Run, Tools, again
from bot.steps.expire import expire
from bot.steps.expire_approval import expire_approval
from bot.steps.list_batches import list_batches
from bot.steps.look import look
from bot.steps.note import note
from bot.steps.refresh import refresh
from bot.steps.report import report
from bot.steps.say_waiting import say_waiting
from bot.steps.watch import watch
from bot.store_ports import Calls, Follows, History, Lookups, Outbox, Row, Rows
from bot.telemetry.metrics import Metrics
from bot.telemetry.request_ids import about

log = structlog.get_logger(__name__)


REQUEST_STEPS: dict[RequestStep, RequestRun] = {
    RequestStep.LIST: list_batches,
    RequestStep.LOOK: look,
    RequestStep.ASK: ask,
    RequestStep.EXPIRE: expire,
    RequestStep.ASK_APPROVAL: ask_approval,
    RequestStep.EXPIRE_APPROVAL: expire_approval,
    RequestStep.CLOSE_ALOUD: close_aloud,
    RequestStep.ASK_AGAIN: ask_again,
    RequestStep.ASK_CHANGED: ask_changed,
    RequestStep.CLOSE: close,
    RequestStep.SAY_WAITING: say_waiting,
    RequestStep.ANNOUNCE: announce,
    RequestStep.NOTE: note,
    RequestStep.REFRESH: refresh,
    RequestStep.REPORT: report,
}

STEPS: dict[Step, Run] = {Step.CANCEL: cancel, Step.WATCH: watch}


@dataclass(frozen=True, slots=True)
class Around:
    """What the steps of all rows share. `new_answer` tells the sender that there is work."""

    outbox: Outbox
    lookups: Lookups
    calls: Calls
    metrics: Metrics
    new_answer: Callable[[], None]
    history: History
    follows: Follows


@dataclass(slots=True)
class ClaimedRow(Generic[Row]):
    """The records of one claim; `latest` is the row as it was last written."""

    latest: Row
    rows: Rows[Row]
    around: Around

    async def save_intent(self, old: Row, new: Row) -> None:
        """Write an intent, and remember it for the case that the step fails."""
        await self.rows.save_intent(old, new)
        self.latest = new

    async def live(self, batch_id: str) -> Live | None:
        """Return the cancellation of this batch that is under way; raises RowUnreadable."""
        return await self.around.lookups.live(batch_id)

    async def under_way(self, limit: int) -> Entries:
        """Return up to `limit` cancellations that are under way, and how many more there are."""
        return await self.around.history.under_way(limit)

    async def waiting(self, limit: int) -> tuple[Request, ...]:
        """Return up to `limit` of the requests that wait for a second person, newest first."""
        return await self.around.history.waiting(limit)

    async def history(self, which: ShowHistory, limit: int) -> Entries:
        """Return up to `limit` of the latest cancellations of a person, of batches, or of all."""
        return await self.around.history.latest(which, limit)

    async def followers(self, request_id: str) -> tuple[str, ...]:
        """Return who wants to be told of a request's end; complete once its intent is stored."""
        return await self.around.follows.followers(request_id)

    async def put(self, answer: Answer) -> None:
        """Send a private answer."""
        await self.around.outbox.put(replace(answer, request_id=self.latest.request_id))
        self.around.new_answer()

    async def take_call(self, *, spare: bool = False) -> float:
        """Take one call to Respan from the budget; return the seconds to wait where it has none."""
        return await self.around.calls.take_one(spare=spare)


@dataclass(frozen=True, slots=True)
class Worker(Generic[Row]):
    """Does steps. `tools` makes the tools of one row, given its `records`.

    `next_of` names a row's next step and what does it; `unstorable` replaces a decision that can't
    be stored, where whoever asked has to hear of it. `saved` hears of each row before and after.
    """

    tools: Callable[..., Tools]
    rows: Rows[Row]
    around: Around
    next_of: Callable[[Row], tuple[str, Callable[[Tools, Row], Awaitable[Decision[Row]]]] | None]
    unstorable: Callable[[str, Row], Decision[Row] | None]
    saved: Callable[[Row, Row], None]

    async def work(self, row: Row) -> None:
        """Do the row's next step and save the outcome; a step that fails is tried again later."""
        with about(row.request_id):
            await self._work(row)

    async def _work(self, row: Row) -> None:
        following = self.next_of(row)
        if following is None:
            await self._let_go(row)
            return
        step, run = following
        records = ClaimedRow(row, self.rows, self.around)
        started = perf_counter()
        try:
            decision = await self._decide(step, run, row, records)
            if decision.pause is not None:
                await self.around.calls.pause(decision.pause)
            decision = await self._save(step, row, decision, records)
        except LeaseLost as error:
            log.info("a row changed hands", step=step, id=row.id, error=str(error))
            return
        self.around.metrics.step_done(step, perf_counter() - started)
        self.saved(row, decision.row)
        if decision.answers:
            self.around.new_answer()

    async def _let_go(self, row: Row) -> None:
        """Give back a row that has nothing to do: something else wakes it."""
        try:
            await self.rows.save(row, row, None)
        except LeaseLost as error:
            log.info("a row changed hands", step=None, id=row.id, error=str(error))

    async def _decide(
        self,
        step: str,
        run: Callable[[Tools, Row], Awaitable[Decision[Row]]],
        row: Row,
        records: ClaimedRow[Row],
    ) -> Decision[Row]:
        """Return the decision of the step; one that fails is a retry, and keeps its intent."""
        tools = self.tools(records=records)
        try:
            async with asyncio.timeout(CUT_OFF):
                return await run(tools, row)
        except StoreError:
            raise
        except Exception:
            log.exception("a step failed and is tried again", step=step, id=row.id)
            return again(tools, records.latest)

    async def _save(
        self, step: str, row: Row, decision: Decision[Row], records: ClaimedRow[Row]
    ) -> Decision[Row]:
        """Save a decision; one that the database can't store is replaced by one that it can.

        Whoever asked is told; whatever else can't be stored is tried again, and is a defect.
        """
        try:
            await self.rows.save(row, decision.row, decision.delay, decision.answers, decision.asks)
        except NotStorable:
            log.exception("what came of a step can't be stored", step=step, id=row.id)
        else:
            return decision
        tools = self.tools(records=records)
        decision = self.unstorable(step, row) or again(tools, records.latest)
        await self.rows.save(row, decision.row, decision.delay, decision.answers, decision.asks)
        return decision


def next_of_request(request: Request) -> tuple[str, RequestRun] | None:
    """Return the name of its next step and what does it, None where there is none."""
    step = next_request_step(request)
    return None if step is None else (step, REQUEST_STEPS[step])


def next_of_cancellation(row: Cancellation) -> tuple[str, Run] | None:
    """Return the same for a cancellation."""
    step = next_step(row)
    return None if step is None else (step, STEPS[step])


def unstorable_request(step: str, request: Request) -> Decision[Request] | None:
    """Return the request refused where its question can't be stored, None where it is told."""
    asks = {RequestStep.ASK, RequestStep.LIST, RequestStep.LOOK}
    return unstorable(request) if step in asks else None
