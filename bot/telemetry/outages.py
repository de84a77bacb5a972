"""An outage is two lines in the log: one when it begins, one when it ends."""

from dataclasses import dataclass

import structlog

from bot.clock import Clock

log = structlog.get_logger(__name__)

_IN_A_ROW = 3
"""A single failure is an everyday thing, and says nothing of an outage."""


@dataclass(slots=True)
class _Service:
    """What is known of one service; `since` is None while it works."""

    failures: int = 0
    first: float = 0.0
    since: float | None = None


class Outages:
    """Hears of every call outside, and says when a service fails and when it works again."""

    def __init__(self, clock: Clock) -> None:
        """Begin with everything working."""
        self._clock = clock
        self._services: dict[str, _Service] = {}

    def record(self, service: str, trouble: str | None) -> None:
        """Note what came of a call: None, or a word for the trouble."""
        known = self._services.setdefault(service, _Service())
        if trouble is None:
            self._note_end(service, known)
            self._services[service] = _Service()
            return
        known.failures += 1
        if known.failures == 1:
            known.first = self._clock.time()
        if known.failures == _IN_A_ROW:
            known.since = known.first
            log.error("a service fails; everything waits for it", service=service, trouble=trouble)

    def _note_end(self, service: str, known: _Service) -> None:
        if known.since is not None:
            seconds = round(self._clock.time() - known.since)
            log.warning("a service works again", service=service, after_seconds=seconds)
