"""OpenAI's webhooks: they say that a batch has ended. Only "look at it now" is believed of them.

Their signatures are those of Standard Webhooks (https://www.standardwebhooks.com), checked by its
library: `webhook-id`, `webhook-timestamp` five minutes at most from now, `webhook-signature`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

import structlog
from aiohttp import web

from bot.errors import StoreError
from bot.telemetry.metrics import Metrics
from bot.telemetry.repeats import Repeats

log = structlog.get_logger(__name__)

ENDINGS = frozenset({"batch.cancelled", "batch.completed", "batch.failed", "batch.expired"})
"""The events that say that a batch has ended."""

_LONGEST_ID = 200
_NOT_SIGNED = web.HTTPUnauthorized.status_code
_NOT_STORED = web.HTTPServiceUnavailable.status_code

LookNow = Callable[[str, str], Awaitable[bool]]
"""Stores that a batch is to be looked at now, once for each key; says whether that was news."""


class Webhooks:
    """Takes the webhooks of one OpenAI project; whoever is not OpenAI changes nothing."""

    def __init__(self, secret: str, metrics: Metrics, repeats: Repeats) -> None:
        """Check signatures against that secret; raises ValueError where it can be none."""
        from standardwebhooks import Webhook  # noqa: PLC0415 - most bots have no such secret

        self._webhook = Webhook(secret)
        self._metrics, self._repeats = metrics, repeats
        self._look_now: LookNow | None = None

    def open_for(self, look_now: LookNow | None) -> None:
        """Store events from now on; None takes no more."""
        self._look_now = look_now

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; OpenAI sends again later what is not answered by 2xx."""
        body = await request.read()
        if not self._is_signed(body, request.headers):
            self._count("refused")
            self._repeats.say(
                "webhook",
                log.warning,
                "a webhook was refused",
                meaning="its signature is not of OPENAI_WEBHOOK_SECRET, or it is not fresh",
                peer=request.remote,
            )
            return web.Response(status=_NOT_SIGNED, text="refused")
        batch_id = ended_batch(body)
        if batch_id is None:
            self._count("of_no_use")
            return web.Response()
        return await self._store(batch_id, request.headers["webhook-id"])

    async def _store(self, batch_id: str, event_id: str) -> web.StreamResponse:
        if self._look_now is None:
            return web.Response(status=_NOT_STORED, text="not ready")
        key = sha256(f"webhook-id:{event_id}".encode()).hexdigest()
        try:
            is_news = await self._look_now(batch_id, key)
        except StoreError as error:
            self._count("not_stored")
            log.error("a webhook could not be stored; OpenAI sends it again", error=str(error))
            return web.Response(status=_NOT_STORED, text="not stored")
        self._count("look_now" if is_news else "of_no_use")
        return web.Response()

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether OpenAI has sent it, within the last five minutes."""
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        try:
            given = {name: headers[name] for name in names}
            self._webhook.verify(body, given, json_parse=False)
        except Exception:  # noqa: BLE001 - the library raises whatever a stranger makes it raise
            return False
        return True

    def _count(self, outcome: str) -> None:
        self._metrics.interaction("webhook", outcome)


def ended_batch(body: bytes) -> str | None:
    """Return the id of the batch that an event says has ended, None for any other event."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    kind = event.get("type") if isinstance(event, dict) else None
    data = event.get("data") if isinstance(event, dict) else None
    batch_id = data.get("id") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in ENDINGS or not isinstance(batch_id, str):
        return None
    fits = batch_id.isascii() and batch_id.isprintable() and 0 < len(batch_id) <= _LONGEST_ID
    return batch_id if fits else None
