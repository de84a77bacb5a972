"""Sends the answers of the outbox, each until it has arrived or can't any more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.answer import WaitingAnswer
from bot.domain.schedule import retry_gap
from bot.engine.runner import CUT_OFF
from bot.errors import StoreError
from bot.ports import Slack
from bot.steps.deliver import Later, deliver
from bot.store_ports import Outbox
from bot.telemetry.request_ids import about

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Delivers answers for one owner (a process)."""

    slack: Slack
    outbox: Outbox
    owner: str
    jitter: Callable[[], float]

    async def work(self, waiting: WaitingAnswer) -> None:
        """Deliver one answer; one that fails is kept for later."""
        with about(waiting.answer.request_id):
            await self._work(waiting)

    async def _work(self, waiting: WaitingAnswer) -> None:
        try:
            async with asyncio.timeout(CUT_OFF):
                later = await deliver(self.slack, waiting, self.jitter())
        except StoreError:
            raise
        except Exception:
            log.exception("an answer could not be delivered and is tried again")
            later = Later(retry_gap(waiting.attempts + 1, self.jitter()))
        if later is None:
            await self.outbox.delivered(waiting, self.owner)
        else:
            await self.outbox.later(waiting, self.owner, later.delay, direct=later.direct)
