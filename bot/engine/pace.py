"""How soon a watch is looked at again: with others on a page, and beside OpenAI's webhooks."""

from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.domain.cancellation import Cancellation, State
from bot.domain.schedule import DISTRUST_LASTS, PROOF_LASTS, PUSH_COMES_WITHIN, SURE_POLLS
from bot.domain.sweep import look_gap
from bot.errors import StoreError
from bot.store_ports import Facts

log = structlog.get_logger(__name__)

PROVEN, MISSED = "webhook_proven_at", "webhook_missed_at"
"""When a webhook came last, and when an end was last seen that none had told; seconds."""

_KNOWN_FOR = 10.0
_PROOF_KEPT_FOR = 60.0


class Pace:
    """What the gaps between looks depend on beside the watch itself. All processes share it.

    Webhooks are relied on once one has come, and not for some hours after an end that none told:
    they are of one OpenAI project, and the key may have batches of others.
    """

    def __init__(
        self, facts: Facts, clock: Clock, jitter: Callable[[], float], *, expects_webhooks: bool
    ) -> None:
        """Begin with one call a watch; without webhooks nothing is read from `facts`."""
        self._facts, self._clock, self._jitter = facts, clock, jitter
        self._expects = expects_webhooks
        self.watches_per_call = 1.0
        self._began_at = clock.time()
        self._proven_at = self._missed_at = self._read_at = float("-inf")
        self._has_missed = False

    @property
    def is_pushed(self) -> bool:
        """Return whether webhooks are relied on now."""
        now = self._clock.time()
        is_proven = now - self._proven_at < PROOF_LASTS
        return self._expects and is_proven and now - self._missed_at >= DISTRUST_LASTS

    def gap(self, row: Cancellation) -> float:
        """Return after how many seconds a watch is looked at again that was looked at now."""
        since = row.confirmed_at if row.accepted_at is None else row.accepted_at
        polls, waited, share = row.polls + 1, row.now - since, self.watches_per_call
        return look_gap(polls, waited, self._jitter(), share, is_pushed=self.is_pushed)

    async def refresh(self) -> None:
        """Read what other processes know, and store what this one has missed; raises StoreError."""
        now = self._clock.time()
        if not self._expects or (now - self._read_at < _KNOWN_FOR and not self._has_missed):
            return
        if self._has_missed:
            await self._facts.put(MISSED, str(now))
            self._has_missed = False
        self._proven_at, self._missed_at = [
            _seconds(await self._facts.get(name)) for name in (PROVEN, MISSED)
        ]
        self._read_at = now

    async def pushed(self) -> None:
        """Hear of a webhook that OpenAI has signed. The next one is as good where it is lost."""
        now = self._clock.time()
        if now - self._proven_at < _PROOF_KEPT_FOR:
            return
        try:
            await self._facts.put(PROVEN, str(now))
        except StoreError as error:
            log.debug("that webhooks arrive could not be stored", error=str(error))
        else:
            self._proven_at = now

    def ended(self, old: Cancellation, new: Cancellation) -> None:
        """Hear of each look: an end that a rare look has found was told by no webhook."""
        if new.state is not State.ENDED or old.polls <= SURE_POLLS or not self.is_pushed:
            return
        told_at = None if new.batch is None else new.batch.ended_at
        # Before we began, a webhook may have found nobody; OpenAI sends it again.
        began = told_at is not None and told_at > self._began_at
        if told_at is not None and began and self._clock.time() - told_at > PUSH_COMES_WITHIN:
            self._has_missed = True
            log.warning(
                "an end was told by no webhook; the bot looks by itself for some hours",
                id=new.id,
                batch_id=new.batch_id,
            )


def _seconds(value: str | None) -> float:
    """Return a stored time, one long ago where there is none that can be read."""
    try:
        return float(value) if value is not None else float("-inf")
    except ValueError:
        return float("-inf")
