"""Which batches the bot watches, as far as it can be told from what travels."""

import json
from typing import Any

from bot.sandbox.event_bus import Exchange
from bot.sandbox.respan.batches import FINAL
from bot.sandbox.respan.server import batch_of

_UNKNOWN_OUTCOME = 500


class Watched:
    """The batches with a cancel call that was accepted, until an answer shows that they are over.

    A cancel call whose answer says neither yes nor no may have been taken: such a batch is watched
    once an answer shows that it is cancelling.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._ids: set[str] = set()
        self._perhaps: set[str] = set()

    def forget(self) -> None:
        """Begin anew: there are other batches now, be it with the same ids."""
        self._ids.clear()
        self._perhaps.clear()

    def note(self, exchange: Exchange) -> int:
        """Take what a call to Respan shows; return how many watched batches its list answers for.

        It is 0 for every call but one of the list. A batch whose end this answer shows counts yet.
        """
        if exchange.server != "respan":
            return 0
        if exchange.name == "cancel":
            self._note_cancel(exchange)
        seen = _statuses(exchange)
        self._ids |= {batch_id for batch_id in self._perhaps if seen.get(batch_id) == "cancelling"}
        count = len(self._ids & seen.keys()) if exchange.name == "list" else 0
        over = {batch_id for batch_id, status in seen.items() if status in FINAL}
        self._ids -= over
        self._perhaps -= over | self._ids
        return count

    def _note_cancel(self, exchange: Exchange) -> None:
        batch_id = batch_of(exchange)
        if batch_id is None:
            return
        status = exchange.status
        if not _arrived(exchange) or status is None or status >= _UNKNOWN_OUTCOME:
            self._perhaps.add(batch_id)
        elif 200 <= status < 300:
            self._ids.add(batch_id)


def _arrived(exchange: Exchange) -> bool:
    """Return whether the bot has got an answer, and all of it."""
    return exchange.status is not None and exchange.fault != "half_body"


def _statuses(exchange: Exchange) -> dict[str, str]:
    """Return the status of each batch that the answer tells of, which may be none."""
    if exchange.status != 200 or not _arrived(exchange):
        return {}
    try:
        answer = json.loads(exchange.sent)
    except (ValueError, RecursionError):
        return {}
    if exchange.name != "list":
        return _of_items([answer])
    return _of_items(answer.get("data") if isinstance(answer, dict) else None)


def _of_items(items: Any) -> dict[str, str]:
    """Return what is sure of each item; what is none is passed over."""
    found = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            batch_id, status = item.get("id"), item.get("status")
            if isinstance(batch_id, str) and isinstance(status, str):
                found[batch_id] = status
    return found
