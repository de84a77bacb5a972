"""What travels between Slack, the bot and Respan, as rows that anybody may see."""

from collections import deque
from typing import Any

from bot.sandbox.event_bus import Event, EventBus, Exchange
from bot.sandbox.page.masking import Masker
from bot.sandbox.page.watched import Watched
from bot.sandbox.slack.sending import Delivery

Row = dict[str, Any]

_KEPT = 500
_ASIDE = frozenset({"host", "accept", "accept-encoding", "connection", "content-length", "date"})
"""Headers that say nothing about either side."""


class Traffic:
    """The newest rows, in the order in which the answers came. Each has a growing `id`.

    `watched` of a row that the bot sent is the number of watched batches that a page of Respan's
    list answers for, 0 for any other call.
    """

    def __init__(self, bus: EventBus, masker: Masker) -> None:
        """Begin with no rows."""
        self.rows: deque[Row] = deque(maxlen=_KEPT)
        self.epoch = 0
        self._feed, self._masker, self._count = bus, masker, 0
        self._watched = Watched()

    async def follow(self) -> None:
        """Add a row for each request, until it is cancelled."""
        with self._feed.subscribe() as events:
            while True:
                self.take(await events.get())

    def take(self, event: Event) -> None:
        """Add the row of one event, if it is about a request."""
        if event.kind == "exchange":
            self._add(self._of_exchange(event.data["exchange"]))
        elif event.kind == "delivery":
            self._add(self._of_delivery(event.data["delivery"], event.at))

    def clear(self) -> None:
        """Forget all rows; a page that shows any learns it by the epoch."""
        self.rows.clear()
        self.epoch += 1

    def start_again(self) -> None:
        """Forget all rows, and which batches are watched."""
        self.clear()
        self._watched.forget()

    def since(self, row_id: int) -> list[Row]:
        """Return the rows after that one."""
        return [row for row in self.rows if row["id"] > row_id]

    def _add(self, row: Row) -> None:
        self._count += 1
        self.rows.append({"id": self._count} | row)

    def _of_exchange(self, exchange: Exchange) -> Row:
        request_type = exchange.headers.get("content-type", "")
        answer_type = exchange.answer_headers.get("content-type", "")
        return {
            "from": "bot",
            "to": exchange.server,
            "name": exchange.name,
            "method": exchange.method,
            "path": self._masker.text(exchange.path),
            "status": exchange.status,
            "watched": self._watched.note(exchange),
            "ms": round(exchange.seconds * 1000, 1),
            "at": exchange.at,
            "request": self._side(exchange.headers, exchange.body, request_type),
            "answer": self._side(exchange.answer_headers, exchange.sent, answer_type),
        }

    def _of_delivery(self, delivery: Delivery, ended_at: float) -> Row:
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        answer_type = delivery.ack_headers.get("content-type", "")
        return {
            "from": "slack",
            "to": "bot",
            "name": _name_of(delivery.payload),
            "method": "POST",
            "path": "/slack/events",
            "status": delivery.status,
            "ms": round(delivery.ack_seconds * 1000, 1),
            "at": ended_at - delivery.ack_seconds,
            "request": self._side(headers, delivery.body, headers.get("content-type", "")),
            "answer": self._side(delivery.ack_headers, delivery.ack, answer_type),
        }

    def _side(self, headers: dict[str, str], body: str, content_type: str) -> Row:
        shown = {name: value for name, value in headers.items() if name not in _ASIDE}
        return {
            "headers": self._masker.value(shown),
            "body": self._masker.body(body, content_type),
        }


def _name_of(payload: Row) -> str:
    """Return what somebody did, in a word."""
    actions = payload.get("actions")
    if actions:
        return "click" if actions[0]["type"] == "button" else "choice"
    return "shortcut" if payload.get("type") == "message_action" else "command"
