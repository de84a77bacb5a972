"""Forgets what is finished and old enough, once an hour."""

import asyncio

import structlog

from bot.errors import StoreError
from bot.store.stores import Stores

log = structlog.get_logger(__name__)

_EVERY = 3600.0
_AT_ONCE = 500
_DAY = 86400.0
_REPLAYED_WITHIN = _DAY
"""Seconds: signed requests are good for five minutes, and Slack gives up on an envelope sooner."""


async def run_retention(stores: Stores, days: int, audit_days: int) -> None:
    """Go on until cancelled; whatever fails is logged once an outage, and tried again.

    What finished is kept for `days`, the audit for `audit_days`, and never for less.
    """
    failures = 0
    while True:
        try:
            pruned = await prune(stores, days)
            forgotten = await prune_audit(stores, max(days, audit_days))
        except Exception as error:
            failures += 1
            if failures == 1:
                known = isinstance(error, StoreError)
                event = "finished cancellations could not be forgotten; it is tried again"
                log.warning(event, error=str(error), exc_info=None if known else error)
        else:
            failures = 0
            if pruned:
                log.info("finished cancellations were forgotten", rows=pruned, older_than_days=days)
            if forgotten:
                log.info("old records of the audit were forgotten", records=forgotten)
        await asyncio.sleep(_EVERY)


async def prune(stores: Stores, days: int) -> int:
    """Forget what finished more than `days` ago; return how much it was.

    It is done in small transactions, so that nobody waits for them.
    """
    await stores.answers.forget(_REPLAYED_WITHIN)
    total = 0
    while True:
        pruned = await stores.requests.prune(days * _DAY, _AT_ONCE)
        total += pruned
        if pruned < _AT_ONCE:
            return total


async def prune_audit(stores: Stores, days: int) -> int:
    """Forget the records of the audit that are more than `days` old, from its beginning on.

    Returns how many there were. It is done in small transactions too: each record that is made
    meanwhile waits for one of them at most.
    """
    total = 0
    while True:
        pruned = await stores.audit.prune(days * _DAY, _AT_ONCE)
        total += pruned
        if pruned < _AT_ONCE:
            return total
