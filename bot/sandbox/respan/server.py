"""The local Respan: batches behind an API key, over HTTP."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.event_bus import EventBus, Exchange
from bot.sandbox.respan.batches import SandboxBatch
from bot.sandbox.server import SandboxServer

_PLACES = {
    "list": re.compile(r"/api/v1/batches/?"),
    "cancel": re.compile(r"/api/v1/batches/([^/]+)/cancel/?"),
    "retrieve": re.compile(r"/api/v1/batches/([^/]+)/?"),
    "file": re.compile(r"/api/files/([^/]+)/content/?"),
}
"""Where everything is: the newer clients leave the closing slash out, the older ones write it."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """One cancel call that was accepted. `identifier` is None where the header was ignored.

    `began` tells the one that began the cancellation from those that found it under way or over.
    """

    batch_id: str
    identifier: str | None
    provider_id: str | None
    at: float
    began: bool


class SandboxRespan(SandboxServer):
    """Respan's batches. `base_url` is what the bot's RESPAN_BASE_URL should be.

    `list_is_full` lets the list say all that is known of a batch, and not only what is sure (of a
    sparse batch, and of those in `sparsely_listed`, it says no more); `unlisted` are batches that
    it lacks; with `list_ignores_after` each page is the first. Let it fail by `faults`, under the
    name "list".
    `needs_provider_id` refuses what comes without it, as Respan's newer documents say.
    """

    def __init__(
        self, api_key: str = "sandbox-key", bus: EventBus | None = None, seed: int = 0
    ) -> None:
        """Begin with no batches."""
        super().__init__("respan", bus, seed)
        self.api_key = api_key
        self.params_encoding = "json"
        self.no_openai_key = False
        self.list_is_full = False
        self.list_ignores_after = False
        self.unlisted: set[str] = set()
        self.sparsely_listed: set[str] = set()
        self.needs_provider_id = False
        self.batches: dict[str, SandboxBatch] = {}
        self.cancels: list[Cancel] = []

    @property
    def base_url(self) -> str:
        """Return the address of the API."""
        return f"{self.url}/api"

    def add_batch(self, batch_id: str, **fields: Any) -> SandboxBatch:
        """Add a batch; see SandboxBatch for what can be said about it."""
        batch = SandboxBatch(batch_id, self.clock.time(), **fields)
        self.batches[batch_id] = batch
        return batch

    def add_batches(self, count: int, name: str = "batch_{:04}", **fields: Any) -> list[str]:
        """Add many batches that are alike; return their ids, oldest first."""
        ids = [name.format(number) for number in range(count)]
        for batch_id in ids:
            self.add_batch(batch_id, **fields)
        return ids

    def polls(self, batch_id: str) -> int:
        """Return how often the batch was retrieved."""
        path = f"/api/v1/batches/{batch_id}"
        asked = [e.path.split("?")[0] for e in self.calls("retrieve")]
        return sum(place.rstrip("/") == path for place in asked)

    def name_of(self, request: web.Request) -> str:
        """Return "cancel", "retrieve", "list", "file" or "unknown"."""
        fits = (name for name, place in _PLACES.items() if place.fullmatch(request.path))
        return next(fits, "unknown")

    async def process(self, exchange: Exchange) -> web.Response:
        """Answer as Respan does."""
        if exchange.headers.get("authorization") != f"Bearer {self.api_key}":
            error = "Authentication credentials were not provided."
            return web.json_response({"error": error}, status=401)
        path, name = exchange.path.split("?")[0], exchange.name
        if name == "unknown":
            return _refuse(404, f"Nothing is at {path}")
        allowed = "POST" if name == "cancel" else "GET"
        if exchange.method != allowed:
            return _not_allowed(exchange, allowed)
        if self.needs_provider_id and name != "file" and not exchange.args.get("provider_id"):
            return _refuse(400, "provider_id is required")
        if name == "list":
            return self._list(exchange.args)
        return self._one(exchange, path)

    def _one(self, exchange: Exchange, path: str) -> web.Response:
        """Answer what is asked about one batch or one file."""
        name = exchange.name
        if name == "file":
            return web.Response(text='{"custom_id": "request-1"}\n')
        found = _PLACES[name].fullmatch(path)
        which = found[1] if found else path
        if which not in self.batches:
            return _refuse(404, f"No such batch: {which}")
        batch = self.batches[which]
        return self._cancel(exchange, batch) if name == "cancel" else self._show(batch)

    def _show(self, batch: SandboxBatch) -> web.Response:
        return web.json_response(batch.as_json(self.clock.time()))

    def _cancel(self, exchange: Exchange, batch: SandboxBatch) -> web.Response:
        if self.no_openai_key:
            return web.json_response({"error": "OpenAI API key not configured"}, status=400)
        now = self.clock.time()
        began = batch.cancelled_at is None and batch.status_at(now) not in {
            "cancelling",
            "cancelled",
        }
        if not batch.cancel(now):
            status = batch.status_at(now)
            return _refuse(400, f"Batch is already {status} and cannot be cancelled")
        identifier = self._identifier(exchange.headers.get("x-data-respan-params"))
        provider = exchange.args.get("provider_id")
        self.cancels.append(Cancel(batch.id, identifier, provider, now, began))
        self.bus.publish("cancel", batch_id=batch.id, identifier=identifier)
        return self._show(batch)

    def _identifier(self, header: str | None) -> str | None:
        """Return the customer identifier; a header in the wrong encoding is ignored in silence."""
        text = header or ""
        try:
            if self.params_encoding == "base64":
                text = base64.b64decode(text, validate=True).decode()
            params = json.loads(text)
        except (ValueError, binascii.Error):
            return None
        identifier = params.get("customer_identifier") if isinstance(params, dict) else None
        return identifier if isinstance(identifier, str) else None

    def _item(self, batch: SandboxBatch, now: float) -> dict[str, Any]:
        """Return what the list says of a batch."""
        if self.list_is_full and batch.id not in self.sparsely_listed:
            return batch.as_json(now)
        return {"id": batch.id, "status": batch.status_at(now)}

    def _list(self, args: dict[str, Any]) -> web.Response:
        """Return a page of the batches, newest first."""
        wanted = str(args.get("limit", 20))
        if not wanted.isdecimal():
            return _refuse(400, f"limit must be a number from 1 to 100, not {wanted}")
        newest = [b for b in reversed(self.batches.values()) if b.id not in self.unlisted]
        ids = [batch.id for batch in newest]
        after = None if self.list_ignores_after else args.get("after")
        start = ids.index(after) + 1 if after in ids else 0
        limit = min(100, max(1, int(wanted[:9])))
        now = self.clock.time()
        page = newest[start : start + limit]
        data = [self._item(batch, now) for batch in page]
        return web.json_response(
            {
                "object": "list",
                "data": data,
                "first_id": data[0]["id"] if data else None,
                "last_id": data[-1]["id"] if data else None,
                "has_more": start + limit < len(newest),
            }
        )


def batch_of(exchange: Exchange) -> str | None:
    """Return the id of the batch that a cancel or retrieve call is about, None for other calls."""
    if exchange.name not in {"cancel", "retrieve"}:
        return None
    found = _PLACES[exchange.name].fullmatch(exchange.path.split("?")[0])
    return found[1] if found else None


def _refuse(status: int, message: str, **headers: str) -> web.Response:
    """Return an error in OpenAI's form, which their SDK turns into an exception of its own."""
    error = {"message": message, "type": "invalid_request_error"}
    return web.json_response({"error": error}, status=status, headers=headers)


def _not_allowed(exchange: Exchange, allowed: str) -> web.Response:
    creates = exchange.name == "list" and exchange.method == "POST"
    instead = "The local Respan makes no batches. " if creates else ""
    message = f"{instead}Method {exchange.method} is not allowed here, only {allowed} is."
    return _refuse(405, message, Allow=allowed)
